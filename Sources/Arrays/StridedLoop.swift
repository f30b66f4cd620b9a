/// A walk over up to four arrays of one shape, given by sizes and strides: the rows of a `WalkPlan`,
/// one after the other.
package struct StridedLoop {
  private let sizes: Dims
  private let byteStrides: [Dims]

  /// - Parameters:
  ///   - sizes: the common shape.
  ///   - byteStrides: for each operand, its strides in bytes, as many as there are sizes.
  package init(_ sizes: Dims, _ byteStrides: Dims...) {
    self.sizes = sizes
    self.byteStrides = byteStrides
  }

  /// Calls `row` with the byte offset of each operand at the start of a row, the byte strides
  /// along the row, and its length.
  package func forEachRow<Failure: Error>(
    _ row: (
      _ offsets: InlineArray<4, Int>, _ strides: InlineArray<4, Int>, _ count: Int
    ) throws(Failure) -> Void
  ) throws(Failure) {
    try WalkPlan.with(sizes.count, operands: byteStrides.count) {
      (plan: inout WalkPlan) throws(Failure) -> Void in
      if !plan.take(sizes) { return }
      for operand in byteStrides.indices {
        plan.take(operand, sizes) { byteStrides[operand][$0] }
      }
      plan.settle()
      let (strides, count) = (plan.rowStrides, plan.rowLength)
      try plan.forEachRow(0..<plan.rowCount) { (offsets) throws(Failure) -> Void in
        try row(offsets, strides, count)
      }
    }
  }
}
