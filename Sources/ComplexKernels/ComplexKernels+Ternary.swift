import Elements

extension ComplexKernels {
  /// The loop of `op`; see `TernaryOperation`.
  public static func ternary(_ op: TernaryOperation, _ dtype: DType) -> ScaledLoop? {
    switch op {
    case .lerp: mapping(Lerp.self, dtype)
    case .lerpNumber: mapping(LerpNumber.self, dtype)
    case .addcmul: mapping(AddProduct.self, dtype)
    case .addcdiv: mapping(AddQuotient.self, dtype)
    }
  }

  private static func mapping<F: TernaryFunction>(_: F.Type, _ dtype: DType) -> ScaledLoop {
    forParts(dtype, loop(F.self, Float.self), loop(F.self, Double.self))
  }

  private static func loop<F: TernaryFunction, T: ComplexPart>(
    _: F.Type, _: T.Type
  ) -> ScaledLoop {
    { out, outStride, x, xStride, y, yStride, z, zStride, number, count in
      func element(_ pointer: UnsafeRawPointer) -> Complex<T> {
        pointer.assumingMemoryBound(to: Complex<T>.self).pointee
      }
      let factor = element(number)
      for i in 0..<count {
        (out + i &* outStride).assumingMemoryBound(to: Complex<T>.self).pointee = F.apply(
          element(x + i &* xStride), element(y + i &* yStride), element(z + i &* zStride), factor)
      }
    }
  }
}

private protocol TernaryFunction: SendableMetatype {
  static func apply<T: ComplexPart>(
    _ x: Complex<T>, _ y: Complex<T>, _ z: Complex<T>, _ number: Complex<T>
  ) -> Complex<T>
}
private enum AddProduct: TernaryFunction {
  static func apply<T: ComplexPart>(
    _ x: Complex<T>, _ y: Complex<T>, _ z: Complex<T>, _ number: Complex<T>
  ) -> Complex<T> { x + number * y * z }
}
private enum AddQuotient: TernaryFunction {
  static func apply<T: ComplexPart>(
    _ x: Complex<T>, _ y: Complex<T>, _ z: Complex<T>, _ number: Complex<T>
  ) -> Complex<T> { x + number * y / z }
}
private enum Lerp: TernaryFunction {
  /// From the end that the weight is nearer to.
  static func apply<T: ComplexPart>(
    _ x: Complex<T>, _ y: Complex<T>, _ z: Complex<T>, _ number: Complex<T>
  ) -> Complex<T> {
    let isNear = z.real * z.real + z.imaginary * z.imaginary < 0.25
    return isNear ? x + z * (y - x) : y - (y - x) * (Complex(1, 0) - z)
  }
}
private enum LerpNumber: TernaryFunction {
  static func apply<T: ComplexPart>(
    _ x: Complex<T>, _ y: Complex<T>, _ z: Complex<T>, _ number: Complex<T>
  ) -> Complex<T> { Lerp.apply(x, y, number, number) }
}
