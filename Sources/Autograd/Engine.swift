import Arrays
import Elements

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
    _ outputs: [GraphValue], gradients: [Tensor?], retainGraph: Bool?, createGraph: Bool,
    inputs: [GraphValue]?, _ algebra: Algebra
  ) throws {
    if let inputs, inputs.isEmpty { throw TensorError.noInputs(function: "backward") }
    try checkOutside()
    let roots = try roots(outputs, gradients, algebra)
    let targets = try inputs?.map { input in
      try input.tensor?.retainGrad()
      return try input.place
    }
    let pass = Pass(
      algebra: algebra, keepsGraph: retainGraph ?? createGraph, createsGraph: createGraph)
    try pass.run(roots, accumulatingOnlyInto: targets)
  }

  /// The same for tensors.
  package static func backward(
    _ outputs: [Tensor], gradients: [Tensor?], retainGraph: Bool?, createGraph: Bool,
    inputs: [Tensor]?, _ algebra: Algebra
  ) throws {
    try backward(
      outputs.map { .tensor($0) }, gradients: gradients, retainGraph: retainGraph,
      createGraph: createGraph, inputs: inputs?.map { .tensor($0) }, algebra)
  }

  /// The same from one output into every leaf.
  package static func backward(
    _ output: Tensor, gradient: Tensor?, retainGraph: Bool?, createGraph: Bool, _ algebra: Algebra
  ) throws {
    try checkOutside()
    try checkSize(.tensor(output), gradient, 0)
    let root = try root(.tensor(output), gradient, 0, algebra)
    let pass = Pass(
      algebra: algebra, keepsGraph: retainGraph ?? createGraph, createsGraph: createGraph)
    try pass.run([root], accumulatingOnlyInto: nil)
  }

  /// Returns gradients of `inputs` and accumulates nothing: `torch.autograd.grad`.
  ///
  /// - Parameters:
  ///   - allowUnused: returns nil for inputs that `outputs` do not depend on, instead of throwing.
  ///   - materialize: returns zeros for them, which require a gradient themselves under
  ///     `createGraph`; implies `allowUnused`.
  ///   - isBatched: takes the first dimension of every gradient as that of a batch, for each
  ///     element of which the gradients are worked out; results have it in front, too.
  package static func grad(
    _ outputs: [GraphValue], _ inputs: [GraphValue], gradients: [Tensor?], retainGraph: Bool?,
    createGraph: Bool, allowUnused: Bool?, materialize: Bool, isBatched: Bool = false,
    _ algebra: Algebra
  ) throws -> [Tensor?] {
    if materialize && allowUnused == false {
      throw TensorError.value(
        "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
          + "allow_unused=False.")
    }
    if inputs.isEmpty { throw TensorError.noInputs(function: "grad") }
    func run(_ roots: [Pass.Root]) throws -> [Tensor?] {
      let targets = try inputs.map { input in
        guard input.requiresGrad else { throw TensorError.inputWithoutGradient }
        return try input.place
      }
      let pass = Pass(
        algebra: algebra, keepsGraph: retainGraph ?? createGraph, createsGraph: createGraph,
        level: outputs.lazy.compactMap { $0.tensor?.level }.first)
      let results = try pass.run(roots, capturing: targets)
      if !materialize && allowUnused != true,
        let unused = results.firstIndex(where: { $0 == nil })
      {
        throw TensorError.unusedInput(position: unused)
      }
      return results
    }
    var results =
      isBatched
      ? try batched(outputs, gradients, algebra, run) : try run(roots(outputs, gradients, algebra))
    guard materialize else { return results }
    for i in results.indices where results[i] == nil {
      guard let input = inputs[i].tensor else {
        throw TensorError.runtime(
          "materialize_grads cannot be used when the given input is a GradientEdge")
      }
      let zeros = try algebra.zeros(input.shape, input.dtype)
      if createGraph && zeros.isPlain { try zeros.askForGradient() }
      results[i] = zeros
    }
    return results
  }

  /// The same for tensors.
  package static func grad(
    _ outputs: [Tensor], _ inputs: [Tensor], gradients: [Tensor?], retainGraph: Bool?,
    createGraph: Bool, allowUnused: Bool?, materialize: Bool, isBatched: Bool = false,
    _ algebra: Algebra
  ) throws -> [Tensor?] {
    try grad(
      outputs.map { .tensor($0) }, inputs.map { .tensor($0) }, gradients: gradients,
      retainGraph: retainGraph, createGraph: createGraph, allowUnused: allowUnused,
      materialize: materialize, isBatched: isBatched, algebra)
  }

  private static func checkOutside() throws {
    if Modes.current.contains(.transforms) {
      throw TensorError.runtime(
        "backward() called inside a functorch transform. This is not supported, please use "
          + "functorch.grad or functorch.vjp instead or call backward() outside of functorch "
          + "transforms.")
    }
  }

  /// - Throws: `TensorError.runtime` when there is not one gradient for each output.
  static func checkCount(_ outputs: [GraphValue], _ gradients: [Tensor?]) throws {
    if !gradients.isEmpty && gradients.count != outputs.count {
      throw TensorError.runtime("got \(outputs.count) tensors and \(gradients.count) gradients")
    }
  }

  private static func roots(
    _ outputs: [GraphValue], _ gradients: [Tensor?], _ algebra: Algebra
  ) throws -> [Pass.Root] {
    try checkCount(outputs, gradients)
    // PyTorch looks at every size first, so that is what a caller with two faults hears.
    for (i, output) in outputs.enumerated() {
      try checkSize(output, gradients.isEmpty ? nil : gradients[i], i)
    }
    return try outputs.enumerated().map { i, output in
      try root(output, gradients.isEmpty ? nil : gradients[i], i, algebra)
    }
  }

  static func checkSize(
    _ output: GraphValue, _ gradient: Tensor?, _ position: Int
  ) throws {
    if let gradient {
      guard gradient.shape == output.shape else {
        throw TensorError.gradientShape(gradient.shape, output: output.shape, position: position)
      }
      if gradient.dtype.isComplex != output.dtype.isComplex {
        throw TensorError.runtime(
          "For complex Tensors, both grad_output and output are required to have the same dtype. "
            + "Mismatch in dtype: grad_output[\(position)] has a dtype of "
            + "torch.\(gradient.dtype.name) and output[\(position)] has a dtype of "
            + "torch.\(output.dtype.name).")
      }
    } else if output.requiresGrad {
      if output.shape.contains(where: { $0 != 1 }) { throw TensorError.nonScalarBackward }
      if output.dtype.isComplex {
        throw TensorError.runtime(
          "grad can be implicitly created only for real scalar outputs but got "
            + "torch.\(output.dtype.name)")
      }
    }
  }

  static func root(
    _ output: GraphValue, _ gradient: Tensor?, _ position: Int, _ algebra: Algebra
  ) throws -> Pass.Root {
    guard output.requiresGrad else { throw TensorError.noGradient(position: position) }
    let edge = try output.place
    let start = try gradient ?? algebra.ones(output.shape, output.dtype)
    return Pass.Root(
      node: edge.node, index: edge.index, gradient: try cast(start, for: edge, algebra))
  }

  /// A gradient of another dtype is converted, as PyTorch does without a word.
  private static func cast(
    _ gradient: Tensor, for edge: Edge, _ algebra: Algebra
  ) throws -> Tensor {
    guard let value = edge.node?.outputs[edge.index], !value.takesAnyDType,
      value.dtype != gradient.dtype
    else { return gradient }
    return try algebra.cast(gradient, value.dtype)
  }
}
