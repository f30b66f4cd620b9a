import Elements

/// A function of rows of numbers, written for the two ways in which rows lie in memory: one dense
/// row after the other, and many rows side by side.
protocol RowFunction: SendableMetatype {
  associatedtype Value: Real
  /// Each of `rows` rows of `out`, which does not overlap `x`, becomes the function of the `count`
  /// numbers of its row of `x`. There are no gaps between rows, and at most `batchRows` of them.
  static func rows(
    _ out: UnsafeMutablePointer<Value>, _ x: UnsafePointer<Value>, _ rows: Int, _ count: Int)
  /// The same for the columns of `count` rows of `width` numbers, at most `stripeLimit` of them;
  /// rows are `outStep` and `xStep` numbers apart.
  static func columns(
    _ out: UnsafeMutablePointer<Value>, _ outStep: Int, _ x: UnsafePointer<Value>, _ xStep: Int,
    _ count: Int, _ width: Int)
}

/// The loop of a function of rows over elements of `S`.
func loop<F: RowFunction, S: Element>(_: F.Type, _: S.Type) -> RowLoop
where F.Value == S.Compute {
  { out, outOuterStride, outInnerStride, x, xOuterStride, xInnerStride, outer, inner in
    let size = MemoryLayout<S>.stride
    let isDense = outInnerStride == size && xInnerStride == size
    if outer >= 8 && (!isDense || inner < shortRow) {
      return runColumns(
        F.self, S.self, out, outOuterStride, outInnerStride, x, xOuterStride, xInnerStride, outer,
        inner)
    }
    let batch = max(1, min(outer, batchRows, batchSize / max(inner, 1)))
    if isDense && S.self == S.Compute.self && out != x && outOuterStride == inner * size
      && xOuterStride == inner * size
    {
      for start in stride(from: 0, to: outer, by: batch) {
        F.rows(
          (out + start * outOuterStride).assumingMemoryBound(to: F.Value.self),
          (x + start * xOuterStride).assumingMemoryBound(to: F.Value.self),
          min(batch, outer - start), inner)
      }
      return
    }
    withBlock(of: F.Value.self, 2 * inner * batch) { source in
      let target = source + inner * batch
      for start in stride(from: 0, to: outer, by: batch) {
        let rows = min(batch, outer - start)
        for i in 0..<rows {
          load(S.self, source + i * inner, x + (start + i) * xOuterStride, xInnerStride, inner)
        }
        F.rows(target, source, rows, inner)
        for i in 0..<rows {
          store(
            S.self, out + (start + i) * outOuterStride, outInnerStride, target + i * inner, inner)
        }
      }
    }
  }
}

private func runColumns<F: RowFunction, S: Element>(
  _: F.Type, _: S.Type, _ out: UnsafeMutableRawPointer, _ outOuterStride: Int,
  _ outInnerStride: Int, _ x: UnsafeRawPointer, _ xOuterStride: Int, _ xInnerStride: Int,
  _ outer: Int, _ inner: Int
) where F.Value == S.Compute {
  let (most, size) = (stripeWidth(outer, inner), MemoryLayout<S>.stride)
  if outOuterStride == size && xOuterStride == size && S.self == S.Compute.self && out != x {
    for start in stride(from: 0, to: outer, by: most) {
      F.columns(
        (out + start * size).assumingMemoryBound(to: F.Value.self), outInnerStride / size,
        (x + start * size).assumingMemoryBound(to: F.Value.self), xInnerStride / size,
        inner, min(most, outer - start))
    }
    return
  }
  withBlock(of: F.Value.self, 2 * most * inner) { stripe in
    let target = stripe + most * inner
    for start in stride(from: 0, to: outer, by: most) {
      let width = min(most, outer - start)
      loadStripe(
        S.self, stripe, x + start * xOuterStride, xOuterStride, xInnerStride, width, inner)
      F.columns(target, width, stripe, width, inner, width)
      storeStripe(
        S.self, out + start * outOuterStride, outOuterStride, outInnerStride, target, width, inner)
    }
  }
}

/// Rows that are worked on together, so that what is done once for each is done in vectors too.
var batchRows: Int { @inline(__always) get { 128 } }

/// About how many numbers such rows have together: with the results they stay in the first cache.
private var batchSize: Int { @inline(__always) get { 4096 } }

/// Rows shorter than this are turned to stand side by side, where vectors run across them.
var shortRow: Int { @inline(__always) get { 48 } }

/// How many of `outer` rows of `inner` numbers to put side by side: what fits the second cache, in
/// whole vectors, but not so many that the figures kept for each leave the stack.
func stripeWidth(_ outer: Int, _ inner: Int) -> Int {
  min(outer, max(16, min(stripeLimit, stripeSize / max(inner, 1) & ~15)))
}

/// The most rows that stand side by side.
var stripeLimit: Int { @inline(__always) get { 128 } }

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

/// About how many numbers rows side by side have together.
private var stripeSize: Int { @inline(__always) get { 1 << 17 } }
