import Elements

extension NDArray {
  /// Each element to the power of a number. Small exponents are products and roots, as in PyTorch,
  /// so that a square is exact and (-inf)^0.5 is nan.
  ///
  /// - Throws: `TensorError.runtime` for a negative power of integers, `.conversionOverflow`.
  package func power(_ exponent: Scalar, into out: NDArray? = nil) throws -> NDArray {
    let dtype = Promotion.of(self, exponent)
    if !dtype.isDifferentiable && exponent.int64 < 0 {
      throw TensorError.runtime("Integers to negative integer powers are not allowed.")
    }
    if !exponent.isComplex, exponent.double == 0 || exponent.double == 1 {
      let result = exponent.double == 0 ? try .full(sizes, 1, dtype) : try copied(to: dtype)
      return try result.moved(into: out)
    }
    if dtype != .float32 && dtype != .float64 { try exponent.check(fits: dtype) }
    if !dtype.isDifferentiable || exponent.isComplex {
      return try binary(.pow, exponent, dtype: dtype, into: out)
    }
    return try shortcut(exponent.double, dtype)?.moved(into: out)
      ?? binary(.pow, exponent, dtype: dtype, into: out)
  }

  /// The power as products and roots, or nil where there is no such way.
  private func shortcut(_ exponent: Double, _ dtype: DType) throws -> NDArray? {
    let x = try cast(to: dtype)
    switch exponent {
    case 2: return try x.unary(.square)
    case 3: return try x.unary(.square).binary(.mul, x)
    case -2: return try x.unary(.square).unary(.reciprocal)
    case 0.5 where dtype != .float16: return try x.unary(.sqrt)
    case -0.5 where dtype != .float16: return try x.unary(.rsqrt)
    case -1: return try x.unary(.reciprocal)
    default: return nil
    }
  }

  /// A number to the power of each element.
  ///
  /// - Throws: `TensorError.notImplemented` for bool.
  package func power(ofBase base: Scalar) throws -> NDArray {
    let dtype = Promotion.of(self, base)
    if dtype != .bool && !base.isComplex && base.double == 1 { return try .full(sizes, 1, dtype) }
    return try binary(.pow, base, reversed: true, dtype: dtype)
  }
}
