/// A type that tensors hold, with the type in which arithmetic on it is done.
///
/// The sixteen-bit floats are stored in sixteen bits and computed in `Float`; every other type
/// computes in itself. Conversions follow C: a float becomes an integer by truncation, an integer
/// wraps, and any value but zero becomes `true`. None of them traps.
public protocol Element: Sendable, BitwiseCopyable {
  /// The type in which arithmetic is done.
  associatedtype Compute: Element
  /// The dtype whose elements these are.
  static var dtype: DType { get }
  /// Widens to the computing type; exact.
  var compute: Compute { get }
  /// Rounds from the computing type.
  init(compute: Compute)
  /// The value as a double; integers beyond 2^53 are rounded.
  var double: Double { get }
  /// The value as an integer; floats are truncated, nan and what does not fit become Int64.min.
  var int64: Int64 { get }
  /// The nearest value, as a C cast would give it.
  init(double: Double)
  /// The value, as a C cast would give it.
  init(int64: Int64)
}
