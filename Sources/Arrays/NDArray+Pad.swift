import Elements

/// What stands beyond the ends of a dimension.
package enum Border: String, Sendable {
  case reflection, replication
}

extension NDArray {
  /// A copy with more elements, or fewer, at both ends of the last dimensions, in pairs, the last
  /// dimension first.
  ///
  /// - Throws: `TensorError.runtime`, `.conversionOverflow`, and what `empty` throws.
  package func padded(_ pad: Dims, _ value: Scalar) throws -> NDArray {
    if pad.count % 2 != 0 { throw TensorError.runtime("Padding length must be divisible by 2") }
    if pad.count > 2 * rank {
      throw TensorError.runtime(
        "Padding length should be less than or equal to two times the input dimension but got "
          + "padding length \(pad.count) and input of dimension \(rank)")
    }
    var source = self
    var newSizes = sizes
    for i in 0..<pad.count / 2 {
      let dim = rank - 1 - i
      let (left, right) = (pad[2 * i], pad[2 * i + 1])
      let (half, overflow) = newSizes[dim].addingReportingOverflow(left)
      let (size, overflow2) = half.addingReportingOverflow(right)
      if overflow || overflow2 { throw TensorError.sizeOverflow }
      newSizes[dim] = size
      if size < 0 || sizes[dim] &+ min(left, 0) < 0
        || sizes[dim] &+ min(left, 0) &+ min(right, 0) < 0
      {
        throw TensorError.runtime("narrow(): length must be non-negative.")
      }
      source = try source.slice(
        dim: dim, start: max(0, 0 &- left), end: sizes[dim] &+ min(right, 0))
    }
    try value.check(fits: dtype)
    let result = try NDArray.empty(newSizes, dtype).filled(with: value)
    var target = result
    for i in 0..<pad.count / 2 {
      let dim = rank - 1 - i
      let start = min(max(0, pad[2 * i]), newSizes[dim])
      target = try target.slice(dim: dim, start: start, end: start + source.sizes[dim])
    }
    if target.sizes == source.sizes { target.assign(source) }
    return result
  }

  /// A copy with elements from inside beyond the ends of the last `dims` dimensions.
  ///
  /// - Throws: `TensorError.runtime`, `.notImplemented`, and what `empty` throws.
  package func bordered(_ border: Border, _ padding: Dims, _ dims: Int) throws -> NDArray {
    if padding.count != 2 * dims {
      throw TensorError.runtime(
        "padding size is expected to be \(2 * dims), but got: \(padding.count)")
    }
    let isBatched = rank == dims + 2
    if rank != dims + 1 && !isBatched
      || sizes.indices.contains(where: { sizes[$0] == 0 && !(isBatched && $0 == 0) })
    {
      throw TensorError.runtime(
        "Expected \(dims + 1)D or \(dims + 2)D (batch mode) tensor with possibly 0 batch size and "
          + "other non-zero dimensions for input, but got: \(sizes)")
    }
    if dtype == .bool {
      throw TensorError.notImplemented(kernel: "\(border.rawValue)_pad\(dims)d", dtype)
    }
    for i in 0..<dims {
      let (left, right, dim) = (padding[2 * i], padding[2 * i + 1], rank - 1 - i)
      let size = sizes[dim]
      if border == .reflection && (left >= size || right >= size) {
        throw TensorError.runtime(
          "Argument #\(4 + 2 * i): Padding size should be less than the corresponding input "
            + "dimension, but got: padding (\(left), \(right)) at dimension \(dim) of input "
            + "\(sizes)")
      }
    }
    let outputs = (0..<dims).map {
      sizes[rank - 1 - $0].addingReportingOverflow(padding[2 * $0]).partialValue
        .addingReportingOverflow(padding[2 * $0 + 1]).partialValue
    }
    if outputs.contains(where: { $0 < 1 }) {
      let names = ["W", "H", "D"].prefix(dims)
      func list(_ values: [Int]) -> String {
        zip(names, values).reversed().map { "\($0): \($1)" }.joined(separator: ", ")
      }
      let own = list((0..<dims).map { sizes[rank - 1 - $0] })
      let wanted = list(Array(outputs))
      throw TensorError.runtime(
        "input (\(own)) is too small. Calculated output \(wanted)")
    }
    var result = self
    for i in 0..<dims where padding[2 * i] != 0 || padding[2 * i + 1] != 0 {
      let dim = rank - 1 - i
      let origins = try Self.origins(border, padding[2 * i], padding[2 * i + 1], sizes[dim])
      result = try IndexPlan(result.sizes, dim: dim, checked: origins).read(result)
    }
    return result.storage === storage ? try copied() : result
  }

  /// For each place of a dimension with more elements at its ends, where its element comes from.
  ///
  /// - Throws: what `empty` throws.
  package static func origins(
    _ border: Border, _ left: Int, _ right: Int, _ size: Int
  ) throws -> NDArray {
    let (half, overflow) = size.addingReportingOverflow(left)
    let (total, overflow2) = half.addingReportingOverflow(right)
    if overflow || overflow2 { throw TensorError.sizeOverflow }
    let result = try NDArray.empty([total], .int64)
    let origins = result.base.assumingMemoryBound(to: Int.self)
    for i in 0..<result.count {
      let place = i - left
      origins[i] =
        switch border {
        case .replication: min(max(place, 0), size - 1)
        case .reflection:
          place < 0 ? 0 - place : place >= size ? 2 * (size - 1) - place : place
        }
    }
    return result
  }
}
