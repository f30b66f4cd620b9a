import Elements

extension Kernels {
  /// The loop of the largest elements under windows; none for bool.
  ///
  /// The rows under a window are folded into one first, place by place, for all windows side by
  /// side; then come the places under each. Among equal elements the first of the window wins, so
  /// each place remembers the row that it took.
  public static func maxPool(_ dtype: DType) -> MaxPoolLoop? {
    switch dtype {
    case .uint8: maxPool(UInt8.self)
    case .int8: maxPool(Int8.self)
    case .int16: maxPool(Int16.self)
    case .int32: maxPool(Int32.self)
    case .int64: maxPool(Int64.self)
    case .float16: maxPool(Float16.self)
    case .bfloat16: maxPool(BFloat16.self)
    case .float32: maxPool(Float.self)
    case .float64: maxPool(Double.self)
    default: nil
    }
  }

  private static func maxPool<S: Element>(_: S.Type) -> MaxPoolLoop where S.Compute: Number {
    { out, indices, x, planes, windows in
      let size = MemoryLayout<S>.stride
      let (width, count) = (windows.width.size, windows.width.count)
      let indices = indices?.assumingMemoryBound(to: Int64.self)
      withBlocks(of: S.Compute.self, 2 * width + count, Int32.self, width + 2 * count) { t, i in
        let (column, row, best) = (t, t + width, t + 2 * width)
        let (rows, bestRows, places) = (i, i + width, i + width + count)
        for plane in 0..<planes {
          let source = x + plane * windows.size * size
          var target = plane * windows.count
          for d in 0..<windows.depth.count {
            for h in 0..<windows.height.count {
              var isFirst = true
              for z in stride(
                from: windows.depth.start(d), to: windows.depth.end(d), by: windows.depth.step)
              {
                for y in stride(
                  from: windows.height.start(h), to: windows.height.end(h), by: windows.height.step)
                {
                  let number = z * windows.height.size + y
                  let start = source + number * width * size
                  if isFirst {
                    load(S.self, column, start, size, width)
                    rows.update(repeating: Int32(truncatingIfNeeded: number), count: width)
                    isFirst = false
                    continue
                  }
                  var next = UnsafePointer(row)
                  if S.self == S.Compute.self {
                    next = start.assumingMemoryBound(to: S.Compute.self)
                  } else {
                    load(S.self, row, start, size, width)
                  }
                  takeLarger(
                    column, rows, next, Int32(truncatingIfNeeded: number), width)
                }
              }
              if isFirst {
                let number = windows.depth.start(d) * windows.height.size + windows.height.start(h)
                column.update(repeating: S.Compute.lowest, count: width)
                rows.update(repeating: Int32(truncatingIfNeeded: number), count: width)
              }
              largest(best, bestRows, places, column, rows, windows.width)
              store(S.self, out + target * size, size, best, count)
              if let indices {
                for o in 0..<count {
                  indices[target + o] =
                    Int64(bestRows[o]) &* Int64(truncatingIfNeeded: width) &+ Int64(places[o])
                }
              }
              target += count
            }
          }
        }
      }
    }
  }

  @inline(never)
  private static func takeLarger<T: Number>(
    _ best: UnsafeMutablePointer<T>, _ rows: UnsafeMutablePointer<Int32>, _ x: UnsafePointer<T>,
    _ row: Int32, _ count: Int
  ) {
    for j in 0..<count {
      let isTaken = x[j] > best[j] ? true : x[j].isNotANumber
      best[j] = isTaken ? x[j] : best[j]
      rows[j] = isTaken ? row : rows[j]
    }
  }

  /// The largest of the places under each window, with the row it came from.
  @inline(never)
  private static func largest<T: Number>(
    _ best: UnsafeMutablePointer<T>, _ bestRows: UnsafeMutablePointer<Int32>,
    _ places: UnsafeMutablePointer<Int32>, _ x: UnsafePointer<T>, _ rows: UnsafePointer<Int32>,
    _ axis: PoolAxis
  ) {
    let inside = axis.inside
    if !inside.isEmpty {
      let first = axis.start(inside.lowerBound)
      let (stride, count) = (axis.stride, inside.count)
      let (b, r, p) = (
        best + inside.lowerBound, bestRows + inside.lowerBound, places + inside.lowerBound
      )
      for o in 0..<count {
        let place = first &+ o &* stride
        b[o] = x[place]
        r[o] = rows[place]
        p[o] = Int32(truncatingIfNeeded: place)
      }
      for k in 1..<max(axis.length, 1) {
        let first = first + k * axis.step
        for o in 0..<count {
          let place = first &+ o &* stride
          let isTaken = isBetter(x[place], rows[place], b[o], r[o])
          b[o] = isTaken ? x[place] : b[o]
          r[o] = isTaken ? rows[place] : r[o]
          p[o] = isTaken ? Int32(truncatingIfNeeded: place) : p[o]
        }
      }
    }
    for o in 0..<axis.count where !inside.contains(o) {
      let start = axis.start(o)
      let isEmpty = axis.end(o) == start
      var (value, row, place) = (isEmpty ? T.lowest : x[start], rows[start], start)
      // The step may be so large that there is no number behind the first.
      if axis.end(o) - start > axis.step {
        for j in Swift.stride(from: start + axis.step, to: axis.end(o), by: axis.step)
        where isBetter(x[j], rows[j], value, row) {
          (value, row, place) = (x[j], rows[j], j)
        }
      }
      best[o] = value
      bestRows[o] = row
      places[o] = Int32(truncatingIfNeeded: place)
    }
  }

  /// True when an element wins over one that is further to the left. All sides are evaluated, which
  /// vectorises.
  @inline(__always)
  private static func isBetter<T: Number>(_ x: T, _ row: Int32, _ best: T, _ bestRow: Int32) -> Bool
  {
    let (isAbove, isLevel) = (row < bestRow, row >= bestRow)
    let isFirst = x == best ? isAbove : false
    let isLast = best.isNotANumber ? isLevel : true
    let isTaken = x.isNotANumber ? isLast : isFirst
    return x > best ? true : isTaken
  }
}
