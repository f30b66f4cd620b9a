import Arrays
import Elements

/// How exact a gradient has to be: PyTorch's defaults.
public struct GradcheckOptions: Sendable {
  /// The step of the central difference.
  public var step = 1e-6
  /// The absolute error that is allowed,
  public var absolute = 1e-5
  /// and the error relative to the numerical value that is allowed in addition.
  public var relative = 1e-3
  /// The difference allowed between two runs of the backward pass.
  public var nondeterminism = 0.0

  /// PyTorch's defaults.
  public init() {}
}

/// Compares derivatives with central differences.
package struct Gradcheck {
  let options: GradcheckOptions
  let algebra: Algebra

  package init(_ options: GradcheckOptions, _ algebra: Algebra) {
    self.options = options
    self.algebra = algebra
  }

  /// Checks the gradient of every output with respect to every input that requires one.
  ///
  /// - Throws: `TensorError.runtime` with both Jacobians where they differ.
  package func check(_ inputs: [Tensor], _ function: ([Tensor]) throws -> [Tensor]) throws {
    let differentiable = inputs.indices.filter { inputs[$0].requiresGrad }
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
    let outputs = try function(inputs)
    let wanted = differentiable.map { inputs[$0] }
    for (o, output) in outputs.enumerated() where output.dtype.isFloatingPoint {
      let analytical = try analytical(output, wanted)
      for (k, i) in differentiable.enumerated() {
        let numerical = try numerical(inputs, i) { try function($0)[o] }
        if let fault = try mismatch(analytical[k], numerical, inputs[i], output, o, i) {
          throw fault
        }
      }
      guard output.requiresGrad else { continue }
      let again = try self.analytical(function(inputs)[o], wanted)
      for (a, b) in zip(analytical, again) {
        for (x, y) in zip(a, b) where !(abs(x - y) <= options.nondeterminism || x.isNaN && y.isNaN)
        {
          throw TensorError.runtime(
            "Backward is not reentrant, i.e., running backward with same input and grad_output "
              + "multiple times gives different values, although analytical gradient matches "
              + "numerical gradient.The tolerance for nondeterminism was \(options.nondeterminism)."
          )
        }
      }
    }
  }

  /// Checks the gradient of the gradient.
  ///
  /// - Throws: `TensorError.runtime` with both Jacobians where they differ.
  package func checkSecondOrder(
    _ inputs: [Tensor], _ function: ([Tensor]) throws -> [Tensor]
  ) throws {
    var seeds: [Tensor] = []
    for output in try function(inputs) where output.requiresGrad {
      let seed = try NDArray(uninitialized: output.shape, output.dtype)
      for i in 0..<seed.count {
        // Any numbers that are not alike.
        let value = 0.7 + 0.29 * Double((i * 7 + seeds.count * 3) % 11) / 11
        Scalar.double(value).store(to: seed.base + i * seed.dtype.size, as: seed.dtype)
      }
      let tensor = Tensor(seed)
      try tensor.setRequiresGrad(true)
      seeds.append(tensor)
    }
    if seeds.isEmpty { return }
    let count = inputs.count
    try check(inputs + seeds) { arguments in
      let inputs = Array(arguments[..<count])
      let outputs = try function(inputs).filter(\.requiresGrad)
      return try Engine.grad(
        outputs, inputs.filter(\.requiresGrad), gradients: Array(arguments[count...]),
        retainGraph: nil, createGraph: true, allowUnused: true, materialize: false, algebra
      ).compactMap { $0 }
    }
  }

  /// For each input a Jacobian, by rows of the input's elements and columns of the output's, from
  /// one backward pass for each element of the output.
  private func analytical(_ output: Tensor, _ inputs: [Tensor]) throws -> [[Double]] {
    var jacobians = inputs.map { Array(repeating: 0.0, count: $0.count * output.count) }
    guard output.requiresGrad else { return jacobians }
    for column in 0..<output.count {
      let seed = try NDArray.full(output.shape, 0, output.dtype)
      Scalar.double(1).store(to: seed.base + column * seed.dtype.size, as: seed.dtype)
      let gradients = try Engine.grad(
        [output], inputs, gradients: [Tensor(seed)], retainGraph: true, createGraph: false,
        allowUnused: true, materialize: false, algebra)
      for (k, gradient) in gradients.enumerated() {
        guard let gradient else { continue }
        for row in 0..<gradient.count {
          jacobians[k][row * output.count + column] = gradient.array.element(at: row).double
        }
      }
    }
    return jacobians
  }

  /// The same by moving each element of the input a step up and a step down.
  private func numerical(
    _ inputs: [Tensor], _ index: Int, _ function: ([Tensor]) throws -> Tensor
  ) throws -> [Double] {
    let x = inputs[index].array
    var jacobian: [Double] = []
    for row in 0..<x.count {
      let place = x.base + x.elementOffset(row) * x.dtype.size
      let before = Scalar(loadingFrom: place, as: x.dtype)
      // Whatever happens, the caller's numbers are as they were.
      defer { before.store(to: place, as: x.dtype) }
      func output(at value: Double) throws -> [Double] {
        Scalar.double(value).store(to: place, as: x.dtype)
        let output = try function(inputs)
        return (0..<output.count).map { output.array.element(at: $0).double }
      }
      let up = try output(at: before.double + options.step)
      let down = try output(at: before.double - options.step)
      for (a, b) in zip(up, down) { jacobian.append((a - b) / (2 * options.step)) }
    }
    return jacobian
  }

  private func mismatch(
    _ analytical: [Double], _ numerical: [Double], _ input: Tensor, _ output: Tensor, _ o: Int,
    _ i: Int
  ) throws -> TensorError? {
    let agrees = zip(analytical, numerical).allSatisfy { a, n in
      a == n || abs(a - n) <= options.absolute + options.relative * abs(n) || a.isNaN && n.isNaN
    }
    if agrees && analytical.count == numerical.count { return nil }
    func text(_ jacobian: [Double]) throws -> String {
      let array = try NDArray(uninitialized: [input.count, output.count], .float64)
      for (k, value) in jacobian.prefix(array.count).enumerated() {
        array.base.storeBytes(of: value, toByteOffset: k * 8, as: Double.self)
      }
      return Tensor(array).description
    }
    return TensorError.runtime(
      "Jacobian mismatch for output \(o) with respect to input \(i),\nnumerical:"
        + "\(try text(numerical))\nanalytical:\(try text(analytical))\n")
  }
}
