import Arrays
import Autograd
import Elements

// Counts of values, and places in sorted rows.

extension Ops {
  package static let counting: [any AnyOperator] = [
    bincount, histc, searchsorted, searchsortedScalar, bucketize, bucketizeScalar,
    isinTensorTensor, isinTensorScalar, isinScalarTensor,
  ]

  package static let bincount = Operator<Int>(
    "bincount(Tensor self, Tensor? weights=None, int minlength=0) -> Tensor",
    """
    How often each number from 0 on occurs, or the sum of the weights of where it does.

    There are minlength numbers, or more if larger ones occur. The result is int64; with weights it is
    float32 where they are, else float64.
    Errors: a tensor that is not one-dimensional or not of integers; negative numbers; weights of
    another length; a negative minlength. Not differentiable.
    """,
    forward: .many { t, minlength in
      guard let x = t[0] else { return [] }
      return [try x.occurrences(weights: t.count > 1 ? t[1] : nil, atLeast: minlength)]
    },
    derivative: .none(because: "counts depend on integers"), batching: .dynamic,
    samples: [
      Sample(SampleInput([5], .integers([0, 2, 2, 3, 1])), attributes: 0),
      Sample(
        SampleInput([4], .integers([0, 2])), SampleInput([4], .constant(0, 1)), attributes: 5),
    ])

  package static let histc = Operator<(bins: Int, min: Scalar, max: Scalar)>(
    "histc(Tensor self, int bins=100, Scalar min=0, Scalar max=0) -> Tensor",
    """
    How many elements lie in each of bins equal parts of the range from min to max, which is included.

    Where both are equal the range is that of the elements. The result has self's dtype.
    Errors: bins that are not positive; max below min; a range that is not finite; dtypes that are not
    floating-point. Not differentiable.
    """,
    forward: .one { x, a, _ in
      try x.histogram(bins: a.bins, from: a.min.double, to: a.max.double)
    },
    derivative: .none(because: "a count does not change gradually"),
    samples: [Sample(SampleInput([2, 3], .constant(-2, 2)), attributes: (4, -2, 2))])

  /// What searches take: dtype of the places, and which side of equal elements.
  package typealias SearchAttributes = (outInt32: Bool, right: Bool, side: String?)

  package static let searchsorted: Operator<SearchAttributes> = Operator(
    """
    searchsorted.Tensor(Tensor sorted_sequence, Tensor self, Tensor? sorter=None, *, \
    bool out_int32=False, bool right=False, str? side=None) -> Tensor
    """,
    """
    Where elements of self would be inserted into the rows of sorted_sequence to keep them in order.

    Before equal elements, or behind them with right or side "right". sorted_sequence has one
    dimension, or all of self's but for the size of the last. sorter tells how to sort it. Both
    promote. The places are int64, or int32 with out_int32.
    Errors: other sizes; side and right that contradict each other; a sorter of another size or dtype,
    or with places out of range; bool. Not differentiable.
    """,
    forward: .many { t, a in
      guard let sorted = t[0], let x = t[1] else { return [] }
      return [try x.places(in: sorted, sorter: t.count > 2 ? t[2] : nil, a)]
    },
    derivative: .none(because: "places are integers"),
    batching: .rule { batch, a in
      let hasSorter = batch.inputs.count > 2 && batch.inputs[2] != nil
      let given = hasSorter ? batch.input(2) : nil
      if hasSorter && batch.isBatched[2] || batch.isBatched[0] {
        let sorter = try hasSorter ? batch.batched(2) : nil
        let (rows, x) = (try batch.batched(0), try batch.batched(1))
        guard batch.rank(0) == 1, batch.rank(1) != 1 else {
          return try Ops.searchsorted.many([rows, x, sorter], a)
        }
        // One row for all elements of an example.
        let flat = try x.reshape([batch.size, batch.sizes(1).reduce(1, *)])
        return [try Ops.searchsorted.many([rows, flat, sorter], a)[0].reshape(x.shape)]
      }
      let (rows, x) = (batch.input(0), try batch.batched(1))
      if batch.rank(0) <= 1 { return try Ops.searchsorted.many([rows, x, given], a) }
      let sorter = try hasSorter ? batch.batched(2) : nil
      return try Ops.searchsorted.many([batch.batched(0), x, sorter], a)
    },
    samples: [
      Sample(
        SampleInput([4], .integers([1, 3, 5, 7])), SampleInput([2, 3], .integers([0, 3, 6])),
        attributes: (false, false, nil)),
      Sample(
        SampleInput([2, 4], .integers([1, 3, 5, 7])), SampleInput([2, 3], .integers([0, 3, 6])),
        attributes: (true, true, nil)),
    ])

  package static let searchsortedScalar = Operator<
    (base: Scalar, outInt32: Bool, right: Bool, side: String?)
  >(
    """
    searchsorted.Scalar(Tensor sorted_sequence, Scalar self, Tensor? sorter=None, *, \
    bool out_int32=False, bool right=False, str? side=None) -> Tensor
    """,
    """
    Where a number would be inserted into sorted_sequence to keep it in order, as searchsorted.

    Errors: those of searchsorted. Not differentiable.
    """,
    forward: .composedMany { t, a in
      guard let sorted = t[0] else { return [] }
      let x = try Tensor.meeting(a.base, sorted.dtype)
      let sorter = t.count > 1 ? t[1] : nil
      return try Ops.searchsorted.many([sorted, x, sorter], (a.outInt32, a.right, a.side))
    },
    derivative: .none(because: "places are integers"),
    samples: [
      Sample(SampleInput([4], .integers([1, 3, 5, 7])), attributes: (3, false, false, nil))
    ])

  package static let bucketize: Operator<(outInt32: Bool, right: Bool)> = Operator(
    """
    bucketize.Tensor(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False) \
    -> Tensor
    """,
    """
    Which of the intervals between boundaries, which are sorted, each element lies in.

    An element equal to a boundary belongs to the interval below it, or above it with right. Both
    promote. The numbers are int64, or int32 with out_int32.
    Errors: boundaries that are not one-dimensional; bool. Not differentiable.
    """,
    forward: .composedTwo { x, boundaries, a in
      guard boundaries.rank == 1 else {
        throw TensorError.runtime(
          "boundaries tensor must be 1 dimension, but got dim(\(boundaries.rank))")
      }
      return try Ops.searchsorted.many([boundaries, x, nil], (a.outInt32, a.right, nil))[0]
    },
    derivative: .none(because: "numbers of intervals are integers"),
    samples: [
      Sample(
        SampleInput([2, 3], .integers([0, 3, 6])), SampleInput([4], .integers([1, 3, 5, 7])),
        attributes: (false, false))
    ])

  package static let bucketizeScalar = Operator<(base: Scalar, outInt32: Bool, right: Bool)>(
    """
    bucketize.Scalar(Scalar self, Tensor boundaries, *, bool out_int32=False, bool right=False) \
    -> Tensor
    """,
    """
    Which of the intervals between boundaries a number lies in, as bucketize.

    Errors: those of bucketize. Not differentiable.
    """,
    forward: .composed { boundaries, a in
      let x = try Tensor.meeting(a.base, boundaries.dtype)
      return try Ops.bucketize(x, boundaries, (a.outInt32, a.right))
    },
    derivative: .none(because: "numbers of intervals are integers"),
    samples: [Sample(SampleInput([4], .integers([1, 3, 5, 7])), attributes: (3, false, false))])

  package static let isinTensorTensor: Operator<(assumeUnique: Bool, invert: Bool)> = Operator(
    """
    isin.Tensor_Tensor(Tensor elements, Tensor test_elements, *, bool assume_unique=False, \
    bool invert=False) -> Tensor
    """,
    """
    Whether each of elements is among test_elements; with invert whether it is not.

    Both promote. nan equals nothing. assume_unique changes nothing but what is promised.
    Errors: bool. Not differentiable.
    """,
    forward: .two { x, y, a, _ in try x.isAmong(y, isInverted: a.invert) },
    derivative: .none(because: "truth values are not differentiable"),
    batching: .rule { batch, a in
      if !batch.isBatched[1] {
        return [try Ops.isinTensorTensor(batch.input(0), batch.input(1), a)]
      }
      let x = try batch.batched(0)
      let results = try (0..<batch.size).map { i in
        try Ops.isinTensorTensor(
          x.select(dim: 0, index: i), batch.input(1).select(dim: 0, index: i), a)
      }
      if results.isEmpty { return [Tensor(try .full(x.shape, false, .bool))] }
      return [try .stack(results, dim: 0)]
    },
    samples: [
      Sample(
        SampleInput([2, 3], .integers([0, 3, 6])), SampleInput([4], .integers([1, 3, 5, 6])),
        attributes: (false, false))
    ])

  package static let isinTensorScalar = Operator<
    (testElement: Scalar, assumeUnique: Bool, invert: Bool)
  >(
    """
    isin.Tensor_Scalar(Tensor elements, Scalar test_element, *, bool assume_unique=False, \
    bool invert=False) -> Tensor
    """,
    """
    Whether each of elements equals a number; with invert whether it does not.

    Errors: bool. Not differentiable.
    """,
    forward: .composed { x, a in
      try Ops.isinTensorTensor(
        x, .meeting(a.testElement, x.dtype), (a.assumeUnique, a.invert))
    },
    derivative: .none(because: "truth values are not differentiable"),
    samples: [
      Sample(SampleInput([2, 3], .integers([0, 3, 6])), attributes: (3, false, true))
    ])

  package static let isinScalarTensor = Operator<
    (element: Scalar, assumeUnique: Bool, invert: Bool)
  >(
    """
    isin.Scalar_Tensor(Scalar element, Tensor test_elements, *, bool assume_unique=False, \
    bool invert=False) -> Tensor
    """,
    """
    Whether a number is among test_elements; with invert whether it is not.

    Errors: bool. Not differentiable.
    """,
    forward: .composed { y, a in
      try Ops.isinTensorTensor(.meeting(a.element, y.dtype), y, (a.assumeUnique, a.invert))
    },
    derivative: .none(because: "truth values are not differentiable"),
    samples: [
      Sample(SampleInput([2, 3], .integers([0, 3, 6])), attributes: (3, false, false))
    ])
}

extension Tensor {
  /// A number as a 0-d tensor, in the dtype in which it meets a tensor of another.
  fileprivate static func meeting(_ number: Scalar, _ dtype: DType) throws -> Tensor {
    let target = number.isFloatingPoint && !dtype.isFloatingPoint ? DType.float32 : dtype
    return Tensor(try .number(number, target))
  }
}
