import Elements

/// A fold of stored elements into one output by way of a wider total.
protocol Fold: SendableMetatype {
  associatedtype Stored: BitwiseCopyable
  associatedtype Total: BitwiseCopyable
  associatedtype Output: BitwiseCopyable
  static var identity: Total { get }
  static func lift(_ x: Stored) -> Total
  static func combine(_ x: Total, _ y: Total) -> Total
  /// The output of a total of `count` elements.
  static func finish(_ total: Total, _ count: Int) -> Output
}

/// Totals that are kept side by side in a row fold, so that additions don't wait for one another.
private var lanes: Int { @inline(__always) get { 32 } }

/// From how many columns on vectors are full without taking several rows for one. It may not depend
/// on the type: callers that divide columns among threads leave fewer together.
private var narrow: Int { @inline(__always) get { 64 } }

/// The fold of `count` dense elements.
///
/// Rounding errors of a long sum in one float32 would grow with its length; ten million ones add
/// up to 16,777,216. Halves are folded apart, so that errors grow with the logarithm.
func foldRow<F: Fold>(_: F.Type, _ x: UnsafePointer<F.Stored>, _ count: Int) -> F.Total {
  if count > 4096 {
    let half = count / 2 / lanes * lanes
    return F.combine(foldRow(F.self, x, half), foldRow(F.self, x + half, count - half))
  }
  return foldBlock(F.self, x, count)
}

@inline(never)
private func foldBlock<F: Fold>(_: F.Type, _ x: UnsafePointer<F.Stored>, _ count: Int) -> F.Total {
  var total = F.identity
  var (row, rest) = (x, count)
  if rest >= lanes {
    // An array of fixed length stays in registers where each loop over it is short enough to be
    // unrolled.
    var totals = InlineArray<32, F.Total> { F.lift(row[$0]) }
    row += lanes
    rest &-= lanes
    while rest >= lanes {
      for j in 0..<lanes {
        totals[unchecked: j] = F.combine(totals[unchecked: j], F.lift(row[j]))
      }
      row += lanes
      rest &-= lanes
    }
    var half = lanes / 2
    while half > 0 {
      for j in 0..<half {
        totals[unchecked: j] = F.combine(totals[unchecked: j], totals[unchecked: j &+ half])
      }
      half /= 2
    }
    total = totals[unchecked: 0]
  }
  while rest >= 8 {
    let first = F.combine(
      F.combine(F.lift(row[0]), F.lift(row[1])), F.combine(F.lift(row[2]), F.lift(row[3])))
    let second = F.combine(
      F.combine(F.lift(row[4]), F.lift(row[5])), F.combine(F.lift(row[6]), F.lift(row[7])))
    total = F.combine(total, F.combine(first, second))
    row += 8
    rest &-= 8
  }
  for j in 0..<rest { total = F.combine(total, F.lift(row[j])) }
  return total
}

/// The sum of products of two dense rows, in halves as above.
func productSum<T: Real>(_ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ count: Int) -> T {
  if count > 4096 {
    let half = count / 2 / lanes * lanes
    return productSum(x, y, half) + productSum(x + half, y + half, count - half)
  }
  return productBlock(x, y, count)
}

@inline(never)
private func productBlock<T: Real>(
  _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ count: Int
) -> T {
  var totals = InlineArray<32, T> { _ in 0 }
  var (left, right, rest) = (x, y, count)
  while rest >= lanes {
    for j in 0..<lanes { totals[unchecked: j] += left[j] * right[j] }
    left += lanes
    right += lanes
    rest &-= lanes
  }
  var total: T = 0
  for j in 0..<rest { total += left[j] * right[j] }
  var half = lanes / 2
  while half > 0 {
    for j in 0..<half { totals[unchecked: j] += totals[unchecked: j &+ half] }
    half /= 2
  }
  return total + totals[unchecked: 0]
}

/// Adds four rows to the totals at once, which saves three of four trips of the totals to memory.
@inline(__always)
private func addRows<F: Fold>(
  _: F.Type, _ totals: UnsafeMutablePointer<F.Total>, _ a: UnsafePointer<F.Stored>,
  _ b: UnsafePointer<F.Stored>, _ c: UnsafePointer<F.Stored>, _ d: UnsafePointer<F.Stored>,
  _ width: Int
) {
  for j in 0..<width {
    let left = F.combine(F.lift(a[j]), F.lift(b[j]))
    let right = F.combine(F.lift(c[j]), F.lift(d[j]))
    totals[j] = F.combine(totals[j], F.combine(left, right))
  }
}

/// The fold of `count` elements `stride` bytes apart, in halves as above.
func foldStrided<F: Fold>(
  _: F.Type, _ x: UnsafeRawPointer, _ stride: Int, _ count: Int
) -> F.Total {
  if count > 128 {
    let half = count / 2
    return F.combine(
      foldStrided(F.self, x, stride, half),
      foldStrided(F.self, x + half * stride, stride, count - half))
  }
  var total = F.identity
  for i in 0..<count {
    total = F.combine(
      total, F.lift((x + i * stride).assumingMemoryBound(to: F.Stored.self).pointee))
  }
  return total
}

/// Folds `count` rows of `width` dense elements into `width` totals, in halves as above.
func foldColumns<F: Fold>(
  _: F.Type, _ totals: UnsafeMutablePointer<F.Total>,
  _ x: UnsafeRawPointer, _ stride: Int, _ count: Int, _ width: Int
) {
  func row(_ i: Int) -> UnsafePointer<F.Stored> {
    (x + i * stride).assumingMemoryBound(to: F.Stored.self)
  }
  guard count > 128 else {
    totals.update(repeating: F.identity, count: width)
    var done = 0
    while done + 4 <= count {
      addRows(F.self, totals, row(done), row(done + 1), row(done + 2), row(done + 3), width)
      done += 4
    }
    while done < count {
      let last = row(done)
      for j in 0..<width { totals[j] = F.combine(totals[j], F.lift(last[j])) }
      done += 1
    }
    return
  }
  let half = count / 2
  foldColumns(F.self, totals, x, stride, half, width)
  withUnsafeTemporaryAllocation(of: F.Total.self, capacity: width) { buffer in
    guard let others = buffer.baseAddress else { return }
    foldColumns(F.self, others, x + half * stride, stride, count - half, width)
    for j in 0..<width { totals[j] = F.combine(totals[j], others[j]) }
  }
}

/// The loop of a fold as a value. Rows are folded along memory where they are dense; where the
/// columns are dense instead, many rows are folded side by side.
func loop<F: Fold>(_: F.Type) -> ReductionLoop {
  { out, outStride, x, outerStride, innerStride, outer, inner in
    let size = MemoryLayout<F.Stored>.stride
    func store(_ i: Int, _ total: F.Total) {
      (out + i * outStride).assumingMemoryBound(to: F.Output.self).pointee =
        F.finish(total, inner)
    }
    if outerStride == size && outer > 1 && inner > 1 && innerStride != size {
      withBlock(of: F.Total.self) { totals, tile in
        if outer < narrow && innerStride == outer * size {
          foldNarrow(F.self, totals, tile, x, outer, inner)
          for j in 0..<outer { store(j, totals[j]) }
          return
        }
        for start in stride(from: 0, to: outer, by: tile) {
          let width = min(tile, outer - start)
          foldColumns(F.self, totals, x + start * size, innerStride, inner, width)
          for j in 0..<width { store(start + j, totals[j]) }
        }
      }
      return
    }
    var done = 0
    if innerStride == size && inner < lanes {
      // Short rows are folded four at a time, so that additions don't wait for one another.
      while done + 4 <= outer {
        let row = x + done * outerStride
        let (a, b) = (row.as(F.self), (row + outerStride).as(F.self))
        let (c, d) = ((row + 2 * outerStride).as(F.self), (row + 3 * outerStride).as(F.self))
        var totals = (F.identity, F.identity, F.identity, F.identity)
        for j in 0..<inner {
          totals.0 = F.combine(totals.0, F.lift(a[j]))
          totals.1 = F.combine(totals.1, F.lift(b[j]))
          totals.2 = F.combine(totals.2, F.lift(c[j]))
          totals.3 = F.combine(totals.3, F.lift(d[j]))
        }
        store(done, totals.0)
        store(done + 1, totals.1)
        store(done + 2, totals.2)
        store(done + 3, totals.3)
        done += 4
      }
    }
    while done < outer {
      let row = x + done * outerStride
      if innerStride == size {
        store(done, foldRow(F.self, row.as(F.self), inner))
      } else {
        store(done, foldStrided(F.self, row, innerStride, inner))
      }
      done += 1
    }
  }
}

/// Folds `count` rows of `width` elements without gaps between them into `width` totals: several
/// rows are taken for one, so that vectors are full. There is room for `capacity` totals.
private func foldNarrow<F: Fold>(
  _: F.Type, _ totals: UnsafeMutablePointer<F.Total>, _ capacity: Int,
  _ x: UnsafeRawPointer, _ width: Int, _ count: Int
) {
  let size = MemoryLayout<F.Stored>.stride
  let together = min(capacity / width, count)
  let (rows, rest) = count.quotientAndRemainder(dividingBy: together)
  let wide = together * width
  foldColumns(F.self, totals, x, wide * size, rows, wide)
  // In halves here too: there may be as many of these totals as a block of the sum has rows.
  var left = together
  while left > 1 {
    let half = left / 2
    let others = totals + (left - half) * width
    for j in 0..<half * width { totals[j] = F.combine(totals[j], others[j]) }
    left -= half
  }
  if rest > 0 {
    let others = totals + width
    foldColumns(F.self, others, x + rows * wide * size, width * size, rest, width)
    for j in 0..<width { totals[j] = F.combine(totals[j], others[j]) }
  }
}

extension UnsafeRawPointer {
  /// A row of what `F` folds.
  @inline(__always)
  fileprivate func `as`<F: Fold>(_: F.Type) -> UnsafePointer<F.Stored> {
    assumingMemoryBound(to: F.Stored.self)
  }
}
