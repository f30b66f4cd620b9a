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

  /// 1 / (1 + exp(-x)), of a negative number as exp(x) / (1 + exp(x)). No exponential can overflow:
  /// 1 / (1 + exp(100)) would be zero in float32, where the answer is 3.8e-44.
  @inline(__always)
  static func sigmoid(_ x: Self) -> Self {
    // 2^64 times exp(-|x|), which is never subnormal.
    let e = scaledExponential(-x.magnitude)
    let sum = fused(e, 0x1p-64, 1)
    let quotient = (x < 0 ? e : 0x1p64) / sum * 0x1p-64
    // What the sum was rounded by, times the derivative of the quotient: -1 / sum times itself.
    let error = fused(e, 0x1p-64, 1 - sum)
    let perSum = x < 0 ? 1 - quotient : quotient
    return fused(-quotient * error, perSum, quotient)
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
