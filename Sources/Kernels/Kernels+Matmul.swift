import Elements

extension Kernels {
  /// The loop of a matrix product, which overwrites `c`; none for bool. Integers wrap and know no
  /// factors and addend; 16-bit floats are accumulated in float32 and rounded once.
  ///
  /// Vectors have loops of their own, whose sums are in another order: a part of a product may be
  /// one row or column only where the whole is.
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
    case .complex64, .complex128: nil
    }
  }

  /// A block of a row of `c` at a time: rows of `b` are added to it, each times an element of `a`.
  private static func simple<T: Number>(_: T.Type) -> MatmulLoop {
    { product in
      let (a, b, c) = (product.a, product.b, product.c)
      withBlock(of: T.self) { sums, capacity in
        for i in 0..<product.m {
          for start in stride(from: 0, to: product.n, by: capacity) {
            let width = min(capacity, product.n - start)
            sums.update(repeating: 0, count: width)
            for p in 0..<product.k {
              let factor = a.at(i, p).assumingMemoryBound(to: T.self).pointee
              let row = b.at(p, start)
              if b.columnStride == MemoryLayout<T>.stride {
                let terms = row.assumingMemoryBound(to: T.self)
                for j in 0..<width { sums[j] = T.plus(sums[j], T.times(factor, terms[j])) }
              } else {
                for j in 0..<width {
                  let term = (row + j &* b.columnStride).assumingMemoryBound(to: T.self).pointee
                  sums[j] = T.plus(sums[j], T.times(factor, term))
                }
              }
            }
            for j in 0..<width {
              c.at(i, start + j).assumingMemoryBound(to: T.self).pointee = sums[j]
            }
          }
        }
      }
    }
  }

  private static func tiled<S: Element>(_: S.Type) -> MatmulLoop where S.Compute: TileScalar {
    { TiledProduct<S>(product: $0).run() }
  }

  /// The same with paths for vectors. A matrix times a column is the row times the transpose.
  private static func dense<T: TileScalar & Element>(_: T.Type) -> MatmulLoop where T.Compute == T {
    { product in
      if product.m == 1 && TiledProduct<T>(product: product).runVector() { return }
      if product.n == 1 && TiledProduct<T>(product: product.transposed).runVector() { return }
      TiledProduct<T>(product: product).run()
    }
  }
}
