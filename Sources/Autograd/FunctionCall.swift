import Arrays

extension CustomFunction {
  /// Calls the function: PyTorch's `apply`.
  ///
  /// - Parameters:
  ///   - inputs: the arguments that are tensors.
  ///   - arguments: for each of the caller's arguments whether it is a tensor; empty when all are.
  ///     `needsInputGrad` and what `backward` returns are for all of them.
  /// - Throws: what the callbacks throw, and `TensorError` in PyTorch's words.
  package func apply(
    _ inputs: [Tensor], arguments: [Bool] = [], _ algebra: Algebra
  ) throws -> [Tensor] {
    let context = ThreadContext.current
    guard Modes.current.contains(.profiling), let profiler = context.profiler else {
      return try interpret(inputs, arguments, algebra, context)
    }
    return try profiler.measure(name, inputs) {
      try interpret(inputs, arguments, algebra, context)
    }
  }

  /// Has the innermost of the levels that see the call carry it out.
  func interpret(
    _ inputs: [Tensor], _ arguments: [Bool], _ algebra: Algebra, _ context: ThreadContext
  ) throws -> [Tensor] {
    let inputs = inputs.map(\.surviving)
    guard let level = context.innermost else {
      try inputs.forEach { try $0.checkNotInner() }
      return try carryOut(inputs, arguments, nil, algebra, context)
    }
    if setupContext == nil {
      throw TensorError.runtime(
        "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, "
          + "...), it must override the setup_context staticmethod. For more details, please see "
          + "https://pytorch.org/docs/main/notes/extending.func.html")
    }
    if level.isDifferentiating {
      return try carryOut(inputs, arguments, level, algebra, context)
    }
    return try batch(inputs, arguments, level, algebra, context)
  }

  /// Computes, records, and carries tangents along, at a level that does so or outside of all.
  private func carryOut(
    _ inputs: [Tensor], _ arguments: [Bool], _ level: Level?, _ algebra: Algebra,
    _ context: ThreadContext
  ) throws -> [Tensor] {
    let call = try FunctionCall(
      level == nil ? self : named(name + "Generated"), inputs, arguments, level)
    let raw: [Tensor]
    if let level {
      let values = inputs.map(level.unwrap)
      let results = try context.below(level) {
        try interpret(values, arguments, algebra, context)
      }
      raw = level.wrap(results, of: inputs)
      try context.withoutTangents {
        try GradMode.with(false) { try setupContext?(call.context, inputs, raw) }
      }
    } else {
      guard let forward else {
        throw TensorError.unsupported(
          "You must implement the forward function for custom autograd.Function.")
      }
      raw = try context.withoutTangents {
        try GradMode.with(false) {
          let results = try forward(call.context, inputs)
          try setupContext?(call.context, inputs, results)
          return results
        }
      }
    }
    let outputs = try call.outputs(raw)
    try call.carryTangents(raw, outputs)
    try call.context.complete(call.node, outputs)
    return outputs
  }

  /// The same function under another name.
  func named(_ name: String) -> CustomFunction {
    var function = self
    function.name = name
    return function
  }
}

/// One call of a custom function, at one level.
struct FunctionCall {
  let function: CustomFunction
  let inputs: [Tensor]
  /// The level at which the call is made, of whose tensors histories and tangents count.
  let level: Level?
  let context: FunctionContext
  /// Nil when nobody wants a gradient.
  let node: FunctionNode?

  init(
    _ function: CustomFunction, _ inputs: [Tensor], _ arguments: [Bool], _ level: Level?
  ) throws {
    self.function = function
    self.inputs = inputs
    self.level = level
    let isWanted = inputs.map { $0.level === level && $0.requiresGrad }
    context = FunctionContext(needsInputGrad: Self.spread(isWanted, over: arguments))
    guard GradMode.records, isWanted.contains(true) else {
      node = nil
      return
    }
    // Before the function runs: it may change inputs, whose gradients go to where they come from now.
    let node = FunctionNode(function, context, arguments: arguments)
    for (input, isWanted) in zip(inputs, isWanted) {
      node.append(isWanted ? try input.gradientEdge : .none)
    }
    self.node = node
  }

  private static func spread(_ flags: [Bool], over arguments: [Bool]) -> [Bool] {
    if arguments.isEmpty { return flags }
    var rest = flags[...]
    return arguments.map { $0 && rest.popFirst() ?? false }
  }

  /// The position among the inputs.
  func position(_ tensor: Tensor) -> Int? { inputs.firstIndex { $0 === tensor } }

  func isDirty(_ tensor: Tensor) -> Bool { context.dirty.contains { $0 === tensor } }

  /// True for what may have a gradient or a tangent.
  func isDifferentiable(_ tensor: Tensor) -> Bool {
    tensor.dtype.isDifferentiable && !context.nonDifferentiable.contains { $0 === tensor }
  }
}

extension Level {
  /// The tensors of this level for results of the levels below. One that is an input's value is the
  /// input, and views of inputs' values are views of the inputs.
  ///
  /// - Parameter isOwn: for each result false when it is the same for all examples.
  func wrap(_ results: [Tensor], of inputs: [Tensor], isOwn: [Bool]? = nil) -> [Tensor] {
    let values = inputs.map(unwrap)
    return results.enumerated().map { i, result in
      if let known = values.firstIndex(where: { $0 === result }) { return inputs[known] }
      if let isOwn, !isOwn[i] { return result }
      let source = result.base.flatMap { base in
        inputs.indices.first {
          owns(inputs[$0]) && (values[$0] === base || values[$0].base === base)
        }
      }
      return wrap(result, viewOf: source.map { inputs[$0] })
    }
  }
}
