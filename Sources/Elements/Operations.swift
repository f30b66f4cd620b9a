/// Functions of one element. Those marked "float" exist for floating-point dtypes only.
public enum UnaryOperation: Int, CaseIterable, Sendable {
  // Any number.
  case neg, abs, sign, square
  // Complex numbers only.
  case conj
  // Float; integers are promoted before they come here.
  case exp, log, log1p, expm1, sqrt, rsqrt, sin, cos, tan, tanh, sigmoid, reciprocal, erf
  case exp2, log2, log10, sinh, cosh, asin, acos, atan, asinh, acosh, atanh
  case erfc, erfinv, lgamma, digamma
  // Float; integers have no such function.
  case frac
  // Any number; the identity on integers.
  case floor, ceil, round, trunc
  // Any number: max(x, 0), nan stays nan.
  case relu
  // bool is the result.
  case logicalNot, isNaN, isInf, isFinite
  case isPositiveInf, isNegativeInf, signbit
  // Integers and bool.
  case bitwiseNot

  /// True where the result is `bool` whatever the argument.
  public var isPredicate: Bool {
    switch self {
    case .logicalNot, .isNaN, .isInf, .isFinite, .isPositiveInf, .isNegativeInf, .signbit: true
    default: false
    }
  }
}

/// Functions of two elements of one dtype.
public enum BinaryOperation: Int, CaseIterable, Sendable {
  // Any dtype; `add` on bool is or, `mul` on bool is and.
  case add, sub, mul
  // Float. `reluGradient` is x where y is positive or nan, else 0; `xlogy` is x log y, 0 where x is;
  // `logaddexp` is log(e^x + e^y), `logaddexp2` the same of base 2.
  case div, atan2, reluGradient, hypot, copysign, nextafter, xlogy, logaddexp, logaddexp2
  // Any number. Integers follow PyTorch: `floorDivide` and `remainder` have the divisor's sign,
  // `pow` wraps, and dividing by zero gives zero here (the operator refuses it before).
  case floorDivide, remainder, fmod, pow
  // Any dtype; nan wins, or loses in those that begin with f. `heaviside` is 0 for negative x, y for
  // zero and 1 for positive ones.
  case maximum, minimum, fmax, fmin, heaviside
  // Integers and bool.
  case bitwiseAnd, bitwiseOr, bitwiseXor
  // Integers. A shift by a negative number, or by more bits than there are, leaves what a shift by
  // all bits does.
  case shiftLeft, shiftRight, gcd, lcm
  // The result is bool.
  case eq, ne, lt, le, gt, ge, logicalAnd, logicalOr, logicalXor

  /// True where the result is `bool` whatever the arguments.
  public var isPredicate: Bool { rawValue >= BinaryOperation.eq.rawValue }
}

/// Functions of three elements of one dtype and of a number.
public enum TernaryOperation: Int, CaseIterable, Sendable {
  // Float: x + weight * (y - x), where the weight is the third element, or the number.
  case lerp, lerpNumber
  // Any number: x + number * y * z.
  case addcmul
  // Float: x + number * y / z.
  case addcdiv
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

/// What becomes of an element to which others are scattered, besides being replaced or added to.
public enum IndexedFold: Int, CaseIterable, Sendable {
  // On bool, `multiply` and `minimum` are and, `maximum` is or. nan wins.
  case multiply, maximum, minimum
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

/// One row of a function of three arguments and a number, which is of the dtype's computing type:
/// `out[i] = f(x[i], y[i], z[i], number)`; strides are in bytes.
public typealias ScaledLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ outStride: Int,
    _ x: UnsafeRawPointer, _ xStride: Int,
    _ y: UnsafeRawPointer, _ yStride: Int,
    _ z: UnsafeRawPointer, _ zStride: Int, _ number: UnsafeRawPointer, _ count: Int
  ) -> Void

/// Distances between the rows of two matrices in the p-norm: `out[i, j]` is that of row i of x and
/// row j of y. All are dense, of a float dtype.
public typealias DistanceLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ y: UnsafeRawPointer,
    _ xRows: Int, _ yRows: Int, _ length: Int, _ p: Double
  ) -> Void

/// The gradient of such distances for x: `out[i]` becomes the sum over j of `gradient[i, j]` times
/// the derivative of `distance[i, j]`. Strides are in elements, so that exchanging x and y needs no
/// other loop: the gradient and the distance of i and j are at `i * rowStride + j * columnStride`.
public typealias DistanceGradientLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ gradient: UnsafeRawPointer, _ distance: UnsafeRawPointer,
    _ rowStride: Int, _ columnStride: Int, _ x: UnsafeRawPointer, _ y: UnsafeRawPointer,
    _ xRows: Int, _ yRows: Int, _ length: Int, _ p: Double
  ) -> Void

/// A fold of many rows: for each `i` below `outer`, `out[i]` becomes the fold of the `inner`
/// elements at `x + i * xOuterStride`, `xInnerStride` bytes apart.
public typealias ReductionLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ outStride: Int,
    _ x: UnsafeRawPointer, _ xOuterStride: Int, _ xInnerStride: Int,
    _ outer: Int, _ inner: Int
  ) -> Void
