import Elements

extension Kernels {
  /// The loop of convolutions of planes by one window each; float32 and float64 only.
  public static func planeConvolution(_ dtype: DType) -> PlaneConvolutionLoop? {
    switch dtype {
    case .float32: planeConvolution(Float.self)
    case .float64: planeConvolution(Double.self)
    default: nil
    }
  }

  private static func planeConvolution<T: TileScalar>(_: T.Type) -> PlaneConvolutionLoop {
    { convolution, planes in SlidingPlanes<T>(convolution).compute(planes) }
  }
}

/// Planes that slide over under windows, some rows at a time. A strip of rows is copied between
/// margins of zeros first, so that no window has an edge.
private struct SlidingPlanes<T: TileScalar> {
  private let c: PlaneConvolution
  /// Elements of a row of the strip.
  private let rowWidth: Int
  /// How many rows of results are computed from a strip.
  private let stripRows: Int

  private static var lanes: Int { T.Lanes.scalarCount }
  /// Rows of the strip beyond those of results.
  private var reach: Int { (c.windowHeight &- 1) &* c.down }

  init(_ convolution: PlaneConvolution) {
    c = convolution
    let blocks = (c.outWidth &+ Self.lanes &- 1) / Self.lanes
    let windows = blocks &* Self.lanes &+ (c.windowWidth &- 1) &* c.right
    rowWidth = max(windows, c.left &+ c.width)
    // So many that most of a strip's rows are its own, and all of them stay in the nearest cache.
    stripRows = min(c.outHeight, max((c.windowHeight &- 1) &* c.down, 4096 / rowWidth, 1))
  }

  func compute(_ planes: Range<Int>) {
    let windowSize = c.windowHeight &* c.windowWidth
    let count = (stripRows &+ reach) &* rowWidth
    withBlock(of: T.self, count &+ windowSize) { strip in
      strip.initialize(repeating: 0, count: count &+ windowSize)
      let w = strip + count
      for plane in planes {
        let channel = plane % c.channels
        let window = c.w.assumingMemoryBound(to: T.self) + channel &* windowSize
        for k in 0..<windowSize { w[k] = window[c.isTurned ? windowSize &- 1 &- k : k] }
        let bias = c.bias.map { $0.assumingMemoryBound(to: T.self)[channel] } ?? 0
        for start in stride(from: 0, to: c.outHeight, by: stripRows) {
          let rows = min(stripRows, c.outHeight &- start)
          copy(plane, from: start &- c.top, rows &+ reach, strip)
          let place = (plane &* c.outHeight &+ start) &* c.outWidth
          let out = c.out.assumingMemoryBound(to: T.self) + place
          if c.windowWidth == 3 && c.windowHeight == 3 && c.down == 1 && c.right == 1 {
            convolveByNine(out, strip, w, rows, bias)
          } else {
            convolve(out, strip, w, rows, bias)
          }
        }
      }
    }
  }

  /// Fills the strip with rows of a plane, some of which may lie above or below it.
  private func copy(_ plane: Int, from first: Int, _ rows: Int, _ strip: UnsafeMutablePointer<T>) {
    let x = c.x.assumingMemoryBound(to: T.self) + (plane &* c.height &* c.width)
    let visible = min(c.width, rowWidth &- c.left)
    for i in 0..<rows {
      let (row, target) = (first &+ i, strip + (i &* rowWidth &+ c.left))
      if row < 0 || row >= c.height {
        target.update(repeating: 0, count: visible)
      } else if visible < Self.lanes {
        target.update(from: x + row &* c.width, count: visible)
      } else {
        let source = x + row &* c.width
        for j in stride(from: 0, to: visible &- Self.lanes, by: Self.lanes) {
          T.store(T.load(source + j), target + j)
        }
        let last = visible &- Self.lanes
        T.store(T.load(source + last), target + last)
      }
    }
  }

  /// Calls `body` with the beginnings of two blocks of a row, of which the last overlaps the one
  /// before. Two at a time, because sums of one wait for each other.
  @inline(__always)
  private func forEachBlocks(_ body: (Int, Int) -> Void) {
    let last = max(0, c.outWidth &- Self.lanes)
    var j = 0
    while j < c.outWidth {
      let second = min(j &+ Self.lanes, last)
      body(min(j, last), second)
      j = second &+ Self.lanes
    }
  }

  /// Some rows of results.
  @inline(never)
  private func convolve(
    _ out: UnsafeMutablePointer<T>, _ strip: UnsafePointer<T>, _ w: UnsafePointer<T>, _ rows: Int,
    _ bias: T
  ) {
    for i in 0..<rows {
      forEachBlocks { first, second in
        var (left, right) = (T.Lanes(repeating: bias), T.Lanes(repeating: bias))
        var (x, w) = (strip + i &* rowWidth, w)
        for _ in 0..<c.windowHeight {
          for b in 0..<c.windowWidth {
            let place = x + b &* c.right
            T.addProduct(&left, w[b], T.load(place + first))
            T.addProduct(&right, w[b], T.load(place + second))
          }
          x += c.down &* rowWidth
          w += c.windowWidth
        }
        let target = out + i &* c.outWidth
        store(left, target + first)
        store(right, target + second)
      }
    }
  }

  /// The same for windows of three neighbours in three neighbouring rows: two rows of results at a
  /// time, which share what they read, with the window in registers.
  @inline(never)
  private func convolveByNine(
    _ out: UnsafeMutablePointer<T>, _ strip: UnsafePointer<T>, _ w: UnsafePointer<T>, _ rows: Int,
    _ bias: T
  ) {
    let (w0, w1, w2, w3, w4, w5) = (w[0], w[1], w[2], w[3], w[4], w[5])
    let (w6, w7, w8) = (w[6], w[7], w[8])
    var j = 0
    while j < c.outWidth {
      let start = max(0, min(j, c.outWidth &- Self.lanes))
      var x = strip + start
      var target = out + start
      for _ in 0..<rows / 2 {
        var (upper, lower) = (T.Lanes(repeating: bias), T.Lanes(repeating: bias))
        addRow(&upper, x, w0, w1, w2)
        x += rowWidth
        addRow(&upper, x, w3, w4, w5)
        addRow(&lower, x, w0, w1, w2)
        let next = x
        x += rowWidth
        addRow(&upper, x, w6, w7, w8)
        addRow(&lower, x, w3, w4, w5)
        addRow(&lower, x + rowWidth, w6, w7, w8)
        store(upper, target)
        store(lower, target + c.outWidth)
        x = next + rowWidth
        target += 2 &* c.outWidth
      }
      if rows % 2 == 1 {
        var sum = T.Lanes(repeating: bias)
        addRow(&sum, x, w0, w1, w2)
        addRow(&sum, x + rowWidth, w3, w4, w5)
        addRow(&sum, x + 2 &* rowWidth, w6, w7, w8)
        store(sum, target)
      }
      j = start &+ Self.lanes
    }
  }

  @inline(__always)
  private func addRow(_ sum: inout T.Lanes, _ x: UnsafePointer<T>, _ a: T, _ b: T, _ c: T) {
    T.addProduct(&sum, a, T.load(x))
    T.addProduct(&sum, b, T.load(x + 1))
    T.addProduct(&sum, c, T.load(x + 2))
  }

  /// Writes a block, or as much of it as there is.
  @inline(__always)
  private func store(_ sum: T.Lanes, _ out: UnsafeMutablePointer<T>) {
    if c.outWidth >= Self.lanes {
      T.store(sum, out)
      return
    }
    withUnsafeBytes(of: sum) { bytes in
      if let base = bytes.baseAddress {
        UnsafeMutableRawPointer(out)
          .copyMemory(from: base, byteCount: c.outWidth &* MemoryLayout<T>.stride)
      }
    }
  }
}
