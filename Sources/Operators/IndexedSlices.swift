import Arrays
import Autograd
import Elements

// Slices and elements that take the place of others.

extension Ops {
  package static let indexedSlices: [any AnyOperator] = [
    indexCopy, indexFillIntScalar, indexFillIntTensor, take, put,
  ]

  package static let indexCopy: Operator<Int> = Operator(
    "index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor",
    """
    A copy of self in which the slices of source take the place of those that index names in
    dimension dim; of several for one place the last one stays.

    The index is 1-D, or one number, int64, and not negative; source has self's dtype, and its
    sizes apart from dim.
    Errors: a dim or an index out of range, and operands of other sizes or dtypes.
    Derivative: for self g with zeros in the replaced slices, for source the named slices of g.
    """,
    inPlace: .available,
    forward: .three { x, index, source, dim, out in
      guard let source else { throw TensorError.nullArgument("source") }
      return try x.indexCopied(dim: dim, index, source, into: out)
    },
    derivative: .of(
      .saving(.y) { g, c, dim in try indexFillIntScalar(g, c.y, (dim, 0)) }, .notDifferentiable,
      .saving(.y) { g, c, dim in try g.indexSelect(dim: dim, c.y).reshape(c.sizes(of: 2)) }),
    tangent: .linear,
    batching: .rule { batch, dim in
      [
        try batch.placedSlices(dim) {
          try indexCopy($0, $2, $3, $1)
        } each: {
          try scatterSrc($0, $2, $3, $1)
        }
      ]
    },
    samples: [
      Sample(
        SampleInput([3, 2]), SampleInput([2], .integers([2, 0])), SampleInput([2, 2]),
        attributes: 0),
      Sample(
        SampleInput([2, 3], transposed: true), SampleInput([], .integers([1])),
        SampleInput([2, 1]), attributes: -1),
      Sample(SampleInput([]), SampleInput([1], .integers([0])), SampleInput([]), attributes: 0),
      Sample(SampleInput([3]), SampleInput([0], .integers([0])), SampleInput([0]), attributes: 0),
    ])

  package static let indexFillIntScalar: Operator<(dim: Int, value: Scalar)> = Operator(
    "index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
    """
    A copy of self in which every element of the slices that index names in dimension dim is a
    number.

    The index is 1-D, or one number, int64; negative ones count from the end.
    Errors: a dim or an index out of range, an index of another rank or dtype.
    Derivative: g with zeros in the filled slices.
    """,
    gradName: "IndexFillBackward0", inPlace: .available,
    forward: .two { x, index, a, out in
      try x.indexFilled(dim: a.dim, index, a.value, into: out)
    },
    derivative: .of(
      .saving(.y) { g, c, a in try indexFillIntScalar(g, c.y, (a.dim, 0)) }, .notDifferentiable),
    tangent: .formula { c, a in
      [try c.tangent(0).map { try indexFillIntScalar($0, c.y, (a.dim, 0)) }]
    },
    batching: .rule { batch, a in
      if batch.rank(1) > 1 { return try batch.refusing() }
      let (x, dim) = (try batch.vectors(0), try batch.moved(a.dim))
      let result: Tensor
      if batch.isBatched[1] {
        let index = try batch.slices(of: x, dim)
        let isNegative = try index.lt(0)
        result = try scatterValue(
          x, index + isNegative.to(dtype: .int64) * .int(Int64(x.shape[dim])), (dim, a.value))
      } else {
        result = try indexFillIntScalar(x, batch.input(1), (dim, a.value))
      }
      return [batch.rank(0) == 0 ? try result.reshape([batch.size]) : result]
    },
    samples: [
      Sample(SampleInput([3, 2]), SampleInput([3], .integers([2, 0, 2])), attributes: (0, 1.5)),
      Sample(
        SampleInput([2, 3], transposed: true), SampleInput([1], .integers([1])),
        attributes: (-1, -2)),
      Sample(SampleInput([]), SampleInput([], .integers([0])), attributes: (0, 2)),
    ])

  package static let indexFillIntTensor: Operator<Int> = Operator(
    "index_fill.int_Tensor(Tensor self, int dim, Tensor index, Tensor value) -> Tensor",
    """
    As index_fill with a number, which is here a 0-d tensor of any dtype.

    Derivative: for self g with zeros in the filled slices, for value their sum.
    """,
    gradName: "IndexFillBackward1", inPlace: .available,
    forward: .three { x, index, value, dim, out in
      guard let value else { throw TensorError.nullArgument("value") }
      if value.rank != 0 {
        throw TensorError.runtime(
          "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            + "\(value.rank) dimension(s).")
      }
      return try x.indexFilled(dim: dim, index, value.item(), into: out)
    },
    derivative: .of(
      .saving(.y) { g, c, dim in try indexFillIntScalar(g, c.y, (dim, 0)) }, .notDifferentiable,
      .saving(.y) { g, c, dim in
        let isKept = try indexFillIntScalar(g.onesLike(dtype: .bool), c.y, (dim, 0))
        return try g.maskedFill(isKept, 0).sum()
      }),
    tangent: .linear,
    batching: .rule { batch, dim in
      if batch.rank(2) != 0 || batch.rank(1) > 1 { return try batch.refusing() }
      let x = try batch.batched(0)
      let everything = try Tensor.zeros(batch.sizes(0), dtype: .bool)
      let isFilled: Tensor
      if batch.isBatched[1] {
        let examples = try (0..<batch.size).map {
          try indexFillIntScalar(everything, batch.input(1).select(dim: 0, index: $0), (dim, 1))
        }
        isFilled = examples.isEmpty ? try x.onesLike(dtype: .bool) : try Tensor.stack(examples)
      } else {
        isFilled = try indexFillIntScalar(everything, batch.input(1), (dim, 1))
      }
      let value = try batch.aligned(2, rank: batch.rank(0)).to(dtype: x.dtype)
      return [try Ops.where(isFilled, value, x, ())]
    },
    samples: [
      Sample(
        SampleInput([3, 2]), SampleInput([3], .integers([2, 0, 2])), SampleInput([]),
        attributes: 0),
      Sample(
        SampleInput([2, 3], transposed: true), SampleInput([1], .integers([1])), SampleInput([]),
        attributes: -1),
      Sample(SampleInput([]), SampleInput([], .integers([0])), SampleInput([]), attributes: 0),
    ])

  package static let take: Operator<Void> = Operator(
    "take(Tensor self, Tensor index) -> Tensor",
    """
    The elements at the positions that index names, in row-major order, whatever the shape of self;
    the result has that of index.

    The index is int64; negative ones count from the end. Errors: an index out of range.
    Derivative: zeros to which g is added where the elements come from.
    """,
    forward: .two { x, index, _, _ in try x.taken(index) },
    derivative: .of(
      .saving(.y) { g, c in
        try put(Tensor.zeros(c.sizes(), dtype: g.dtype), c.y, g.contiguous(), true)
      }, .notDifferentiable),
    tangent: .linear,
    batching: .rule { batch, _ in
      if !batch.isBatched[0] { return [try batch.input(0).take(batch.input(1))] }
      let (x, index) = try batch.rows()
      return [try x.gather(dim: 1, index).reshape(batch.sizes(1).following(batch.size))]
    },
    samples: [
      Sample(SampleInput([3, 2]), SampleInput([2, 2], .integers([5, 0, -1, 2]))),
      Sample(SampleInput([2, 3], transposed: true), SampleInput([3], .integers([1, 4, 1]))),
      Sample(SampleInput([]), SampleInput([], .integers([0]))),
      Sample(SampleInput([3]), SampleInput([0], .integers([0]))),
    ])

  package static let put: Operator<Bool> = Operator(
    "put(Tensor self, Tensor index, Tensor source, bool accumulate=False) -> Tensor",
    """
    A copy of self in which the elements of source take the place of those at the positions that
    index names, in row-major order, or are added to them.

    The index is int64, negative ones count from the end; source has self's dtype and as many
    elements as the index. Of several for one place the last one stays.
    Errors: an index out of range, operands of other sizes or dtypes.
    Derivative: for self g, with zeros in replaced places; for source the elements of g there.
    """,
    inPlace: .available,
    forward: .three { x, index, source, accumulate, out in
      guard let source else { throw TensorError.nullArgument("source") }
      return try x.put(index, source, accumulate: accumulate, into: out)
    },
    derivative: .of(
      .saving(.y) { g, c, accumulate in
        accumulate ? g : try put(g, c.y, Tensor.zeros(c.y.shape, dtype: g.dtype), false)
      }, .notDifferentiable,
      .saving(.y) { g, c, _ in try g.take(c.y).reshape(c.sizes(of: 2)) }),
    tangent: .linear,
    batching: .rule { batch, accumulate in
      let (x, index) = try batch.rows()
      let count = batch.sizes(2).reduce(1, &*)
      if index.shape[1] != count || x.dtype != batch.input(2).dtype {
        return try batch.refusing()
      }
      let source = try batch.batched(2).reshape([batch.size, count])
      let result =
        try accumulate
        ? x.scatterAdd(dim: 1, index, source) : scatterSrc(x, index, source, 1)
      return [try result.reshape(batch.sizes(0).following(batch.size))]
    },
    samples: [
      Sample(
        SampleInput([3, 2]), SampleInput([2, 2], .integers([5, 0, -2, 2])), SampleInput([4]),
        attributes: false),
      Sample(
        SampleInput([2, 3], transposed: true), SampleInput([3], .integers([1, 4, 1])),
        SampleInput([3]), attributes: true),
      Sample(SampleInput([]), SampleInput([], .integers([0])), SampleInput([]), attributes: false),
      Sample(
        SampleInput([3]), SampleInput([0], .integers([0])), SampleInput([0]), attributes: false),
    ])
}

extension Batch {
  /// All elements of each example, and the positions of an index among them, counted from the
  /// front: matrices whose rows are the examples.
  fileprivate func rows() throws -> (x: Tensor, index: Tensor) {
    let count = sizes(0).reduce(1, &*)
    let x = try batched(0).reshape([size, count])
    let index = try batched(1).reshape([size, sizes(1).reduce(1, &*)])
    return (x, try index + index.lt(0).to(dtype: .int64) * .int(Int64(count)))
  }
}
