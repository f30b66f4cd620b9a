import Elements

extension Kernels {
  /// The loop of a matrix product, which overwrites `c`; none for bool. Integers wrap, 16-bit
  /// floats are accumulated in float32 and rounded once.
  public static func matmul(_ dtype: DType) -> MatmulLoop? {
    switch dtype {
    case .bool: nil
    case .uint8: simple(UInt8.self)
    case .int8: simple(Int8.self)
    case .int16: simple(Int16.self)
    case .int32: simple(Int32.self)
    case .int64: simple(Int64.self)
    case .float16: tiled(Float16.self)
    case .bfloat16: tiled(BFloat16.self)
    case .float32: dense(Float.self)
    case .float64: dense(Double.self)
    }
  }

  /// A block of a row of `c` at a time: rows of `b` are added to it, each times an element of `a`.
  private static func simple<T: Number>(_: T.Type) -> MatmulLoop {
    { c, cRow, cColumn, a, aRow, aColumn, b, bRow, bColumn, m, n, k in
      withBlock(of: T.self) { sums, capacity in
        for i in 0..<m {
          for start in stride(from: 0, to: n, by: capacity) {
            let width = min(capacity, n - start)
            sums.update(repeating: 0, count: width)
            for p in 0..<k {
              let factor = (a + i * aRow + p * aColumn).assumingMemoryBound(to: T.self).pointee
              let row = b + p * bRow + start * bColumn
              if bColumn == MemoryLayout<T>.stride {
                let terms = row.assumingMemoryBound(to: T.self)
                for j in 0..<width { sums[j] = T.plus(sums[j], T.times(factor, terms[j])) }
              } else {
                for j in 0..<width {
                  let term = (row + j * bColumn).assumingMemoryBound(to: T.self).pointee
                  sums[j] = T.plus(sums[j], T.times(factor, term))
                }
              }
            }
            for j in 0..<width {
              (c + i * cRow + (start + j) * cColumn).assumingMemoryBound(to: T.self).pointee =
                sums[j]
            }
          }
        }
      }
    }
  }

  private static func tiled<S: Element>(_: S.Type) -> MatmulLoop where S.Compute: TileScalar {
    { c, cRow, cColumn, a, aRow, aColumn, b, bRow, bColumn, m, n, k in
      let product = TiledProduct<S>(
        c: c, cRow: cRow, cColumn: cColumn, a: a, aRow: aRow, aColumn: aColumn,
        b: b, bRow: bRow, bColumn: bColumn, m: m, n: n, k: k)
      if product.isSmall { product.runSmall() } else { product.run() }
    }
  }

  /// The same with paths for vectors. A matrix times a column is the row times the transpose.
  private static func dense<T: TileScalar & Element>(_: T.Type) -> MatmulLoop where T.Compute == T {
    { c, cRow, cColumn, a, aRow, aColumn, b, bRow, bColumn, m, n, k in
      let product = TiledProduct<T>(
        c: c, cRow: cRow, cColumn: cColumn, a: a, aRow: aRow, aColumn: aColumn,
        b: b, bRow: bRow, bColumn: bColumn, m: m, n: n, k: k)
      if m == 1 && product.runVector() || n == 1 && product.transposed.runVector() { return }
      if product.isSmall { product.runSmall() } else { product.run() }
    }
  }
}
