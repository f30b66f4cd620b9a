/// A function of two integers.
protocol IntegerFunction {
  static func apply<T: FixedWidthInteger & Number>(_ x: T, _ y: T) -> T
}

/// `F` on elements of `T`, one after the other.
enum IntegerMapping<F: IntegerFunction, T: FixedWidthInteger & Number>: BinaryKernel {
  @inline(__always) static func apply(_ x: T, _ y: T) -> T { F.apply(x, y) }
  @inline(__always) static var isScalar: Bool { true }
}

/// Bits that leave on the left are lost; a shift by no number of bits that there are leaves none.
enum ShiftLeft: IntegerFunction {
  @inline(__always) static func apply<T: FixedWidthInteger & Number>(_ x: T, _ y: T) -> T {
    y < 0 || y >= T(truncatingIfNeeded: T.bitWidth) ? 0 : x &<< y
  }
}

/// The sign comes in from the left; a shift by no number of bits that there are leaves only that.
enum ShiftRight: IntegerFunction {
  @inline(__always) static func apply<T: FixedWidthInteger & Number>(_ x: T, _ y: T) -> T {
    if y < 0 || y >= T(truncatingIfNeeded: T.bitWidth) { return x < 0 ? 0 &- 1 : 0 }
    return x &>> y
  }
}

/// The greatest common divisor, by Euclid's algorithm; that of zeros is zero.
enum Gcd: IntegerFunction {
  @inline(__always) static func apply<T: FixedWidthInteger & Number>(_ x: T, _ y: T) -> T {
    var (a, b) = (T.absolute(x), T.absolute(y))
    while a != 0 { (a, b) = (T.fmod(b, a), a) }
    return b
  }
}

/// The least common multiple; that of anything and zero is zero.
enum Lcm: IntegerFunction {
  @inline(__always) static func apply<T: FixedWidthInteger & Number>(_ x: T, _ y: T) -> T {
    let divisor = Gcd.apply(x, y)
    if divisor == 0 { return 0 }
    return T.absolute(T.floorDivide(x, divisor) &* y)
  }
}

/// A float's bit pattern, of which the sign is the highest bit.
protocol FloatPattern {
  associatedtype Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable
  /// The pattern of infinity: what is above it, without the sign, is nan.
  static var infinity: Bits { get }
}
enum HalfBits: FloatPattern { static var infinity: UInt16 { 0x7c00 } }
enum BFloatBits: FloatPattern { static var infinity: UInt16 { 0x7f80 } }
enum FloatBits: FloatPattern { static var infinity: UInt32 { 0x7f80_0000 } }
enum DoubleBits: FloatPattern { static var infinity: UInt64 { 0x7ff0_0000_0000_0000 } }

/// The float that follows x in the direction of y: its pattern is one more or one less, as IEEE 754
/// orders the patterns of one sign. y where both are equal, nan where one is.
enum NextAfter<P: FloatPattern>: BinaryKernel {
  @inline(__always) static var isScalar: Bool { true }
  @inline(__always)
  static func apply(_ x: P.Bits, _ y: P.Bits) -> P.Bits {
    let sign: P.Bits = 1 &<< P.Bits(truncatingIfNeeded: P.Bits.bitWidth - 1)
    let (size, otherSize) = (x & ~sign, y & ~sign)
    if size > P.infinity { return x }
    if otherSize > P.infinity || x == y || size | otherSize == 0 { return y }
    if size == 0 { return y & sign | 1 }
    let grows = x & sign == y & sign && otherSize > size
    return grows ? x &+ 1 : x &- 1
  }
}
