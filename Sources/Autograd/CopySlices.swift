import Arrays
import Elements

/// The history of a base of which a view was changed in place: the gradient of the changed part
/// goes through the changing operation, the rest goes on as it is.
final class CopySlices: Node, @unchecked Sendable {
  private let window: PartialView
  /// Which of the change's edges was the view's, and is the base's now.
  private let position: Int
  /// Kept, and given up with the other references to nodes.
  private var change: Unmanaged<Node>?

  /// - Parameters:
  ///   - baseEdge: where the base's gradient went before the change.
  ///   - change: the node of the operation that changed the view.
  ///   - position: which of its gradients is the view's.
  init(_ baseEdge: Edge, _ base: NDArray, view: NDArray, _ change: Node, at position: Int = 0) {
    self.position = position
    window = PartialView(view, of: base)
    self.change = .passRetained(change)
    super.init()
    appendOutput(base)
    for (i, edge) in change.edges.enumerated() { append(i == position ? baseEdge : edge) }
    if Modes.current.contains(.anomaly) { rememberOrigin() }
  }

  override var name: String { "torch::autograd::CopySlices" }

  override func apply(_ gradients: inout Gradients, _ pass: Pass) throws -> Gradients {
    guard let change = change?.takeUnretainedValue() else { throw TensorError.freedGraph }
    guard let whole = gradients[0] else { return Gradients(repeating: nil, count: edges.count) }
    var changed = Gradients(try window.read(whole, pass.algebra))
    var result = try change.apply(&changed, pass)
    while result.count <= position { result.append(nil) }
    let rest = try window.clear(whole, pass.algebra)
    result[position] =
      try result[position].map {
        try pass.algebra.add(rest, window.scatter(fitted($0, pass), pass.algebra))
      } ?? rest
    return result
  }

  /// The gradient of the view with the view's sizes and dtype: a pass sees only what comes out of it.
  private func fitted(_ gradient: Tensor, _ pass: Pass) throws -> Tensor {
    let sizes = window.sizes
    var gradient = gradient
    if gradient.shape != sizes {
      guard sizes.isExpandable(to: gradient.shape) else {
        throw TensorError.nodeGradientShape(
          node: name, index: position, gradient.shape, expected: sizes)
      }
      gradient = try pass.algebra.sumToSize(gradient, sizes)
    }
    return gradient.dtype == window.dtype
      ? gradient : try pass.algebra.cast(gradient, window.dtype)
  }

  /// Unlike other nodes this one never runs twice, whatever it saved: PyTorch's rule.
  override func releaseSaved() {
    var stack = ReleaseStack()
    giveUpChange(to: &stack)
    stack.release()
  }

  override func visitReferences() {
    super.visitReferences()
    change?._withUnsafeGuaranteedRef { Reach.visit($0) }
  }

  override func takeReferences(into stack: inout ReleaseStack) {
    giveUpChange(to: &stack)
    super.takeReferences(into: &stack)
  }

  private func giveUpChange(to stack: inout ReleaseStack) {
    stack.push(change.take())
  }

  deinit {
    var stack = ReleaseStack()
    giveUpChange(to: &stack)
    stack.release()
  }
}

/// The history of a view whose base was changed in place after the view was made: the gradient
/// goes to the view's part of the base.
final class ViewNode: Node, @unchecked Sendable {
  private let window: PartialView

  init(_ view: Tensor, of base: Tensor) {
    window = PartialView(view.array, of: base.array)
    super.init()
    appendOutput(view.array)
    if Modes.current.contains(.anomaly) { rememberOrigin() }
  }

  static let name = "AsStridedBackward0"

  override var name: String { Self.name }

  override func apply(_ gradients: inout Gradients, _ pass: Pass) throws -> Gradients {
    guard let gradient = gradients[0] else { return Gradients(nil) }
    return Gradients(try window.scatter(gradient, pass.algebra))
  }
}
