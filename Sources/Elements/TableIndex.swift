// Where a case stands in its enum, as one load: a raw value goes through a switch.

extension DType {
  /// How many there are.
  @inlinable @inline(__always) public static var count: Int { 12 }
  /// The position among `allCases`.
  @inlinable @inline(__always) public var index: Int { Int(unsafeBitCast(self, to: UInt8.self)) }
}

extension UnaryOperation {
  /// The position among `allCases`.
  @inlinable @inline(__always) public var index: Int { Int(unsafeBitCast(self, to: UInt8.self)) }
}

extension BinaryOperation {
  /// The position among `allCases`.
  @inlinable @inline(__always) public var index: Int { Int(unsafeBitCast(self, to: UInt8.self)) }
}

extension TernaryOperation {
  /// The position among `allCases`.
  @inlinable @inline(__always) public var index: Int { Int(unsafeBitCast(self, to: UInt8.self)) }
}

extension ReductionOperation {
  /// The position among `allCases`.
  @inlinable @inline(__always) public var index: Int { Int(unsafeBitCast(self, to: UInt8.self)) }
}

extension ActivationOperation {
  /// The position among `allCases`.
  @inlinable @inline(__always) public var index: Int { Int(unsafeBitCast(self, to: UInt8.self)) }
}
