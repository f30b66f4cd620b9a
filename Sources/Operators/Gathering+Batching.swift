import Arrays
import Autograd
import Elements

// Elements and slices picked by an index tensor, for all examples of a `vmap`.

extension Batch {
  /// A tensor of all examples, each of which has a dimension: a number becomes a vector of one.
  func vectors(_ index: Int) throws -> Tensor {
    let tensor = try batched(index)
    return rank(index) == 0 ? try tensor.reshape([size, 1]) : tensor
  }

  /// The dimension behind that of the examples.
  func moved(_ dim: Int) throws -> Int { try Dims.behindExamples(dim, rank: rank(0)) }
}

extension Ops {
  /// `gather`.
  static func gathered(_ batch: Batch, _ dim: Int) throws -> Tensor {
    let index = try batch.vectors(1)
    let result = try batch.vectors(0).gather(dim: batch.moved(dim), index)
    return batch.rank(1) == 0 ? try result.reshape([batch.size]) : result
  }

  /// `scatter_add`.
  static func scattered(_ batch: Batch, _ dim: Int) throws -> Tensor {
    let result = try batch.vectors(0)
      .scatterAdd(dim: batch.moved(dim), batch.vectors(1), batch.vectors(2))
    return batch.rank(0) == 0 ? try result.reshape([batch.size]) : result
  }

  /// `index_select`.
  static func selectedSlices(_ batch: Batch, _ dim: Int) throws -> Tensor {
    if batch.rank(1) > 1 || batch.rank(0) == 0 && batch.sizes(1).reduce(1, &*) != 1 {
      return try batch.refusing()[0]
    }
    let moved = try batch.moved(dim)
    let result: Tensor
    if !batch.isBatched[1] {
      result = try batch.vectors(0).indexSelect(dim: moved, batch.input(1))
    } else if batch.isBatched[0] {
      let x = try batch.vectors(0)
      result = try x.gather(dim: moved, batch.slices(of: x, moved))
    } else {
      // The slices for all examples from one tensor.
      let x = batch.rank(0) == 0 ? try batch.input(0).reshape([1]) : batch.input(0)
      let index = batch.input(1)
      let slices = try x.indexSelect(dim: moved - 1, index.reshape([index.count]))
      var sizes = slices.shape
      sizes[moved - 1] = batch.size
      sizes.insert(index.count / Swift.max(batch.size, 1), at: moved)
      var order = Dims(sizes.indices)
      order.remove(at: moved - 1)
      order.insert(moved - 1, at: 0)
      result = try slices.reshape(sizes).permute(order)
    }
    return batch.rank(0) == 0 ? try result.reshape([batch.size]) : result
  }

  /// `index_add`.
  static func addedSlices(
    _ batch: Batch, _ a: (dim: Int, alpha: Scalar)
  ) throws -> Tensor {
    try batch.placedSlices(a.dim) { x, dim, index, source in
      try x.indexAdd(dim: dim, index, source, a.alpha)
    } each: { x, dim, index, source in
      try a.alpha.check(fits: x.dtype)
      return try x.scatterAdd(dim: dim, index, source.times(a.alpha))
    }
  }
}

extension Batch {
  /// A call with a tensor, an index of slices and a source of slices.
  ///
  /// - Parameters:
  ///   - whole: the call where all examples have the same index.
  ///   - each: a call that puts elements one by one, for an index of the source's sizes.
  func placedSlices(
    _ dim: Int,
    _ whole: (_ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor) throws -> Tensor,
    each: (_ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor) throws -> Tensor
  ) throws -> Tensor {
    let moved = try moved(dim)
    let x = try vectors(0)
    let result: Tensor
    if isBatched[1] {
      let count = sizes(1).reduce(1, &*)
      let source = rank(2) == 0 ? [1] : sizes(2)
      var expected = rank(0) == 0 ? [1] : sizes(0)
      expected[moved - 1] = count
      if rank(1) > 1 || source != expected || x.dtype != input(2).dtype { return try refusing()[0] }
      let terms = try vectors(2)
      result = try each(x, moved, slices(of: terms, moved), terms)
    } else {
      result = try whole(x, moved, input(1), vectors(2))
    }
    return rank(0) == 0 ? try result.reshape([size]) : result
  }

  /// The index, a number or a vector for each example, as an index for each element of slices.
  func slices(of x: Tensor, _ dim: Int) throws -> Tensor {
    let index = try vectors(1)
    var sizes = x.shape
    sizes[dim] = index.shape[1]
    var aligned = Dims(repeating: 1, count: x.rank)
    aligned[0] = size
    aligned[dim] = index.shape[1]
    return try index.reshape(aligned).expand(sizes)
  }
}
