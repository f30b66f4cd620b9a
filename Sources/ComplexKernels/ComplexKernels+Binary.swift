import CComplex
import Elements

extension ComplexKernels {
  /// The loop of `op`, or nil. The output is bool for predicates.
  public static func binary(_ op: BinaryOperation, _ dtype: DType) -> BinaryLoop? {
    switch op {
    case .add: mapping(Sum.self, dtype)
    case .sub: mapping(Difference.self, dtype)
    case .mul: mapping(Product.self, dtype)
    case .div: mapping(Quotient.self, dtype)
    case .pow: mapping(Power.self, dtype)
    case .logaddexp: mapping(LogAddExp.self, dtype)
    case .eq: question(Equal.self, dtype)
    case .ne: question(NotEqual.self, dtype)
    case .logicalAnd: question(LogicalAnd.self, dtype)
    case .logicalOr: question(LogicalOr.self, dtype)
    case .logicalXor: question(LogicalXor.self, dtype)
    default: nil
    }
  }

  private static func mapping<F: ComplexFunction>(_: F.Type, _ dtype: DType) -> BinaryLoop {
    forParts(
      dtype, loop { (x: Complex<Float>, y) in F.apply(x, y) },
      loop { (x: Complex<Double>, y) in F.apply(x, y) })
  }

  private static func question<F: ComplexPredicate>(_: F.Type, _ dtype: DType) -> BinaryLoop {
    forParts(
      dtype, loop { (x: Complex<Float>, y) in F.apply(x, y) },
      loop { (x: Complex<Double>, y) in F.apply(x, y) })
  }

  private static func loop<X: BitwiseCopyable, Y: BitwiseCopyable>(
    _ function: @escaping @Sendable (X, X) -> Y
  ) -> BinaryLoop {
    { out, outStride, x, xStride, y, yStride, count in
      for i in 0..<count {
        (out + i &* outStride).assumingMemoryBound(to: Y.self).pointee = function(
          (x + i &* xStride).assumingMemoryBound(to: X.self).pointee,
          (y + i &* yStride).assumingMemoryBound(to: X.self).pointee)
      }
    }
  }
}

private protocol ComplexFunction: SendableMetatype {
  static func apply<T: ComplexPart>(_ x: Complex<T>, _ y: Complex<T>) -> Complex<T>
}
private enum Sum: ComplexFunction {
  static func apply<T: ComplexPart>(_ x: Complex<T>, _ y: Complex<T>) -> Complex<T> { x + y }
}
private enum Difference: ComplexFunction {
  static func apply<T: ComplexPart>(_ x: Complex<T>, _ y: Complex<T>) -> Complex<T> { x - y }
}
private enum Product: ComplexFunction {
  static func apply<T: ComplexPart>(_ x: Complex<T>, _ y: Complex<T>) -> Complex<T> { x * y }
}
private enum Quotient: ComplexFunction {
  static func apply<T: ComplexPart>(_ x: Complex<T>, _ y: Complex<T>) -> Complex<T> { x / y }
}
private enum Power: ComplexFunction {
  static func apply<T: ComplexPart>(_ x: Complex<T>, _ y: Complex<T>) -> Complex<T> {
    if !y.isTrue { return Complex(1, 0) }
    if y == Complex(1, 0) { return x }
    if y == Complex(2, 0) { return x * x }
    return Complex(apus_complex_pow(x.wide, y.wide))
  }
}

/// The one with the larger real part, and the logarithm of what the other adds to its exponential.
private enum LogAddExp: ComplexFunction {
  static func apply<T: ComplexPart>(_ x: Complex<T>, _ y: Complex<T>) -> Complex<T> {
    let parts = [x.real, x.imaginary, y.real, y.imaginary]
    if parts.contains(where: { $0 != $0 }) { return Complex(.nan, .nan) }
    let (small, large) = x.real < y.real ? (x, y) : (y, x)
    if small.real == large.real && small.real.magnitude == .infinity {
      if small.real < 0 { return small }
      let sum = Complex<T>(apus_complex_exp(small.wide)) + Complex<T>(apus_complex_exp(large.wide))
      return Complex(apus_complex_log(sum.wide))
    }
    let ratio = Complex<T>(apus_complex_exp((small - large).wide))
    return Complex<T>(apus_complex_log((Complex<T>(1, 0) + ratio).wide)) + large
  }
}

private protocol ComplexPredicate: SendableMetatype {
  static func apply<T: ComplexPart>(_ x: Complex<T>, _ y: Complex<T>) -> Bool
}
private enum Equal: ComplexPredicate {
  static func apply<T: ComplexPart>(_ x: Complex<T>, _ y: Complex<T>) -> Bool { x == y }
}
private enum NotEqual: ComplexPredicate {
  static func apply<T: ComplexPart>(_ x: Complex<T>, _ y: Complex<T>) -> Bool { x != y }
}
private enum LogicalAnd: ComplexPredicate {
  static func apply<T: ComplexPart>(_ x: Complex<T>, _ y: Complex<T>) -> Bool {
    x.isTrue && y.isTrue
  }
}
private enum LogicalOr: ComplexPredicate {
  static func apply<T: ComplexPart>(_ x: Complex<T>, _ y: Complex<T>) -> Bool {
    x.isTrue || y.isTrue
  }
}
private enum LogicalXor: ComplexPredicate {
  static func apply<T: ComplexPart>(_ x: Complex<T>, _ y: Complex<T>) -> Bool {
    x.isTrue != y.isTrue
  }
}
