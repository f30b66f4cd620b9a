import Elements

extension Kernels {
  /// The loop that finds where elements belong in a sorted row: before the first that is not smaller,
  /// or with `isRight` the first that is larger. nan is compared as floats are: false.
  public static func search(_ dtype: DType) -> SearchLoop? {
    switch dtype {
    case .bool, .uint8: search(UInt8.self)
    case .int8: search(Int8.self)
    case .int16: search(Int16.self)
    case .int32: search(Int32.self)
    case .int64: search(Int64.self)
    case .float16: search(Float16.self)
    case .bfloat16: search(BFloat16.self)
    case .float32: search(Float.self)
    case .float64: search(Double.self)
    case .complex64, .complex128: nil
    }
  }

  private static func search<S: Element>(_: S.Type) -> SearchLoop where S.Compute: Number {
    { out, row, length, sorter, x, count, isRight in
      let sorted = row.assumingMemoryBound(to: S.self)
      let wanted = x.assumingMemoryBound(to: S.self)
      for i in 0..<count {
        let value = wanted[i].compute
        var (low, high) = (0, length)
        while low < high {
          let middle = low &+ (high &- low) / 2
          let place = sorter.map { Int($0[middle]) } ?? middle
          let element = sorted[place].compute
          let isBehind = isRight ? element > value : element >= value
          if isBehind { high = middle } else { low = middle &+ 1 }
        }
        out[i] = Int64(low)
      }
    }
  }

  /// Compares two dense rows of `count` elements: negative, zero or positive as the first element in
  /// which they differ is smaller, there is none, or it is larger. nan is larger than every number.
  public static func compareRows(_ dtype: DType) -> CompareLoop? {
    switch dtype {
    case .bool: compareRows(Bool.self)
    case .uint8: compareRows(UInt8.self)
    case .int8: compareRows(Int8.self)
    case .int16: compareRows(Int16.self)
    case .int32: compareRows(Int32.self)
    case .int64: compareRows(Int64.self)
    case .float16: compareRows(Float16.self)
    case .bfloat16: compareRows(BFloat16.self)
    case .float32: compareRows(Float.self)
    case .float64: compareRows(Double.self)
    case .complex64, .complex128: nil
    }
  }

  private static func compareRows<S: OrderKeyed>(_: S.Type) -> CompareLoop {
    { x, y, count in
      let (left, right) = (x.assumingMemoryBound(to: S.self), y.assumingMemoryBound(to: S.self))
      for i in 0..<count {
        let (a, b) = (left[i].orderKey, right[i].orderKey)
        if a != b { return a < b ? -1 : 1 }
      }
      return 0
    }
  }
}
