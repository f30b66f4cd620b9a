import Elements

/// A matrix as BLAS knows it: dense rows, or dense columns.
struct DenseOperand {
  let start: UnsafeMutableRawPointer
  /// From one dense row, or column, to the next, in elements.
  let distance: Int
  /// True when columns are dense.
  let isTransposed: Bool

  var letter: CChar { isTransposed ? 0x54 : 0x4e }  // T, N
  /// CBLAS's number for it.
  var number: Int32 { isTransposed ? 112 : 111 }

  /// Nil where neither rows nor columns are dense, or where they overlap.
  init?(_ operand: MatrixProduct.Operand, _ rows: Int, _ columns: Int, size: Int) {
    start = operand.start
    if operand.columnStride == size && operand.rowStride >= columns &* size
      && operand.rowStride % size == 0
    {
      (distance, isTransposed) = (operand.rowStride / size, false)
    } else if operand.rowStride == size && operand.columnStride >= rows &* size
      && operand.columnStride % size == 0
    {
      (distance, isTransposed) = (operand.columnStride / size, true)
    } else {
      return nil
    }
  }
}

extension MatrixProduct {
  /// Puts `d` where BLAS wants it: into `c`.
  func copyAddend<T: BitwiseCopyable>(of _: T.Type) {
    guard let d else { return }
    for i in 0..<m {
      let row = c.at(i, 0).assumingMemoryBound(to: T.self)
      if d.columnStride == MemoryLayout<T>.stride {
        row.update(from: d.at(i, 0).assumingMemoryBound(to: T.self), count: n)
      } else {
        for j in 0..<n { row[j] = d.at(i, j).assumingMemoryBound(to: T.self).pointee }
      }
    }
  }
}
