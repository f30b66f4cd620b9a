import Arrays
import Autograd
import Elements

// How far elements lie from their mean.

extension Ops {
  package static let variances: [any AnyOperator] = [`var`, std]

  /// What `var` and `std` take.
  package typealias VarianceAttributes = (dim: Dims?, correction: Scalar?, keepdim: Bool)

  package static let `var` = Operator<VarianceAttributes>(
    """
    var(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor
    """,
    """
    Variance along the dimensions dim, or of all elements: sum((x - mean)^2) / (n - correction).

    dim None or empty means all dimensions; they disappear, or keep size 1 with keepdim. The
    correction is 1 by default, which makes the estimate from a sample unbiased. Where n doesn't
    exceed it the result is nan or inf.
    Errors: a dimension out of range, or named twice; dtypes that are not floating-point.
    Derivative: 2 * g * (x - mean) / (n - correction).
    Source: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample
    variances", 1979.
    """,
    forward: .one { x, a, _ in
      try x.variance(
        .reduced(a.dim, rank: x.rank), keepdim: a.keepdim, correction: a.correction?.double ?? 1,
        isRoot: false)
    },
    derivative: .of(.saving(.x) { g, c, a in try g.throughVariance(of: c.x, a) }),
    tangent: .rows({ ($0.dim, $0.keepdim) }) { g, c, a in try g.throughVariance(of: c.x, a) },
    batching: .along({ $0.dim }) { x, dims, a in
      [try x.var(dim: dims, correction: a.correction, keepdim: a.keepdim)]
    },
    samples: varianceSamples)

  package static let std = Operator<VarianceAttributes>(
    """
    std(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor
    """,
    """
    Standard deviation along the dimensions dim, or of all elements: the square root of var.

    dim None or empty means all dimensions; they disappear, or keep size 1 with keepdim. The
    correction is 1 by default. Where n doesn't exceed it the result is nan or inf.
    Errors: a dimension out of range, or named twice; dtypes that are not floating-point.
    Derivative: g * (x - mean) / (y * (n - correction)), and 0 where y is 0.
    """,
    forward: .one { x, a, _ in
      try x.variance(
        .reduced(a.dim, rank: x.rank), keepdim: a.keepdim, correction: a.correction?.double ?? 1,
        isRoot: true)
    },
    derivative: .of(
      .saving([.x, .result]) { g, c, a in
        try g.throughRoot(c.result).throughVariance(of: c.x, a)
      }),
    tangent: .rows({ ($0.dim, $0.keepdim) }) { g, c, a in
      try g.throughRoot(c.result).throughVariance(of: c.x, a)
    },
    batching: .along({ $0.dim }) { x, dims, a in
      [try x.std(dim: dims, correction: a.correction, keepdim: a.keepdim)]
    },
    samples: varianceSamples)

  private static let varianceSamples: [Sample<VarianceAttributes>] = [
    Sample(SampleInput([2, 3]), attributes: (nil, nil, false)),
    Sample(SampleInput([2, 3]), attributes: ([1], 0, true)),
    Sample(SampleInput([2, 3, 2]), attributes: ([0, -1], 0.5, false)),
    Sample(SampleInput([3, 2], transposed: true), attributes: ([], nil, true)),
    Sample(SampleInput([3, 0]), attributes: ([0], nil, false)),
  ]
}

extension Tensor {
  /// This gradient of `y`, a square root, taken back to what it is the root of; zero where it is zero.
  fileprivate func throughRoot(_ y: Tensor) throws -> Tensor {
    try (self / (y * 2)).maskedFill(y.eq(0), 0)
  }

  /// This gradient of a variance, taken back to `x`.
  fileprivate func throughVariance(
    of x: Tensor, _ a: Ops.VarianceAttributes
  ) throws -> Tensor {
    let g = try restored(a.dim, keepdim: a.keepdim, sizes: x.shape)
    let divisor = Double(try x.shape.count(along: a.dim)) - (a.correction?.double ?? 1)
    let mean = try x.mean(dim: a.dim, keepdim: true)
    if divisor <= 0 && (a.dim == nil || x.rank == 0) {
      // Without a degree of freedom any step away from the mean takes the variance to infinity.
      let slope = Tensor(try .full(x.shape, .double(.infinity), x.dtype))
      return try g * slope.maskedFill(x.eq(mean), .double(.nan))
    }
    return try g * .double(2 / divisor) * (x - mean)
  }
}
