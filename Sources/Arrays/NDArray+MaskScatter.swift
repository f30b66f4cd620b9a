import Elements

extension NDArray {
  /// A copy of this array, or `out` itself, in which the elements where the mask is true are those
  /// of `source`, in row-major order.
  ///
  /// - Throws: `TensorError.runtime`, `.broadcast`, `.expand`, `.repeatedMemory`,
  ///   `.overlappingMemory`.
  package func maskScattered(
    _ mask: NDArray, _ source: NDArray, into out: NDArray?
  ) throws -> NDArray {
    let common = out == nil ? try Dims.broadcast(mask.sizes, sizes) : sizes
    let mask = try mask.expanded(to: common)
    guard dtype == source.dtype else {
      throw TensorError.runtime(
        "masked_scatter: expected self and source to have same dtypes but got"
          + "\(dtype.scalarTypeName) and \(source.dtype.scalarTypeName)")
    }
    guard mask.dtype == .bool else {
      throw TensorError.runtime(
        "masked_scatter_ only supports boolean masks, but got mask with dtype "
          + mask.dtype.scalarTypeName)
    }
    if let out {
      try out.checkWritable(sizes, dtype)
      _ = try mask.kept(apartFrom: out)
    }
    let source = try out.map { try source.kept(apartFrom: $0) } ?? source
    let plan = try IndexPlan(common, [mask])
    let needed = plan.resultSizes.reduce(1, &*)
    if needed > source.count {
      throw TensorError.runtime("Number of elements of source < number of ones in mask")
    }
    let result = try out ?? stretched(to: common).copied()
    let list = try source.contiguous().with(.strided([source.count], [1]))
    try plan.write(
      list.slice(dim: 0, start: 0, end: needed).viewed(as: plan.resultSizes), into: result,
      .replacing)
    return result
  }
}
