import Elements
import KernelChoice
import Testing

/// Elements in memory of their own, `stride` bytes apart, with a margin that nothing may touch.
final class Cells<T: BitwiseCopyable> {
  let base: UnsafeMutableRawPointer
  let start: UnsafeMutableRawPointer
  let stride: Int
  let count: Int
  private let bytes: Int

  init(_ values: [T], stride: Int = MemoryLayout<T>.stride) {
    let size = MemoryLayout<T>.stride
    self.stride = stride
    count = values.count
    bytes = 2 * 64 + size + max(count - 1, 0) * abs(stride)
    base = .allocate(byteCount: bytes, alignment: 64)
    base.initializeMemory(as: UInt8.self, repeating: 0xa5, count: bytes)
    start = base + 64 + (stride < 0 ? max(count - 1, 0) * -stride : 0)
    for (i, value) in values.enumerated() {
      (start + i * stride).storeBytes(of: value, as: T.self)
    }
  }

  deinit { base.deallocate() }

  subscript(i: Int) -> T { (start + i * stride).load(as: T.self) }

  func set(_ i: Int, _ value: T) { (start + i * stride).storeBytes(of: value, as: T.self) }

  var values: [T] { (0..<count).map { self[$0] } }

  /// True where no byte but those of the elements has changed.
  var isIntact: Bool {
    var bytesLeft = Set(0..<bytes)
    for i in 0..<count {
      let offset = start - base + i * stride
      for j in 0..<MemoryLayout<T>.stride { bytesLeft.remove(offset + j) }
    }
    return bytesLeft.allSatisfy { base.load(fromByteOffset: $0, as: UInt8.self) == 0xa5 }
  }
}

/// Numbers of a dtype at which functions are likely to be wrong.
func edgeValues<S: Element>(_: S.Type) -> [S] {
  let size = MemoryLayout<S>.size
  if S.dtype == .bool { return [S(int64: 1), S(int64: 0)] }
  if S.dtype.isInteger {
    let highest = Int64.max >> (64 - 8 * Int64(size))
    return [
      0, 1, -1, 2, -2, 3, -3, 7, -7, 10, 100, -100, highest, highest - 1, -highest - 1, -highest,
    ]
    .map { S(int64: $0) }
  }
  let (least, normal, greatest): (Double, Double, Double) =
    switch S.dtype {
    case .float16: (0x1p-24, 0x1p-14, 65504)
    case .bfloat16: (0x1p-133, 0x1p-126, 0x1.fep127)
    case .float32: (0x1p-149, 0x1p-126, Double(Float.greatestFiniteMagnitude))
    default: (0x1p-1074, 0x1p-1022, Double.greatestFiniteMagnitude)
    }
  let positive = [
    0, least, 3 * least, normal, 1e-3, 0.1, 0.5, 1, 1.5, 2, 2.5, 3, 3.140625, 7, 11, 17.25, 88, 104,
    1000, greatest, .infinity,
  ]
  return (positive + positive.map { -$0 } + [.nan]).map { S(double: $0) }
}

/// How many representable values lie between two elements; integers that differ are far apart.
/// Zeros of different sign are neighbours, nans are all one.
func ulps<S: Element>(_ x: S, _ y: S) -> Int64 {
  guard S.dtype.isFloatingPoint else { return x.int64 == y.int64 ? 0 : .max }
  if x.double.isNaN || y.double.isNaN { return x.double.isNaN && y.double.isNaN ? 0 : .max }
  func ordered(_ value: S) -> Int64 {
    let bits: Int64 = withUnsafeBytes(of: value) { raw in
      switch raw.count {
      case 2: Int64(raw.load(as: Int16.self))
      case 4: Int64(raw.load(as: Int32.self))
      default: raw.load(as: Int64.self)
      }
    }
    let magnitude = bits & (Int64.max >> (64 - 8 * Int64(MemoryLayout<S>.size)))
    return bits < 0 ? -1 - magnitude : magnitude
  }
  let (difference, overflow) = ordered(x).subtractingReportingOverflow(ordered(y))
  return overflow ? .max : abs(difference)
}

/// The lengths around which vector loops begin, end and leave rests.
let oddLengths = [0, 1, 3, 7, 8, 15, 16, 17, 31, 33, 700]

/// A sequence that looks random and is the same on every run.
struct Scrambler: RandomNumberGenerator {
  var state: UInt64 = 42
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}

/// `count` elements that are small whole numbers, so that sums of them are exact.
func smallNumbers<S: Element>(_: S.Type, _ count: Int, _ range: ClosedRange<Int64>) -> [S] {
  var random = Scrambler()
  return (0..<count).map { _ in S(int64: Int64.random(in: range, using: &random)) }
}
