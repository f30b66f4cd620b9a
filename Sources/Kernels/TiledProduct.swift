import Elements

/// A matrix product by register tiles, block by block.
///
/// What the tiles read stays where it is as long as that is good for the caches, which covers all
/// that is small: a panel of `b` is copied where its rows are not dense, are far apart, or end within
/// a vector, and one of `a` where its elements need widening or lie far apart. Goto and van de Geijn,
/// "Anatomy of high-performance matrix multiplication", 2008.
struct TiledProduct<S: Element> where S.Compute: TileScalar {
  typealias T = S.Compute
  typealias Operand = MatrixProduct.Operand

  let product: MatrixProduct

  private var m: Int { product.m }
  private var n: Int { product.n }
  private var k: Int { product.k }
  static var size: Int { MemoryLayout<T>.stride }

  private static var blockColumns: Int { MatrixProduct.blockColumns(size: size) }
  private static var blockRows: Int { MatrixProduct.blockRows(size: size) }

  /// Columns of a panel of `b`: two vectors.
  static var width: Int { 2 &* Tile<T>.lanes }

  func run() {
    // A size and an alignment that the compiler sees: everything else comes from the heap.
    withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 16) { stack in
      guard let stack = stack.baseAddress else { return }
      let memory = product.workspace ?? stack
      if product.writesRows(size: MemoryLayout<S>.stride, computeSize: Self.size) {
        runDense(memory)
      } else {
        runThroughBlock(memory)
      }
    }
  }

  /// Sums go to `c` itself: those of the first depth are stored, later ones are added.
  private func runDense(_ memory: UnsafeMutableRawPointer) {
    for column in stride(from: 0, to: n, by: Self.blockColumns) {
      let columns = column..<min(n, column &+ Self.blockColumns)
      var start = 0
      repeat {
        let depth = start..<min(k, start &+ MatrixProduct.blockDepth)
        let panels = panelsOfB(columns, depth, memory)
        for row in stride(from: 0, to: m, by: Self.blockRows) {
          let rows = row..<min(m, row &+ Self.blockRows)
          var target = Target<T>(
            c: product.c.from(row, column), isFirst: start == 0, isLast: depth.upperBound == k)
          if target.isLast {
            (target.alpha, target.beta) = (product.alpha, product.beta)
            target.d = product.d?.from(row, column)
          }
          let a = panelsOfA(rows, depth, panels.end)
          multiply(target, a, panels, rows.count, columns.count, depth.count)
        }
        start = depth.upperBound
      } while start < k
    }
  }

  /// Sums are collected in a block, in the type in which they are computed, and rounded from there.
  private func runThroughBlock(_ memory: UnsafeMutableRawPointer) {
    for column in stride(from: 0, to: n, by: Self.blockColumns) {
      let columns = column..<min(n, column &+ Self.blockColumns)
      for row in stride(from: 0, to: m, by: Self.blockRows) {
        let rows = row..<min(m, row &+ Self.blockRows)
        let stride = columns.count &* Self.size
        let block = Operand(memory, stride, Self.size)
        let rest = memory + (rows.count &* stride &+ 63) & ~63
        var start = 0
        repeat {
          let depth = start..<min(k, start &+ MatrixProduct.blockDepth)
          let panels = panelsOfB(columns, depth, rest)
          let target = Target<T>(c: block, isFirst: start == 0, isLast: false)
          let a = panelsOfA(rows, depth, panels.end)
          multiply(target, a, panels, rows.count, columns.count, depth.count)
          start = depth.upperBound
        } while start < k
        round(block, rows, columns)
      }
    }
  }

  /// Scales finished sums, adds what is to be added, and rounds into `c`.
  private func round(_ block: Operand, _ rows: Range<Int>, _ columns: Range<Int>) {
    let isPlain = product.alpha == 1 && product.d == nil
    for i in 0..<rows.count {
      let sums = block.at(i, 0).assumingMemoryBound(to: T.self)
      if !isPlain {
        let row = rows.lowerBound &+ i
        let (alpha, beta) = (T(product.alpha), T(product.beta))
        for j in 0..<columns.count {
          var sum = alpha * sums[j]
          if let d = product.d?.at(row, columns.lowerBound &+ j) {
            sum += beta * d.assumingMemoryBound(to: S.self).pointee.compute
          }
          sums[j] = sum
        }
      }
      store(
        S.self, product.c.at(rows.lowerBound &+ i, columns.lowerBound), product.c.columnStride,
        sums, columns.count)
    }
  }
}
