import Arrays
import Autograd
import Elements

// Elements picked by tensors of indices and by masks.

extension Ops {
  package static let indexing: [any AnyOperator] = [
    index, indexPut, indexSelect, indexAdd, maskedSelect, nonzero,
  ]

  package static let index = Operator<[Tensor?]>(
    "index(Tensor self, Tensor?[] indices) -> Tensor",
    """
    The elements of self that the indices pick, one index for each dimension from the first on.

    An index is int64 or int32, where negative numbers count from the end, or a mask, bool or uint8,
    that stands for as many dimensions as it has; a missing one stands for the whole dimension. The
    indices broadcast against each other. Their common dimensions take the place of the indexed
    ones where those are neighbours, and come first otherwise. The result is a copy.
    Errors: more indices than dimensions, other dtypes, a mask of other sizes, indices that do not
    broadcast, and an index out of bounds.
    Derivative: zeros to which g is added where the elements come from.
    Source: NumPy's advanced indexing.
    """,
    forward: .composed { x, indices in
      if !Modes.areOff {
        let indices = indices.map { $0?.withoutHistory }
        if indices.contains(where: { $0?.hidesElements ?? false }) {
          return try pickedByExamples(x, indices)
        }
      }
      var plan = try IndexPlan(x.shape, indices.map { $0?.array })
      try plan.resolve()
      return try picked(x, plan)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([3, 2]), attributes: [indices([2, 0, -1, 2])]),
      Sample(SampleInput([2, 3, 2]), attributes: [indices([0, 1]), nil, indices([1, 0])]),
      Sample(SampleInput([2, 3], transposed: true), attributes: [nil, indices([2, 0, 0])]),
      Sample(SampleInput([2, 2]), attributes: [mask([true, false, true, true], [2, 2])]),
      Sample(SampleInput([0, 2]), attributes: [nil, indices([1])]),
    ])

  package static let indexPut = Operator<(indices: [Tensor?], accumulate: Bool)>(
    "index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor",
    """
    A copy of self in which the elements that the indices pick are replaced by values.

    The indices are those of index, and values broadcast to the sizes of what they pick. With
    accumulate, values are added, each of them where an element is picked repeatedly; without, the
    last one stays.
    Errors: those of index, values that do not broadcast, and values of another dtype.
    Derivative: for self g, with zeros in the replaced places unless values were added; for values
    the elements of g that the indices pick.
    """,
    inPlace: .available,
    forward: .two { x, values, a, out in
      try x.indexPut(
        a.indices.map { $0?.array }, values, accumulate: a.accumulate, into: out)
    },
    derivative: .of(
      .linear { g, _, a in
        if a.accumulate { return g }
        return try g.indexPut(a.indices, .zeros([], dtype: g.dtype))
      },
      .linear { g, c, a in
        let picked = try g.index(a.indices)
        // One number of any rank may fill a masked part.
        let sizes = c.sizes(of: 1)
        return sizes.count > picked.rank ? try picked.sum().reshape(sizes) : picked
      }),
    tangent: .linear,
    batching: .rule { batch, a in
      let plan = try BatchedIndices(batch, rank: batch.rank(0), a.indices)
      let x = try batch.batched(0)
      let values = try plan.values(batch, x, accumulate: a.accumulate)
      return [try x.indexPut(plan.indices, values, accumulate: a.accumulate)]
    },
    attributeTensors: { $0.indices },
    samples: [
      Sample(SampleInput([3, 2]), SampleInput([2, 2]), attributes: ([indices([2, 0])], false)),
      Sample(SampleInput([3, 2]), SampleInput([2]), attributes: ([indices([1, 1, -1])], true)),
      Sample(
        SampleInput([2, 3], transposed: true), SampleInput([2, 1]),
        attributes: ([nil, indices([2, 0])], false)),
      Sample(
        SampleInput([2, 2]), SampleInput([]),
        attributes: ([mask([true, false, true, true], [2, 2])], false)),
    ])

  package static let indexSelect = Operator<Int>(
    "index_select(Tensor self, int dim, Tensor index) -> Tensor",
    """
    The slices of dimension dim that index names, in its order.

    The index is 1-D, or one number, int64 or int32, and not negative.
    Errors: a dim or an index out of range, and an index of another rank or dtype.
    Derivative: zeros to whose slices those of g are added.
    """,
    forward: .two { x, index, dim, _ in try x.indexSelect(dim: dim, index) },
    derivative: .of(
      .saving(.y) { g, c, dim in
        try .zeros(c.sizes(), dtype: g.dtype).indexAdd(dim: dim, c.y, g)
      },
      .notDifferentiable),
    tangent: .linear, batching: .rule { batch, dim in [try selectedSlices(batch, dim)] },
    samples: [
      Sample(SampleInput([3, 2]), SampleInput([4], .integers([2, 0, 2, 1])), attributes: 0),
      Sample(
        SampleInput([2, 3], transposed: true), SampleInput([2], .integers([1])), attributes: -1),
      Sample(SampleInput([]), SampleInput([1], .integers([0])), attributes: 0),
      Sample(SampleInput([0, 2]), SampleInput([], .integers([1])), attributes: 1),
    ])

  package static let indexAdd = Operator<(dim: Int, alpha: Scalar)>(
    "index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor",
    """
    A copy of self to whose slices in dimension dim those of alpha * source are added, the i-th to
    the one that index[i] names.

    The index is 1-D, or one number, int64 or int32, and not negative; source has self's dtype, and
    its sizes apart from dim.
    Errors: a dim or an index out of range, and operands of other sizes or dtypes.
    Derivative: g for self, alpha times the named slices of g for source.
    """,
    inPlace: .available,
    forward: .three { x, index, source, a, out in
      guard let source else { throw TensorError.nullArgument("source") }
      return try x.indexAdd(dim: a.dim, index, source, alpha: a.alpha, into: out)
    },
    derivative: .of(
      .identity, .notDifferentiable,
      .saving(.y) { g, c, a in
        let slices = try g.indexSelect(dim: a.dim, c.y)
        return a.alpha == .int(1) ? slices : try slices * a.alpha
      }),
    tangent: .linear, batching: .rule { batch, a in [try addedSlices(batch, a)] },
    samples: [
      Sample(
        SampleInput([3, 2]), SampleInput([4], .integers([2, 0, 2, 1])), SampleInput([4, 2]),
        attributes: (0, 1)),
      Sample(
        SampleInput([2, 3], transposed: true), SampleInput([], .integers([1])),
        SampleInput([2, 1]),
        attributes: (-1, -2.5)),
      Sample(
        SampleInput([]), SampleInput([1], .integers([0])), SampleInput([]), attributes: (0, 2)),
    ])

  package static let maskedSelect = Operator<Void>(
    "masked_select(Tensor self, Tensor mask) -> Tensor",
    """
    The elements of self for which mask is true, 1-D, in row-major order.

    Both broadcast; the mask is bool.
    Derivative: zeros with g where the mask is true.
    """,
    forward: .two { x, mask, _, _ in
      guard mask.dtype == .bool else {
        throw TensorError.runtime("masked_select: expected BoolTensor for mask")
      }
      let sizes = try Dims.broadcast(mask.sizes, x.sizes)
      return try IndexPlan(sizes, [mask.stretched(to: sizes)]).read(x.stretched(to: sizes))
    },
    derivative: .of(
      .saving(.y) { g, c in
        let sizes = try Dims.broadcast(c.y.shape, c.sizes())
        return try added(g, IndexPlan(sizes, [c.y.array.stretched(to: sizes)]))
      },
      .notDifferentiable),
    tangent: .linear, batching: .dynamic,
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([2, 3], .booleans([true, false, true, true]))),
      Sample(
        SampleInput([3, 2], transposed: true), SampleInput([2], .booleans([true, false]))),
      Sample(SampleInput([2]), SampleInput([3, 1], .booleans([true, false]))),
      Sample(SampleInput([]), SampleInput([], .booleans([true]))),
    ])

  package static let nonzero = Operator<Void>(
    "nonzero(Tensor self) -> Tensor",
    """
    The indices of the elements that are not zero, in row-major order: int64, one row for each
    element and one column for each dimension. nan is not zero.
    """,
    forward: .one { x, _, _ in try x.nonzero() },
    derivative: .none(because: "indices do not change with the numbers, except in jumps"),
    batching: .dynamic,
    samples: .unary())

  /// A 1-D index for a sample.
  private static func indices(_ values: [Int64]) -> Tensor? {
    try? Tensor(.indices(values))
  }

  /// A mask for a sample.
  private static func mask(_ values: [Bool], _ sizes: Dims) -> Tensor? {
    let numbers = values.map { $0 ? Int64(1) : 0 }
    return try? Tensor(NDArray.indices(numbers).viewed(as: sizes).cast(to: .bool))
  }
}

// The linear maps of which `index` is made, each the transpose of the other. They are not exported.

extension Ops {
  /// The elements that a plan picks.
  static let picked: Operator<IndexPlan> = Operator(
    "_picked(Tensor self) -> Tensor", "Elements picked by a plan.", gradName: "IndexBackward0",
    forward: .one { x, plan, _ in try plan.read(x) },
    derivative: .of(
      .linear { g, _, plan in
        try plan.checkVersions()
        return try added(g, plan)
      }),
    tangent: .linear,
    batching: .rule { batch, plan in [try picked(batch.input(0), plan.following(batch.size))] },
    samples: [])

  /// Zeros to which the elements that a plan picks are added.
  static let added: Operator<IndexPlan> = Operator(
    "_added(Tensor self) -> Tensor", "Zeros with elements added.", gradName: "IndexPutBackward0",
    forward: .one { x, plan, _ in
      let result = try NDArray.empty(plan.sizes, x.dtype).filled(with: 0)
      try plan.write(x, into: result, adding: true)
      return result
    },
    derivative: .of(.linear { g, _, plan in try picked(g, plan) }), tangent: .linear,
    batching: .rule { batch, plan in [try added(batch.input(0), plan.following(batch.size))] },
    samples: [])
}

extension NDArray {
  /// A 1-D array of int64.
  fileprivate static func indices(_ values: [Int64]) throws -> NDArray {
    let result = try NDArray.empty([values.count], .int64)
    let elements = result.base.assumingMemoryBound(to: Int64.self)
    for (i, value) in values.enumerated() { elements[i] = value }
    return result
  }
}
