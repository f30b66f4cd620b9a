import Elements

extension Kernels {
  /// The loop of a pass over channels; float32 and float64 only.
  public static func channels(_ op: ChannelOperation, _ dtype: DType) -> ChannelLoop? {
    switch dtype {
    case .float32: channels(op, Float.self)
    case .float64: channels(op, Double.self)
    default: nil
    }
  }

  private static func channels<T: Real>(_ op: ChannelOperation, _: T.Type) -> ChannelLoop {
    switch op {
    case .sum: { Channels<T>($0, $1).sum() }
    case .deviations: { Channels<T>($0, $1).deviations() }
    case .products: { Channels<T>($0, $1).products() }
    case .scale: { Channels<T>($0, $1).scale() }
    case .gradient: { Channels<T>($0, $1).gradient() }
    }
  }
}

/// A pass over some channels. Where a channel has one element in a row, vectors go across the
/// channels.
private struct Channels<T: Real> {
  let pass: ChannelPass
  let range: Range<Int>
  let x: UnsafePointer<T>
  let g: UnsafePointer<T>
  let mean: UnsafePointer<T>

  init(_ pass: ChannelPass, _ range: Range<Int>) {
    (self.pass, self.range) = (pass, range)
    x = pass.x.assumingMemoryBound(to: T.self)
    g = pass.g.assumingMemoryBound(to: T.self)
    mean = pass.mean.assumingMemoryBound(to: T.self)
  }

  private var first: Int { range.lowerBound }
  private var width: Int { range.count }
  /// Rows whose sums of columns are kept apart.
  private var blockRows: Int { 128 }

  /// The position of the first element of a channel in a row.
  private func position(_ row: Int, _ channel: Int) -> Int {
    (row &* pass.channels &+ channel) &* pass.inner
  }

  private func numbers(_ pointer: UnsafeRawPointer) -> UnsafePointer<T> {
    pointer.assumingMemoryBound(to: T.self)
  }

  private func results(_ pointer: UnsafeMutableRawPointer) -> UnsafeMutablePointer<T> {
    pointer.assumingMemoryBound(to: T.self)
  }

  func sum() {
    let out = results(pass.out) + first
    if pass.inner == 1 {
      let stride = pass.channels * MemoryLayout<T>.stride
      return foldColumns(DenseSum<T>.self, out, x + first, stride, pass.rows, width)
    }
    addRows(out) { position, _ in foldRow(DenseSum<T>.self, x + position, pass.inner) }
  }

  func deviations() {
    let out = results(pass.out) + first
    if pass.inner != 1 {
      addRows(out) { position, channel in squares(x + position, mean[channel], pass.inner) }
      return
    }
    addBlocks(out) { row, sums in
      addSquares(sums, x + position(row, first), mean + first, width)
    }
  }

  func products() {
    let (out, other) = (results(pass.out) + first, results(pass.other) + first)
    if pass.inner != 1 {
      addRows(out) { position, _ in foldRow(DenseSum<T>.self, g + position, pass.inner) }
      addRows(other) { position, channel in
        centeredProducts(g + position, x + position, mean[channel], pass.inner)
      }
      return
    }
    let stride = pass.channels * MemoryLayout<T>.stride
    foldColumns(DenseSum<T>.self, out, g + first, stride, pass.rows, width)
    addBlocks(other) { row, sums in
      let start = position(row, first)
      addProducts(sums, g + start, x + start, mean + first, width)
    }
  }

  func scale() {
    let (out, b, d) = (results(pass.out), numbers(pass.b), numbers(pass.d))
    for row in 0..<pass.rows {
      if pass.inner == 1 {
        let start = position(row, first)
        Kernels.scaleColumns(
          out + start, x + start, mean + first, b + first, d + first, width)
        continue
      }
      for channel in range {
        let start = position(row, channel)
        Kernels.scaleRow(
          out + start, x + start, mean[channel], b[channel], d[channel], pass.inner)
      }
    }
  }

  func gradient() {
    let (out, a) = (results(pass.out), numbers(pass.a))
    let (b, d) = (numbers(pass.b), numbers(pass.d))
    for row in 0..<pass.rows {
      if pass.inner == 1 {
        let start = position(row, first)
        Kernels.gradientColumns(
          out + start, g + start, x + start, mean + first, a + first, b + first, d + first, width)
        continue
      }
      for channel in range {
        let start = position(row, channel)
        Kernels.gradientRow(
          out + start, g + start, x + start, mean[channel], a[channel], b[channel], d[channel],
          pass.inner)
      }
    }
  }

  /// The sums over rows of what `term` gives for each channel, in float64.
  @inline(__always)
  private func addRows(
    _ out: UnsafeMutablePointer<T>, _ term: (_ position: Int, _ channel: Int) -> T
  ) {
    withBlock(of: Double.self, width) { totals in
      totals.update(repeating: 0, count: width)
      for row in 0..<pass.rows {
        for channel in range {
          totals[channel - first] += Double(term(position(row, channel), channel))
        }
      }
      for i in 0..<width { out[i] = T(totals[i]) }
    }
  }

  /// The sums over rows of what `add` adds for all channels, in blocks, so that rounding errors grow
  /// with their number only.
  @inline(__always)
  private func addBlocks(
    _ out: UnsafeMutablePointer<T>, _ add: (_ row: Int, _ sums: UnsafeMutablePointer<T>) -> Void
  ) {
    out.update(repeating: 0, count: width)
    withBlock(of: T.self, width) { sums in
      for start in stride(from: 0, to: pass.rows, by: blockRows) {
        sums.update(repeating: 0, count: width)
        for row in start..<min(start + blockRows, pass.rows) { add(row, sums) }
        for i in 0..<width { out[i] += sums[i] }
      }
    }
  }

  private func addSquares(
    _ sums: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ mean: UnsafePointer<T>, _ count: Int
  ) {
    for i in 0..<count {
      let difference = x[i] - mean[i]
      sums[i] += difference * difference
    }
  }

  private func addProducts(
    _ sums: UnsafeMutablePointer<T>, _ g: UnsafePointer<T>, _ x: UnsafePointer<T>,
    _ mean: UnsafePointer<T>, _ count: Int
  ) {
    for i in 0..<count { sums[i] += g[i] * (x[i] - mean[i]) }
  }

  private func squares(_ x: UnsafePointer<T>, _ mean: T, _ count: Int) -> T {
    centeredSum(x, x, mean, count) { _, difference in difference * difference }
  }

  private func centeredProducts(
    _ g: UnsafePointer<T>, _ x: UnsafePointer<T>, _ mean: T, _ count: Int
  ) -> T {
    centeredSum(g, x, mean, count) { $0 * $1 }
  }

  /// The sum of `term` of `g` and `x - mean`, in as many sums as `foldRow` has, and in halves.
  @inline(__always)
  private func centeredSum(
    _ g: UnsafePointer<T>, _ x: UnsafePointer<T>, _ mean: T, _ count: Int,
    _ term: (T, T) -> T
  ) -> T {
    var total: T = 0
    var start = 0
    while start < count {
      let end = min(start + 4096, count)
      var sums = InlineArray<32, T> { _ in 0 }
      var i = start
      while i &+ 32 <= end {
        for j in 0..<32 { sums[unchecked: j] += term(g[i &+ j], x[i &+ j] - mean) }
        i &+= 32
      }
      var sum: T = 0
      while i < end {
        sum += term(g[i], x[i] - mean)
        i &+= 1
      }
      var half = 16
      while half > 0 {
        for j in 0..<half { sums[unchecked: j] += sums[unchecked: j &+ half] }
        half /= 2
      }
      total += sum + sums[unchecked: 0]
      start = end
    }
    return total
  }
}

extension Kernels {
  @inline(never)
  fileprivate static func scaleRow<T: Real>(
    _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ mean: T, _ b: T, _ d: T, _ count: Int
  ) {
    for i in 0..<count { out[i] = (x[i] - mean) * b + d }
  }

  @inline(never)
  fileprivate static func scaleColumns<T: Real>(
    _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ mean: UnsafePointer<T>,
    _ b: UnsafePointer<T>, _ d: UnsafePointer<T>, _ count: Int
  ) {
    for i in 0..<count { out[i] = (x[i] - mean[i]) * b[i] + d[i] }
  }

  @inline(never)
  fileprivate static func gradientRow<T: Real>(
    _ out: UnsafeMutablePointer<T>, _ g: UnsafePointer<T>, _ x: UnsafePointer<T>, _ mean: T,
    _ a: T, _ b: T, _ d: T, _ count: Int
  ) {
    for i in 0..<count { out[i] = g[i] * a + ((x[i] - mean) * b + d) }
  }

  @inline(never)
  fileprivate static func gradientColumns<T: Real>(
    _ out: UnsafeMutablePointer<T>, _ g: UnsafePointer<T>, _ x: UnsafePointer<T>,
    _ mean: UnsafePointer<T>, _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ d: UnsafePointer<T>,
    _ count: Int
  ) {
    for i in 0..<count { out[i] = g[i] * a[i] + ((x[i] - mean[i]) * b[i] + d[i]) }
  }
}
