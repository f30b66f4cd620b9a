import Elements

/// Bytes of a stack buffer: what `withUnsafeTemporaryAllocation` never takes from the heap.
let stackBytes = 1024

/// Copies `count` elements into a dense buffer of their computing type.
@inline(never)
func load<S: Element>(
  _: S.Type, _ buffer: UnsafeMutablePointer<S.Compute>,
  _ x: UnsafeRawPointer, _ stride: Int, _ count: Int
) {
  if stride == MemoryLayout<S>.stride {
    if S.self == S.Compute.self {
      UnsafeMutableRawPointer(buffer).copyMemory(from: x, byteCount: count &* stride)
      return
    }
    let dense = x.assumingMemoryBound(to: S.self)
    for i in 0..<count { buffer[i] = dense[i].widened }
  } else {
    for i in 0..<count {
      buffer[i] = (x + i * stride).assumingMemoryBound(to: S.self).pointee.widened
    }
  }
}

/// Rounds a dense buffer of the computing type into `count` elements.
@inline(never)
func store<S: Element>(
  _: S.Type, _ out: UnsafeMutableRawPointer, _ stride: Int,
  _ buffer: UnsafePointer<S.Compute>, _ count: Int
) {
  if stride == MemoryLayout<S>.stride {
    if S.self == S.Compute.self {
      out.copyMemory(from: buffer, byteCount: count &* stride)
      return
    }
    let dense = out.assumingMemoryBound(to: S.self)
    for i in 0..<count { dense[i] = S(narrowing: buffer[i]) }
  } else {
    for i in 0..<count {
      (out + i * stride).assumingMemoryBound(to: S.self).pointee = S(narrowing: buffer[i])
    }
  }
}

/// Calls `body` with a buffer on the stack, and how many `T` it holds.
@inline(__always)
func withBlock<T: BitwiseCopyable>(
  of _: T.Type, _ body: (UnsafeMutablePointer<T>, _ capacity: Int) -> Void
) {
  let capacity = stackBytes / MemoryLayout<T>.stride
  withUnsafeTemporaryAllocation(of: T.self, capacity: capacity) { buffer in
    if let base = buffer.baseAddress { body(base, capacity) }
  }
}

/// Calls `body` with memory for `count` numbers.
@inline(__always)
func withBlock<T: BitwiseCopyable>(
  of _: T.Type, _ count: Int, _ body: (UnsafeMutablePointer<T>) -> Void
) {
  withUnsafeTemporaryAllocation(of: T.self, capacity: count) { buffer in
    if let base = buffer.baseAddress { body(base) }
  }
}

/// Calls `body` with memory for numbers of two types.
@inline(__always)
func withBlocks<T: BitwiseCopyable, U: BitwiseCopyable>(
  of _: T.Type, _ count: Int, _: U.Type, _ otherCount: Int,
  _ body: (UnsafeMutablePointer<T>, UnsafeMutablePointer<U>) -> Void
) {
  withBlock(of: T.self, count) { first in
    withBlock(of: U.self, otherCount) { second in body(first, second) }
  }
}
