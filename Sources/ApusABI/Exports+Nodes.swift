// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in graph.h.

import Arrays
import Autograd
import CApus
import CThread

@_cdecl("apus_grad_fn") @implementation
public func apus_grad_fn(_ self_: OpaquePointer!) -> OpaquePointer! {
  boundary(nil) { nodeHandle(try tensor(self_).gradFunction) }
}

@_cdecl("apus_gradient_edge") @implementation
public func apus_gradient_edge(
  _ self_: OpaquePointer!, _ number: UnsafeMutablePointer<Int64>!
) -> OpaquePointer! {
  boundary(nil) {
    let edge = try gradientEdge(of: tensor(self_, "tensor"))
    number?.pointee = Int64(edge.index)
    return nodeHandle(edge.node)
  }
}

@_cdecl("apus_node_name") @implementation
public func apus_node_name(
  _ self_: OpaquePointer!, _ buffer: UnsafeMutablePointer<CChar>!, _ size: Int
) -> Int {
  boundary(0) { deliver(text: try node(self_).name, to: buffer, size) }
}

@_cdecl("apus_node_sequence_nr") @implementation
public func apus_node_sequence_nr(_ self_: OpaquePointer!) -> Int64 {
  boundary(-1) { Int64(clamping: try node(self_).sequenceNumber) }
}

@_cdecl("apus_node_next_count") @implementation
public func apus_node_next_count(_ self_: OpaquePointer!) -> Int64 {
  boundary(-1) { Int64(try node(self_).nextFunctions.count) }
}

@_cdecl("apus_node_next") @implementation
public func apus_node_next(
  _ self_: OpaquePointer!, _ index: Int64, _ number: UnsafeMutablePointer<Int64>!
) -> OpaquePointer! {
  boundary(nil) {
    let targets = try node(self_).nextFunctions
    guard index >= 0, index < targets.count else {
      throw TensorError.index("node has no argument \(index)")
    }
    let target = targets[Int(index)]
    number?.pointee = Int64(target?.inputIndex ?? 0)
    return nodeHandle(target?.node)
  }
}

@_cdecl("apus_node_variable") @implementation
public func apus_node_variable(_ self_: OpaquePointer!) -> OpaquePointer! {
  boundary(nil) { try node(self_).variable.flatMap { Handle.make($0) } }
}

@_cdecl("apus_node_is_same") @implementation
public func apus_node_is_same(_ self_: OpaquePointer!, _ other: OpaquePointer!) -> Bool {
  boundary(false) { try node(self_) === node(other, "other") }
}

@_cdecl("apus_node_id") @implementation
public func apus_node_id(_ self_: OpaquePointer!) -> UInt64 {
  boundary(0) { UInt64(UInt(bitPattern: ObjectIdentifier(try node(self_)))) }
}

@_cdecl("apus_node_user") @implementation
public func apus_node_user(_ self_: OpaquePointer!) -> UnsafeMutableRawPointer! {
  boundary(nil) { (try node(self_).metadata as? Payload)?.pointer }
}

@_cdecl("apus_node_set_user") @implementation
public func apus_node_set_user(
  _ self_: OpaquePointer!, _ user: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!
) -> apus_status {
  status {
    let payload = try Payload(user, destroy: destroy)
    try node(self_).metadata = payload
  }
}

@_cdecl("apus_node_retain") @implementation
public func apus_node_retain(_ node: OpaquePointer!) -> apus_status { apus_retain(node) }

@_cdecl("apus_node_release") @implementation
public func apus_node_release(_ node: OpaquePointer!) -> apus_status { apus_release(node) }

@_cdecl("apus_node_origin") @implementation
public func apus_node_origin(
  _ self_: OpaquePointer!, _ buffer: UnsafeMutablePointer<CChar>!, _ size: Int
) -> Int {
  boundary(0) { deliver(text: try node(self_).origin ?? "", to: buffer, size) }
}
