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

  /// The approximation of Giles (2010), and a step of Halley's method: on the complement, which is
  /// exact, where the result is large.
  @inline(__always)
  private static func inverseErrorFunction<T: Real>(_ y: T) -> T {
    let magnitude = y.magnitude
    let complement = 1 - magnitude
    let w = -T.log(complement * (1 + magnitude))
    let first = start(
      w - T(2.5), 2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
      -0.00125372503, -0.00417768164, 0.246640727, 1.50140941)
    let second = start(
      T.squareRoot(w) - 3, -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844,
      0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682)
    let x = magnitude * (w < 5 ? first : second)
    let near = T.erf(x) - magnitude
    let far = complement - T.erfc(x)
    let step = (magnitude < 0.5 ? near : far) * (T(0x1.c5bf891b4ef6ap-1) * T.exp(x * x))
    let inside = x - step / (1 + x * step)
    let beyond = magnitude == 1 ? T.infinity : T.nan
    let result = magnitude < 1 ? inside : beyond
    return T(bits: result.bits | y.bits & T.signBit)
  }

  /// A polynomial of degree 8.
  @inline(__always)
  private static func start<T: Real>(
    _ w: T, _ a: Double, _ b: Double, _ c: Double, _ d: Double, _ e: Double, _ f: Double,
    _ g: Double, _ h: Double, _ i: Double
  ) -> T {
    var sum = T.fused(T(a), w, T(b))
    sum = T.fused(sum, w, T(c))
    sum = T.fused(sum, w, T(d))
    sum = T.fused(sum, w, T(e))
    sum = T.fused(sum, w, T(f))
    sum = T.fused(sum, w, T(g))
    sum = T.fused(sum, w, T(h))
    return T.fused(sum, w, T(i))
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
