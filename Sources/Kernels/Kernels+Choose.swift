import Elements

extension Kernels {
  /// The loop `out[i] = condition[i] ? x[i] : y[i]`; it depends on the element's size alone.
  /// `out` may be `x` or `y`.
  public static func choose(_ dtype: DType) -> TernaryLoop {
    switch dtype.size {
    case 1: choose(UInt8.self)
    case 2: choose(UInt16.self)
    case 4: choose(UInt32.self)
    default: choose(UInt64.self)
    }
  }

  private static func choose<T: BitwiseCopyable>(_: T.Type) -> TernaryLoop {
    { out, outStride, condition, conditionStride, x, xStride, y, yStride, count in
      let size = MemoryLayout<T>.stride
      if outStride == size, conditionStride == 1, xStride == size, yStride == size {
        let results = out.assumingMemoryBound(to: T.self)
        let bytes = condition.assumingMemoryBound(to: UInt8.self)
        let left = x.assumingMemoryBound(to: T.self)
        let right = y.assumingMemoryBound(to: T.self)
        for i in 0..<count {
          // Both are read whatever the condition, so that the choice is a blend, not a branch.
          let (first, second) = (left[i], right[i])
          results[i] = bytes[i] != 0 ? first : second
        }
        return
      }
      for i in 0..<count {
        let isTrue = (condition + i * conditionStride).load(as: UInt8.self) != 0
        let chosen = isTrue ? x + i * xStride : y + i * yStride
        (out + i * outStride).assumingMemoryBound(to: T.self).pointee =
          chosen.assumingMemoryBound(to: T.self).pointee
      }
    }
  }
}
