import Elements

extension DType {
  /// The smaller dtype that holds the values of both, by PyTorch's table: within a kind the wider
  /// one, uint8 with a signed integer the next signed one, float16 with bfloat16 float32; with a
  /// complex number, the complex type whose parts hold both.
  public static func promote(_ a: DType, _ b: DType) -> DType {
    if a == b { return a }
    if a.isComplex || b.isComplex {
      return [a, b].contains { $0 == .complex128 || $0 == .float64 } ? .complex128 : .complex64
    }
    if a.isFloatingPoint != b.isFloatingPoint { return a.isFloatingPoint ? a : b }
    let (low, high) = a.rawValue < b.rawValue ? (a, b) : (b, a)
    if low == .float16 && high == .bfloat16 { return .float32 }
    if low == .uint8 && high == .int8 { return .int16 }
    return high
  }

  /// True when a result of dtype `self` may be stored into `target`: complex numbers do not become
  /// real, floats do not become integers, and nothing but bool becomes bool.
  public func canCast(to target: DType) -> Bool {
    if isComplex && !target.isComplex { return false }
    if isDifferentiable && !target.isDifferentiable { return false }
    return self == .bool || target != .bool
  }
}

/// Finds the dtype in which an operation on several operands is done.
///
/// Tensors with dimensions come before 0-d tensors, and those before Python numbers: an operand
/// of a lower class takes part only when its kind (bool, integer, float) is higher.
package struct Promotion {
  private var withDims: DType?
  private var zeroDim: DType?
  private var number: DType?

  package init() {}

  /// Takes a tensor's dtype into account.
  package mutating func add(_ array: NDArray) { add(array.dtype, rank: array.rank) }

  /// Takes the dtype of a tensor of the given rank into account.
  package mutating func add(_ dtype: DType, rank: Int) {
    if rank > 0 {
      withDims = withDims.map { .promote($0, dtype) } ?? dtype
    } else {
      zeroDim = zeroDim.map { .promote($0, dtype) } ?? dtype
    }
  }

  /// Takes a Python number into account.
  package mutating func add(_ scalar: Scalar) {
    number = number.map { .promote($0, scalar.dtype) } ?? scalar.dtype
  }

  /// The dtype of the result.
  package var result: DType {
    Self.combine(withDims, Self.combine(zeroDim, number)) ?? .float32
  }

  private static func combine(_ higher: DType?, _ lower: DType?) -> DType? {
    guard let higher else { return lower }
    guard let lower else { return higher }
    if higher.isComplex { return higher }
    if higher.isFloatingPoint { return lower.isComplex ? higher.complex : higher }
    if higher == .bool || lower.isDifferentiable { return .promote(higher, lower) }
    return higher
  }
}

extension Promotion {
  /// The dtype of an operation on two tensors.
  package static func of(_ x: NDArray, _ y: NDArray) -> DType {
    if x.dtype == y.dtype { return x.dtype }
    var promotion = Promotion()
    promotion.add(x)
    promotion.add(y)
    return promotion.result
  }

  /// The dtype of an operation on three tensors.
  package static func of(_ x: NDArray, _ y: NDArray, _ z: NDArray) -> DType {
    if x.dtype == y.dtype && y.dtype == z.dtype { return x.dtype }
    var promotion = Promotion()
    promotion.add(x)
    promotion.add(y)
    promotion.add(z)
    return promotion.result
  }

  /// The dtype of an operation on a tensor and a Python number.
  package static func of(_ x: NDArray, _ scalar: Scalar) -> DType {
    if x.dtype.isDifferentiable && !scalar.isComplex { return x.dtype }
    var promotion = Promotion()
    promotion.add(x)
    promotion.add(scalar)
    return promotion.result
  }
}
