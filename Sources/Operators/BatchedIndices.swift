import Arrays
import Autograd
import Elements

/// How indices pick from the tensors of all examples at once: with one index more, which counts the
/// examples, where they differ between those.
struct BatchedIndices {
  /// The indices for a tensor whose first dimension counts the examples.
  private(set) var indices: [Tensor?]
  /// How many dimensions one example of what they pick has.
  let resultRank: Int
  /// Where the dimensions of what they pick come from, in the order that the examples want; nil
  /// where they are in that order.
  private let order: Dims?

  /// - Parameter rank: of one example of the tensor that is indexed.
  /// - Throws: `TensorError.runtime` for masks that differ between the examples.
  init(_ batch: Batch, rank: Int, _ indices: [Tensor?]) throws {
    let given = indices.map { $0.map(batch.attribute) }
    let differ = given.contains { $0?.isBatched ?? false }
    for case let index? in given where index.isBatched && index.tensor.isMask {
      throw TensorError.runtime(
        "vmap: We do not support batching operators that can support dynamic shape. Attempting to "
          + "batch over indexing with a boolean mask.")
    }
    let place = Place(given, rank: rank)
    resultRank = place.before + place.rank + place.after
    let (before, middle) = (place.before, place.rank)
    if !differ {
      // Apart from each other, the indices' dimensions come first, before that of the examples.
      self.indices = [nil] + given.map { $0?.tensor }
      let isMoved = !place.isAdjacent && middle > 0
      order = isMoved ? Dims([middle] + (0..<middle) + (middle + 1..<resultRank + 1)) : nil
      return
    }
    var columns: [Tensor?] = []
    var shape = Dims()
    for index in given {
      guard let index else {
        columns.append(nil)
        continue
      }
      if index.tensor.isMask {
        let positions = try index.tensor.nonzero()
        columns += try positions.rank == 2 && positions.shape[1] > 0 ? positions.unbind(dim: 1) : []
        shape = try .broadcast(shape, [positions.shape[0]])
        continue
      }
      let sizes = index.isBatched ? Dims(index.tensor.shape.dropFirst()) : index.tensor.shape
      shape = try .broadcast(shape, sizes)
      columns.append(
        index.isBatched
          ? try index.tensor.reshape(sizes.aligned(to: middle).following(batch.size))
          : index.tensor)
    }
    let ones = Dims(repeating: 1, count: middle)
    let examples = try Tensor.arange(0, .int(Int64(batch.size))).reshape(ones.following(batch.size))
    self.indices = [try examples.expand(shape.following(batch.size))] + columns
    order =
      before == 0
      ? nil
      : Dims(
        [0] + (middle + 1..<middle + before + 1) + (1..<middle + 1)
          + (middle + before + 1..<resultRank + 1))
  }

  /// What is picked of all examples.
  func pick(_ x: Tensor) throws -> Tensor {
    let picked = try x.index(indices)
    return try order.map { try picked.permute($0) } ?? picked
  }

  /// Something like what is picked, in the order in which `index` would give it.
  func unordered(_ picked: Tensor) throws -> Tensor {
    guard let order else { return picked }
    var inverse = order
    for (i, dim) in order.enumerated() { inverse[dim] = i }
    return try picked.permute(inverse)
  }

  /// The second tensor of `batch`, which is to replace what is picked of `x`.
  func values(_ batch: Batch, _ x: Tensor, accumulate: Bool) throws -> Tensor {
    let values = batch.input(1)
    let isNumber = batch.sizes(1).reduce(1, &*) == 1
    if isNumber && !accumulate && indices.compactMap({ $0?.isMask }) == [true] {
      // One number of any dtype and rank may fill a masked part.
      if !batch.isBatched[1] { return values }
      let ones = Dims(repeating: 1, count: resultRank)
      return try unordered(values.to(dtype: x.dtype).reshape(ones.following(batch.size)))
    }
    let aligned = try batch.aligned(1, rank: resultRank)
    guard let order else { return aligned }
    let picked = try x.index(indices).shape
    return try unordered(aligned.expand(Dims(order.map { picked[$0] })))
  }
}

/// Where the dimensions of the indices stand in what they pick of one example.
private struct Place {
  /// Dimensions without an index that come before those of the indices.
  let before: Int
  /// Dimensions of what the indices broadcast to.
  let rank: Int
  /// Dimensions without an index that come after them.
  let after: Int
  /// True when the indexed dimensions are neighbours.
  let isAdjacent: Bool

  init(_ given: [(tensor: Tensor, isBatched: Bool)?], rank: Int) {
    var (kept, lead, used, highest) = (0, 0, 0, 0)
    var (isAdjacent, isFirst) = (true, true)
    for index in given {
      guard let index else {
        kept += 1
        continue
      }
      if isFirst { lead = kept } else if lead != kept { isAdjacent = false }
      isFirst = false
      used += index.tensor.isMask ? index.tensor.rank : 1
      let own = index.tensor.isMask ? 1 : index.tensor.rank - (index.isBatched ? 1 : 0)
      highest = Swift.max(highest, own)
    }
    before = isAdjacent ? lead : 0
    self.rank = highest
    self.isAdjacent = isAdjacent
    after = Swift.max(rank - used - before, 0)
  }
}

extension Tensor {
  /// True for the dtypes of a mask as an index.
  fileprivate var isMask: Bool { dtype == .bool || dtype == .uint8 }
}

extension Dims {
  /// These sizes with ones in front, as many as there must be for so many dimensions.
  func aligned(to rank: Int) -> Dims {
    Dims(Array(repeating: 1, count: Swift.max(rank - count, 0)) + self)
  }
}

// `index` with indices that differ between the examples of a `vmap`, and its adjoint. The indices
// are attributes until the transform sees them.

extension Ops {
  /// What indices of several examples pick.
  static let pickedByExamples: Operator<[Tensor?]> = Operator(
    "_picked_by_examples(Tensor self) -> Tensor", "Elements picked by indices.",
    gradName: "IndexBackward0",
    forward: .one { x, indices, _ in
      var plan = try IndexPlan(x.sizes, indices.map { $0?.array })
      try plan.resolve()
      return try plan.read(x)
    },
    derivative: .of(
      .linear { g, c, indices in try addedByExamples(g, (indices, c.sizes())) }),
    tangent: .linear,
    batching: .rule { batch, indices in
      let plan = try BatchedIndices(batch, rank: batch.rank(0), indices)
      return [try plan.pick(batch.batched(0))]
    },
    attributeTensors: { $0 }, samples: [])

  /// Zeros to which the elements that indices of several examples pick are added.
  static let addedByExamples: Operator<(indices: [Tensor?], sizes: Dims)> = Operator(
    "_added_by_examples(Tensor self) -> Tensor", "Zeros with elements added.",
    gradName: "IndexPutBackward0",
    forward: .one { x, a, _ in
      var plan = try IndexPlan(a.sizes, a.indices.map { $0?.array })
      try plan.resolve()
      let result = try NDArray.full(a.sizes, 0, x.dtype)
      try plan.write(x, into: result, adding: true)
      return result
    },
    derivative: .of(.linear { g, _, a in try pickedByExamples(g, a.indices) }),
    tangent: .linear,
    batching: .rule { batch, a in
      let plan = try BatchedIndices(batch, rank: a.sizes.count, a.indices)
      let part = try plan.unordered(batch.batched(0))
      return [try addedByExamples(part, (plan.indices, a.sizes.following(batch.size)))]
    },
    attributeTensors: { $0.indices }, samples: [])
}
