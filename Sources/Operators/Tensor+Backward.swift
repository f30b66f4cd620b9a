import Autograd

extension Tensor {
  /// Adds the gradients of this tensor to the `grad` of the leaves that it was computed from.
  ///
  /// - Parameters:
  ///   - gradient: what this tensor's own gradient is; may be left out for a single element.
  ///   - retainGraph: keeps the graph for another pass; as `createGraph` when nil.
  ///   - createGraph: makes the gradients differentiable.
  ///   - inputs: when given, only these receive gradients.
  /// - Throws: `TensorError` in PyTorch's words.
  public func backward(
    gradient: Tensor? = nil, retainGraph: Bool? = nil, createGraph: Bool = false,
    inputs: [Tensor]? = nil
  ) throws {
    guard let inputs else {
      return try Engine.backward(
        self, gradient: gradient, retainGraph: retainGraph, createGraph: createGraph, .operators)
    }
    try Engine.backward(
      [self], gradients: [gradient], retainGraph: retainGraph, createGraph: createGraph,
      inputs: inputs, .operators)
  }
}

/// Adds the gradients of several tensors to the `grad` of leaves: `torch.autograd.backward`.
///
/// - Parameter gradients: one for each tensor, or none at all.
/// - Throws: `TensorError` in PyTorch's words.
public func backward(
  _ tensors: [Tensor], gradients: [Tensor?] = [], retainGraph: Bool? = nil,
  createGraph: Bool = false, inputs: [Tensor]? = nil
) throws {
  try Engine.backward(
    tensors, gradients: gradients, retainGraph: retainGraph, createGraph: createGraph,
    inputs: inputs, .operators)
}

/// The same where tensors and inputs may be given by their place in the graph.
///
/// - Throws: `TensorError` in PyTorch's words.
public func backward(
  _ outputs: [GraphValue], gradients: [Tensor?] = [], retainGraph: Bool? = nil,
  createGraph: Bool = false, inputs: [GraphValue]? = nil
) throws {
  try Engine.backward(
    outputs, gradients: gradients, retainGraph: retainGraph, createGraph: createGraph,
    inputs: inputs, .operators)
}

/// The gradients of `outputs` with respect to `inputs`, accumulating nothing:
/// `torch.autograd.grad`.
///
/// - Parameters:
///   - gradients: one for each output, or none at all.
///   - allowUnused: gives nil for inputs that the outputs do not depend on, instead of throwing.
///   - materialize: gives zeros for them.
///   - isGradsBatched: takes the first dimension of every gradient as that of a batch; results have
///     it too.
/// - Throws: `TensorError` in PyTorch's words.
public func grad(
  _ outputs: [Tensor], _ inputs: [Tensor], gradients: [Tensor?] = [], retainGraph: Bool? = nil,
  createGraph: Bool = false, allowUnused: Bool? = nil, materialize: Bool = false,
  isGradsBatched: Bool = false
) throws -> [Tensor?] {
  try Engine.grad(
    outputs, inputs, gradients: gradients, retainGraph: retainGraph, createGraph: createGraph,
    allowUnused: allowUnused, materialize: materialize, isBatched: isGradsBatched, .operators)
}

/// The same where outputs and inputs may be given by their place in the graph.
///
/// - Throws: `TensorError` in PyTorch's words; `.runtime` when zeros are asked for in place of the
///   gradient of an edge.
public func grad(
  _ outputs: [GraphValue], _ inputs: [GraphValue], gradients: [Tensor?] = [],
  retainGraph: Bool? = nil, createGraph: Bool = false, allowUnused: Bool? = nil,
  materialize: Bool = false, isGradsBatched: Bool = false
) throws -> [Tensor?] {
  try Engine.grad(
    outputs, inputs, gradients: gradients, retainGraph: retainGraph, createGraph: createGraph,
    allowUnused: allowUnused, materialize: materialize, isBatched: isGradsBatched, .operators)
}
