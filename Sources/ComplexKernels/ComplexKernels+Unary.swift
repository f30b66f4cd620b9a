import CComplex
import Elements
import Glibc

extension ComplexKernels {
  /// The loop of `op`, or nil. The output is real for `abs` and bool for predicates.
  public static func unary(_ op: UnaryOperation, _ dtype: DType) -> UnaryLoop? {
    switch op {
    case .neg: mapping(Negative.self, dtype)
    case .conj: mapping(Conjugate.self, dtype)
    case .square: mapping(Square.self, dtype)
    case .reciprocal: mapping(Reciprocal.self, dtype)
    case .sqrt: library(dtype, apus_complex_sqrt)
    case .rsqrt: mapping(ReciprocalSquareRoot.self, dtype)
    case .exp: library(dtype, apus_complex_exp)
    case .expm1: mapping(ExponentialMinus1.self, dtype)
    case .log: library(dtype, apus_complex_log)
    case .log1p: mapping(Logarithm1Plus.self, dtype)
    case .sin: library(dtype, apus_complex_sin)
    case .cos: library(dtype, apus_complex_cos)
    case .tan: library(dtype, apus_complex_tan)
    case .tanh: library(dtype, apus_complex_tanh)
    case .asin: library(dtype, apus_complex_asin)
    case .acos: library(dtype, apus_complex_acos)
    case .atan: library(dtype, apus_complex_atan)
    case .sinh: library(dtype, apus_complex_sinh)
    case .cosh: library(dtype, apus_complex_cosh)
    case .asinh: library(dtype, apus_complex_asinh)
    case .acosh: library(dtype, apus_complex_acosh)
    case .atanh: library(dtype, apus_complex_atanh)
    case .exp2: mapping(PowerOfTwo.self, dtype)
    case .log2: mapping(LogarithmToBase2.self, dtype)
    case .log10: mapping(LogarithmToBase10.self, dtype)
    case .sign: mapping(Direction.self, dtype)
    case .sigmoid: mapping(Sigmoid.self, dtype)
    case .abs: magnitude(dtype)
    case .logicalNot: question(dtype, { !$0.isTrue }, { !$0.isTrue })
    case .isNaN:
      question(
        dtype, { $0.real.isNaN || $0.imaginary.isNaN }, { $0.real.isNaN || $0.imaginary.isNaN })
    case .isInf:
      question(
        dtype, { $0.real.isInfinite || $0.imaginary.isInfinite },
        { $0.real.isInfinite || $0.imaginary.isInfinite })
    case .isFinite:
      question(
        dtype, { $0.real.isFinite && $0.imaginary.isFinite },
        { $0.real.isFinite && $0.imaginary.isFinite })
    default: nil
    }
  }

  private static func mapping<F: ComplexFunction>(_: F.Type, _ dtype: DType) -> UnaryLoop {
    forParts(
      dtype, loop { (z: Complex<Float>) in F.apply(z) }, loop { (z: Complex<Double>) in F.apply(z) }
    )
  }

  /// A function of the C library, computed in float64.
  private static func library(
    _ dtype: DType, _ function: @escaping @convention(c) (apus_complex) -> apus_complex
  ) -> UnaryLoop {
    forParts(
      dtype, loop { (z: Complex<Float>) in Complex<Float>(function(z.wide)) },
      loop { (z: Complex<Double>) in Complex<Double>(function(z.wide)) })
  }

  private static func question(
    _ dtype: DType, _ single: @escaping @Sendable (Complex<Float>) -> Bool,
    _ double: @escaping @Sendable (Complex<Double>) -> Bool
  ) -> UnaryLoop {
    forParts(dtype, loop(single), loop(double))
  }

  private static func magnitude(_ dtype: DType) -> UnaryLoop {
    forParts(
      dtype,
      loop { (z: Complex<Float>) in
        // Squares of float32 are exact in float64, and far from its limits.
        let (x, y) = (Double(z.real), Double(z.imaginary))
        let root = Float((x * x + y * y).squareRoot())
        let isInfinite = z.real.isInfinite ? true : z.imaginary.isInfinite
        return isInfinite ? Float.infinity : root
      },
      loop { (z: Complex<Double>) in z.magnitude })
  }

  static func loop<X: BitwiseCopyable, Y: BitwiseCopyable>(
    _ function: @escaping @Sendable (X) -> Y
  ) -> UnaryLoop {
    { out, outStride, x, xStride, count in
      for i in 0..<count {
        (out + i &* outStride).assumingMemoryBound(to: Y.self).pointee = function(
          (x + i &* xStride).assumingMemoryBound(to: X.self).pointee)
      }
    }
  }
}

extension Complex {
  /// The distance from zero, without overflow on the way.
  var magnitude: Part { Part(double: Glibc.hypot(real.double, imaginary.double)) }

  /// As the C library takes it.
  var wide: apus_complex { apus_complex(real: real.double, imaginary: imaginary.double) }

  /// As the C library gives it.
  init(_ z: apus_complex) { self.init(Part(double: z.real), Part(double: z.imaginary)) }
}

private protocol ComplexFunction: SendableMetatype {
  static func apply<T: ComplexPart>(_ z: Complex<T>) -> Complex<T>
}
private enum Negative: ComplexFunction {
  static func apply<T: ComplexPart>(_ z: Complex<T>) -> Complex<T> { -z }
}
private enum Conjugate: ComplexFunction {
  static func apply<T: ComplexPart>(_ z: Complex<T>) -> Complex<T> { z.conjugate }
}
private enum Square: ComplexFunction {
  static func apply<T: ComplexPart>(_ z: Complex<T>) -> Complex<T> { z * z }
}
private enum Reciprocal: ComplexFunction {
  static func apply<T: ComplexPart>(_ z: Complex<T>) -> Complex<T> { Complex(1, 0) / z }
}
/// What is left when the magnitude becomes 1; 0 of 0.
private enum Direction: ComplexFunction {
  static func apply<T: ComplexPart>(_ z: Complex<T>) -> Complex<T> {
    let magnitude = z.magnitude
    return magnitude == 0 ? z : Complex(z.real / magnitude, z.imaginary / magnitude)
  }
}
private enum PowerOfTwo: ComplexFunction {
  static func apply<T: ComplexPart>(_ z: Complex<T>) -> Complex<T> {
    let ln2 = 0.693147180559945309417232121458
    let (x, y) = (z.wide.real * ln2, z.wide.imaginary * ln2)
    return Complex(apus_complex_exp(apus_complex(real: x, imaginary: y)))
  }
}
private enum LogarithmToBase2: ComplexFunction {
  static func apply<T: ComplexPart>(_ z: Complex<T>) -> Complex<T> {
    let y = apus_complex_log(z.wide)
    let perLn2 = 1.44269504088896340735992468100
    return Complex(T(double: y.real * perLn2), T(double: y.imaginary * perLn2))
  }
}
private enum LogarithmToBase10: ComplexFunction {
  static func apply<T: ComplexPart>(_ z: Complex<T>) -> Complex<T> {
    let y = apus_complex_log(z.wide)
    let perLn10 = 0.434294481903251827651128918917
    return Complex(T(double: y.real * perLn10), T(double: y.imaginary * perLn10))
  }
}
private enum ReciprocalSquareRoot: ComplexFunction {
  static func apply<T: ComplexPart>(_ z: Complex<T>) -> Complex<T> {
    let root = Complex<Double>(apus_complex_sqrt(z.wide))
    return Complex<T>((Complex<Double>(1, 0) / root).wide)
  }
}
private enum Sigmoid: ComplexFunction {
  static func apply<T: ComplexPart>(_ z: Complex<T>) -> Complex<T> {
    let one = Complex<Double>(1, 0)
    return Complex<T>((one / (one + Complex<Double>(apus_complex_exp((-z).wide)))).wide)
  }
}
private enum ExponentialMinus1: ComplexFunction {
  static func apply<T: ComplexPart>(_ z: Complex<T>) -> Complex<T> {
    let (x, y) = (z.real.double, z.imaginary.double)
    let half = Glibc.sin(y / 2)
    let real = Glibc.expm1(x) * Glibc.cos(y) - 2 * half * half
    return Complex(T(double: real), T(double: Glibc.exp(x) * Glibc.sin(y)))
  }
}
private enum Logarithm1Plus: ComplexFunction {
  static func apply<T: ComplexPart>(_ z: Complex<T>) -> Complex<T> {
    let (x, y) = (z.real.double, z.imaginary.double)
    let real =
      Swift.max(x.magnitude, y.magnitude) < 0.5
      ? 0.5 * Glibc.log1p(x * (2 + x) + y * y) : Glibc.log(Glibc.hypot(1 + x, y))
    return Complex(T(double: real), T(double: Glibc.atan2(y, 1 + x)))
  }
}
