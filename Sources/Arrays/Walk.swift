import Parallel

/// A walk over up to four arrays that broadcast to one shape, row by row, on as many threads as it
/// is worth.
///
/// Dimensions of size one are dropped, the others ordered so that the first array's memory is
/// walked forwards, and neighbours merged where every array allows it: contiguous arrays of any
/// rank become one row. Nothing is allocated, except for shapes of very many dimensions.
package enum Walk {
  /// Where a row starts in each array, and how far its elements are apart there, in bytes.
  package struct Row {
    package fileprivate(set) var starts: InlineArray<4, UnsafeMutableRawPointer>
    package fileprivate(set) var strides: InlineArray<4, Int>
    package fileprivate(set) var count: Int
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
    let rank = sizes.count
    let operands = d != nil ? 4 : c != nil ? 3 : 2
    withUnsafeTemporaryAllocation(of: Int.self, capacity: (operands + 1) * max(rank, 1)) {
      guard let memory = $0.baseAddress else { return }
      var plan = Plan(sizes: memory, operands: operands, capacity: max(rank, 1))
      if !plan.take(sizes) { return }
      plan.take(a, 0, sizes)
      plan.take(b, 1, sizes)
      if let c { plan.take(c, 2, sizes) }
      if let d { plan.take(d, 3, sizes) }
      plan.sort()
      plan.merge()
      let first = a.base
      let starts: InlineArray<4, UnsafeMutableRawPointer> = [
        first, b.base, c?.base ?? first, d?.base ?? first,
      ]
      plan.run(starts, body)
    }
  }
}

/// Sizes and byte strides in memory of the caller's: first the sizes, outermost first, then each
/// array's strides.
private struct Plan {
  let sizes: UnsafeMutablePointer<Int>
  let operands: Int
  let capacity: Int
  var rank = 0

  func strides(_ operand: Int) -> UnsafeMutablePointer<Int> {
    sizes + (operand + 1) * capacity
  }

  /// Takes the sizes that are not one; false when there are no elements.
  mutating func take(_ shape: Dims) -> Bool {
    for i in 0..<shape.count where shape[i] != 1 {
      if shape[i] == 0 { return false }
      sizes[rank] = shape[i]
      rank += 1
    }
    return true
  }

  /// Takes an array's strides along those dimensions: zero where it is stretched.
  func take(_ array: NDArray, _ operand: Int, _ shape: Dims) {
    let layout = array.layout
    let size = array.dtype.size
    let lead = shape.count - layout.sizes.count
    let target = strides(operand)
    var position = 0
    for i in 0..<shape.count where shape[i] != 1 {
      let dim = i - lead
      target[position] = dim < 0 || layout.sizes[dim] == 1 ? 0 : layout.strides[dim] &* size
      position += 1
    }
  }

  /// Insertion sort: by the first array's stride, then by the next one's where an array repeats
  /// itself along both dimensions. Stable, so equal strides keep their order.
  func sort() {
    for i in stride(from: 1, to: rank, by: 1) {
      var j = i
      while j > 0 && isInner(j - 1, than: j) {
        for row in 0...operands {
          let numbers = sizes + row * capacity
          (numbers[j - 1], numbers[j]) = (numbers[j], numbers[j - 1])
        }
        j -= 1
      }
    }
  }

  private func isInner(_ a: Int, than b: Int) -> Bool {
    for operand in 0..<operands {
      let (x, y) = (strides(operand)[a], strides(operand)[b])
      if x != 0 && y != 0 && x != y { return x.magnitude < y.magnitude }
    }
    return false
  }

  /// Makes one dimension of two neighbours that every array walks with one stride.
  mutating func merge() {
    var kept = 0
    for next in stride(from: 1, to: rank, by: 1) {
      let size = sizes[next]
      var fits = true
      for operand in 0..<operands where fits {
        let numbers = strides(operand)
        fits = numbers[kept] == numbers[next] &* size
      }
      if fits {
        sizes[kept] *= size
      } else {
        kept += 1
        sizes[kept] = size
      }
      for operand in 0..<operands { strides(operand)[kept] = strides(operand)[next] }
    }
    rank = min(rank, kept + 1)
  }

  func run(_ starts: InlineArray<4, UnsafeMutableRawPointer>, _ body: (Walk.Row) -> Void) {
    var row = Walk.Row(starts: starts, strides: [0, 0, 0, 0], count: 1)
    if rank == 0 { return body(row) }
    let length = sizes[rank - 1]
    for operand in 0..<operands { row.strides[operand] = strides(operand)[rank - 1] }
    if rank == 1 {
      return Parallel.forEach(length, grain: Walk.grain) { range in
        var part = row
        for operand in 0..<operands {
          part.starts[operand] += range.lowerBound * part.strides[operand]
        }
        part.count = range.count
        body(part)
      }
    }
    row.count = length
    var rows = 1
    for dim in 0..<(rank - 1) { rows *= sizes[dim] }
    Parallel.forEach(rows, grain: max(1, Walk.grain / length)) { range in
      run(range, row, body)
    }
  }

  /// The rows of a range, counted in row-major order.
  private func run(_ range: Range<Int>, _ first: Walk.Row, _ body: (Walk.Row) -> Void) {
    let outer = rank - 1
    withUnsafeTemporaryAllocation(of: Int.self, capacity: outer) {
      guard let position = $0.baseAddress else { return }
      var row = first
      var rest = range.lowerBound
      for dim in (0..<outer).reversed() {
        position[dim] = rest % sizes[dim]
        rest /= sizes[dim]
        for operand in 0..<operands {
          row.starts[operand] += position[dim] * strides(operand)[dim]
        }
      }
      for _ in range {
        body(row)
        var dim = outer - 1
        while dim >= 0 {
          position[dim] += 1
          for operand in 0..<operands { row.starts[operand] += strides(operand)[dim] }
          if position[dim] < sizes[dim] { break }
          for operand in 0..<operands {
            row.starts[operand] -= strides(operand)[dim] * sizes[dim]
          }
          position[dim] = 0
          dim -= 1
        }
      }
    }
  }
}
