import CProcessor

/// The value itself, by way of C: see there why.
@inline(__always)
func settled<T: BitwiseCopyable>(_ value: T) -> T {
  switch MemoryLayout<T>.size {
  case 1: unsafeBitCast(apus_same8(unsafeBitCast(value, to: UInt8.self)), to: T.self)
  case 2: unsafeBitCast(apus_same16(unsafeBitCast(value, to: UInt16.self)), to: T.self)
  case 4: unsafeBitCast(apus_same32(unsafeBitCast(value, to: UInt32.self)), to: T.self)
  default: unsafeBitCast(apus_same64(unsafeBitCast(value, to: UInt64.self)), to: T.self)
  }
}
