/// The Mersenne Twister of 32 bits (Matsumoto and Nishimura, 1998), as PyTorch's CPU generator
/// runs it: the same seed gives the same numbers.
struct MersenneTwister: Sendable {
  static let size = 624
  private static let middle = 397

  private(set) var words = InlineArray<624, UInt32>(repeating: 0)
  /// One more than the words that are still to be handed out.
  private(set) var left = 1
  /// The word that is handed out next; 0 in a fresh engine, which twists first.
  private(set) var next = 0
  /// The seed as it was given, though only its lower half counts.
  let seed: UInt64

  init(seed: UInt64) {
    self.seed = seed
    words[0] = UInt32(truncatingIfNeeded: seed)
    for index in 1..<Self.size {
      let previous = words[index - 1]
      words[index] = 1_812_433_253 &* (previous ^ (previous >> 30)) &+ UInt32(index)
    }
  }

  /// An engine in the middle of its sequence, or nil if these numbers are no such place.
  init?(seed: UInt64, left: Int, next: Int, words: InlineArray<624, UInt32>) {
    guard 1...Self.size ~= left, 0...Self.size ~= next, left - 1 <= Self.size - next else {
      return nil
    }
    self.seed = seed
    self.left = left
    self.next = next
    self.words = words
  }

  /// 32 random bits.
  @inline(__always)
  mutating func random() -> UInt32 {
    left &-= 1
    if left == 0 { twist() }
    var word = words[next]
    next &+= 1
    word ^= word >> 11
    word ^= (word << 7) & 0x9d2c_5680
    word ^= (word << 15) & 0xefc6_0000
    return word ^ (word >> 18)
  }

  /// 64 random bits; the first draw is the upper half.
  @inline(__always)
  mutating func random64() -> UInt64 {
    let upper = UInt64(random())
    return upper << 32 | UInt64(random())
  }

  /// A multiple of 2^-24 in [0, 1).
  @inline(__always)
  mutating func uniformFloat() -> Float { Float(random() & 0xff_ffff) * 0x1p-24 }

  /// A multiple of 2^-53 in [0, 1).
  @inline(__always)
  mutating func uniformDouble() -> Double { Double(random64() & 0x1f_ffff_ffff_ffff) * 0x1p-53 }

  @inline(never)
  private mutating func twist() {
    left = Self.size
    next = 0
    let (size, middle) = (Self.size, Self.middle)
    for index in 0..<(size - middle) {
      words[index] = words[index + middle] ^ mixed(words[index], words[index + 1])
    }
    for index in (size - middle)..<(size - 1) {
      words[index] = words[index + middle - size] ^ mixed(words[index], words[index + 1])
    }
    words[size - 1] = words[middle - 1] ^ mixed(words[size - 1], words[0])
  }

  @inline(__always)
  private func mixed(_ upper: UInt32, _ lower: UInt32) -> UInt32 {
    let bits = (upper & 0x8000_0000) | (lower & 0x7fff_ffff)
    return (bits >> 1) ^ (0 &- (lower & 1)) & 0x9908_b0df
  }
}
