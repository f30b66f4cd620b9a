import Elements

/// A matrix product by packed panels and register tiles.
///
/// Panels of both factors are copied into the order in which the tile reads them, widened and padded
/// with zeros, so that the innermost loop knows one case: any strides, odd shapes and 16-bit floats
/// end at the packing. Goto and van de Geijn, "Anatomy of high-performance matrix multiplication",
/// 2008.
struct TiledProduct<S: Element> where S.Compute: TileScalar {
  typealias T = S.Compute

  let c: UnsafeMutableRawPointer, cRow: Int, cColumn: Int
  let a: UnsafeRawPointer, aRow: Int, aColumn: Int
  let b: UnsafeRawPointer, bRow: Int, bColumn: Int
  let m: Int, n: Int, k: Int

  /// Rows and columns of `c` that are finished together, and the depth of a pair of panels.
  private static var blockRows: Int { 64 }
  private static var blockColumns: Int { 256 }
  private static var blockDepth: Int { 256 }

  /// True where what `run` prepares would not pay.
  var isSmall: Bool { m &* n &* k <= 32 * 32 * 32 }

  /// The product of the transposes in the other order, which is the transpose.
  var transposed: Self {
    Self(
      c: c, cRow: cColumn, cColumn: cRow, a: b, aRow: bColumn, aColumn: bRow,
      b: a, bRow: aColumn, bColumn: aRow, m: n, n: m, k: k)
  }

  func run() {
    let (height, width) = (min(m, Self.blockRows), min(n, Self.blockColumns))
    let depth = min(k, Self.blockDepth)
    let paddedHeight = (height + Tile<T>.rows - 1) / Tile<T>.rows * Tile<T>.rows
    let paddedWidth = (width + Tile<T>.columns - 1) / Tile<T>.columns * Tile<T>.columns
    let lengths = (paddedHeight * paddedWidth, paddedHeight * depth, paddedWidth * depth)
    withUnsafeTemporaryAllocation(
      byteCount: (lengths.0 + lengths.1 + lengths.2) * MemoryLayout<T>.stride, alignment: 64
    ) { buffer in
      guard let base = buffer.baseAddress else { return }
      let sums = base.assumingMemoryBound(to: T.self)
      let panelsA = sums + lengths.0
      let panelsB = panelsA + lengths.1
      for column in stride(from: 0, to: n, by: Self.blockColumns) {
        let columns = min(Self.blockColumns, n - column)
        for row in stride(from: 0, to: m, by: Self.blockRows) {
          let rows = min(Self.blockRows, m - row)
          sums.update(repeating: 0, count: lengths.0)
          for start in stride(from: 0, to: k, by: Self.blockDepth) {
            let depth = min(Self.blockDepth, k - start)
            pack(
              panelsA, Tile<T>.rows, a + row * aRow + start * aColumn, aRow, aColumn, rows, depth)
            pack(
              panelsB, Tile<T>.columns, b + column * bColumn + start * bRow, bColumn, bRow, columns,
              depth)
            multiply(sums, paddedWidth, panelsA, panelsB, rows, columns, depth)
          }
          write(sums, paddedWidth, row, column, rows, columns)
        }
      }
    }
  }

  /// Adds the product of the packed panels to `sums`, tile after tile.
  @inline(never)
  private func multiply(
    _ sums: UnsafeMutablePointer<T>, _ stride: Int, _ panelsA: UnsafePointer<T>,
    _ panelsB: UnsafePointer<T>, _ rows: Int, _ columns: Int, _ depth: Int
  ) {
    var column = 0
    while column < columns {
      var row = 0
      while row < rows {
        var tile = Tile<T>()
        tile.addProduct(panelsA + row * depth, panelsB + column * depth, depth)
        tile.add(to: sums + row * stride + column, stride)
        row += Tile<T>.rows
      }
      column += Tile<T>.columns
    }
  }

  /// Copies `count` lines of `depth` elements into panels of `width` lines: in a panel, the first
  /// elements of its lines come first, then the second ones. Lines that are missing are zeros.
  @inline(never)
  func pack(
    _ panels: UnsafeMutablePointer<T>, _ width: Int, _ x: UnsafeRawPointer,
    _ lineStride: Int, _ depthStride: Int, _ count: Int, _ depth: Int
  ) {
    var first = 0
    while first < count {
      let panel = panels + first * depth
      let lines = min(width, count - first)
      let source = x + first * lineStride
      if lines < width { panel.update(repeating: 0, count: width * depth) }
      if lineStride == MemoryLayout<S>.stride {
        for p in 0..<depth {
          let elements = (source + p * depthStride).assumingMemoryBound(to: S.self)
          let target = panel + p * width
          for j in 0..<lines { target[j] = elements[j].compute }
        }
      } else {
        for j in 0..<lines {
          let line = source + j * lineStride
          for p in 0..<depth {
            panel[p * width + j] =
              (line + p * depthStride).assumingMemoryBound(to: S.self).pointee.compute
          }
        }
      }
      first += width
    }
  }

  /// Rounds finished sums into the block of `c` that begins at `row` and `column`.
  @inline(never)
  private func write(
    _ sums: UnsafePointer<T>, _ stride: Int, _ row: Int, _ column: Int, _ rows: Int, _ columns: Int
  ) {
    for i in 0..<rows {
      let target = c + (row + i) * cRow + column * cColumn
      store(S.self, target, cColumn, sums + i * stride, columns)
    }
  }
}
