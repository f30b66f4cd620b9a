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
  /// True where there are arguments that only `applyAnywhere` is right for.
  static var hasDomain: Bool { get }
  static func isOutside(_ x: Input, _ y: Input) -> Bool
  static func applyAnywhere(_ x: Input, _ y: Input) -> Output
}

extension BinaryKernel {
  @inline(__always) static var isScalar: Bool { false }
  @inline(__always) static var isSimple: Bool { false }
  @inline(__always) static var hasDomain: Bool { false }
  @inline(__always) static func isOutside(_ x: Input, _ y: Input) -> Bool { false }
  @inline(__always) static func applyAnywhere(_ x: Input, _ y: Input) -> Output { apply(x, y) }
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

/// The same for divisions: those with large quotients go to the C library, one by one; all do where
/// there is no instruction that multiplies and subtracts with one rounding.
enum DivisionMapping<F: DivisionFunction, S: Element>: BinaryKernel where S.Compute: Real {
  @inline(__always)
  static func apply(_ x: S, _ y: S) -> S {
    let (x, y) = (x.widened, y.widened)
    return S(narrowing: F.apply(x, y, rest: S.Compute.shortRest(x, y)))
  }
  @inline(__always) static var hasDomain: Bool { true }
  @inline(__always)
  static func isOutside(_ x: S, _ y: S) -> Bool { !S.Compute.hasShortRest(x.widened, y.widened) }
  @inline(__always)
  static func applyAnywhere(_ x: S, _ y: S) -> S {
    let (x, y) = (x.widened, y.widened)
    return S(narrowing: F.apply(x, y, rest: S.Compute.fmod(x, y)))
  }
  @inline(__always) static var isScalar: Bool {
    #if APUS_FMA || arch(arm64)
      false
    #else
      true
    #endif
  }
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
      let value = K.applyAnywhere(
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
  if K.hasDomain || outSize == size && (isLeft || isRight) {
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

/// The same where the output is an operand, or arguments may be outside of the domain: results wait
/// in a block, so that the loops above do, which can't tell that overwriting is harmless.
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
          let left = xRepeats ? xFirst : x + start
          let right = yRepeats ? yFirst : y + start
          dense(K.self, block, left, xRepeats, right, yRepeats, length)
          if K.hasDomain { repair(K.self, block, left, xRepeats, right, yRepeats, length) }
          (out + start).update(from: block, count: length)
        }
      }
    }
  }
}

/// The same in one loop, where the output is an operand. With one pointer for both, the compiler
/// needs no check for overlap, which would lead to a scalar loop. A repeated element is read before
/// the first result may overwrite it.
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

/// Replaces results for arguments outside of the domain.
@inline(never)
private func repair<K: BinaryKernel>(
  _: K.Type, _ out: UnsafeMutablePointer<K.Output>,
  _ x: UnsafePointer<K.Input>, _ xRepeats: Bool,
  _ y: UnsafePointer<K.Input>, _ yRepeats: Bool, _ count: Int
) {
  // Without an early exit, so that it vectorises.
  var found: UInt32 = 0
  if xRepeats {
    let scalar = x[0]
    for i in 0..<count { found |= K.isOutside(scalar, y[i]) ? 1 : 0 }
  } else if yRepeats {
    let scalar = y[0]
    for i in 0..<count { found |= K.isOutside(x[i], scalar) ? 1 : 0 }
  } else {
    for i in 0..<count { found |= K.isOutside(x[i], y[i]) ? 1 : 0 }
  }
  if found == 0 { return }
  for i in 0..<count {
    let (left, right) = (x[xRepeats ? 0 : i], y[yRepeats ? 0 : i])
    if K.isOutside(left, right) { out[i] = K.applyAnywhere(left, right) }
  }
}
