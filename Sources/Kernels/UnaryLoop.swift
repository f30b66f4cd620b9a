import Elements

/// A function from one element type to another, ready to be run over memory.
protocol UnaryKernel: SendableMetatype {
  associatedtype Input: BitwiseCopyable
  associatedtype Output: BitwiseCopyable
  static func apply(_ x: Input) -> Output
}

/// `F` on elements of `S`, computed in the type that `S` computes in.
enum Mapping<F: UnaryFunction, S: Element>: UnaryKernel where S.Compute: Number {
  @inline(__always) static func apply(_ x: S) -> S { S(compute: F.apply(x.compute)) }
}

/// The same for functions of floats only.
enum RealMapping<F: UnaryRealFunction, S: Element>: UnaryKernel where S.Compute: Real {
  @inline(__always) static func apply(_ x: S) -> S { S(compute: F.apply(x.compute)) }
}

/// A question whose answer is a bool's byte.
enum Testing<F: UnaryPredicate, S: Element>: UnaryKernel where S.Compute: Number {
  @inline(__always) static func apply(_ x: S) -> UInt8 { F.apply(x.compute) ? 1 : 0 }
}

/// The same for questions about floats only.
enum RealTesting<F: UnaryRealPredicate, S: Element>: UnaryKernel where S.Compute: Real {
  @inline(__always) static func apply(_ x: S) -> UInt8 { F.apply(x.compute) ? 1 : 0 }
}

/// Bytes of a stack buffer: what `withUnsafeTemporaryAllocation` never takes from the heap.
let stackBytes = 1024

/// The loop of a kernel as a value; it captures nothing, so making it costs nothing.
func loop<K: UnaryKernel>(_: K.Type) -> UnaryLoop {
  { out, outStride, x, xStride, count in run(K.self, out, outStride, x, xStride, count) }
}

/// Runs `K` over a row, with the fast path where both sides are dense.
@inline(never)
private func run<K: UnaryKernel>(
  _: K.Type, _ out: UnsafeMutableRawPointer, _ outStride: Int,
  _ x: UnsafeRawPointer, _ xStride: Int, _ count: Int
) {
  let (outSize, xSize) = (MemoryLayout<K.Output>.stride, MemoryLayout<K.Input>.stride)
  guard outStride == outSize, xStride == xSize else {
    for i in 0..<count {
      let value = K.apply((x + i * xStride).assumingMemoryBound(to: K.Input.self).pointee)
      (out + i * outStride).assumingMemoryBound(to: K.Output.self).pointee = value
    }
    return
  }
  let input = x.assumingMemoryBound(to: K.Input.self)
  guard UnsafeRawPointer(out) == x, count > 16 else {
    return dense(K.self, out.assumingMemoryBound(to: K.Output.self), input, count)
  }
  // In place, the vector loop's own check for overlap would send it to the scalar one.
  let block = stackBytes / outSize
  withUnsafeTemporaryAllocation(of: K.Output.self, capacity: block) { buffer in
    guard let results = buffer.baseAddress else { return }
    for start in stride(from: 0, to: count, by: block) {
      let length = min(block, count - start)
      dense(K.self, results, input + start, length)
      (out + start * outSize).copyMemory(from: results, byteCount: length * outSize)
    }
  }
}

@inline(never)
private func dense<K: UnaryKernel>(
  _: K.Type, _ out: UnsafeMutablePointer<K.Output>, _ x: UnsafePointer<K.Input>, _ count: Int
) {
  for i in 0..<count { out[i] = K.apply(x[i]) }
}
