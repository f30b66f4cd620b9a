// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in function.h.

import Arrays
import Autograd
import CApus
import CThread

// The contexts of custom functions.

/// The context behind a handle.
private func context(_ handle: OpaquePointer?) throws -> FunctionContext {
  try object(handle, "context")
}

@_cdecl("apus_context_save_for_backward") @implementation
public func apus_context_save_for_backward(
  _ handle: OpaquePointer!, _ tensors: UnsafePointer<OpaquePointer?>!, _ count: Int
) -> apus_status {
  status { try context(handle).saveForBackward(optionalTensors(tensors, count, "tensors")) }
}

@_cdecl("apus_context_save_for_forward") @implementation
public func apus_context_save_for_forward(
  _ handle: OpaquePointer!, _ tensors: UnsafePointer<OpaquePointer?>!, _ count: Int
) -> apus_status {
  status { try context(handle).saveForForward(optionalTensors(tensors, count, "tensors")) }
}

@_cdecl("apus_context_saved_count") @implementation
public func apus_context_saved_count(_ handle: OpaquePointer!) -> Int {
  boundary(0) { try context(handle).savedCount }
}

@_cdecl("apus_context_saved") @implementation
public func apus_context_saved(_ handle: OpaquePointer!, _ index: Int) -> OpaquePointer! {
  boundary(nil) {
    try context(handle).savedTensor(at: index).flatMap { Handle.make($0) }
  }
}

@_cdecl("apus_context_mark_dirty") @implementation
public func apus_context_mark_dirty(
  _ handle: OpaquePointer!, _ list: UnsafePointer<OpaquePointer?>!, _ count: Int
) -> apus_status {
  status { try context(handle).markDirty(tensors(list, count, "tensors")) }
}

@_cdecl("apus_context_mark_non_differentiable") @implementation
public func apus_context_mark_non_differentiable(
  _ handle: OpaquePointer!, _ list: UnsafePointer<OpaquePointer?>!, _ count: Int
) -> apus_status {
  status { try context(handle).markNonDifferentiable(tensors(list, count, "tensors")) }
}

@_cdecl("apus_context_set_materialize_grads") @implementation
public func apus_context_set_materialize_grads(
  _ handle: OpaquePointer!, _ materialize: Bool
) -> apus_status {
  status { try context(handle).setMaterializeGrads(materialize) }
}

@_cdecl("apus_context_needs_input_grad") @implementation
public func apus_context_needs_input_grad(_ handle: OpaquePointer!, _ index: Int) -> Bool {
  boundary(false) {
    let wanted = try context(handle).needsInputGrad
    guard index >= 0, index < wanted.count else {
      throw TensorError.index("the function has no input \(index)")
    }
    return wanted[index]
  }
}

@_cdecl("apus_context_user") @implementation
public func apus_context_user(_ handle: OpaquePointer!) -> UnsafeMutableRawPointer! {
  boundary(nil) { (try context(handle).userData as? Payload)?.pointer }
}

@_cdecl("apus_context_set_user") @implementation
public func apus_context_set_user(
  _ handle: OpaquePointer!, _ user: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!
) -> apus_status {
  status {
    let payload = try Payload(user, destroy: destroy)
    try context(handle).userData = payload
  }
}

@_cdecl("apus_node_context") @implementation
public func apus_node_context(_ self_: OpaquePointer!) -> OpaquePointer! {
  boundary(nil) { try node(self_).functionContext.flatMap { Handle.make($0) } }
}

@_cdecl("apus_context_retain") @implementation
public func apus_context_retain(_ context: OpaquePointer!) -> apus_status { apus_retain(context) }

@_cdecl("apus_context_release") @implementation
public func apus_context_release(_ context: OpaquePointer!) -> apus_status {
  apus_release(context)
}
