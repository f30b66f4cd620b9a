import Elements
import Parallel

// Copies of an array with elements elsewhere. Each is one assignment, or a few, between views.

extension NDArray {
  /// The matrices in the last two dimensions with zeros above a diagonal, or below it.
  ///
  /// - Parameters:
  ///   - keepsLower: what is kept: the diagonal and what lies below it, or above it.
  ///   - diagonal: how far the diagonal lies to the right of the main one.
  /// - Throws: `TensorError.runtime` for fewer than two dimensions.
  package func triangle(keepsLower: Bool, diagonal: Int) throws -> NDArray {
    if rank < 2 {
      throw TensorError.runtime(
        "\(keepsLower ? "tril" : "triu"): input tensor must have at least 2 dimensions")
    }
    let result = try NDArray(uninitialized: sizes, dtype)
    result.assign(self)
    if count == 0 { return result }
    let (rows, columns, size) = (sizes[rank - 2], sizes[rank - 1], dtype.size)
    let shift = min(max(diagonal, -rows), columns)
    let out = result.base
    Parallel.forEach(count / columns, grain: max(1, Walk.grain / columns)) { range in
      for i in range {
        // The first column right of the diagonal, or the diagonal's own.
        let border = min(max(i % rows + shift + (keepsLower ? 1 : 0), 0), columns)
        let (start, end) = keepsLower ? (border, columns) : (0, border)
        (out + (i * columns + start) * size)
          .initializeMemory(as: UInt8.self, repeating: 0, count: (end - start) * size)
      }
    }
    return result
  }

  /// A copy in which the order along the given dimensions is reversed.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.dimRepeated`.
  package func flipped(_ dims: Dims) throws -> NDArray {
    let dims = try dims.wrapped(rank: rank)
    let result = try NDArray(uninitialized: layout.preservingOrder, dtype)
    if count == 0 { return result }
    var newStrides = strides
    var last = offset
    for dim in dims where rank > 0 {
      last += (sizes[dim] - 1) * strides[dim]
      newStrides[dim] = 0 &- strides[dim]
    }
    result.assign(with(.strided(sizes, newStrides), offset: last))
    return result
  }

  /// The array laid side by side with itself, so many times along each dimension; more repeats
  /// than dimensions make new ones in front.
  ///
  /// - Throws: `TensorError.runtime`, `.negativeSize`, `.sizeOverflow`.
  package func repeated(_ repeats: Dims) throws -> NDArray {
    let lead = repeats.count - rank
    if lead < 0 {
      throw TensorError.runtime(
        "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
          + "tensor")
    }
    var total = Dims()
    var tiles = Dims()
    var steps = Dims()
    for (i, times) in repeats.enumerated() {
      let (size, stride) = i < lead ? (1, 0) : (sizes[i - lead], strides[i - lead])
      let (product, overflow) = size.multipliedReportingOverflow(by: times)
      if overflow { throw TensorError.sizeOverflow }
      total.append(product)
      tiles.append(times)
      tiles.append(size)
      steps.append(0)
      steps.append(stride)
    }
    let result = try NDArray(uninitialized: total, dtype)
    if result.count == 0 { return result }
    try result.viewed(as: tiles).assign(with(.strided(tiles, steps)))
    return result
  }
}
