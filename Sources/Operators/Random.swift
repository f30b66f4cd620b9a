import Arrays
import Autograd
import Elements

// Tensors of random numbers: those that PyTorch draws from a generator with the same seed.

extension Ops {
  package static let randomNumbers: [any AnyOperator] = [rand, randn, randint, randperm]

  package static let rand = Operator<(size: Dims, generator: Generator?, dtype: DType?)>(
    "rand(int[] size, *, Generator? generator=None, ScalarType? dtype=None) -> Tensor",
    """
    Uniform random numbers from [0, 1), float32 unless another floating-point dtype is given.

    Errors: a negative size, and a dtype that is not a floating-point one.
    """,
    forward: .none { a in
      try .empty(a.size, a.dtype ?? .float32).uniform(from: a.generator)
    },
    derivative: .none(because: drawn),
    batching: .rule { batch, a in
      [try .rand(a.size.following(batch.size), generator: a.generator, dtype: a.dtype)]
    },
    samples: [Sample(attributes: ([2, 3], nil, nil)), Sample(attributes: ([0], nil, nil))])

  package static let randn = Operator<(size: Dims, generator: Generator?, dtype: DType?)>(
    "randn(int[] size, *, Generator? generator=None, ScalarType? dtype=None) -> Tensor",
    """
    Random numbers from the standard normal distribution, float32 unless another floating-point
    dtype is given.

    Errors: a negative size, and a dtype that is not a floating-point one.
    Source: Box and Muller, A note on the generation of random normal deviates, 1958.
    """,
    forward: .none { a in
      try .empty(a.size, a.dtype ?? .float32).normal(from: a.generator)
    },
    derivative: .none(because: drawn),
    batching: .rule { batch, a in
      [try .randn(a.size.following(batch.size), generator: a.generator, dtype: a.dtype)]
    },
    samples: [Sample(attributes: ([2, 3], nil, nil)), Sample(attributes: ([0], nil, nil))])

  package static let randint = Operator<
    (low: Int, high: Int, size: Dims, generator: Generator?, dtype: DType?)
  >(
    "randint(int low, int high, int[] size, *, Generator? generator=None, "
      + "ScalarType? dtype=None) -> Tensor",
    """
    Random whole numbers from low up to but not including high, int64 unless a dtype is given.

    Errors: a negative size, low not below high, and bounds that the dtype can't hold.
    """,
    forward: .none { a in
      try .empty(a.size, a.dtype ?? .int64)
        .integers(from: a.generator, .between(Int64(a.low), Int64(a.high)))
    },
    derivative: .none(because: drawn),
    batching: .rule { batch, a in
      let size = a.size.following(batch.size)
      return [
        try .randint(low: a.low, high: a.high, size, generator: a.generator, dtype: a.dtype)
      ]
    },
    samples: [
      Sample(attributes: (0, 10, [2, 3], nil, nil)),
      Sample(attributes: (-1, 2, [4], nil, .float32)),
    ])

  package static let randperm = Operator<(n: Int, generator: Generator?, dtype: DType?)>(
    "randperm(int n, *, Generator? generator=None, ScalarType? dtype=None) -> Tensor",
    """
    The numbers from 0 to n - 1 in random order, int64 unless a dtype is given.

    Errors: a negative n, dtype bool, and an n that the dtype can't count to.
    Source: the shuffle of Fisher and Yates, 1938.
    """,
    forward: .none { a in
      try .empty([a.n], a.dtype ?? .int64).permutation(from: a.generator)
    },
    derivative: .none(because: drawn),
    samples: [Sample(attributes: (5, nil, nil)), Sample(attributes: (0, nil, nil))])

  private static let drawn = "random numbers do not depend on any tensor"
}

extension NDArray {
  /// This 1-D array filled with a permutation of its positions.
  fileprivate func permutation(from generator: Generator?) throws -> NDArray {
    if dtype == .bool { throw TensorError.notImplemented(kernel: "randperm", dtype) }
    let limit: (count: Int, text: String)? =
      switch dtype {
      case .float16: (1 << 11 + 1, "2049 for Half")
      case .float32: (1 << 24 + 1, "2^24+1 for Float")
      case .float64: (1 << 53 + 1, "2^53+1 for Double")
      default: nil
      }
    if let limit, count > limit.count {
      throw TensorError.runtime("n cannot be greater than \(limit.text) type.")
    }
    if count > 0 { try Scalar.int(Int64(count - 1)).check(fits: dtype) }
    (generator ?? .default).fillRandomPermutation(base, dtype: dtype, count: count)
    return self
  }
}
