extension Real {
  /// The number of stored significand bits, as a shift.
  @inline(__always)
  private static var width: Bits { Bits(truncatingIfNeeded: significandBitCount) }

  /// A positive normal number as 2^e times `fraction`, which lies from the root of a half to that
  /// of two. The exponent is a float, made without a conversion that not every processor has.
  @inline(__always)
  static func split(_ x: Self) -> (exponent: Self, fraction: Self) {
    let least = rootOfHalf.bits
    let one = (1 as Self).bits
    let shifted = x.bits &+ (one &- least)
    let fraction = Self(bits: (shifted & (((1 as Bits) &<< width) &- 1)) &+ least)
    let whole = Self(sign: .plus, exponent: Self.Exponent(significandBitCount), significand: 1)
    let exponent = Self(bits: whole.bits | shifted &>> width) - (whole + Self(one &>> width))
    return (exponent, fraction)
  }

  /// The logarithm of 2^exponent (1 + rest).
  @inline(__always)
  private static func combine(_ exponent: Self, _ rest: Self) -> Self {
    let c = exponential
    let low = fused(exponent, c.ln2Low, logarithmRest(rest))
    return fused(exponent, c.ln2High, rest) + low
  }

  /// What the logarithm is where its argument is no positive finite number.
  @inline(__always)
  private static func special(_ x: Self, _ result: Self) -> Self {
    let positive = x == .infinity ? x : result
    let defined = x > 0 ? positive : .nan
    return x == 0 ? -.infinity : defined
  }

  /// The natural logarithm. Subnormal numbers are scaled first.
  @inline(__always)
  static func log(_ x: Self) -> Self {
    let isSubnormal = x < .leastNormalMagnitude
    let scale = Self(sign: .plus, exponent: Self.Exponent(significandBitCount), significand: 1)
    let (exponent, fraction) = split(isSubnormal ? x * scale : x)
    let correction = isSubnormal ? Self(significandBitCount) : 0
    return special(x, combine(exponent - correction, fraction - 1))
  }

  /// The logarithm to base two, exact for powers of two.
  @inline(__always)
  static func log2(_ x: Self) -> Self {
    let isSubnormal = x < .leastNormalMagnitude
    let scale = Self(sign: .plus, exponent: Self.Exponent(significandBitCount), significand: 1)
    let (exponent, fraction) = split(isSubnormal ? x * scale : x)
    let correction = isSubnormal ? Self(significandBitCount) : 0
    let rest = fraction - 1
    let logarithm = rest + logarithmRest(rest)
    let perLn2 = Self(1.44269504088896340735992468100)
    return special(x, fused(logarithm, perLn2, exponent - correction))
  }

  /// The logarithm of 1 + x: of the sum as rounded, and what it was rounded by, which scaled like
  /// the sum is added to the fraction.
  @inline(__always)
  static func log1p(_ x: Self) -> Self {
    let sum = 1 + x
    let added = sum - x
    let error = (x - (sum - added)) + (1 - added)
    let (exponent, fraction) = split(sum)
    let one = (1 as Self).bits
    let power = (fraction.bits &- sum.bits) &+ one
    // Where nothing of the 1 was added, the power may be too small to be a number.
    let scaled = added == 0 ? 0 : error * Self(bits: power)
    let result = special(sum, combine(exponent, (fraction - 1) + scaled))
    return x == 0 ? x : result
  }
}

// The coefficients are minimax ones (Remez).

extension Float {
  @inline(__always) static var rootOfHalf: Float { 0x1.6a09e6p-1 }

  /// -x²/2 and x³ times a polynomial.
  @inline(__always)
  static func logarithmRest(_ x: Float) -> Float {
    var sum: Float = -0x1.41f56cp-4
    sum = fused(sum, x, 0x1.07fd34p-3)
    sum = fused(sum, x, -0x1.0cf248p-3)
    sum = fused(sum, x, 0x1.22691ap-3)
    sum = fused(sum, x, -0x1.547662p-3)
    sum = fused(sum, x, 0x1.99a5c2p-3)
    sum = fused(sum, x, -0x1.000228p-2)
    sum = fused(sum, x, 0x1.55554ap-2)
    sum = fused(sum, x, -0.5)
    return x * x * sum
  }
}

extension Double {
  @inline(__always) static var rootOfHalf: Double { 0x1.6a09e667f3bcdp-1 }

  /// With s = x / (2 + x) the logarithm is that of (1 + s) / (1 - s), whose series has even terms
  /// only.
  @inline(__always)
  static func logarithmRest(_ x: Double) -> Double {
    let s = x / (2 + x)
    let square = s * s
    var sum = 0x1.2f1b0887e42cdp-3
    sum = fused(sum, square, 0x1.399fae5f215acp-3)
    sum = fused(sum, square, 0x1.746652320ae8bp-3)
    sum = fused(sum, square, 0x1.c71c51b0a1cc2p-3)
    sum = fused(sum, square, 0x1.24924942577ddp-2)
    sum = fused(sum, square, 0x1.999999997f700p-2)
    sum = fused(sum, square, 0x1.5555555555594p-1)
    let half = 0.5 * x * x
    return s * fused(sum, square, half) - half
  }
}
