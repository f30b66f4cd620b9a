import Glibc

extension Float {
  /// x to the y, as exp(y log|x|) in float64, whose rounding is far below float32's.
  @inline(__always)
  static func pow(_ x: Float, _ y: Float) -> Float {
    let magnitude = Float(Double.exp(Double(y) * Double.log(Double(x.magnitude))))
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

extension Double {
  static func pow(_ x: Double, _ y: Double) -> Double { Glibc.pow(x, y) }
}
