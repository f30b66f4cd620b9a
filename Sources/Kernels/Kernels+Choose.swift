import Elements

extension Kernels {
  /// The loop `out[i] = condition[i] ? x[i] : y[i]`; it depends on the element's size alone.
  /// `out` may be `x` or `y`.
  public static func choose(_ dtype: DType) -> TernaryLoop {
    switch dtype.size {
    case 1: choose(UInt8.self)
    case 2: choose(UInt16.self)
    case 4: choose(UInt32.self)
    case 8: choose(UInt64.self)
    default: choose(Pair.self)
    }
  }

  private static func choose<T: BitwiseCopyable>(_: T.Type) -> TernaryLoop {
    { out, outStride, condition, conditionStride, x, xStride, y, yStride, count in
      let size = MemoryLayout<T>.stride
      if outStride == size, conditionStride == 1, xStride == size || xStride == 0,
        yStride == size || yStride == 0, count > 0
      {
        return dense(
          out.assumingMemoryBound(to: T.self), condition.assumingMemoryBound(to: UInt8.self),
          x.assumingMemoryBound(to: T.self), xStride == 0,
          y.assumingMemoryBound(to: T.self), yStride == 0, count)
      }
      for i in 0..<count {
        let isTrue = (condition + i * conditionStride).load(as: UInt8.self) != 0
        let chosen = isTrue ? x + i * xStride : y + i * yStride
        (out + i * outStride).assumingMemoryBound(to: T.self).pointee =
          chosen.assumingMemoryBound(to: T.self).pointee
      }
    }
  }
  /// Both sides are read whatever the condition, so that the choice is a blend, not a branch.
  @inline(never)
  private static func dense<T: BitwiseCopyable>(
    _ out: UnsafeMutablePointer<T>, _ condition: UnsafePointer<UInt8>,
    _ x: UnsafePointer<T>, _ xRepeats: Bool, _ y: UnsafePointer<T>, _ yRepeats: Bool, _ count: Int
  ) {
    let (left, right) = (x[0], y[0])
    switch (xRepeats, yRepeats) {
    case (false, false):
      for i in 0..<count {
        let (first, second) = (x[i], y[i])
        out[i] = condition[i] != 0 ? first : second
      }
    case (false, true):
      for i in 0..<count {
        let first = x[i]
        out[i] = condition[i] != 0 ? first : right
      }
    case (true, false):
      for i in 0..<count {
        let second = y[i]
        out[i] = condition[i] != 0 ? left : second
      }
    case (true, true):
      for i in 0..<count { out[i] = condition[i] != 0 ? left : right }
    }
  }
}
