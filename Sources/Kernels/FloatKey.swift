import Elements

/// A float whose order can be read from its bits: the key of a number is an integer, and grows with
/// it. Integers have a maximum that vectors find without a branch for nan.
protocol KeyedFloat: Element {
  associatedtype Key: FixedWidthInteger & SignedInteger & Number
  /// Grows with the number, -0 before 0; that of a nan is beyond that of infinity, on the side of
  /// its sign.
  var key: Key { get }
  /// The number with this key.
  init(key: Key)
  var isNotANumber: Bool { get }
}

extension Float: KeyedFloat {
  @inline(__always) var key: Int32 { reordered(Int32(bitPattern: bitPattern)) }
  @inline(__always) init(key: Int32) { self.init(bitPattern: UInt32(bitPattern: reordered(key))) }
}

extension Double: KeyedFloat {
  @inline(__always) var key: Int64 { reordered(Int64(bitPattern: bitPattern)) }
  @inline(__always) init(key: Int64) { self.init(bitPattern: UInt64(bitPattern: reordered(key))) }
}

extension Float16: KeyedFloat {
  @inline(__always) var key: Int16 { reordered(Int16(bitPattern: bitPattern)) }
  @inline(__always) init(key: Int16) { self.init(bitPattern: UInt16(bitPattern: reordered(key))) }
  @inline(__always) var isNotANumber: Bool { bitPattern & 0x7fff > 0x7c00 }
}

extension BFloat16: KeyedFloat {
  @inline(__always) var key: Int16 { reordered(Int16(bitPattern: bitPattern)) }
  @inline(__always) init(key: Int16) {
    self.init(Float(bitPattern: UInt32(UInt16(bitPattern: reordered(key))) << 16))
  }
  @inline(__always) var isNotANumber: Bool { bitPattern & 0x7fff > 0x7f80 }
}

/// Turns the order of negative ones around; its own inverse.
@inline(__always)
private func reordered<T: FixedWidthInteger>(_ bits: T) -> T {
  bits ^ ((bits &>> T(truncatingIfNeeded: T.bitWidth - 1)) & T.max)
}

/// The largest float; nan wins.
enum LargestFloat<S: KeyedFloat>: Fold {
  @inline(__always) static var identity: S.Key { S(double: -.infinity).key }
  @inline(__always) static func lift(_ x: S) -> S.Key { x.isNotANumber ? S.Key.max : x.key }
  @inline(__always) static func combine(_ x: S.Key, _ y: S.Key) -> S.Key { x > y ? x : y }
  @inline(__always) static func finish(_ total: S.Key, _: Int) -> S {
    total == S.Key.max ? S(double: .nan) : S(key: total)
  }
}

/// The smallest float; nan wins.
enum SmallestFloat<S: KeyedFloat>: Fold {
  @inline(__always) static var identity: S.Key { S(double: .infinity).key }
  @inline(__always) static func lift(_ x: S) -> S.Key { x.isNotANumber ? S.Key.min : x.key }
  @inline(__always) static func combine(_ x: S.Key, _ y: S.Key) -> S.Key { x < y ? x : y }
  @inline(__always) static func finish(_ total: S.Key, _: Int) -> S {
    total == S.Key.min ? S(double: .nan) : S(key: total)
  }
}
