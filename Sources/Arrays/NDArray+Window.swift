import Elements

extension NDArray {
  /// The same bytes as elements of another dtype; the last dimension changes with its size.
  ///
  /// - Throws: `TensorError.runtime`.
  package func viewed(as dtype: DType) throws -> NDArray {
    let (old, new) = (self.dtype.size, dtype.size)
    if old == new { return NDArray(storage: storage, layout: layout, offset: offset, dtype: dtype) }
    let names =
      "view \(self.dtype.scalarTypeName) as \(dtype.scalarTypeName) (different element sizes)"
    if rank == 0 { throw TensorError.runtime("self.dim() cannot be 0 to \(names)") }
    let last = rank - 1
    func checkLastStride() throws {
      if strides[last] == 1 { return }
      throw TensorError.runtime("self.stride(-1) must be 1 to \(names), but got \(strides[last])")
    }
    var (newSizes, newStrides, newOffset) = (sizes, strides, offset)
    if old > new {
      let ratio = old / new
      try checkLastStride()
      newSizes[last] = sizes[last] &* ratio
      for i in 0..<last { newStrides[i] = strides[i] &* ratio }
      newOffset = offset &* ratio
    } else {
      let ratio = new / old
      if sizes[last] % ratio != 0 {
        throw TensorError.runtime(
          "self.size(-1) must be divisible by \(ratio) to \(names), but got \(sizes[last])")
      }
      if offset % ratio != 0 {
        throw TensorError.runtime(
          "self.storage_offset() must be divisible by \(ratio) to \(names), but got \(offset)")
      }
      try checkLastStride()
      for i in 0..<last {
        if strides[i] % ratio != 0 {
          throw TensorError.runtime(
            "self.stride(\(i)) must be divisible by \(ratio) to \(names), but got \(strides[i])")
        }
        newStrides[i] = strides[i] / ratio
      }
      newSizes[last] = sizes[last] / ratio
      newOffset = offset / ratio
    }
    return NDArray(
      storage: storage, layout: .strided(newSizes, newStrides), offset: newOffset, dtype: dtype)
  }

  /// All slices of a size along a dimension, a step apart, as a new last dimension.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.runtime`.
  package func unfolded(_ dim: Int, _ size: Int, _ step: Int) throws -> NDArray {
    with(try layout.unfolded(dim, size, step))
  }
}

extension Layout {
  /// The layout of all slices of a size along a dimension, a step apart.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.runtime`, `.countOverflow`.
  package func unfolded(_ dim: Int, _ size: Int, _ step: Int) throws -> Layout {
    let dim = try Dims.wrap(dim, rank: rank)
    let length = rank == 0 ? 1 : sizes[dim]
    if size < 0 { throw TensorError.runtime("size is \(size) but must be >= 0") }
    if size > length {
      throw TensorError.runtime(
        "maximum size for tensor at dimension \(dim) is \(length) but size is \(size)")
    }
    if step <= 0 { throw TensorError.runtime("step is \(step) but must be > 0") }
    var (newSizes, newStrides) = (sizes, strides)
    newSizes.append(size)
    newStrides.append(rank == 0 ? 1 : strides[dim])
    if rank > 0 {
      newSizes[dim] = (length - size) / step + 1
      newStrides[dim] = strides[dim] &* step
    }
    guard newSizes.checkedProduct != nil else { throw TensorError.countOverflow }
    return .strided(newSizes, newStrides)
  }
}
