import Glibc

/// A function of any number.
protocol UnaryFunction { static func apply<T: Number>(_ x: T) -> T }
/// A function of a float.
protocol UnaryRealFunction { static func apply<T: Real>(_ x: T) -> T }
/// A function of an angle, which `T` computes up to `T.largestAngle`.
protocol AngleFunction: UnaryRealFunction { static func ofLargeAngle(_ x: Double) -> Double }
/// A question about a number.
protocol UnaryPredicate { static func apply<T: Number>(_ x: T) -> Bool }
/// A question about a float.
protocol UnaryRealPredicate { static func apply<T: Real>(_ x: T) -> Bool }

enum Negative: UnaryRealFunction, UnaryFunction {
  @inline(__always) static func apply<T: Number>(_ x: T) -> T { T.minus(0, x) }
  /// Subtracting from zero would lose the sign of zero.
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { -x }
}
enum Absolute: UnaryFunction {
  @inline(__always) static func apply<T: Number>(_ x: T) -> T { T.absolute(x) }
}
enum Sign: UnaryFunction {
  @inline(__always) static func apply<T: Number>(_ x: T) -> T { T.sign(x) }
}
enum Square: UnaryFunction {
  @inline(__always) static func apply<T: Number>(_ x: T) -> T { T.times(x, x) }
}
enum Relu: UnaryFunction {
  @inline(__always) static func apply<T: Number>(_ x: T) -> T { x < 0 ? 0 : x }
}

enum Exp: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.exp(x) }
}
enum Log: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.log(x) }
}
enum Log1p: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.log1p(x) }
}
enum Expm1: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.expm1(x) }
}
enum SquareRoot: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.squareRoot(x) }
}
enum ReciprocalSquareRoot: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { 1 / T.squareRoot(x) }
}
enum Sine: AngleFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.sin(x) }
  static func ofLargeAngle(_ x: Double) -> Double { Glibc.sin(x) }
}
enum Cosine: AngleFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.cos(x) }
  static func ofLargeAngle(_ x: Double) -> Double { Glibc.cos(x) }
}
enum Tangent: AngleFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.tan(x) }
  static func ofLargeAngle(_ x: Double) -> Double { Glibc.tan(x) }
}
enum HyperbolicTangent: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.tanh(x) }
}
enum Sigmoid: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.sigmoid(x) }
}
enum Reciprocal: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { 1 / x }
}
enum ErrorFunction: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.erf(x) }
}
enum Exp2: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.exp2(x) }
}
enum Log2: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.log2(x) }
}
enum Log10: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.log10(x) }
}
enum HyperbolicSine: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.sinh(x) }
}
enum HyperbolicCosine: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.cosh(x) }
}
enum ArcSine: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.asin(x) }
}
enum ArcCosine: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.acos(x) }
}
enum ArcTangent: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.atan(x) }
}
enum InverseHyperbolicSine: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.asinh(x) }
}
enum InverseHyperbolicCosine: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.acosh(x) }
}
enum InverseHyperbolicTangent: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.atanh(x) }
}
enum ComplementaryErrorFunction: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.erfc(x) }
}
enum InverseErrorFunction: UnaryRealFunction {
  @inline(__always)
  static func apply<T: Real>(_ x: T) -> T {
    T.significandBitCount == 23
      ? inverseErrorFunction(x) : T(SpecialFunctions.inverseErrorFunction(Double(x)))
  }

  /// As in float64, but for one step instead of two, and without a branch.
  @inline(__always)
  private static func inverseErrorFunction<T: Real>(_ y: T) -> T {
    let magnitude = y.magnitude
    let x = SpecialFunctions.firstInverse(magnitude)
    let near = T.erf(x) - magnitude
    let far = (1 - magnitude) - T.erfc(x)
    let inside = x - SpecialFunctions.halley(magnitude < 0.5 ? near : far, x)
    let beyond = magnitude == 1 ? T.infinity : T.nan
    let result = magnitude < 1 ? inside : beyond
    return T(bits: result.bits | y.bits & T.signBit)
  }
}
enum LogGamma: UnaryRealFunction {
  static func apply<T: Real>(_ x: T) -> T { T(SpecialFunctions.logGamma(Double(x))) }
}
enum Digamma: UnaryRealFunction {
  static func apply<T: Real>(_ x: T) -> T { T(SpecialFunctions.digamma(Double(x))) }
}
enum Fraction: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { x - T.truncate(x) }
}
enum Floor: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.floor(x) }
}
enum Ceiling: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.ceil(x) }
}
enum RoundHalfToEven: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.roundHalfToEven(x) }
}
enum Truncate: UnaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { T.truncate(x) }
}

enum LogicalNot: UnaryPredicate {
  @inline(__always) static func apply<T: Number>(_ x: T) -> Bool { x == 0 }
}
enum IsNaN: UnaryRealPredicate {
  @inline(__always) static func apply<T: Real>(_ x: T) -> Bool { x != x }
}
enum IsInfinite: UnaryRealPredicate {
  @inline(__always) static func apply<T: Real>(_ x: T) -> Bool { x.magnitude == .infinity }
}
enum IsFinite: UnaryRealPredicate {
  @inline(__always) static func apply<T: Real>(_ x: T) -> Bool { x.magnitude < .infinity }
}
enum IsPositiveInfinity: UnaryRealPredicate {
  @inline(__always) static func apply<T: Real>(_ x: T) -> Bool { x == .infinity }
}
enum IsNegativeInfinity: UnaryRealPredicate {
  @inline(__always) static func apply<T: Real>(_ x: T) -> Bool { x == -.infinity }
}
enum IsNegative: UnaryPredicate {
  @inline(__always) static func apply<T: Number>(_ x: T) -> Bool { x < 0 }
}
/// True of -0, and of nan with a sign.
enum HasSignBit: UnaryRealPredicate {
  @inline(__always) static func apply<T: Real>(_ x: T) -> Bool { x.bits & T.signBit != 0 }
}
enum Constant0: UnaryPredicate {
  @inline(__always) static func apply<T: Number>(_ x: T) -> Bool { false }
}
enum Constant1: UnaryPredicate {
  @inline(__always) static func apply<T: Number>(_ x: T) -> Bool { true }
}
