import Elements

/// A function of two elements, ready to be run over memory.
protocol BinaryKernel: SendableMetatype {
  associatedtype Input: BitwiseCopyable
  associatedtype Output: BitwiseCopyable
  static func apply(_ x: Input, _ y: Input) -> Output
  /// True where there are no vector instructions for it, so that one loop does for any strides.
  static var isScalar: Bool { get }
  /// True where it is worth a loop of its own for results that overwrite an operand.
  static var isSimple: Bool { get }
}

extension BinaryKernel {
  @inline(__always) static var isScalar: Bool { false }
  @inline(__always) static var isSimple: Bool { false }
}

/// `F` on elements of `S`, computed in the type that `S` computes in.
enum Mapping2<F: BinaryFunction, S: Element>: BinaryKernel where S.Compute: Number {
  @inline(__always)
  static func apply(_ x: S, _ y: S) -> S { S(narrowing: F.apply(x.widened, y.widened)) }
  @inline(__always) static var isScalar: Bool { F.isScalar(S.Compute.self) }
  @inline(__always) static var isSimple: Bool { F.isSimple }
}

/// The same for functions of floats only.
enum RealMapping2<F: BinaryRealFunction, S: Element>: BinaryKernel where S.Compute: Real {
  @inline(__always)
  static func apply(_ x: S, _ y: S) -> S { S(narrowing: F.apply(x.widened, y.widened)) }
  @inline(__always) static var isSimple: Bool { F.isSimple }
}

/// A question whose answer is a bool's byte.
enum Question2<F: BinaryPredicate, S: Element>: BinaryKernel where S.Compute: Number {
  @inline(__always)
  static func apply(_ x: S, _ y: S) -> UInt8 { F.apply(x.widened, y.widened) ? 1 : 0 }
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
  guard !K.isScalar, outStride == outSize, xStride == size || xStride == 0,
    yStride == size || yStride == 0, count > 0
  else {
    for i in 0..<count {
      let value = K.apply(
        (x + i * xStride).assumingMemoryBound(to: K.Input.self).pointee,
        (y + i * yStride).assumingMemoryBound(to: K.Input.self).pointee)
      (out + i * outStride).assumingMemoryBound(to: K.Output.self).pointee = value
    }
    return
  }
  let output = out.assumingMemoryBound(to: K.Output.self)
  let left = x.assumingMemoryBound(to: K.Input.self)
  let right = y.assumingMemoryBound(to: K.Input.self)
  let isLeft = UnsafeRawPointer(out) == x && xStride != 0
  let isRight = UnsafeRawPointer(out) == y && yStride != 0
  if outSize == size && (isLeft || isRight) {
    if K.isSimple {
      denseInPlace(K.self, output, left, isLeft, xStride == 0, right, isRight, yStride == 0, count)
    } else {
      throughBlock(K.self, output, left, xStride == 0, right, yStride == 0, count)
    }
  } else {
    dense(K.self, output, left, xStride == 0, right, yStride == 0, count)
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
    let result = K.apply(x[0], y[0])
    for i in 0..<count { out[i] = result }
  }
}

/// The same where the output is an operand: results wait in a block, so that the loops above do,
/// which can't tell that overwriting is harmless.
@inline(never)
private func throughBlock<K: BinaryKernel>(
  _: K.Type, _ out: UnsafeMutablePointer<K.Output>,
  _ x: UnsafePointer<K.Input>, _ xRepeats: Bool,
  _ y: UnsafePointer<K.Input>, _ yRepeats: Bool, _ count: Int
) {
  // A repeated element is read before a result may overwrite it.
  withUnsafePointer(to: x.pointee) { xFirst in
    withUnsafePointer(to: y.pointee) { yFirst in
      withBlock(of: K.Output.self) { block, capacity in
        for start in stride(from: 0, to: count, by: capacity) {
          let length = min(capacity, count - start)
          dense(
            K.self, block, xRepeats ? xFirst : x + start, xRepeats, yRepeats ? yFirst : y + start,
            yRepeats, length)
          (out + start).update(from: block, count: length)
        }
      }
    }
  }
}

/// The same in one loop. With one pointer for both, the compiler needs no check
/// for overlap, which would lead to a scalar loop. A repeated element is read before the first
/// result may overwrite it.
@inline(never)
private func denseInPlace<K: BinaryKernel>(
  _: K.Type, _ out: UnsafeMutablePointer<K.Output>,
  _ x: UnsafePointer<K.Input>, _ isLeft: Bool, _ xRepeats: Bool,
  _ y: UnsafePointer<K.Input>, _ isRight: Bool, _ yRepeats: Bool, _ count: Int
) {
  let elements = UnsafeMutableRawPointer(out).assumingMemoryBound(to: K.Input.self)
  if yRepeats {
    let scalar = y[0]
    for i in 0..<count { out[i] = settled(K.apply(elements[i], scalar)) }
  } else if xRepeats {
    let scalar = x[0]
    for i in 0..<count { out[i] = settled(K.apply(scalar, elements[i])) }
  } else if !isRight {
    for i in 0..<count { out[i] = settled(K.apply(elements[i], y[i])) }
  } else if !isLeft {
    for i in 0..<count { out[i] = settled(K.apply(x[i], elements[i])) }
  } else {
    for i in 0..<count { out[i] = settled(K.apply(elements[i], elements[i])) }
  }
}
