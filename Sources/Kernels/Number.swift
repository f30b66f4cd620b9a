/// What the kernels ask of a type they compute in: the integers, `Float` and `Double`.
///
/// The standard protocols have no common ground for wrapping integers and floats, hence this one.
/// No member traps.
protocol Number: BitwiseCopyable, Comparable, Sendable, ExpressibleByIntegerLiteral {
  /// Not above any other value: the identity of `maximum`.
  static var lowest: Self { get }
  /// Not below any other value: the identity of `minimum`.
  static var highest: Self { get }
  static func plus(_ x: Self, _ y: Self) -> Self
  static func minus(_ x: Self, _ y: Self) -> Self
  static func times(_ x: Self, _ y: Self) -> Self
  /// The quotient rounded down.
  static func floorDivide(_ x: Self, _ y: Self) -> Self
  /// What floor division leaves; it has the divisor's sign.
  static func remainder(_ x: Self, _ y: Self) -> Self
  /// What truncating division leaves; it has the dividend's sign.
  static func fmod(_ x: Self, _ y: Self) -> Self
  static func power(_ x: Self, _ y: Self) -> Self
  static func absolute(_ x: Self) -> Self
  /// -1, 0 or 1.
  static func sign(_ x: Self) -> Self
  /// True for a float's nan.
  var isNotANumber: Bool { get }
}

extension Number {
  /// The larger one, or nan if there is one; the first of equal ones, which tells zeros apart.
  @inline(__always)
  static func maximum(_ x: Self, _ y: Self) -> Self { y > x || y.isNotANumber ? y : x }
  /// The smaller one, or nan if there is one; the first of equal ones, which tells zeros apart.
  @inline(__always)
  static func minimum(_ x: Self, _ y: Self) -> Self { y < x || y.isNotANumber ? y : x }
}

extension UInt8: Number {}
extension Int8: Number {}
extension Int16: Number {}
extension Int32: Number {}
extension Int64: Number {}
extension Float: Number {}
extension Double: Number {}
