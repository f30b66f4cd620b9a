/// How to go through arrays of one shape, row by row.
///
/// Dimensions of size one are dropped, the others ordered so that the first array's memory is
/// walked forwards, and neighbours merged where every array allows it: contiguous arrays of any
/// rank become one row. It lies in memory of the caller's: first the sizes, outermost first, then
/// each array's byte strides. Nothing is allocated, except for shapes of very many dimensions.
struct WalkPlan {
  private let sizes: UnsafeMutablePointer<Int>
  private let operands: Int
  private let capacity: Int
  private var rank = 0

  /// Calls `body` with an empty plan for so many arrays of a shape's rank.
  static func with<Failure: Error>(
    _ rank: Int, operands: Int, _ body: (inout WalkPlan) throws(Failure) -> Void
  ) throws(Failure) {
    let capacity = max(rank, 1)
    try withUnsafeTemporaryAllocation(of: Int.self, capacity: (operands + 1) * capacity) {
      (memory) throws(Failure) -> Void in
      guard let sizes = memory.baseAddress else { return }
      var plan = WalkPlan(sizes: sizes, operands: operands, capacity: capacity)
      try body(&plan)
    }
  }

  private init(sizes: UnsafeMutablePointer<Int>, operands: Int, capacity: Int) {
    self.sizes = sizes
    self.operands = operands
    self.capacity = capacity
  }

  private func strides(_ operand: Int) -> UnsafeMutablePointer<Int> {
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
    take(operand, shape) { i in
      let dim = i - lead
      return dim < 0 || layout.sizes[dim] == 1 ? 0 : layout.strides[dim] &* size
    }
  }

  /// Takes the stride along each of those dimensions, by its position in the shape.
  @inline(__always)
  func take(_ operand: Int, _ shape: Dims, _ stride: (Int) -> Int) {
    let target = strides(operand)
    var position = 0
    for i in 0..<shape.count where shape[i] != 1 {
      target[position] = stride(i)
      position += 1
    }
  }

  /// Sorts and merges what was taken.
  mutating func settle() {
    sort()
    merge()
  }

  /// Insertion sort: by the first array's stride, then by the next one's where an array repeats
  /// itself along both dimensions. Stable, so equal strides keep their order.
  private func sort() {
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
  private mutating func merge() {
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

  /// How many elements a row has.
  var rowLength: Int { rank == 0 ? 1 : sizes[rank - 1] }

  /// How far a row's elements are apart, in each array.
  var rowStrides: InlineArray<4, Int> {
    var result = InlineArray<4, Int>(repeating: 0)
    if rank > 0 {
      for operand in 0..<operands { result[operand] = strides(operand)[rank - 1] }
    }
    return result
  }

  /// How many rows there are.
  var rowCount: Int {
    var rows = 1
    for dim in 0..<max(0, rank - 1) { rows *= sizes[dim] }
    return rows
  }

  /// Calls `row` with the byte offset in each array at which each row of a range starts, in
  /// row-major order.
  @inline(__always)
  func forEachRow<Failure: Error>(
    _ range: Range<Int>, _ row: (InlineArray<4, Int>) throws(Failure) -> Void
  ) throws(Failure) {
    var offsets = InlineArray<4, Int>(repeating: 0)
    let outer = rank - 1
    if outer <= 0 { return try row(offsets) }
    try withUnsafeTemporaryAllocation(of: Int.self, capacity: outer) {
      (memory) throws(Failure) -> Void in
      guard let position = memory.baseAddress else { return }
      var rest = range.lowerBound
      for dim in (0..<outer).reversed() {
        position[dim] = rest % sizes[dim]
        rest /= sizes[dim]
        for operand in 0..<operands { offsets[operand] += position[dim] * strides(operand)[dim] }
      }
      for _ in range {
        try row(offsets)
        var dim = outer - 1
        while dim >= 0 {
          position[dim] += 1
          for operand in 0..<operands { offsets[operand] += strides(operand)[dim] }
          if position[dim] < sizes[dim] { break }
          for operand in 0..<operands { offsets[operand] -= strides(operand)[dim] * sizes[dim] }
          position[dim] = 0
          dim -= 1
        }
      }
    }
  }
}
