import Elements

extension Kernels {
  /// The loop of `op` over three operands of `dtype`, or nil where there is no such function. `out`
  /// may be `x`.
  public static func ternary(_ op: TernaryOperation, _ dtype: DType) -> ScaledLoop? {
    switch op {
    case .lerp: reals(Lerp.self, dtype)
    case .lerpNumber: reals(LerpNumber.self, dtype)
    case .addcdiv: reals(AddQuotient.self, dtype)
    case .addcmul:
      switch dtype {
      case .bool: nil
      case .complex64, .complex128: nil
      case .uint8: scaledLoop(Mapping3<AddProduct, UInt8>.self)
      case .int8: scaledLoop(Mapping3<AddProduct, Int8>.self)
      case .int16: scaledLoop(Mapping3<AddProduct, Int16>.self)
      case .int32: scaledLoop(Mapping3<AddProduct, Int32>.self)
      case .int64: scaledLoop(Mapping3<AddProduct, Int64>.self)
      case .float16: scaledLoop(Mapping3<AddProduct, Float16>.self)
      case .bfloat16: scaledLoop(Mapping3<AddProduct, BFloat16>.self)
      case .float32: scaledLoop(Mapping3<AddProduct, Float>.self)
      case .float64: scaledLoop(Mapping3<AddProduct, Double>.self)
      }
    }
  }

  private static func reals<F: TernaryRealFunction>(_: F.Type, _ dtype: DType) -> ScaledLoop? {
    switch dtype {
    case .float16: scaledLoop(RealMapping3<F, Float16>.self)
    case .bfloat16: scaledLoop(RealMapping3<F, BFloat16>.self)
    case .float32: scaledLoop(RealMapping3<F, Float>.self)
    case .float64: scaledLoop(RealMapping3<F, Double>.self)
    default: nil
    }
  }
}

/// A function of three numbers and a fourth that is the same for all elements.
private protocol TernaryFunction {
  static func apply<T: Number>(_ x: T, _ y: T, _ z: T, _ number: T) -> T
}
/// The same of floats only.
private protocol TernaryRealFunction {
  static func apply<T: Real>(_ x: T, _ y: T, _ z: T, _ number: T) -> T
}

private enum AddProduct: TernaryFunction {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T, _ z: T, _ number: T) -> T {
    T.plus(x, T.times(T.times(number, y), z))
  }
}
private enum AddQuotient: TernaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T, _ y: T, _ z: T, _ number: T) -> T {
    x + number * y / z
  }
}
private enum Lerp: TernaryRealFunction {
  /// From the end that the weight is nearer to, so that a weight of 0 or 1 gives that end exactly.
  @inline(__always) static func apply<T: Real>(_ x: T, _ y: T, _ z: T, _ number: T) -> T {
    let isNear = z.magnitude < 0.5
    let (base, weight) = (isNear ? x : y, isNear ? z : z - 1)
    return T.fused(weight, y - x, base)
  }
}
private enum LerpNumber: TernaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T, _ y: T, _ z: T, _ number: T) -> T {
    Lerp.apply(x, y, number, number)
  }
}

/// A function of three elements and a number, ready to be run over memory.
private protocol TernaryKernel: SendableMetatype {
  associatedtype Element: BitwiseCopyable
  associatedtype Number: BitwiseCopyable
  static func apply(_ x: Element, _ y: Element, _ z: Element, _ number: Number) -> Element
}

private enum Mapping3<F: TernaryFunction, S: Element>: TernaryKernel where S.Compute: Number {
  @inline(__always)
  static func apply(_ x: S, _ y: S, _ z: S, _ number: S.Compute) -> S {
    S(narrowing: F.apply(x.widened, y.widened, z.widened, number))
  }
}
private enum RealMapping3<F: TernaryRealFunction, S: Element>: TernaryKernel
where S.Compute: Real {
  @inline(__always)
  static func apply(_ x: S, _ y: S, _ z: S, _ number: S.Compute) -> S {
    S(narrowing: F.apply(x.widened, y.widened, z.widened, number))
  }
}

private func scaledLoop<K: TernaryKernel>(_: K.Type) -> ScaledLoop {
  { out, outStride, x, xStride, y, yStride, z, zStride, number, count in
    let size = MemoryLayout<K.Element>.stride
    let factor = number.assumingMemoryBound(to: K.Number.self).pointee
    if outStride == size && xStride == size && yStride == size && zStride == size {
      let o = out.assumingMemoryBound(to: K.Element.self)
      let p = x.assumingMemoryBound(to: K.Element.self)
      let q = y.assumingMemoryBound(to: K.Element.self)
      let r = z.assumingMemoryBound(to: K.Element.self)
      return UnsafeRawPointer(out) == x
        ? denseInPlace(K.self, o, q, r, factor, count) : dense(K.self, o, p, q, r, factor, count)
    }
    for i in 0..<count {
      (out + i * outStride).assumingMemoryBound(to: K.Element.self).pointee = K.apply(
        (x + i * xStride).assumingMemoryBound(to: K.Element.self).pointee,
        (y + i * yStride).assumingMemoryBound(to: K.Element.self).pointee,
        (z + i * zStride).assumingMemoryBound(to: K.Element.self).pointee, factor)
    }
  }
}

@inline(never)
private func dense<K: TernaryKernel>(
  _: K.Type, _ out: UnsafeMutablePointer<K.Element>, _ x: UnsafePointer<K.Element>,
  _ y: UnsafePointer<K.Element>, _ z: UnsafePointer<K.Element>, _ number: K.Number, _ count: Int
) {
  for i in 0..<count { out[i] = K.apply(x[i], y[i], z[i], number) }
}

/// With one pointer for both, the compiler needs no check for overlap, which would fail.
@inline(never)
private func denseInPlace<K: TernaryKernel>(
  _: K.Type, _ out: UnsafeMutablePointer<K.Element>,
  _ y: UnsafePointer<K.Element>, _ z: UnsafePointer<K.Element>, _ number: K.Number, _ count: Int
) {
  for i in 0..<count { out[i] = settled(K.apply(out[i], y[i], z[i], number)) }
}
