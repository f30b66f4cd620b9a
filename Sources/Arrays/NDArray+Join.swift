import Elements

extension NDArray {
  /// Arrays one after the other along a dimension, in the dtype that all promote to.
  ///
  /// - Throws: `TensorError.value` for an empty list, `.dimOutOfRange`, `.runtime` for 0-d arrays
  ///   and sizes that differ elsewhere, `.sizeOverflow`.
  package static func joined(_ arrays: [NDArray], dim: Int) throws -> NDArray {
    if arrays.isEmpty {
      throw TensorError.value("torch.cat(): expected a non-empty list of Tensors")
    }
    if let i = arrays.firstIndex(where: { $0.rank == 0 }) {
      throw TensorError.runtime(
        "zero-dimensional tensor (at position \(i)) cannot be concatenated")
    }
    let dtype = commonDType(arrays)
    // Empty vectors are skipped whatever the others' rank, as they were before there were other
    // empty arrays.
    guard let first = arrays.first(where: { $0.sizes != [0] }) else {
      return try NDArray(uninitialized: [0], dtype)
    }
    let dim = try Dims.wrap(dim, rank: first.rank)
    var sizes = first.sizes
    sizes[dim] = 0
    for (i, array) in arrays.enumerated() where array.sizes != [0] {
      try first.checkJoint(array, i, dim)
      let (sum, overflow) = sizes[dim].addingReportingOverflow(array.sizes[dim])
      if overflow { throw TensorError.sizeOverflow }
      sizes[dim] = sum
    }
    let result = try NDArray(uninitialized: sizes, dtype)
    var start = 0
    for array in arrays where array.sizes != [0] {
      let length = array.sizes[dim]
      if array.count > 0 {
        try result.narrow(dim: dim, start: start, length: length).assign(array)
      }
      start += length
    }
    return result
  }

  private func checkJoint(_ other: NDArray, _ position: Int, _ dim: Int) throws {
    if rank != other.rank {
      throw TensorError.runtime(
        "Tensors must have same number of dimensions: got \(rank) and \(other.rank)")
    }
    for i in 0..<rank where i != dim && sizes[i] != other.sizes[i] {
      throw TensorError.runtime(
        "Sizes of tensors must match except in dimension \(dim). Expected size \(sizes[i]) but "
          + "got size \(other.sizes[i]) for tensor number \(position) in the list.")
    }
  }

  /// Arrays of the same sizes along a new dimension, in the dtype that all promote to.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.runtime` for an empty list and other sizes,
  ///   `.sizeOverflow`.
  package static func stacked(_ arrays: [NDArray], dim: Int) throws -> NDArray {
    guard let first = arrays.first else {
      throw TensorError.runtime("stack expects a non-empty TensorList")
    }
    let dim = try Dims.wrap(dim, rank: first.rank + 1)
    for (i, array) in arrays.enumerated() where array.sizes != first.sizes {
      throw TensorError.runtime(
        "stack expects each tensor to be equal size, but got \(first.sizes) at entry 0 and "
          + "\(array.sizes) at entry \(i)")
    }
    var sizes = first.sizes
    sizes.insert(arrays.count, at: dim)
    let result = try NDArray(uninitialized: sizes, commonDType(arrays))
    if result.count == 0 { return result }
    for (i, array) in arrays.enumerated() {
      try result.select(dim: dim, index: i).assign(array)
    }
    return result
  }

  private static func commonDType(_ arrays: [NDArray]) -> DType {
    var promotion = Promotion()
    for array in arrays { promotion.add(array) }
    return promotion.result
  }
}
