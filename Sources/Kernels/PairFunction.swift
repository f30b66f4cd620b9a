import Elements

/// A function of two rows of numbers, such as the gradient and the result of softmax; see
/// `RowFunction`.
protocol PairFunction: SendableMetatype {
  associatedtype Value: Real
  /// `out`, which overlaps neither `x` nor `y`, becomes the function of their `count` numbers.
  static func row(
    _ out: UnsafeMutablePointer<Value>, _ x: UnsafePointer<Value>, _ y: UnsafePointer<Value>,
    _ count: Int)
  /// The same for the columns of `count` rows of `width` numbers, at most `stripeLimit` of them;
  /// rows are so many numbers apart as the steps say.
  static func columns(
    _ out: UnsafeMutablePointer<Value>, _ outStep: Int, _ x: UnsafePointer<Value>, _ xStep: Int,
    _ y: UnsafePointer<Value>, _ yStep: Int, _ count: Int, _ width: Int)
}

/// The loop of a function of pairs of rows over elements of `S`.
func loop<F: PairFunction, S: Element>(_: F.Type, _: S.Type) -> PairLoop
where F.Value == S.Compute {
  { out, outOuter, outInner, x, xOuter, xInner, y, yOuter, yInner, outer, inner in
    let size = MemoryLayout<S>.stride
    let isDense = outInner == size && xInner == size && yInner == size
    if outer >= 8 && (!isDense || inner < shortRow) {
      let most = stripeWidth(outer, inner)
      if outOuter == size && xOuter == size && yOuter == size && S.self == S.Compute.self
        && out != x && out != y
      {
        for start in stride(from: 0, to: outer, by: most) {
          F.columns(
            (out + start * size).assumingMemoryBound(to: F.Value.self), outInner / size,
            (x + start * size).assumingMemoryBound(to: F.Value.self), xInner / size,
            (y + start * size).assumingMemoryBound(to: F.Value.self), yInner / size,
            inner, min(most, outer - start))
        }
        return
      }
      return withBlock(of: F.Value.self, 3 * most * inner) { stripe in
        let (other, target) = (stripe + most * inner, stripe + 2 * most * inner)
        for start in stride(from: 0, to: outer, by: most) {
          let width = min(most, outer - start)
          loadStripe(S.self, stripe, x + start * xOuter, xOuter, xInner, width, inner)
          loadStripe(S.self, other, y + start * yOuter, yOuter, yInner, width, inner)
          F.columns(target, width, stripe, width, other, width, inner, width)
          storeStripe(S.self, out + start * outOuter, outOuter, outInner, target, width, inner)
        }
      }
    }
    if isDense && S.self == S.Compute.self && out != x && out != y {
      for i in 0..<outer {
        F.row(
          (out + i * outOuter).assumingMemoryBound(to: F.Value.self),
          (x + i * xOuter).assumingMemoryBound(to: F.Value.self),
          (y + i * yOuter).assumingMemoryBound(to: F.Value.self), inner)
      }
      return
    }
    withBlock(of: F.Value.self, 3 * inner) { first in
      let (second, target) = (first + inner, first + 2 * inner)
      for i in 0..<outer {
        load(S.self, first, x + i * xOuter, xInner, inner)
        load(S.self, second, y + i * yOuter, yInner, inner)
        F.row(target, first, second, inner)
        store(S.self, out + i * outOuter, outInner, target, inner)
      }
    }
  }
}
