import Arrays
import Autograd
import Elements

// Folds of many elements into one: sums, means, products, truth values; and running sums.

extension Ops {
  package static let reduction: [any AnyOperator] = [
    sum, sumDim, mean, meanDim, prod, prodDim, any, anyDim, anyDims, all, allDim, allDims, cumsum,
  ]

  package static let sum = Operator<DType?>(
    "sum(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    """
    Sum of all elements; 0 of none.

    self is converted to dtype first. Without it integers and bool are added in int64, which wraps.
    Derivative: g for every element.
    """,
    forward: .one { x, dtype, _ in
      try x.sum(Dims(x.sizes.indices), keepdim: false, dtype: dtype)
    },
    derivative: .of(.linear { g, c, _ in try g.expand(c.sizes()) }),
    tangent: .linear,
    batching: .along({ _ in nil }) { x, dims, dtype in [try x.sum(dim: dims, dtype: dtype)] },
    samples: .unary(attributes: nil))

  package static let sumDim = Operator<ReductionAttributes>(
    "sum.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    """
    Sum along the dimensions dim, or of all elements where dim is None or empty; 0 of none.

    The dimensions disappear, or keep size 1 with keepdim. self is converted to dtype first. Without
    it integers and bool are added in int64, which wraps.
    Errors: a dimension out of range, or named twice.
    Derivative: g for every element of its row.
    """,
    gradName: "SumBackward1",
    forward: .one { x, a, _ in
      try x.sum(.reduced(a.dim, rank: x.rank), keepdim: a.keepdim, dtype: a.dtype)
    },
    derivative: .of(
      .linear { g, c, a in
        try g.restored(a.dim, keepdim: a.keepdim, sizes: c.sizes()).expand(c.sizes())
      }),
    tangent: .linear,
    batching: .along({ $0.dim }) { x, dims, a in
      [try x.sum(dim: dims, keepdim: a.keepdim, dtype: a.dtype)]
    },
    samples: reductionSamples)

  package static let mean = Operator<DType?>(
    "mean(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    """
    Mean of all elements; nan of none.

    self is converted to dtype first. Errors: a dtype that is not floating-point.
    Derivative: g / n for every element, with n elements.
    """,
    forward: .one { x, dtype, _ in
      try x.mean(Dims(x.sizes.indices), keepdim: false, dtype: dtype)
    },
    derivative: .of(
      .linear { g, c, _ in
        let sizes = c.sizes()
        return try g.expand(sizes) / .double(Double(sizes.count(along: nil)))
      }),
    tangent: .linear,
    batching: .along({ _ in nil }) { x, dims, dtype in [try x.mean(dim: dims, dtype: dtype)] },
    samples: .unary(attributes: nil))

  package static let meanDim = Operator<ReductionAttributes>(
    "mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    """
    Mean along the dimensions dim, or of all elements where dim is None or empty; nan of none.

    The dimensions disappear, or keep size 1 with keepdim. self is converted to dtype first.
    Errors: a dimension out of range, or named twice; a dtype that is not floating-point.
    Derivative: g / n for every element of its row, with n elements in a row.
    """,
    gradName: "MeanBackward1",
    forward: .one { x, a, _ in
      let dtype = try x.meanDType(a.dtype)
      return try x.mean(.reduced(a.dim, rank: x.rank), keepdim: a.keepdim, dtype: dtype)
    },
    derivative: .of(
      .linear { g, c, a in
        let sizes = c.sizes()
        return try g.restored(a.dim, keepdim: a.keepdim, sizes: sizes).expand(sizes)
          / .double(Double(sizes.count(along: a.dim)))
      }),
    tangent: .linear,
    batching: .along({ $0.dim }) { x, dims, a in
      [try x.mean(dim: dims, keepdim: a.keepdim, dtype: a.dtype)]
    },
    samples: reductionSamples)

  package static let prod = Operator<DType?>(
    "prod(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    """
    Product of all elements; 1 of none.

    self is converted to dtype first. Without it integers and bool are multiplied in int64, which
    wraps.
    Derivative: g times the product of the other elements.
    """,
    forward: .one { x, dtype, _ in
      try x.prod(Dims(x.sizes.indices), keepdim: false, dtype: dtype)
    },
    derivative: .of(
      .saving([.x, .result]) { g, c, _ in try g.throughProduct(c.x, c.result) }),
    tangent: .rows({ _ in (nil, false) }) { g, c, _ in try g.throughProduct(c.x, c.result) },
    batching: .flattened { x, dtype in try x.prod(dim: 1, dtype: dtype) },
    samples: .unary(0.5, 2, attributes: nil) + [
      Sample(SampleInput([3], .range(-2, 2)), attributes: nil)
    ])

  package static let prodDim = Operator<(dim: Int, keepdim: Bool, dtype: DType?)>(
    "prod.dim(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    """
    Product along the dimension dim; 1 of none.

    The dimension disappears, or keeps size 1 with keepdim. self is converted to dtype first.
    Without it integers and bool are multiplied in int64, which wraps.
    Errors: a dimension out of range.
    Derivative: g times the product of the other elements of the row.
    """,
    gradName: "ProdBackward1",
    forward: .one { x, a, _ in
      try x.prod(.reduced([a.dim], rank: x.rank), keepdim: a.keepdim, dtype: a.dtype)
    },
    derivative: .of(
      .saving([.x, .result]) { g, c, a in
        try g.throughProduct(c.x, c.result, dim: a.dim, keepdim: a.keepdim)
      }),
    tangent: .rows({ ([$0.dim], $0.keepdim) }) { g, c, a in
      try g.throughProduct(c.x, c.result, dim: a.dim, keepdim: a.keepdim)
    },
    batching: .along({ [$0.dim] }) { x, dims, a in
      [try x.prod(dim: dims[0], keepdim: a.keepdim, dtype: a.dtype)]
    },
    samples: oneDimSamples(0.5, 2) { ($0, $1, nil) })

  package static let any = Operator<Void>(
    "any(Tensor self) -> Tensor",
    """
    Whether an element is not zero; false of none. nan is not zero.

    The result is bool, and uint8 for uint8. Not differentiable.
    """,
    forward: .one { x, _, _ in try x.truth(.any, Dims(x.sizes.indices), keepdim: false) },
    derivative: .none(because: "truth values are not differentiable"),
    batching: .flattened { x, _ in try x.any(dim: 1) },
    samples: [Sample(SampleInput([2, 3], .booleans([false, false, true])))])

  package static let anyDim = Operator<(dim: Int, keepdim: Bool)>(
    "any.dim(Tensor self, int dim, bool keepdim=False) -> Tensor",
    """
    Whether an element along the dimension dim is not zero; false of none. nan is not zero.

    The dimension disappears, or keeps size 1 with keepdim. The result is bool, and uint8 for uint8.
    Errors: a dimension out of range. Not differentiable.
    """,
    forward: .one { x, a, _ in
      try x.truth(.any, .reduced([a.dim], rank: x.rank), keepdim: a.keepdim)
    },
    derivative: .none(because: "truth values are not differentiable"),
    batching: .along({ [$0.dim] }) { x, dims, a in [try x.any(dim: dims[0], keepdim: a.keepdim)] },
    samples: [
      Sample(SampleInput([2, 3], .booleans([false, false, true])), attributes: (1, false))
    ])

  package static let all = Operator<Void>(
    "all(Tensor self) -> Tensor",
    """
    Whether no element is zero; true of none.

    The result is bool, and uint8 for uint8. Not differentiable.
    """,
    forward: .one { x, _, _ in try x.truth(.all, Dims(x.sizes.indices), keepdim: false) },
    derivative: .none(because: "truth values are not differentiable"),
    batching: .flattened { x, _ in try x.all(dim: 1) },
    samples: [Sample(SampleInput([2, 3], .booleans([true, true, false])))])

  package static let allDim = Operator<(dim: Int, keepdim: Bool)>(
    "all.dim(Tensor self, int dim, bool keepdim=False) -> Tensor",
    """
    Whether no element along the dimension dim is zero; true of none.

    The dimension disappears, or keeps size 1 with keepdim. The result is bool, and uint8 for uint8.
    Errors: a dimension out of range. Not differentiable.
    """,
    forward: .one { x, a, _ in
      try x.truth(.all, .reduced([a.dim], rank: x.rank), keepdim: a.keepdim)
    },
    derivative: .none(because: "truth values are not differentiable"),
    batching: .along({ [$0.dim] }) { x, dims, a in [try x.all(dim: dims[0], keepdim: a.keepdim)] },
    samples: [
      Sample(SampleInput([2, 3], .booleans([true, true, false])), attributes: (1, false))
    ])

  package static let anyDims = truths(
    .any, "any.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor",
    """
    Whether an element along the dimensions dim, or of all where it is None, is not zero.

    The dimensions disappear, or keep size 1 with keepdim; an empty dim is none at all. nan is not
    zero. The result is bool, and uint8 for uint8.
    Errors: a dimension out of range, or named twice. Not differentiable.
    """)

  package static let allDims = truths(
    .all, "all.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor",
    """
    Whether no element along the dimensions dim, or of all where it is None, is zero.

    The dimensions disappear, or keep size 1 with keepdim; an empty dim is none at all. The result is
    bool, and uint8 for uint8.
    Errors: a dimension out of range, or named twice. Not differentiable.
    """)

  private static func truths(
    _ op: ReductionOperation, _ schema: String, _ documentation: String
  ) -> Operator<(dim: Dims?, keepdim: Bool)> {
    Operator(
      schema, documentation,
      forward: .one { x, a, _ in
        let dims = try a.dim.map { try $0.wrapped(rank: x.rank) } ?? Dims(x.sizes.indices)
        return try x.truth(op, x.rank == 0 ? [] : dims, keepdim: a.keepdim)
      },
      derivative: .none(because: "truth values are not differentiable"),
      batching: .rule { batch, a in
        let rank = batch.rank(0)
        let dims = try a.dim.map { try $0.wrapped(rank: rank) } ?? Dims(0..<rank)
        let moved = rank == 0 ? [] : Dims(dims.map { $0 + 1 })
        let call = op == .any ? Ops.anyDims : Ops.allDims
        return [try call(batch.input(0), (moved, a.keepdim))]
      },
      samples: [
        Sample(SampleInput([2, 3], .booleans([false, true, true])), attributes: ([0, 1], false)),
        Sample(SampleInput([2, 3], .booleans([false, true, true])), attributes: ([-1], true)),
        Sample(SampleInput([2, 3], .booleans([false, true, true])), attributes: (nil, false)),
        Sample(SampleInput([2, 3], .booleans([false, true, true])), attributes: ([], false)),
      ])
  }

  package static let cumsum = Operator<(dim: Int, dtype: DType?)>(
    "cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
    """
    Running sums along the dimension dim: the first element, the first two, and so on.

    self is converted to dtype first. Without it integers and bool are added in int64, which wraps.
    Errors: a dimension out of range; bool as dtype.
    Derivative: running sums of g, in the dtype of self, from the other end.
    """,
    inPlace: .available,
    forward: .one { x, a, out in try x.cumsum(dim: a.dim, dtype: a.dtype).moved(into: out) },
    derivative: .of(
      .linear { g, c, a in
        let g = try g.to(dtype: c.dtype())
        if g.rank == 0 || g.shape.contains(0) { return g }
        return try g.flip([a.dim]).cumsum(dim: a.dim).flip([a.dim])
      }),
    tangent: .linear,
    batching: .along({ [$0.dim] }) { x, dims, a in [try x.cumsum(dim: dims[0], dtype: a.dtype)] },
    samples: oneDimSamples { dim, _ in (dim, nil) })
}

extension NDArray {
  /// any or all; uint8 stays uint8, as before PyTorch had bool.
  fileprivate func truth(
    _ op: ReductionOperation, _ dims: Dims, keepdim: Bool
  ) throws -> NDArray {
    let result = try reduced(op, dims, keepdim: keepdim)
    return dtype == .uint8 ? try result.cast(to: .uint8) : result
  }
}
