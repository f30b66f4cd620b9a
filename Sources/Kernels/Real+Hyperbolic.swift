extension Real {
  /// The hyperbolic tangent: 1 - 2 / (exp(2|x|) + 1), and where that would cancel, a polynomial.
  @inline(__always)
  static func tanh(_ x: Self) -> Self {
    let magnitude = x.magnitude
    let square = magnitude * magnitude
    let small = fused(magnitude * square, hyperbolicTangentRest(square), magnitude)
    let large = 1 - 2 / (exp(2 * magnitude) + 1)
    let result = magnitude < 0.6 ? small : large
    return Self(bits: result.bits | x.bits & signBit)
  }

  /// 1 / (1 + exp(-x)), within two units of the last place. Numerator and denominator are scaled
  /// by the same power of two, so that neither is infinite or subnormal where the quotient isn't:
  /// 1 / (1 + exp(100)) would be zero in float32, where the answer is 3.8e-44. Beyond `lowest` the
  /// exponential no longer counts.
  @inline(__always)
  static func sigmoid(_ x: Self) -> Self {
    let isFloat = exponentBitCount == 8
    let one: Self = isFloat ? 0x1p-24 : 0x1p-60
    let (power, rest) = scaledPower(-x, lowest: -60, scale: isFloat ? -24 : -60)
    // power * (1 + rest) + one, rounded less often.
    return one / (power + fused(power, rest, one))
  }
}

// The coefficients are minimax ones (Remez) for (tanh(x) - x) / x³ as a function of x², |x| < 0.6.

extension Float {
  @inline(__always)
  static func hyperbolicTangentRest(_ x: Float) -> Float {
    var sum: Float = 0x1.246e1p-9
    sum = fused(sum, x, -0x1.0ee56p-7)
    sum = fused(sum, x, 0x1.6418d8p-6)
    sum = fused(sum, x, -0x1.b9fa8ap-5)
    sum = fused(sum, x, 0x1.11109ep-3)
    return fused(sum, x, -0x1.555554p-2)
  }
}

extension Double {
  @inline(__always)
  static func hyperbolicTangentRest(_ x: Double) -> Double {
    var sum = -0x1.20bffb98b85f8p-16
    sum = fused(sum, x, 0x1.4ceeab9516dadp-14)
    sum = fused(sum, x, -0x1.e34a3d977b08fp-13)
    sum = fused(sum, x, 0x1.33de8f47a1b28p-11)
    sum = fused(sum, x, -0x1.7d7a5d79b4dbfp-10)
    sum = fused(sum, x, 0x1.d6d0d2b2c7548p-9)
    sum = fused(sum, x, -0x1.226e22f4889ffp-7)
    sum = fused(sum, x, 0x1.664f47f3c355cp-6)
    sum = fused(sum, x, -0x1.ba1ba1b794fabp-5)
    sum = fused(sum, x, 0x1.111111110e36dp-3)
    return fused(sum, x, -0x1.5555555555531p-2)
  }
}
