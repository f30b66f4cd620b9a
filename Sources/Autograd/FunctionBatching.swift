import Arrays

// Custom functions under `vmap`: by their own rule, or by one that is made of their other parts.

extension CustomFunction {
  /// The results for all examples of `level`, as its tensors.
  func batch(
    _ inputs: [Tensor], _ arguments: [Bool], _ level: Level, _ algebra: Algebra,
    _ context: ThreadContext
  ) throws -> [Tensor] {
    guard case .batching(let size, let randomness) = level.kind else { return [] }
    if generateVmapRule && vmap != nil {
      throw TensorError.runtime(
        "You tried to vmap over \(name), but it has both generate_vmap_rule=True and an overriden "
          + "vmap staticmethod. Please set generate_vmap_rule=False or delete the overriden vmap "
          + "staticmethod to avoid ambiguity. \(Self.details)")
    }
    if !generateVmapRule && vmap == nil {
      throw TensorError.runtime(
        "You tried to vmap over \(name), but it does not have vmap support. Please override and "
          + "implement the vmap staticmethod or set generate_vmap_rule=True. \(Self.details)")
    }
    let isOwn = inputs.map(level.owns)
    let values = inputs.map(level.unwrap)
    if !isOwn.contains(true) {
      return try context.below(level) { try interpret(inputs, arguments, algebra, context) }
    }
    guard let vmap else {
      let plan = Vectorization(self, size, randomness, isOwn, arguments, algebra)
      let results = try context.below(level) {
        try plan.function.interpret(values, arguments, algebra, context)
      }
      return level.wrap(results, of: inputs, isOwn: plan.outputIsOwn)
    }
    return try context.below(level) {
      let (outputs, dims) = try vmap(
        VmapInfo(batchSize: size, randomness: randomness), isOwn.map { $0 ? 0 : nil }, values)
      guard outputs.count == dims.count else {
        throw TensorError.runtime(
          "The autograd.Function's vmap staticmethod returned an incompatible (output, out_dims) "
            + "tuple. Expected out_dims=\(Self.text(dims)) to be compatible with the structure of "
            + "`output`. out_dims has \(dims.count) elements but output has \(outputs.count). "
            + Self.details)
      }
      let moved = try zip(outputs, dims).map { output, dim in
        try dim.map { try Self.frontDim(output, $0, size, algebra) } ?? output
      }
      return level.wrap(moved, of: inputs, isOwn: dims.map { $0 != nil })
    }
  }

  private static let details =
    "For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"

  private static func text(_ dims: [Int?]) -> String {
    "(" + dims.map { $0.map(String.init) ?? "None" }.joined(separator: ", ") + ")"
  }

  private static func frontDim(
    _ output: Tensor, _ dim: Int, _ size: Int, _ algebra: Algebra
  ) throws -> Tensor {
    let dim = try Dims.wrap(dim, rank: output.rank)
    guard output.rank > 0, output.shape[dim] == size else {
      throw TensorError.value(
        "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
          + "\([size, output.rank > 0 ? output.shape[dim] : 1]) for the mapped dimension")
    }
    if dim == 0 { return output }
    return try algebra.permute(output, Dims([dim] + (0..<output.rank).filter { $0 != dim }))
  }
}

/// A custom function for all examples at once, made of one for a single example: each of its parts
/// calls the other's with tensors of a `vmap`.
final class Vectorization {
  private let single: CustomFunction
  private let size: Int
  private let randomness: Randomness
  private let inputIsOwn: [Bool]
  private let arguments: [Bool]
  private let algebra: Algebra
  /// Which results differ between the examples: known once the forward ran.
  private(set) var outputIsOwn: [Bool] = []

  init(
    _ single: CustomFunction, _ size: Int, _ randomness: Randomness, _ inputIsOwn: [Bool],
    _ arguments: [Bool], _ algebra: Algebra
  ) {
    self.single = single
    self.size = size
    self.randomness = randomness
    self.inputIsOwn = inputIsOwn
    self.arguments = arguments
    self.algebra = algebra
  }

  /// What `setupContext` leaves for the other parts.
  private final class UserData {
    let savedIsOwn: [Bool]
    let savedForForwardIsOwn: [Bool]
    let inputShapes: [Dims]
    var user: AnyObject?
    private let hidden = Hidden()

    init(_ context: FunctionContext, _ level: Level, _ inputs: [Tensor]) {
      func isOwn(_ tensors: [Tensor?]) -> [Bool] { tensors.map { $0.map(level.owns) ?? false } }
      savedIsOwn = isOwn(context.toSave)
      savedForForwardIsOwn = isOwn(context.toSaveForForward ?? [])
      inputShapes = inputs.map(\.shape)
      user = context.userData
    }
  }

  /// The function for all examples, whose tensors have those along their first dimension. It holds
  /// this; so do the nodes of its calls.
  var function: CustomFunction {
    var function = single.named("Vmapped" + single.name)
    function.vmap = nil
    function.generateVmapRule = true
    if let forward = single.forward {
      function.forward = { _, inputs in try self.forward(inputs, forward) }
    }
    if let setupContext = single.setupContext {
      function.setupContext = { try self.setUp($0, $1, $2, setupContext) }
    }
    if let backward = single.backward {
      function.backward = { try self.backward($0, $1, backward) }
    }
    if let jvp = single.jvp {
      function.jvp = { try self.jvp($0, $1, jvp) }
    }
    return function
  }

  private func wrap(_ tensors: [Tensor?], _ isOwn: [Bool], _ level: Level) -> [Tensor?] {
    zip(tensors, isOwn).map { tensor, isOwn in isOwn ? tensor.map { level.wrap($0) } : tensor }
  }

  private func examples<Result>(_ body: (Level) throws -> Result) rethrows -> Result {
    try ThreadContext.current.batching(size, randomness, algebra, body)
  }

  private func forward(
    _ inputs: [Tensor], _ forward: CustomFunction.Forward
  ) throws -> [Tensor] {
    try examples { level in
      let context = FunctionContext(needsInputGrad: inputs.map { _ in false })
      let outputs = try forward(context, wrap(inputs, inputIsOwn, level).compactMap(\.self))
      outputIsOwn = outputs.map(level.owns)
      return outputs.map(level.unwrap)
    }
  }

  private func setUp(
    _ context: FunctionContext, _ inputs: [Tensor], _ outputs: [Tensor],
    _ setupContext: CustomFunction.SetupContext
  ) throws {
    try examples { level in
      let inner = FunctionContext(needsInputGrad: context.needsInputGrad)
      let innerInputs = wrap(inputs, inputIsOwn, level).compactMap(\.self)
      let innerOutputs = wrap(outputs, outputIsOwn, level).compactMap(\.self)
      try setupContext(inner, innerInputs, innerOutputs)
      context.saveForBackward(inner.toSave.map { $0.map(level.unwrap) })
      if let tensors = inner.toSaveForForward {
        context.saveForForward(tensors.map { $0.map(level.unwrap) })
      }
      context.markDirty(inner.dirty.map(level.unwrap))
      context.markNonDifferentiable(inner.nonDifferentiable.map(level.unwrap))
      context.setMaterializeGrads(inner.materializesGrads)
      if let dtypes = inner.outputGradDTypes { context.setOutputGradDType(dtypes) }
      context.userData = UserData(inner, level, innerInputs)
    }
  }

  /// A context for one of the parts that come later.
  private func inner(_ context: FunctionContext, _ level: Level) throws -> (
    context: FunctionContext, data: UserData?
  ) {
    let data = context.userData as? UserData
    let isForward = context.toSaveForForward != nil
    let isOwn = (isForward ? data?.savedForForwardIsOwn : data?.savedIsOwn) ?? []
    let inner = FunctionContext(
      needsInputGrad: context.needsInputGrad,
      given: wrap(try context.savedTensors, isOwn, level))
    inner.userData = data?.user
    inner.outputCount = context.outputCount
    return (inner, data)
  }

  private func backward(
    _ context: FunctionContext, _ gradients: [Tensor?], _ backward: CustomFunction.Derivative
  ) throws -> [Tensor?] {
    try examples { level in
      let (inner, data) = try inner(context, level)
      let results = try backward(inner, wrap(gradients, outputIsOwn, level))
      var input = 0
      return try results.enumerated().map { i, result in
        guard arguments.isEmpty || i < arguments.count && arguments[i] else { return result }
        defer { input += 1 }
        guard let result, let data, input < inputIsOwn.count else { return result }
        return try reduce(
          result, to: data.inputShapes[input], isOwn: inputIsOwn[input], level)
      }
    }
  }

  /// The gradient of an input: the sum over examples where they share it, and one for each example
  /// where they don't.
  private func reduce(
    _ gradient: Tensor, to shape: Dims, isOwn: Bool, _ level: Level
  ) throws -> Tensor {
    if !isOwn {
      guard level.owns(gradient) else { return gradient }
      let value = level.unwrap(gradient)
      return try algebra.sumToSize(value, Dims(value.shape.dropFirst()))
    }
    var gradient = gradient
    // The pass can't tell the dimension of the examples from those that broadcasting adds.
    if gradient.shape != shape, shape.isExpandable(to: gradient.shape) {
      gradient = try algebra.sumToSize(gradient, shape)
    }
    return try all(gradient, level)
  }

  /// A tensor with one part for each example.
  private func all(_ tensor: Tensor, _ level: Level) throws -> Tensor {
    if level.owns(tensor) { return level.unwrap(tensor) }
    return try algebra.expand(tensor, tensor.shape.following(size))
  }

  private func jvp(
    _ context: FunctionContext, _ tangents: [Tensor?], _ jvp: CustomFunction.Derivative
  ) throws -> [Tensor?] {
    try examples { level in
      let (inner, _) = try inner(context, level)
      let results = try jvp(inner, wrap(tangents, inputIsOwn, level))
      return try results.enumerated().map { i, result in
        guard let result, i < outputIsOwn.count else { return result }
        return outputIsOwn[i] ? try all(result, level) : level.unwrap(result)
      }
    }
  }
}

extension ThreadContext {
  /// Runs `body` under a `vmap` on top of the levels that see calls now.
  fileprivate func batching<Result>(
    _ size: Int, _ randomness: Randomness, _ algebra: Algebra, _ body: (Level) throws -> Result
  ) rethrows -> Result {
    let before = (levels: levels, depth: depth, modes: Modes.current, records: GradMode.isEnabled)
    levels = Array(levels.prefix(depth))
    defer {
      levels = before.levels
      depth = before.depth
      Modes.current = before.modes
      GradMode.isEnabled = before.records
    }
    return try Level.with(.batching(size: size, randomness: randomness), algebra, body)
  }
}
