import Arrays

/// What few tensors have.
final class TensorExtras: @unchecked Sendable {
  /// The derivative that forward mode carries along.
  var tangent: Tangent?
  /// The transform whose tensor this is, and what it stands for there.
  let layer: Layer?

  init(tangent: Tangent? = nil, layer: Layer? = nil) {
    self.tangent = tangent
    self.layer = layer
  }
}

extension Tensor {
  /// True for a tensor that calls need not look at closely: it carries no tangent and belongs to no
  /// transform.
  @inline(__always)
  package var isPlain: Bool { extras == nil }

  /// The transform whose tensor this is.
  var layer: Layer? { extras?.layer }

  /// The level that this tensor belongs to, as long as it is being evaluated.
  var level: Level? { extras?.layer?.level }

  /// The tangent, if it is still valid.
  package var tangent: Tensor? { extras?.tangent?.value }

  /// Sets the tangent.
  func setTangent(_ tangent: Tangent?) {
    if let extras {
      extras.tangent = tangent
    } else if let tangent {
      extras = TensorExtras(tangent: tangent)
    }
  }

  /// The same tensor for the graph, with other extras.
  func alias(_ extras: TensorExtras?, _ array: NDArray? = nil) -> Tensor {
    let alias = Tensor(array ?? self.array, extras)
    alias.wantsGradient = wantsGradient
    if node != nil || base != nil, let edge = try? gradientEdge, let node = edge.node {
      if let accumulator = node as? AccumulateGrad {
        alias.wantsGradient = true
        alias.accumulator = accumulator
      } else {
        alias.setHistory(node, edge.index)
      }
    } else if wantsGradient {
      alias.accumulator = accumulator
    }
    return alias
  }

  /// The same tensor without its tangent.
  var primal: Tensor {
    tangent == nil ? self : alias(layer.map { TensorExtras(layer: $0) })
  }
}

/// Whether a formula may compute with arrays and leave no trace: nothing is recorded, and none of
/// the tensors carries a tangent or belongs to a transform.
package func isUnwatched(_ x: Tensor, _ y: Tensor? = nil, _ z: Tensor? = nil) -> Bool {
  !GradMode.isEnabled && x.isPlain && y?.isPlain ?? true && z?.isPlain ?? true
}
