extension Number where Self: Real {
  @inline(__always) static var lowest: Self { -.infinity }
  @inline(__always) static var highest: Self { .infinity }
  @inline(__always) static func plus(_ x: Self, _ y: Self) -> Self { x + y }
  @inline(__always) static func minus(_ x: Self, _ y: Self) -> Self { x - y }
  @inline(__always) static func times(_ x: Self, _ y: Self) -> Self { x * y }
  @inline(__always) var isNotANumber: Bool { self != self }
  @inline(__always) static func absolute(_ x: Self) -> Self { x.magnitude }

  /// Zero for nan, as in PyTorch.
  @inline(__always)
  static func sign(_ x: Self) -> Self { (x > 0 ? 1 : 0) - (x < 0 ? 1 : 0) }

  @inline(__always)
  static func floorDivide(_ x: Self, _ y: Self) -> Self { floorDivide(x, y, rest: fmod(x, y)) }

  /// Division as Python does it: by way of the exact remainder, since the rounded quotient of
  /// 1 by 0.1 is 10, and its floor one more than the 9 that `remainder` goes with.
  @inline(__always)
  static func floorDivide(_ x: Self, _ y: Self, rest: Self) -> Self {
    let truncated = (x - rest) / y
    let quotient = wraps(y, rest) ? truncated - 1 : truncated
    let floor = floor(quotient)
    let nearest = quotient - floor > 0.5 ? floor + 1 : floor
    let zero = Self(bits: (x.bits ^ y.bits) & signBit)
    let result = quotient == 0 ? zero : nearest
    return y == 0 ? x / y : result
  }

  @inline(__always)
  static func remainder(_ x: Self, _ y: Self) -> Self { remainder(y, rest: fmod(x, y)) }

  @inline(__always)
  static func remainder(_ y: Self, rest: Self) -> Self { wraps(y, rest) ? rest + y : rest }

  /// True where the remainder of a division that rounds down is another: both sides are evaluated,
  /// which vectorises.
  @inline(__always)
  private static func wraps(_ y: Self, _ rest: Self) -> Bool {
    let (isRest, differs) = (rest != 0, (y < 0) != (rest < 0))
    return isRest ? differs : false
  }

  /// What `fmod` gives where the quotient is small, by one division: exact, as the product is not
  /// rounded before it is subtracted. A quotient rounded up to a whole number is one too large.
  @inline(__always)
  static func shortRest(_ x: Self, _ y: Self) -> Self {
    let (dividend, divisor) = (x.magnitude, y.magnitude)
    let rest = fused(-floor(dividend / divisor), divisor, dividend)
    let positive = rest < 0 ? rest + divisor : rest
    return Self(bits: positive.bits | x.bits & signBit)
  }

  /// True where `shortRest` is right, which it is for numbers of ordinary sizes.
  @inline(__always)
  static func hasShortRest(_ x: Self, _ y: Self) -> Bool {
    let limit: Self = significandBitCount == 23 ? 0x1p22 : 0x1p51
    let (isSmall, isFinite) = (x.magnitude / y.magnitude < limit, y.magnitude < .infinity)
    return isSmall ? isFinite : false
  }

  @inline(__always)
  static func fmod(_ x: Self, _ y: Self) -> Self { x.truncatingRemainder(dividingBy: y) }

  @inline(__always)
  static func power(_ x: Self, _ y: Self) -> Self { pow(x, y) }
}
