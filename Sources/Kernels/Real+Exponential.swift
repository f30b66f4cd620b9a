/// What the exponential of one type is made of.
struct ExponentialConstants<T: Real> {
  /// Where results are infinite, and where they are zero.
  let highest: T, lowest: T
  /// Where exp(x) - 1 is -1.
  let lowestMinusOne: T
  /// 1.5 times two to the number of significand bits: adding it rounds to a whole number, which is
  /// then found in the low bits.
  let rounding: T
  let perLn2: T
  /// ln(2) in two parts; a product of the first and a whole number here is exact.
  let ln2High: T, ln2Low: T
}

extension Real {
  /// `n`, the whole number nearest to x / ln(2), with a bias that makes it positive and even powers
  /// halvable; x - n ln(2) is `rest`, and `tail` what `rest` was rounded by.
  @inline(__always)
  private static func reduce(_ x: Self) -> (n: Bits, rest: Self, tail: Self) {
    let c = exponential
    let sum = fused(x, c.perLn2, c.rounding)
    let n = sum - c.rounding
    let high = fused(n, -c.ln2High, x)
    let rest = fused(n, -c.ln2Low, high)
    let tail = fused(n, -c.ln2Low, high - rest)
    return (sum.bits &- (c.rounding.bits &- exponentBias), rest, tail)
  }

  /// Twice what the exponent 2 is stored as.
  @inline(__always)
  private static var exponentBias: Bits { 1 &<< Bits(truncatingIfNeeded: exponentBitCount) }

  /// Two to the `n`, of which half the bias has been added to `n`.
  @inline(__always)
  private static func powerOfTwo(_ n: Bits) -> Self {
    Self(bits: (n &- 1) &<< Bits(truncatingIfNeeded: significandBitCount))
  }

  /// e to the x, within 1.1 units of the last place. Scaled in two steps, so that subnormal results
  /// are rounded once and large ones become infinite only at the end.
  @inline(__always)
  static func exp(_ x: Self) -> Self {
    let c = exponential
    let above = x < c.lowest ? c.lowest : x
    let (n, rest, _) = reduce(above > c.highest ? c.highest : above)
    let value = 1 + fused(rest * rest, exponentialRest(rest), rest)
    let half = n &>> 1
    return value * powerOfTwo(half) * powerOfTwo(n &- half)
  }

  /// Two to the x, in the same way.
  @inline(__always)
  static func exp2(_ x: Self) -> Self {
    let c = exponential
    let isFloat = exponentBitCount == 8
    let (lowest, highest): (Self, Self) = isFloat ? (-160, 129) : (-1080, 1025)
    let above = x < lowest ? lowest : x
    let clamped = above > highest ? highest : above
    let sum = clamped + c.rounding
    let n = sum.bits &- (c.rounding.bits &- exponentBias)
    let rest = (clamped - (sum - c.rounding)) * Self(0.693147180559945309417232121458)
    let value = 1 + fused(rest * rest, exponentialRest(rest), rest)
    let half = n &>> 1
    return value * powerOfTwo(half) * powerOfTwo(n &- half)
  }

  /// 2^64 e^x for x up to 0, within 0.9 units of the last place. The low bits of the sum that rounds
  /// x / ln(2) are the exponent as a float stores it, bias included.
  @inline(__always)
  static func scaledExponential(_ x: Self) -> Self {
    let c = exponential
    let above = x < c.lowest ? c.lowest : x
    let rounding = c.rounding + Self(exponentBias &>> 1 &+ 63)
    let sum = fused(above, c.perLn2, rounding)
    let n = sum - rounding
    let high = fused(n, -c.ln2High, above)
    let rest = fused(n, -c.ln2Low, high)
    let tail = fused(n, -c.ln2Low, high - rest)
    let value = 1 + (rest + fused(rest * rest, exponentialRest(rest), tail))
    return value * Self(bits: sum.bits &<< Bits(truncatingIfNeeded: significandBitCount))
  }

  /// e to the x as `power * (1 + rest)`, where `power` is two to a whole number plus `scale`;
  /// `x` counts as no less than `lowest` and no more than what makes 1 / exp(x) zero.
  @inline(__always)
  static func scaledPower(_ x: Self, lowest: Self, scale: Int) -> (power: Self, rest: Self) {
    let c = exponential
    let above = x < lowest ? lowest : x
    let clamped = above > -c.lowest ? -c.lowest : above
    let rounding = c.rounding + Self(Int(truncatingIfNeeded: exponentBias &>> 1) &- 1 &+ scale)
    let sum = fused(clamped, c.perLn2, rounding)
    let n = sum - rounding
    let rest = fused(n, -c.ln2Low, fused(n, -c.ln2High, clamped))
    let power = Self(bits: sum.bits &<< Bits(truncatingIfNeeded: significandBitCount))
    return (power, fused(rest * rest, exponentialRest(rest), rest))
  }

  /// e to the x, less one: 2^n (e^r - 1) + (2^n - 1), which keeps small results exact. Half of it
  /// is computed, since 2^n may be too large when the result is not.
  @inline(__always)
  static func expm1(_ x: Self) -> Self {
    let c = exponential
    let above = x < c.lowestMinusOne ? c.lowestMinusOne : x
    let (n, rest, tail) = reduce(above > c.highest ? c.highest : above)
    let small = fused(rest * rest, exponentialRest(rest), tail)
    let half = powerOfTwo(n &- (exponentBias &>> 1) &- 1)
    let result = 2 * fused(small, half, fused(rest, half, half - 0.5))
    // A half of the least numbers is not exact, and -0 + 0 is 0.
    return x.magnitude < .ulpOfOne ? x : result
  }
}

// The coefficients are minimax ones (Remez), for the relative error of exp(x) - 1.

extension Float {
  @inline(__always)
  static var exponential: ExponentialConstants<Float> {
    .init(
      highest: 89, lowest: -104, lowestMinusOne: -20, rounding: 0x1.8p23, perLn2: 0x1.715476p0,
      ln2High: 0x1.62e4p-1, ln2Low: 0x1.7f7d1cp-20)
  }

  @inline(__always)
  static func exponentialRest(_ x: Float) -> Float {
    var sum: Float = 0x1.6da0bep-10
    sum = fused(sum, x, 0x1.122d8ep-7)
    sum = fused(sum, x, 0x1.55547ep-5)
    sum = fused(sum, x, 0x1.5554a8p-3)
    return fused(sum, x, 0.5)
  }
}

extension Double {
  @inline(__always)
  static var exponential: ExponentialConstants<Double> {
    .init(
      highest: 710, lowest: -746, lowestMinusOne: -40, rounding: 0x1.8p52,
      perLn2: 0x1.71547652b82fep0, ln2High: 0x1.62e42fefap-1, ln2Low: 0x1.cf79abc9e3b3ap-40)
  }

  @inline(__always)
  static func exponentialRest(_ x: Double) -> Double {
    var sum = 0x1.af7c109d64c23p-26
    sum = fused(sum, x, 0x1.28a672467805fp-22)
    sum = fused(sum, x, 0x1.71dde6d615021p-19)
    sum = fused(sum, x, 0x1.a019a2dc6b1d0p-16)
    sum = fused(sum, x, 0x1.a01a01b726266p-13)
    sum = fused(sum, x, 0x1.6c16c18061845p-10)
    sum = fused(sum, x, 0x1.111111110e36cp-7)
    sum = fused(sum, x, 0x1.5555555551ca9p-5)
    sum = fused(sum, x, 0x1.555555555555dp-3)
    return fused(sum, x, 0x1.0000000000006p-1)
  }
}
