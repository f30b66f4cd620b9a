import Arrays
import Autograd
import Elements

// Norms of vectors.

extension Ops {
  package static let vectorNorms: [any AnyOperator] = [linalgVectorNorm, normDim, pdist]

  /// What norms of vectors take.
  package typealias NormAttributes = (ord: Scalar, dim: Dims?, keepdim: Bool, dtype: DType?)

  package static let linalgVectorNorm: Operator<NormAttributes> = Operator(
    """
    linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, \
    ScalarType? dtype=None) -> Tensor
    """,
    """
    Norm of vectors along the dimensions dim, or of all elements: sum(|x|^ord)^(1 / ord).

    The largest magnitude where ord is inf, the smallest where it is -inf, the number of elements
    that are not zero where it is 0. The dimensions disappear, or keep size 1 with keepdim. self is
    converted to dtype first.
    Errors: a dimension out of range, or named twice; dtypes that are not floating-point, and a dtype
    narrower than self's; no elements where ord is negative or inf.
    Derivative: g * sign(x) * (|x| / y)^(ord - 1), and 0 where y is 0; where ord is infinite, g is
    shared evenly among the elements of that magnitude; none where it is 0.
    """,
    forward: .one { x, a, _ in
      let x = try x.checkedForNorm("linalg.vector_norm", a.dtype)
      let dims = try Dims.reduced(a.dim, rank: x.rank)
      try x.checkIdentity(a.ord.double, a.dim, dims)
      return try x.vectorNorm(a.ord.double, dims, keepdim: a.keepdim)
    },
    derivative: .joint(saving: [.x, .result]) { c, a in
      // A number of elements has none.
      if a.ord.double == 0 { return Gradients(nil) }
      return try Gradients(
        c.gradient.throughNorm(
          c.x.forNorm(a.dtype), c.result, a.ord.double, a.dim, a.keepdim))
    },
    tangent: .rows({ ($0.dim, $0.keepdim) }) { g, c, a in
      try g.throughNorm(c.x.forNorm(a.dtype), c.result, a.ord.double, a.dim, a.keepdim)
    },
    batching: .along({ $0.dim }) { x, dims, a in
      [try Ops.linalgVectorNorm(x, (a.ord, dims, a.keepdim, a.dtype))]
    },
    samples: normSamples { ($0, $1, $2, nil) })

  package static let normDim: Operator<(p: Scalar?, dim: Dims, keepdim: Bool)> = norm(
    "norm.dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor", "NormBackward1")

  package static let pdist = Operator<Double>(
    "pdist(Tensor self, float p=2) -> Tensor",
    """
    Distances between the rows of a matrix, of each pair once: sum(|x[i] - x[j]|^p)^(1 / p), i < j.

    Errors: a tensor that is not a matrix, or not floating-point; a negative p.
    Derivative: that of the norm of the differences.
    """,
    forward: .composed { x, p in
      guard x.rank == 2 else {
        throw TensorError.runtime("pdist only supports 2D tensors, got: \(x.rank)D")
      }
      guard x.dtype.isFloatingPoint else {
        throw TensorError.runtime("pdist only supports floating-point dtypes")
      }
      guard p >= 0 else { throw TensorError.runtime("pdist only supports non-negative p values") }
      let (first, second) = try NDArray.pairs(below: x.shape[0])
      let differences =
        try x.indexSelect(dim: 0, Tensor(first)) - x.indexSelect(dim: 0, Tensor(second))
      return try pairDistances(differences, (.double(p), [1], false))
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([4, 3]), attributes: 2),
      Sample(SampleInput([3, 2], transposed: true), attributes: 3),
      Sample(SampleInput([1, 2]), attributes: 2),
    ])

  private static let pairDistances = norm(
    "_distances(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor",
    "PdistBackward0")

  /// The norm along given dimensions under the name of its node.
  private static func norm(
    _ schema: String, _ gradName: String
  ) -> Operator<(p: Scalar?, dim: Dims, keepdim: Bool)> {
    @Sendable func ord(_ p: Scalar?) -> Double { p?.double ?? 2 }
    return Operator(
      schema,
      """
      Norm of vectors along the dimensions dim, or of all elements where it is empty.

      sum(|x|^p)^(1 / p), with p 2 where it is None. The dimensions disappear, or keep size 1 with
      keepdim.
      Errors: a dimension out of range, or named twice; dtypes that are not floating-point.
      Derivative: g * sign(x) * (|x| / y)^(p - 1), and 0 where y is 0; none where p is 0.
      """,
      gradName: gradName,
      forward: .one { x, a, _ in
        let x = try x.checkedForNorm("norm", nil)
        let dims = try Dims.reduced(a.dim, rank: x.rank)
        return try x.vectorNorm(ord(a.p), dims, keepdim: a.keepdim)
      },
      derivative: .joint(saving: [.x, .result]) { c, a in
        if ord(a.p) == 0 { return Gradients(nil) }
        return try Gradients(
          c.gradient.throughNorm(c.x, c.result, ord(a.p), a.dim, a.keepdim))
      },
      tangent: .rows({ ($0.dim, $0.keepdim) }) { g, c, a in
        try g.throughNorm(c.x, c.result, ord(a.p), a.dim, a.keepdim)
      },
      batching: .along({ $0.dim }) { x, dims, a in
        [try Ops.normDim(x, (a.p, dims, a.keepdim))]
      },
      samples: normSamples { ($0, $1 ?? [], $2) })
  }

  private static func normSamples<A>(
    _ attributes: (_ ord: Scalar, _ dim: Dims?, _ keepdim: Bool) -> A
  ) -> [Sample<A>] {
    let positive = SampleInput.Values.range(0.3, 2)
    return [
      Sample(SampleInput([2, 3]), attributes: attributes(2, [1], false)),
      Sample(SampleInput([2, 3]), attributes: attributes(3, [-2], true)),
      Sample(SampleInput([2, 3]), attributes: attributes(1, nil, false)),
      Sample(
        SampleInput([3, 2, 2], transposed: true), attributes: attributes(1.5, [0, 1], false)),
      Sample(SampleInput([2, 3], positive), attributes: attributes(0.5, [1], false)),
      Sample(SampleInput([2, 3], positive), attributes: attributes(-2, [1], false)),
      Sample(SampleInput([2, 3]), attributes: attributes(.double(.infinity), [1], false)),
      Sample(SampleInput([2, 3]), attributes: attributes(.double(-.infinity), nil, true)),
      Sample(SampleInput([], positive), attributes: attributes(2, nil, false)),
      Sample(SampleInput([2, 0]), attributes: attributes(2, [0], false)),
    ]
  }
}

extension NDArray {
  /// This array in the dtype of a norm.
  ///
  /// - Throws: `TensorError.unsupported`, `.runtime`.
  func checkedForNorm(_ function: String, _ target: DType?) throws -> NDArray {
    guard dtype.isDifferentiable else {
      throw TensorError.unsupported(
        "\(function): Expected a floating point or complex tensor as input. Got "
          + dtype.scalarTypeName)
    }
    guard let target else { return self }
    try dtype.checkNormTarget(function, target)
    return try cast(to: target)
  }

  /// Refuses norms of nothing that have no value.
  fileprivate func checkIdentity(_ ord: Double, _ given: Dims?, _ dims: Dims) throws {
    guard count == 0, ord < 0 || ord == .infinity else { return }
    let name = "linalg.vector_norm cannot compute the \(ord.shortText) norm on"
    let rest = "because the operation does not have an identity"
    guard let given, !given.isEmpty else {
      throw TensorError.runtime("\(name) an empty tensor \(rest)")
    }
    for (own, dim) in zip(given, dims) where sizes[dim] == 0 {
      throw TensorError.runtime(
        "\(name) the dimension \(own)because this dimension is empty and the operation does not "
          + "have an identity")
    }
  }

  /// The numbers i and j of all pairs i < j below `count`, in their order.
  fileprivate static func pairs(below count: Int) throws -> (NDArray, NDArray) {
    let (product, overflow) = count.multipliedReportingOverflow(by: max(count - 1, 0))
    if overflow { throw TensorError.sizeOverflow }
    let number = product / 2
    let (first, second) = (try empty([number], .int64), try empty([number], .int64))
    let (i, j) = (
      first.base.assumingMemoryBound(to: Int.self), second.base.assumingMemoryBound(to: Int.self)
    )
    var place = 0
    for low in 0..<count {
      for high in low + 1..<max(count, low + 1) {
        (i[place], j[place]) = (low, high)
        place += 1
      }
    }
    return (first, second)
  }
}

extension DType {
  /// Refuses a dtype of a norm that is not of this dtype's kind, or narrower.
  ///
  /// - Throws: `TensorError.runtime`.
  func checkNormTarget(_ function: String, _ target: DType) throws {
    let name = target.scalarTypeName
    guard target.isDifferentiable else {
      throw TensorError.runtime(
        "\(function): dtype should be floating point or complex, but got \(name)")
    }
    guard isComplex == target.isComplex else {
      let kind = isComplex ? "complex" : "real"
      throw TensorError.runtime(
        "\(function): dtype should be \(kind) for \(kind) inputs, but got \(name)")
    }
    guard DType.promote(self, target) == target else {
      throw TensorError.runtime(
        "\(function): the dtype of the input (\(scalarTypeName)) should be convertible without "
          + "narrowing to the specified dtype (\(name))")
    }
  }
}

extension Tensor {
  /// This tensor in the dtype of a norm, if one was asked for.
  fileprivate func forNorm(_ dtype: DType?) throws -> Tensor {
    try dtype.map { try to(dtype: $0) } ?? self
  }

  /// x / |x|, and 0 where x is 0.
  fileprivate func direction() throws -> Tensor {
    if !dtype.isComplex { return try sign() }
    return try (self / abs()).maskedFill(eq(0), 0)
  }

  /// This gradient of `y`, the norm of `x` along `dims`, taken back to `x`.
  fileprivate func throughNorm(
    _ x: Tensor, _ y: Tensor, _ ord: Double, _ dims: Dims?, _ keepdim: Bool
  ) throws -> Tensor {
    let g = try restored(dims, keepdim: keepdim, sizes: x.shape)
    let y = try y.restored(dims, keepdim: keepdim, sizes: x.shape)
    switch ord {
    case 0: return try (g * x) * 0
    case 1: return try g * x.direction()
    case 2:
      if isUnwatched(self, x, y) { return try x * (g / y).maskedFill(y.eq(0), 0) }
      // The same, with the second derivative that PyTorch gives where the norm is zero: nan.
      return try g * (x / y).maskedFill(y.eq(0), 0)
    case .infinity, -.infinity:
      let magnitudes = try x.abs()
      let mask = try magnitudes.eq(y).logicalOr(magnitudes.isnan())
      let count = try mask.sum(dim: dims, keepdim: true)
      return try x.direction() * mask * (g / count)
    default: break
    }
    let exponent = Scalar.double(ord - 1)
    if ord < 1 {
      let powers = try (x.direction() * x.abs().pow(exponent)).maskedFill(x.eq(0), 0)
      return try powers * (g * y.pow(.double(1 - ord)))
    }
    let scale = try (g * y.pow(.double(1 - ord))).maskedFill(y.eq(0), 0)
    if ord < 2 { return try x.direction() * x.abs().pow(exponent) * scale }
    return try x * x.abs().pow(.double(ord - 2)) * scale
  }
}
