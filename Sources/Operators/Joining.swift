import Arrays
import Autograd

// Several tensors as one.

extension Ops {
  package static let joining: [any AnyOperator] = [cat, stack]

  package static let cat = Operator<Int>(
    "cat(Tensor[] tensors, int dim=0) -> Tensor",
    """
    Tensors joined one after the other along a dimension.

    The other dimensions agree; the dtype is what all promote to. An empty 1-d tensor goes with
    tensors of any shape. Errors: an empty list, 0-d tensors, other ranks or sizes.
    Derivative: each tensor's part of g.
    """,
    gradName: "CatBackward0",
    forward: .composedList { tensors, dim in
      try join(tensors, Joint(dim: dim, sizes: tensors.map(\.shape)))
    },
    derivative: .composed,
    samples: [
      Sample([SampleInput([2, 3]), SampleInput([1, 3])], attributes: 0),
      Sample(
        [SampleInput([3, 2], transposed: true), SampleInput([3, 1]), SampleInput([0])],
        attributes: -1),
      Sample([SampleInput([2]), SampleInput([0])], attributes: 0),
    ])

  package static let stack = Operator<Int>(
    "stack(Tensor[] tensors, int dim=0) -> Tensor",
    """
    Tensors of one shape along a new dimension.

    The dtype is what all promote to. Errors: an empty list, other shapes.
    Derivative: each tensor's slice of g.
    """,
    forward: .list { arrays, dim in try NDArray.stacked(arrays, dim: dim) },
    derivative: .joint(saving: []) { c, dim in
      var result = Gradients()
      for i in 0..<c.resultSizes()[try Dims.wrap(dim, rank: c.resultSizes().count)] {
        result.append(c.needs(i) ? try c.gradient.select(dim: dim, index: i) : nil)
      }
      return result
    },
    tangent: .linear,
    batching: .rule { batch, dim in
      let rank = batch.rank(0) + 1
      let all = try batch.inputs.indices.map(batch.batched)
      return [try Tensor.stack(all, dim: Dims.behindExamples(dim, rank: rank))]
    },
    samples: [
      Sample([SampleInput([2, 3]), SampleInput([2, 3])], attributes: 0),
      Sample([SampleInput([3, 2], transposed: true), SampleInput([3, 2])], attributes: -1),
      Sample([SampleInput([]), SampleInput([]), SampleInput([])], attributes: 0),
      Sample([SampleInput([0])], attributes: 1),
    ])

  /// What a join has to remember to be undone.
  private struct Joint: Sendable {
    let dim: Int
    let sizes: [Dims]
  }

  private static let join: Operator<Joint> = Operator(
    "_cat(Tensor[] tensors) -> Tensor", "Tensors one after the other.", gradName: "CatBackward0",
    forward: .list { arrays, joint in try NDArray.joined(arrays, dim: joint.dim) },
    derivative: .joint(saving: []) { c, joint in
      let gradient = try c.gradient
      let dim = gradient.rank == 1 ? 0 : try Dims.wrap(joint.dim, rank: gradient.rank)
      var result = Gradients()
      var start = 0
      for (i, sizes) in joint.sizes.enumerated() {
        // An empty 1-d tensor may stand among tensors of higher rank.
        let isSkipped = sizes.count != gradient.rank
        let length = isSkipped ? 0 : sizes[dim]
        if !c.needs(i) {
          result.append(nil)
        } else if isSkipped {
          result.append(Tensor(try .full(sizes, 0, gradient.dtype)))
        } else {
          result.append(try gradient.narrow(dim: dim, start: start, length: length))
        }
        start += length
      }
      return result
    },
    tangent: .linear,
    batching: .rule { batch, joint in [try joined(batch, joint)] }, samples: [])

  private static func joined(_ batch: Batch, _ joint: Joint) throws -> Tensor {
    if joint.sizes.contains([]) { return try batch.refusing()[0] }
    // Behind the dimension of the examples an empty vector is one no more.
    let isSkipped = joint.sizes.map { $0 == [0] }
    let rest = isSkipped.indices.filter { !isSkipped[$0] }
    guard let first = rest.first else { return try Tensor.cat([batch.batched(0)], dim: 1) }
    let dim = try Dims.behindExamples(joint.dim, rank: joint.sizes[first].count)
    let result = try Tensor.cat(rest.map(batch.batched), dim: dim)
    if rest.count == isSkipped.count { return result }
    var promotion = Promotion()
    for case let tensor? in batch.inputs { promotion.add(tensor.dtype, rank: 1) }
    return try result.to(dtype: promotion.result)
  }
}
