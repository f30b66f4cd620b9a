import Parallel

/// A walk over up to four arrays that broadcast to one shape, by the rows of a `WalkPlan`, on as
/// many threads as it is worth.
package enum Walk {
  /// Where a row starts in each array, and how far its elements are apart there, in bytes.
  package struct Row {
    package fileprivate(set) var starts: InlineArray<4, UnsafeMutableRawPointer>
    package fileprivate(set) var strides: InlineArray<4, Int>
    package fileprivate(set) var count: Int

    @inline(__always)
    fileprivate func moved(by offsets: InlineArray<4, Int>) -> Row {
      var row = self
      for operand in 0..<4 { row.starts[operand] += offsets[operand] }
      return row
    }
  }

  /// Elements that are worth another thread.
  static let grain = 1 << 15

  /// Calls `body` with rows that together are all elements; in no order, on any thread.
  ///
  /// - Parameters:
  ///   - sizes: the common shape; no array has a dimension that is not one or as large.
  ///   - a: the array that is written, of that shape.
  package static func rows(
    _ sizes: Dims, _ a: NDArray, _ b: NDArray, _ c: NDArray? = nil, _ d: NDArray? = nil,
    _ body: (Row) -> Void
  ) {
    WalkPlan.with(sizes.count, operands: d != nil ? 4 : c != nil ? 3 : 2) { plan in
      if !plan.take(sizes) { return }
      plan.take(a, 0, sizes)
      plan.take(b, 1, sizes)
      if let c { plan.take(c, 2, sizes) }
      if let d { plan.take(d, 3, sizes) }
      plan.settle()
      let first = a.base
      let row = Row(
        starts: [first, b.base, c?.base ?? first, d?.base ?? first], strides: plan.rowStrides,
        count: plan.rowLength)
      run(plan, row, body)
    }
  }

  private static func run(_ plan: WalkPlan, _ row: Row, _ body: (Row) -> Void) {
    let rows = plan.rowCount
    if rows == 1 {
      return Parallel.forEach(row.count, grain: grain) { range in
        var offsets = row.strides
        for operand in 0..<4 { offsets[operand] *= range.lowerBound }
        var part = row.moved(by: offsets)
        part.count = range.count
        body(part)
      }
    }
    Parallel.forEach(rows, grain: max(1, grain / row.count)) { range in
      plan.forEachRow(range) { offsets in body(row.moved(by: offsets)) }
    }
  }
}
