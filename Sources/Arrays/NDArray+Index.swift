import Elements
import KernelChoice

extension NDArray {
  /// True for the dtypes of a mask as an index.
  var isMask: Bool { dtype == .bool || dtype == .uint8 }
  /// True for the dtypes of positions.
  package var isPosition: Bool { dtype == .int64 || dtype == .int32 }

  /// These positions in a dimension of the given size as contiguous int64 numbers, counted from
  /// the front. Other dtypes than int64 are converted first.
  ///
  /// - Parameter error: what to throw for a position that does not exist, given it and the size.
  package func positions(
    in size: Int, allowsNegative: Bool = false, orThrow error: (Int, Int) -> TensorError
  ) throws -> NDArray {
    let index = try cast(to: .int64).contiguous()
    let values = index.base.assumingMemoryBound(to: Int.self)
    let lowest = allowsNegative ? -size : 0
    // Sign bits instead of comparisons and an early exit: the compiler vectorises them, for any
    // processor. A difference that overflows has one of the other sign beside it.
    var (outside, negative) = (0, 0)
    for i in 0..<count {
      let value = values[i]
      outside |= (value &- lowest) | (size &- 1 &- value)
      negative |= value
    }
    if outside < 0 {
      for i in 0..<count where values[i] < lowest || values[i] >= size {
        throw error(values[i], size)
      }
    }
    if negative >= 0 { return index }
    let result = try NDArray(uninitialized: sizes, .int64)
    let positions = result.base.assumingMemoryBound(to: Int.self)
    for i in 0..<count { positions[i] = values[i] < 0 ? values[i] + size : values[i] }
    return result
  }

  /// The row-major positions of the elements that are not zero: 1-D, int64.
  package func truePositions() throws -> NDArray {
    let mask = try cast(to: .bool).contiguous()
    let bytes = mask.base.assumingMemoryBound(to: UInt8.self)
    var found = 0
    for i in 0..<count { found &+= bytes[i] != 0 ? 1 : 0 }
    // One more, because each position is written before it is known to stay.
    let result = try NDArray(uninitialized: [found + 1], .int64)
    let positions = result.base.assumingMemoryBound(to: Int.self)
    var next = 0
    for i in 0..<count {
      positions[next] = i
      next &+= bytes[i] != 0 ? 1 : 0
    }
    return result.with(.strided([found], [1]))
  }

  /// The indices of the elements that are not zero, one row for each, in row-major order.
  package func nonzero() throws -> NDArray {
    let positions = try truePositions()
    // One dimension after the other in memory, so that each of them is an index without gaps.
    let columns = try NDArray.empty([rank, positions.count], .int64)
    let position = positions.base.assumingMemoryBound(to: Int.self)
    let index = columns.base.assumingMemoryBound(to: Int.self)
    let count = positions.count
    for i in 0..<count {
      var rest = position[i]
      for dim in sizes.indices.reversed() {
        index[dim * count + i] = rest % sizes[dim]
        rest /= sizes[dim]
      }
    }
    return try columns.transposed(0, 1)
  }

  /// A copy of this array, or `out` itself, in which the elements that `indices` pick are
  /// `values`, or have `values` added.
  ///
  /// - Throws: what `IndexPlan` throws, `TensorError.runtime` for values of other sizes or
  ///   another dtype, `.overlappingMemory`.
  package func indexPut(
    _ indices: [NDArray?], _ values: NDArray, accumulate: Bool, into out: NDArray?
  ) throws -> NDArray {
    var values = values
    let isFill =
      values.count == 1 && !accumulate && indices.compactMap { $0?.isMask } == [true]
    if isFill {
      // PyTorch fills a masked part with one number of any dtype and shape.
      let number = try values.item()
      if values.dtype != dtype { try number.check(fits: dtype) }
      values = try .number(number, dtype)
      if let mask = condition(indices), !(out?.layout.repeatsElements ?? false) {
        let mask = try mask.storage.sharesMemory(with: storage) ? mask.copied() : mask
        return try NDArray.choose(mask, values, self, into: out)
      }
    }
    var plan = try IndexPlan(sizes, indices)
    guard values.sizes.isExpandable(to: plan.resultSizes) else {
      throw TensorError.runtime(
        "shape mismatch: value tensor of shape \(values.sizes) cannot be broadcast to indexing "
          + "result of shape \(plan.resultSizes)")
    }
    guard values.dtype == dtype else {
      throw TensorError.runtime(
        "Index put requires the source and destination dtypes match, got "
          + "\(dtype.scalarTypeName) for the destination and \(values.dtype.scalarTypeName) for "
          + "the source.")
    }
    if let out { for case let index? in indices { _ = try index.kept(apartFrom: out) } }
    try plan.resolve()
    let result = try out ?? copied()
    try plan.write(values.kept(apartFrom: result), into: result, adding: accumulate)
    return result
  }

  /// The one mask among `indices` with dimensions of size one behind its own, so that it broadcasts
  /// to this array's sizes; nil where it does not fit.
  private func condition(_ indices: [NDArray?]) -> NDArray? {
    guard indices.count <= rank, let position = indices.firstIndex(where: { $0 != nil }),
      case let mask? = indices[position], position + mask.rank <= rank,
      mask.rank > 0 || position == 0
    else { return nil }
    var (newSizes, newStrides) = (mask.sizes, mask.strides)
    for i in 0..<mask.rank where mask.sizes[i] != sizes[position + i] { return nil }
    for _ in position + mask.rank..<rank {
      newSizes.append(1)
      newStrides.append(0)
    }
    return mask.with(.strided(newSizes, newStrides))
  }

  /// This operand of an operation that writes into `out` in another order: itself, or a copy
  /// where it can't be told whether they share elements.
  ///
  /// - Throws: `TensorError.overlappingMemory` when they do.
  package func kept(apartFrom out: NDArray) throws -> NDArray {
    guard storage.sharesMemory(with: out.storage), count > 0, out.count > 0 else { return self }
    guard layout.isNonOverlappingAndDense, out.layout.isNonOverlappingAndDense else {
      return try copied()
    }
    let end = base + layout.extent * dtype.size
    let outEnd = out.base + out.layout.extent * out.dtype.size
    if base < outEnd && out.base < end { throw TensorError.overlappingMemory }
    return self
  }
}

extension NDArray {
  /// The slices of dimension `dim` that `index` names, 0-d or 1-D.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.index`, `.runtime`.
  package func indexSelect(dim: Int, _ index: NDArray) throws -> NDArray {
    let dim = try Dims.wrap(dim, rank: rank)
    if index.rank > 1 {
      throw TensorError.index("index_select(): Index is supposed to be a vector")
    }
    guard index.isPosition else {
      throw TensorError.runtime("index_select(): Expected dtype int32 or int64 for index")
    }
    if rank == 0 && index.count != 1 {
      throw TensorError.runtime(
        "index_select(): Index to scalar can have only 1 value, got \(index.count) value(s)")
    }
    let whole = rank == 0 ? with(.strided([1], [1])) : self
    let list = index.rank == 0 ? index.with(.strided([1], [1])) : index
    let isVector = rank <= 1
    if !isVector && whole.sizes[dim] == 0 && list.count > 0 {
      throw TensorError.runtime("index_select(): self indexing axis dim should be positive")
    }
    let isPlain = isVector || (dim != 1 && count > 0)
    let positions = try list.positions(in: whole.sizes[dim]) {
      // PyTorch has two implementations.
      isPlain
        ? .index("index out of range in self")
        : .runtime("INDICES element is out of DATA bounds, id=\($0) axis_dim=\($1)")
    }
    let result = try IndexPlan(whole.sizes, dim: dim, checked: positions).read(whole)
    return rank == 0 ? result.with(.scalar) : result
  }

  /// A copy of this array, or `out` itself, with the slices of `source` in dimension `dim`, times
  /// alpha, added to those that `index` names.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.index`, `.runtime`, `.conversionOverflow`,
  ///   `.repeatedMemory`, `.overlappingMemory`.
  package func indexAdd(
    dim: Int, _ index: NDArray, _ source: NDArray, alpha: Scalar, into out: NDArray?
  ) throws -> NDArray {
    let dim = try Dims.wrap(dim, rank: rank)
    try checkSlices("index_add_", dim, index, source)
    if let out {
      try out.checkWritable(sizes, dtype)
      _ = try index.kept(apartFrom: out)
    }
    try alpha.check(fits: dtype)
    var source = try out.map { try source.kept(apartFrom: $0) } ?? source
    if alpha != .int(1) && alpha != .double(1) {
      source = try source.binary(.mul, alpha, dtype: dtype)
    }
    let result = try out ?? copied()
    try result.write(source, dim: dim, index, .adding)
    return result
  }

  /// Writes the slices of `source` in a dimension, whose sizes were checked, to those that `index`
  /// names.
  ///
  /// - Throws: `TensorError.index`, `.notImplemented`, `.outOfMemory`.
  package func write(
    _ source: NDArray, dim: Int, _ index: NDArray, _ placing: Placing,
    orThrow error: (Int, Int) -> TensorError = { _, _ in .index("index out of range in self") }
  ) throws {
    if count == 0 && rank > 1 { return }
    let vector = Layout.strided([1], [1])
    let list = index.rank == 0 ? index.with(vector) : index
    let whole = rank == 0 ? with(vector) : self
    let part = source.rank == 0 ? source.with(vector) : source
    let positions = try list.positions(in: whole.sizes[dim], orThrow: error)
    try IndexPlan(whole.sizes, dim: dim, checked: positions).write(part, into: whole, placing)
  }

  /// Checks that `source` has a slice for each place that `index` names in dimension `dim`.
  ///
  /// - Parameter function: how PyTorch calls it.
  /// - Throws: `TensorError.index`, `.runtime`.
  package func checkSlices(
    _ function: String, _ dim: Int, _ index: NDArray, _ source: NDArray
  ) throws {
    if index.rank > 1 {
      throw TensorError.index(
        "\(function)(): Index is supposed to be a vector, but got dim: \(index.rank) with type: "
          + "\(index.dtype.scalarTypeName) and size: \(index.sizes)")
    }
    guard index.isPosition else {
      throw TensorError.runtime(
        "\(function)(): Expected dtype int32/int64 for index but got: "
          + index.dtype.scalarTypeName)
    }
    if dtype != source.dtype {
      throw TensorError.runtime(
        "\(function)(): self (\(dtype.scalarTypeName)) and source "
          + "(\(source.dtype.scalarTypeName)) must have the same scalar type")
    }
    if dim >= max(source.rank, 1) {
      throw TensorError.runtime(
        "\(function)(): Indexing dim \(dim) is out of bounds of the source tensor with dim "
          + "\(source.rank)")
    }
    if source.rank == 0 && index.count != 1 {
      throw TensorError.index("Dimension specified as \(dim) but tensor has no dimensions")
    }
    if source.rank > 0 && index.count != source.sizes[dim] {
      throw TensorError.runtime(
        "\(function)(): Number of indices (\(index.count)) should be equal to source.size(dim): "
          + "(\(source.sizes[dim])), for dim: \(dim)")
    }
    var expected = sizes
    if rank > 0 && source.rank > 0 { expected[dim] = source.sizes[dim] }
    if expected != source.sizes {
      throw TensorError.runtime(
        "source tensor shape must match self tensor shape, excluding the specified dimension. "
          + "Got self.shape = \(sizes) source.shape = \(source.sizes)")
    }
  }
}
