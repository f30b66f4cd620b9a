extension Dims {
  /// A shape in which at most one size is -1, with that size worked out from the element count.
  ///
  /// - Throws: `TensorError.invalidShape`, `.twoInferredDims`, `.ambiguousInference`.
  package func inferred(count: Int) throws -> Dims {
    var result = self
    var unknown: Int?
    var product = 1
    for (i, size) in self.enumerated() {
      if size == -1 {
        if unknown != nil { throw TensorError.twoInferredDims }
        unknown = i
      } else if size < 0 {
        throw TensorError.runtime("invalid shape dimension \(size) at index \(i) of shape \(self)")
      } else {
        let (value, overflow) = product.multipliedReportingOverflow(by: size)
        if overflow && !contains(0) { throw TensorError.invalidShape(self, count: count) }
        product = value
      }
    }
    if contains(0) { product = 0 }
    guard let unknown else {
      if product != count { throw TensorError.invalidShape(self, count: count) }
      return result
    }
    if product == 0 {
      if count == 0 { throw TensorError.ambiguousInference(self) }
      throw TensorError.invalidShape(self, count: count)
    }
    if count % product != 0 { throw TensorError.invalidShape(self, count: count) }
    result[unknown] = count / product
    return result
  }
}

extension NDArray {
  /// The strides under which the same memory has other sizes, or nil where a copy is needed.
  ///
  /// Dimensions that lie contiguously behind each other form a chunk; a new dimension must lie
  /// within one chunk.
  package func viewStrides(for target: Dims) -> Dims? {
    if count == 0 {
      return sizes == target ? strides : target.contiguousStrides
    }
    var result = Dims(repeating: 1, count: target.count)
    if rank == 0 { return result }
    var view = target.count - 1
    var chunkStride = strides.last ?? 1
    var chunkCount = 1
    var viewCount = 1
    for i in sizes.indices.reversed() {
      chunkCount *= sizes[i]
      let chunkEnds = i == 0 || (sizes[i - 1] != 1 && strides[i - 1] != chunkCount &* chunkStride)
      guard chunkEnds else { continue }
      while view >= 0 && (viewCount < chunkCount || target[view] == 1) {
        result[view] = viewCount &* chunkStride
        viewCount *= target[view]
        view -= 1
      }
      if viewCount != chunkCount { return nil }
      if i > 0 {
        chunkStride = strides[i - 1]
        chunkCount = 1
        viewCount = 1
      }
    }
    return view == -1 ? result : nil
  }

  /// The same elements under other sizes, one of which may be -1, without a copy.
  ///
  /// - Throws: `TensorError.viewStride` where the strides do not allow it, `.invalidShape`,
  ///   `.twoInferredDims`, `.ambiguousInference`.
  package func viewed(as sizes: Dims) throws -> NDArray {
    let target = try sizes.inferred(count: count)
    guard let strides = viewStrides(for: target) else { throw TensorError.viewStride }
    return with(.strided(target, strides))
  }
}
