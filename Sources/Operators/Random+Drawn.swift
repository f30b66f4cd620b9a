import Arrays
import Autograd
import Elements

// Random numbers whose distribution differs from element to element.

extension Ops {
  package static let randomDraws: [any AnyOperator] = [
    bernoulli, bernoulliP, normalTensorFloat, normalFloatTensor, normalTensorTensor,
    normalFloatFloat, multinomial, poisson,
  ]

  package static let bernoulli = Operator<Generator?>(
    "bernoulli(Tensor self, *, Generator? generator=None) -> Tensor",
    """
    Ones and zeros; each is 1 with the probability that self has there.

    Errors: elements that are no probabilities, and a dtype that is not floating-point. Derivative:
    zero.
    """,
    forward: .one { x, generator, _ in
      try NDArray(uninitialized: x.sizes, x.dtype).bernoulli(from: generator, x)
    },
    derivative: .zero, batching: .elementwise, samples: .unary(0, 1, attributes: nil))

  package static let bernoulliP = Operator<(p: Double, generator: Generator?)>(
    "bernoulli.p(Tensor self, float p, *, Generator? generator=None) -> Tensor",
    """
    Ones with probability p, and zeros, in the sizes and dtype of self.

    Errors: a p that is no probability.
    """,
    gradName: "NotImplemented",
    forward: .one { x, a, _ in
      try NDArray(uninitialized: x.sizes, x.dtype).bernoulli(from: a.generator, a.p)
    },
    derivative: .refused, batching: .elementwise, samples: .unary(attributes: (0.5, nil)))

  package static let normalTensorFloat = Operator<(std: Double, generator: Generator?)>(
    "normal.tensor_float(Tensor mean, float std=1, *, Generator? generator=None) -> Tensor",
    """
    Random numbers of normal distributions, each with its own mean.

    Errors: a dtype that is not a floating-point one, and a negative std. Derivative: zero.
    """,
    gradName: "NormalBackward1",
    forward: .one { mean, a, _ in
      let noise = try NDArray(uninitialized: mean.sizes, mean.dtype)
        .normal(from: a.generator, deviation: a.std)
      return try noise.binary(.add, mean)
    },
    derivative: .zero, batching: .elementwise, samples: .unary(attributes: (1, nil)))

  package static let normalFloatTensor = Operator<(mean: Double, generator: Generator?)>(
    "normal.float_tensor(float mean, Tensor std, *, Generator? generator=None) -> Tensor",
    """
    Random numbers of normal distributions, each with its own standard deviation.

    Errors: a dtype that is not a floating-point one, and a negative std. Derivative: zero.
    """,
    gradName: "NormalBackward2",
    forward: .one { std, a, _ in
      try std.checkDeviations()
      let noise = try NDArray(uninitialized: std.sizes, std.dtype).normal(from: a.generator)
      return try noise.binary(.mul, std).binary(.add, .number(.double(a.mean), std.dtype))
    },
    derivative: .zero, batching: .elementwise, samples: .unary(0, 2, attributes: (1, nil)))

  package static let normalTensorTensor = Operator<Generator?>(
    "normal.tensor_tensor(Tensor mean, Tensor std, *, Generator? generator=None) -> Tensor",
    """
    Random numbers of normal distributions, each with its own mean and standard deviation.

    The shapes broadcast; the dtype is that of mean. Errors: a dtype that is not a floating-point
    one, and a negative std. Derivative: zero for both.
    """,
    gradName: "NormalBackward3",
    forward: .two { mean, std, generator, _ in
      try std.checkDeviations()
      let sizes = try Dims.broadcast(mean.sizes, std.sizes)
      let noise = try NDArray(uninitialized: sizes, mean.dtype).normal(from: generator)
      return try noise.binary(.mul, std, into: noise).binary(.add, mean, into: noise)
    },
    derivative: .zero, batching: .elementwise, samples: .binary((-2, 2), (0, 2), attributes: nil))

  package static let normalFloatFloat:
    Operator<
      (mean: Double, std: Double, size: Dims, generator: Generator?, dtype: DType?)
    > = Operator(
      "normal.float_float(float mean, float std, int[] size, *, Generator? generator=None, "
        + "ScalarType? dtype=None) -> Tensor",
      """
      Random numbers of one normal distribution, float32 unless another floating-point dtype is given.

      Errors: a negative size or std, and a dtype that is not a floating-point one.
      """,
      forward: .none { a in
        try .empty(a.size, a.dtype ?? .float32)
          .normal(from: a.generator, mean: a.mean, deviation: a.std)
      },
      derivative: .none(because: "random numbers do not depend on any tensor"),
      batching: .rule { batch, a in
        [try normalFloatFloat((a.mean, a.std, a.size.following(batch.size), a.generator, a.dtype))]
      },
      samples: [
        Sample(attributes: (1, 2, [2, 3], nil, nil)),
        Sample(attributes: (0, 1, [0], nil, .float64)),
      ])

  package static let multinomial:
    Operator<
      (numSamples: Int, replacement: Bool, generator: Generator?)
    > = Operator(
      "multinomial(Tensor self, int num_samples, bool replacement=False, *, "
        + "Generator? generator=None) -> Tensor",
      """
      Positions drawn from each row of self, whose elements are probabilities but for a factor; int64.

      self has one or two dimensions. Without replacement no position is drawn twice.
      Errors: rows whose sum is not positive, elements that are negative or not finite, and more
      samples without replacement than there are elements in a row.
      Source: Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006.
      """,
      forward: .one { x, a, _ in try x.multinomial(a.numSamples, a.replacement, from: a.generator)
      },
      derivative: .none(because: "positions are integers"),
      batching: .rule { batch, a in
        let x = try batch.batched(0)
        if batch.rank(0) == 1 { return [try multinomial(x, a)] }
        guard batch.rank(0) == 2 else { return try batch.refusing() }
        let (rows, length) = (batch.sizes(0)[0], batch.sizes(0)[1])
        let drawn = try multinomial(x.reshape([batch.size * rows, length]), a)
        return [try drawn.reshape([batch.size, rows, a.numSamples])]
      },
      samples: [
        Sample(SampleInput([4], .constant(0, 1)), attributes: (2, false, nil)),
        Sample(SampleInput([3, 2], .constant(0, 1), transposed: true), attributes: (5, true, nil)),
      ])

  package static let poisson = Operator<Generator?>(
    "poisson(Tensor self, Generator? generator=None) -> Tensor",
    """
    Random numbers of Poisson distributions with the rates that self has.

    Errors: negative rates, and a dtype that is not floating-point. Derivative: zero.
    Source: Hörmann, "The transformed rejection method for generating Poisson random variables",
    1993.
    """,
    forward: .one { x, generator, _ in
      guard x.dtype.isFloatingPoint else {
        throw TensorError.notImplemented(kernel: "poisson_cpu", x.dtype)
      }
      let isNegative = try x.binary(.lt, .number(0, x.dtype))
      if try !isNegative.unary(.logicalNot).isTrueEverywhere {
        throw TensorError.runtime("invalid Poisson rate, expected rate to be non-negative")
      }
      let result = try NDArray(uninitialized: x.sizes, x.dtype)
      let rates = try x.contiguous()
      (generator ?? .default).fillPoisson(
        result.base, dtype: x.dtype, count: x.count, rates: rates.base)
      withExtendedLifetime(rates) {}
      return result
    },
    derivative: .zero, batching: .elementwise, samples: .unary(0, 20, attributes: nil))
}

extension NDArray {
  /// Throws when an element is negative.
  fileprivate func checkDeviations() throws {
    if dtype.isComplex {
      throw TensorError.runtime("normal expects standard deviation to be non-complex")
    }
    let isValid = try binary(.ge, .number(0, dtype))
    if !isValid.isTrueEverywhere {
      throw TensorError.runtime("normal expects all elements of std >= 0.0")
    }
  }

  fileprivate func multinomial(
    _ samples: Int, _ replacement: Bool, from generator: Generator?
  ) throws -> NDArray {
    if !(1...2 ~= rank) { throw TensorError.runtime("prob_dist must be 1 or 2 dim") }
    if !dtype.isFloatingPoint {
      throw TensorError.runtime(
        "multinomial only supports floating-point dtypes for input, got: \(dtype.scalarTypeName)")
    }
    if samples <= 0 { throw TensorError.runtime("cannot sample n_sample <= 0 samples") }
    if !replacement && samples > sizes[rank - 1] {
      throw TensorError.runtime(
        "cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    }
    let generator = generator ?? .default
    if replacement && samples != 1 {
      return try contiguous().drawnWithReplacement(samples, from: generator)
    }
    let infinity = try NDArray.number(.double(.infinity), dtype)
    let isValid = try binary(.ge, .number(0, dtype))
      .binary(.logicalAnd, binary(.lt, infinity))
    if !isValid.isTrueEverywhere {
      throw TensorError.runtime(
        "probability tensor contains either `inf`, `nan` or element < 0")
    }
    let hasWeight = try reduced(.sum, [rank - 1], keepdim: false)
      .binary(.ne, .number(0, dtype))
    if !hasWeight.isTrueEverywhere { throw NDArray.noProbability }
    return try drawnWithoutReplacement(samples, from: generator)
  }
}
