import Elements

extension Kernels {
  /// The loop of the largest elements under windows; none for bool.
  public static func maxPool(_ dtype: DType) -> MaxPoolLoop? {
    switch dtype {
    case .uint8: maxPool(UInt8.self)
    case .int8: maxPool(Int8.self)
    case .int16: maxPool(Int16.self)
    case .int32: maxPool(Int32.self)
    case .int64: maxPool(Int64.self)
    case .float16: maxPool(lanes: Float16.self)
    case .bfloat16: maxPool(lanes: BFloat16.self)
    case .float32: maxPool(lanes: Float.self)
    case .float64: maxPool(lanes: Double.self)
    default: nil
    }
  }

  private static func maxPool<S: Element>(_: S.Type) -> MaxPoolLoop where S.Compute: Number {
    { forEachPooledRow($0, $1, $2, $3, $4) { (row: PooledRow<S>) in row.compute() } }
  }

  private static func maxPool<S: Element>(lanes: S.Type) -> MaxPoolLoop where S.Compute: PoolLane {
    { forEachPooledRow($0, $1, $2, $3, $4) { (row: PooledRow<S>) in row.computeInBlocks() } }
  }

  @inline(__always)
  private static func forEachPooledRow<S: Element>(
    _ out: UnsafeMutableRawPointer, _ indices: UnsafeMutableRawPointer?, _ x: UnsafeRawPointer,
    _ planes: Int, _ windows: PoolWindows, _ body: (PooledRow<S>) -> Void
  ) where S.Compute: Number {
    let out = out.assumingMemoryBound(to: S.self)
    let indices = indices?.assumingMemoryBound(to: Int64.self)
    let x = x.assumingMemoryBound(to: S.self)
    let end = x + planes * windows.size
    var target = 0
    for plane in 0..<planes {
      for d in 0..<windows.depth.count {
        for h in 0..<windows.height.count {
          body(
            PooledRow(
              out: out + target, indices: indices.map { $0 + target },
              plane: x + plane * windows.size, end: end, windows: windows, d: d, h: h))
          target += windows.width.count
        }
      }
    }
  }
}

/// The windows over some rows of a plane, side by side.
private struct PooledRow<S: Element> where S.Compute: Number {
  let out: UnsafeMutablePointer<S>
  let indices: UnsafeMutablePointer<Int64>?
  let plane: UnsafePointer<S>
  /// Behind all that may be read.
  let end: UnsafePointer<S>
  let windows: PoolWindows
  let d: Int
  let h: Int

  /// Calls `body` with the place at which each row under the windows begins.
  @inline(__always)
  func forEachRow(_ body: (Int) -> Void) {
    let (depth, height, width) = (windows.depth, windows.height, windows.width.size)
    for z in stride(from: depth.start(d), to: depth.end(d), by: depth.step) {
      for y in stride(from: height.start(h), to: height.end(h), by: height.step) {
        body((z &* height.size &+ y) &* width)
      }
    }
  }

  /// What is taken where nothing is above the lowest number.
  func firstPlace(_ start: Int) -> Int {
    let row = windows.depth.start(d) &* windows.height.size &+ windows.height.start(h)
    return row &* windows.width.size &+ start
  }

  /// One window, of which a part may lie beside the plane.
  func window(_ o: Int) {
    let axis = windows.width
    let start = axis.start(o)
    var best = S.Compute.lowest
    var place = firstPlace(start)
    forEachRow { row in
      for j in stride(from: start, to: axis.end(o), by: axis.step) {
        let candidate = plane[row &+ j].widened
        if candidate > best || candidate.isNotANumber { (best, place) = (candidate, row &+ j) }
      }
    }
    out[o] = S(narrowing: best)
    indices?[o] = Int64(truncatingIfNeeded: place)
  }

  @inline(never)
  func compute() {
    for o in 0..<windows.width.count { window(o) }
  }
}

/// Numbers of which sixteen candidates are compared at once.
private protocol PoolLane: Number, SIMDScalar, Codable, Hashable {
  /// A place in a plane, as wide as the number.
  associatedtype Place: FixedWidthInteger & SIMDScalar

  /// Takes candidates that are larger than the best before them, or nan, and remembers where.
  static func take(
    _ candidates: SIMD16<Self>, at place: Place, _ best: inout SIMD16<Self>,
    _ places: inout SIMD16<Place>)
}

// Vectors are compared by single instructions only where their type is known.
extension Float: PoolLane {
  @inline(__always)
  fileprivate static func take(
    _ candidates: SIMD16<Float>, at place: Int32, _ best: inout SIMD16<Float>,
    _ places: inout SIMD16<Int32>
  ) {
    let isTaken = (candidates .> best) .| (candidates .!= candidates)
    best.replace(with: candidates, where: isTaken)
    places.replace(with: place, where: isTaken)
  }
}

extension Double: PoolLane {
  @inline(__always)
  fileprivate static func take(
    _ candidates: SIMD16<Double>, at place: Int64, _ best: inout SIMD16<Double>,
    _ places: inout SIMD16<Int64>
  ) {
    let isTaken = (candidates .> best) .| (candidates .!= candidates)
    best.replace(with: candidates, where: isTaken)
    places.replace(with: place, where: isTaken)
  }
}

extension PooledRow where S.Compute: PoolLane {
  private typealias Place = S.Compute.Place

  /// The same, of windows that lie inside in blocks.
  @inline(never)
  func computeInBlocks() {
    let axis = windows.width
    let inside = windows.size > Int32.max ? 0..<0 : axis.inside
    let blockReach = 15 &* axis.stride &+ (axis.length &- 1) &* axis.step
    let lastRow =
      ((windows.depth.end(d) &- 1) &* windows.height.size &+ windows.height.end(h) &- 1)
      &* axis.size
    var o = 0
    while o < axis.count {
      guard inside.contains(o) else {
        window(o)
        o += 1
        continue
      }
      // The last windows are looked at twice where they are fewer than a block. What a block reads
      // beyond them is discarded, but has to be there.
      let first = max(inside.lowerBound, min(o, inside.upperBound - 16))
      let count = min(16, inside.upperBound - first)
      if axis.stride > 64 || plane + (lastRow + axis.start(first) + blockReach) >= end {
        for o in first..<first + count { window(o) }
      } else {
        // Of a stride that the compiler knows, neighbours are loaded together.
        switch axis.stride {
        case 1: block(first, count, stride: 1)
        case 2: block(first, count, stride: 2)
        default: block(first, count, stride: axis.stride)
        }
      }
      o = first + count
    }
  }

  @inline(__always)
  private func block(_ first: Int, _ count: Int, stride: Int) {
    let start = windows.width.start(first)
    var best = SIMD16<S.Compute>(repeating: .lowest)
    var places = SIMD16<Place>(repeating: Place(truncatingIfNeeded: firstPlace(start)))
    forEachRow { row in
      var place = row &+ start
      for _ in 0..<windows.width.length {
        S.Compute.take(
          lanes(plane + place, stride), at: Place(truncatingIfNeeded: place), &best, &places)
        place &+= windows.width.step
      }
    }
    for j in 0..<count { out[first &+ j] = S(narrowing: best[j]) }
    guard let indices else { return }
    for j in 0..<count {
      indices[first &+ j] = Int64(truncatingIfNeeded: places[j]) &+ Int64(j &* stride)
    }
  }

  /// One element for each window of a block.
  @inline(__always)
  private func lanes(_ x: UnsafePointer<S>, _ stride: Int) -> SIMD16<S.Compute> {
    var lanes = SIMD16<S.Compute>()
    for j in 0..<16 { lanes[j] = x[j &* stride].widened }
    return lanes
  }
}
