// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in transforms.h.

import Arrays
import Autograd
import CApus
import CThread
import Operators
import Transforms

// Transforms of functions of one tensor.

/// A function of one tensor as Swift sees it.
private func map(
  _ code: apus_map?, _ payload: UnsafeMutableRawPointer?
) throws -> ([Tensor]) throws -> [Tensor] {
  guard let code else { throw TensorError.nullArgument("function") }
  return { inputs in
    try CallbackSlots.with(inputs, room: 1) { slots in
      try slots.call { code(payload, slots.arguments[0], slots.results) }
      return try slots.takenAll(1, "y")
    }
  }
}

@_cdecl("apus_jacrev") @implementation
public func apus_jacrev(
  _ code: apus_map!, _ payload: UnsafeMutableRawPointer!, _ x: OpaquePointer!
) -> OpaquePointer! {
  making { try keeping(payload) { try Func.jacrev([tensor(x, "x")], map(code, payload))[0][0] } }
}

@_cdecl("apus_jacfwd") @implementation
public func apus_jacfwd(
  _ code: apus_map!, _ payload: UnsafeMutableRawPointer!, _ x: OpaquePointer!
) -> OpaquePointer! {
  making { try keeping(payload) { try Func.jacfwd([tensor(x, "x")], map(code, payload))[0][0] } }
}

@_cdecl("apus_hessian") @implementation
public func apus_hessian(
  _ code: apus_map!, _ payload: UnsafeMutableRawPointer!, _ x: OpaquePointer!
) -> OpaquePointer! {
  making { try keeping(payload) { try Func.hessian([tensor(x, "x")], map(code, payload))[0][0] } }
}

@_cdecl("apus_hvp") @implementation
public func apus_hvp(
  _ code: apus_map!, _ payload: UnsafeMutableRawPointer!, _ x: OpaquePointer!,
  _ v: OpaquePointer!
) -> OpaquePointer! {
  making {
    defer { apus_keep(UnsafeRawPointer(payload)) }
    return try Functional.hvp([tensor(x, "x")], [tensor(v, "v")], map(code, payload)).hvp[0]
  }
}

@_cdecl("apus_vhp") @implementation
public func apus_vhp(
  _ code: apus_map!, _ payload: UnsafeMutableRawPointer!, _ x: OpaquePointer!,
  _ v: OpaquePointer!
) -> OpaquePointer! {
  making {
    defer { apus_keep(UnsafeRawPointer(payload)) }
    return try Functional.vhp([tensor(x, "x")], [tensor(v, "v")], map(code, payload)).vhp[0]
  }
}
