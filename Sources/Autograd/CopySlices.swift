import Arrays
import Elements

/// The history of a base of which a view was changed in place: the gradient of the changed part
/// goes through the changing operation, the rest goes on as it is.
final class CopySlices: Node, @unchecked Sendable {
  private let window: Window
  private var change: Node?

  /// - Parameters:
  ///   - baseEdge: where the base's gradient went before the change.
  ///   - change: the node of the operation that changed the view; its first gradient is the
  ///     view's.
  init(_ baseEdge: Edge, _ base: NDArray, view: NDArray, _ change: Node) {
    window = Window(view, of: base)
    self.change = change
    super.init()
    outputs = Few(ValueDescription(layout: base.layout, dtype: base.dtype))
    edges = change.edges
    if edges.isEmpty { edges.append(baseEdge) } else { edges[0] = baseEdge }
  }

  override var name: String { "torch::autograd::CopySlices" }

  override func apply(_ gradients: inout Gradients, _ pass: Pass) throws -> Gradients {
    guard let change else { throw TensorError.freedGraph }
    guard let whole = gradients[0] else { return Gradients(repeating: nil, count: edges.count) }
    var changed = Gradients(try pass.algebra.readWindow(whole, window))
    var result = try change.apply(&changed, pass)
    if result.isEmpty { result.append(nil) }
    let rest = try pass.algebra.clearWindow(whole, window)
    result[0] =
      try result[0].map {
        try pass.algebra.add(rest, pass.algebra.scatterWindow($0, window))
      } ?? rest
    return result
  }

  /// Unlike other nodes this one never runs twice, whatever it saved: PyTorch's rule.
  override func releaseSaved() {
    var stack = ReleaseStack()
    stack.push(&change)
    stack.release()
  }

  override func takeReferences(into stack: inout ReleaseStack) {
    stack.push(&change)
    super.takeReferences(into: &stack)
  }

  deinit {
    var stack = ReleaseStack()
    takeReferences(into: &stack)
    stack.release()
  }
}

/// The history of a view whose base was changed in place after the view was made: the gradient
/// goes to the view's part of the base.
final class ViewNode: Node, @unchecked Sendable {
  private let window: Window

  init(_ view: Tensor, of base: Tensor) {
    window = Window(view.array, of: base.array)
    super.init()
    outputs = Few(ValueDescription(layout: view.array.layout, dtype: view.dtype))
  }

  static let name = "AsStridedBackward0"

  override var name: String { Self.name }

  override func apply(_ gradients: inout Gradients, _ pass: Pass) throws -> Gradients {
    guard let gradient = gradients[0] else { return Gradients(nil) }
    return Gradients(try pass.algebra.scatterWindow(gradient, window))
  }
}
