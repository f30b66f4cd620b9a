import Elements

extension Kernels {
  /// The loop of `op` over elements of `dtype`, or nil where there is no such function.
  ///
  /// The output is `bool` for predicates and `dtype` otherwise; `out` may be `x`. Of the functions
  /// of numbers, `bool` has none, as in PyTorch, but for `sign` and the predicates.
  public static func unary(_ op: UnaryOperation, _ dtype: DType) -> UnaryLoop? {
    switch op {
    case .neg: dtype.isFloatingPoint ? reals(Negative.self, dtype) : integers(Negative.self, dtype)
    case .abs: numbers(Absolute.self, dtype)
    case .sign: dtype == .bool ? cast(from: .bool, to: .bool) : numbers(Sign.self, dtype)
    case .square: numbers(Square.self, dtype)
    case .relu: numbers(Relu.self, dtype)
    case .exp: reals(Exp.self, dtype)
    case .log: reals(Log.self, dtype)
    case .log1p: reals(Log1p.self, dtype)
    case .expm1: reals(Expm1.self, dtype)
    case .sqrt: reals(SquareRoot.self, dtype)
    case .rsqrt: reals(ReciprocalSquareRoot.self, dtype)
    case .sin: angles(Sine.self, dtype)
    case .cos: angles(Cosine.self, dtype)
    case .tan: angles(Tangent.self, dtype)
    case .tanh: reals(HyperbolicTangent.self, dtype)
    case .sigmoid: reals(Sigmoid.self, dtype)
    case .reciprocal: reals(Reciprocal.self, dtype)
    case .erf: reals(ErrorFunction.self, dtype)
    case .exp2: reals(Exp2.self, dtype)
    case .log2: reals(Log2.self, dtype)
    case .log10: reals(Log10.self, dtype)
    case .sinh: reals(HyperbolicSine.self, dtype)
    case .cosh: reals(HyperbolicCosine.self, dtype)
    case .asin: reals(ArcSine.self, dtype)
    case .acos: reals(ArcCosine.self, dtype)
    case .atan: reals(ArcTangent.self, dtype)
    case .asinh: reals(InverseHyperbolicSine.self, dtype)
    case .acosh: reals(InverseHyperbolicCosine.self, dtype)
    case .atanh: reals(InverseHyperbolicTangent.self, dtype)
    case .erfc: reals(ComplementaryErrorFunction.self, dtype)
    case .erfinv: reals(InverseErrorFunction.self, dtype)
    case .lgamma: reals(LogGamma.self, dtype)
    case .digamma: reals(Digamma.self, dtype)
    case .frac: reals(Fraction.self, dtype)
    case .floor: rounding(Floor.self, dtype)
    case .ceil: rounding(Ceiling.self, dtype)
    case .round: rounding(RoundHalfToEven.self, dtype)
    case .trunc: rounding(Truncate.self, dtype)
    case .logicalNot: logicalNot(dtype)
    case .isNaN: tests(IsNaN.self, otherwise: Constant0.self, dtype)
    case .isInf: tests(IsInfinite.self, otherwise: Constant0.self, dtype)
    case .isFinite: tests(IsFinite.self, otherwise: Constant1.self, dtype)
    case .isPositiveInf: tests(IsPositiveInfinity.self, otherwise: Constant0.self, dtype)
    case .isNegativeInf: tests(IsNegativeInfinity.self, otherwise: Constant0.self, dtype)
    case .signbit: signbit(dtype)
    case .bitwiseNot: bitwiseNot(dtype)
    case .conj: nil
    }
  }

  private static func integers<F: UnaryFunction>(_: F.Type, _ dtype: DType) -> UnaryLoop? {
    switch dtype {
    case .uint8: loop(Mapping<F, UInt8>.self)
    case .int8: loop(Mapping<F, Int8>.self)
    case .int16: loop(Mapping<F, Int16>.self)
    case .int32: loop(Mapping<F, Int32>.self)
    case .int64: loop(Mapping<F, Int64>.self)
    default: nil
    }
  }

  private static func numbers<F: UnaryFunction>(_: F.Type, _ dtype: DType) -> UnaryLoop? {
    switch dtype {
    case .float16: loop(Mapping<F, Float16>.self)
    case .bfloat16: loop(Mapping<F, BFloat16>.self)
    case .float32: loop(Mapping<F, Float>.self)
    case .float64: loop(Mapping<F, Double>.self)
    default: integers(F.self, dtype)
    }
  }

  private static func reals<F: UnaryRealFunction>(_: F.Type, _ dtype: DType) -> UnaryLoop? {
    switch dtype {
    case .float16: loop(RealMapping<F, Float16>.self)
    case .bfloat16: loop(RealMapping<F, BFloat16>.self)
    case .float32: loop(RealMapping<F, Float>.self)
    case .float64: loop(RealMapping<F, Double>.self)
    default: nil
    }
  }

  private static func angles<F: AngleFunction>(_: F.Type, _ dtype: DType) -> UnaryLoop? {
    switch dtype {
    case .float16: loop(RealMapping<F, Float16>.self)
    case .bfloat16: loop(AngleMapping<F, BFloat16>.self)
    case .float32: loop(AngleMapping<F, Float>.self)
    case .float64: loop(AngleMapping<F, Double>.self)
    default: nil
    }
  }

  /// Integers are whole already; the loop only copies them.
  private static func rounding<F: UnaryRealFunction>(_: F.Type, _ dtype: DType) -> UnaryLoop? {
    dtype.isInteger ? cast(from: dtype, to: dtype) : reals(F.self, dtype)
  }

  private static func tests<F: UnaryRealPredicate, Other: UnaryPredicate>(
    _: F.Type, otherwise: Other.Type, _ dtype: DType
  ) -> UnaryLoop? {
    switch dtype {
    case .float16: loop(RealQuestion<F, Float16>.self)
    case .bfloat16: loop(RealQuestion<F, BFloat16>.self)
    case .float32: loop(RealQuestion<F, Float>.self)
    case .float64: loop(RealQuestion<F, Double>.self)
    case .bool, .uint8, .int8: loop(Question<Other, UInt8>.self)
    case .int16: loop(Question<Other, Int16>.self)
    case .int32: loop(Question<Other, Int32>.self)
    case .int64: loop(Question<Other, Int64>.self)
    case .complex64, .complex128: nil
    }
  }

  private static func signbit(_ dtype: DType) -> UnaryLoop? {
    switch dtype {
    case .int8: loop(Question<IsNegative, Int8>.self)
    case .int16: loop(Question<IsNegative, Int16>.self)
    case .int32: loop(Question<IsNegative, Int32>.self)
    case .int64: loop(Question<IsNegative, Int64>.self)
    default: tests(HasSignBit.self, otherwise: Constant0.self, dtype)
    }
  }

  private static func logicalNot(_ dtype: DType) -> UnaryLoop? {
    switch dtype {
    case .bool, .uint8, .int8: loop(Question<LogicalNot, UInt8>.self)
    case .int16: loop(Question<LogicalNot, Int16>.self)
    case .int32: loop(Question<LogicalNot, Int32>.self)
    case .int64: loop(Question<LogicalNot, Int64>.self)
    case .float16: loop(Question<LogicalNot, Float16>.self)
    case .bfloat16: loop(Question<LogicalNot, BFloat16>.self)
    case .float32: loop(Question<LogicalNot, Float>.self)
    case .float64: loop(Question<LogicalNot, Double>.self)
    case .complex64, .complex128: nil
    }
  }

  private static func bitwiseNot(_ dtype: DType) -> UnaryLoop? {
    switch dtype {
    case .bool: loop(Question<LogicalNot, UInt8>.self)
    case .uint8, .int8: loop(Complement<UInt8>.self)
    case .int16: loop(Complement<UInt16>.self)
    case .int32: loop(Complement<UInt32>.self)
    case .int64: loop(Complement<UInt64>.self)
    default: nil
    }
  }
}

private enum Complement<Bits: FixedWidthInteger & BitwiseCopyable>: UnaryKernel {
  @inline(__always) static func apply(_ x: Bits) -> Bits { ~x }
}
