import Elements

extension NDArray {
  /// The rows of this matrix that `indices` names, in its shape.
  ///
  /// - Throws: `TensorError.runtime`, `.index`.
  package func rows(at indices: NDArray) throws -> NDArray {
    if rank != 2 { throw TensorError.runtime("'weight' must be 2-D") }
    try indices.checkIsIndex("embedding")
    let positions = try indices.positions(in: sizes[0]) { _, _ in
      .index("index out of range in self")
    }
    return try IndexPlan(sizes, dim: 0, checked: positions).read(self)
  }

  /// - Parameter function: how PyTorch calls it.
  /// - Throws: `TensorError.runtime` for a dtype that can't be an index.
  package func checkIsIndex(_ function: String) throws {
    if isPosition { return }
    throw TensorError.runtime(
      "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, "
        + "Int; but got \(dtype.tensorTypeName) instead (while checking arguments for \(function))")
  }

  /// Shrinks the rows of this matrix that `indices` names to a p-norm, where theirs is larger.
  ///
  /// - Throws: `TensorError.runtime`, `.index`.
  package func renormRows(_ indices: NDArray, maxNorm: Double, p: Double) throws {
    if rank != 2 { throw TensorError.runtime("'self' must be 2-D") }
    try indices.checkIsIndex("embedding_renorm_")
    let positions = try indices.positions(in: sizes[0]) { _, _ in
      .index("index out of range in self")
    }
    let list = positions.base.assumingMemoryBound(to: Int.self)
    for row in Set((0..<positions.count).map { list[$0] }) {
      let numbers = try select(dim: 0, index: row)
      let wide = try numbers.cast(to: .float64).unary(.abs)
      let norm: Double
      if p == .infinity {
        norm = wide.count == 0 ? 0 : try wide.reduced(.max, [0], keepdim: false).item().double
      } else {
        let powers = try wide.binary(.pow, .double(p), dtype: .float64)
        let sum = try powers.sum([0], keepdim: false)
        norm = try sum.binary(.pow, .double(1 / p), dtype: .float64).item().double
      }
      if norm > maxNorm {
        _ = try numbers.binary(.mul, .double(maxNorm / (norm + 1e-7)), dtype: dtype, into: numbers)
      }
    }
  }
}

/// Bags of rows of a matrix, each of which becomes one row.
package struct RowBags {
  /// What becomes of the rows of a bag.
  package enum Mode: Int { case sum, mean, max }

  private let weight: NDArray
  private let indices: NDArray
  private let factors: NDArray?
  /// The bag of each index, and where the bags begin and end.
  private let bag: NDArray
  private let bounds: [Int]
  /// The indices that count.
  private let kept: [Int]
  private let paddingIdx: Int

  /// - Throws: `TensorError.runtime`, `.value`.
  package init(
    _ weight: NDArray, _ indices: NDArray, _ offsets: NDArray, _ factors: NDArray?,
    includesLastOffset: Bool, paddingIdx: Int
  ) throws {
    try indices.checkIsIndex("embedding_bag")
    try offsets.checkIsIndex("embedding_bag")
    guard weight.dtype.isFloatingPoint else {
      throw TensorError.runtime(
        "Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, "
          + "BFloat16, Float, Double; but got \(weight.dtype.tensorTypeName) instead (while "
          + "checking arguments for embedding_bag)")
    }
    if weight.rank != 2 { throw TensorError.runtime("'weight' must be 2-D") }
    if indices.rank != 1 { throw TensorError.value("input has to be a 1D Tensor") }
    if offsets.rank != 1 { throw TensorError.value("offsets has to be a 1D Tensor") }
    if let factors {
      if factors.dtype != weight.dtype {
        throw TensorError.runtime(
          "Expected tensor for argument #1 'weight' to have the same type as tensor for argument "
            + "#1 'per_sample_weights'; but type \(weight.dtype.tensorTypeName) does not equal "
            + "\(factors.dtype.tensorTypeName) (while checking arguments for embedding_bag)")
      }
      if factors.count != indices.count {
        throw TensorError.value(
          "per_sample_weights has to have the same number of elements as input")
      }
    }
    let rows = weight.sizes[0]
    var padding = paddingIdx
    if padding < 0 && padding != -1 { padding += rows }
    self.weight = weight
    self.indices = try indices.cast(to: .int64).contiguous()
    self.factors = factors
    self.paddingIdx = padding
    let numbers = self.indices.base.assumingMemoryBound(to: Int.self)
    for i in 0..<indices.count where numbers[i] < 0 || numbers[i] >= rows {
      throw TensorError.runtime(
        "Index \(i) of input takes value \(numbers[i]) which is not in the valid range [0, \(rows))"
      )
    }
    bounds = try Self.bounds(offsets, indices.count, includesLastOffset)
    bag = try NDArray(uninitialized: [indices.count], .int64)
    let bags = bag.base.assumingMemoryBound(to: Int.self)
    for i in 0..<max(bounds.count - 1, 0) {
      for k in bounds[i]..<max(bounds[i], bounds[i + 1]) { bags[k] = i }
    }
    kept = (0..<indices.count).filter { numbers[$0] != padding }
  }

  /// Where each bag begins, and where the last one ends.
  private static func bounds(_ offsets: NDArray, _ count: Int, _ hasEnd: Bool) throws -> [Int] {
    let list = try offsets.cast(to: .int64).contiguous()
    let starts = list.base.assumingMemoryBound(to: Int.self)
    var bounds = (0..<offsets.count).map { starts[$0] }
    if hasEnd && bounds.isEmpty {
      throw TensorError.runtime("include_last_offset: number of offset should be at least 1")
    }
    if let first = bounds.first, first != 0 {
      throw TensorError.runtime(
        "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from "
          + "position 0. However, got \(first)")
    }
    if let last = bounds.last, last > count {
      throw TensorError.runtime(
        "offsets[-1] can not be greater than input's length \(count) but got offsets[-1] of \(last)"
      )
    }
    for (start, end) in zip(bounds, bounds.dropFirst()) where start > end || end > count {
      throw TensorError.runtime("offsets should be in ascending order")
    }
    if !hasEnd && !bounds.isEmpty { bounds.append(count) }
    // What lies behind the last bag is in none.
    return bounds
  }

  /// Results, bag of each index, sizes of the bags, and the rows that maxima come from.
  ///
  /// - Throws: `TensorError.outOfMemory`.
  package func results(_ mode: Mode) throws -> [NDArray] {
    let bagCount = max(bounds.count - 1, 0)
    let width = weight.sizes[1]
    let end = bounds.last ?? 0
    let bag = bag.with(.strided([end], [1]))
    let sizes = try NDArray.full([bagCount], 0, .int64)
    let counts = sizes.base.assumingMemoryBound(to: Int.self)
    let bags = bag.base.assumingMemoryBound(to: Int.self)
    let used = kept.filter { $0 < end }
    for i in used { counts[bags[i]] += 1 }
    let (places, positions) = (try Self.list(used.map { bags[$0] }), try Self.list(used))
    let picked = try IndexPlan([indices.count], dim: 0, checked: positions).read(indices)
    var rows = try IndexPlan(weight.sizes, dim: 0, checked: picked).read(weight)
    if let factors, mode == .sum {
      let list = try factors.contiguous().with(.strided([factors.count], [1]))
      let own = try IndexPlan([factors.count], dim: 0, checked: positions).read(list)
      rows = try rows.binary(.mul, own.unsqueezed(1))
    }
    let plan = try IndexPlan([bagCount, width], dim: 0, checked: places)
    let origins = try NDArray.full(mode == .max ? [bagCount, width] : [0], -1, .int64)
    if mode == .max {
      let low = try NDArray.full([bagCount, width], .double(-.infinity), weight.dtype)
      try plan.write(rows, into: low, .folding(.maximum))
      try noteOrigins(low, rows, places, picked, origins)
      let isFull = try sizes.binary(.gt, .int(0), dtype: .int64).unsqueezed(1)
      let zero = try NDArray.number(0, weight.dtype)
      return [try .choose(isFull, low, zero), bag, sizes, origins]
    }
    let sums = try NDArray.full([bagCount, width], 0, weight.dtype)
    try plan.write(rows, into: sums, .adding)
    if mode == .mean {
      let divisors = try sizes.binary(.maximum, .number(1, .int64)).cast(to: weight.dtype)
      _ = try sums.binary(.div, divisors.unsqueezed(1), into: sums)
    }
    return [sums, bag, sizes, origins]
  }

  /// Writes for each maximum the first row of the matrix that has it.
  private func noteOrigins(
    _ maxima: NDArray, _ rows: NDArray, _ places: NDArray, _ picked: NDArray, _ origins: NDArray
  ) throws {
    let width = weight.sizes[1]
    // Backwards, so that the first one is what remains.
    let isOwn = try IndexPlan(maxima.sizes, dim: 0, checked: places).read(maxima)
      .binary(.eq, rows).contiguous()
    let flags = isOwn.base.assumingMemoryBound(to: Bool.self)
    let (bags, numbers) = (
      places.base.assumingMemoryBound(to: Int.self), picked.base.assumingMemoryBound(to: Int.self)
    )
    let out = origins.base.assumingMemoryBound(to: Int.self)
    for i in (0..<rows.sizes[0]).reversed() {
      for j in 0..<width where flags[i * width + j] { out[bags[i] * width + j] = numbers[i] }
    }
  }

  private static func list(_ values: [Int]) throws -> NDArray {
    let result = try NDArray(uninitialized: [values.count], .int64)
    let elements = result.base.assumingMemoryBound(to: Int.self)
    for (i, value) in values.enumerated() { elements[i] = value }
    return result
  }
}
