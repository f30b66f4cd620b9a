import Elements

extension DType {
  /// The element's type as the C++ standard library's names have it, where PyTorch's messages use
  /// them: "value cannot be converted to type int64_t".
  package var fixedWidthName: String {
    switch self {
    case .bool: "bool"
    case .uint8: "uint8_t"
    case .int8: "int8_t"
    case .int16: "int16_t"
    case .int32: "int"
    case .int64: "int64_t"
    case .float16: "c10::Half"
    case .bfloat16: "c10::BFloat16"
    case .float32: "float"
    case .float64: "double"
    case .complex64: "c10::complex<float>"
    case .complex128: "c10::complex<double>"
    }
  }

  /// The element's type as a compiler spells it, where PyTorch's messages do: "mask with dtype
  /// long int".
  package var compilerName: String {
    switch self {
    case .uint8: "unsigned char"
    case .int8: "signed char"
    case .int16: "short int"
    case .int64: "long int"
    default: fixedWidthName
    }
  }

  /// The type of a tensor as PyTorch's older messages have it; some dtypes came after that scheme.
  package var tensorTypeName: String {
    let isNewer = self == .bool || self == .bfloat16 || isComplex
    return isNewer ? "CPU\(scalarTypeName)Type" : "torch.\(scalarTypeName)Tensor"
  }
}
