import Arrays
import Autograd
import Elements

// How far elements lie from their mean.

extension Ops {
  package static let variances: [any AnyOperator] = [`var`, std, varMean, stdMean]

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
      try checkVariance(x.dtype, "std and var")
      return try x.variance(
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
      try checkVariance(x.dtype, "std and var")
      return try x.variance(
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

  package static let varMean = withMean(
    """
    var_mean(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) \
    -> (Tensor variance, Tensor mean)
    """,
    """
    Variance and mean along the dimensions dim, or of all elements.

    Arguments and errors are those of var.
    Derivative: those of var and mean, added.
    """, isRoot: false)

  package static let stdMean = withMean(
    """
    std_mean(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) \
    -> (Tensor deviation, Tensor mean)
    """,
    """
    Standard deviation and mean along the dimensions dim, or of all elements.

    Arguments and errors are those of std.
    Derivative: those of std and mean, added.
    """, isRoot: true)

  private static func withMean(
    _ schema: String, _ documentation: String, isRoot: Bool
  ) -> Operator<VarianceAttributes> {
    Operator(
      schema, documentation,
      forward: .several { x, a in
        try checkVariance(x.dtype, isRoot ? "std_mean" : "var_mean")
        let dims = try Dims.reduced(a.dim, rank: x.rank)
        return [
          try x.variance(
            dims, keepdim: a.keepdim, correction: a.correction?.double ?? 1, isRoot: isRoot),
          try x.mean(dims, keepdim: a.keepdim),
        ]
      },
      derivative: .joint(saving: [.x, .result]) { c, a in
        let x = try c.x
        var sum: Tensor?
        if let g = c.gradients.first ?? nil {
          sum = try (isRoot ? g.throughRoot(c.result) : g).throughVariance(of: x, a)
        }
        if c.gradients.count > 1, let g = c.gradients[1] {
          let number = Double(try x.shape.count(along: a.dim))
          let share =
            try g.restored(a.dim, keepdim: a.keepdim, sizes: x.shape).expand(x.shape)
            / .double(number)
          sum = try sum.map { try $0 + share } ?? share
        }
        var gradients = Gradients()
        gradients.append(sum)
        return gradients
      },
      tangent: .formula { c, a in
        guard let tangent = c.tangent(0) else { return [nil, nil] }
        let ones = try Tensor.ones(c.result.shape, dtype: c.result.dtype)
        let slope = try (isRoot ? ones.throughRoot(c.result) : ones).throughVariance(of: c.x, a)
        let change = try (tangent * slope.conj()).sum(dim: a.dim, keepdim: a.keepdim)
        return [
          change.dtype.isComplex ? try change.real() : change,
          try tangent.mean(dim: a.dim, keepdim: a.keepdim),
        ]
      },
      batching: .along({ $0.dim }) { x, dims, a in
        let call = isRoot ? Ops.stdMean : Ops.varMean
        return try call.several(x, (dims, a.correction, a.keepdim))
      },
      samples: varianceSamples)
  }

  /// - Throws: `TensorError.unsupported` for integers and bool.
  private static func checkVariance(_ dtype: DType, _ functions: String) throws {
    if dtype.isDifferentiable { return }
    throw TensorError.unsupported(
      "\(functions) only support floating point and complex dtypes")
  }

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
