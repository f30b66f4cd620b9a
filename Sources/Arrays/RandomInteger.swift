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
      withState { state in
        if UInt64(count) < UInt64(UInt32.max / 20) {
          // Fisher and Yates, forwards.
          for index in 0..<count { elements[index] = E(int64: Int64(index)) }
          for index in 0..<(count - 1) {
            let other = index + Int(UInt64(state.engine.random()) % UInt64(count - index))
            let element = elements[index]
            elements[index] = elements[other]
            elements[other] = element
          }
        } else {
          // The modulo of 32 bits would favour small numbers, and so large a memory is better
          // written once: the "inside-out" variant, with 64 bits.
          for index in 0..<count {
            let other = Int(state.engine.random64() % UInt64(index + 1))
            elements[index] = elements[other]
            elements[other] = E(int64: Int64(index))
          }
        }
      }
    }
    guard count > 0 else { return }
    dtype.withElement { fill($0) }
  }
}
