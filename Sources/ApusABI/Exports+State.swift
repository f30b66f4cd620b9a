// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in apus.h.

import Arrays
import Autograd
import CApus
import Elements

// Tensors with the same memory, and how their changes and gradients are kept.

@_cdecl("apus_detach") @implementation
public func apus_detach(_ self_: OpaquePointer!) -> OpaquePointer! {
  making { try tensor(self_).detach() }
}

@_cdecl("apus_detach_") @implementation
public func apus_detach_(_ self_: OpaquePointer!) -> apus_status {
  status { _ = try tensor(self_, "tensor").detach_() }
}

@_cdecl("apus_variable_data") @implementation
public func apus_variable_data(_ self_: OpaquePointer!) -> OpaquePointer! {
  making { try tensor(self_, "tensor").variableData }
}

@_cdecl("apus_set_data") @implementation
public func apus_set_data(_ self_: OpaquePointer!, _ data: OpaquePointer!) -> apus_status {
  status { try tensor(self_, "tensor").setData(tensor(data, "data")) }
}

@_cdecl("apus_increment_version") @implementation
public func apus_increment_version(_ self_: OpaquePointer!) -> apus_status {
  status { try tensor(self_, "tensor").incrementVersion() }
}

@_cdecl("apus_grad_dtype") @implementation
public func apus_grad_dtype(_ self_: OpaquePointer!) -> apus_dtype {
  boundary(0) { try tensor(self_, "tensor").gradDType?.rawValue ?? 0 }
}

@_cdecl("apus_set_grad_dtype") @implementation
public func apus_set_grad_dtype(_ self_: OpaquePointer!, _ type: apus_dtype) -> apus_status {
  status { try tensor(self_, "tensor").setGradDType(optionalDType(type)) }
}
