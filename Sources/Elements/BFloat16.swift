/// A float32 without its lower 16 bits of significand: 8 exponent bits, 7 stored significand bits.
public struct BFloat16: Sendable, BitwiseCopyable {
  /// The sixteen upper bits of the float32.
  public var bitPattern: UInt16

  /// The bfloat16 nearest to `value`, ties to even; nan stays nan.
  @inlinable @inline(__always)
  public init(_ value: Float) {
    let bits = value.bitPattern
    let rounded = (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16
    bitPattern = value.isNaN ? 0x7fc0 : UInt16(truncatingIfNeeded: rounded)
  }

  /// The same number as a float32, which holds it exactly.
  @inlinable @inline(__always)
  public var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}
