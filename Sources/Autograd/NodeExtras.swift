import Arrays

/// What few nodes have.
final class NodeExtras {
  /// Non-leaf tensors that keep the gradient which arrives at the node, by output.
  var retaining: [RetainedGradient] = []
  /// See the gradients of single outputs before everything else does, in the order of registration.
  var tensorHooks: [Hook<OptionalTensorHook>] = []
  /// See the gradients of all outputs before the node runs.
  var preHooks: [Hook<PreHook>] = []
  /// See the gradients of inputs and outputs after the node ran.
  var postHooks: [Hook<PostHook>] = []
  /// See a leaf after its gradient was accumulated.
  var accumulationHooks: [Hook<AccumulationHook>] = []
  /// Where the node was made, in anomaly mode.
  var origin: NodeOrigin?
  /// Saved tensors that are more than memory: packed by somebody, or with extras.
  var saved: [SavedValue] = []
  /// What the program keeps with the node: `Node.metadata`.
  var metadata: AnyObject?
}

extension Node {
  /// The extras, which are made at the first need.
  var ensuredExtras: NodeExtras {
    if let extras { return extras }
    let new = NodeExtras()
    extras = new
    return new
  }

  /// What the program keeps with the node for as long as it lives.
  package var metadata: AnyObject? {
    get { extras?.metadata }
    set { ensuredExtras.metadata = newValue }
  }
}

/// Looks at the gradient of a tensor, and may put another in its place.
public typealias TensorHook = (Tensor) throws -> Tensor?
/// The same also where no gradient arrived.
typealias OptionalTensorHook = (Tensor?) throws -> Tensor?
/// Looks at the gradients of a node's results, and may put others in their place.
public typealias PreHook = ([Tensor?]) throws -> [Tensor?]?
/// Looks at the gradients of a node's arguments, and of its results, and may put others in place of
/// the first.
public typealias PostHook = (_ inputs: [Tensor?], _ outputs: [Tensor?]) throws -> [Tensor?]?
/// Looks at a leaf whose gradient was accumulated.
public typealias AccumulationHook = (Tensor) throws -> Void

/// A hook as a node keeps it.
struct Hook<Function> {
  let handle: HookHandle
  /// Which output it is for.
  let output: Int
  /// What the function refers to outside of the engine.
  let payload: Payload?
  let function: Function

  /// What messages call it.
  var name: String { handle.name }
}

/// Takes a hook back: PyTorch's `RemovableHandle`.
public final class HookHandle: @unchecked Sendable {
  private weak var node: Node?
  /// What messages call the hook.
  package var name: String
  /// Those that one call registered.
  private let parts: [HookHandle]

  init(_ node: Node, _ name: String) {
    self.node = node
    self.name = name
    parts = []
  }

  init(_ parts: [HookHandle]) {
    self.parts = parts
    name = parts.first?.name ?? "hook"
  }

  /// Takes the hook back; does nothing when that has happened.
  public func remove() {
    for part in parts { part.remove() }
    guard let extras = node?.extras else { return }
    extras.tensorHooks.removeAll { $0.handle === self }
    extras.preHooks.removeAll { $0.handle === self }
    extras.postHooks.removeAll { $0.handle === self }
    extras.accumulationHooks.removeAll { $0.handle === self }
  }
}

extension Tensor {
  /// Calls `hook` with every gradient of this tensor before it is accumulated or passed on; what it
  /// returns takes the gradient's place. Later in-place changes of the tensor do not move it.
  ///
  /// - Parameter name: what messages call the hook.
  /// - Throws: `TensorError.runtime` for a tensor that doesn't require a gradient.
  @discardableResult
  public func registerHook(
    name: String = "hook", _ hook: @escaping TensorHook
  ) throws -> HookHandle {
    try registerHook(name: name, payload: nil, hook)
  }

  /// The same with what the hook refers to outside of the engine.
  package func registerHook(
    name: String, payload: Payload?, _ hook: @escaping TensorHook
  ) throws -> HookHandle {
    try registerOptionalHook(name: name, payload: payload) { try $0.flatMap(hook) }
  }

  /// The same for a hook that is called with nil where no gradient arrived.
  func registerOptionalHook(
    name: String, payload: Payload?, _ hook: @escaping OptionalTensorHook
  ) throws -> HookHandle {
    guard requiresGrad else {
      throw TensorError.runtime("cannot register a hook on a tensor that doesn't require gradient")
    }
    let edge = try gradientEdge
    guard let node = edge.node else { throw TensorError.noGradient(position: 0) }
    let handle = HookHandle(node, name)
    node.ensuredExtras.tensorHooks.append(
      Hook(handle: handle, output: edge.index, payload: payload, function: hook))
    return handle
  }

  /// Calls `hook` with this leaf each time after its gradient was accumulated.
  ///
  /// - Throws: `TensorError.runtime` for a tensor that is no leaf, or doesn't require a gradient.
  @discardableResult
  public func registerPostAccumulateGradHook(
    name: String = "hook", _ hook: @escaping AccumulationHook
  ) throws -> HookHandle {
    try registerPostAccumulateGradHook(name: name, payload: nil, hook)
  }

  /// The same with what the hook refers to outside of the engine.
  package func registerPostAccumulateGradHook(
    name: String, payload: Payload?, _ hook: @escaping AccumulationHook
  ) throws -> HookHandle {
    guard requiresGrad else {
      throw TensorError.runtime("cannot register a hook on a tensor that doesn't require gradient")
    }
    guard try isLeaf, let node = try gradientEdge.node else {
      throw TensorError.runtime(
        "post accumulate grad hooks cannot be registered on non-leaf tensors")
    }
    let handle = HookHandle(node, name)
    node.ensuredExtras.accumulationHooks.append(
      Hook(handle: handle, output: 0, payload: payload, function: hook))
    return handle
  }
}

extension Node {
  /// Calls `hook` with the gradients of the node's results before the node runs.
  @discardableResult
  public func registerPrehook(name: String = "hook", _ hook: @escaping PreHook) -> HookHandle {
    registerPrehook(name: name, payload: nil, hook)
  }

  /// The same with what the hook refers to outside of the engine.
  package func registerPrehook(
    name: String, payload: Payload?, _ hook: @escaping PreHook
  ) -> HookHandle {
    let handle = HookHandle(self, name)
    ensuredExtras.preHooks.append(Hook(handle: handle, output: 0, payload: payload, function: hook))
    return handle
  }

  /// Calls `hook` with the gradients of the node's arguments and results after the node ran.
  @discardableResult
  public func registerHook(name: String = "hook", _ hook: @escaping PostHook) -> HookHandle {
    registerHook(name: name, payload: nil, hook)
  }

  /// The same with what the hook refers to outside of the engine.
  package func registerHook(
    name: String, payload: Payload?, _ hook: @escaping PostHook
  ) -> HookHandle {
    let handle = HookHandle(self, name)
    ensuredExtras.postHooks.append(
      Hook(handle: handle, output: 0, payload: payload, function: hook))
    return handle
  }
}

// How a pass calls them. The lists are copied first: a hook may register or remove hooks.

extension NodeExtras {
  /// Lets the hooks of single outputs replace gradients.
  func callTensorHooks(_ gradients: inout Gradients) throws {
    for hook in tensorHooks {
      guard hook.output < gradients.count else { continue }
      let gradient = gradients[hook.output]
      guard let new = try hook.function(gradient) else { continue }
      try Self.check(hook.name, new, replaces: gradient)
      gradients.put(hook.output, new)
    }
  }

  func callPreHooks(_ gradients: inout Gradients) throws {
    for hook in preHooks {
      guard let new = try hook.function(Array(gradients)) else { continue }
      gradients = try Self.checked(hook.name, new, replacing: gradients)
    }
  }

  func callPostHooks(_ inputs: inout Gradients, _ outputs: Gradients) throws {
    for hook in postHooks {
      guard let new = try hook.function(Array(inputs), Array(outputs)) else { continue }
      inputs = try Self.checked(hook.name, new, replacing: inputs)
    }
  }

  private static func checked(
    _ name: String, _ new: [Tensor?], replacing old: Gradients
  ) throws -> Gradients {
    guard new.count == old.count else {
      throw TensorError.runtime(
        "hook '\(name)' has returned an incorrect number of values (got \(new.count), but expected "
          + "\(old.count))")
    }
    for case (let new?, let old) in zip(new, old) { try check(name, new, replaces: old) }
    return Gradients(new)
  }

  private static func check(_ name: String, _ new: Tensor, replaces old: Tensor?) throws {
    guard let old else {
      throw TensorError.runtime("can't replace a None gradient with a non-None value")
    }
    if new.dtype != old.dtype {
      throw TensorError.runtime(
        "hook '\(name)' has changed the type of value (was \(old.dtype.tensorTypeName) got "
          + "\(new.dtype.tensorTypeName))")
    }
    if new.shape != old.shape {
      throw TensorError.runtime("hook '\(name)' has changed the size of value")
    }
  }
}
