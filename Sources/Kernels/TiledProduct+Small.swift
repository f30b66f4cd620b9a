import Elements

extension TiledProduct {
  /// Depth of the panel of `b` that small products keep on the stack.
  private static var smallDepth: Int { 32 }

  /// The product of matrices so small that packing would cost more than it saves: `a` is read where
  /// it is, and `b` too where its rows are dense. Takes no memory but a kilobyte of the stack.
  func runSmall() {
    var panel = InlineArray<32, T.Lanes>(repeating: T.Lanes(repeating: 0))
    withUnsafeMutableBytes(of: &panel) { bytes in
      guard let panel = bytes.baseAddress?.assumingMemoryBound(to: T.self) else { return }
      var column = 0
      while column < n {
        let columns = min(Tile<T>.columns, n - column)
        let isDirect =
          S.self == T.self && bColumn == MemoryLayout<S>.stride && columns == Tile<T>.columns
        var row = 0
        while row < m {
          var tile = Tile<T>()
          var start = 0
          while start < k {
            let depth = isDirect ? k : min(Self.smallDepth, k - start)
            let source = b + column * bColumn + start * bRow
            if isDirect {
              addProduct(&tile, row, start, source, bRow, depth)
            } else {
              // A panel that holds all of the columns serves every row.
              if row == 0 || k > Self.smallDepth {
                pack(panel, Tile<T>.columns, source, bColumn, bRow, columns, depth)
              }
              addProduct(&tile, row, start, panel, MemoryLayout<T.Lanes>.stride, depth)
            }
            start += depth
          }
          write(tile, row, column, columns)
          row += Tile<T>.rows
        }
        column += Tile<T>.columns
      }
    }
  }

  /// Adds four rows of `a`, from column `start` on, times `depth` rows of lanes. Rows that `a`
  /// doesn't have are its last one, and are not written.
  @inline(__always)
  private func addProduct(
    _ tile: inout Tile<T>, _ row: Int, _ start: Int, _ lanes: UnsafeRawPointer, _ stride: Int,
    _ depth: Int
  ) {
    func line(_ i: Int) -> UnsafeRawPointer { a + min(row + i, m - 1) * aRow + start * aColumn }
    let (first, second, third, fourth) = (line(0), line(1), line(2), line(3))
    func element(_ line: UnsafeRawPointer, _ p: Int) -> T {
      (line + p * aColumn).assumingMemoryBound(to: S.self).pointee.compute
    }
    for p in 0..<depth {
      let values = (lanes + p * stride).loadUnaligned(as: T.Lanes.self)
      T.addProduct(&tile.first, element(first, p), values)
      T.addProduct(&tile.second, element(second, p), values)
      T.addProduct(&tile.third, element(third, p), values)
      T.addProduct(&tile.fourth, element(fourth, p), values)
    }
  }

  /// Rounds the part of a tile that lies within `c`.
  @inline(__always)
  private func write(_ tile: Tile<T>, _ row: Int, _ column: Int, _ columns: Int) {
    func write(_ i: Int, _ lanes: T.Lanes) {
      guard row + i < m else { return }
      let target = c + (row + i) * cRow + column * cColumn
      if S.self == T.self && columns == Tile<T>.columns && cColumn == MemoryLayout<S>.stride {
        target.storeBytes(of: lanes, as: T.Lanes.self)
        return
      }
      for j in 0..<columns {
        (target + j * cColumn).assumingMemoryBound(to: S.self).pointee = S(compute: lanes[j])
      }
    }
    write(0, tile.first)
    write(1, tile.second)
    write(2, tile.third)
    write(3, tile.fourth)
  }
}
