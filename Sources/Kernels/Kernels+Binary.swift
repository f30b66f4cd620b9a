import Elements

extension Kernels {
  /// The loop of `op` over two operands of `dtype`, or nil where there is no such function.
  ///
  /// The output is `bool` for predicates and `dtype` otherwise; `out` may be `x` or `y`. On `bool`
  /// there are `add` (or), `mul` (and), `maximum`, `minimum`, the bitwise functions and the
  /// predicates.
  public static func binary(_ op: BinaryOperation, _ dtype: DType) -> BinaryLoop? {
    if dtype == .bool { return truth(op) }
    return switch op {
    case .add: wrapping(Add.self, dtype)
    case .sub: wrapping(Subtract.self, dtype)
    case .mul: wrapping(Multiply.self, dtype)
    case .div: reals(Divide.self, dtype)
    case .reluGradient: reals(ReluGradient.self, dtype)
    case .atan2: reals(Atan2.self, dtype)
    case .hypot: reals(Hypot.self, dtype)
    case .copysign: reals(CopySign.self, dtype)
    case .nextafter: nextAfter(dtype)
    case .xlogy: reals(XLogY.self, dtype)
    case .logaddexp: reals(LogAddExp.self, dtype)
    case .logaddexp2: reals(LogAddExp2.self, dtype)
    case .floorDivide: division(FloorDivide.self, dtype)
    case .remainder: division(Remainder.self, dtype)
    case .fmod: division(Fmod.self, dtype)
    case .pow: numbers(Power.self, dtype)
    case .maximum: numbers(Maximum.self, dtype)
    case .minimum: numbers(Minimum.self, dtype)
    case .fmax: numbers(Fmax.self, dtype)
    case .fmin: numbers(Fmin.self, dtype)
    case .heaviside: numbers(Heaviside.self, dtype)
    case .bitwiseAnd: integers(BitwiseAnd.self, dtype)
    case .bitwiseOr: integers(BitwiseOr.self, dtype)
    case .bitwiseXor: integers(BitwiseXor.self, dtype)
    case .shiftLeft: signedIntegers(ShiftLeft.self, dtype)
    case .shiftRight: signedIntegers(ShiftRight.self, dtype)
    case .gcd: signedIntegers(Gcd.self, dtype)
    case .lcm: signedIntegers(Lcm.self, dtype)
    case .eq: identities(Equal.self, dtype)
    case .ne: identities(NotEqual.self, dtype)
    case .lt: tests(Less.self, dtype, swapped: false)
    case .le: tests(LessOrEqual.self, dtype, swapped: false)
    case .gt: tests(Less.self, dtype, swapped: true)
    case .ge: tests(LessOrEqual.self, dtype, swapped: true)
    case .logicalAnd: identities(LogicalAnd.self, dtype)
    case .logicalOr: identities(LogicalOr.self, dtype)
    case .logicalXor: identities(LogicalXor.self, dtype)
    }
  }

  private static func truth(_ op: BinaryOperation) -> BinaryLoop? {
    switch op {
    case .add, .maximum, .fmax, .heaviside, .bitwiseOr, .logicalOr:
      loop(Question2<LogicalOr, UInt8>.self)
    case .mul, .minimum, .fmin, .bitwiseAnd, .logicalAnd: loop(Question2<LogicalAnd, UInt8>.self)
    case .ne, .bitwiseXor, .logicalXor: loop(Question2<LogicalXor, UInt8>.self)
    case .eq: loop(Question2<LogicalEqual, UInt8>.self)
    case .lt: loop(Question2<LogicalLess, UInt8>.self)
    case .gt: swapped(Question2<LogicalLess, UInt8>.self)
    case .le: loop(Question2<Implies, UInt8>.self)
    case .ge: swapped(Question2<Implies, UInt8>.self)
    case .sub, .div, .reluGradient, .atan2, .hypot, .copysign, .nextafter, .xlogy, .logaddexp,
      .logaddexp2, .floorDivide, .remainder, .fmod, .pow, .shiftLeft, .shiftRight, .gcd, .lcm:
      nil
    }
  }

  private static func numbers<F: BinaryFunction>(_: F.Type, _ dtype: DType) -> BinaryLoop? {
    bytes(F.self, dtype) ?? words(F.self, dtype) ?? floats(F.self, dtype)
  }

  /// Functions whose result has the same bits whether a byte has a sign or not.
  private static func wrapping<F: BinaryFunction>(_: F.Type, _ dtype: DType) -> BinaryLoop? {
    if dtype == .uint8 || dtype == .int8 { return loop(Mapping2<F, Int8>.self) }
    return words(F.self, dtype) ?? floats(F.self, dtype)
  }

  private static func division<F: BinaryFunction & DivisionFunction>(
    _: F.Type, _ dtype: DType
  ) -> BinaryLoop? {
    switch dtype {
    case .float16: loop(DivisionMapping<F, Float16>.self)
    case .bfloat16: loop(DivisionMapping<F, BFloat16>.self)
    case .float32: loop(DivisionMapping<F, Float>.self)
    case .float64: loop(DivisionMapping<F, Double>.self)
    default: bytes(F.self, dtype) ?? words(F.self, dtype)
    }
  }

  private static func bytes<F: BinaryFunction>(_: F.Type, _ dtype: DType) -> BinaryLoop? {
    switch dtype {
    case .uint8: loop(Mapping2<F, UInt8>.self)
    case .int8: loop(Mapping2<F, Int8>.self)
    default: nil
    }
  }

  private static func words<F: BinaryFunction>(_: F.Type, _ dtype: DType) -> BinaryLoop? {
    switch dtype {
    case .int16: loop(Mapping2<F, Int16>.self)
    case .int32: loop(Mapping2<F, Int32>.self)
    case .int64: loop(Mapping2<F, Int64>.self)
    default: nil
    }
  }

  private static func floats<F: BinaryFunction>(_: F.Type, _ dtype: DType) -> BinaryLoop? {
    switch dtype {
    case .float16: loop(Mapping2<F, Float16>.self)
    case .bfloat16: loop(Mapping2<F, BFloat16>.self)
    case .float32: loop(Mapping2<F, Float>.self)
    case .float64: loop(Mapping2<F, Double>.self)
    default: nil
    }
  }

  private static func reals<F: BinaryRealFunction>(_: F.Type, _ dtype: DType) -> BinaryLoop? {
    switch dtype {
    case .float16: loop(RealMapping2<F, Float16>.self)
    case .bfloat16: loop(RealMapping2<F, BFloat16>.self)
    case .float32: loop(RealMapping2<F, Float>.self)
    case .float64: loop(RealMapping2<F, Double>.self)
    default: nil
    }
  }

  private static func tests<F: BinaryPredicate>(
    _: F.Type, _ dtype: DType, swapped: Bool
  ) -> BinaryLoop? {
    switch dtype {
    case .uint8: test(Question2<F, UInt8>.self, swapped)
    case .int8: test(Question2<F, Int8>.self, swapped)
    default: wideTests(F.self, dtype, swapped: swapped)
    }
  }

  /// Questions to which the sign of a byte makes no difference.
  private static func identities<F: BinaryPredicate>(_: F.Type, _ dtype: DType) -> BinaryLoop? {
    if dtype == .uint8 || dtype == .int8 { return loop(Question2<F, UInt8>.self) }
    return wideTests(F.self, dtype, swapped: false)
  }

  /// Questions about more than a byte.
  private static func wideTests<F: BinaryPredicate>(
    _: F.Type, _ dtype: DType, swapped: Bool
  ) -> BinaryLoop? {
    switch dtype {
    case .bool, .uint8, .int8: nil
    case .int16: test(Question2<F, Int16>.self, swapped)
    case .int32: test(Question2<F, Int32>.self, swapped)
    case .int64: test(Question2<F, Int64>.self, swapped)
    case .float16: test(Question2<F, Float16>.self, swapped)
    case .bfloat16: test(Question2<F, BFloat16>.self, swapped)
    case .float32: test(Question2<F, Float>.self, swapped)
    case .float64: test(Question2<F, Double>.self, swapped)
    case .complex64, .complex128: nil
    }
  }

  private static func test<K: BinaryKernel>(_: K.Type, _ exchanged: Bool) -> BinaryLoop {
    exchanged ? swapped(K.self) : loop(K.self)
  }

  /// Functions of integers of which the sign matters.
  private static func signedIntegers<F: IntegerFunction>(_: F.Type, _ dtype: DType) -> BinaryLoop? {
    switch dtype {
    case .uint8: loop(IntegerMapping<F, UInt8>.self)
    case .int8: loop(IntegerMapping<F, Int8>.self)
    case .int16: loop(IntegerMapping<F, Int16>.self)
    case .int32: loop(IntegerMapping<F, Int32>.self)
    case .int64: loop(IntegerMapping<F, Int64>.self)
    default: nil
    }
  }

  /// The float that follows one in the direction of another, found by counting bit patterns.
  private static func nextAfter(_ dtype: DType) -> BinaryLoop? {
    switch dtype {
    case .float16: loop(NextAfter<HalfBits>.self)
    case .bfloat16: loop(NextAfter<BFloatBits>.self)
    case .float32: loop(NextAfter<FloatBits>.self)
    case .float64: loop(NextAfter<DoubleBits>.self)
    default: nil
    }
  }

  /// Signedness doesn't matter to single bits, so the loops follow the size.
  private static func integers<F: BitFunction>(_: F.Type, _ dtype: DType) -> BinaryLoop? {
    switch dtype {
    case .uint8, .int8: loop(BitMapping<F, UInt8>.self)
    case .int16: loop(BitMapping<F, UInt16>.self)
    case .int32: loop(BitMapping<F, UInt32>.self)
    case .int64: loop(BitMapping<F, UInt64>.self)
    default: nil
    }
  }
}

private protocol BitFunction {
  static func apply<T: FixedWidthInteger>(_ x: T, _ y: T) -> T
}
private enum BitwiseAnd: BitFunction {
  @inline(__always) static func apply<T: FixedWidthInteger>(_ x: T, _ y: T) -> T { x & y }
}
private enum BitwiseOr: BitFunction {
  @inline(__always) static func apply<T: FixedWidthInteger>(_ x: T, _ y: T) -> T { x | y }
}
private enum BitwiseXor: BitFunction {
  @inline(__always) static func apply<T: FixedWidthInteger>(_ x: T, _ y: T) -> T { x ^ y }
}
private enum BitMapping<F: BitFunction, T: FixedWidthInteger & BitwiseCopyable>: BinaryKernel {
  @inline(__always) static func apply(_ x: T, _ y: T) -> T { F.apply(x, y) }
}
