/// A walk over up to four arrays of one shape, row by row.
///
/// Dimensions of size one are dropped, the others ordered so that memory is walked forwards, and
/// neighbours merged where every operand allows it: contiguous operands of any rank become one row.
package struct StridedLoop {
  /// Sizes after merging, outermost first; the last is the row.
  private var sizes: Dims = []
  /// Byte strides of each operand, parallel to `sizes`.
  private var strides = InlineArray<4, Dims>(repeating: [])
  private let operands: Int
  private let isEmpty: Bool

  /// - Parameters:
  ///   - sizes: the common shape.
  ///   - byteStrides: for each operand, its strides in bytes, as many as there are sizes.
  package init(_ sizes: Dims, _ byteStrides: Dims...) {
    self.init(sizes, operands: byteStrides)
  }

  private init(_ shape: Dims, operands byteStrides: [Dims]) {
    operands = byteStrides.count
    isEmpty = shape.contains(0)
    // The sizes of an empty shape may be too large to multiply.
    if isEmpty { return }
    var order = Dims()
    for dim in shape.indices where shape[dim] != 1 { order.append(dim) }
    Self.sort(&order, by: byteStrides)
    for dim in order {
      if canMerge(shape[dim], dim, byteStrides) {
        sizes[sizes.count - 1] *= shape[dim]
        for k in 0..<operands { strides[k][sizes.count - 1] = byteStrides[k][dim] }
      } else {
        sizes.append(shape[dim])
        for k in 0..<operands { strides[k].append(byteStrides[k][dim]) }
      }
    }
    if sizes.isEmpty {
      sizes.append(1)
      for k in 0..<operands { strides[k].append(0) }
    }
  }

  /// Insertion sort, outermost first: by the first operand's stride, then by the next one's where
  /// an operand repeats itself along both dimensions. Stable, so equal strides keep their order.
  private static func sort(_ order: inout Dims, by byteStrides: [Dims]) {
    func isInner(_ a: Int, than b: Int) -> Bool {
      for strides in byteStrides where strides[a] != 0 && strides[b] != 0 {
        if strides[a] != strides[b] { return abs(strides[a]) < abs(strides[b]) }
      }
      return false
    }
    var i = 1
    while i < order.count {
      var j = i
      while j > 0 && isInner(order[j - 1], than: order[j]) {
        order.swapAt(j - 1, j)
        j -= 1
      }
      i += 1
    }
  }

  private func canMerge(_ size: Int, _ dim: Int, _ byteStrides: [Dims]) -> Bool {
    guard let last = sizes.indices.last else { return false }
    for k in 0..<operands where strides[k][last] != byteStrides[k][dim] * size { return false }
    return true
  }

  /// Calls `row` with the byte offset of each operand at the start of a row, the byte strides
  /// along the row, and its length.
  package func forEachRow(
    _ row: (
      _ offsets: InlineArray<4, Int>, _ strides: InlineArray<4, Int>, _ count: Int
    ) throws -> Void
  ) rethrows {
    if isEmpty { return }
    let inner = sizes.count - 1
    var rowStrides = InlineArray<4, Int>(repeating: 0)
    for k in 0..<operands { rowStrides[k] = strides[k][inner] }
    var offsets = InlineArray<4, Int>(repeating: 0)
    var position = Dims(repeating: 0, count: inner)
    while true {
      try row(offsets, rowStrides, sizes[inner])
      var dim = inner - 1
      while dim >= 0 {
        position[dim] += 1
        for k in 0..<operands { offsets[k] += strides[k][dim] }
        if position[dim] < sizes[dim] { break }
        for k in 0..<operands { offsets[k] -= strides[k][dim] * sizes[dim] }
        position[dim] = 0
        dim -= 1
      }
      if dim < 0 { return }
    }
  }
}
