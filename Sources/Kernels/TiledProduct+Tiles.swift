import Elements

/// Where the sums of a block of `c` go, in the type in which they were computed.
struct Target<T: TileScalar> {
  var c: MatrixProduct.Operand
  /// True where sums overwrite what is in `c`, false where they are added to it.
  let isFirst: Bool
  /// True where the sums are complete then, and become `alpha sum + beta d`.
  let isLast: Bool
  var alpha = 1.0
  var beta = 1.0
  var d: MatrixProduct.Operand?

  /// Nothing is read but the sums.
  var isPlain: Bool { isFirst && alpha == 1 && d == nil }
}

extension TiledProduct {
  /// The product of prepared panels, tile after tile.
  @inline(never)
  func multiply(
    _ target: Target<T>, _ a: PanelsOfA, _ b: PanelsOfB, _ rows: Int, _ columns: Int, _ depth: Int
  ) {
    var column = 0
    var panel = b.start
    while column < columns {
      var (count, start, stride) = (min(Self.width, columns &- column), panel, b.stride)
      if count < Self.width {
        if let last = b.last {
          start = last
          stride = (count <= Tile<T>.lanes ? Tile<T>.lanes : Self.width) &* Self.size
        }
        count &+= b.overlap
        column &-= b.overlap
        start -= b.overlap &* Self.size
      }
      var row = 0
      var lines = a.start
      while row < rows {
        let tile = TileProduct(
          a: a, lines: lines, b: start, stride: stride, depth: depth, row: row, column: column,
          rows: rows &- row, columns: count)
        let isNarrow = count <= Tile<T>.lanes
        let isTall = tile.rows >= 2 &* Tile<T>.rows && (isNarrow || Tile<T>.hasManyRegisters)
        switch (isNarrow, isTall) {
        case (false, true): tile.runTall(target)
        case (false, false): tile.run(target)
        case (true, true): tile.runTallNarrow(target)
        case (true, false): tile.runNarrow(target)
        }
        row &+= isTall ? 2 &* Tile<T>.rows : Tile<T>.rows
        lines += isTall ? 2 &* a.step : a.step
      }
      column &+= Self.width
      panel += b.step
    }
  }

  /// One tile's share of the product.
  struct TileProduct {
    let a: PanelsOfA
    let lines: UnsafeRawPointer
    let b: UnsafeRawPointer
    let stride: Int
    let depth: Int
    /// The place in the block, and how much of the tile lies within it at most.
    let row: Int
    let column: Int
    let rows: Int
    let columns: Int

    @inline(__always)
    private func element(_ line: UnsafeRawPointer, _ offset: Int) -> T {
      (line + offset).assumingMemoryBound(to: T.self).pointee
    }

    /// Rows that `a` doesn't have are its last one, and are not written.
    @inline(__always)
    private func offset(_ i: Int) -> Int { min(i, rows &- 1) &* a.rowStride }

    /// Four rows of two vectors.
    @inline(__always)
    func run(_ target: Target<T>) {
      var tile = Tile<T>()
      let (o1, o2, o3) = (offset(1), offset(2), offset(3))
      var (line, lanes) = (lines, b)
      for _ in 0..<depth {
        let left = T.load(lanes)
        let right = T.load(lanes + MemoryLayout<T.Lanes>.stride)
        tile.first.addProduct(element(line, 0), left, right)
        tile.second.addProduct(element(line, o1), left, right)
        tile.third.addProduct(element(line, o2), left, right)
        tile.fourth.addProduct(element(line, o3), left, right)
        line += a.columnStride
        lanes += stride
      }
      write(tile, 0, target)
    }

    /// Eight rows of two vectors, all of which are there.
    @inline(__always)
    func runTall(_ target: Target<T>) {
      var (upper, lower) = (Tile<T>(), Tile<T>())
      let (o1, o2, o3) = (a.rowStride, 2 &* a.rowStride, 3 &* a.rowStride)
      var (line, lanes) = (lines, b)
      for _ in 0..<depth {
        let left = T.load(lanes)
        let right = T.load(lanes + MemoryLayout<T.Lanes>.stride)
        upper.first.addProduct(element(line, 0), left, right)
        upper.second.addProduct(element(line, o1), left, right)
        upper.third.addProduct(element(line, o2), left, right)
        upper.fourth.addProduct(element(line, o3), left, right)
        let next = line + a.step
        lower.first.addProduct(element(next, 0), left, right)
        lower.second.addProduct(element(next, o1), left, right)
        lower.third.addProduct(element(next, o2), left, right)
        lower.fourth.addProduct(element(next, o3), left, right)
        line += a.columnStride
        lanes += stride
      }
      write(upper, 0, target)
      write(lower, Tile<T>.rows, target)
    }

    /// Four rows of one vector.
    @inline(__always)
    func runNarrow(_ target: Target<T>) {
      var tile = Tile<T>()
      let (o1, o2, o3) = (offset(1), offset(2), offset(3))
      var (line, lanes) = (lines, b)
      for _ in 0..<depth {
        let left = T.load(lanes)
        T.addProduct(&tile.first.left, element(line, 0), left)
        T.addProduct(&tile.second.left, element(line, o1), left)
        T.addProduct(&tile.third.left, element(line, o2), left)
        T.addProduct(&tile.fourth.left, element(line, o3), left)
        line += a.columnStride
        lanes += stride
      }
      write(tile, 0, target)
    }

    /// Eight rows of one vector, all of which are there.
    @inline(__always)
    func runTallNarrow(_ target: Target<T>) {
      var (upper, lower) = (Tile<T>(), Tile<T>())
      let (o1, o2, o3) = (a.rowStride, 2 &* a.rowStride, 3 &* a.rowStride)
      var (line, lanes) = (lines, b)
      for _ in 0..<depth {
        let left = T.load(lanes)
        T.addProduct(&upper.first.left, element(line, 0), left)
        T.addProduct(&upper.second.left, element(line, o1), left)
        T.addProduct(&upper.third.left, element(line, o2), left)
        T.addProduct(&upper.fourth.left, element(line, o3), left)
        let next = line + a.step
        T.addProduct(&lower.first.left, element(next, 0), left)
        T.addProduct(&lower.second.left, element(next, o1), left)
        T.addProduct(&lower.third.left, element(next, o2), left)
        T.addProduct(&lower.fourth.left, element(next, o3), left)
        line += a.columnStride
        lanes += stride
      }
      write(upper, 0, target)
      write(lower, Tile<T>.rows, target)
    }

    @inline(__always)
    private func write(_ tile: Tile<T>, _ first: Int, _ target: Target<T>) {
      if target.isPlain && columns & (Tile<T>.lanes &- 1) == 0 {
        writePlain(tile.first, first, target)
        writePlain(tile.second, first &+ 1, target)
        writePlain(tile.third, first &+ 2, target)
        writePlain(tile.fourth, first &+ 3, target)
      } else {
        withUnsafeBytes(of: tile) { bytes in
          guard let sums = bytes.baseAddress?.assumingMemoryBound(to: T.self) else { return }
          finish(sums, first, target)
        }
      }
    }

    @inline(__always)
    private func writePlain(_ sums: TileRow<T>, _ i: Int, _ target: Target<T>) {
      if i >= rows { return }
      let line = target.c.start + ((row &+ i) &* target.c.rowStride &+ column &* TiledProduct.size)
      T.store(sums.left, line)
      if columns > Tile<T>.lanes {
        T.store(sums.right, line + MemoryLayout<T.Lanes>.stride)
      }
    }

    /// Adds, scales, and writes the part of a tile that lies within the block.
    @inline(never)
    private func finish(_ tile: UnsafePointer<T>, _ first: Int, _ target: Target<T>) {
      let isWhole = columns & (Tile<T>.lanes &- 1) == 0
      let d = target.isLast ? target.d : nil
      for i in first..<min(first &+ Tile<T>.rows, rows) {
        let sums = tile + (i &- first) &* TiledProduct.width
        let line = target.c.at(row &+ i, 0) + column &* TiledProduct.size
        if isWhole, d == nil || d?.columnStride == TiledProduct.size {
          for lane in 0..<columns / Tile<T>.lanes {
            let offset = lane &* MemoryLayout<T.Lanes>.stride
            T.finish(
              line + offset, UnsafeRawPointer(sums) + offset,
              d.map { UnsafeRawPointer($0.at(row &+ i, column) + offset) },
              isFirst: target.isFirst, alpha: T(target.alpha), beta: T(target.beta))
          }
        } else if target.isPlain {
          let line = line.assumingMemoryBound(to: T.self)
          let fours = columns & ~3
          for j in Swift.stride(from: 0, to: fours, by: 4) { T.copyFour(sums + j, line + j) }
          for j in fours..<columns { line[j] = sums[j] }
        } else {
          let line = line.assumingMemoryBound(to: T.self)
          for j in 0..<columns {
            var sum = T(target.alpha) * (target.isFirst ? sums[j] : line[j] + sums[j])
            if let d {
              let addend = d.at(row &+ i, column &+ j).assumingMemoryBound(to: T.self).pointee
              sum += T(target.beta) * addend
            }
            line[j] = sum
          }
        }
      }
    }
  }
}
