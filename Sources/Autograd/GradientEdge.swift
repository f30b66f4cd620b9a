import Arrays
import Elements

/// A place in the graph where the gradient of some value arrives:
/// `torch.autograd.graph.GradientEdge`.
///
/// Keeps the graph below it, but not the value.
public struct GradientEdge: @unchecked Sendable {
  /// The node that the gradient is sent to.
  public let node: Node
  /// Which of the node's gradients it is.
  public let index: Int

  /// The given gradient of a node.
  ///
  /// - Throws: `TensorError.index` when the node has no such gradient.
  public init(_ node: Node, _ index: Int) throws {
    guard index >= 0 && index < node.outputs.count else {
      throw TensorError.indexOutOfRange(index, dim: 0, size: node.outputs.count)
    }
    self.node = node
    self.index = index
  }
}

/// The place in the graph where the gradient of a tensor arrives.
///
/// - Throws: `TensorError.runtime` for a tensor that doesn't require a gradient.
public func gradientEdge(of tensor: Tensor) throws -> GradientEdge {
  let edge = try tensor.gradientEdge
  guard let node = edge.node else {
    throw TensorError.runtime(
      "It is not possible to get the gradient edge for a Tensor that does not require gradients")
  }
  return try GradientEdge(node, edge.index)
}

/// What a pass starts from, or goes to: a tensor, or the place where the gradient of one arrives.
public enum GraphValue: Sendable {
  case tensor(Tensor)
  case edge(GradientEdge)

  /// The tensor, if it is given.
  var tensor: Tensor? {
    if case .tensor(let tensor) = self { tensor } else { nil }
  }

  var requiresGrad: Bool { tensor?.requiresGrad ?? true }

  var shape: Dims {
    switch self {
    case .tensor(let tensor): tensor.shape
    case .edge(let edge): edge.node.outputs[edge.index].layout.sizes
    }
  }

  var dtype: DType {
    switch self {
    case .tensor(let tensor): tensor.dtype
    case .edge(let edge): edge.node.outputs[edge.index].dtype
    }
  }

  var place: Edge {
    get throws {
      switch self {
      case .tensor(let tensor): try tensor.gradientEdge
      case .edge(let edge): Edge(edge.node, edge.index)
      }
    }
  }
}
