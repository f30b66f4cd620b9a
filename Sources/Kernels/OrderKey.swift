import Elements

/// A type whose order is that of unsigned integers, its keys: equal elements have equal keys, both
/// zeros among them, and nan has the largest.
protocol OrderKeyed: Element {
  /// How many bits a key has, the lowest ones.
  static var keyBits: Int { get }
  var orderKey: UInt64 { get }
}

extension OrderKeyed where Self: FixedWidthInteger {
  @inline(__always) static var keyBits: Int { bitWidth }
  @inline(__always) var orderKey: UInt64 {
    let mask = UInt64.max >> UInt64(truncatingIfNeeded: 64 &- Self.bitWidth)
    let half = Self.isSigned ? (mask >> 1) &+ 1 : 0
    return (UInt64(truncatingIfNeeded: self) & mask) ^ half
  }
}

extension Bool: OrderKeyed {
  static var keyBits: Int { 8 }
  @inline(__always) var orderKey: UInt64 { self ? 1 : 0 }
}
extension UInt8: OrderKeyed {}
extension Int8: OrderKeyed {}
extension Int16: OrderKeyed {}
extension Int32: OrderKeyed {}
extension Int64: OrderKeyed {}

/// The key of a float of `width` bits, whose magnitude is infinite or nan from `infinity` on.
@inline(__always)
private func floatKey(_ bits: UInt64, width: UInt64, infinity: UInt64) -> UInt64 {
  let mask = UInt64.max &>> (64 &- width)
  let sign = (mask >> 1) &+ 1
  let magnitude = bits & ~sign
  if magnitude > infinity { return mask }
  if magnitude == 0 { return sign }
  return bits & sign != 0 ? ~bits & mask : bits | sign
}

extension Float: OrderKeyed {
  static var keyBits: Int { 32 }
  @inline(__always) var orderKey: UInt64 {
    floatKey(UInt64(bitPattern), width: 32, infinity: 0x7f80_0000)
  }
}
extension Double: OrderKeyed {
  static var keyBits: Int { 64 }
  @inline(__always) var orderKey: UInt64 {
    floatKey(bitPattern, width: 64, infinity: 0x7ff0_0000_0000_0000)
  }
}
extension Float16: OrderKeyed {
  static var keyBits: Int { 16 }
  @inline(__always) var orderKey: UInt64 {
    floatKey(UInt64(bitPattern), width: 16, infinity: 0x7c00)
  }
}
extension BFloat16: OrderKeyed {
  static var keyBits: Int { 16 }
  @inline(__always) var orderKey: UInt64 {
    floatKey(UInt64(bitPattern), width: 16, infinity: 0x7f80)
  }
}

/// The key of an element and where it stands. Only keys are compared.
protocol RankedEntry: BitwiseCopyable {
  init(key: UInt64, index: Int)
  var key: UInt64 { get }
  var index: Int { get }
}

/// A key of at most 32 bits and an index of 32, in one word.
struct ShortEntry: RankedEntry {
  var word: UInt64
  @inline(__always) init(key: UInt64, index: Int) {
    word = key &<< 32 | UInt64(truncatingIfNeeded: index)
  }
  @inline(__always) var key: UInt64 { word &>> 32 }
  @inline(__always) var index: Int { Int(truncatingIfNeeded: word & 0xffff_ffff) }
}

/// Any key and any index.
struct LongEntry: RankedEntry {
  var key: UInt64
  var index: Int
  @inline(__always) init(key: UInt64, index: Int) {
    self.key = key
    self.index = index
  }
}
