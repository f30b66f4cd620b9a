import Arrays
import Autograd
import CApus
import CThread

// From Swift's results to C's, and the three shapes that an exported function has.

/// A function that makes a tensor.
@inline(__always)
func making(_ body: () throws -> Tensor) -> OpaquePointer? {
  boundary(nil) { Handle.make(try body()) }
}

/// A function that makes a tensor of one. The tensor is borrowed from its handle, which spares
/// counting a reference.
@inline(__always)
func making(
  _ x: OpaquePointer?, _ xName: StaticString, _ body: (Tensor) throws -> Tensor
) -> OpaquePointer? {
  boundary(nil) {
    defer { apus_keep(UnsafeRawPointer(x)) }
    return Handle.make(try borrowed(x, xName)._withUnsafeGuaranteedRef(body))
  }
}

/// A function that makes a tensor of two, which are borrowed.
@inline(__always)
func making(
  _ x: OpaquePointer?, _ xName: StaticString, _ y: OpaquePointer?, _ yName: StaticString,
  _ body: (Tensor, Tensor) throws -> Tensor
) -> OpaquePointer? {
  boundary(nil) {
    defer {
      apus_keep(UnsafeRawPointer(x))
      apus_keep(UnsafeRawPointer(y))
    }
    let (first, second) = (try borrowed(x, xName), try borrowed(y, yName))
    return Handle.make(
      try first._withUnsafeGuaranteedRef { first in
        try second._withUnsafeGuaranteedRef { second in try body(first, second) }
      })
  }
}

/// A function that changes its first argument, and returns the same handle.
@inline(__always)
func changing(_ handle: OpaquePointer?, _ body: () throws -> Void) -> OpaquePointer? {
  boundary(nil) {
    try body()
    return handle
  }
}

/// A function that returns a status.
@inline(__always)
func status(_ body: () throws -> Void) -> apus_status {
  let thread = enter()
  defer { apus_thread_exit(thread) }
  do {
    try body()
    return apus_status(APUS_OK)
  } catch {
    return ErrorState.record(error)
  }
}

/// Gives C the tensors that it has room for by pointer; others are dropped.
func deliver(_ results: [Tensor], to slots: UnsafeMutablePointer<OpaquePointer?>?...) {
  for (result, slot) in zip(results, slots) { slot?.pointee = Handle.make(result) }
}

/// Gives C a list of tensors: `count` is the room on entry, the number of tensors on return.
///
/// - Throws: `TensorError.value` when there is too little room.
func deliver(
  list results: [Tensor], to out: UnsafeMutablePointer<OpaquePointer?>?,
  _ count: UnsafeMutablePointer<Int>?
) throws {
  guard let count else { throw TensorError.nullArgument("count") }
  let room = count.pointee
  count.pointee = results.count
  guard let out else { return }
  if results.count > room {
    throw TensorError.value("there are \(results.count) results, and room for \(room)")
  }
  for (i, result) in results.enumerated() { out[i] = Handle.make(result) }
}

/// Writes text as snprintf does: cut to the buffer, NUL-terminated, returning the full length.
func deliver(
  text: String, to buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
  var text = text
  return text.withUTF8 { bytes in
    if let buffer, size > 0 {
      let count = min(bytes.count, size - 1)
      let target = UnsafeMutableRawBufferPointer(start: buffer, count: count)
      target.copyBytes(from: bytes.prefix(count))
      buffer[count] = 0
    }
    return bytes.count
  }
}

/// Text in memory that the collector frees; nil, and an error, when there is none.
func collected(text: String) -> UnsafePointer<CChar>? {
  let size = text.utf8.count + 1
  guard let memory = Collector.scratch(bytes: size) else { return nil }
  let buffer = memory.assumingMemoryBound(to: CChar.self)
  _ = deliver(text: text, to: buffer, size)
  return UnsafePointer(buffer)
}
