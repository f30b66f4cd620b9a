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

  /// Division as Python does it: by way of the exact remainder, since the rounded quotient of
  /// 1 by 0.1 is 10, and its floor one more than the 9 that `remainder` goes with.
  @inline(__always)
  static func floorDivide(_ x: Self, _ y: Self) -> Self {
    if y == 0 { return x / y }
    let rest = fmod(x, y)
    var quotient = (x - rest) / y
    if rest != 0 && (y < 0) != (rest < 0) { quotient -= 1 }
    if quotient == 0 { return Self(signOf: x / y, magnitudeOf: 0) }
    let floor = quotient.rounded(.down)
    return quotient - floor > 0.5 ? floor + 1 : floor
  }

  @inline(__always)
  static func remainder(_ x: Self, _ y: Self) -> Self {
    let rest = fmod(x, y)
    return rest != 0 && (y < 0) != (rest < 0) ? rest + y : rest
  }

  @inline(__always)
  static func fmod(_ x: Self, _ y: Self) -> Self { x.truncatingRemainder(dividingBy: y) }

  @inline(__always)
  static func power(_ x: Self, _ y: Self) -> Self { pow(x, y) }
}
