import Elements

extension NDArray {
  /// A copy of this array, or `out` itself, in which the slices of `source` in dimension `dim` take
  /// the place of those that `index`, 0-d or 1-D, names.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.index`, `.runtime`, `.repeatedMemory`,
  ///   `.overlappingMemory`.
  package func indexCopied(
    dim: Int, _ index: NDArray, _ source: NDArray, into out: NDArray?
  ) throws -> NDArray {
    let dim = try Dims.wrap(dim, rank: rank)
    try checkIndexCopy(dim, index, source)
    if let out {
      try out.checkWritable(sizes, dtype)
      _ = try index.kept(apartFrom: out)
    }
    let source = try out.map { try source.kept(apartFrom: $0) } ?? source
    let result = try out ?? copied()
    // A single number may stand for a slice of one.
    let part = source.count == 1 && source.rank != rank ? source.stretched(to: slices(dim)) : source
    try result.write(part, dim: dim, index, .replacing) {
      .index("index_copy_(): index \($0) is out of bounds for dimension \(dim) with size \($1)")
    }
    return result
  }

  /// The sizes of one slice of a dimension, which stays.
  private func slices(_ dim: Int) -> Dims {
    var sizes = rank == 0 ? [1] : self.sizes
    sizes[dim] = 1
    return sizes
  }

  private func checkIndexCopy(_ dim: Int, _ index: NDArray, _ source: NDArray) throws {
    func complain(_ words: String) -> String { "index_copy_(): " + words }
    if index.rank > 1 {
      throw TensorError.index(
        complain("Index should have dimension 1 or 0 (got \(index.rank))"))
    }
    if source.rank == 0 && index.count != 1 {
      throw TensorError.index(
        complain("When source is scalar, index should have one element (got \(index.count))"))
    }
    if source.rank != rank && source.rank != 0 && rank != 0 {
      throw TensorError.index(
        complain(
          "When source and destination are not scalars, their dimensionality must match. Source "
            + "dimensionality (\(source.rank)), destination dimensionality (\(rank))"))
    }
    guard index.dtype == .int64 else {
      throw TensorError.runtime(
        complain("Expected a long tensor for index, but got \(index.dtype.scalarTypeName)"))
    }
    guard dtype == source.dtype else {
      throw TensorError.runtime(
        complain(
          "self and source expected to have the same dtype, but got (self) "
            + "\(dtype.scalarTypeName) and (source) \(source.dtype.scalarTypeName)"))
    }
    var (own, others) = (sizes, source.sizes)
    if rank > 0 { own.remove(at: dim) }
    if source.rank > 0 { others.remove(at: rank == 0 ? 0 : dim) }
    if own != others {
      let (mine, given) = (own.listed, others.listed)
      throw TensorError.runtime(
        complain(
          "Source/destination tensor must have same slice shapes. Destination slice shape: \(mine) "
            + "at dimension \(dim) and source slice shape: \(given) at dimension 0."))
    }
    if source.rank > 0 && index.count != source.sizes[rank == 0 ? 0 : dim] {
      throw TensorError.index(
        complain(
          "Number of indices (\(index.count)) should be equal to source.size(dim) "
            + "(\(source.sizes[rank == 0 ? 0 : dim]))"))
    }
  }

  /// A copy of this array, or `out` itself, in which every element of the slices that `index`, 0-d
  /// or 1-D, names in dimension `dim` is a number. Negative indices count from the end.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.index`, `.runtime`, `.conversionOverflow`,
  ///   `.repeatedMemory`, `.overlappingMemory`.
  package func indexFilled(
    dim: Int, _ index: NDArray, _ value: Scalar, into out: NDArray?
  ) throws -> NDArray {
    guard index.dtype == .int64 else {
      throw TensorError.index("index_fill_(): Expected dtype int64 for index.")
    }
    let dim = try Dims.wrap(dim, rank: rank)
    if index.rank > 1 { throw TensorError.runtime("Index has to be a vector/scalar") }
    if case .complex = value, !dtype.isComplex {
      throw TensorError.runtime(
        "index_fill_(): Converting complex Scalar to non-complex type is not supported")
    }
    try value.check(fits: dtype)
    if let out {
      try out.checkWritable(sizes, dtype)
      _ = try index.kept(apartFrom: out)
    }
    let result = try out ?? copied()
    let whole = rank == 0 ? result.with(.strided([1], [1])) : result
    let list = index.rank == 0 ? index.with(.strided([1], [1])) : index
    let positions = try list.positions(in: whole.sizes[dim], allowsNegative: true) {
      .index("index \($0) is out of bounds for dimension \(dim) with size \($1)")
    }
    try IndexPlan(whole.sizes, dim: dim, checked: positions)
      .write(.number(value, dtype), into: whole, .replacing)
    return result
  }

  /// The elements at row-major positions, in the shape of `index`.
  ///
  /// - Throws: `TensorError.index`, `.runtime`.
  package func taken(_ index: NDArray) throws -> NDArray {
    guard index.dtype == .int64 else {
      throw TensorError.runtime(
        "take(): Expected a long tensor for index, but got \(index.dtype.scalarTypeName)")
    }
    if count == 0 && index.count > 0 {
      throw TensorError.index("take(): tried to take from an empty tensor")
    }
    let list = try contiguous().with(.strided([count], [1]))
    return try IndexPlan([count], dim: 0, checked: flatPositions(index)).read(list)
  }

  /// A copy of this array, or `out` itself, in which the elements of `source` take the place of
  /// those at row-major positions, or are added to them.
  ///
  /// - Throws: `TensorError.index`, `.runtime`, `.repeatedMemory`, `.overlappingMemory`.
  package func put(
    _ index: NDArray, _ source: NDArray, accumulate: Bool, into out: NDArray?
  ) throws -> NDArray {
    guard index.dtype == .int64 else {
      throw TensorError.runtime(
        "put_(): Expected a long tensor for index, but got \(index.dtype.scalarTypeName)")
    }
    guard dtype == source.dtype else {
      throw TensorError.runtime(
        "put_(): self and source expected to have the same dtype, but got self.dtype = "
          + "\(dtype.scalarTypeName) and source.dtype = \(source.dtype.scalarTypeName)")
    }
    if index.count != source.count {
      throw TensorError.index(
        "put_(): Expected source and index to have the same number of elements, but got "
          + "source.numel() = \(source.count), index.numel() = \(index.count)")
    }
    if count == 0 && index.count > 0 {
      throw TensorError.index("put_(): Tried to put elements into an empty tensor")
    }
    if let out {
      try out.checkWritable(sizes, dtype)
      _ = try index.kept(apartFrom: out)
    }
    let source = try out.map { try source.kept(apartFrom: $0) } ?? source
    let positions = try flatPositions(index).contiguous().viewed(as: [index.count])
    let result = try out ?? copied()
    let part = try source.contiguous().viewed(as: [source.count])
    let placing: Placing = accumulate ? .adding : .replacing
    if result.isContiguous {
      try IndexPlan([count], dim: 0, checked: positions)
        .write(part, into: result.with(.strided([count], [1])), placing)
      return result
    }
    let list = try result.contiguous().with(.strided([count], [1]))
    try IndexPlan([count], dim: 0, checked: positions).write(part, into: list, placing)
    result.assign(try list.viewed(as: sizes))
    return result
  }

  private func flatPositions(_ index: NDArray) throws -> NDArray {
    try index.positions(in: count, allowsNegative: true) {
      .index("out of range: tried to access index \($0) on a tensor of \($1) elements.")
    }
  }
}

extension Dims {
  /// The sizes between commas, without brackets.
  fileprivate var listed: String { map(String.init).joined(separator: ", ") }
}
