extension Generator {
  /// Bytes in a saved state.
  public static let stateSize = 5056

  /// The whole state, to be saved with a checkpoint.
  ///
  /// The layout is that of `torch.get_rng_state()`, so states may be exchanged with PyTorch:
  /// little-endian; seed (8 bytes), left (4), seeded (4), next (8), 624 words of 8 bytes, 8 bytes
  /// unused, the spare normal number (8), 8 unused, whether there is one (4), the rest unused.
  public var state: [UInt8] {
    withState { state in
      var bytes: [UInt8] = []
      bytes.reserveCapacity(Self.stateSize)
      bytes.appendWord(state.engine.seed)
      bytes.appendWord(UInt64(state.engine.left) | 1 << 32)
      bytes.appendWord(UInt64(state.engine.next))
      for index in 0..<MersenneTwister.size {
        bytes.appendWord(UInt64(state.engine.words[index]))
      }
      bytes.appendWord(0)
      bytes.appendWord((state.spareNormal ?? 0).bitPattern)
      bytes.appendWord(0)
      bytes.appendWord(state.spareNormal == nil ? 0 : 1)
      bytes.appendWord(0)
      return bytes
    }
  }

  /// Goes back to a state that `state` gave, or PyTorch.
  ///
  /// Returns false, and changes nothing, if these bytes are no such state.
  public func restore(_ bytes: [UInt8]) -> Bool {
    guard bytes.count == Self.stateSize else { return false }
    let leftAndSeeded = bytes.word(1)
    guard leftAndSeeded >> 32 != 0 else { return false }
    var words = InlineArray<624, UInt32>(repeating: 0)
    for index in 0..<MersenneTwister.size {
      words[index] = UInt32(truncatingIfNeeded: bytes.word(3 + index))
    }
    let engine = MersenneTwister(
      seed: bytes.word(0), left: Int(leftAndSeeded & 0xffff_ffff),
      next: Int(clamping: bytes.word(2)), words: words)
    guard let engine else { return false }
    let spare = Double(bitPattern: bytes.word(628))
    let hasSpare = bytes.word(630) & 0xffff_ffff != 0
    withState { state in
      state.engine = engine
      state.spareNormal = hasSpare ? spare : nil
    }
    return true
  }
}

extension [UInt8] {
  fileprivate mutating func appendWord(_ word: UInt64) {
    for shift in stride(from: 0, to: 64, by: 8) {
      append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
    }
  }

  fileprivate func word(_ index: Int) -> UInt64 {
    self[(8 * index)..<(8 * index + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
