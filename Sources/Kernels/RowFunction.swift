import Elements

/// A function of rows of numbers, written for the two ways in which rows lie in memory: one dense
/// row after the other, and many rows side by side.
protocol RowFunction: SendableMetatype {
  associatedtype Value: Real
  /// `out`, which does not overlap `x`, becomes the function of the `count` numbers of `x`.
  static func row(
    _ out: UnsafeMutablePointer<Value>, _ x: UnsafePointer<Value>, _ count: Int)
  /// Each column of `x`, `count` rows of `width` numbers, becomes its function in place.
  static func columns(_ x: UnsafeMutablePointer<Value>, _ count: Int, _ width: Int)
}

/// The loop of a function of rows over elements of `S`.
func loop<F: RowFunction, S: Element>(_: F.Type, _: S.Type) -> RowLoop
where F.Value == S.Compute {
  { out, outOuterStride, outInnerStride, x, xOuterStride, xInnerStride, outer, inner in
    let size = MemoryLayout<S>.stride
    let isDense = outInnerStride == size && xInnerStride == size
    if isDense && S.self == S.Compute.self && inner >= shortRow && out != x {
      for i in 0..<outer {
        F.row(
          (out + i * outOuterStride).assumingMemoryBound(to: F.Value.self),
          (x + i * xOuterStride).assumingMemoryBound(to: F.Value.self), inner)
      }
    } else if outer < 8 || (isDense && inner >= shortRow) {
      withUnsafeTemporaryAllocation(of: F.Value.self, capacity: 2 * inner) { buffer in
        guard let source = buffer.baseAddress else { return }
        let target = source + inner
        for i in 0..<outer {
          load(S.self, source, x + i * xOuterStride, xInnerStride, inner)
          F.row(target, source, inner)
          store(S.self, out + i * outOuterStride, outInnerStride, target, inner)
        }
      }
    } else {
      let width = stripeWidth(outer, inner)
      withUnsafeTemporaryAllocation(of: F.Value.self, capacity: width * inner) { buffer in
        guard let stripe = buffer.baseAddress else { return }
        for start in stride(from: 0, to: outer, by: width) {
          let width = min(width, outer - start)
          loadStripe(
            S.self, stripe, x + start * xOuterStride, xOuterStride, xInnerStride, width, inner)
          F.columns(stripe, inner, width)
          storeStripe(
            S.self, out + start * outOuterStride, outOuterStride, outInnerStride, stripe, width,
            inner)
        }
      }
    }
  }
}

/// Rows shorter than this are turned to stand side by side, where vectors run across them.
let shortRow = 48

/// How many of `outer` rows of `inner` numbers to put side by side: what fits the second cache, in
/// whole vectors, but not so many that the figures kept for each leave the stack.
func stripeWidth(_ outer: Int, _ inner: Int) -> Int {
  min(outer, max(16, min(stripeLimit, (1 << 16) / max(inner, 1) & ~15)))
}

/// The most rows that stand side by side.
let stripeLimit = 128

/// Copies `width` rows of `inner` elements to stand side by side: element j of row i comes to
/// `stripe[j * width + i]`.
@inline(never)
func loadStripe<S: Element>(
  _: S.Type, _ stripe: UnsafeMutablePointer<S.Compute>,
  _ x: UnsafeRawPointer, _ outerStride: Int, _ innerStride: Int, _ width: Int, _ inner: Int
) {
  for j in 0..<inner {
    let (row, source) = (stripe + j * width, x + j * innerStride)
    if outerStride == MemoryLayout<S>.stride {
      let dense = source.assumingMemoryBound(to: S.self)
      for i in 0..<width { row[i] = dense[i].compute }
    } else {
      for i in 0..<width {
        row[i] = (source + i * outerStride).assumingMemoryBound(to: S.self).pointee.compute
      }
    }
  }
}

/// The way back of `loadStripe`.
@inline(never)
func storeStripe<S: Element>(
  _: S.Type, _ out: UnsafeMutableRawPointer, _ outerStride: Int, _ innerStride: Int,
  _ stripe: UnsafePointer<S.Compute>, _ width: Int, _ inner: Int
) {
  for j in 0..<inner {
    let (row, target) = (stripe + j * width, out + j * innerStride)
    if outerStride == MemoryLayout<S>.stride {
      let dense = target.assumingMemoryBound(to: S.self)
      for i in 0..<width { dense[i] = S(compute: row[i]) }
    } else {
      for i in 0..<width {
        (target + i * outerStride).assumingMemoryBound(to: S.self).pointee = S(compute: row[i])
      }
    }
  }
}
