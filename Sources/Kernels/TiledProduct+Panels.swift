import Elements

/// Where the tiles find `b`: panels of two vectors' width.
struct PanelsOfB {
  /// The first panel, whose rows are `stride` bytes apart; panels follow each other by `step` bytes.
  let start: UnsafeRawPointer
  let stride: Int
  let step: Int
  /// A copy of the last panel, which ends within a vector, where the others are read from `b`.
  let last: UnsafeRawPointer?
  /// How many columns the last panel shares with the one before, so that it is whole.
  let overlap: Int
  /// What is free after the panels.
  let end: UnsafeMutableRawPointer
}

extension TiledProduct {
  /// Rows of `a` as the tiles find them: where they are, or a copy in panels of one tile's height.
  struct PanelsOfA {
    let start: UnsafeRawPointer
    /// From one row to the next within a tile, and from one column to the next.
    let rowStride: Int
    let columnStride: Int
    /// From one tile to the next.
    let step: Int
  }

  /// Prepares some columns of `b`, in memory where copies are needed.
  func panelsOfB(
    _ columns: Range<Int>, _ depth: Range<Int>, _ memory: UnsafeMutableRawPointer
  ) -> PanelsOfB {
    let source = product.b.from(depth.lowerBound, columns.lowerBound)
    let panels = memory.assumingMemoryBound(to: T.self)
    if S.self == T.self && product.readsRows(size: Self.size) {
      let rest = columns.count % Self.width
      let width = rest <= Tile<T>.lanes ? Tile<T>.lanes : Self.width
      // Sums that are stored may be stored twice, but not those that are added.
      let overlaps = columns.count >= width && depth.count == product.k
      let isWhole = overlaps || rest % Tile<T>.lanes == 0
      if !isWhole {
        pack(
          panels, width, source.at(0, columns.count &- rest), source.columnStride,
          source.rowStride, rest, depth.count)
      }
      return PanelsOfB(
        start: source.start, stride: source.rowStride, step: Self.width &* Self.size,
        last: isWhole ? nil : UnsafeRawPointer(memory),
        overlap: isWhole && rest > 0 ? width &- rest : 0,
        end: memory + (isWhole ? 0 : width &* depth.count &* Self.size))
    }
    // A single narrow panel is one vector wide.
    let width = columns.count <= Tile<T>.lanes ? Tile<T>.lanes : Self.width
    pack(
      panels, width, source.start, source.columnStride, source.rowStride, columns.count, depth.count
    )
    let count = (columns.count &+ width &- 1) / width
    let step = width &* depth.count &* Self.size
    return PanelsOfB(
      start: UnsafeRawPointer(memory), stride: width &* Self.size, step: step, last: nil,
      overlap: 0, end: memory + count &* step)
  }

  /// Prepares some rows of `a`.
  func panelsOfA(
    _ rows: Range<Int>, _ depth: Range<Int>, _ memory: UnsafeMutableRawPointer
  ) -> PanelsOfA {
    let source = product.a.from(rows.lowerBound, depth.lowerBound)
    if S.self == T.self && product.readsColumns(size: Self.size) {
      return PanelsOfA(
        start: source.start, rowStride: source.rowStride, columnStride: source.columnStride,
        step: Tile<T>.rows &* source.rowStride)
    }
    if S.self == T.self && source.columnStride == Self.size {
      let bytes = depth.count &* Self.size
      for i in 0..<rows.count {
        (memory + i &* bytes).copyMemory(from: source.at(i, 0), byteCount: bytes)
      }
      return PanelsOfA(
        start: memory, rowStride: bytes, columnStride: Self.size, step: Tile<T>.rows &* bytes)
    }
    pack(
      memory.assumingMemoryBound(to: T.self), Tile<T>.rows, source.start, source.rowStride,
      source.columnStride, rows.count, depth.count)
    return PanelsOfA(
      start: memory, rowStride: Self.size, columnStride: Tile<T>.rows &* Self.size,
      step: Tile<T>.rows &* depth.count &* Self.size)
  }

  /// Copies `count` lines of `depth` elements into panels of `width` lines: in a panel, the first
  /// elements of its lines come first, then the second ones. Lines that are missing are zeros.
  @inline(never)
  private func pack(
    _ panels: UnsafeMutablePointer<T>, _ width: Int, _ x: UnsafeRawPointer, _ lineStride: Int,
    _ depthStride: Int, _ count: Int, _ depth: Int
  ) {
    var first = 0
    if S.self == T.self && width == Tile<T>.rows && lineStride == Self.size {
      // Four panels at a time, so that a line of the cache is read once.
      let four = 4 &* Tile<T>.rows
      while first &+ four <= count {
        for p in 0..<depth {
          let source = x + (first &* lineStride &+ p &* depthStride)
          for i in 0..<4 {
            let panel = panels + (first &+ i &* width) &* depth
            T.copyFour(source + i &* width &* Self.size, panel + p &* width)
          }
        }
        first &+= four
      }
    }
    while first < count {
      let panel = panels + first &* depth
      let lines = min(width, count &- first)
      let source = x + first &* lineStride
      if lines < width { panel.update(repeating: 0, count: width &* depth) }
      if lineStride == MemoryLayout<S>.stride {
        copyRows(panel, width, source, depthStride, lines, depth)
      } else {
        interleave(panel, width, source, lineStride, depthStride, lines, depth)
      }
      first &+= width
    }
  }

  /// Packs lines whose elements at each depth lie side by side.
  @inline(__always)
  private func copyRows(
    _ panel: UnsafeMutablePointer<T>, _ width: Int, _ source: UnsafeRawPointer, _ stride: Int,
    _ lines: Int, _ depth: Int
  ) {
    if S.self == T.self && lines == Self.width {
      for p in 0..<depth {
        let (row, target) = (source + p &* stride, UnsafeMutableRawPointer(panel + p &* width))
        let half = MemoryLayout<T.Lanes>.stride
        T.store(T.load(row), target)
        T.store(T.load(row + half), target + half)
      }
      return
    }
    if S.self == T.self && lines == Tile<T>.rows {
      for p in 0..<depth { T.copyFour(source + p &* stride, panel + p &* width) }
      return
    }
    for p in 0..<depth {
      let elements = (source + p &* stride).assumingMemoryBound(to: S.self)
      let target = panel + p &* width
      for j in 0..<lines { target[j] = elements[j].compute }
    }
  }

  /// Packs lines that are apart from each other; four by four where they are dense.
  @inline(__always)
  private func interleave(
    _ panel: UnsafeMutablePointer<T>, _ width: Int, _ source: UnsafeRawPointer, _ lineStride: Int,
    _ depthStride: Int, _ lines: Int, _ depth: Int
  ) {
    let isDense = S.self == T.self && depthStride == MemoryLayout<T>.stride
    let (wholeLines, wholeDepth) = isDense ? (lines & ~3, depth & ~3) : (0, 0)
    for j in stride(from: 0, to: wholeLines, by: 4) {
      for p in stride(from: 0, to: wholeDepth, by: 4) {
        T.transpose(
          source + (j &* lineStride &+ p &* depthStride), lineStride, panel + (p &* width &+ j),
          width)
      }
    }
    for j in 0..<lines {
      let line = source + j &* lineStride
      for p in (j < wholeLines ? wholeDepth : 0)..<depth {
        panel[p &* width &+ j] =
          (line + p &* depthStride).assumingMemoryBound(to: S.self).pointee.compute
      }
    }
  }
}
