import Elements

extension Kernels {
  /// The loop of means under windows; floats and int64.
  ///
  /// The rows under a window are added up first, for all windows side by side.
  public static func meanPool(_ dtype: DType) -> MeanPoolLoop? {
    switch dtype {
    case .int64: meanPool(Int64.self)
    case .float16: meanPool(Float16.self)
    case .bfloat16: meanPool(BFloat16.self)
    case .float32: meanPool(Float.self)
    case .float64: meanPool(Double.self)
    default: nil
    }
  }

  /// The loop of the gradient of that.
  public static func meanPoolGradient(_ dtype: DType) -> MeanPoolLoop? {
    switch dtype {
    case .int64: meanPoolGradient(Int64.self)
    case .float16: meanPoolGradient(Float16.self)
    case .bfloat16: meanPoolGradient(BFloat16.self)
    case .float32: meanPoolGradient(Float.self)
    case .float64: meanPoolGradient(Double.self)
    default: nil
    }
  }

  private static func meanPool<S: Element>(_: S.Type) -> MeanPoolLoop
  where S.Compute: Dividable {
    { out, x, planes, windows in
      let size = MemoryLayout<S>.stride
      let (width, count) = (windows.width.size, windows.width.count)
      withBlock(of: S.Compute.self, 2 * width + count) { block in
        let (column, row, sums) = (block, block + width, block + 2 * width)
        for plane in 0..<planes {
          let source = x + plane * windows.size * size
          var target = plane * windows.count
          for d in 0..<windows.depth.count {
            for h in 0..<windows.height.count {
              column.update(repeating: 0, count: width)
              for z in stride(
                from: windows.depth.start(d), to: windows.depth.end(d), by: windows.depth.step)
              {
                for y in stride(
                  from: windows.height.start(h), to: windows.height.end(h), by: windows.height.step)
                {
                  let start = source + (z * windows.height.size + y) * width * size
                  if S.self == S.Compute.self {
                    addRow(column, start.assumingMemoryBound(to: S.Compute.self), width)
                  } else {
                    load(S.self, row, start, size, width)
                    addRow(column, row, width)
                  }
                }
              }
              let weight = windows.depth.weight(d) &* windows.height.weight(h)
              means(sums, column, windows.width, weight, windows.divisor)
              store(S.self, out + target * size, size, sums, count)
              target += count
            }
          }
        }
      }
    }
  }

  @inline(never)
  private static func addRow<T: Number>(
    _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ count: Int
  ) {
    for j in 0..<count { out[j] = T.plus(out[j], x[j]) }
  }

  @inline(never)
  private static func means<T: Dividable>(
    _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ axis: PoolAxis, _ weight: Int,
    _ divisor: Int
  ) {
    let inside = axis.inside
    if !inside.isEmpty {
      let first = axis.start(inside.lowerBound)
      let (stride, count, o) = (axis.stride, inside.count, out + inside.lowerBound)
      for i in 0..<count { o[i] = x[first &+ i &* stride] }
      for k in 1..<max(axis.length, 1) {
        let first = first + k * axis.step
        for i in 0..<count { o[i] = T.plus(o[i], x[first &+ i &* stride]) }
      }
    }
    for o in 0..<axis.count {
      if !inside.contains(o) {
        var sum: T = 0
        for j in Swift.stride(from: axis.start(o), to: axis.end(o), by: axis.step) {
          sum = T.plus(sum, x[j])
        }
        out[o] = sum
      }
      out[o] = T.divide(out[o], divisor == 0 ? weight &* axis.weight(o) : divisor)
    }
  }

  private static func meanPoolGradient<S: Element>(_: S.Type) -> MeanPoolLoop
  where S.Compute: Dividable {
    { out, g, planes, windows in
      let size = MemoryLayout<S>.stride
      let (width, count) = (windows.width.size, windows.width.count)
      // Sixteen-bit floats are added up in their computing type and rounded once.
      let isPlain = S.self == S.Compute.self
      withBlock(of: S.Compute.self, width + count + (isPlain ? 0 : windows.size)) { block in
        let (column, row) = (block, block + width)
        for plane in 0..<planes {
          let source = g + plane * windows.count * size
          let result = out + plane * windows.size * size
          let target =
            isPlain ? result.assumingMemoryBound(to: S.Compute.self) : row + count
          target.update(repeating: 0, count: windows.size)
          var place = 0
          for d in 0..<windows.depth.count {
            for h in 0..<windows.height.count {
              load(S.self, row, source + place * size, size, count)
              place += count
              let weight = windows.depth.weight(d) &* windows.height.weight(h)
              spread(column, row, windows.width, weight, windows.divisor)
              for z in stride(
                from: windows.depth.start(d), to: windows.depth.end(d), by: windows.depth.step)
              {
                for y in stride(
                  from: windows.height.start(h), to: windows.height.end(h), by: windows.height.step)
                {
                  addRow(target + (z * windows.height.size + y) * width, column, width)
                }
              }
            }
          }
          if !isPlain { store(S.self, result, size, target, windows.size) }
        }
      }
    }
  }

  @inline(never)
  private static func spread<T: Dividable>(
    _ out: UnsafeMutablePointer<T>, _ g: UnsafeMutablePointer<T>, _ axis: PoolAxis, _ weight: Int,
    _ divisor: Int
  ) {
    out.update(repeating: 0, count: axis.size)
    for o in 0..<axis.count {
      let share = T.divide(g[o], divisor == 0 ? weight &* axis.weight(o) : divisor)
      for j in Swift.stride(from: axis.start(o), to: axis.end(o), by: axis.step) {
        out[j] = T.plus(out[j], share)
      }
    }
  }
}

/// A number that is divided by how many there are.
protocol Dividable: Number {
  /// The quotient; integers are truncated.
  static func divide(_ x: Self, _ count: Int) -> Self
}

extension Float: Dividable {
  @inline(__always) static func divide(_ x: Float, _ count: Int) -> Float { x / Float(count) }
}

extension Double: Dividable {
  @inline(__always) static func divide(_ x: Double, _ count: Int) -> Double { x / Double(count) }
}

extension Int64: Dividable {
  @inline(__always) static func divide(_ x: Int64, _ count: Int) -> Int64 {
    count == 0 ? 0 : x.dividedReportingOverflow(by: Int64(count)).partialValue
  }
}
