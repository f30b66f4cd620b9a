import Elements

extension Kernels {
  /// The loop of the sum of a function of each element; zero of none.
  ///
  /// The output is of `dtype`, 16-bit floats being accumulated in float32 and rounded once; for
  /// `nonZeros` it is int64.
  public static func power(_ op: PowerSum, _ dtype: DType) -> ReductionLoop? {
    switch op {
    case .magnitudes: floats(Magnitude.self, dtype)
    case .squares: floats(SquareOf.self, dtype)
    case .numbers: floats(NumberOrZero.self, dtype)
    case .nonZeros: nonZeros(dtype)
    }
  }

  private static func floats<F: SummedFunction>(_: F.Type, _ dtype: DType) -> ReductionLoop? {
    switch dtype {
    case .float16: loop(SumOf<F, Float16>.self)
    case .bfloat16: loop(SumOf<F, BFloat16>.self)
    case .float32: loop(SumOf<F, Float>.self)
    case .float64: loop(SumOf<F, Double>.self)
    default: nil
    }
  }

  private static func nonZeros(_ dtype: DType) -> ReductionLoop? {
    switch dtype {
    case .bool: loop(TruthCount.self)
    case .uint8, .int8: loop(NonZeroCount<UInt8>.self)
    case .int16: loop(NonZeroCount<Int16>.self)
    case .int32: loop(NonZeroCount<Int32>.self)
    case .int64: loop(NonZeroCount<Int64>.self)
    case .float16: loop(NonZeroCount<Float16>.self)
    case .bfloat16: loop(NonZeroCount<BFloat16>.self)
    case .float32: loop(NonZeroCount<Float>.self)
    case .float64: loop(NonZeroCount<Double>.self)
    case .complex64, .complex128: nil
    }
  }
}

/// What is summed instead of an element.
private protocol SummedFunction: SendableMetatype {
  static func apply<T: Real>(_ x: T) -> T
}

private enum Magnitude: SummedFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { x.magnitude }
}
private enum SquareOf: SummedFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { x * x }
}
private enum NumberOrZero: SummedFunction {
  @inline(__always) static func apply<T: Real>(_ x: T) -> T { x == x ? x : 0 }
}

private enum SumOf<F: SummedFunction, S: Element>: Fold where S.Compute: Real {
  @inline(__always) static var identity: S.Compute { 0 }
  @inline(__always) static func lift(_ x: S) -> S.Compute { F.apply(x.compute) }
  @inline(__always) static func combine(_ x: S.Compute, _ y: S.Compute) -> S.Compute { x + y }
  @inline(__always) static func finish(_ total: S.Compute, _: Int) -> S { S(compute: total) }
}

/// How many elements are not zero; nan isn't.
private enum NonZeroCount<S: Element>: Fold where S.Compute: Number {
  @inline(__always) static var identity: Int64 { 0 }
  @inline(__always) static func lift(_ x: S) -> Int64 { x.compute != 0 ? 1 : 0 }
  @inline(__always) static func combine(_ x: Int64, _ y: Int64) -> Int64 { x &+ y }
  @inline(__always) static func finish(_ total: Int64, _: Int) -> Int64 { total }
}
