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
    let roots = try roots(outputs, gradients, algebra)
    let targets = try inputs?.map { input in
      try input.retainGrad()
      return try input.gradientEdge
    }
    let pass = Pass(
      algebra: algebra, keepsGraph: retainGraph ?? createGraph, createsGraph: createGraph)
    try pass.run(roots, accumulatingOnlyInto: targets)
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
      algebra: algebra, keepsGraph: retainGraph ?? createGraph, createsGraph: createGraph)
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

  private static func roots(
    _ outputs: [Tensor], _ gradients: [Tensor?], _ algebra: Algebra
  ) throws -> [(edge: Edge, gradient: Tensor)] {
    if !gradients.isEmpty && gradients.count != outputs.count {
      throw TensorError.runtime("got \(outputs.count) tensors and \(gradients.count) gradients")
    }
    // PyTorch looks at every size first, so that is what a caller with two faults hears.
    for (i, output) in outputs.enumerated() {
      if let gradient = gradients.isEmpty ? nil : gradients[i] {
        guard gradient.shape == output.shape else {
          throw TensorError.gradientShape(gradient.shape, output: output.shape, position: i)
        }
      } else if output.requiresGrad && output.count != 1 {
        throw TensorError.nonScalarBackward
      }
    }
    return try outputs.enumerated().map { i, output in
      guard output.requiresGrad else { throw TensorError.noGradient(position: i) }
      let gradient = gradients.isEmpty ? nil : gradients[i]
      return (
        try output.gradientEdge,
        try gradient.map { try cast($0, like: output, algebra) }
          ?? algebra.ones(output.shape, output.dtype)
      )
    }
  }

  /// A gradient of another dtype is converted, as PyTorch does without a word.
  private static func cast(
    _ gradient: Tensor, like output: Tensor, _ algebra: Algebra
  ) throws -> Tensor {
    gradient.dtype == output.dtype ? gradient : try algebra.cast(gradient, output.dtype)
  }
}
