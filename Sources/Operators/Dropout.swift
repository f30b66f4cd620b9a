import Arrays
import Autograd
import Elements

// Random elements or channels become zero, and the others larger by as much as that takes away.

extension Ops {
  package static let dropouts: [any AnyOperator] = [
    dropout, featureDropout, alphaDropout, featureAlphaDropout,
  ]

  package static let dropout = Operator<(p: Double, train: Bool)>(
    "dropout(Tensor input, float p, bool train) -> Tensor",
    """
    Each element is zero with probability p, and divided by 1 - p otherwise; nothing changes where
    train is false.

    The numbers are those that PyTorch draws from the default generator. Errors: a p that is not from
    0 to 1, integers. Derivative: g times the same factors.
    Source: Srivastava and others, Dropout, 2014.
    """,
    forward: .composed { x, a in try x.dropped(a.p, a.train, byChannel: false) },
    derivative: .composed, samples: dropoutSamples)

  package static let featureDropout = Operator<(p: Double, train: Bool)>(
    "feature_dropout(Tensor input, float p, bool train) -> Tensor",
    """
    As dropout, of whole channels: those of the first two dimensions.

    Errors: those of dropout; fewer than two dimensions.
    Source: Tompson and others, Efficient object localization using convolutional networks, 2015.
    """,
    forward: .composed { x, a in try x.dropped(a.p, a.train, byChannel: true) },
    derivative: .composed, samples: dropoutSamples)

  package static let alphaDropout = Operator<(p: Double, train: Bool)>(
    "alpha_dropout(Tensor input, float p, bool train) -> Tensor",
    """
    As dropout, but what is dropped becomes what selu tends to, and the result is scaled and moved so
    that mean 0 and variance 1 stay.

    Errors: those of dropout. Derivative: g times the same factors.
    Source: Klambauer and others, Self-normalizing neural networks, 2017.
    """,
    forward: .composed { x, a in try x.alphaDropped(a.p, a.train, byChannel: false) },
    derivative: .composed, samples: dropoutSamples)

  package static let featureAlphaDropout = Operator<(p: Double, train: Bool)>(
    "feature_alpha_dropout(Tensor input, float p, bool train) -> Tensor",
    """
    As alpha_dropout, of whole channels: those of the first two dimensions.

    Errors: those of dropout; fewer than two dimensions.
    """,
    forward: .composed { x, a in try x.alphaDropped(a.p, a.train, byChannel: true) },
    derivative: .composed, samples: dropoutSamples)

  /// What does not depend on chance.
  private static let dropoutSamples: [Sample<(p: Double, train: Bool)>] = [
    Sample(SampleInput([2, 3]), attributes: (0.5, false)),
    Sample(SampleInput([3, 2], transposed: true), attributes: (1, true)),
    Sample(SampleInput([0, 2]), attributes: (0.5, true)),
  ]

  /// Ones, each with probability `keep`, and zeros, of the tensor's sizes, drawn in the order of its
  /// memory; by channel of the first two dimensions' sizes, and one for the others. Not exported.
  fileprivate static let dropoutMask:
    Operator<
      (keep: Double, byChannel: Bool, generator: Generator?)
    > = Operator(
      "_dropout_mask(Tensor self, float keep, bool by_channel, *, Generator? generator=None) -> Tensor",
      "Ones and zeros by chance.",
      forward: .one { x, a, _ in
        // PyTorch's words for a quotient that an integer can't hold.
        guard x.dtype.isDifferentiable else { throw TensorError.cannotCast(.float32, to: x.dtype) }
        let mask: NDArray
        if a.byChannel {
          var sizes = Dims(repeating: 1, count: x.rank)
          for dim in 0..<Swift.min(2, x.rank) { sizes[dim] = x.sizes[dim] }
          mask = try NDArray.empty(sizes, x.dtype)
        } else {
          mask = try x.emptyLike()
        }
        (a.generator ?? .default).fillBernoulli(
          mask.base, dtype: mask.dtype, count: mask.count, probability: a.keep)
        return mask
      },
      derivative: .none(because: "random numbers do not depend on any tensor"),
      batching: .rule { batch, a in
        guard a.byChannel else { return [try dropoutMask(batch.batched(0), a)] }
        // One dimension more: the examples' first two count as one, so that each has channels of its own.
        let x = try batch.batched(0)
        let mask = try dropoutMask(x.flatten(startDim: 0, endDim: 1), a)
        var shape = Dims(repeating: 1, count: x.rank)
        for dim in 0..<3 { shape[dim] = x.shape[dim] }
        return [try mask.reshape(shape)]
      },
      samples: [])
}

extension Tensor {
  /// Whether anything is dropped.
  ///
  /// - Throws: `TensorError.runtime` for a probability that is none.
  private func isDropping(_ p: Double, _ train: Bool) throws -> Bool {
    guard p >= 0 && p <= 1 else {
      throw TensorError.runtime(
        "dropout probability has to be between 0 and 1, but got \(p.shortText)")
    }
    return p != 0 && train && count != 0
  }

  /// See `_dropout_mask`.
  private func mask(_ p: Double, byChannel: Bool) throws -> Tensor {
    if byChannel && rank < 2 {
      throw TensorError.runtime("Feature dropout requires at least 2 dimensions in the input")
    }
    return try Ops.dropoutMask(self, (1 - p, byChannel, nil))
  }

  fileprivate func dropped(_ p: Double, _ train: Bool, byChannel: Bool) throws -> Tensor {
    guard try isDropping(p, train) else { return self }
    if p == 1 { return try self * Tensor(.number(0, dtype)) }
    return try self * (mask(p, byChannel: byChannel) / .double(1 - p))
  }

  fileprivate func alphaDropped(_ p: Double, _ train: Bool, byChannel: Bool) throws -> Tensor {
    guard try isDropping(p, train) else { return self }
    if p == 1 { return try self * Tensor(.number(0, dtype)) }
    let limit = Ops.seluAlpha * Ops.seluScale
    let scale = 1 / ((limit * limit * p + 1) * (1 - p)).squareRoot()
    let mask = try mask(p, byChannel: byChannel)
    let shift = try (mask - 1) * .double(limit * scale) + .double(limit * scale * p)
    return try self * (mask * .double(scale)) + shift
  }
}
