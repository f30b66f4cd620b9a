import Elements

extension Generator {
  /// Fills `count` elements with whole numbers from [low, high), as `torch.randint` does.
  ///
  /// From a range of 2^28 on, 64 random bits are drawn for each, below that 32. Nothing happens
  /// when the range is empty, which the operators refuse before.
  package func fillRandomInteger(
    _ output: UnsafeMutableRawPointer, dtype: DType, count: Int, low: Int64, high: Int64
  ) {
    guard low < high else { return }
    let range = UInt64(bitPattern: high &- low)
    func fill<E: Element>(_: E.Type) {
      let elements = output.assumingMemoryBound(to: E.self)
      withState { state in
        if range >= 1 << 28 {
          for index in 0..<count {
            let offset = state.engine.random64() % range
            elements[index] = E(int64: low &+ Int64(bitPattern: offset))
          }
        } else {
          let range = UInt32(truncatingIfNeeded: range)
          for index in 0..<count {
            let offset = state.engine.random() % range
            elements[index] = E(int64: low &+ Int64(offset))
          }
        }
      }
    }
    dtype.withElement { fill($0) }
  }

  /// Fills `count` elements with the numbers from 0 to `count - 1` in random order, as
  /// `torch.randperm` does.
  package func fillRandomPermutation(
    _ output: UnsafeMutableRawPointer, dtype: DType, count: Int
  ) {
    func fill<E: Element>(_: E.Type) {
      let elements = output.assumingMemoryBound(to: E.self)
      for index in 0..<count { elements[index] = E(int64: Int64(index)) }
      // Fisher and Yates, forwards. With 32 bits the modulo would favour small numbers in long
      // permutations.
      let needsMoreBits = UInt64(count) >= UInt64(UInt32.max / 20)
      withState { state in
        for index in 0..<(count - 1) {
          let rest = UInt64(count - index)
          let bits = needsMoreBits ? state.engine.random64() : UInt64(state.engine.random())
          let other = index + Int(bits % rest)
          let element = elements[index]
          elements[index] = elements[other]
          elements[other] = element
        }
      }
    }
    guard count > 0 else { return }
    dtype.withElement { fill($0) }
  }
}
