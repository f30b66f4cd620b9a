// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the members mean is said once, at the protocol.

/// Truncates like the x86 instruction: what does not fit becomes `Int64.min`, never a trap.
@inlinable @inline(__always)
func truncated(_ value: Double) -> Int64 {
  value >= -9.223372036854775808e18 && value < 9.223372036854775808e18 ? Int64(value) : Int64.min
}

extension Bool: Element {
  public typealias Compute = Bool
  public static var dtype: DType { .bool }
  @inlinable public var compute: Bool { self }
  @inlinable public init(compute: Bool) { self = compute }
  @inlinable public var double: Double { self ? 1 : 0 }
  @inlinable public var int64: Int64 { self ? 1 : 0 }
  @inlinable public init(double: Double) { self = double != 0 }
  @inlinable public init(int64: Int64) { self = int64 != 0 }
}

extension UInt8: Element {
  public typealias Compute = UInt8
  public static var dtype: DType { .uint8 }
  @inlinable public var compute: UInt8 { self }
  @inlinable public init(compute: UInt8) { self = compute }
  @inlinable public var double: Double { Double(self) }
  @inlinable public var int64: Int64 { Int64(self) }
  @inlinable public init(double: Double) { self = UInt8(truncatingIfNeeded: truncated(double)) }
  @inlinable public init(int64: Int64) { self = UInt8(truncatingIfNeeded: int64) }
}

extension Int8: Element {
  public typealias Compute = Int8
  public static var dtype: DType { .int8 }
  @inlinable public var compute: Int8 { self }
  @inlinable public init(compute: Int8) { self = compute }
  @inlinable public var double: Double { Double(self) }
  @inlinable public var int64: Int64 { Int64(self) }
  @inlinable public init(double: Double) { self = Int8(truncatingIfNeeded: truncated(double)) }
  @inlinable public init(int64: Int64) { self = Int8(truncatingIfNeeded: int64) }
}

extension Int16: Element {
  public typealias Compute = Int16
  public static var dtype: DType { .int16 }
  @inlinable public var compute: Int16 { self }
  @inlinable public init(compute: Int16) { self = compute }
  @inlinable public var double: Double { Double(self) }
  @inlinable public var int64: Int64 { Int64(self) }
  @inlinable public init(double: Double) { self = Int16(truncatingIfNeeded: truncated(double)) }
  @inlinable public init(int64: Int64) { self = Int16(truncatingIfNeeded: int64) }
}

extension Int32: Element {
  public typealias Compute = Int32
  public static var dtype: DType { .int32 }
  @inlinable public var compute: Int32 { self }
  @inlinable public init(compute: Int32) { self = compute }
  @inlinable public var double: Double { Double(self) }
  @inlinable public var int64: Int64 { Int64(self) }
  @inlinable public init(double: Double) { self = Int32(truncatingIfNeeded: truncated(double)) }
  @inlinable public init(int64: Int64) { self = Int32(truncatingIfNeeded: int64) }
}

extension Int64: Element {
  public typealias Compute = Int64
  public static var dtype: DType { .int64 }
  @inlinable public var compute: Int64 { self }
  @inlinable public init(compute: Int64) { self = compute }
  @inlinable public var double: Double { Double(self) }
  @inlinable public var int64: Int64 { self }
  @inlinable public init(double: Double) { self = truncated(double) }
  @inlinable public init(int64: Int64) { self = int64 }
}

extension BFloat16: Element {
  public typealias Compute = Float
  public static var dtype: DType { .bfloat16 }
  @inlinable public var compute: Float { float }
  @inlinable public init(compute: Float) { self.init(compute) }
  @inlinable public var double: Double { Double(float) }
  @inlinable public var int64: Int64 { truncated(double) }
  @inlinable public init(double: Double) { self.init(Float(double)) }
  @inlinable public init(int64: Int64) { self.init(Float(int64)) }
}

extension Float: Element {
  public typealias Compute = Float
  public static var dtype: DType { .float32 }
  @inlinable public var compute: Float { self }
  @inlinable public init(compute: Float) { self = compute }
  @inlinable public var double: Double { Double(self) }
  @inlinable public var int64: Int64 { truncated(double) }
  @inlinable public init(double: Double) { self = Float(double) }
  @inlinable public init(int64: Int64) { self = Float(int64) }
}

extension Double: Element {
  public typealias Compute = Double
  public static var dtype: DType { .float64 }
  @inlinable public var compute: Double { self }
  @inlinable public init(compute: Double) { self = compute }
  @inlinable public var double: Double { self }
  @inlinable public var int64: Int64 { truncated(double) }
  @inlinable public init(double: Double) { self = double }
  @inlinable public init(int64: Int64) { self = Double(int64) }
}
