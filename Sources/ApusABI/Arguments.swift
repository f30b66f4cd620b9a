import Arrays
import Autograd
import CApus
import Elements

// From C's types to Swift's. Everything that a caller can get wrong is checked here or further in,
// and thrown.

/// The tensor behind a handle.
///
/// - Throws: `TensorError.nullArgument`, `.releasedHandle`.
@inline(__always)
func tensor(_ handle: OpaquePointer?, _ name: StaticString = "self") throws -> Tensor {
  try object(handle, name)
}

/// The tensor behind a handle that may be NULL.
func optionalTensor(_ handle: OpaquePointer?, _ name: StaticString) throws -> Tensor? {
  try handle.map { try object($0, name) }
}

/// The generator behind a handle; the default one for NULL.
func generator(_ handle: OpaquePointer?, _ name: StaticString) throws -> Generator? {
  try handle.map { try object($0, name) }
}

/// The tensor behind a handle, for as long as the handle is kept.
///
/// - Throws: `TensorError.nullArgument`, `.releasedHandle`.
@inline(__always)
func borrowed(_ handle: OpaquePointer?, _ name: StaticString) throws -> Unmanaged<Tensor> {
  try reference(handle, name)
}

@inline(__always)
func object<T: AnyObject>(_ handle: OpaquePointer?, _ name: StaticString) throws -> T {
  try reference(handle, name).takeUnretainedValue()
}

@inline(__always)
private func reference<T: AnyObject>(
  _ handle: OpaquePointer?, _ name: StaticString
) throws -> Unmanaged<T> {
  guard let reference = Handle.borrow(handle) else { throw missing(handle, name) }
  // All classes are final, so the class pointer decides.
  guard reference._withUnsafeGuaranteedRef({ type(of: $0) == T.self }) else {
    throw otherType(name)
  }
  return .fromOpaque(reference.toOpaque())
}

@inline(never)
private func otherType(_ name: StaticString) -> TensorError {
  .type("argument '\(name)' is a handle of another type")
}

@inline(never)
private func missing(_ handle: OpaquePointer?, _ name: StaticString) -> TensorError {
  // What is wrong with the handle has been recorded, and the first error stays.
  handle == nil ? .nullArgument("\(name)") : .notAHandle
}

/// The tensors behind an array of handles, none of them NULL.
func tensors(
  _ handles: UnsafePointer<OpaquePointer?>?, _ count: Int, _ name: StaticString
) throws -> [Tensor] {
  try array(handles, count, name) { try tensor($0, name) }
}

/// The tensors behind an array of handles; NULLs stay nil.
func optionalTensors(
  _ handles: UnsafePointer<OpaquePointer?>?, _ count: Int, _ name: StaticString
) throws -> [Tensor?] {
  try array(handles, count, name) { try optionalTensor($0, name) }
}

private func array<T, U>(
  _ pointer: UnsafePointer<T>?, _ count: Int, _ name: StaticString, _ convert: (T) throws -> U
) throws -> [U] {
  if count == 0 { return [] }
  guard let pointer else { throw TensorError.nullArgument("\(name)") }
  guard count > 0 else { throw TensorError.value("argument '\(name)' has a huge count") }
  var result: [U] = []
  for i in 0..<count { result.append(try convert(pointer[i])) }
  return result
}

/// A list of integers.
///
/// - Throws: `TensorError.nullArgument`, `.value` for a count that no array can have.
func dims(_ pointer: UnsafePointer<Int64>?, _ count: Int, _ name: StaticString) throws -> Dims {
  if count == 0 { return [] }
  guard let pointer else { throw TensorError.nullArgument("\(name)") }
  guard count > 0, count < 1 << 20 else {
    throw TensorError.value("argument '\(name)' has a huge count")
  }
  var result = Dims()
  for i in 0..<count { result.append(Int(pointer[i])) }
  return result
}

/// A list of integers, or nil for NULL.
func optionalDims(
  _ pointer: UnsafePointer<Int64>?, _ count: Int, _ name: StaticString
) throws -> Dims? {
  pointer == nil ? nil : try dims(pointer, count, name)
}

/// A list of numbers; NULL only when there are none.
///
/// - Throws: `TensorError.nullArgument`, `.value` for a huge count.
func doubles(
  _ pointer: UnsafePointer<Double>?, _ count: Int, _ name: StaticString
) throws -> [Double] {
  if count == 0 { return [] }
  guard let pointer else { throw TensorError.nullArgument("\(name)") }
  guard count > 0, count < 1 << 20 else {
    throw TensorError.value("argument '\(name)' has a huge count")
  }
  return Array(UnsafeBufferPointer(start: pointer, count: count))
}

/// A list of numbers, or nil for NULL.
func optionalDoubles(
  _ pointer: UnsafePointer<Double>?, _ count: Int, _ name: StaticString
) throws -> [Double]? {
  pointer == nil ? nil : try doubles(pointer, count, name)
}

/// A number, or nil for NULL.
func optionalDouble(_ pointer: UnsafePointer<Double>?) -> Double? { pointer.map { $0.pointee } }

/// An integer, or nil for NULL.
func optionalInt(_ pointer: UnsafePointer<Int64>?) -> Int? { pointer.map { Int($0.pointee) } }

/// A number.
///
/// - Throws: `TensorError.nullArgument` when there is none, `.value` for an unknown kind.
func scalar(_ value: apus_scalar, _ name: StaticString) throws -> Scalar {
  guard let scalar = try optionalScalar(value, name) else {
    throw TensorError.nullArgument("\(name)")
  }
  return scalar
}

/// A number, or nil for APUS_NONE.
func optionalScalar(_ value: apus_scalar, _ name: StaticString) throws -> Scalar? {
  switch Int(value.kind) {
  case APUS_SCALAR_NONE: return nil
  case APUS_SCALAR_BOOL: return .bool(value.value.integer != 0)
  case APUS_SCALAR_INT: return .int(value.value.integer)
  case APUS_SCALAR_DOUBLE: return .double(value.value.real)
  case APUS_SCALAR_TENSOR: return try tensor(value.value.tensor, name).item()
  default: throw TensorError.value("argument '\(name)' is a number of unknown kind \(value.kind)")
  }
}

/// A dtype, or nil for APUS_DEFAULT_DTYPE.
///
/// - Throws: `TensorError.type` for an unknown number.
func optionalDType(_ value: apus_dtype) throws -> DType? {
  if value == 0 { return nil }
  guard let dtype = DType(rawValue: value) else {
    throw TensorError.type("unknown dtype \(value)")
  }
  return dtype
}

/// A dtype.
///
/// - Throws: `TensorError.type` for an unknown number, or none.
func dtype(_ value: apus_dtype, _ name: StaticString) throws -> DType {
  guard let dtype = try optionalDType(value) else {
    throw TensorError.type("argument '\(name)' must be a dtype")
  }
  return dtype
}

/// A text, or nil for NULL. Bytes that are not UTF-8 are replaced.
func optionalText(_ pointer: UnsafePointer<CChar>?) -> String? {
  pointer.map { String(cString: $0) }
}

/// A text.
///
/// - Throws: `TensorError.nullArgument`.
func text(_ pointer: UnsafePointer<CChar>?, _ name: StaticString) throws -> String {
  guard let text = optionalText(pointer) else { throw TensorError.nullArgument("\(name)") }
  return text
}

/// An options struct, cut or filled with zeros to the size that this library knows: an older or
/// newer program has other fields at its end.
func options<T>(_ pointer: UnsafePointer<T>?) throws -> T? {
  guard let pointer else { return nil }
  let given = UnsafeRawPointer(pointer).load(as: Int.self)
  guard given >= MemoryLayout<Int>.size, given <= 4096 else {
    throw TensorError.value("the options' struct_size is \(given), not the size of the struct")
  }
  let size = MemoryLayout<T>.size
  return withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { buffer -> T? in
    guard let copy = buffer.baseAddress else { return nil }
    copy.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    copy.copyMemory(from: pointer, byteCount: min(given, size))
    return copy.load(as: T.self)
  }
}
