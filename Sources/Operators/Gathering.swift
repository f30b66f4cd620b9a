import Arrays
import Autograd
import Elements

// Elements picked one by one along a dimension.

extension Ops {
  package static let gathering: [any AnyOperator] = [gather, scatterAdd, oneHot]

  package static let gather = Operator<Int>(
    "gather(Tensor self, int dim, Tensor index) -> Tensor",
    """
    For each position of index, the element of self whose coordinate in dimension dim is what
    stands there: out[i][j] = self[index[i][j]][j] for dim 0.

    The result has the sizes of index, which has as many dimensions as self and is no larger apart
    from dim; it is int64 or int32, and not negative.
    Errors: a dim or an index out of range, and an index of other sizes or dtype.
    Derivative: zeros to which g is added where the elements come from.
    """,
    forward: .two { x, index, dim, _ in try x.gather(dim: dim, index) },
    derivative: .of(
      .saving(.y) { g, c, dim in
        try .zeros(c.sizes(), dtype: g.dtype).scatterAdd(dim: dim, c.y, g)
      },
      .notDifferentiable),
    tangent: .linear, batching: .rule { batch, dim in [try gathered(batch, dim)] },
    samples: [
      Sample(SampleInput([3, 2]), SampleInput([4, 2], .integers([2, 0, 2, 1])), attributes: 0),
      Sample(
        SampleInput([2, 3], transposed: true), SampleInput([1, 4], .integers([1, 2])),
        attributes: -1),
      Sample(SampleInput([]), SampleInput([], .integers([0])), attributes: 0),
      Sample(SampleInput([3]), SampleInput([0], .integers([0])), attributes: 0),
    ])

  package static let scatterAdd = Operator<Int>(
    "scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
    """
    A copy of self to which elements of src are added one by one, those at a position of index to
    the element whose coordinate in dimension dim is what stands there:
    out[index[i][j]][j] += src[i][j] for dim 0.

    All three have the same number of dimensions; the index is no larger than src, nor than self
    apart from dim; it is int64 or int32, and not negative. src has self's dtype.
    Errors: a dim or an index out of range, and operands of other sizes or dtypes.
    Derivative: g for self, gather(g, dim, index) for src.
    """,
    inPlace: .available,
    forward: .three { x, index, source, dim, out in
      guard let source else { throw TensorError.nullArgument("src") }
      return try x.scattered(dim: dim, index, source, .adding, into: out)
    },
    derivative: .of(
      .identity, .notDifferentiable,
      .saving(.y) { g, c, dim in
        try padded(g.gather(dim: dim, c.y), to: c.sizes(of: 2))
      }),
    tangent: .linear, batching: .rule { batch, dim in [try scattered(batch, dim)] },
    samples: [
      Sample(
        SampleInput([3, 2]), SampleInput([4, 2], .integers([2, 0, 2, 1])), SampleInput([4, 2]),
        attributes: 0),
      Sample(
        SampleInput([2, 3], transposed: true), SampleInput([1, 4], .integers([1, 2])),
        SampleInput([1, 4]), attributes: -1),
      Sample(
        SampleInput([3, 2]), SampleInput([1, 2], .integers([2, 0])), SampleInput([2, 2]),
        attributes: 0),
      Sample(SampleInput([]), SampleInput([], .integers([0])), SampleInput([]), attributes: 0),
    ])

  package static let oneHot = Operator<Int>(
    "one_hot(Tensor self, int num_classes=-1) -> Tensor",
    """
    For each class number a row of zeros with a one in that place, as the new last dimension.

    self is int64, and so is the result; without num_classes there is one class more than the
    largest number.
    Errors: another dtype, a negative number, one that is not below num_classes, and an empty tensor
    without num_classes.
    """,
    forward: .one { x, classes, _ in try x.oneHot(classes: classes) },
    derivative: .none(because: "class numbers are integers"),
    batching: .rule { batch, classes in
      // How many classes there are differs between the examples.
      if classes < 0 { throw TensorError.itemOfExample }
      return [try batch.input(0).oneHot(numClasses: classes)]
    },
    samples: [
      Sample(SampleInput([2, 2], .integers([0, 2, 1, 0])), attributes: -1),
      Sample(SampleInput([], .integers([1])), attributes: 3),
    ])
}

/// Zeros of the given sizes whose first elements along each dimension are those of `x`.
func padded(_ x: Tensor, to sizes: Dims) throws -> Tensor {
  if x.shape == sizes { return x }
  let whole = try Layout.contiguous(sizes)
  let isNumber = x.rank != sizes.count
  let strides = isNumber ? Dims(repeating: 1, count: x.rank) : whole.strides
  return try Ops.scatterWindow(
    x, Window(whole: whole, part: .strided(x.shape, strides), offset: 0))
}
