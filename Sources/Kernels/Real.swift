import Glibc

/// A floating-point type with the elementary functions.
///
/// They have no branch and call nothing, so that a loop over one becomes vector code; what each is
/// made of stands in a file of its own, `Real+….swift`. They are within two units of the last place
/// of the true value. Those that still come from the C library are at the end of this file.
protocol Real: Number, BinaryFloatingPoint {
  /// An integer as wide as the float.
  associatedtype Bits: FixedWidthInteger & UnsignedInteger & Sendable
  var bits: Bits { get }
  init(bits: Bits)

  static func pow(_ x: Self, _ y: Self) -> Self
  static func hypot(_ x: Self, _ y: Self) -> Self

  /// The square root by an instruction, as opposed to `squareRoot()`, which calls the C library for
  /// negative numbers.
  static func root(_ x: Self) -> Self
  /// The whole part of what has one in int32; undefined else.
  static func int32(_ x: Self) -> Int32
  /// The whole part of what has one in int64; undefined else.
  static func int64(_ x: Self) -> Int64
  /// See `Real+Exponential.swift`.
  static var exponential: ExponentialConstants<Self> { get }
  /// (exp(x) - 1 - x) / x² for x from -ln(2) / 2 to ln(2) / 2.
  static func exponentialRest(_ x: Self) -> Self
  /// (tanh(x) - x) / x³ as a function of x², for x from -0.6 to 0.6.
  static func hyperbolicTangentRest(_ square: Self) -> Self
  /// The root of a half.
  static var rootOfHalf: Self { get }
  /// log(1 + x) - x where 1 + x lies from the root of a half to the root of two.
  static func logarithmRest(_ x: Self) -> Self
  /// The largest magnitude of an angle that sine, cosine and tangent are right for.
  static var largestAngle: Self { get }
  /// The nearest whole number of quarters of a turn, modulo 4, and what the angle is beyond it; where
  /// `isExact`, also what that is rounded by.
  static func reduceAngle(_ x: Self, isExact: Bool) -> (quarter: Bits, rest: Self, tail: Self)
  /// (sin(x) - x) / x³ as a function of x², for x up to π/4.
  static func sineRest(_ square: Self) -> Self
  /// (cos(x) - 1 + x²/2) / x⁴ as a function of x², for x up to π/4.
  static func cosineRest(_ square: Self) -> Self
  /// Where erf(x) becomes 1.
  static var errorFunctionIsOne: Self { get }
  /// erf(x) / x - 1 as a function of x², for x up to 1.
  static func errorFunctionRest(_ square: Self) -> Self
  /// -log(1 - erf(x)) for x from 1 to `errorFunctionIsOne`.
  static func errorFunctionExponent(_ x: Self) -> Self
  /// See `Real+NormalDistribution.swift`.
  static var errorFunctionShift: Self { get }
  static func complementaryRest(_ x: Self) -> Self
  /// A right angle, and what it was rounded by.
  static var rightAngle: Self { get }
  static var rightAngleTail: Self { get }
  /// (atan(x) / x - 1) / x² as a function of x², for x up to 1.
  static func arcTangentRest(_ square: Self) -> Self
  /// (asin(x) / x - 1) / x² as a function of x², for x up to one half.
  static func arcSineRest(_ square: Self) -> Self
  /// The decimal logarithm.
  static func log10(_ x: Self) -> Self
}

extension Real {
  /// The bit that is set in negative numbers.
  @inline(__always) static var signBit: Bits { 1 &<< Bits(truncatingIfNeeded: Bits.bitWidth - 1) }

  /// `x * y + z`: rounded once where there is an instruction for it, else twice.
  @inline(__always)
  static func fused(_ x: Self, _ y: Self, _ z: Self) -> Self {
    #if APUS_FMA || arch(arm64)
      z.addingProduct(x, y)
    #else
      x * y + z
    #endif
  }
}

extension Float: Real {
  @inline(__always) var bits: UInt32 { bitPattern }
  @inline(__always) init(bits: UInt32) { self.init(bitPattern: bits) }

  /// In double, so that powers of ten are exact.
  @inline(__always)
  static func log10(_ x: Float) -> Float { Float(Double.log(Double(x)) * 0x1.bcb7b1526e50ep-2) }
  static func hypot(_ x: Float, _ y: Float) -> Float { hypotf(x, y) }
}

extension Double: Real {
  @inline(__always) var bits: UInt64 { bitPattern }
  @inline(__always) init(bits: UInt64) { self.init(bitPattern: bits) }

  static func log10(_ x: Double) -> Double { Glibc.log10(x) }
  static func hypot(_ x: Double, _ y: Double) -> Double { Glibc.hypot(x, y) }
}
