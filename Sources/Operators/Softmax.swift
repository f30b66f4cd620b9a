import Arrays
import Autograd
import Elements

// Exponentials that add up to one, and the logarithm of their sum.

extension Ops {
  package static let softmaxes: [any AnyOperator] = [softmax, logSoftmax, logsumexp]

  package static let softmax = Operator<(dim: Int, dtype: DType?)>(
    "softmax(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
    """
    Exponentials along the dimension dim divided by their sum: e^x / sum(e^x).

    The largest element is taken out first, so that nothing overflows; a row of -inf gives nan. self
    is converted to dtype first.
    Errors: a dimension out of range; a dtype that is not floating-point.
    Derivative: y * (g - sum(g * y)).
    """,
    forward: .one { x, a, _ in
      try x.cast(to: a.dtype ?? x.dtype).softmax(dim: a.dim, isLog: false)
    },
    derivative: .of(
      .saving(.result) { g, c, a in
        try g.throughSoftmax(c.result, dim: a.dim)
      }),
    // The Jacobian is symmetric.
    tangent: .formula { c, a in [try c.tangent(0)?.throughSoftmax(c.result, dim: a.dim)] },
    batching: .along({ [$0.dim] }) { x, dims, a in [try x.softmax(dim: dims[0], dtype: a.dtype)] },
    samples: softmaxSamples)

  package static let logSoftmax = Operator<(dim: Int, dtype: DType?)>(
    "log_softmax(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
    """
    Logarithm of softmax along the dimension dim: x - log(sum(e^x)).

    Accurate where softmax is so small that it vanishes. self is converted to dtype first.
    Errors: a dimension out of range; a dtype that is not floating-point.
    Derivative: g - e^y * sum(g).
    """,
    forward: .one { x, a, _ in
      try x.cast(to: a.dtype ?? x.dtype).softmax(dim: a.dim, isLog: true)
    },
    derivative: .of(
      .saving(.result) { g, c, a in
        let y = try c.result
        if isUnwatched(g, y) { return try g.throughSoftmax(y, dim: a.dim, isLog: true) }
        return try g - y.exp() * g.sum(dim: [a.dim], keepdim: true)
      }),
    tangent: .formula { c, a in
      guard let tangent = c.tangent(0) else { return [nil] }
      return [try tangent - (c.result.exp() * tangent).sum(dim: [a.dim], keepdim: true)]
    },
    batching: .along({ [$0.dim] }) { x, dims, a in
      [try x.logSoftmax(dim: dims[0], dtype: a.dtype)]
    },
    samples: softmaxSamples)

  package static let logsumexp = Operator<(dim: Dims, keepdim: Bool)>(
    "logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor",
    """
    Logarithm of the sum of exponentials along the dimensions dim: log(sum(e^x)); -inf of none.

    The largest element is taken out first, so that nothing overflows. The dimensions disappear, or
    keep size 1 with keepdim. Integers become float32.
    Errors: a dimension out of range, or named twice.
    Derivative: g * e^(x - y).
    """,
    forward: .one { x, a, _ in
      let dims = try Dims.reduced(a.dim, rank: x.rank)
      // PyTorch's own slip: it takes an empty list for all dimensions in one place only.
      if a.dim.isEmpty && !a.keepdim && x.rank > 0 && x.count > 0 {
        throw TensorError.outputShape([], broadcast: Dims(repeating: 1, count: x.rank))
      }
      return try x.logSumExp(dims, keepdim: a.keepdim)
    },
    derivative: .of(
      .saving([.x, .result]) { g, c, a in
        try g.throughLogSumExp(c.x, c.result, dim: a.dim, keepdim: a.keepdim)
      }),
    tangent: .rows({ ($0.dim, $0.keepdim) }) { g, c, a in
      try g.throughLogSumExp(c.x, c.result, dim: a.dim, keepdim: a.keepdim)
    },
    batching: .along({ $0.dim }) { x, dims, a in
      [try x.logsumexp(dim: dims, keepdim: a.keepdim)]
    },
    samples: [
      Sample(SampleInput([2, 3]), attributes: ([1], false)),
      Sample(SampleInput([2, 3, 2]), attributes: ([0, -1], true)),
      Sample(SampleInput([3, 2], transposed: true), attributes: ([0, 1], false)),
      Sample(SampleInput([]), attributes: ([0], false)),
      Sample(SampleInput([2, 0]), attributes: ([0], false)),
    ])

  private static let softmaxSamples: [Sample<(dim: Int, dtype: DType?)>] =
    oneDimSamples { dim, _ in (dim, nil) }
}

extension Tensor {
  /// This gradient of `y`, the result of softmax, taken back to the argument.
  fileprivate func throughSoftmax(_ y: Tensor, dim: Int) throws -> Tensor {
    if isUnwatched(self, y) { return try throughSoftmax(y, dim: dim, isLog: false) }
    return try y * (self - (self * y).sum(dim: [dim], keepdim: true))
  }

  /// This gradient of `y`, the logarithm of a sum of exponentials, taken back to `x`.
  fileprivate func throughLogSumExp(
    _ x: Tensor, _ y: Tensor, dim: Dims, keepdim: Bool
  ) throws -> Tensor {
    let y = try y.restored(dim, keepdim: keepdim, sizes: x.shape)
    return try restored(dim, keepdim: keepdim, sizes: x.shape) * (x - y).exp().conj()
  }

  /// This gradient of `y`, the result of softmax or its logarithm, taken back to the argument by one
  /// loop. It leaves no graph: a derivative of the derivative needs the formula.
  fileprivate func throughSoftmax(_ y: Tensor, dim: Int, isLog: Bool) throws -> Tensor {
    Tensor(try array.softmaxGradient(y.array, dim: dim, isLog: isLog))
  }
}
