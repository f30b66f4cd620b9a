extension Real {
  /// The arc tangent: x plus x³ times a polynomial in x², and beyond 1 a right angle less that of
  /// the reciprocal.
  @inline(__always)
  static func atan(_ x: Self) -> Self {
    let magnitude = x.magnitude
    let isLarge = magnitude > 1
    let y = isLarge ? 1 / magnitude : magnitude
    let square = y * y
    let angle = fused(y * square, arcTangentRest(square), y)
    let turned = rightAngle - (angle - rightAngleTail)
    let result = isLarge ? turned : angle
    return Self(bits: result.bits | x.bits & signBit)
  }

  /// The angle of the point (x, y): the arc tangent of the smaller side over the larger, turned.
  @inline(__always)
  static func atan2(_ y: Self, _ x: Self) -> Self {
    let (height, width) = (y.magnitude, x.magnitude)
    let isSteep = height > width
    let small = isSteep ? width : height
    let large = isSteep ? height : width
    let quotient = small / large
    // Of two infinite sides, and of none.
    let level = large == .infinity ? 1 : quotient
    let either = small == .infinity ? level : quotient
    let ratio = small + large == 0 ? 0 : either
    let square = ratio * ratio
    let angle = fused(ratio * square, arcTangentRest(square), ratio)
    // Counted from the vertical, or from the left, in the direction that is left.
    let isLeft = x.bits & signBit != 0
    let flat: Self = isLeft ? 2 : 0
    let rightAngles = isSteep ? 1 : flat
    let part = isSteep == isLeft ? angle : -angle
    let result = rightAngles * rightAngle + (part + rightAngles * rightAngleTail)
    return Self(bits: result.bits | y.bits & signBit)
  }

  /// asin(y) for y from 0 to one half, given y and y².
  @inline(__always)
  private static func smallArcSine(_ y: Self, _ square: Self) -> Self {
    fused(y * square, arcSineRest(square), y)
  }

  /// The arc sine: a polynomial up to one half; beyond, a right angle less twice the arc sine of the
  /// root of (1 - |x|) / 2, which is exact there.
  @inline(__always)
  static func asin(_ x: Self) -> Self {
    let magnitude = x.magnitude
    let isLarge = magnitude > 0.5
    let rest = Self(0.5) * (1 - magnitude)
    let square = isLarge ? rest : magnitude * magnitude
    let angle = smallArcSine(isLarge ? squareRoot(rest) : magnitude, square)
    let turned = rightAngle - (2 * angle - rightAngleTail)
    let result = isLarge ? turned : angle
    return Self(bits: result.bits | x.bits & signBit)
  }

  /// The arc cosine, in the same way.
  @inline(__always)
  static func acos(_ x: Self) -> Self {
    let magnitude = x.magnitude
    let isLarge = magnitude > 0.5
    let rest = Self(0.5) * (1 - magnitude)
    let square = isLarge ? rest : magnitude * magnitude
    let angle = smallArcSine(isLarge ? squareRoot(rest) : magnitude, square)
    let signed = Self(bits: angle.bits ^ x.bits & signBit)
    let middle = rightAngle - (signed - rightAngleTail)
    let far = 2 * (rightAngle - (angle - rightAngleTail))
    let large = x < 0 ? far : 2 * angle
    return isLarge ? large : middle
  }
}

// The coefficients interpolate at Chebyshev's points: (atan(x)/x - 1)/x² as a function of x² up to
// 1, and (asin(x)/x - 1)/x² as a function of x² up to 1/4.

extension Float {
  @inline(__always) static var rightAngle: Float { 0x1.921fb6p0 }
  @inline(__always) static var rightAngleTail: Float { -0x1.777a5cp-25 }

  @inline(__always)
  static func arcTangentRest(_ x: Float) -> Float {
    var sum: Float = 0x1.86406cp-10
    sum = fused(sum, x, -0x1.2ba6b6p-7)
    sum = fused(sum, x, 0x1.aefb2cp-6)
    sum = fused(sum, x, -0x1.9115a4p-5)
    sum = fused(sum, x, 0x1.2006f8p-4)
    sum = fused(sum, x, -0x1.6dd8fep-4)
    sum = fused(sum, x, 0x1.c62cdap-4)
    sum = fused(sum, x, -0x1.248952p-3)
    sum = fused(sum, x, 0x1.999956p-3)
    return fused(sum, x, -0x1.555556p-2)
  }

  @inline(__always)
  static func arcSineRest(_ x: Float) -> Float {
    var sum: Float = 0x1.fb7ca4p-6
    sum = fused(sum, x, 0x1.5a80ap-7)
    sum = fused(sum, x, 0x1.82db24p-6)
    sum = fused(sum, x, 0x1.efedf8p-6)
    sum = fused(sum, x, 0x1.6dc0fp-5)
    sum = fused(sum, x, 0x1.33331ep-4)
    return fused(sum, x, 0x1.555556p-3)
  }
}

extension Double {
  @inline(__always) static var rightAngle: Double { 0x1.921fb54442d18p0 }
  @inline(__always) static var rightAngleTail: Double { 0x1.1a62633145c07p-54 }

  @inline(__always)
  static func arcTangentRest(_ x: Double) -> Double {
    var sum = 0x1.04a3628aee536p-17
    sum = fused(sum, x, -0x1.890e58e18ff08p-14)
    sum = fused(sum, x, 0x1.19e6b726893dp-11)
    sum = fused(sum, x, -0x1.0110cfd66bd22p-9)
    sum = fused(sum, x, 0x1.50ea3497605b5p-8)
    sum = fused(sum, x, -0x1.552f78ddf9b3p-7)
    sum = fused(sum, x, 0x1.198ad7e0bd0c6p-6)
    sum = fused(sum, x, -0x1.8c59dbc673323p-6)
    sum = fused(sum, x, 0x1.f0f041d3e2f5p-6)
    sum = fused(sum, x, -0x1.20f157ad652dfp-5)
    sum = fused(sum, x, 0x1.42a843b89b0ebp-5)
    sum = fused(sum, x, -0x1.62c464c86804fp-5)
    sum = fused(sum, x, 0x1.85c82bf04fbd6p-5)
    sum = fused(sum, x, -0x1.af1a76061e434p-5)
    sum = fused(sum, x, 0x1.e1e0069edf96ep-5)
    sum = fused(sum, x, -0x1.1110f9a06b09dp-4)
    sum = fused(sum, x, 0x1.3b13af957f086p-4)
    sum = fused(sum, x, -0x1.745d1731e853fp-4)
    sum = fused(sum, x, 0x1.c71c71c6882cdp-4)
    sum = fused(sum, x, -0x1.2492492491234p-3)
    sum = fused(sum, x, 0x1.999999999997dp-3)
    return fused(sum, x, -0x1.5555555555555p-2)
  }

  @inline(__always)
  static func arcSineRest(_ x: Double) -> Double {
    var sum = 0x1.f74bdb0d4b5bep-6
    sum = fused(sum, x, -0x1.898d77b6dddb2p-6)
    sum = fused(sum, x, 0x1.7184808eff5eep-6)
    sum = fused(sum, x, 0x1.8f5a75293b096p-12)
    sum = fused(sum, x, 0x1.2031dbbbbad45p-7)
    sum = fused(sum, x, 0x1.0a9849ba5937fp-7)
    sum = fused(sum, x, 0x1.40e38d543d8d2p-7)
    sum = fused(sum, x, 0x1.7a70c2a695fep-7)
    sum = fused(sum, x, 0x1.c99afe79266f3p-7)
    sum = fused(sum, x, 0x1.1c4ebd7735bf2p-6)
    sum = fused(sum, x, 0x1.6e8ba31c9dc09p-6)
    sum = fused(sum, x, 0x1.f1c71c70ee54ap-6)
    sum = fused(sum, x, 0x1.6db6db6db7c7fp-5)
    sum = fused(sum, x, 0x1.333333333332dp-4)
    return fused(sum, x, 0x1.5555555555555p-3)
  }
}
