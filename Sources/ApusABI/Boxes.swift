import Autograd

// What handles hold that is not a final class by itself.

/// A node.
final class NodeBox {
  let node: Node
  init(_ node: Node) { self.node = node }
}

/// A hook that was registered: with each of several tensors, perhaps.
final class HookBox {
  let handles: [HookHandle]
  init(_ handles: [HookHandle]) { self.handles = handles }
}

/// The node behind a handle.
///
/// - Throws: `TensorError.nullArgument`, `.releasedHandle`.
func node(_ handle: OpaquePointer?, _ name: StaticString = "node") throws -> Node {
  let box: NodeBox = try object(handle, name)
  return box.node
}

/// A new handle of a node.
func nodeHandle(_ node: Node?) -> OpaquePointer? { node.flatMap { Handle.make(NodeBox($0)) } }
