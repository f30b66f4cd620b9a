import Elements

extension ComplexKernels {
  /// The loop `out[index[i]][j] += x[i][j]`.
  public static func scatterAdd(_ dtype: DType) -> IndexLoop {
    forParts(dtype, scatterAdd(Float.self), scatterAdd(Double.self))
  }

  /// The loop of the matrix product alone, row by row.
  public static func matmul(_ dtype: DType) -> MatmulLoop? {
    forParts(dtype, matmul(Float.self), matmul(Double.self))
  }

  /// The loop `out[index[i]][j] *= x[i][j]`; complex numbers have no order.
  public static func scatterFold(_ fold: IndexedFold, _ dtype: DType) -> IndexLoop? {
    if fold != .multiply { return nil }
    return forParts(dtype, scatter(Float.self, *), scatter(Double.self, *))
  }

  private static func scatterAdd<T: ComplexPart>(_: T.Type) -> IndexLoop { scatter(T.self, +) }

  private static func scatter<T: ComplexPart>(
    _: T.Type, _ fold: @escaping @Sendable (Complex<T>, Complex<T>) -> Complex<T>
  ) -> IndexLoop {
    { out, outStride, outInner, x, xStride, xInner, index, indexStride, count, width in
      for i in 0..<count {
        let position = Int((index + i &* indexStride).load(as: Int64.self))
        for j in 0..<width {
          let sum = (out + (position &* outStride &+ j &* outInner))
            .assumingMemoryBound(to: Complex<T>.self)
          let term = (x + (i &* xStride &+ j &* xInner)).assumingMemoryBound(to: Complex<T>.self)
          sum.pointee = fold(sum.pointee, term.pointee)
        }
      }
    }
  }

  /// Rows of `b`, each times an element of `a`, are added up in a row of `c`.
  private static func matmul<T: ComplexPart>(_: T.Type) -> MatmulLoop {
    { product in
      for i in 0..<product.m {
        let c = product.c.at(i, 0)
        let stride = product.c.columnStride
        for j in 0..<product.n {
          (c + j &* stride).assumingMemoryBound(to: Complex<T>.self).pointee = Complex(0, 0)
        }
        for p in 0..<product.k {
          let factor = product.a.at(i, p).assumingMemoryBound(to: Complex<T>.self).pointee
          let b = product.b.at(p, 0)
          let bStride = product.b.columnStride
          for j in 0..<product.n {
            let sum = (c + j &* stride).assumingMemoryBound(to: Complex<T>.self)
            let term = (b + j &* bStride).assumingMemoryBound(to: Complex<T>.self).pointee
            sum.pointee = sum.pointee + factor * term
          }
        }
      }
    }
  }
}
