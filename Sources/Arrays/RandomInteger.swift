import Elements

extension Generator {
  /// Fills `count` elements with whole numbers from `range` of them that begin at `low`, as
  /// `torch.randint` and `random_` do; a range of 0 stands for all 2^64.
  ///
  /// From a range of 2^28 on, 64 random bits are drawn for each, below that 32.
  package func fillRandomInteger(
    _ output: UnsafeMutableRawPointer, dtype: DType, count: Int, low: Int64, range: UInt64
  ) {
    func fill<E: Element>(_: E.Type) {
      let elements = output.assumingMemoryBound(to: E.self)
      withState { state in
        if range == 0 || range >= 1 << 28 {
          for index in 0..<count {
            let bits = state.engine.random64()
            let offset = range == 0 ? bits : bits % range
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

  /// Fills `count` elements with whole numbers from 0 to the largest of an integer dtype, or to
  /// the largest up to which a floating-point dtype has all, as `random_` does without bounds.
  package func fillRandomInteger(_ output: UnsafeMutableRawPointer, dtype: DType, count: Int) {
    func fill<E: Element>(_: E.Type, isWide: Bool, _ limit: UInt64) {
      let elements = output.assumingMemoryBound(to: E.self)
      withState { state in
        for index in 0..<count {
          let bits = isWide ? state.engine.random64() : UInt64(state.engine.random())
          elements[index] = E(int64: Int64(bits % limit))
        }
      }
    }
    let limit: UInt64 =
      switch dtype {
      case .bool: 2
      case .uint8: 1 << 8
      case .int8: 1 << 7
      case .int16: 1 << 15
      case .int32: 1 << 31
      case .bfloat16: 1 << 8 + 1
      case .float16: 1 << 11 + 1
      case .float32: 1 << 24 + 1
      case .float64: 1 << 53 + 1
      default: 1 << 63
      }
    let isWide = dtype == .int64 || dtype == .float64
    dtype.withElement { fill($0, isWide: isWide, limit) }
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
