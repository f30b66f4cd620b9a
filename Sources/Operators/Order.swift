import Arrays
import Autograd
import Elements

// Elements by their size: sorting, ranks, medians, running extrema. nan is larger than every number.

extension Ops {
  package static let ordering: [any AnyOperator] = [
    sort, sortStable, argsort, argsortStable, msort, topk, kthvalue, median, medianDim, nanmedian,
    nanmedianDim, mode, cummax, cummin,
  ]

  package static let sort: Operator<(dim: Int, descending: Bool)> = ordered(
    "sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
    """
    Elements along the dimension dim in ascending order, and where each stood.

    Equal elements stay in their order. nan is larger than every number. The indices are int64.
    Errors: a dimension out of range.
    Derivative: g, brought back to where the elements stood.
    """,
    forward: { x, a in try x.sorted(dim: a.dim, isDescending: a.descending) },
    dim: { $0.dim },
    batched: { x, dim, a in try Ops.sort.several(x, (dim, a.descending)) },
    samples: orderSamples { ($0, $1) })

  package static let sortStable: Operator<(stable: Bool, dim: Int, descending: Bool)> = ordered(
    """
    sort.stable(Tensor self, bool stable, int dim=-1, bool descending=False) \
    -> (Tensor values, Tensor indices)
    """,
    """
    Elements along the dimension dim in ascending order, and where each stood.

    Equal elements stay in their order, stable or not. nan is larger than every number. The indices
    are int64.
    Errors: a dimension out of range.
    Derivative: g, brought back to where the elements stood.
    """,
    gradName: "SortBackward1",
    forward: { x, a in try x.sorted(dim: a.dim, isDescending: a.descending) },
    dim: { $0.dim },
    batched: { x, dim, a in try Ops.sortStable.several(x, (a.stable, dim, a.descending)) },
    samples: orderSamples { (true, $0, $1) })

  package static let argsort: Operator<(dim: Int, descending: Bool)> = Operator(
    "argsort(Tensor self, int dim=-1, bool descending=False) -> Tensor",
    """
    Where the elements along the dimension dim stand, in ascending order of the elements.

    The indices are int64. Errors: a dimension out of range. Not differentiable.
    """,
    forward: .one { x, a, _ in try x.sorted(dim: a.dim, isDescending: a.descending)[1] },
    derivative: .none(because: "indices are integers"),
    batching: .along({ [$0.dim] }) { x, dims, a in
      [try Ops.argsort(x, (dims[0], a.descending))]
    },
    samples: [
      Sample(SampleInput([2, 3], .constant(-2, 2)), attributes: (-1, false)),
      Sample(SampleInput([2, 3], .constant(-2, 2)), attributes: (0, true)),
    ])

  package static let argsortStable: Operator<(stable: Bool, dim: Int, descending: Bool)> = Operator(
    "argsort.stable(Tensor self, bool stable, int dim=-1, bool descending=False) -> Tensor",
    """
    Where the elements along the dimension dim stand, in ascending order of the elements.

    Equal elements stay in their order, stable or not. The indices are int64.
    Errors: a dimension out of range. Not differentiable.
    """,
    forward: .one { x, a, _ in try x.sorted(dim: a.dim, isDescending: a.descending)[1] },
    derivative: .none(because: "indices are integers"),
    batching: .along({ [$0.dim] }) { x, dims, a in
      [try Ops.argsortStable(x, (a.stable, dims[0], a.descending))]
    },
    samples: [Sample(SampleInput([2, 3], .constant(-2, 2)), attributes: (true, -1, false))])

  package static let msort = Operator<Void>(
    "msort(Tensor self) -> Tensor",
    """
    Elements along the first dimension in ascending order.

    Derivative: that of sort.
    """,
    forward: .composed { x, _ in try Ops.sort.several(x, (0, false))[0] },
    derivative: .composed,
    samples: .unary())

  package static let topk: Operator<(k: Int, dim: Int, largest: Bool, sorted: Bool)> = ordered(
    """
    topk(Tensor self, int k, int dim=-1, bool largest=True, bool sorted=True) \
    -> (Tensor values, Tensor indices)
    """,
    """
    The k largest or smallest elements along the dimension dim, and where each stood.

    They come in order, if sorted. nan is larger than every number. The indices are int64.
    Errors: a dimension out of range; k negative or more than there are; bool.
    Derivative: g, brought back to where the elements stood.
    """,
    forward: { x, a in
      let dim = try Dims.wrap(a.dim, rank: x.rank)
      guard a.k >= 0, a.k <= (x.rank == 0 ? 1 : x.sizes[dim]) else {
        throw TensorError.runtime("selected index k out of range")
      }
      if x.dtype.isComplex {
        throw TensorError.type(" topk does not support complex dtypes on CPU")
      }
      if x.dtype == .bool {
        throw TensorError.unsupported("topk does not support bool dtypes on CPU")
      }
      let op: OrderOperation =
        switch (a.largest, a.sorted) {
        case (true, true): .largest
        case (false, true): .smallest
        case (true, false): .largestUnsorted
        case (false, false): .smallestUnsorted
        }
      // A number is its own first, however many are wanted.
      let k = x.rank == 0 ? 1 : a.k
      let (values, indices) = try x.ordered(op, dim: dim, k: k, results: k)
      return [values, indices]
    },
    dim: { $0.dim },
    batched: { x, dim, a in try Ops.topk.several(x, (a.k, dim, a.largest, a.sorted)) },
    samples: [
      Sample(SampleInput([2, 5]), attributes: (2, -1, true, true)),
      Sample(SampleInput([4, 3]), attributes: (3, 0, false, true)),
      Sample(SampleInput([3, 2, 4], transposed: true), attributes: (1, 1, true, false)),
      Sample(SampleInput([]), attributes: (1, 0, true, true)),
    ])

  package static let kthvalue: Operator<(k: Int, dim: Int, keepdim: Bool)> = ordered(
    """
    kthvalue(Tensor self, int k, int dim=-1, bool keepdim=False) \
    -> (Tensor values, Tensor indices)
    """,
    """
    The k-th smallest element along the dimension dim, counted from 1, and where it stands.

    The dimension disappears, or keeps size 1 with keepdim. nan is larger than every number. The
    indices are int64.
    Errors: a dimension out of range, or without elements; k out of range; bool.
    Derivative: g for the element at the index.
    """,
    forward: { x, a in
      let dim = try Dims.wrap(a.dim, rank: x.rank)
      let count = x.rank == 0 ? 1 : x.sizes[dim]
      if count == 0 { throw TensorError.emptyReduction("kthvalue", dim: dim) }
      guard a.k >= 1, a.k <= count else {
        throw TensorError.runtime("kthvalue(): selected number k out of range for dimension \(dim)")
      }
      if x.dtype == .bool || x.dtype.isComplex {
        throw TensorError.notImplemented(kernel: "kthvalue_cpu", x.dtype)
      }
      let (values, indices) = try x.ordered(
        .kth, dim: dim, k: a.k - 1, results: nil, keepdim: a.keepdim)
      return [values, indices]
    },
    dim: { $0.dim }, keepdim: { $0.keepdim },
    batched: { x, dim, a in try Ops.kthvalue.several(x, (a.k, dim, a.keepdim)) },
    samples: [
      Sample(SampleInput([2, 3]), attributes: (2, -1, false)),
      Sample(SampleInput([3, 2]), attributes: (1, 0, true)),
      Sample(SampleInput([]), attributes: (1, 0, false)),
    ])

  package static let median = wholeMedian(
    "median(Tensor self) -> Tensor", .median,
    """
    Median of all elements, the lower one of two; nan where one is nan, and of none.

    Errors: bool.
    Derivative: g, shared evenly among the elements that are equal to it.
    """)

  package static let nanmedian = wholeMedian(
    "nanmedian(Tensor self) -> Tensor", .nanMedian,
    """
    Median of all elements that are not nan, the lower one of two; nan where there is none.

    Errors: bool.
    Derivative: g, shared evenly among the elements that are equal to it.
    """)

  package static let medianDim: Operator<(dim: Int, keepdim: Bool)> = rowMedian(
    "median.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    .median,
    """
    Medians along the dimension dim, the lower one of two, and where they stand.

    The dimension disappears, or keeps size 1 with keepdim. The first nan comes before everything.
    The indices are int64.
    Errors: a dimension out of range, or without elements; bool.
    Derivative: g for the element at the index.
    """
  ) { try Ops.medianDim.several($0, $1) }

  package static let nanmedianDim: Operator<(dim: Int, keepdim: Bool)> = rowMedian(
    "nanmedian.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    .nanMedian,
    """
    Medians of the elements along the dimension dim that are not nan, and where they stand.

    The dimension disappears, or keeps size 1 with keepdim. The indices are int64.
    Errors: a dimension out of range, or without elements; bool.
    Derivative: g for the element at the index.
    """
  ) { try Ops.nanmedianDim.several($0, $1) }

  package static let mode: Operator<(dim: Int, keepdim: Bool)> = ordered(
    "mode(Tensor self, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)",
    """
    The most frequent element along the dimension dim, the smallest of several, and where one stands.

    The dimension disappears, or keeps size 1 with keepdim. No nan equals another. The indices are
    int64.
    Errors: a dimension out of range, or without elements.
    Derivative: g for the element at the index.
    """,
    forward: { x, a in
      try x.chosen(.mode, "mode", kernel: "mode_cpu", dim: a.dim, keepdim: a.keepdim)
    },
    dim: { $0.dim }, keepdim: { $0.keepdim },
    batched: { x, dim, a in try Ops.mode.several(x, (dim, a.keepdim)) },
    samples: oneDimSamples { ($0, $1) })

  package static let cummax: Operator<Int> = running(
    .runningMax, "cummax(Tensor self, int dim) -> (Tensor values, Tensor indices)",
    """
    The largest of the first element along the dimension dim, of the first two, and so on, and where
    it stands.

    Of equal ones it is the last; nan is larger than every number. The indices are int64.
    Errors: a dimension out of range.
    Derivative: g, added up for each element that was chosen.
    """
  ) { try Ops.cummax.several($0, $1) }

  package static let cummin: Operator<Int> = running(
    .runningMin, "cummin(Tensor self, int dim) -> (Tensor values, Tensor indices)",
    """
    The smallest of the first element along the dimension dim, of the first two, and so on, and where
    it stands.

    Of equal ones it is the last; nan is smaller than every number. The indices are int64.
    Errors: a dimension out of range.
    Derivative: g, added up for each element that was chosen.
    """
  ) { try Ops.cummin.several($0, $1) }
}

// What they share: the derivative goes by the indices.

extension Ops {
  /// An operator that chooses elements along one dimension, and says where they stand.
  private static func ordered<A>(
    _ schema: String, _ documentation: String, gradName: String? = nil,
    forward: @escaping @Sendable (NDArray, A) throws -> [NDArray],
    dim: @escaping @Sendable (A) -> Int, keepdim: (@Sendable (A) -> Bool)? = nil,
    batched: @escaping @Sendable (Tensor, Int, A) throws -> [Tensor],
    samples: @autoclosure @escaping @Sendable () -> [Sample<A>]
  ) -> Operator<A> {
    Operator(
      schema, documentation, gradName: gradName, forward: .several(forward),
      derivative: .of(
        .saving(.result2) { g, c, a in
          let sizes = c.sizes()
          let keeps = keepdim?(a) ?? true
          let index = try c.result2.restored([dim(a)], keepdim: keeps, sizes: sizes)
          return try g.restored([dim(a)], keepdim: keeps, sizes: sizes)
            .placed(at: index, dim: dim(a), sizes: sizes)
        }),
      tangent: .formula { c, a in
        guard let tangent = c.tangent(0) else { return [nil, nil] }
        let keeps = keepdim?(a) ?? true
        let index = try c.results[1].restored([dim(a)], keepdim: keeps, sizes: c.x.shape)
        return [try tangent.gather(dim: dim(a), index).reshape(c.result.shape), nil]
      },
      batching: .rule { batch, a in
        let x = batch.input(0)
        let wrapped = try Dims.wrap(dim(a), rank: batch.rank(0))
        if batch.rank(0) > 0 { return try batched(x, wrapped + 1, a) }
        return try batched(x.unsqueeze(dim: 1), 1, a).map { try $0.reshape([batch.size]) }
      },
      samples: samples())
  }

  private static func orderSamples<A>(_ attributes: (Int, Bool) -> A) -> [Sample<A>] {
    [
      Sample(SampleInput([2, 3]), attributes: attributes(-1, false)),
      Sample(SampleInput([3, 2]), attributes: attributes(0, true)),
      Sample(SampleInput([3, 2, 2], transposed: true), attributes: attributes(1, false)),
      Sample(SampleInput([]), attributes: attributes(0, false)),
      Sample(SampleInput([2, 0]), attributes: attributes(0, false)),
    ]
  }

  private static func running(
    _ op: OrderOperation, _ schema: String, _ documentation: String,
    _ call: @escaping @Sendable (Tensor, Int) throws -> [Tensor]
  ) -> Operator<Int> {
    ordered(
      schema, documentation,
      forward: { x, dim in
        let dim = try Dims.wrap(dim, rank: x.rank)
        let length = x.rank == 0 ? 1 : x.sizes[dim]
        if x.dtype.isComplex {
          let name = op == .runningMax ? "cummax_cpu" : "cummin_cpu"
          throw TensorError.notImplemented(kernel: name, x.dtype)
        }
        let (values, indices) = try x.ordered(op, dim: dim, k: length, results: length)
        return [values, indices]
      },
      dim: { $0 }, batched: { x, dim, _ in try call(x, dim) },
      samples: oneDimSamples { dim, _ in dim })
  }

  private static func rowMedian(
    _ schema: String, _ op: OrderOperation, _ documentation: String,
    _ call: @escaping @Sendable (Tensor, (dim: Int, keepdim: Bool)) throws -> [Tensor]
  ) -> Operator<(dim: Int, keepdim: Bool)> {
    ordered(
      schema, documentation, gradName: op == .median ? "MedianBackward1" : "NanmedianBackward1",
      forward: { x, a in
        try x.chosen(op, "median", kernel: "median_out", dim: a.dim, keepdim: a.keepdim)
      },
      dim: { $0.dim }, keepdim: { $0.keepdim },
      batched: { x, dim, a in try call(x, (dim, a.keepdim)) },
      samples: oneDimSamples { ($0, $1) })
  }

  private static func wholeMedian(
    _ schema: String, _ op: OrderOperation, _ documentation: String
  ) -> Operator<Void> {
    Operator(
      schema, documentation,
      forward: .one { x, _, _ in
        if x.count == 0 { return try NDArray.number(.double(.nan), .float64).cast(to: x.dtype) }
        if x.dtype == .bool || x.dtype.isComplex {
          throw TensorError.notImplemented(kernel: "median_cpu", x.dtype)
        }
        return try x.contiguous().viewed(as: [x.count])
          .ordered(op, dim: 0, k: 0, results: nil, keepdim: false).values
      },
      derivative: .of(
        .saving([.x, .result]) { g, c in
          let mask = try c.x.equals(c.result)
          return try mask.where(g / mask.sum(), Tensor(.number(0, g.dtype)))
        }),
      tangent: .formula { c, _ in
        guard let tangent = c.tangent(0) else { return [nil] }
        let mask = try c.x.equals(c.result)
        return [try mask.where(tangent, Tensor(.number(0, tangent.dtype))).sum() / mask.sum()]
      },
      batching: .rule { batch, _ in
        let count = batch.sizes(0).reduce(1, *)
        let rows = try batch.input(0).reshape([batch.size, count])
        if count == 0 {
          return [Tensor(try .full([batch.size], .double(.nan), rows.dtype))]
        }
        return [
          try op == .median
            ? Ops.medianDim.several(rows, (1, false))[0]
            : Ops.nanmedianDim.several(rows, (1, false))[0]
        ]
      },
      samples: [
        Sample(SampleInput([2, 3])), Sample(SampleInput([3, 2], transposed: true)),
        Sample(SampleInput([])),
      ])
  }
}

extension NDArray {
  fileprivate func sorted(dim: Int, isDescending: Bool) throws -> [NDArray] {
    let dim = try Dims.wrap(dim, rank: rank)
    if dtype.isComplex { throw TensorError.type(" Sort does not support complex dtypes on CPU") }
    let length = rank == 0 ? 1 : sizes[dim]
    let (values, indices) = try ordered(
      isDescending ? .sortDescending : .sort, dim: dim, k: length, results: length)
    return [values, indices]
  }

  /// One element of each row along `dim`, and where it stands; `op` knows bool where it is `mode`.
  fileprivate func chosen(
    _ op: OrderOperation, _ name: String, kernel: String, dim: Int, keepdim: Bool
  ) throws -> [NDArray] {
    let dim = try Dims.wrap(dim, rank: rank)
    if rank > 0 && sizes[dim] == 0 { throw TensorError.emptyReduction(name, dim: dim) }
    if dtype.isComplex || dtype == .bool && op != .mode {
      throw TensorError.notImplemented(kernel: kernel, dtype)
    }
    let (values, indices) = try ordered(op, dim: dim, k: 0, results: nil, keepdim: keepdim)
    return [values, indices]
  }
}

extension Tensor {
  /// Zeros of `sizes`, with these elements added along `dim` where `index` says.
  func placed(at index: Tensor, dim: Int, sizes: Dims) throws -> Tensor {
    try Tensor(.full(sizes, 0, dtype)).scatterAdd(dim: dim, index, self)
  }
}
