import Arrays
import Autograd
import Elements
import Operators

/// What is checked of a gradient, and how exact it has to be: PyTorch's defaults.
public struct GradcheckOptions: Sendable {
  /// The step of the central difference.
  public var step = 1e-6
  /// The absolute error that is allowed,
  public var absolute = 1e-5
  /// and the error relative to the numerical value that is allowed in addition.
  public var relative = 1e-3
  /// The difference allowed between two runs of the backward pass.
  public var nondeterminism = 0.0
  /// Whether missing gradients of outputs must be taken for zero.
  public var checksUndefinedGradients = true
  /// Whether gradients must have the dtype of their inputs.
  public var checksDTypes = false
  /// Whether the backward pass must work under `vmap`.
  public var checksBatchedGradients = false
  /// Whether forward mode must work under `vmap`.
  public var checksBatchedForwardGradients = false
  /// Whether forward mode is compared, too.
  public var checksForwardMode = false
  /// Whether the backward pass is compared.
  public var checksBackwardMode = true
  /// Whether Jacobians are compared along a random direction only.
  public var isFast = false

  /// PyTorch's defaults.
  public init() {}
}

/// Compares the gradients of a function with central differences.
///
/// - Parameter inputs: where; those that require a gradient should be float64 or complex128.
/// - Throws: `TensorError.runtime` with both Jacobians where they differ.
public func gradcheck(
  _ inputs: [Tensor], _ options: GradcheckOptions = GradcheckOptions(),
  _ function: TensorFunction
) throws {
  try withoutActuallyEscaping(function) { function in
    let real = try ofRealNumbers(inputs, function)
    try Gradcheck(real.inputs, options, real.function).check()
  }
}

/// The same function of real numbers: complex arguments to differentiate for and complex results are
/// taken as pairs of their parts. A gradient by the conjugate convention has the parts of theirs.
private func ofRealNumbers(
  _ inputs: [Tensor], _ function: @escaping TensorFunction
) throws -> (inputs: [Tensor], function: TensorFunction) {
  let pairs = inputs.map { $0.requiresGrad && $0.dtype.isComplex }
  let arguments = try zip(inputs, pairs).map { input, isPair in
    guard isPair else { return input }
    let parts = try input.detach().viewAsReal().clone()
    try parts.setRequiresGrad(true)
    return parts
  }
  return (
    arguments,
    { arguments in
      let joined = try arguments.enumerated().map { i, argument in
        i < pairs.count && pairs[i] ? try argument.viewAsComplex() : argument
      }
      return try function(joined).map { $0.dtype.isComplex ? try $0.viewAsReal() : $0 }
    }
  )
}

/// Compares the gradients of the gradients of a function with central differences.
///
/// - Parameters:
///   - inputs: where; those that require a gradient should be float64.
///   - gradients: one for each output that can be differentiated, where the gradients of the inputs
///     are taken; random numbers where they are left out.
/// - Throws: `TensorError.runtime` with both Jacobians where they differ.
public func gradgradcheck(
  _ inputs: [Tensor], gradients: [Tensor]? = nil, _ options: GradcheckOptions = GradcheckOptions(),
  _ function: TensorFunction
) throws {
  let seeds = try gradients ?? randomSeeds(inputs, function)
  let count = inputs.count
  let wanted = inputs.indices.filter { inputs[$0].requiresGrad }
  var options = options
  // The function starts a backward pass, which is one level of transforms too many for it.
  options.checksBatchedForwardGradients = false
  try gradcheck(inputs + seeds, options) { arguments in
    // Forward mode comes with tensors that don't ask for a gradient any more.
    for i in wanted where !arguments[i].requiresGrad { try arguments[i].setRequiresGrad(true) }
    let outputs = try function(Array(arguments[..<count])).filter(\.requiresGrad)
    return try grad(
      outputs, wanted.map { arguments[$0] }, gradients: Array(arguments[count...]),
      createGraph: true, allowUnused: true
    ).compactMap { $0 }
  }
}

/// Numbers that are not alike, one for each element of the outputs, to be differentiated themselves.
private func randomSeeds(_ inputs: [Tensor], _ function: TensorFunction) throws -> [Tensor] {
  try function(inputs).filter(\.requiresGrad).enumerated().map { k, output in
    let seed = try NDArray(uninitialized: output.shape, output.dtype)
    for i in 0..<seed.count {
      let value = 0.7 + 0.29 * Double((i * 7 + k * 3) % 11) / 11
      Scalar.double(value).store(to: seed.base + i * seed.dtype.size, as: seed.dtype)
    }
    let tensor = Tensor(seed)
    try tensor.setRequiresGrad(true)
    return tensor
  }
}

/// One check: a function, where, and how exact.
struct Gradcheck {
  let inputs: [Tensor]
  let options: GradcheckOptions
  let function: TensorFunction
  /// The positions of the inputs to differentiate for.
  let differentiable: [Int]

  init(
    _ inputs: [Tensor], _ options: GradcheckOptions, _ function: @escaping TensorFunction
  ) throws {
    self.inputs = inputs
    self.options = options
    self.function = function
    differentiable = inputs.indices.filter { inputs[$0].requiresGrad }
    if differentiable.isEmpty {
      throw TensorError.value(
        "gradcheck expects at least one input tensor to require gradient, but none of them have "
          + "requires_grad=True.")
    }
    for i in differentiable where inputs[i].array.layout.repeatsElements {
      throw TensorError.runtime(
        "The \(i)th input has a dimension with stride 0. gradcheck only supports inputs that are "
          + "non-overlapping to be able to compute the numerical gradients correctly. You should "
          + "call .contiguous on the input before passing it to gradcheck.")
    }
    for i in differentiable where inputs[i].dtype != .float64 {
      ThreadContext.current.warn(
        "Input #\(i) requires gradient and is not a double precision floating point or complex. This "
          + "check will likely fail if all the inputs are not of double precision floating point or "
          + "complex. ")
    }
  }

  /// Runs every check that the options ask for.
  func check() throws {
    if options.checksBatchedForwardGradients && !options.checksForwardMode {
      throw TensorError.value(
        "Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    }
    if !options.checksForwardMode && !options.checksBackwardMode {
      throw TensorError.value(
        "Expected at least one of check_forward_ad or check_backward_ad to be True")
    }
    let outputs = try function(inputs)
    let recorded = outputs.indices.filter {
      outputs[$0].dtype.isFloatingPoint && outputs[$0].requiresGrad
    }
    if recorded.isEmpty { return try checkConstant(outputs) }
    let numerical = try recorded.map { o in
      try options.isFast ? [] : differentiable.map { try numericalJacobian($0, output: o) }
    }
    if options.checksBackwardMode {
      try compareBackward(outputs, recorded, numerical)
    }
    if options.checksForwardMode {
      try compareForward(outputs, recorded, numerical)
    }
    if options.checksBatchedForwardGradients {
      for i in differentiable { try checkBatchedForward(i) }
    }
    guard options.checksBackwardMode else { return }
    if options.checksBatchedGradients {
      for (k, o) in recorded.enumerated() { try checkBatchedBackward(o, named: k) }
    }
    try checkProportionality(recorded)
    if options.checksUndefinedGradients { try checkUndefined(recorded) }
  }

  /// Outputs that can't be differentiated must not depend on the inputs.
  private func checkConstant(_ outputs: [Tensor]) throws {
    for o in outputs.indices where outputs[o].dtype.isFloatingPoint {
      for i in differentiable {
        let jacobian = try numericalJacobian(i, output: o)
        if !jacobian.values.allSatisfy({ $0 == 0 }) {
          throw TensorError.runtime("Numerical gradient for function expected to be zero")
        }
      }
    }
  }

  /// True when an analytical value is as good as equal to a numerical one.
  func agree(_ analytical: Double, _ numerical: Double, absolute: Double) -> Bool {
    analytical == numerical || analytical.isNaN && numerical.isNaN
      || abs(analytical - numerical) <= absolute + options.relative * abs(numerical)
  }
}
