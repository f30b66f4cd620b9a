import Elements

/// A function from one element type to another, ready to be run over memory.
protocol UnaryKernel: SendableMetatype {
  associatedtype Input: BitwiseCopyable
  associatedtype Output: BitwiseCopyable
  static func apply(_ x: Input) -> Output
  /// True where there are arguments that only `applyAnywhere` is right for.
  static var hasDomain: Bool { get }
  static func isOutside(_ x: Input) -> Bool
  static func applyAnywhere(_ x: Input) -> Output
}

extension UnaryKernel {
  @inline(__always) static var hasDomain: Bool { false }
  @inline(__always) static func isOutside(_ x: Input) -> Bool { false }
  @inline(__always) static func applyAnywhere(_ x: Input) -> Output { apply(x) }
}

/// `F` on elements of `S`, computed in the type that `S` computes in.
enum Mapping<F: UnaryFunction, S: Element>: UnaryKernel where S.Compute: Number {
  @inline(__always) static func apply(_ x: S) -> S { S(narrowing: F.apply(x.widened)) }
}

/// The same for functions of floats only.
enum RealMapping<F: UnaryRealFunction, S: Element>: UnaryKernel where S.Compute: Real {
  @inline(__always) static func apply(_ x: S) -> S { S(narrowing: F.apply(x.widened)) }
}

/// The same for functions of angles: those that are too large go to the C library, one by one.
enum AngleMapping<F: AngleFunction, S: Element>: UnaryKernel where S.Compute: Real {
  @inline(__always) static func apply(_ x: S) -> S { S(narrowing: F.apply(x.widened)) }
  @inline(__always) static var hasDomain: Bool { true }
  @inline(__always)
  static func isOutside(_ x: S) -> Bool { x.widened.magnitude > S.Compute.largestAngle }
  @inline(__always)
  static func applyAnywhere(_ x: S) -> S {
    isOutside(x) ? S(double: F.ofLargeAngle(x.double)) : apply(x)
  }
}

/// A question whose answer is a bool's byte.
enum Question<F: UnaryPredicate, S: Element>: UnaryKernel where S.Compute: Number {
  @inline(__always) static func apply(_ x: S) -> UInt8 { F.apply(x.widened) ? 1 : 0 }
}

/// The same for questions about floats only.
enum RealQuestion<F: UnaryRealPredicate, S: Element>: UnaryKernel where S.Compute: Real {
  @inline(__always) static func apply(_ x: S) -> UInt8 { F.apply(x.widened) ? 1 : 0 }
}

/// The loop of a kernel as a value; it captures nothing, so making it costs nothing.
func loop<K: UnaryKernel>(_: K.Type) -> UnaryLoop {
  { out, outStride, x, xStride, count in run(K.self, out, outStride, x, xStride, count) }
}

/// Runs `K` over a row, with fast paths where both sides are dense.
@inline(never)
private func run<K: UnaryKernel>(
  _: K.Type, _ out: UnsafeMutableRawPointer, _ outStride: Int,
  _ x: UnsafeRawPointer, _ xStride: Int, _ count: Int
) {
  let (outSize, xSize) = (MemoryLayout<K.Output>.stride, MemoryLayout<K.Input>.stride)
  guard outStride == outSize, xStride == xSize else {
    for i in 0..<count {
      let value = K.applyAnywhere((x + i * xStride).assumingMemoryBound(to: K.Input.self).pointee)
      (out + i * outStride).assumingMemoryBound(to: K.Output.self).pointee = value
    }
    return
  }
  let input = x.assumingMemoryBound(to: K.Input.self)
  let output = out.assumingMemoryBound(to: K.Output.self)
  guard K.hasDomain else { return dense(K.self, output, input, count) }
  for start in stride(from: 0, to: count, by: 256) {
    let length = min(256, count - start)
    if isWithin(K.self, input + start, length) {
      dense(K.self, output + start, input + start, length)
    } else {
      for i in start..<start + length { output[i] = K.applyAnywhere(input[i]) }
    }
  }
}

/// True where no element of the row is outside of the kernel's domain.
@inline(never)
private func isWithin<K: UnaryKernel>(
  _: K.Type, _ x: UnsafePointer<K.Input>, _ count: Int
) -> Bool {
  var found: UInt32 = 0
  for i in 0..<count { found |= K.isOutside(x[i]) ? 1 : 0 }
  return found == 0
}

@inline(never)
private func dense<K: UnaryKernel>(
  _: K.Type, _ out: UnsafeMutablePointer<K.Output>, _ x: UnsafePointer<K.Input>, _ count: Int
) {
  let elements = UnsafeMutableRawPointer(out).assumingMemoryBound(to: K.Input.self)
  if UnsafePointer(elements) == x && MemoryLayout<K.Output>.size == MemoryLayout<K.Input>.size {
    // With one pointer, the compiler needs no check for overlap, which would lead to a scalar loop.
    for i in 0..<count { out[i] = settled(K.apply(elements[i])) }
  } else {
    for i in 0..<count { out[i] = K.apply(x[i]) }
  }
}
