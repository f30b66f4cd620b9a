import Arrays

/// Entry to the backward pass: checks what the caller wants, in PyTorch's order and words.
package enum Engine {
  /// Accumulates gradients into leaves: `torch.autograd.backward`.
  ///
  /// - Parameters:
  ///   - outputs: what to differentiate.
  ///   - gradients: one for each output; nil for a scalar output stands for one.
  ///   - retainGraph: keeps saved tensors for another pass; as `createGraph` when nil.
  ///   - createGraph: records the pass, so that gradients can be differentiated.
  ///   - inputs: when given, only these receive a gradient, whether they are leaves or not.
  package static func backward(
    _ outputs: [Tensor], gradients: [Tensor?], retainGraph: Bool?, createGraph: Bool,
    inputs: [Tensor]?, _ algebra: Algebra
  ) throws {
    if let inputs, inputs.isEmpty { throw TensorError.noInputs(function: "backward") }
    try checkOutside()
    let roots = try roots(outputs, gradients, algebra)
    let targets = try inputs?.map { input in
      try input.retainGrad()
      return try input.gradientEdge
    }
    let pass = Pass(
      algebra: algebra, keepsGraph: retainGraph ?? createGraph, createsGraph: createGraph)
    try pass.run(roots, accumulatingOnlyInto: targets)
  }

  /// The same from one output into every leaf.
  package static func backward(
    _ output: Tensor, gradient: Tensor?, retainGraph: Bool?, createGraph: Bool, _ algebra: Algebra
  ) throws {
    try checkOutside()
    try checkSize(output, gradient, 0)
    let root = try root(output, gradient, 0, algebra)
    let pass = Pass(
      algebra: algebra, keepsGraph: retainGraph ?? createGraph, createsGraph: createGraph)
    try pass.run([root], accumulatingOnlyInto: nil)
  }

  /// Returns gradients of `inputs` and accumulates nothing: `torch.autograd.grad`.
  ///
  /// - Parameters:
  ///   - allowUnused: returns nil for inputs that `outputs` do not depend on, instead of throwing.
  ///   - materialize: returns zeros for them; implies `allowUnused`.
  package static func grad(
    _ outputs: [Tensor], _ inputs: [Tensor], gradients: [Tensor?], retainGraph: Bool?,
    createGraph: Bool, allowUnused: Bool?, materialize: Bool, _ algebra: Algebra
  ) throws -> [Tensor?] {
    if materialize && allowUnused == false {
      throw TensorError.value(
        "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
          + "allow_unused=False.")
    }
    if inputs.isEmpty { throw TensorError.noInputs(function: "grad") }
    let roots = try roots(outputs, gradients, algebra)
    let targets = try inputs.map { input in
      guard input.requiresGrad else { throw TensorError.inputWithoutGradient }
      return try input.gradientEdge
    }
    let pass = Pass(
      algebra: algebra, keepsGraph: retainGraph ?? createGraph, createsGraph: createGraph,
      level: outputs.lazy.compactMap(\.level).first)
    var results = try pass.run(roots, capturing: targets)
    for i in results.indices where results[i] == nil {
      if materialize {
        results[i] = try algebra.zeros(inputs[i].shape, inputs[i].dtype)
      } else if allowUnused != true {
        throw TensorError.unusedInput(position: i)
      }
    }
    return results
  }

  private static func checkOutside() throws {
    if Modes.current.contains(.transforms) {
      throw TensorError.runtime(
        "backward() called inside a functorch transform. This is not supported, please use "
          + "functorch.grad or functorch.vjp instead or call backward() outside of functorch "
          + "transforms.")
    }
  }

  private static func roots(
    _ outputs: [Tensor], _ gradients: [Tensor?], _ algebra: Algebra
  ) throws -> [Pass.Root] {
    if !gradients.isEmpty && gradients.count != outputs.count {
      throw TensorError.runtime("got \(outputs.count) tensors and \(gradients.count) gradients")
    }
    // PyTorch looks at every size first, so that is what a caller with two faults hears.
    for (i, output) in outputs.enumerated() {
      try checkSize(output, gradients.isEmpty ? nil : gradients[i], i)
    }
    return try outputs.enumerated().map { i, output in
      try root(output, gradients.isEmpty ? nil : gradients[i], i, algebra)
    }
  }

  private static func checkSize(_ output: Tensor, _ gradient: Tensor?, _ position: Int) throws {
    if let gradient {
      guard gradient.shape == output.shape else {
        throw TensorError.gradientShape(gradient.shape, output: output.shape, position: position)
      }
    } else if output.requiresGrad && output.count != 1 {
      throw TensorError.nonScalarBackward
    }
  }

  private static func root(
    _ output: Tensor, _ gradient: Tensor?, _ position: Int, _ algebra: Algebra
  ) throws -> Pass.Root {
    guard output.requiresGrad else { throw TensorError.noGradient(position: position) }
    let edge = try output.gradientEdge
    let start =
      try gradient.map { try cast($0, like: output, algebra) }
      ?? algebra.ones(output.shape, output.dtype)
    return Pass.Root(node: edge.node, index: edge.index, gradient: start)
  }

  /// A gradient of another dtype is converted, as PyTorch does without a word.
  private static func cast(
    _ gradient: Tensor, like output: Tensor, _ algebra: Algebra
  ) throws -> Tensor {
    gradient.dtype == output.dtype ? gradient : try algebra.cast(gradient, output.dtype)
  }
}
