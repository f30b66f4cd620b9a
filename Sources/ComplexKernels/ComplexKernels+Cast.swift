import Elements

extension ComplexKernels {
  /// The loop that converts elements, where either dtype is complex: an imaginary part is lost on
  /// the way to a real dtype, but counts for bool.
  public static func cast(from source: DType, to target: DType) -> UnaryLoop {
    switch source {
    case .complex64: cast(from: Float.self, to: target)
    case .complex128: cast(from: Double.self, to: target)
    case .bool: widen(UInt8.self, target) { $0 != 0 ? 1 : 0 }
    case .uint8: widen(UInt8.self, target) { $0.double }
    case .int8: widen(Int8.self, target) { $0.double }
    case .int16: widen(Int16.self, target) { $0.double }
    case .int32: widen(Int32.self, target) { $0.double }
    case .int64: widen(Int64.self, target) { $0.double }
    case .float16: widen(Float16.self, target) { $0.double }
    case .bfloat16: widen(BFloat16.self, target) { $0.double }
    case .float32: widen(Float.self, target) { $0.double }
    case .float64: widen(Double.self, target) { $0 }
    }
  }

  private static func cast<T: ComplexPart>(from _: T.Type, to target: DType) -> UnaryLoop {
    switch target {
    case .bool: loop { (z: Complex<T>) -> UInt8 in z.isTrue ? 1 : 0 }
    case .uint8: loop { (z: Complex<T>) in UInt8(double: z.double) }
    case .int8: loop { (z: Complex<T>) in Int8(double: z.double) }
    case .int16: loop { (z: Complex<T>) in Int16(double: z.double) }
    case .int32: loop { (z: Complex<T>) in Int32(double: z.double) }
    case .int64: loop { (z: Complex<T>) in Int64(double: z.double) }
    case .float16: loop { (z: Complex<T>) in Float16(double: z.double) }
    case .bfloat16: loop { (z: Complex<T>) in BFloat16(double: z.double) }
    case .float32: loop { (z: Complex<T>) in Float(double: z.double) }
    case .float64: loop { (z: Complex<T>) in z.double }
    case .complex64: loop { (z: Complex<T>) in Complex<Float>(z.wide) }
    case .complex128: loop { (z: Complex<T>) in Complex<Double>(z.wide) }
    }
  }

  private static func widen<S: BitwiseCopyable>(
    _: S.Type, _ target: DType, _ value: @escaping @Sendable (S) -> Double
  ) -> UnaryLoop {
    forParts(
      target, loop { (x: S) in Complex<Float>(double: value(x)) },
      loop { (x: S) in Complex<Double>(double: value(x)) })
  }
}
