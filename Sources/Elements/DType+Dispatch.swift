extension DType {
  /// Calls `body` with the element type of this dtype, so that generic code is written once.
  @inlinable @inline(__always)
  public func withElement<Result>(_ body: (any Element.Type) throws -> Result) rethrows -> Result {
    switch self {
    case .bool: try body(Bool.self)
    case .uint8: try body(UInt8.self)
    case .int8: try body(Int8.self)
    case .int16: try body(Int16.self)
    case .int32: try body(Int32.self)
    case .int64: try body(Int64.self)
    case .float16: try body(Float16.self)
    case .bfloat16: try body(BFloat16.self)
    case .float32: try body(Float.self)
    case .float64: try body(Double.self)
    case .complex64: try body(Complex<Float>.self)
    case .complex128: try body(Complex<Double>.self)
    }
  }
}
