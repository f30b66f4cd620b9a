import Elements

extension ComplexKernels {
  /// The loop of a fold; sum, prod, any and all.
  public static func reduce(_ op: ReductionOperation, _ dtype: DType) -> ReductionLoop? {
    switch op {
    case .sum: forParts(dtype, sum(Float.self), sum(Double.self))
    case .prod: forParts(dtype, product(Float.self), product(Double.self))
    case .any: forParts(dtype, truth(Float.self, of: true), truth(Double.self, of: true))
    case .all: forParts(dtype, truth(Float.self, of: false), truth(Double.self, of: false))
    default: nil
    }
  }

  /// The loop of the mean; nan for empty rows.
  public static func mean(_ dtype: DType) -> ReductionLoop? {
    forParts(dtype, mean(Float.self), mean(Double.self))
  }

  /// The loop of running sums over rows.
  public static func cumsum(_ dtype: DType) -> RowLoop? {
    forParts(dtype, cumsum(Float.self), cumsum(Double.self))
  }

  /// The loop of running products over rows.
  public static func cumprod(_ dtype: DType) -> RowLoop? {
    forParts(dtype, cumprod(Float.self), cumprod(Double.self))
  }

  /// The sum of a row in halves of halves, so that rounding grows with the logarithm of its length.
  private static func sum<T: ComplexPart>(
    _ x: UnsafeRawPointer, _ stride: Int, _ count: Int, _: T.Type
  ) -> Complex<T> {
    if count > 128 {
      let half = count / 2
      return sum(x, stride, half, T.self) + sum(x + half &* stride, stride, count - half, T.self)
    }
    var total = Complex<T>(0, 0)
    for i in 0..<count {
      total = total + (x + i &* stride).assumingMemoryBound(to: Complex<T>.self).pointee
    }
    return total
  }

  private static func sum<T: ComplexPart>(_: T.Type) -> ReductionLoop {
    rows { x, stride, count in sum(x, stride, count, T.self) }
  }

  private static func mean<T: ComplexPart>(_: T.Type) -> ReductionLoop {
    rows { x, stride, count in
      let total = sum(x, stride, count, T.self)
      return Complex<T>(total.real / T(count), total.imaginary / T(count))
    }
  }

  private static func product<T: ComplexPart>(_: T.Type) -> ReductionLoop {
    rows { x, stride, count in
      var total = Complex<T>(1, 0)
      for i in 0..<count {
        total = total * (x + i &* stride).assumingMemoryBound(to: Complex<T>.self).pointee
      }
      return total
    }
  }

  /// Whether an element is true, or, for false, whether all are.
  private static func truth<T: ComplexPart>(_: T.Type, of wanted: Bool) -> ReductionLoop {
    rows { x, stride, count in
      for i in 0..<count {
        let z = (x + i &* stride).assumingMemoryBound(to: Complex<T>.self).pointee
        if z.isTrue == wanted { return wanted }
      }
      return !wanted
    }
  }

  private static func rows<Y: BitwiseCopyable>(
    _ fold: @escaping @Sendable (_ x: UnsafeRawPointer, _ stride: Int, _ count: Int) -> Y
  ) -> ReductionLoop {
    { out, outStride, x, outerStride, innerStride, outer, inner in
      for i in 0..<outer {
        (out + i &* outStride).assumingMemoryBound(to: Y.self).pointee =
          fold(x + i &* outerStride, innerStride, inner)
      }
    }
  }

  private static func cumsum<T: ComplexPart>(_: T.Type) -> RowLoop {
    { out, outOuter, outInner, x, xOuter, xInner, outer, inner in
      for i in 0..<outer {
        var total = Complex<T>(0, 0)
        for j in 0..<inner {
          let address = x + (i &* xOuter &+ j &* xInner)
          total = total + address.assumingMemoryBound(to: Complex<T>.self).pointee
          (out + (i &* outOuter &+ j &* outInner)).assumingMemoryBound(to: Complex<T>.self)
            .pointee = total
        }
      }
    }
  }

  private static func cumprod<T: ComplexPart>(_: T.Type) -> RowLoop {
    { out, outOuter, outInner, x, xOuter, xInner, outer, inner in
      for i in 0..<outer {
        var total = Complex<T>(1, 0)
        for j in 0..<inner {
          let address = x + (i &* xOuter &+ j &* xInner)
          total = total * address.assumingMemoryBound(to: Complex<T>.self).pointee
          (out + (i &* outOuter &+ j &* outInner)).assumingMemoryBound(to: Complex<T>.self)
            .pointee = total
        }
      }
    }
  }
}
