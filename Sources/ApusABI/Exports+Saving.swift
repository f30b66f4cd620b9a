// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in graph.h.

import Arrays
import Autograd
import CApus
import CThread

// Hooks for saved tensors, and anomaly mode.

/// A pair of hooks of the program's.
func savedTensorHooks(
  _ pack: apus_pack_hook?, _ unpack: apus_unpack_hook?, _ drop: Payload.Drop?, _ payload: Payload
) throws -> SavedTensorHooks {
  guard let pack else { throw TensorError.nullArgument("pack") }
  guard let unpack else { throw TensorError.nullArgument("unpack") }
  return SavedTensorHooks(
    payload: payload,
    pack: { tensor in
      try CallbackSlots.with([tensor]) { slots in
        var packed: UnsafeMutableRawPointer?
        try slots.call { pack(payload.pointer, slots.arguments[0], &packed) }
        return try Payload(packed: packed, drop: drop, parent: payload)
      }
    },
    unpack: { packed in
      let packed = unsafeDowncast(packed, to: Payload.self)
      return try CallbackSlots.with([], room: 1) { slots in
        try slots.call { unpack(payload.pointer, packed.pointer, slots.results) }
        return try slots.takenAll(1, "tensor")[0]
      }
    })
}

@_cdecl("apus_saved_tensors_hooks_push") @implementation
public func apus_saved_tensors_hooks_push(
  _ pack: apus_pack_hook!, _ unpack: apus_unpack_hook!,
  _ drop: (@convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Void)!,
  _ pointer: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!
) -> apus_status {
  status {
    let payload = try Payload(pointer, destroy: destroy)
    try savedTensorHooks(pack, unpack, drop, payload).push()
  }
}

@_cdecl("apus_saved_tensors_hooks_pop") @implementation
public func apus_saved_tensors_hooks_pop() { boundary(()) { SavedTensorHooks.pop() } }

@_cdecl("apus_saved_tensors_hooks_disable") @implementation
public func apus_saved_tensors_hooks_disable(_ message: UnsafePointer<CChar>!) -> apus_status {
  status { try SavedTensorHooks.disable(text(message, "message")) }
}

@_cdecl("apus_saved_tensors_hooks_enable") @implementation
public func apus_saved_tensors_hooks_enable() { boundary(()) { SavedTensorHooks.enable() } }

@_cdecl("apus_set_anomaly_enabled") @implementation
public func apus_set_anomaly_enabled(_ enabled: Bool, _ check_nan: Bool) {
  boundary(()) { Anomaly.set(enabled, checksNaN: check_nan) }
}

@_cdecl("apus_is_anomaly_enabled") @implementation
public func apus_is_anomaly_enabled() -> Bool { boundary(false) { Anomaly.isEnabled } }

@_cdecl("apus_is_anomaly_check_nan_enabled") @implementation
public func apus_is_anomaly_check_nan_enabled() -> Bool {
  boundary(false) { ThreadContext.current.checksNaN }
}

@_cdecl("apus_set_label") @implementation
public func apus_set_label(_ label: UnsafePointer<CChar>!) {
  boundary(()) { Anomaly.setLabel(optionalText(label)) }
}

@_cdecl("apus_set_label_provider") @implementation
public func apus_set_label_provider(
  _ provider: (@convention(c) (UnsafeMutableRawPointer?) -> UnsafePointer<CChar>?)!,
  _ pointer: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!
) -> apus_status {
  status {
    guard let provider else {
      let payload = try Payload(pointer, destroy: destroy)
      return withExtendedLifetime(payload) { Anomaly.setLabelProvider(nil) }
    }
    let payload = try Payload(pointer, destroy: destroy)
    // The thread's record holds it, which no collection looks at.
    payload.hold()
    Anomaly.setLabelProvider {
      var label: UnsafePointer<CChar>?
      try? callOut {
        label = provider(payload.pointer)
        return apus_status(APUS_OK)
      }
      return optionalText(label)
    }
  }
}

@_cdecl("apus_error_origin") @implementation
public func apus_error_origin() -> UnsafePointer<CChar>! {
  boundary(nil) { Anomaly.errorOrigin.flatMap { collected(text: $0) } }
}
