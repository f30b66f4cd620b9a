/// Functions of one element. Those marked "float" exist for floating-point dtypes only.
public enum UnaryOperation: Int, CaseIterable, Sendable {
  // Any number.
  case neg, abs, sign, square
  // Complex numbers only.
  case conj
  // Float; integers are promoted before they come here.
  case exp, log, log1p, expm1, sqrt, rsqrt, sin, cos, tan, tanh, sigmoid, reciprocal, erf
  // Any number; the identity on integers.
  case floor, ceil, round, trunc
  // Any number: max(x, 0), nan stays nan.
  case relu
  // bool is the result.
  case logicalNot, isNaN, isInf, isFinite
  // Integers and bool.
  case bitwiseNot

  /// True where the result is `bool` whatever the argument.
  public var isPredicate: Bool {
    switch self {
    case .logicalNot, .isNaN, .isInf, .isFinite: true
    default: false
    }
  }
}

/// Functions of two elements of one dtype.
public enum BinaryOperation: Int, CaseIterable, Sendable {
  // Any dtype; `add` on bool is or, `mul` on bool is and.
  case add, sub, mul
  // Float. `reluGradient` is x where y is positive or nan, else 0.
  case div, atan2, reluGradient
  // Any number. Integers follow PyTorch: `floorDivide` and `remainder` have the divisor's sign,
  // `pow` wraps, and dividing by zero gives zero here (the operator refuses it before).
  case floorDivide, remainder, fmod, pow
  // Any dtype; nan wins.
  case maximum, minimum
  // Integers and bool.
  case bitwiseAnd, bitwiseOr, bitwiseXor
  // The result is bool.
  case eq, ne, lt, le, gt, ge, logicalAnd, logicalOr, logicalXor

  /// True where the result is `bool` whatever the arguments.
  public var isPredicate: Bool { rawValue >= BinaryOperation.eq.rawValue }
}

/// Folds of a sequence of elements into one.
public enum ReductionOperation: Int, CaseIterable, Sendable {
  // The output dtype is the input's.
  case sum, prod, max, min
  // The output dtype is int64: the index of the first largest or smallest; nan is largest and
  // smallest.
  case argmax, argmin
  // The output dtype is bool.
  case any, all
}

/// One row of a function of one argument: `out[i] = f(x[i])`; strides are in bytes.
public typealias UnaryLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ outStride: Int,
    _ x: UnsafeRawPointer, _ xStride: Int, _ count: Int
  ) -> Void

/// One row of a function of two arguments: `out[i] = f(x[i], y[i])`; strides are in bytes, and a
/// stride of zero repeats one element.
public typealias BinaryLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ outStride: Int,
    _ x: UnsafeRawPointer, _ xStride: Int,
    _ y: UnsafeRawPointer, _ yStride: Int, _ count: Int
  ) -> Void

/// One row of a choice: `out[i] = condition[i] ? x[i] : y[i]`; the condition is `bool`.
public typealias TernaryLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ outStride: Int,
    _ condition: UnsafeRawPointer, _ conditionStride: Int,
    _ x: UnsafeRawPointer, _ xStride: Int,
    _ y: UnsafeRawPointer, _ yStride: Int, _ count: Int
  ) -> Void

/// A fold of many rows: for each `i` below `outer`, `out[i]` becomes the fold of the `inner`
/// elements at `x + i * xOuterStride`, `xInnerStride` bytes apart.
public typealias ReductionLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ outStride: Int,
    _ x: UnsafeRawPointer, _ xOuterStride: Int, _ xInnerStride: Int,
    _ outer: Int, _ inner: Int
  ) -> Void
