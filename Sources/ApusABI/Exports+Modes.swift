// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in apus.h and transforms.h.

import Arrays
import Autograd
import CApus
import CThread
import Operators

// Inference mode, forward mode, and what the program leaves with the library as its own error.

@_cdecl("apus_fail") @implementation
public func apus_fail(_ code: apus_status, _ message: UnsafePointer<CChar>!) -> apus_status {
  boundary(apus_status(APUS_ERROR_RUNTIME)) {
    let kind = TensorError.Kind(rawValue: code) ?? .runtime
    return ErrorState.record(TensorError.callback(kind, optionalText(message) ?? ""))
  }
}

@_cdecl("apus_take_warning") @implementation
public func apus_take_warning(_ buffer: UnsafeMutablePointer<CChar>!, _ size: Int) -> Int {
  boundary(0) {
    let context = ThreadContext.current
    guard let warning = context.warnings.first else { return 0 }
    if buffer != nil && size > 0 { context.warnings.removeFirst() }
    return deliver(text: warning, to: buffer, size)
  }
}

@_cdecl("apus_set_inference_mode") @implementation
public func apus_set_inference_mode(_ enabled: Bool) -> UInt32 {
  let before = InferenceMode.set(enabled)
  return (before.inference ? 1 : 0) | (before.recording ? 2 : 0)
}

@_cdecl("apus_restore_inference_mode") @implementation
public func apus_restore_inference_mode(_ state: UInt32) {
  InferenceMode.restore((state & 1 != 0, state & 2 != 0))
}

@_cdecl("apus_is_inference_mode_enabled") @implementation
public func apus_is_inference_mode_enabled() -> Bool { InferenceMode.isEnabled }

@_cdecl("apus_is_inference") @implementation
public func apus_is_inference(_ self_: OpaquePointer!) -> Bool {
  boundary(false) { try tensor(self_).isInference }
}

@_cdecl("apus_enter_dual_level") @implementation
public func apus_enter_dual_level() -> apus_status { status { try ForwardMode.enter(.operators) } }

@_cdecl("apus_exit_dual_level") @implementation
public func apus_exit_dual_level() -> apus_status { status { try ForwardMode.exit() } }

@_cdecl("apus_make_dual") @implementation
public func apus_make_dual(_ primal: OpaquePointer!, _ tangent: OpaquePointer!) -> OpaquePointer! {
  making { try ForwardMode.makeDual(tensor(primal, "primal"), tensor(tangent, "tangent")) }
}

@_cdecl("apus_unpack_dual") @implementation
public func apus_unpack_dual(
  _ self_: OpaquePointer!, _ primal: UnsafeMutablePointer<OpaquePointer?>!,
  _ tangent: UnsafeMutablePointer<OpaquePointer?>!
) -> apus_status {
  status {
    primal?.pointee = nil
    tangent?.pointee = nil
    let parts = ForwardMode.unpack(try tensor(self_, "tensor"))
    primal?.pointee = Handle.make(parts.primal)
    if let tangent, let value = parts.tangent { tangent.pointee = Handle.make(value) }
  }
}
