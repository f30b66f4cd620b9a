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
    case .max: largest(dtype)
    case .min: smallest(dtype)
    case .argmax: largestPosition(dtype)
    case .argmin: smallestPosition(dtype)
    case .any: any(dtype)
    case .all: all(dtype)
    }
  }

  /// The loop of the mean of a float dtype, nan for empty rows; 16-bit floats are accumulated in
  /// float32 and rounded once.
  public static func mean(_ dtype: DType) -> ReductionLoop? {
    switch dtype {
    case .float16: loop(MeanFold<Float16>.self)
    case .bfloat16: loop(MeanFold<BFloat16>.self)
    case .float32: loop(MeanFold<Float>.self)
    case .float64: loop(MeanFold<Double>.self)
    default: nil
    }
  }

  /// The loop of the sum of integers, or of the number of true bools, with an int64 output.
  public static func wideSum(_ dtype: DType) -> ReductionLoop? {
    switch dtype {
    case .bool: loop(TruthCount.self)
    case .uint8: loop(WideSum<UInt8>.self)
    case .int8: loop(WideSum<Int8>.self)
    case .int16: loop(WideSum<Int16>.self)
    case .int32: loop(WideSum<Int32>.self)
    case .int64: loop(WideSum<Int64>.self)
    default: nil
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
    case .complex64, .complex128: nil
    }
  }

  private static func largest(_ dtype: DType) -> ReductionLoop? {
    switch dtype {
    case .bool: loop(AnyFold<UInt8>.self)
    case .float16: loop(LargestFloat<Float16>.self)
    case .bfloat16: loop(LargestFloat<BFloat16>.self)
    case .float32: loop(LargestFloat<Float>.self)
    case .float64: loop(LargestFloat<Double>.self)
    default: numbers(Largest.self, dtype)
    }
  }

  private static func smallest(_ dtype: DType) -> ReductionLoop? {
    switch dtype {
    case .bool: loop(AllFold<UInt8>.self)
    case .float16: loop(SmallestFloat<Float16>.self)
    case .bfloat16: loop(SmallestFloat<BFloat16>.self)
    case .float32: loop(SmallestFloat<Float>.self)
    case .float64: loop(SmallestFloat<Double>.self)
    default: numbers(Smallest.self, dtype)
    }
  }

  private static func largestPosition(_ dtype: DType) -> ReductionLoop {
    switch dtype {
    case .bool: positionLoop(LargestTruthKey.self)
    case .uint8: positionLoop(LargestIntegerKey<UInt8, Int32>.self)
    case .int8: positionLoop(LargestIntegerKey<Int8, Int32>.self)
    case .int16: positionLoop(LargestIntegerKey<Int16, Int32>.self)
    case .int32: positionLoop(LargestIntegerKey<Int32, Int32>.self)
    case .int64: positionLoop(LargestIntegerKey<Int64, Int64>.self)
    case .float16: positionLoop(LargestFloatKey<Float16>.self)
    case .bfloat16: positionLoop(LargestFloatKey<BFloat16>.self)
    case .float32: positionLoop(LargestFloatKey<Float>.self)
    case .float64: positionLoop(LargestFloatKey<Double>.self)
    case .complex64, .complex128: elsewhere()
    }
  }

  private static func smallestPosition(_ dtype: DType) -> ReductionLoop {
    switch dtype {
    case .bool: positionLoop(SmallestTruthKey.self)
    case .uint8: positionLoop(SmallestIntegerKey<UInt8, Int32>.self)
    case .int8: positionLoop(SmallestIntegerKey<Int8, Int32>.self)
    case .int16: positionLoop(SmallestIntegerKey<Int16, Int32>.self)
    case .int32: positionLoop(SmallestIntegerKey<Int32, Int32>.self)
    case .int64: positionLoop(SmallestIntegerKey<Int64, Int64>.self)
    case .float16: positionLoop(SmallestFloatKey<Float16>.self)
    case .bfloat16: positionLoop(SmallestFloatKey<BFloat16>.self)
    case .float32: positionLoop(SmallestFloatKey<Float>.self)
    case .float64: positionLoop(SmallestFloatKey<Double>.self)
    case .complex64, .complex128: elsewhere()
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
    case .complex64, .complex128: elsewhere()
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
    case .complex64, .complex128: elsewhere()
    }
  }
}
