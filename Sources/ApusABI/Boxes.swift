import Autograd

// What handles hold that is not a final class by itself.

/// A node.
final class NodeBox {
  let node: Node
  init(_ node: Node) { self.node = node }
}

/// A hook that was registered.
final class HookBox {
  let handle: HookHandle
  init(_ handle: HookHandle) { self.handle = handle }
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
