extension NDArray {
  /// The slice at `index` of dimension `dim`, which disappears.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.selectOutOfRange`, `.index` on a 0-d array.
  package func select(dim: Int, index: Int) throws -> NDArray {
    if rank == 0 { throw TensorError.index("select() cannot be applied to a 0-dim tensor.") }
    let dim = try Dims.wrap(dim, rank: rank)
    let size = sizes[dim]
    guard index >= -size, index < size else {
      throw TensorError.selectOutOfRange(index, sizes: sizes, dim: dim)
    }
    var newSizes = sizes
    var newStrides = strides
    newSizes.remove(at: dim)
    newStrides.remove(at: dim)
    let position = index < 0 ? index + size : index
    return with(.strided(newSizes, newStrides), offset: offset + position * strides[dim])
  }

  /// The elements `start..<end` of dimension `dim`, every `step`-th; bounds are clamped as
  /// Python clamps them.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.sliceStep`, `.index` on a 0-d array.
  package func slice(dim: Int, start: Int?, end: Int?, step: Int = 1) throws -> NDArray {
    if rank == 0 { throw TensorError.index("slice() cannot be applied to a 0-dim tensor.") }
    let dim = try Dims.wrap(dim, rank: rank)
    guard step > 0 else { throw TensorError.sliceStep }
    let size = sizes[dim]
    func clamp(_ bound: Int) -> Int { min(max(bound < 0 ? bound + size : bound, 0), size) }
    let first = clamp(start ?? 0)
    let last = max(clamp(end ?? size), first)
    var newSizes = sizes
    var newStrides = strides
    newSizes[dim] = last == first ? 0 : (last - first - 1) / step + 1
    // A step beyond the size leaves one element at most, whose stride nobody follows.
    newStrides[dim] = strides[dim] &* step
    return with(.strided(newSizes, newStrides), offset: offset &+ first &* strides[dim])
  }

  /// The `length` elements of dimension `dim` from `start` on, which counts from the back where it
  /// is negative.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.index`, `.runtime`.
  package func narrow(dim: Int, start: Int, length: Int) throws -> NDArray {
    if rank == 0 { throw TensorError.runtime("narrow() cannot be applied to a 0-dim tensor.") }
    if length < 0 { throw TensorError.runtime("narrow(): length must be non-negative.") }
    let dim = try Dims.wrap(dim, rank: rank)
    let size = sizes[dim]
    guard start >= -size, start <= size else {
      throw TensorError.index(
        "start out of range (expected to be in range of [\(-size), \(size)], but got \(start))")
    }
    let first = start < 0 ? start + size : start
    if length > size - first {
      throw TensorError.runtime(
        "start (\(first)) + length (\(length)) exceeds dimension size (\(size)).")
    }
    return try slice(dim: dim, start: first, end: first + length)
  }

  /// The elements whose positions along `dim1` and `dim2` differ by `offset`, as a last dimension.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.runtime` where both dimensions are the same.
  package func diagonal(offset shift: Int, dim1: Int, dim2: Int) throws -> NDArray {
    let row = try Dims.wrap(dim1, rank: rank)
    let column = try Dims.wrap(dim2, rank: rank)
    if row == column {
      throw TensorError.runtime("diagonal dimensions cannot be identical \(dim1), \(dim2)")
    }
    let down = shift < 0 ? min(shift.magnitude, sizes[row].magnitude) : 0
    let right = shift < 0 ? 0 : min(shift, sizes[column])
    let length = min(sizes[row] - Int(down), sizes[column] - right)
    var newSizes = sizes
    var newStrides = strides
    for dim in [max(row, column), min(row, column)] {
      newSizes.remove(at: dim)
      newStrides.remove(at: dim)
    }
    newSizes.append(length)
    newStrides.append(strides[row] &+ strides[column])
    let first = length == 0 ? 0 : Int(down) * strides[row] + right * strides[column]
    return with(.strided(newSizes, newStrides), offset: offset + first)
  }

  /// Dimensions in another order.
  ///
  /// - Throws: `TensorError.permuteRank`, `.dimOutOfRange`, `.runtime` for a repeated dimension.
  package func permuted(_ dims: Dims) throws -> NDArray {
    guard dims.count == rank else {
      throw TensorError.permuteRank(rank: rank, given: dims.count)
    }
    var order = Dims()
    for dim in dims {
      let wrapped = try Dims.wrap(dim, rank: rank)
      if order.contains(wrapped) {
        throw TensorError.runtime("permute(): duplicate dims are not allowed.")
      }
      order.append(wrapped)
    }
    return with(.strided(Dims(order.map { sizes[$0] }), Dims(order.map { strides[$0] })))
  }

  /// Two dimensions exchanged.
  ///
  /// - Throws: `TensorError.dimOutOfRange`.
  package func transposed(_ a: Int, _ b: Int) throws -> NDArray {
    let a = try Dims.wrap(a, rank: rank)
    let b = try Dims.wrap(b, rank: rank)
    if a == b { return self }
    var newSizes = sizes
    var newStrides = strides
    newSizes.swapAt(a, b)
    newStrides.swapAt(a, b)
    return with(.strided(newSizes, newStrides))
  }

  /// A new dimension of size one before position `dim`.
  ///
  /// - Throws: `TensorError.dimOutOfRange`.
  package func unsqueezed(_ dim: Int) throws -> NDArray {
    let dim = try Dims.wrap(dim, rank: rank + 1)
    var newSizes = sizes
    var newStrides = strides
    newStrides.insert(dim < rank ? sizes[dim] &* strides[dim] : 1, at: dim)
    newSizes.insert(1, at: dim)
    return with(.strided(newSizes, newStrides))
  }

  /// The given dimensions removed where their size is one; all such dimensions when nil.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.dimRepeated`.
  package func squeezed(_ dims: Dims?) throws -> NDArray {
    let candidates = try dims?.wrapped(rank: rank) ?? Dims(sizes.indices)
    var newSizes = Dims()
    var newStrides = Dims()
    for i in 0..<rank where sizes[i] != 1 || !candidates.contains(i) {
      newSizes.append(sizes[i])
      newStrides.append(strides[i])
    }
    return with(.strided(newSizes, newStrides))
  }

  /// Any sizes, strides and offset over the same storage.
  ///
  /// - Throws: `TensorError.asStridedBounds`, `.negativeSize`, `.sizeOverflow`, `.runtime`.
  package func asStrided(_ sizes: Dims, _ strides: Dims, offset: Int?) throws -> NDArray {
    guard sizes.count == strides.count else {
      throw TensorError.runtime(
        "mismatch in length of strides and shape: got \(strides.count) and \(sizes.count)")
    }
    if let size = sizes.first(where: { $0 < 0 }) {
      throw TensorError.negativeSize(size, sizes: sizes)
    }
    let offset = offset ?? self.offset
    if offset < 0 { throw TensorError.runtime("Tensor: invalid storage offset \(offset)") }
    guard let count = sizes.checkedProduct else { throw TensorError.sizeOverflow }
    let bytes = try Self.bytesNeeded(sizes, strides, count, offset, dtype.size)
    if bytes > storage.byteCount {
      throw TensorError.asStridedBounds(
        sizes: sizes, strides: strides, offset: offset, itemSize: dtype.size, bytes: bytes,
        storageBytes: storage.byteCount)
    }
    return with(.strided(sizes, strides), offset: offset)
  }

  /// Bytes of storage that the elements reach.
  ///
  /// - Throws: `TensorError.sizeOverflow`, `.runtime` for negative strides.
  package static func bytesNeeded(
    _ sizes: Dims, _ strides: Dims, _ count: Int, _ offset: Int, _ elementSize: Int
  ) throws -> Int {
    if strides.contains(where: { $0 < 0 }) {
      throw TensorError.runtime(
        "as_strided: Negative strides are not supported at the moment, got strides: \(strides)")
    }
    if count == 0 { return 0 }
    var extent = 1
    var overflowed = false
    func accumulate(_ value: (partialValue: Int, overflow: Bool)) -> Int {
      overflowed = overflowed || value.overflow
      return value.partialValue
    }
    for (size, stride) in zip(sizes, strides) {
      let span = accumulate((size - 1).multipliedReportingOverflow(by: stride))
      extent = accumulate(extent.addingReportingOverflow(span))
    }
    extent = accumulate(extent.addingReportingOverflow(offset))
    extent = accumulate(extent.multipliedReportingOverflow(by: elementSize))
    if overflowed { throw TensorError.sizeOverflow }
    return extent
  }
}
