extension Number where Self: FixedWidthInteger {
  @inline(__always) static var lowest: Self { min }
  @inline(__always) static var highest: Self { max }
  @inline(__always) static func plus(_ x: Self, _ y: Self) -> Self { x &+ y }
  @inline(__always) static func minus(_ x: Self, _ y: Self) -> Self { x &- y }
  @inline(__always) static func times(_ x: Self, _ y: Self) -> Self { x &* y }
  @inline(__always) var isNotANumber: Bool { false }

  /// The least integer is its own absolute value, as in C with wrapping.
  @inline(__always)
  static func absolute(_ x: Self) -> Self { x < 0 ? 0 &- x : x }

  @inline(__always)
  static func sign(_ x: Self) -> Self { x > 0 ? 1 : x < 0 ? 0 &- 1 : 0 }

  /// True for -1, by which `min` can't be divided: the processor would trap.
  @inline(__always)
  private static func isMinusOne(_ y: Self) -> Bool { isSigned && y == 0 &- 1 }

  @inline(__always)
  static func floorDivide(_ x: Self, _ y: Self) -> Self {
    if y == 0 { return 0 }
    if isMinusOne(y) { return 0 &- x }
    let quotient = x / y
    let inexact = quotient &* y != x
    return inexact && (x < 0) != (y < 0) ? quotient &- 1 : quotient
  }

  @inline(__always)
  static func remainder(_ x: Self, _ y: Self) -> Self {
    let rest = fmod(x, y)
    return rest != 0 && (rest < 0) != (y < 0) ? rest &+ y : rest
  }

  @inline(__always)
  static func fmod(_ x: Self, _ y: Self) -> Self { y == 0 || isMinusOne(y) ? 0 : x % y }

  /// By repeated squaring. A negative exponent gives the truncated reciprocal: zero, unless the
  /// base is 1 or -1; PyTorch says zero for zero too.
  @inline(__always)
  static func power(_ x: Self, _ y: Self) -> Self {
    if y < 0 {
      if x == 1 { return 1 }
      return isMinusOne(x) ? (y & 1 == 0 ? 1 : x) : 0
    }
    var result: Self = 1
    var base = x
    var exponent = y
    while exponent != 0 {
      if exponent & 1 != 0 { result = result &* base }
      base = base &* base
      exponent >>= 1
    }
    return result
  }
}
