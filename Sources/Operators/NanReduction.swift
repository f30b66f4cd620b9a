import Arrays
import Autograd
import Elements

// Folds that pass over nan, and counts.

extension Ops {
  package static let nanReductions: [any AnyOperator] = [
    nansum, nanmean, countNonzero, countNonzeroDimIntlist, quantile, quantileScalar, nanquantile,
    nanquantileScalar,
  ]

  package static let nansum: Operator<ReductionAttributes> = Operator(
    """
    nansum(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor
    """,
    """
    Sum along the dimensions dim, or of all elements, where nan counts as zero.

    The dimensions disappear, or keep size 1 with keepdim. self is converted to dtype first. Without
    it integers and bool are added in int64, which wraps.
    Errors: a dimension out of range, or named twice; complex numbers.
    Derivative: g for every element of its row that is not nan.
    """,
    forward: .one { x, a, _ in
      let dims = try Dims.reduced(a.dim, rank: x.rank)
      if x.dtype.isComplex {
        throw TensorError.unsupported("nansum on CPU does not support complex inputs")
      }
      guard x.dtype.isFloatingPoint else {
        return try x.sum(dims, keepdim: a.keepdim, dtype: a.dtype)
      }
      let converted = try x.cast(to: a.dtype ?? x.dtype)
      if converted.dtype.isComplex {
        throw TensorError.notImplemented(kernel: "nansum_cpu", converted.dtype)
      }
      guard converted.dtype.isFloatingPoint else {
        return try converted.sum(dims, keepdim: a.keepdim, dtype: converted.dtype)
      }
      return try converted.powerSum(.numbers, dims, keepdim: a.keepdim)
    },
    derivative: .of(
      .saving(.x) { g, c, a in
        let x = try c.x
        return try g.restored(a.dim, keepdim: a.keepdim, sizes: x.shape).expand(x.shape)
          .maskedFill(x.isnan(), 0)
      }),
    tangent: .formula { c, a in
      guard let tangent = c.tangent(0) else { return [nil] }
      return [
        try tangent.maskedFill(c.x.isnan(), 0)
          .sum(dim: a.dim, keepdim: a.keepdim, dtype: c.result.dtype)
      ]
    },
    batching: .along({ $0.dim }) { x, dims, a in
      [try Ops.nansum(x, (dims, a.keepdim, a.dtype))]
    },
    samples: reductionSamples)

  package static let nanmean = Operator<ReductionAttributes>(
    """
    nanmean(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor
    """,
    """
    Mean along the dimensions dim, or of all elements, of those that are not nan; nan of none.

    The dimensions disappear, or keep size 1 with keepdim. self is converted to dtype first.
    Errors: a dimension out of range, or named twice; dtypes that are not floating-point.
    Derivative: that of nansum, divided by the number of elements that are not nan.
    """,
    forward: .composed { x, a in
      guard x.dtype.isDifferentiable else {
        throw TensorError.unsupported(
          "nanmean(): expected input to have floating point or complex dtype but got "
            + x.dtype.scalarTypeName)
      }
      if let dtype = a.dtype, !dtype.isDifferentiable {
        throw TensorError.runtime(
          "nanmean(): could not infer output dtype. Optional dtype must be either a floating point "
            + "or complex dtype. Got: \(dtype.scalarTypeName)")
      }
      let count = try x.detach().isnan().logicalNot().sum(dim: a.dim, keepdim: a.keepdim)
      return try Ops.nansum(x, a) / count
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), attributes: (nil, false, nil)),
      Sample(SampleInput([2, 3]), attributes: ([1], true, nil)),
    ])

  package static let countNonzero = Operator<Int?>(
    "count_nonzero(Tensor self, int? dim=None) -> Tensor",
    """
    How many elements are not zero: along the dimension dim, or of all. nan is not zero.

    The result is int64. Errors: a dimension out of range. Not differentiable.
    """,
    forward: .one { x, dim, _ in
      try x.powerSum(
        .nonZeros, .reduced(dim.map { [$0] }, rank: x.rank), keepdim: false)
    },
    derivative: .none(because: "counts are integers"),
    batching: .along({ dim in dim.map { [$0] } }) { x, dims, _ in
      [try Ops.countNonzeroDimIntlist(x, dims)]
    },
    samples: [
      Sample(SampleInput([2, 3], .booleans([false, true, true])), attributes: nil),
      Sample(SampleInput([2, 3], .integers([0, 2, 3])), attributes: 1),
    ])

  package static let countNonzeroDimIntlist: Operator<Dims> = Operator(
    "count_nonzero.dim_IntList(Tensor self, int[] dim) -> Tensor",
    """
    How many elements along the dimensions dim, or of all where it is empty, are not zero.

    The result is int64. Errors: a dimension out of range, or named twice. Not differentiable.
    """,
    forward: .one { x, dims, _ in
      try x.powerSum(.nonZeros, .reduced(dims, rank: x.rank), keepdim: false)
    },
    derivative: .none(because: "counts are integers"),
    batching: .along({ $0 }) { x, dims, _ in [try Ops.countNonzeroDimIntlist(x, dims)] },
    samples: [
      Sample(SampleInput([2, 3], .integers([0, 2, 3])), attributes: [0, 1]),
      Sample(SampleInput([2, 3, 2], .integers([0, 2, 3])), attributes: [-1, 0]),
    ])
}
