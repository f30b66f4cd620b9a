import Elements

extension Kernels {
  /// The loop `out[i] = start + step * (first + i * direction)` over dense elements, rounded once
  /// as PyTorch's compiler does it; of float16 only, the product is rounded too. In float32 for the
  /// smaller floats, else in float64. None for bool.
  public static func ramp(_ dtype: DType) -> RampLoop? {
    switch dtype {
    case .bool: nil
    case .uint8: ramp(UInt8.self, in: Double.self)
    case .int8: ramp(Int8.self, in: Double.self)
    case .int16: ramp(Int16.self, in: Double.self)
    case .int32: ramp(Int32.self, in: Double.self)
    case .int64: ramp(Int64.self, in: Double.self)
    case .float16: ramp(Float16.self, in: Float.self)
    case .bfloat16: ramp(BFloat16.self, in: Float.self)
    case .float32: ramp(Float.self, in: Float.self)
    case .float64: ramp(Double.self, in: Double.self)
    case .complex64, .complex128: nil
    }
  }

  private static func ramp<T: Element, R: Element & Real>(_: T.Type, in _: R.Type) -> RampLoop {
    { out, start, step, first, direction, count in
      let elements = out.assumingMemoryBound(to: T.self)
      let (from, by) = (R(double: start), R(double: step))
      for i in 0..<count {
        let position = R(first &+ i &* direction)
        let value = T.self == Float16.self ? from + by * position : from.addingProduct(by, position)
        elements[i] = T(double: value.double)
      }
    }
  }
}
