// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in graph.h.

import Arrays
import Autograd
import CApus
import CThread

// Hooks. The payload is made first: whatever is wrong with the other arguments, it is destroyed.

@_cdecl("apus_register_hook") @implementation
public func apus_register_hook(
  _ self_: OpaquePointer!, _ hook: apus_tensor_hook!, _ pointer: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!
) -> OpaquePointer! {
  boundary(nil) {
    let payload = try Payload(pointer, destroy: destroy)
    guard let hook else { throw TensorError.nullArgument("hook") }
    let handle = try tensor(self_, "tensor").registerHook(name: "hook", payload: payload) { grad in
      try CallbackSlots.with([grad], room: 1) { slots in
        try slots.call { hook(payload.pointer, slots.arguments[0], slots.results) }
        return try slots.taken(1, "replacement")[0]
      }
    }
    return Handle.make(HookBox(handle))
  }
}

@_cdecl("apus_register_post_accumulate_grad_hook") @implementation
public func apus_register_post_accumulate_grad_hook(
  _ self_: OpaquePointer!, _ hook: apus_accumulation_hook!,
  _ pointer: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!
) -> OpaquePointer! {
  boundary(nil) {
    let payload = try Payload(pointer, destroy: destroy)
    guard let hook else { throw TensorError.nullArgument("hook") }
    let handle = try tensor(self_, "tensor").registerPostAccumulateGradHook(
      name: "hook", payload: payload
    ) { leaf in
      try CallbackSlots.with([leaf]) { slots in
        try slots.call { hook(payload.pointer, slots.arguments[0]) }
      }
    }
    return Handle.make(HookBox(handle))
  }
}

@_cdecl("apus_node_register_prehook") @implementation
public func apus_node_register_prehook(
  _ self_: OpaquePointer!, _ hook: apus_node_prehook!, _ pointer: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!
) -> OpaquePointer! {
  boundary(nil) {
    let payload = try Payload(pointer, destroy: destroy)
    guard let hook else { throw TensorError.nullArgument("hook") }
    let handle = try node(self_).registerPrehook(name: "hook", payload: payload) { outputs in
      try CallbackSlots.with(outputs, room: outputs.count) { slots in
        var replaced = false
        try slots.call {
          hook(payload.pointer, slots.arguments, outputs.count, slots.results, &replaced)
        }
        let new = try slots.taken(outputs.count, "replacements")
        return replaced ? new : nil
      }
    }
    return Handle.make(HookBox(handle))
  }
}

@_cdecl("apus_node_register_hook") @implementation
public func apus_node_register_hook(
  _ self_: OpaquePointer!, _ hook: apus_node_hook!, _ pointer: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!
) -> OpaquePointer! {
  boundary(nil) {
    let payload = try Payload(pointer, destroy: destroy)
    guard let hook else { throw TensorError.nullArgument("hook") }
    let handle = try node(self_).registerHook(name: "hook", payload: payload) { inputs, outputs in
      try CallbackSlots.with(inputs + outputs, room: inputs.count) { slots in
        var replaced = false
        try slots.call {
          hook(
            payload.pointer, slots.arguments, inputs.count, slots.arguments + inputs.count,
            outputs.count, slots.results, &replaced)
        }
        let new = try slots.taken(inputs.count, "replacements")
        return replaced ? new : nil
      }
    }
    return Handle.make(HookBox(handle))
  }
}

@_cdecl("apus_register_multi_grad_hook") @implementation
public func apus_register_multi_grad_hook(
  _ handles: UnsafePointer<OpaquePointer?>!, _ count: Int, _ mode: Int32,
  _ hook: apus_multi_grad_hook!, _ pointer: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!
) -> OpaquePointer! {
  boundary(nil) {
    let payload = try Payload(pointer, destroy: destroy)
    guard let hook else { throw TensorError.nullArgument("hook") }
    let handle = try registerMultiGradHook(
      tensors(handles, count, "tensors"), multiGradMode(mode), name: "hook", payload: payload
    ) { grads in
      try CallbackSlots.with(grads) { slots in
        try slots.call { hook(payload.pointer, slots.arguments, grads.count) }
      }
    }
    return Handle.make(HookBox(handle))
  }
}

private func multiGradMode(_ number: Int32) throws -> MultiGradMode {
  switch number {
  case Int32(APUS_MULTI_GRAD_ALL): .all
  case Int32(APUS_MULTI_GRAD_ANY): .any
  default: try MultiGradMode("\(number)")
  }
}

@_cdecl("apus_hook_set_name") @implementation
public func apus_hook_set_name(
  _ hook: OpaquePointer!, _ name: UnsafePointer<CChar>!
) -> apus_status {
  status {
    let box: HookBox = try object(hook, "hook")
    box.handle.name = try text(name, "name")
  }
}

@_cdecl("apus_hook_remove") @implementation
public func apus_hook_remove(_ hook: OpaquePointer!) -> apus_status {
  status {
    let box: HookBox = try object(hook, "hook")
    box.handle.remove()
  }
}

@_cdecl("apus_hook_release") @implementation
public func apus_hook_release(_ hook: OpaquePointer!) -> apus_status { apus_release(hook) }

@_cdecl("apus_queue_callback") @implementation
public func apus_queue_callback(
  _ callback: (@convention(c) (UnsafeMutableRawPointer?) -> apus_status)!,
  _ pointer: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!
) -> apus_status {
  status {
    let payload = try Payload(pointer, destroy: destroy)
    guard let callback else { throw TensorError.nullArgument("callback") }
    try Pass.queueCallback { try callOut { callback(payload.pointer) } }
  }
}
