// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// What the members mean is said once, at the protocol.

/// Conversions are done on bits, without a branch, so that loops of them vectorise. The processors
/// of the baseline have no instruction for them, and the compiler's own calls a function that takes
/// several nanoseconds an element. After Fabian Giesen, "Half to float done quickly" (2010).
extension Float16: Element {
  public typealias Compute = Float
  public static var dtype: DType { .float16 }

  /// The bits moved to where a float32 has them are the number times 2^-112, subnormals included;
  /// only inf and nan need their exponent put in.
  @inlinable @inline(__always) public var compute: Float {
    let bits = UInt32(bitPattern)
    let magnitude = (bits & 0x7fff) << 13
    let finite = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    let special = magnitude | 0x7f80_0000
    return Float(bitPattern: (magnitude >= 0x0f80_0000 ? special : finite) | (bits & 0x8000) << 16)
  }

  /// Rounds to nearest, ties to even. A subnormal result is rounded by adding a number whose last
  /// place is that of the result; 65520 and what is above it carries into infinity.
  @inlinable @inline(__always) public init(compute: Float) {
    let bits = compute.bitPattern
    let magnitude = bits & 0x7fff_ffff
    let isOdd = (magnitude >> 13) & 1
    let normal = (magnitude &- 0x3800_0000 &+ 0x0fff &+ isOdd) >> 13
    let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern &- 0x3f00_0000
    let special: UInt32 = magnitude > 0x7f80_0000 ? 0x7e00 : 0x7c00
    let finite = magnitude < 0x3880_0000 ? subnormal : normal
    let result = magnitude >= 0x4780_0000 ? special : finite
    self.init(bitPattern: UInt16(truncatingIfNeeded: result | (bits >> 16) & 0x8000))
  }

  @inlinable public var double: Double { Double(compute) }
  @inlinable public var int64: Int64 { truncated(double) }
  /// By way of float32, as PyTorch does it.
  @inlinable public init(double: Double) { self.init(compute: Float(double)) }
  @inlinable public init(int64: Int64) { self.init(compute: Float(int64)) }
}
