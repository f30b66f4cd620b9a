import Arrays
import Autograd
import Elements

// Random numbers in place of a tensor's elements; they are drawn in the order of memory.

extension Ops {
  package static let randomFilling: [any AnyOperator] = [
    uniform, normal, random, randomTo, randomFrom, bernoulliFloat, bernoulliFrom, exponential,
    geometric,
    cauchy, logNormal,
  ]

  package static let uniform = Operator<(from: Double, to: Double, generator: Generator?)>(
    "uniform(Tensor self, float from=0, float to=1, *, Generator? generator=None) -> Tensor",
    """
    Sets every element to a uniform random number from [from, to).

    Errors: a dtype that is not a floating-point one, from above to, and bounds that the dtype can't
    hold. Derivative: zero, since nothing is left of the elements.
    """,
    inPlace: .only,
    forward: .one { x, a, out in
      try (out ?? x.copied()).uniform(from: a.generator, low: a.from, high: a.to)
    },
    derivative: .zero, batching: .elementwise, samples: .unary(attributes: (0, 1, nil)))

  package static let normal = Operator<(mean: Double, std: Double, generator: Generator?)>(
    "normal(Tensor self, float mean=0, float std=1, *, Generator? generator=None) -> Tensor",
    """
    Sets every element to a random number of the normal distribution.

    Errors: a dtype that is not a floating-point one, and a negative std. Derivative: zero, since
    nothing is left of the elements.
    Source: Box and Muller, A note on the generation of random normal deviates, 1958.
    """,
    inPlace: .only,
    forward: .one { x, a, out in
      try (out ?? x.copied()).normal(from: a.generator, mean: a.mean, deviation: a.std)
    },
    derivative: .zero, batching: .elementwise, samples: .unary(attributes: (0, 1, nil)))

  package static let random = Operator<Generator?>(
    "random(Tensor self, *, Generator? generator=None) -> Tensor",
    """
    Sets every element to a random whole number: from 0 up to the largest of an integer dtype, or
    the largest below which a floating-point dtype has all.

    Derivative: zero, since nothing is left of the elements.
    """,
    gradName: "RandomBackward2", inPlace: .only,
    forward: .one { x, generator, out in
      try (out ?? x.copied()).integers(from: generator, .all)
    },
    derivative: .zero, batching: .elementwise, samples: .unary(attributes: nil))

  package static let randomTo = Operator<(to: Int, generator: Generator?)>(
    "random.to(Tensor self, int to, *, Generator? generator=None) -> Tensor",
    """
    Sets every element to a random whole number from [0, to).

    Errors: a to that is not positive, or that the dtype can't hold. Derivative: zero, since nothing
    is left of the elements.
    """,
    gradName: "RandomBackward1", inPlace: .only,
    forward: .one { x, a, out in
      try (out ?? x.copied()).integers(from: a.generator, .between(0, Int64(a.to)))
    },
    derivative: .zero, batching: .elementwise, samples: .unary(attributes: (10, nil)))

  package static let randomFrom = Operator<(from: Int, to: Int?, generator: Generator?)>(
    "random.from(Tensor self, int from, int? to, *, Generator? generator=None) -> Tensor",
    """
    Sets every element to a random whole number from [from, to); without to, up to the largest of
    the dtype.

    Errors: from not below to, and bounds that the dtype can't hold. Derivative: zero, since nothing
    is left of the elements.
    """,
    gradName: "RandomBackward0", inPlace: .only,
    forward: .one { x, a, out in
      let low = Int64(a.from)
      return try (out ?? x.copied())
        .integers(from: a.generator, a.to.map { .between(low, Int64($0)) } ?? .from(low))
    },
    derivative: .zero, batching: .elementwise, samples: .unary(attributes: (0, 10, nil)))

  package static let bernoulliFloat = Operator<(p: Double, generator: Generator?)>(
    "bernoulli.float(Tensor self, float p=0.5, *, Generator? generator=None) -> Tensor",
    """
    Sets every element to 1 with probability p, else to 0.

    Errors: a p that is no probability. Derivative: zero, since nothing is left of the elements.
    """,
    gradName: "BernoulliBackward2", inPlace: .only,
    forward: .one { x, a, out in
      try (out ?? x.copied()).bernoulli(from: a.generator, a.p)
    },
    derivative: .zero, batching: .elementwise, samples: .unary(attributes: (0.5, nil)))

  package static let bernoulliFrom = Operator<Generator?>(
    "bernoulli.from(Tensor self, Tensor p, *, Generator? generator=None) -> Tensor",
    """
    Sets every element to 1 with its own probability in p, else to 0.

    p is stretched to the shape of self. Errors: elements of p that are no probabilities, and a p
    that is not floating-point. Derivative: zero for both.
    """,
    gradName: "BernoulliBackward1", inPlace: .only,
    forward: .two { x, p, generator, out in
      try (out ?? x.copied()).bernoulli(from: generator, p.expanded(to: x.sizes))
    },
    derivative: .zero, batching: .elementwise,
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([2, 3], .range(0, 1)), attributes: nil),
      Sample(
        SampleInput([3, 2], transposed: true), SampleInput([2], .range(0, 1)), attributes: nil),
      Sample(SampleInput([0, 2]), SampleInput([2], .range(0, 1)), attributes: nil),
    ])

  package static let exponential = Operator<(lambd: Double, generator: Generator?)>(
    "exponential(Tensor self, float lambd=1, *, Generator? generator=None) -> Tensor",
    """
    Sets every element to a random number of the exponential distribution with rate lambd.

    Errors: a dtype that is not a floating-point one, and a lambd that is not positive. Derivative:
    zero, since nothing is left of the elements.
    """,
    inPlace: .only,
    forward: .one { x, a, out in
      if !x.dtype.isFloatingPoint {
        throw TensorError.runtime(
          "Exponential distribution is a continuous probability distribution. dtype must be a "
            + "floating point but you specified \(x.dtype.scalarTypeName)")
      }
      try check(a.lambd > 0, "exponential_ expects lambda > 0.0, but found lambda=", a.lambd)
      return try (out ?? x.copied()).filled(from: a.generator, .exponential(rate: a.lambd))
    },
    derivative: .zero, batching: .elementwise, samples: .unary(attributes: (1, nil)))

  package static let geometric = Operator<(p: Double, generator: Generator?)>(
    "geometric(Tensor self, float p, *, Generator? generator=None) -> Tensor",
    """
    Sets every element to a random number of the geometric distribution: how many trials it takes
    until one succeeds, where each does with probability p.

    Errors: dtype bool, and a p not between 0 and 1. Derivative: zero, since nothing is left of the
    elements.
    """,
    inPlace: .only,
    forward: .one { x, a, out in
      try check(a.p > 0 && a.p < 1, "geometric_ expects p to be in (0, 1), but got p=", a.p)
      if x.dtype == .bool || x.dtype.isComplex {
        throw TensorError.notImplemented(kernel: "geometric_cpu", x.dtype)
      }
      return try (out ?? x.copied()).filled(from: a.generator, .geometric(probability: a.p))
    },
    derivative: .zero, batching: .elementwise, samples: .unary(attributes: (0.5, nil)))

  package static let cauchy = Operator<(median: Double, sigma: Double, generator: Generator?)>(
    "cauchy(Tensor self, float median=0, float sigma=1, *, Generator? generator=None) -> Tensor",
    """
    Sets every element to a random number of the Cauchy distribution.

    Errors: a dtype that is not a floating-point one, and a sigma that is not positive. Derivative:
    zero, since nothing is left of the elements.
    """,
    inPlace: .only,
    forward: .one { x, a, out in
      try check(a.sigma > 0, "cauchy_ expects sigma > 0.0, but found sigma=", a.sigma)
      if !x.dtype.isFloatingPoint {
        throw TensorError.runtime(
          "Cauchy distribution is a continuous probability distribution. dtype must be a floating "
            + "point but you specified \(x.dtype.compilerName)")
      }
      return try (out ?? x.copied())
        .filled(from: a.generator, .cauchy(median: a.median, sigma: a.sigma))
    },
    derivative: .zero, batching: .elementwise, samples: .unary(attributes: (0, 1, nil)))

  package static let logNormal = Operator<(mean: Double, std: Double, generator: Generator?)>(
    "log_normal(Tensor self, float mean=1, float std=2, *, Generator? generator=None) -> Tensor",
    """
    Sets every element to a random number whose logarithm is normal, with that mean and std.

    Errors: a dtype that is not a floating-point one, and a std that is not positive. Derivative:
    zero, since nothing is left of the elements.
    """,
    inPlace: .only,
    forward: .one { x, a, out in
      try check(a.std > 0, "log_normal_ expects std > 0.0, but found std=", a.std)
      if !x.dtype.isFloatingPoint {
        throw TensorError.notImplemented(kernel: "log_normal_cpu", x.dtype)
      }
      return try (out ?? x.copied())
        .filled(from: a.generator, .logNormal(mean: a.mean, deviation: a.std))
    },
    derivative: .zero, batching: .elementwise, samples: .unary(attributes: (1, 2, nil)))

  /// Throws the words and the number where a parameter is not as it should be.
  private static func check(_ holds: Bool, _ words: String, _ value: Double) throws {
    if !holds { throw TensorError.runtime(words + value.shortText) }
  }
}

extension NDArray {
  /// This array filled with ones, with probability `p`, and zeros.
  func bernoulli(from generator: Generator?, _ p: Double) throws -> NDArray {
    if !(0...1 ~= p) {
      throw TensorError.runtime(
        "bernoulli_ expects p to be in [0, 1], but got p=\(p.shortText)")
    }
    if dtype.isComplex { throw TensorError.notImplemented(kernel: "bernoulli_scalar_cpu_", dtype) }
    try draw { memory, _ in
      (generator ?? .default).fillBernoulli(memory, dtype: dtype, count: count, probability: p)
    }
    return self
  }

  /// The same with a probability for each element, in an array of these sizes.
  func bernoulli(from generator: Generator?, _ p: NDArray) throws -> NDArray {
    if dtype.isComplex {
      throw TensorError.notImplemented(kernel: "bernoulli_tensor_cpu_self_", dtype)
    }
    guard p.dtype.isFloatingPoint else {
      throw TensorError.notImplemented(kernel: "bernoulli_tensor_cpu_p_", p.dtype)
    }
    let bounds = (try NDArray.number(0, p.dtype), try NDArray.number(1, p.dtype))
    let isProbability = try p.binary(.ge, bounds.0).binary(.logicalAnd, p.binary(.le, bounds.1))
    if !isProbability.isTrueEverywhere {
      throw TensorError.runtime(
        "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be "
          + "improved?  If so, please report an enhancement request to PyTorch.)")
    }
    try draw(with: p) { memory, probabilities in
      (generator ?? .default).fillBernoulli(
        memory, dtype: dtype, count: count, probabilities: probabilities,
        probabilityDType: p.dtype)
    }
    return self
  }
}
