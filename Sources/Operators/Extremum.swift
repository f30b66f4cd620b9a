import Arrays
import Autograd
import Elements

// The largest and the smallest element, and where they stand.

extension Ops {
  package static let extrema: [any AnyOperator] = [
    max, min, maxDim, minDim, amax, amin, aminmax, argmax, argmin,
  ]

  package static let max = whole(
    .max, "max(Tensor self) -> Tensor",
    """
    Largest of all elements; nan where one is nan.

    Errors: a tensor without elements.
    Derivative: g, shared evenly among the elements that are largest.
    """)

  package static let min = whole(
    .min, "min(Tensor self) -> Tensor",
    """
    Smallest of all elements; nan where one is nan.

    Errors: a tensor without elements.
    Derivative: g, shared evenly among the elements that are smallest.
    """)

  package static let maxDim = rows(
    .max,
    "max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    """
    Largest elements along the dimension dim, and where the first of each stands.

    The dimension disappears, or keeps size 1 with keepdim. nan is larger than every number. The
    indices are int64.
    Errors: a dimension out of range, or without elements.
    Derivative: g for the element at the index.
    """)

  package static let minDim = rows(
    .min,
    "min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    """
    Smallest elements along the dimension dim, and where the first of each stands.

    The dimension disappears, or keeps size 1 with keepdim. nan is smaller than every number. The
    indices are int64.
    Errors: a dimension out of range, or without elements.
    Derivative: g for the element at the index.
    """)

  package static let amax = dims(
    .max, "amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
    """
    Largest elements along the dimensions dim, or of all where dim is empty; nan where one is nan.

    The dimensions disappear, or keep size 1 with keepdim.
    Errors: a dimension out of range, named twice, or without elements.
    Derivative: g, shared evenly among the elements of a row that are largest.
    """)

  package static let amin = dims(
    .min, "amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
    """
    Smallest elements along the dimensions dim, or of all where dim is empty; nan where one is nan.

    The dimensions disappear, or keep size 1 with keepdim.
    Errors: a dimension out of range, named twice, or without elements.
    Derivative: g, shared evenly among the elements of a row that are smallest.
    """)

  package static let aminmax: Operator<(dim: Int?, keepdim: Bool)> = Operator(
    """
    aminmax(Tensor self, *, int? dim=None, bool keepdim=False) -> (Tensor min, Tensor max)
    """,
    """
    Smallest and largest elements along the dimension dim, or of all; nan where one is nan.

    The dimension disappears, or keeps size 1 with keepdim.
    Errors: a dimension out of range; no elements.
    Derivative: g of each, shared evenly among the elements of a row that are equal to it.
    """,
    forward: .several { x, a in
      if x.dtype.isComplex {
        throw TensorError.type("aminmax not implemented for \(x.dtype.scalarTypeName)")
      }
      let dims: Dims
      if let dim = a.dim {
        let wrapped = try Dims.wrap(dim, rank: x.rank)
        if x.rank > 0 && x.sizes[wrapped] == 0 {
          throw TensorError.index(
            "aminmax: Expected reduction dim \(wrapped) to have non-zero size.")
        }
        dims = x.rank == 0 ? [] : [wrapped]
      } else {
        if x.count == 0 {
          throw TensorError.runtime(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no "
              + "identity.")
        }
        dims = Dims(x.sizes.indices)
      }
      return [
        try x.reduced(.min, dims, keepdim: a.keepdim),
        try x.reduced(.max, dims, keepdim: a.keepdim),
      ]
    },
    derivative: .joint(saving: [.x, .result, .result2]) { c, a in
      let x = try c.x
      let dims: Dims? = a.dim.map { [$0] }
      var sum: Tensor?
      for (k, y) in [try c.result, try c.result2].enumerated() {
        guard k < c.gradients.count, let g = c.gradients[k] else { continue }
        let y = try y.restored(dims, keepdim: a.keepdim, sizes: x.shape)
        let mask = try x.eq(y)
        let share =
          try g.restored(dims, keepdim: a.keepdim, sizes: x.shape) * mask
          / mask.sum(dim: dims, keepdim: true)
        sum = try sum.map { try $0 + share } ?? share
      }
      var gradients = Gradients()
      gradients.append(sum)
      return gradients
    },
    tangent: .formula { c, a in
      guard let tangent = c.tangent(0) else { return [nil, nil] }
      let dims: Dims? = a.dim.map { [$0] }
      return try c.results.map { y in
        let mask = try c.x.eq(y.restored(dims, keepdim: a.keepdim, sizes: c.x.shape))
        let sum = try (tangent * mask).sum(dim: dims, keepdim: a.keepdim)
        return try sum / mask.sum(dim: dims, keepdim: a.keepdim)
      }
    },
    batching: .rule { batch, a in
      let x = batch.input(0)
      if batch.rank(0) == 0 {
        _ = try a.dim.map { try Dims.wrap($0, rank: 0) }
        return [x, x]
      }
      if let dim = a.dim {
        return try Ops.aminmax.several(x, (Dims.wrap(dim, rank: batch.rank(0)) + 1, a.keepdim))
      }
      let found = try Ops.aminmax.several(x.flatten(startDim: 1), (1, false))
      let sizes = Dims(repeating: 1, count: batch.rank(0)).following(batch.size)
      return try a.keepdim ? found.map { try $0.reshape(sizes) } : found
    },
    samples: [
      Sample(SampleInput([2, 3]), attributes: (nil, false)),
      Sample(SampleInput([2, 3]), attributes: (1, true)),
      Sample(SampleInput([3, 2], transposed: true), attributes: (-2, false)),
      Sample(SampleInput([]), attributes: (0, false)),
    ])

  package static let argmax = positions(
    .max, "argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor",
    """
    Where the first largest element stands, as int64: along dim, or counted in row-major order.

    The dimension disappears, or keeps size 1 with keepdim. nan is larger than every number.
    Errors: a dimension out of range, or without elements; bool. Not differentiable.
    """)

  package static let argmin = positions(
    .min, "argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor",
    """
    Where the first smallest element stands, as int64: along dim, or counted in row-major order.

    The dimension disappears, or keeps size 1 with keepdim. nan is smaller than every number.
    Errors: a dimension out of range, or without elements; bool. Not differentiable.
    """)
}

// Each pair is one operator but for the direction.

extension Ops {
  private static func whole(
    _ which: Extremum, _ schema: String, _ documentation: String
  ) -> Operator<Void> {
    Operator(
      schema, documentation, gradName: which == .max ? "MaxBackward1" : "MinBackward1",
      forward: .one { x, _, _ in try x.extremum(which) },
      derivative: .of(
        .saving([.x, .result]) { g, c in
          let mask = try c.x.chosen(c.result)
          return try mask.where(g / mask.sum(), Tensor(.number(0, g.dtype)))
        }),
      tangent: .formula { c, _ in
        guard let tangent = c.tangent(0) else { return [nil] }
        let mask = try c.x.chosen(c.result)
        return [try mask.where(tangent, Tensor(.number(0, tangent.dtype))).sum() / mask.sum()]
      },
      batching: .along({ _ in nil }) { x, dims, _ in
        if dims.contains(where: { x.shape[$0] == 0 }) {
          throw TensorError.emptyReduction("\(which)", dim: nil)
        }
        return [try which == .max ? x.amax(dim: dims) : x.amin(dim: dims)]
      },
      samples: [
        Sample(SampleInput([2, 3])), Sample(SampleInput([3, 2], transposed: true)),
        Sample(SampleInput([])),
      ])
  }

  private static func rows(
    _ which: Extremum, _ schema: String, _ documentation: String
  ) -> Operator<(dim: Int, keepdim: Bool)> {
    Operator(
      schema, documentation,
      forward: .several { x, a in
        let (values, indices) = try x.extremum(which, dim: a.dim, keepdim: a.keepdim)
        return [values, indices]
      },
      derivative: .of(
        .saving(.result2) { g, c, a in
          let sizes = c.sizes()
          let index = try c.result2.restored([a.dim], keepdim: a.keepdim, sizes: sizes)
          let g = try g.restored([a.dim], keepdim: a.keepdim, sizes: sizes)
          return try Tensor(.full(sizes, 0, g.dtype)).scatterAdd(dim: a.dim, index, g)
        }),
      tangent: .formula { c, a in
        guard let tangent = c.tangent(0) else { return [nil, nil] }
        let index = try c.results[1].restored([a.dim], keepdim: a.keepdim, sizes: c.x.shape)
        return [try tangent.gather(dim: a.dim, index).reshape(c.result.shape), nil]
      },
      batching: .along({ [$0.dim] }) { x, dims, a in
        let (values, indices) =
          try which == .max
          ? x.max(dim: dims[0], keepdim: a.keepdim) : x.min(dim: dims[0], keepdim: a.keepdim)
        return [values, indices]
      },
      samples: oneDimSamples { ($0, $1) })
  }

  private static func dims(
    _ which: Extremum, _ schema: String, _ documentation: String
  ) -> Operator<(dim: Dims, keepdim: Bool)> {
    Operator(
      schema, documentation,
      forward: .one { x, a, _ in try x.extremum(which, dims: a.dim, keepdim: a.keepdim) },
      derivative: .of(
        .saving([.x, .result]) { g, c, a in
          let x = try c.x
          let y = try c.result.restored(a.dim, keepdim: a.keepdim, sizes: x.shape)
          let mask = try x.eq(y)
          let count = try mask.sum(dim: a.dim, keepdim: true)
          return try g.restored(a.dim, keepdim: a.keepdim, sizes: x.shape) * mask / count
        }),
      tangent: .formula { c, a in
        guard let tangent = c.tangent(0) else { return [nil] }
        let y = try c.result.restored(a.dim, keepdim: a.keepdim, sizes: c.x.shape)
        let mask = try c.x.eq(y)
        let sum = try (tangent * mask).sum(dim: a.dim, keepdim: a.keepdim)
        return [try sum / mask.sum(dim: a.dim, keepdim: a.keepdim)]
      },
      batching: .along({ $0.dim }) { x, dims, a in
        [
          try which == .max
            ? x.amax(dim: dims, keepdim: a.keepdim) : x.amin(dim: dims, keepdim: a.keepdim)
        ]
      },
      samples: [
        Sample(SampleInput([2, 3]), attributes: ([1], false)),
        Sample(SampleInput([2, 3, 2]), attributes: ([0, -1], true)),
        Sample(SampleInput([3, 2], transposed: true), attributes: ([], false)),
        Sample(SampleInput([]), attributes: ([0], false)),
        Sample(SampleInput([2, 0]), attributes: ([0], false)),
      ])
  }

  private static func positions(
    _ which: Extremum, _ schema: String, _ documentation: String
  ) -> Operator<(dim: Int?, keepdim: Bool)> {
    Operator(
      schema, documentation,
      forward: .one { x, a, _ in try x.position(which, dim: a.dim, keepdim: a.keepdim) },
      derivative: .none(because: "indices are integers"),
      batching: .along({ a in a.dim.map { [$0] } }) { x, dims, a in
        func positions(_ x: Tensor, _ dim: Int, keepdim: Bool) throws -> Tensor {
          try which == .max
            ? x.argmax(dim: dim, keepdim: keepdim) : x.argmin(dim: dim, keepdim: keepdim)
        }
        if a.dim != nil { return [try positions(x, dims[0], keepdim: a.keepdim)] }
        let found = try positions(x.flatten(startDim: 1), 1, keepdim: false)
        return [try a.keepdim ? found.reshape(x.shape.reducing(dims, keepdim: true)) : found]
      },
      samples: [
        Sample(SampleInput([2, 3], .constant(-2, 2)), attributes: (nil, false)),
        Sample(SampleInput([2, 3], .constant(-2, 2)), attributes: (1, true)),
      ])
  }
}

extension Tensor {
  /// Where this tensor equals `other`; every nan equals nan.
  func equals(_ other: Tensor) throws -> Tensor {
    try eq(other).logicalOr(isnan().logicalAnd(other.isnan()))
  }

  /// Where the largest or smallest element of all stands. A nan equals nothing, but it was chosen.
  fileprivate func chosen(_ extremum: Tensor) throws -> Tensor {
    // Of a single example of several nobody can tell which it is.
    if extremum.hidesElements { return try eq(extremum).logicalOr(isnan()) }
    return try extremum.array.item().double.isNaN ? isnan() : eq(extremum)
  }
}
