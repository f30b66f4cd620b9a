extension Dims {
  /// The sizes that two shapes broadcast to: aligned at the end, where a one stretches.
  ///
  /// - Throws: `TensorError.broadcast`.
  package static func broadcast(_ a: Dims, _ b: Dims) throws -> Dims {
    if a == b { return a }
    let rank = Swift.max(a.count, b.count)
    var result = Dims(repeating: 1, count: rank)
    for i in 0..<rank {
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
  /// - Throws: `TensorError.expand`, `.expandRank`, `.expandNegative`, `.sizeOverflow`.
  package func expanded(to target: Dims) throws -> NDArray {
    guard target.count >= rank else { throw TensorError.expandRank(sizes: target, rank: rank) }
    let lead = target.count - rank
    var sizes = target
    for i in target.indices {
      if i < lead {
        if target[i] < 0 { throw TensorError.expandNegative(target[i], dim: i) }
        continue
      }
      let size = self.sizes[i - lead]
      if target[i] == -1 {
        sizes[i] = size
      } else if target[i] < 0 || (size != 1 && size != target[i]) {
        throw TensorError.expand(
          to: target[i], from: size, dim: i, sizes: target, original: self.sizes)
      }
    }
    guard sizes.checkedProduct != nil else { throw TensorError.sizeOverflow }
    return stretched(to: sizes)
  }
}
