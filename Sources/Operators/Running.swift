import Arrays
import Autograd
import Elements

// Running products and sums of exponentials along a dimension.

extension Ops {
  package static let running: [any AnyOperator] = [cumprod, logcumsumexp]

  package static let cumprod: Operator<(dim: Int, dtype: DType?)> = Operator(
    "cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
    """
    Running products along the dimension dim: the first element, the first two, and so on.

    self is converted to dtype first. Without it integers and bool are multiplied in int64, which
    wraps.
    Errors: a dimension out of range; bool as dtype.
    Derivative: for each element, the sum of g times the products without it; exact where elements
    are zero.
    """,
    inPlace: .available,
    forward: .one { x, a, out in try x.cumprod(dim: a.dim, dtype: a.dtype).moved(into: out) },
    derivative: .of(
      .saving([.x]) { g, c, a in
        let x = try c.x
        if x.rank == 0 || x.shape.contains(0) { return g }
        let dim = try Dims.wrap(a.dim, rank: x.rank)
        // In the dtype of self, unless real parts were multiplied of complex numbers.
        let dtype = x.dtype.isComplex == g.dtype.isComplex ? x.dtype : g.dtype
        let factors = try x.to(dtype: dtype).conj()
        let later = try factors.shiftedFromBehind(dim: dim)
        return try factors.productOfEarlier(dim: dim)
          * g.to(dtype: dtype).foldedFromBehind(factors: later, dim: dim)
      }),
    tangent: .formula { c, a in
      guard let tangent = c.tangent(0) else { return [nil] }
      let dtype = c.result.dtype
      if c.x.rank == 0 || c.x.shape.contains(0) { return [try tangent.to(dtype: dtype)] }
      let dim = try Dims.wrap(a.dim, rank: c.x.rank)
      // From the first element on: t[i] * (product of earlier) + x[i] * (tangent of the product).
      let x = try c.x.to(dtype: dtype)
      let terms = try tangent.to(dtype: dtype) * x.productOfEarlier(dim: dim)
      let flipped = try terms.flip([dim])
        .foldedFromBehind(factors: x.flip([dim]), dim: dim)
      return [try flipped.flip([dim])]
    },
    batching: .along({ [$0.dim] }) { x, dims, a in [try Ops.cumprod(x, (dims[0], a.dtype))] },
    samples: oneDimSamples(0.5, 2) { dim, _ in (dim, nil) } + [
      Sample(SampleInput([5], .range(-2, 2)), attributes: (0, nil))
    ])

  package static let logcumsumexp: Operator<Int> = Operator(
    "logcumsumexp(Tensor self, int dim) -> Tensor",
    """
    Logarithms of running sums of exponentials along the dimension dim.

    Exponentials that would overflow or vanish are not taken.
    Errors: a dimension out of range; integers and bool.
    Derivative: e^x times the running sums of g * e^-y from the other end.
    """,
    forward: .one { x, dim, _ in try x.logCumSumExp(dim: dim) },
    derivative: .of(
      .saving([.x, .result]) { g, c, dim in
        let (x, y) = (try c.x, try c.result)
        if x.rank == 0 || x.shape.contains(0) { return g }
        let dim = try Dims.wrap(dim, rank: x.rank)
        // Sums of g[j] * e^(y[i] - y[j]): no exponent is positive, as y grows.
        let ratios = try y.expOfDifference(y.shiftedFromBehind(dim: dim)).conj()
        return try x.expOfDifference(y).conj() * g.foldedFromBehind(factors: ratios, dim: dim)
      }),
    tangent: .formula { c, dim in
      guard let tangent = c.tangent(0) else { return [nil] }
      if c.x.rank == 0 || c.x.shape.contains(0) { return [tangent] }
      let dim = try Dims.wrap(dim, rank: c.x.rank)
      let y = try c.result.flip([dim])
      let ratios = try y.shiftedFromBehind(dim: dim).expOfDifference(y)
      let terms = try tangent * c.x.expOfDifference(c.result)
      return [
        try terms.flip([dim]).foldedFromBehind(factors: ratios, dim: dim).flip([dim])
      ]
    },
    batching: .along({ [$0] }) { x, dims, _ in [try Ops.logcumsumexp(x, dims[0])] },
    samples: oneDimSamples { dim, _ in dim })
}

extension Tensor {
  /// The elements one place further along `dim`; the last one stands twice.
  fileprivate func shiftedFromBehind(dim: Int) throws -> Tensor {
    let count = shape[dim]
    return try .cat(
      [
        narrow(dim: dim, start: 1, length: count - 1),
        narrow(dim: dim, start: count - 1, length: 1),
      ], dim: dim)
  }

  /// s[i] = x[i] + factors[i] * s[i + 1] along `dim`, from the last element, which stays as it is.
  ///
  /// In a logarithmic number of steps: each joins what 1, 2, 4, 8 … neighbours come to. It needs
  /// nothing but sums and products, so that its derivatives are exact whatever the factors are.
  fileprivate func foldedFromBehind(factors: Tensor, dim: Int) throws -> Tensor {
    let count = shape[dim]
    var (sum, product) = (self, factors)
    var reach = 1
    while reach < count {
      let rest = count - reach
      func front(_ x: Tensor) throws -> Tensor { try x.narrow(dim: dim, start: 0, length: rest) }
      func back(_ x: Tensor) throws -> Tensor { try x.narrow(dim: dim, start: reach, length: rest) }
      func joined(_ head: Tensor, _ x: Tensor) throws -> Tensor {
        try .cat([head, x.narrow(dim: dim, start: rest, length: reach)], dim: dim)
      }
      let next = try joined(front(sum) + front(product) * back(sum), sum)
      product = try joined(front(product) * back(product), product)
      sum = next
      reach *= 2
    }
    return sum
  }

  /// e to the difference from `other`, which of two equal infinities is 0.
  fileprivate func expOfDifference(_ other: Tensor) throws -> Tensor {
    try (self - other).maskedFill(eq(other).logicalAnd(isinf()), 0).exp()
  }
}
