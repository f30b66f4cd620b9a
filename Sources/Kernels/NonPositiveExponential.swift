/// A float with the exponential that softmax needs, at half the price of the general one: of numbers
/// that are not above zero, and with results below the least normal number taken for zero.
protocol SoftmaxReal: Real {
  /// e to the `x`, within two units of the last place; 0 for -inf, nan for nan.
  static func exponentialOfNonPositive(_ x: Self) -> Self
}

// 2^n e^r, where n is the whole number nearest to x / ln 2. Adding 1.5 times two to the number of
// significand bits rounds to a whole number, which is then in the low bits; two to the least
// exponent, which is stored as zero, counts as zero. The polynomials are minimax (Remez) for the
// relative error of e^r - 1.

extension Float: SoftmaxReal {
  @inline(__always)
  static func exponentialOfNonPositive(_ x: Float) -> Float {
    let bounded = x < -88 ? -88 : x
    let sum = fused(bounded, 0x1.715476p0, 0x1.8p23)
    let n = sum - 0x1.8p23
    let rest = fused(n, -0x1.7f7d1cp-20, fused(n, -0x1.62e4p-1, bounded))
    var tail: Float = 0x1.6da0bep-10
    tail = fused(tail, rest, 0x1.122d8ep-7)
    tail = fused(tail, rest, 0x1.55547ep-5)
    tail = fused(tail, rest, 0x1.5554a8p-3)
    tail = fused(tail, rest, 0.5)
    let value = 1 + fused(rest * rest, tail, rest)
    let biased = sum.bitPattern &- (Float(0x1.8p23).bitPattern &- 127)
    return value * Float(bitPattern: biased &<< 23)
  }
}

extension Double: SoftmaxReal {
  @inline(__always)
  static func exponentialOfNonPositive(_ x: Double) -> Double {
    let bounded = x < -709.1 ? -709.1 : x
    let sum = fused(bounded, 0x1.71547652b82fep0, 0x1.8p52)
    let n = sum - 0x1.8p52
    let rest = fused(n, -0x1.cf79abc9e3b3ap-40, fused(n, -0x1.62e42fefap-1, bounded))
    var tail = 0x1.af7c109d64c23p-26
    tail = fused(tail, rest, 0x1.28a672467805fp-22)
    tail = fused(tail, rest, 0x1.71dde6d615021p-19)
    tail = fused(tail, rest, 0x1.a019a2dc6b1d0p-16)
    tail = fused(tail, rest, 0x1.a01a01b726266p-13)
    tail = fused(tail, rest, 0x1.6c16c18061845p-10)
    tail = fused(tail, rest, 0x1.111111110e36cp-7)
    tail = fused(tail, rest, 0x1.5555555551ca9p-5)
    tail = fused(tail, rest, 0x1.555555555555dp-3)
    tail = fused(tail, rest, 0x1.0000000000006p-1)
    let value = 1 + fused(rest * rest, tail, rest)
    let biased = sum.bitPattern &- (Double(0x1.8p52).bitPattern &- 1023)
    return value * Double(bitPattern: biased &<< 52)
  }
}
