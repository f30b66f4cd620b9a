extension Real {
  /// erfc(x) exp(x²) (x + shift) as a function of (x - shift) / (x + shift): smooth up to infinity.
  @inline(__always)
  private static func tail(_ x: Self) -> Self {
    let inverse = 1 / (x + errorFunctionShift)
    return complementaryRest((x - errorFunctionShift) * inverse) * inverse
  }

  /// The complementary error function, 1 - erf(x), with all digits where it is small.
  @inline(__always)
  static func erfc(_ x: Self) -> Self {
    let magnitude = x.magnitude
    let limit: Self = significandBitCount == 23 ? 11 : 28
    let clamped = magnitude > limit ? limit : magnitude
    let square = clamped * clamped
    // What the square was rounded by counts: it is an exponent.
    let error = fused(clamped, clamped, -square)
    let exponential = exp(-square)
    let small = fused(-exponential, error, exponential) * tail(clamped)
    let large = x < 0 ? 2 - small : small
    let about0 = 1 - fused(x, errorFunctionRest(square), x)
    return magnitude < 0.5 ? about0 : large
  }

  /// The standard normal distribution, (1 + erf(x / √2)) / 2, and its density,
  /// exp(-x² / 2) / √(2π).
  @inline(__always)
  static func normalDistribution(_ x: Self) -> (value: Self, density: Self) {
    let magnitude = x.magnitude
    let limit: Self = significandBitCount == 23 ? 15 : 39
    let clamped = magnitude > limit ? limit : magnitude
    let square = clamped * clamped
    let half = Self(0.5) * square
    let error = Self(0.5) * fused(clamped, clamped, -square)
    let exponential = exp(-half)
    let corrected = fused(-exponential, error, exponential)
    let scaled = clamped * rootOfHalf
    let small = Self(0.5) * corrected * tail(scaled)
    let large = x < 0 ? small : 1 - small
    let argument = x * rootOfHalf
    let about0 = Self(0.5) * fused(argument, errorFunctionRest(half), argument) + Self(0.5)
    let value = magnitude < 0.7 ? about0 : large
    let density = corrected * Self(0.398942280401432677939946059934)
    return (value, magnitude == .infinity ? 0 : density)
  }
}

// The coefficients interpolate at Chebyshev's points, which is close to minimax.

extension Float {
  @inline(__always) static var errorFunctionShift: Float { 2 }

  @inline(__always)
  static func complementaryRest(_ x: Float) -> Float {
    var sum: Float = 0x1.0964bp-18
    sum = fused(sum, x, 0x1.610f06p-14)
    sum = fused(sum, x, 0x1.054ac2p-14)
    sum = fused(sum, x, -0x1.39bbccp-11)
    sum = fused(sum, x, -0x1.bdd9fap-11)
    sum = fused(sum, x, 0x1.90d146p-9)
    sum = fused(sum, x, 0x1.a8cf74p-8)
    sum = fused(sum, x, -0x1.604eb4p-6)
    sum = fused(sum, x, -0x1.2a8968p-5)
    sum = fused(sum, x, 0x1.1e2dc4p-2)
    sum = fused(sum, x, -0x1.5fd386p-1)
    return fused(sum, x, 0x1.058672p0)
  }
}

extension Double {
  @inline(__always) static var errorFunctionShift: Double { 4 }

  @inline(__always)
  static func complementaryRest(_ x: Double) -> Double {
    var sum = -0x1.9984314b1e611p-33
    sum = fused(sum, x, -0x1.504c62ecdb042p-34)
    sum = fused(sum, x, 0x1.3f851e782fdfep-29)
    sum = fused(sum, x, 0x1.83a5155e48ddap-31)
    sum = fused(sum, x, -0x1.38d2f997ae382p-26)
    sum = fused(sum, x, -0x1.2ec53a73236ep-32)
    sum = fused(sum, x, 0x1.10a0f6ca5119cp-23)
    sum = fused(sum, x, -0x1.3f8e921d5cce8p-24)
    sum = fused(sum, x, -0x1.c7340dca5c782p-21)
    sum = fused(sum, x, 0x1.7e21437f1e71cp-20)
    sum = fused(sum, x, 0x1.3b14737569986p-18)
    sum = fused(sum, x, -0x1.3c6de66a974bdp-16)
    sum = fused(sum, x, -0x1.e7ecfab463e8bp-19)
    sum = fused(sum, x, 0x1.72cda1cde29afp-13)
    sum = fused(sum, x, -0x1.dd2844a3d9ae3p-12)
    sum = fused(sum, x, -0x1.269b51c9aae73p-12)
    sum = fused(sum, x, 0x1.908f47249f50dp-8)
    sum = fused(sum, x, -0x1.b00c052c4aa08p-6)
    sum = fused(sum, x, 0x1.38dbd2c8e096bp-4)
    sum = fused(sum, x, -0x1.645fd8a4bc0c5p-3)
    sum = fused(sum, x, 0x1.52cac237101a8p-2)
    sum = fused(sum, x, -0x1.14eacb1ad0338p-1)
    sum = fused(sum, x, 0x1.8be202d26c705p-1)
    sum = fused(sum, x, -0x1.f3fe31ecb49bfp-1)
    return fused(sum, x, 0x1.18932bf08e154p0)
  }
}
