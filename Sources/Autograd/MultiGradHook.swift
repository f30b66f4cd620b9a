import Arrays

/// When a hook on several tensors is called.
public enum MultiGradMode: String, Sendable {
  /// Once the gradients of all that a pass reaches have arrived.
  case all
  /// With the first gradient that arrives.
  case any

  /// The mode of PyTorch's name.
  ///
  /// - Throws: `TensorError.value` when there is none.
  public init(_ name: String) throws {
    guard let mode = MultiGradMode(rawValue: name) else {
      throw TensorError.value("Expects mode to be one of ('all', 'any') but got \(name)")
    }
    self = mode
  }
}

/// Looks at the gradients of several tensors, in their order; nil for those that no gradient came
/// to. Under `.any` there is one only, the first.
public typealias MultiGradHook = ([Tensor?]) throws -> Void

/// Calls `hook` once in every pass that reaches some of `tensors`:
/// `torch.autograd.graph.register_multi_grad_hook`.
///
/// - Throws: `TensorError.runtime` under `.all` for a tensor that doesn't require a gradient; such
///   are left out under `.any`.
@discardableResult
public func registerMultiGradHook(
  _ tensors: [Tensor], _ mode: MultiGradMode = .all, _ hook: @escaping MultiGradHook
) throws -> HookHandle {
  try registerMultiGradHook(tensors, mode, name: "hook", payload: nil, hook)
}

/// The same with what the hook refers to outside of the engine.
package func registerMultiGradHook(
  _ tensors: [Tensor], _ mode: MultiGradMode, name: String, payload: Payload?,
  _ hook: @escaping MultiGradHook
) throws -> HookHandle {
  let key = MultiGradKey()
  let tensors = mode == .any ? tensors.filter(\.requiresGrad) : tensors
  let edges = try tensors.map { try $0.requiresGrad ? $0.gradientEdge : .none }
  let nodes = edges.map { WeakNode(node: $0.node) }
  var handles: [HookHandle] = []
  do {
    for (i, tensor) in tensors.enumerated() {
      handles.append(
        try tensor.registerOptionalHook(name: name, payload: payload) { gradient in
          guard let pass = ThreadContext.current.passes.last else { return nil }
          let arrived = pass.note(gradient, at: i, for: key, among: nodes.map(\.node), mode)
          if let arrived { try hook(arrived) }
          return nil
        })
    }
  } catch {
    handles.forEach { $0.remove() }
    throw error
  }
  return HookHandle(handles)
}

/// Tells one hook on several tensors from others.
final class MultiGradKey: Sendable {}

private struct WeakNode { weak var node: Node? }

/// What a pass knows of a hook on several tensors.
struct MultiGradState {
  var gradients: [Tensor?]
  /// How many have yet to arrive.
  var missing: Int
}

extension Pass {
  /// Takes note of a gradient of one of several tensors. Gives all of them when the hook is due.
  fileprivate func note(
    _ gradient: Tensor?, at index: Int, for key: MultiGradKey, among nodes: [Node?],
    _ mode: MultiGradMode
  ) -> [Tensor?]? {
    let id = ObjectIdentifier(key)
    if mode == .any {
      if ensuredExtras.multiGradStates[id] != nil { return nil }
      ensuredExtras.multiGradStates[id] = MultiGradState(gradients: [], missing: 0)
      return [gradient]
    }
    var state =
      ensuredExtras.multiGradStates[id]
      ?? MultiGradState(
        gradients: nodes.map { _ in nil }, missing: nodes.count { $0.map(willRun) ?? false })
    state.gradients[index] = gradient
    state.missing -= 1
    ensuredExtras.multiGradStates[id] = state.missing == 0 ? nil : state
    return state.missing == 0 ? state.gradients : nil
  }
}
