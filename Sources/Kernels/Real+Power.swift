import Glibc

extension Float {
  /// x to the y, as exp(y log|x|) in float64, whose rounding is far below float32's: within 0.62
  /// units of the last place.
  @inline(__always)
  static func pow(_ x: Float, _ y: Float) -> Float {
    let logarithm = Double.shortLogarithm(Double(x.magnitude))
    let magnitude = Float(Double.shortExponential(Double(y) * logarithm))
    // Where y log|x| is zero times infinity, or zero times nan.
    let isUnit = x.magnitude == 1 && y.magnitude == .infinity
    let isOne = y == 0 || x == 1 || isUnit
    // An odd number has no whole half. Of numbers too large for that, all are even.
    let half = y * 0.5
    let isOdd = floor(half) != half && floor(y) == y
    let sign = isOdd ? x.bitPattern & signBit : 0
    let signed = Float(bitPattern: magnitude.bitPattern | sign)
    let isComplex = x < 0 && x > -.infinity && floor(y) != y
    let result = isComplex ? .nan : signed
    return isOne ? 1 : result
  }
}

// The logarithm and the exponential with as many terms as a result in float32 asks for. What float32
// calls subnormal is an ordinary number here. The coefficients are interpolated at Chebyshev nodes.

extension Double {
  /// log(x) within 2^-36 of itself; x is 0, a float32, infinite or nan. It is 2s + s³ times a
  /// polynomial of s², where s = (f - 1) / (f + 1), and f lies from the root of a half to that of two.
  @inline(__always)
  fileprivate static func shortLogarithm(_ x: Double) -> Double {
    let (exponent, fraction) = split(x)
    let s = (fraction - 1) / (fraction + 1)
    let square = s * s
    var sum = 0x1.8c8edd9198f8ep-3
    sum = fused(sum, square, 0x1.c67ab529f564fp-3)
    sum = fused(sum, square, 0x1.2493242f22b76p-2)
    sum = fused(sum, square, 0x1.999998ca9ec73p-2)
    sum = fused(sum, square, 0x1.5555555564f23p-1)
    let logarithm = fused(exponent, 0x1.62e42fefa39efp-1, fused(s * square, sum, 2 * s))
    let defined = x < .infinity ? logarithm : x
    return x == 0 ? -.infinity : defined
  }

  /// e to the x within 2^-29 of itself, or something that float32 has no finite positive number for.
  @inline(__always)
  fileprivate static func shortExponential(_ x: Double) -> Double {
    let above = x < -120 ? -120 : x
    let clamped = above > 120 ? 120 : above
    // The low bits of the sum are the exponent as it is stored.
    let rounding = 0x1.8p52 + 1023
    let sum = fused(clamped, 0x1.71547652b82fep0, rounding)
    let rest = fused(sum - rounding, -0x1.62e42fefa39efp-1, clamped)
    var tail = 0x1.6d11062c7656fp-10
    tail = fused(tail, rest, 0x1.120b6b34aae20p-7)
    tail = fused(tail, rest, 0x1.5555192ed6e85p-5)
    tail = fused(tail, rest, 0x1.5554dcfb7f5e9p-3)
    tail = fused(tail, rest, 0.5)
    return (1 + fused(rest * rest, tail, rest)) * Double(bits: sum.bits &<< 52)
  }

  static func pow(_ x: Double, _ y: Double) -> Double { Glibc.pow(x, y) }
}
