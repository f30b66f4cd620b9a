import Elements

// More copies with elements elsewhere, each by a few assignments between views.

extension NDArray {
  /// A copy in which everything is shifted along the given dimensions, and what leaves at one end
  /// comes back at the other.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.runtime`.
  package func rolled(_ shifts: Dims, _ dims: Dims) throws -> NDArray {
    if shifts.isEmpty { throw TensorError.runtime("`shifts` required") }
    if dims.isEmpty && shifts.count == 1 {
      return try contiguous().with(.strided([count], [1])).rolled(shifts, [0]).viewed(as: sizes)
    }
    if shifts.count != dims.count {
      throw TensorError.runtime(
        "shifts and dimensions must align. shifts: \(shifts.count), dims:\(dims.count)")
    }
    var result = self
    for (shift, dim) in zip(shifts, dims) {
      let dim = try Dims.wrap(dim, rank: rank)
      if rank == 0 {
        throw TensorError.index("Dimension specified as 0 but tensor has no dimensions")
      }
      if count == 0 { continue }
      let size = sizes[dim]
      let first = (shift % size + size) % size
      let rolled = try NDArray(uninitialized: sizes, dtype)
      try rolled.narrow(dim: dim, start: first, length: size - first)
        .assign(result.narrow(dim: dim, start: 0, length: size - first))
      try rolled.narrow(dim: dim, start: 0, length: first)
        .assign(result.narrow(dim: dim, start: size - first, length: first))
      result = rolled
    }
    return result.storage === storage ? try copied() : result
  }

  /// A copy turned by right angles from the first of two dimensions to the second.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.runtime`.
  package func rotated(_ turns: Int, _ dims: Dims) throws -> NDArray {
    if dims.count != 2 {
      throw TensorError.runtime("expected total rotation dims == 2, but got dims = \(dims.count)")
    }
    if rank < 2 {
      throw TensorError.runtime("expected total dims >= 2, but got total dims = \(rank)")
    }
    if dims[0] == dims[1] || (dims[0] &- dims[1]).magnitude == rank {
      throw TensorError.runtime(
        "expected rotation dims to be different, but got dim0 = \(dims[0]) and dim1 = \(dims[1])")
    }
    let (a, b) = (try Dims.wrap(dims[0], rank: rank), try Dims.wrap(dims[1], rank: rank))
    switch (turns % 4 + 4) % 4 {
    case 1: return try flipped([b]).transposed(a, b)
    case 2: return try flipped([a, b])
    case 3: return try flipped([a]).transposed(a, b)
    default: return try copied()
    }
  }

  /// Zeros with the last dimension of this array on a diagonal of two new dimensions.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.runtime`, and what `empty` throws.
  package func diagonalEmbedded(_ shift: Int, _ dim1: Int, _ dim2: Int) throws -> NDArray {
    let row = try Dims.wrap(dim1, rank: rank + 1)
    let column = try Dims.wrap(dim2, rank: rank + 1)
    if row == column {
      throw TensorError.runtime("diagonal dimensions cannot be identical \(dim1), \(dim2)")
    }
    let distance = Int(clamping: shift.magnitude)
    let (side, overflow) = (sizes.last ?? 0).addingReportingOverflow(distance)
    if overflow { throw TensorError.sizeOverflow }
    var newSizes = sizes
    newSizes.remove(at: rank - 1)
    for dim in [min(row, column), max(row, column)] { newSizes.insert(side, at: dim) }
    try newSizes.checkStorage(dtype)
    let result = try NDArray.full(newSizes, 0, dtype)
    try result.diagonal(offset: shift, dim1: row, dim2: column).assign(self)
    return result
  }

  /// The numbers 0, 1, 2, …, each as often as this 1-D array says.
  ///
  /// - Throws: `TensorError.runtime`, `.notImplemented`, and what `empty` throws.
  package func interleaved(outputSize: Int?) throws -> NDArray {
    if rank != 1 { throw TensorError.runtime("repeat_interleave only accept 1D vector as repeat") }
    guard isPosition else {
      throw TensorError.notImplemented(kernel: "repeat_interleave_cpu", dtype)
    }
    let list = try cast(to: .int64).contiguous()
    let repeats = list.base.assumingMemoryBound(to: Int.self)
    var total = 0
    for i in 0..<count {
      if repeats[i] < 0 { throw TensorError.runtime("repeats can not be negative") }
      let (sum, overflow) = total.addingReportingOverflow(repeats[i])
      if overflow { throw TensorError.sizeOverflow }
      total = sum
    }
    if let outputSize, outputSize != total {
      throw TensorError.runtime("allocated size does not match required size")
    }
    let result = try NDArray.empty([total], .int64)
    let out = result.base.assumingMemoryBound(to: Int.self)
    var next = 0
    for i in 0..<count {
      for _ in 0..<repeats[i] {
        out[next] = i
        next += 1
      }
    }
    return try result.cast(to: dtype)
  }

  /// All choices of positions below `size`, in lexicographic order, one row for each.
  ///
  /// - Throws: what `empty` throws.
  package static func choices(
    of size: Int, count: Int, withReplacement: Bool
  ) throws -> NDArray {
    // How many there are: a binomial coefficient, of which each step is whole.
    var rows = 1
    let (last, isTooLarge) = size.addingReportingOverflow(count - 1)
    if withReplacement && isTooLarge { throw TensorError.sizeOverflow }
    let top = withReplacement ? last : size
    if size == 0 || top < count {
      return try NDArray.empty([0, count], .int64)
    }
    for i in 0..<count {
      let (product, overflow) = rows.multipliedReportingOverflow(by: top - i)
      if overflow { throw TensorError.sizeOverflow }
      rows = product / (i + 1)
    }
    let result = try NDArray.empty([rows, count], .int64)
    let out = result.base.assumingMemoryBound(to: Int.self)
    var choice = (0..<count).map { withReplacement ? 0 : $0 }
    for row in 0..<rows {
      for (i, position) in choice.enumerated() { out[row * count + i] = position }
      // The last position that can still grow; those behind it start over.
      guard
        let grown = choice.indices.last(where: {
          choice[$0] < (withReplacement ? size - 1 : size - count + $0)
        })
      else { break }
      choice[grown] += 1
      for i in choice.indices where i > grown {
        choice[i] = withReplacement ? choice[grown] : choice[i - 1] + 1
      }
    }
    return result
  }
}
