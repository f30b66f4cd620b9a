// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the functions do is said once, in apus.h.

import Arrays
import Autograd
import CApus
import CThread
import Elements
import Operators

// Tensors from data and back, and what a tensor says of itself.

@_cdecl("apus_tensor_from") @implementation
public func apus_tensor_from(
  _ data: UnsafeRawPointer!, _ shape: UnsafePointer<Int64>!, _ rank: Int, _ type: apus_dtype
) -> OpaquePointer! {
  making {
    let array = try NDArray(
      uninitialized: dims(shape, rank, "shape"), dtype(type, "dtype"))
    if array.count > 0 {
      guard let data else { throw TensorError.nullArgument("data") }
      array.base.copyMemory(from: data, byteCount: array.count * array.dtype.size)
    }
    return .created(array)
  }
}

@_cdecl("apus_from_blob") @implementation
public func apus_from_blob(
  _ data: UnsafeMutableRawPointer!, _ shape: UnsafePointer<Int64>!,
  _ strides: UnsafePointer<Int64>!, _ rank: Int, _ type: apus_dtype,
  _ deleter: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!,
  _ payload: UnsafeMutableRawPointer!
) -> OpaquePointer! {
  making {
    // Whatever is wrong with the other arguments, the memory is given back.
    let owner = try Payload(payload, destroy: deleter)
    let type = try dtype(type, "dtype")
    let sizes = try dims(shape, rank, "shape")
    let row = try Layout.contiguous(sizes)
    let strides = try optionalDims(strides, rank, "strides") ?? row.strides
    let bytes = try NDArray.bytesNeeded(sizes, strides, 0, type.size)
    guard let start = bytes > 0 ? data : UnsafeMutableRawPointer(bitPattern: 64) else {
      throw TensorError.nullArgument("data")
    }
    // A storage is nothing that a collection comes by.
    owner.hold()
    let storage = Storage(borrowing: start, byteCount: bytes) { withExtendedLifetime(owner) {} }
    return .created(
      NDArray(storage: storage, layout: .strided(sizes, strides), dtype: type))
  }
}

@_cdecl("apus_scalar_tensor") @implementation
public func apus_scalar_tensor(_ value: apus_scalar, _ type: apus_dtype) -> OpaquePointer! {
  making {
    let number = try scalar(value, "value")
    return .created(try .number(number, optionalDType(type) ?? number.dtype))
  }
}

@_cdecl("apus_numel") @implementation
public func apus_numel(_ self_: OpaquePointer!) -> Int64 {
  boundary(-1) { Int64(try tensor(self_).count) }
}

@_cdecl("apus_dim") @implementation
public func apus_dim(_ self_: OpaquePointer!) -> Int64 {
  boundary(-1) { Int64(try tensor(self_).rank) }
}

@_cdecl("apus_size") @implementation
public func apus_size(_ self_: OpaquePointer!, _ dim: Int64) -> Int64 {
  boundary(-1) {
    let x = try tensor(self_)
    if x.rank == 0 {
      throw TensorError.index("Dimension specified as \(dim) but tensor has no dimensions")
    }
    return Int64(x.shape[try Dims.wrap(Int(dim), rank: x.rank)])
  }
}

@_cdecl("apus_shape") @implementation
public func apus_shape(_ self_: OpaquePointer!, _ out: UnsafeMutablePointer<Int64>!) -> apus_status
{
  status { try write(tensor(self_).shape, to: out) }
}

@_cdecl("apus_strides") @implementation
public func apus_strides(
  _ self_: OpaquePointer!, _ out: UnsafeMutablePointer<Int64>!
) -> apus_status {
  status { try write(tensor(self_).strides, to: out) }
}

private func write(_ numbers: Dims, to out: UnsafeMutablePointer<Int64>?) throws {
  if numbers.isEmpty { return }
  guard let out else { throw TensorError.nullArgument("out") }
  for (i, number) in numbers.enumerated() { out[i] = Int64(number) }
}

@_cdecl("apus_dtype_of") @implementation
public func apus_dtype_of(_ self_: OpaquePointer!) -> apus_dtype {
  boundary(0) { try tensor(self_).dtype.rawValue }
}

@_cdecl("apus_storage_offset") @implementation
public func apus_storage_offset(_ self_: OpaquePointer!) -> Int64 {
  boundary(-1) { Int64(try tensor(self_).storageOffset) }
}

@_cdecl("apus_is_contiguous") @implementation
public func apus_is_contiguous(_ self_: OpaquePointer!) -> Bool {
  boundary(false) { try tensor(self_).isContiguous }
}

@_cdecl("apus_data") @implementation
public func apus_data(_ self_: OpaquePointer!) -> UnsafeMutableRawPointer! {
  boundary(nil) { try tensor(self_).data }
}

@_cdecl("apus_item_double") @implementation
public func apus_item_double(_ self_: OpaquePointer!) -> Double {
  boundary(0) { try tensor(self_).item().double }
}

@_cdecl("apus_item_int64") @implementation
public func apus_item_int64(_ self_: OpaquePointer!) -> Int64 {
  boundary(0) { try tensor(self_).item().int64 }
}

@_cdecl("apus_item_bool") @implementation
public func apus_item_bool(_ self_: OpaquePointer!) -> Bool {
  boundary(false) { try tensor(self_).isTrue() }
}

@_cdecl("apus_item_complex") @implementation
public func apus_item_complex(
  _ self_: OpaquePointer!, _ parts: UnsafeMutablePointer<Double>!
) -> apus_status {
  status {
    let item = try tensor(self_).item()
    guard let parts else { throw TensorError.nullArgument("parts") }
    parts[0] = item.double
    parts[1] = item.imaginary
  }
}

@_cdecl("apus_equal") @implementation
public func apus_equal(_ self_: OpaquePointer!, _ other: OpaquePointer!) -> Bool {
  boundary(false) { try tensor(self_).isEqual(to: tensor(other, "other")) }
}

@_cdecl("apus_is_same") @implementation
public func apus_is_same(_ self_: OpaquePointer!, _ other: OpaquePointer!) -> Bool {
  boundary(false) { try tensor(self_) === tensor(other, "other") }
}

@_cdecl("apus_version_of") @implementation
public func apus_version_of(_ self_: OpaquePointer!) -> Int64 {
  boundary(-1) { Int64(try tensor(self_).checkedVersion) }
}

@_cdecl("apus_is_view") @implementation
public func apus_is_view(_ self_: OpaquePointer!) -> Bool {
  boundary(false) { try tensor(self_).isView }
}

@_cdecl("apus_base") @implementation
public func apus_base(_ self_: OpaquePointer!) -> OpaquePointer! {
  boundary(nil) { try tensor(self_).viewBase.flatMap { Handle.make($0) } }
}
