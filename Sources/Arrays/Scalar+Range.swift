import Elements

extension Scalar {
  /// Checks that this number may become an element of `dtype`, as `fill_` demands.
  ///
  /// A fraction may be cut off, infinity and nan are values of every float, and uint8 takes what is
  /// not below -255 as C does; anything else that the dtype can't hold is refused. Every number is
  /// a truth value.
  /// - Throws: `TensorError.conversionOverflow`.
  package func check(fits dtype: DType) throws {
    let fits =
      switch self {
      case .bool: true
      case .int(let value): dtype.holds(value)
      case .double(let value): dtype.holds(value)
      case .complex where dtype == .bool: true
      case .complex(let real, let imaginary):
        dtype.isComplex
          ? dtype.real.holds(real) && dtype.real.holds(imaginary)
          : imaginary == 0 && dtype.holds(real)
      }
    if !fits { throw TensorError.conversionOverflow(dtype) }
  }
}

extension DType {
  /// The least and the largest integer, or nil for floats and bool.
  package var integerRange: ClosedRange<Int64>? {
    switch self {
    case .uint8: 0...255
    case .int8: -128...127
    case .int16: -32768...32767
    case .int32: -2_147_483_648...2_147_483_647
    case .int64: .min ... .max
    default: nil
    }
  }

  /// The largest finite value of a float.
  package var largest: Double {
    switch self {
    case .float16: 65504
    case .bfloat16: 0x1.fep127
    case .float32, .complex64: Double(Float.greatestFiniteMagnitude)
    default: .greatestFiniteMagnitude
    }
  }

  fileprivate func holds(_ value: Int64) -> Bool {
    if self == .bool { return true }
    if self == .uint8 { return value >= -255 && value <= 255 }
    if let range = integerRange { return range.contains(value) }
    return Double(value).magnitude <= largest
  }

  fileprivate func holds(_ value: Double) -> Bool {
    if self == .bool { return true }
    guard let range = integerRange else {
      return !value.isFinite || value.magnitude <= largest
    }
    // One more than the largest integer is a power of two, so it is exact.
    return value >= Double(range.lowerBound) && value < Double(range.upperBound / 2 + 1) * 2
  }
}
