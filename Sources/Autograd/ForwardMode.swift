import Arrays
import Elements

/// A tensor's derivative in the direction that forward mode asks for.
///
/// A node that saved its own result also keeps the result's tangent, whose history may lead back to
/// the node. So the tangent ends with its level, and no cycle outlasts it.
final class Tangent: @unchecked Sendable {
  private(set) var value: Tensor?
  let level: DualLevel

  init(_ value: Tensor, in level: DualLevel) {
    self.value = value
    self.level = level
    level.add(self)
  }

  fileprivate func end() { value = nil }
}

/// The scope in which tangents are valid: that of `torch.autograd.forward_ad.dual_level()`, or one
/// transform.
package final class DualLevel: @unchecked Sendable {
  let algebra: Algebra
  private var tangents: [WeakTangent] = []
  private var limit = 64

  private struct WeakTangent { weak var tangent: Tangent? }

  init(_ algebra: Algebra) { self.algebra = algebra }

  fileprivate func add(_ tangent: Tangent) {
    if tangents.count >= limit {
      tangents.removeAll { $0.tangent == nil }
      limit = max(64, 2 * tangents.count)
    }
    tangents.append(WeakTangent(tangent: tangent))
  }

  /// Makes every tangent of this level invalid.
  func end() {
    for weak in tangents { weak.tangent?.end() }
    tangents = []
  }

  deinit { end() }
}

/// Dual tensors, which carry a tangent: `torch.autograd.forward_ad`.
package enum ForwardMode {
  /// Starts the only level that there may be on a thread.
  ///
  /// - Throws: `TensorError.runtime` when there is one.
  package static func enter(_ algebra: Algebra) throws {
    let context = ThreadContext.current
    if context.dualLevel != nil {
      throw TensorError.runtime("Nested forward mode AD is not supported at the moment")
    }
    context.dualLevel = DualLevel(algebra)
  }

  /// Ends it; tangents are forgotten.
  ///
  /// - Throws: `TensorError.runtime` when there is none.
  package static func exit() throws {
    let context = ThreadContext.current
    guard let level = context.dualLevel else {
      throw TensorError.runtime(
        "Trying to exit a forward AD level but no level exists, make sure to enter_dual_level() "
          + "first.")
    }
    level.end()
    context.dualLevel = nil
  }

  /// A tensor with the numbers and the history of `primal`, and a tangent.
  ///
  /// - Throws: `TensorError.runtime` without a level, for another shape, and for a primal that has
  ///   a tangent; `.value` for integers.
  package static func makeDual(_ primal: Tensor, _ tangent: Tensor) throws -> Tensor {
    guard let level = ThreadContext.current.dualLevel else {
      throw TensorError.runtime(
        "Trying to create a dual Tensor for forward AD but no level exists, make sure to "
          + "enter_dual_level() first.")
    }
    if !primal.dtype.isDifferentiable {
      throw TensorError.value(
        "Expected primal to be floating point or complex, but got: "
          + "torch.\(primal.dtype.name)")
    }
    if !tangent.dtype.isDifferentiable {
      throw TensorError.value(
        "Expected tangent to be floating point or complex, but got: "
          + "torch.\(tangent.dtype.name)")
    }
    let context = ThreadContext.current
    if let batching = context.innermost, batching.batchSize != nil {
      // Every example has a tangent of its own as soon as one of both differs.
      return try context.below(batching) {
        guard batching.owns(primal) || batching.owns(tangent) else {
          return try makeDual(primal, tangent)
        }
        return batching.wrap(
          try makeDual(batching.expanded(primal), batching.expanded(tangent)))
      }
    }
    return try dual(primal, tangent, in: level)
  }

  static func dual(_ primal: Tensor, _ tangent: Tensor, in level: DualLevel) throws -> Tensor {
    if primal.tangent != nil {
      throw TensorError.runtime(
        "Making a dual Tensor based on a Tensor that already has a forward gradient at the same "
          + "level 0 is not supported.")
    }
    if primal.shape != tangent.shape {
      throw TensorError.runtime(
        "Trying to set a forward gradient that has a different size than that of the original "
          + "Tensor, this is not supported. Tensor is of size \(primal.shape) while the given "
          + "forward gradient is of size \(tangent.shape).")
    }
    let dual = try level.algebra.alias(primal)
    // Views are cut from both alike.
    let isInOrder =
      tangent.strides == primal.strides || tangent.layer != nil || primal.layer != nil
    let ordered =
      try isInOrder ? tangent : level.algebra.copy(tangent, primal.array.layout.preservingOrder)
    dual.setTangent(Tangent(ordered, in: level))
    return dual
  }

  /// What a dual tensor is made of; the tangent is nil where there is none.
  package static func unpack(_ tensor: Tensor) -> (primal: Tensor, tangent: Tensor?) {
    guard let layer = tensor.surviving.layer, layer.level.batchSize != nil else {
      return (tensor.primal, tensor.tangent)
    }
    let (primal, tangent) = unpack(layer.value)
    return (layer.level.wrap(primal), tangent.map { layer.level.wrap($0) })
  }
}
