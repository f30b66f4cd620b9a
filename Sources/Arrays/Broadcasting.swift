extension Dims {
  /// The sizes that two shapes broadcast to: aligned at the end, where a one stretches. Of several
  /// dimensions that do not fit, the last is named.
  ///
  /// - Throws: `TensorError.broadcast`.
  package static func broadcast(_ a: Dims, _ b: Dims) throws -> Dims {
    if a == b { return a }
    let rank = Swift.max(a.count, b.count)
    var result = Dims(repeating: 1, count: rank)
    for i in (0..<rank).reversed() {
      let x = i < rank - a.count ? 1 : a[i - (rank - a.count)]
      let y = i < rank - b.count ? 1 : b[i - (rank - b.count)]
      if x != y && x != 1 && y != 1 { throw TensorError.broadcast(x, y, dim: i) }
      result[i] = x == 1 ? y : x
    }
    return result
  }

  /// True when an array of these sizes can be stretched to `target`.
  package func isExpandable(to target: Dims) -> Bool {
    guard count <= target.count else { return false }
    let lead = target.count - count
    for i in indices where self[i] != 1 && self[i] != target[lead + i] { return false }
    return true
  }
}

extension NDArray {
  /// A view of sizes that this array is known to broadcast to; stretched dimensions get stride
  /// zero.
  package func stretched(to sizes: Dims) -> NDArray {
    if self.sizes == sizes { return self }
    let lead = sizes.count - rank
    var strides = Dims(repeating: 0, count: sizes.count)
    for i in 0..<rank where self.sizes[i] != 1 || sizes[lead + i] == 1 {
      strides[lead + i] = self.strides[i]
    }
    return with(.strided(sizes, strides))
  }

  /// `expand`: a view in which dimensions of size one are repeated; -1 keeps a size.
  ///
  /// - Throws: `TensorError.expand`, `.expandRank`, `.expandLeading`, `.countOverflow`.
  package func expanded(to target: Dims) throws -> NDArray {
    let lead = target.count - rank
    if lead < 0 { throw TensorError.expandRank(dtype, sizes, to: target) }
    var sizes = target
    var strides = Dims(repeating: 0, count: target.count)
    for i in target.indices.reversed() {
      let old = i < lead ? 1 : self.sizes[i - lead]
      if target[i] == -1 && i < lead { throw TensorError.expandLeading(dim: i) }
      sizes[i] = target[i] == -1 ? old : target[i]
      if sizes[i] == old {
        if i >= lead {
          strides[i] = self.strides[i - lead]
        } else if rank > 0 {
          strides[i] = sizes[i + 1] &* strides[i + 1]
        }
      } else if old != 1 {
        throw TensorError.expand(
          to: target[i], from: old, dim: i, sizes: target, original: self.sizes)
      }
    }
    guard sizes.checkedProduct != nil else { throw TensorError.countOverflow }
    return with(.strided(sizes, strides))
  }
}
