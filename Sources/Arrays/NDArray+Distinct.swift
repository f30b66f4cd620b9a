import Elements
import KernelChoice

extension NDArray {
  /// The different elements in order; where in them each element is; how often each occurs. What is
  /// not wanted is empty.
  ///
  /// - Throws: `TensorError.outOfMemory`.
  package func distinct(inverse: Bool, counts: Bool) throws -> [NDArray] {
    try checkOrder("unique")
    let row = try contiguous().viewed(as: [count])
    let (values, order) = try row.ordered(.sort, dim: 0, k: count, results: count)
    return try values.runs(order: order, inverseSizes: inverse ? sizes : nil, counts: counts)
  }

  /// The elements without those that equal the one before, in row-major order.
  ///
  /// - Throws: `TensorError.outOfMemory`.
  package func distinctRuns(inverse: Bool, counts: Bool) throws -> [NDArray] {
    try checkOrder("unique")
    return try contiguous().viewed(as: [count])
      .runs(order: nil, inverseSizes: inverse ? sizes : nil, counts: counts)
  }

  /// The first of each run of equal elements of a row; see `runs(of:)`.
  private func runs(order: NDArray?, inverseSizes: Dims?, counts: Bool) throws -> [NDArray] {
    var starts: [Int] = []
    if count > 0 {
      starts.append(0)
      let upper = try narrow(dim: 0, start: 1, length: count - 1)
      let differs = try upper.binary(.ne, narrow(dim: 0, start: 0, length: count - 1))
      let flags = differs.base.assumingMemoryBound(to: UInt8.self)
      for i in 0..<count - 1 where flags[i] != 0 { starts.append(i + 1) }
    }
    let places = try Self.positions(starts)
    let output = try starts.isEmpty ? copied() : gather(dim: 0, places)
    return [
      output,
      try Self.inverse(starts, order: order, count, sizes: inverseSizes),
      try counts ? Self.lengths(starts, count) : .empty([0], .int64),
    ]
  }

  /// The different slices along a dimension: in lexicographic order, or in theirs, without those
  /// that equal the one before.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.index`, `.runtime`, `.outOfMemory`.
  package func distinctSlices(
    dim: Int, isConsecutive: Bool, inverse: Bool, counts: Bool
  ) throws -> [NDArray] {
    if rank == 0 {
      throw TensorError.index("Dimension specified as \(dim) but tensor has no dimensions")
    }
    let dim = try Dims.wrap(dim, rank: rank)
    let slices = sizes[dim]
    if count == 0 {
      for i in 0..<rank where i != dim && sizes[i] == 0 && slices != 0 {
        throw TensorError.runtime(
          "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
      }
      return [
        try .empty(sizes, dtype), try .empty([0], .int64), try .empty([0], .int64),
      ]
    }
    let length = count / slices
    let rows = try transposed(0, dim).contiguous()
    let (base, step) = (rows.base, length * dtype.size)
    guard let compare = Kernels.compareRows(dtype) else {
      throw TensorError.notImplemented(kernel: "unique_dim", dtype)
    }
    var order = Array(0..<slices)
    if !isConsecutive {
      // Equal ones in their order, so that the result does not depend on how it is sorted.
      order.sort { a, b in
        let sign = compare(base + a * step, base + b * step, length)
        return sign == 0 ? a < b : sign < 0
      }
    }
    let holder = try rows.nanRows(slices, length)
    var starts: [Int] = []
    for i in 0..<slices {
      let isNew =
        i == 0 || holder[order[i]]
        || compare(base + order[i - 1] * step, base + order[i] * step, length) != 0
      if isNew { starts.append(i) }
    }
    let chosen = try Self.positions(starts.map { order[$0] })
    let ordered = try Self.positions(order)
    let inverseSizes: Dims? = inverse ? [slices] : nil
    return [
      try indexSelect(dim: dim, chosen),
      try Self.inverse(starts, order: ordered, slices, sizes: inverseSizes),
      try counts ? Self.lengths(starts, slices) : .empty([0], .int64),
    ]
  }

  private func checkOrder(_ kernel: String) throws {
    if dtype.isComplex { throw TensorError.notImplemented(kernel: kernel, dtype) }
  }

  /// Which of the rows hold a nan, and so equal none.
  private func nanRows(_ rows: Int, _ length: Int) throws -> [Bool] {
    if !dtype.isFloatingPoint { return Array(repeating: false, count: rows) }
    let isNaN = try viewed(as: [rows, length]).unary(.isNaN).reduced(.any, [1], keepdim: false)
    let flags = isNaN.base.assumingMemoryBound(to: UInt8.self)
    return (0..<rows).map { flags[$0] != 0 }
  }

  private static func positions(_ list: [Int]) throws -> NDArray {
    let result = try NDArray.empty([list.count], .int64)
    let target = result.base.assumingMemoryBound(to: Int.self)
    for (i, place) in list.enumerated() { target[i] = place }
    return result
  }

  /// For each of `count` elements, before they were put in `order`, the number of its run.
  private static func inverse(
    _ starts: [Int], order: NDArray?, _ count: Int, sizes: Dims?
  ) throws -> NDArray {
    guard let sizes else { return try .empty([0], .int64) }
    let result = try NDArray.empty(sizes, .int64)
    let target = result.base.assumingMemoryBound(to: Int.self)
    let places = order?.base.assumingMemoryBound(to: Int.self)
    for (number, start) in starts.enumerated() {
      let end = number + 1 < starts.count ? starts[number + 1] : count
      for i in start..<end { target[places.map { $0[i] } ?? i] = number }
    }
    return result
  }

  private static func lengths(_ starts: [Int], _ count: Int) throws -> NDArray {
    let result = try NDArray.empty([starts.count], .int64)
    let target = result.base.assumingMemoryBound(to: Int.self)
    for i in 0..<starts.count {
      target[i] = (i + 1 < starts.count ? starts[i + 1] : count) - starts[i]
    }
    return result
  }
}
