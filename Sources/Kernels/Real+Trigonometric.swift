extension Real {
  /// The sine, for `x` up to `largestAngle` in magnitude.
  @inline(__always)
  static func sin(_ x: Self) -> Self {
    let (quarter, rest, _) = reduceAngle(x, isExact: false)
    let result = select(quarter, sine(rest, 0).high, cosine(rest, 0).high)
    return x == 0 ? x : result
  }

  /// The cosine, for `x` up to `largestAngle` in magnitude: the sine a quarter of a turn on.
  @inline(__always)
  static func cos(_ x: Self) -> Self {
    let (quarter, rest, _) = reduceAngle(x, isExact: false)
    return select(quarter &+ 1, sine(rest, 0).high, cosine(rest, 0).high)
  }

  /// The tangent, for `x` up to `largestAngle` in magnitude. What sine and cosine are rounded by
  /// would make three units of the last place.
  @inline(__always)
  static func tan(_ x: Self) -> Self {
    let (quarter, rest, tail) = reduceAngle(x, isExact: true)
    let (sine, cosine) = (sine(rest, tail), cosine(rest, tail))
    let isOdd = quarter & 1 != 0
    let divisor = isOdd ? -sine.high : cosine.high
    let quotient = (isOdd ? cosine.high : sine.high) / divisor
    let (low, divisorLow) = isOdd ? (cosine.low, -sine.low) : (sine.low, cosine.low)
    let result = quotient + fused(-quotient, divisorLow, low) / divisor
    return x == 0 ? x : result
  }

  /// The sine of an angle whose distance from `quarter` quarters of a turn has these functions.
  @inline(__always)
  private static func select(_ quarter: Bits, _ sine: Self, _ cosine: Self) -> Self {
    let value = quarter & 1 == 0 ? sine : cosine
    return Self(bits: value.bits ^ ((quarter & 2) &<< Bits(truncatingIfNeeded: Bits.bitWidth - 2)))
  }

  /// The sine of x + tail, and what it is rounded by.
  @inline(__always)
  private static func sine(_ x: Self, _ tail: Self) -> (high: Self, low: Self) {
    let square = x * x
    let rest = fused(x * square, sineRest(square), tail)
    let high = x + rest
    return (high, rest - (high - x))
  }

  /// The cosine of x + tail, and what it is rounded by. What 1 - x²/2 is rounded by is added at the
  /// end.
  @inline(__always)
  private static func cosine(_ x: Self, _ tail: Self) -> (high: Self, low: Self) {
    let square = x * x
    let half = 0.5 * square
    let value = 1 - half
    let error = fused(-x, tail, (1 - value) - half)
    let rest = fused(square * square, cosineRest(square), error)
    let high = value + rest
    return (high, rest - (high - value))
  }
}

// An angle's distance from the nearest whole number of quarters of a turn is made with π/2 in parts,
// so that no digit is lost where an angle is near such a number (Cody and Waite, 1980). The
// polynomials are minimax ones (Remez).

extension Float {
  static var largestAngle: Float { 0x1p17 }

  @inline(__always)
  static func reduceAngle(_ x: Float, isExact: Bool) -> (quarter: UInt32, rest: Float, tail: Float)
  {
    #if APUS_FMA || arch(arm64)
      let sum = fused(x, 0x1.45f306p-1, 0x1.8p23)
      let n = sum - 0x1.8p23
      let first = fused(n, -0x1.921fb6p0, x)
      let second = fused(n, 0x1.777a5cp-25, first)
      if !isExact { return (sum.bitPattern, fused(n, 0x1.ee59dap-50, second), 0) }
      // The error of the product, and that of the sum (Knuth).
      let product = n * 0x1.777a5cp-25
      let third = first + product
      let added = third - first
      let lost = (first - (third - added)) + (product - added)
      let low = fused(n, 0x1.ee59dap-50, lost + fused(n, 0x1.777a5cp-25, -product))
      let rest = third + low
      return (sum.bitPattern, rest, low - (rest - third))
    #else
      let sum = Double(x) * 0x1.45f306dc9c883p-1 + 0x1.8p52
      let n = sum - 0x1.8p52
      let exact = (Double(x) - n * 0x1.921fb544p0) - n * 0x1.0b4611a626331p-34
      let rest = Float(exact)
      return (UInt32(truncatingIfNeeded: sum.bitPattern), rest, Float(exact - Double(rest)))
    #endif
  }

  @inline(__always)
  static func sineRest(_ x: Float) -> Float {
    fused(fused(-0x1.990902p-13, x, 0x1.110694p-7), x, -0x1.555544p-3)
  }

  @inline(__always)
  static func cosineRest(_ x: Float) -> Float {
    fused(fused(0x1.99c3cep-16, x, -0x1.6c0bb6p-10), x, 0x1.55554ap-5)
  }
}

extension Double {
  static var largestAngle: Double { 0x1p20 }

  @inline(__always)
  static func reduceAngle(
    _ x: Double, isExact: Bool
  ) -> (quarter: UInt64, rest: Double, tail: Double) {
    let sum = fused(x, 0x1.45f306dc9c883p-1, 0x1.8p52)
    let n = sum - 0x1.8p52
    let first = fused(n, -0x1.921fb544p0, x)
    let second = fused(n, -0x1.0b4611a6p-34, first)
    if !isExact { return (sum.bitPattern, fused(n, -0x1.3198a2e037073p-69, second), 0) }
    // The first two products are exact, the first difference too.
    let low = fused(n, -0x1.3198a2e037073p-69, fused(n, -0x1.0b4611a6p-34, first - second))
    let rest = second + low
    return (sum.bitPattern, rest, low - (rest - second))
  }

  @inline(__always)
  static func sineRest(_ x: Double) -> Double {
    var sum = 0x1.5d6e7a7551b5ap-33
    sum = fused(sum, x, -0x1.ae5de9ff2af53p-26)
    sum = fused(sum, x, 0x1.71de34dbce71ap-19)
    sum = fused(sum, x, -0x1.a01a019b61ba0p-13)
    sum = fused(sum, x, 0x1.111111110f322p-7)
    return fused(sum, x, -0x1.5555555555546p-3)
  }

  @inline(__always)
  static func cosineRest(_ x: Double) -> Double {
    var sum = -0x1.8f8695e008913p-37
    sum = fused(sum, x, 0x1.1ee99fd016dd3p-29)
    sum = fused(sum, x, -0x1.27e4f79c16fdep-22)
    sum = fused(sum, x, 0x1.a01a019c1d21dp-16)
    sum = fused(sum, x, -0x1.6c16c16c14bb5p-10)
    return fused(sum, x, 0x1.5555555555549p-5)
  }
}
