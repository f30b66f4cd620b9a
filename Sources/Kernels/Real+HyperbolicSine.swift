// Hyperbolic functions and their inverses, made of exponentials and logarithms.

extension Real {
  /// Half the exponential of a number that is not negative, which is infinite only where the
  /// hyperbolic functions are.
  @inline(__always)
  private static func halfExponential(_ x: Self) -> Self {
    let limit: Self = significandBitCount == 23 ? 90 : 711
    let (power, rest) = scaledPower(x > limit ? limit : x, lowest: 0, scale: -2)
    return 2 * power * (1 + rest)
  }

  /// The hyperbolic sine: (t + t / (t + 1)) / 2 with t = e^|x| - 1, and half the exponential where
  /// the rest does not count.
  @inline(__always)
  static func sinh(_ x: Self) -> Self {
    let magnitude = x.magnitude
    let t = expm1(magnitude)
    let small = Self(0.5) * (t + t / (t + 1))
    let result = magnitude > 22 ? halfExponential(magnitude) : small
    return Self(bits: result.bits | x.bits & signBit)
  }

  /// The hyperbolic cosine, (e^x + e^-x) / 2.
  @inline(__always)
  static func cosh(_ x: Self) -> Self {
    let half = halfExponential(x.magnitude)
    return half + Self(0.25) / half
  }

  /// Where x² + 1 is x².
  @inline(__always)
  private static var isLargeRoot: Self { significandBitCount == 23 ? 0x1p14 : 0x1p30 }

  /// The inverse of the hyperbolic sine, log(x + √(x² + 1)), as log(1 + …) without cancellation.
  @inline(__always)
  static func asinh(_ x: Self) -> Self {
    let magnitude = x.magnitude
    let square = magnitude * magnitude
    let small = log1p(magnitude + square / (1 + squareRoot(square + 1)))
    let large = log(magnitude) + Self(0.693147180559945309417232121458)
    let result = magnitude > isLargeRoot ? large : small
    return Self(bits: result.bits | x.bits & signBit)
  }

  /// The inverse of the hyperbolic cosine; nan below 1.
  @inline(__always)
  static func acosh(_ x: Self) -> Self {
    let t = x - 1
    let small = log1p(t + squareRoot(2 * t + t * t))
    let large = log(x) + Self(0.693147180559945309417232121458)
    let result = x > isLargeRoot ? large : small
    return x < 1 ? .nan : result
  }

  /// The inverse of the hyperbolic tangent, log((1 + x) / (1 - x)) / 2; nan beyond 1.
  @inline(__always)
  static func atanh(_ x: Self) -> Self {
    let magnitude = x.magnitude
    let twice = 2 * magnitude
    let quotient = magnitude / (1 - magnitude)
    let result = Self(0.5) * log1p(magnitude < 0.5 ? fused(twice, quotient, twice) : 2 * quotient)
    let signed = Self(bits: result.bits | x.bits & signBit)
    return magnitude > 1 ? .nan : signed
  }
}
