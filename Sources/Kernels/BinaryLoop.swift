import Elements

/// A function of two elements, ready to be run over memory.
protocol BinaryKernel: SendableMetatype {
  associatedtype Input: BitwiseCopyable
  associatedtype Output: BitwiseCopyable
  static func apply(_ x: Input, _ y: Input) -> Output
}

/// `F` on elements of `S`, computed in the type that `S` computes in.
enum Mapping2<F: BinaryFunction, S: Element>: BinaryKernel where S.Compute: Number {
  @inline(__always)
  static func apply(_ x: S, _ y: S) -> S { S(compute: F.apply(x.compute, y.compute)) }
}

/// The same for functions of floats only.
enum RealMapping2<F: BinaryRealFunction, S: Element>: BinaryKernel where S.Compute: Real {
  @inline(__always)
  static func apply(_ x: S, _ y: S) -> S { S(compute: F.apply(x.compute, y.compute)) }
}

/// A question whose answer is a bool's byte.
enum Testing2<F: BinaryPredicate, S: Element>: BinaryKernel where S.Compute: Number {
  @inline(__always)
  static func apply(_ x: S, _ y: S) -> UInt8 { F.apply(x.compute, y.compute) ? 1 : 0 }
}

/// The loop of a kernel as a value; it captures nothing, so making it costs nothing.
func loop<K: BinaryKernel>(_: K.Type) -> BinaryLoop {
  { out, outStride, x, xStride, y, yStride, count in
    run(K.self, out, outStride, x, xStride, y, yStride, count)
  }
}

/// The loop with its operands exchanged: `greater` is `less` of the other order, nan included.
func swapped<K: BinaryKernel>(_: K.Type) -> BinaryLoop {
  { out, outStride, x, xStride, y, yStride, count in
    run(K.self, out, outStride, y, yStride, x, xStride, count)
  }
}

/// Runs `K` over a row, with the fast paths where each operand is dense or a repeated element.
@inline(never)
private func run<K: BinaryKernel>(
  _: K.Type, _ out: UnsafeMutableRawPointer, _ outStride: Int,
  _ x: UnsafeRawPointer, _ xStride: Int, _ y: UnsafeRawPointer, _ yStride: Int, _ count: Int
) {
  let (outSize, size) = (MemoryLayout<K.Output>.stride, MemoryLayout<K.Input>.stride)
  guard outStride == outSize, xStride == size || xStride == 0, yStride == size || yStride == 0,
    count > 0
  else {
    for i in 0..<count {
      let value = K.apply(
        (x + i * xStride).assumingMemoryBound(to: K.Input.self).pointee,
        (y + i * yStride).assumingMemoryBound(to: K.Input.self).pointee)
      (out + i * outStride).assumingMemoryBound(to: K.Output.self).pointee = value
    }
    return
  }
  let left = x.assumingMemoryBound(to: K.Input.self)
  let right = y.assumingMemoryBound(to: K.Input.self)
  guard UnsafeRawPointer(out) == x || UnsafeRawPointer(out) == y, count > 16 else {
    let results = out.assumingMemoryBound(to: K.Output.self)
    return dense(K.self, results, left, xStride == 0, right, yStride == 0, count)
  }
  // In place, the vector loop's own check for overlap would send it to the scalar one. A repeated
  // element is read before the first result may overwrite it.
  let block = stackBytes / outSize
  var (first, second) = (left[0], right[0])
  withUnsafeTemporaryAllocation(of: K.Output.self, capacity: block) { buffer in
    guard let results = buffer.baseAddress else { return }
    for start in stride(from: 0, to: count, by: block) {
      let length = min(block, count - start)
      if xStride == 0 {
        dense(K.self, results, &first, true, right + start, yStride == 0, length)
      } else if yStride == 0 {
        dense(K.self, results, left + start, false, &second, true, length)
      } else {
        dense(K.self, results, left + start, false, right + start, false, length)
      }
      (out + start * outSize).copyMemory(from: results, byteCount: length * outSize)
    }
  }
}

@inline(never)
private func dense<K: BinaryKernel>(
  _: K.Type, _ out: UnsafeMutablePointer<K.Output>,
  _ x: UnsafePointer<K.Input>, _ xRepeats: Bool,
  _ y: UnsafePointer<K.Input>, _ yRepeats: Bool, _ count: Int
) {
  switch (xRepeats, yRepeats) {
  case (false, false):
    for i in 0..<count { out[i] = K.apply(x[i], y[i]) }
  case (false, true):
    let scalar = y[0]
    for i in 0..<count { out[i] = K.apply(x[i], scalar) }
  case (true, false):
    let scalar = x[0]
    for i in 0..<count { out[i] = K.apply(scalar, y[i]) }
  case (true, true):
    out.update(repeating: K.apply(x[0], y[0]), count: count)
  }
}
