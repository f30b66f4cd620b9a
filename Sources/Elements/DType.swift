/// The type of a tensor's elements.
///
/// The raw values are part of the C ABI (`APUS_FLOAT32` is 9) and never change. Zero means "not
/// given", so that a zeroed C struct asks for the default. 11, 12 and 13 are kept for the complex
/// types.
public enum DType: Int32, CaseIterable, Sendable {
  case bool = 1
  case uint8 = 2
  case int8 = 3
  case int16 = 4
  case int32 = 5
  case int64 = 6
  case float16 = 7
  case bfloat16 = 8
  case float32 = 9
  case float64 = 10
  case complex64 = 12
  case complex128 = 13

  /// Bytes that one element takes.
  public var size: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .int16, .float16, .bfloat16: 2
    case .int32, .float32: 4
    case .int64, .float64, .complex64: 8
    case .complex128: 16
    }
  }

  /// True for the four binary floating-point types.
  public var isFloatingPoint: Bool { isDifferentiable && !isComplex }

  /// True for pairs of floating-point numbers.
  public var isComplex: Bool { rawValue >= DType.complex64.rawValue }

  /// True for the floating-point and the complex types.
  public var isDifferentiable: Bool { rawValue >= DType.float16.rawValue }

  /// True for the integers, false for `bool`.
  public var isInteger: Bool { !isDifferentiable && self != .bool }

  /// The type of the parts of complex numbers; every other type itself.
  public var real: DType {
    switch self {
    case .complex64: .float32
    case .complex128: .float64
    default: self
    }
  }

  /// The complex type whose parts are float64 for float64, and float32 for every other real type.
  public var complex: DType {
    switch self {
    case .complex64, .complex128: self
    case .float64: .complex128
    default: .complex64
    }
  }

  /// True where a value can be negative.
  public var isSigned: Bool { self != .bool && self != .uint8 }

  /// NumPy's and PyTorch's name, as in `torch.float32`.
  public var name: String {
    switch self {
    case .bool: "bool"
    case .uint8: "uint8"
    case .int8: "int8"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    case .float32: "float32"
    case .float64: "float64"
    case .complex64: "complex64"
    case .complex128: "complex128"
    }
  }

  /// The C name that PyTorch puts into its messages, as in "Got: Long".
  public var scalarTypeName: String {
    switch self {
    case .bool: "Bool"
    case .uint8: "Byte"
    case .int8: "Char"
    case .int16: "Short"
    case .int32: "Int"
    case .int64: "Long"
    case .float16: "Half"
    case .bfloat16: "BFloat16"
    case .float32: "Float"
    case .float64: "Double"
    case .complex64: "ComplexFloat"
    case .complex128: "ComplexDouble"
    }
  }
}
