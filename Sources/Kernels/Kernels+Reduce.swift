import Elements

extension Kernels {
  /// The loop of a fold over elements of `dtype`, or nil where there is none.
  ///
  /// - sum, prod: the output is of `dtype`, and 0 or 1 for empty rows; integers wrap, 16-bit floats
  ///   are accumulated in float32 and rounded once. None for bool.
  /// - max, min: the output is of `dtype`; nan wins. Rows are not empty.
  /// - argmax, argmin: the output is int64, the first of equal ones; nan wins. Rows are not empty.
  /// - any, all: the output is bool, false or true for empty rows.
  public static func reduce(_ op: ReductionOperation, _ dtype: DType) -> ReductionLoop? {
    switch op {
    case .sum: numbers(Sum.self, dtype)
    case .prod: numbers(Product.self, dtype)
    case .max: dtype == .bool ? loop(AnyFold<UInt8>.self) : numbers(Largest.self, dtype)
    case .min: dtype == .bool ? loop(AllFold<UInt8>.self) : numbers(Smallest.self, dtype)
    case .argmax: positions(Largest.self, dtype)
    case .argmin: positions(Smallest.self, dtype)
    case .any: any(dtype)
    case .all: all(dtype)
    }
  }

  private static func numbers<F: FoldFunction>(_: F.Type, _ dtype: DType) -> ReductionLoop? {
    switch dtype {
    case .bool: nil
    case .uint8: loop(NumberFold<F, UInt8>.self)
    case .int8: loop(NumberFold<F, Int8>.self)
    case .int16: loop(NumberFold<F, Int16>.self)
    case .int32: loop(NumberFold<F, Int32>.self)
    case .int64: loop(NumberFold<F, Int64>.self)
    case .float16: loop(NumberFold<F, Float16>.self)
    case .bfloat16: loop(NumberFold<F, BFloat16>.self)
    case .float32: loop(NumberFold<F, Float>.self)
    case .float64: loop(NumberFold<F, Double>.self)
    }
  }

  private static func positions<F: FoldFunction>(_: F.Type, _ dtype: DType) -> ReductionLoop? {
    switch dtype {
    case .bool: positionLoop(TruthFold<F>.self)
    case .uint8: positionLoop(NumberFold<F, UInt8>.self)
    case .int8: positionLoop(NumberFold<F, Int8>.self)
    case .int16: positionLoop(NumberFold<F, Int16>.self)
    case .int32: positionLoop(NumberFold<F, Int32>.self)
    case .int64: positionLoop(NumberFold<F, Int64>.self)
    case .float16: positionLoop(NumberFold<F, Float16>.self)
    case .bfloat16: positionLoop(NumberFold<F, BFloat16>.self)
    case .float32: positionLoop(NumberFold<F, Float>.self)
    case .float64: positionLoop(NumberFold<F, Double>.self)
    }
  }

  private static func any(_ dtype: DType) -> ReductionLoop {
    switch dtype {
    case .bool, .uint8, .int8: loop(AnyFold<UInt8>.self)
    case .int16: loop(AnyFold<Int16>.self)
    case .int32: loop(AnyFold<Int32>.self)
    case .int64: loop(AnyFold<Int64>.self)
    case .float16: loop(AnyFold<Float16>.self)
    case .bfloat16: loop(AnyFold<BFloat16>.self)
    case .float32: loop(AnyFold<Float>.self)
    case .float64: loop(AnyFold<Double>.self)
    }
  }

  private static func all(_ dtype: DType) -> ReductionLoop {
    switch dtype {
    case .bool, .uint8, .int8: loop(AllFold<UInt8>.self)
    case .int16: loop(AllFold<Int16>.self)
    case .int32: loop(AllFold<Int32>.self)
    case .int64: loop(AllFold<Int64>.self)
    case .float16: loop(AllFold<Float16>.self)
    case .bfloat16: loop(AllFold<BFloat16>.self)
    case .float32: loop(AllFold<Float>.self)
    case .float64: loop(AllFold<Double>.self)
    }
  }
}
