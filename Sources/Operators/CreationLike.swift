import Arrays
import Autograd
import Elements

// Tensors with the sizes of another one, whose dimensions keep their order in memory.

extension Ops {
  package static let creationLike: [any AnyOperator] = [
    emptyLike, zerosLike, onesLike, fullLike, randLike, randnLike, randintLike, newEmpty, newZeros,
    newOnes, newFull,
  ]

  package static let emptyLike = Operator<DType?>(
    "empty_like(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    """
    A tensor with self's sizes whose elements are whatever its memory holds.

    It has self's dtype unless one is given, and is dense, with dimensions in the same order in
    memory as in self.
    """,
    forward: .one { x, dtype, _ in try x.emptyLike(dtype) },
    derivative: .none(because: likeAnother), batching: .elementwise,
    samples: .unary(attributes: nil))

  package static let zerosLike = Operator<DType?>(
    "zeros_like(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    """
    Zeros with self's sizes, order of dimensions and, unless one is given, dtype.
    """,
    forward: .one { x, dtype, _ in try x.emptyLike(dtype).filled(with: 0) },
    derivative: .none(because: likeAnother), batching: .elementwise,
    samples: .unary(attributes: nil))

  package static let onesLike = Operator<DType?>(
    "ones_like(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    """
    Ones with self's sizes, order of dimensions and, unless one is given, dtype.
    """,
    forward: .one { x, dtype, _ in try x.emptyLike(dtype).filled(with: 1) },
    derivative: .none(because: likeAnother), batching: .elementwise,
    samples: .unary(attributes: nil))

  package static let fullLike = Operator<(fillValue: Scalar, dtype: DType?)>(
    "full_like(Tensor self, Scalar fill_value, *, ScalarType? dtype=None) -> Tensor",
    """
    One number in every element, with self's sizes, order of dimensions and, unless one is given,
    dtype.

    Errors: a number that the dtype can't hold.
    """,
    forward: .one { x, a, _ in try x.emptyLike(a.dtype).filled(with: a.fillValue) },
    derivative: .none(because: likeAnother), batching: .elementwise,
    samples: .unary(attributes: (2.5, nil)))

  package static let randLike: Operator<(generator: Generator?, dtype: DType?)> = Operator(
    "rand_like(Tensor self, *, Generator? generator=None, ScalarType? dtype=None) -> Tensor",
    """
    Uniform random numbers from [0, 1), with self's sizes, order of dimensions and, unless one is
    given, dtype, which must be a floating-point one.

    They are drawn in the order of memory.
    """,
    forward: .one { x, a, _ in try x.emptyLike(a.dtype).uniform(from: a.generator) },
    derivative: .none(because: likeAnother),
    batching: .rule { batch, a in [try randLike(batch.batched(0), a)] },
    samples: .unary(attributes: (nil, nil)))

  package static let randnLike: Operator<(generator: Generator?, dtype: DType?)> = Operator(
    "randn_like(Tensor self, *, Generator? generator=None, ScalarType? dtype=None) -> Tensor",
    """
    Random numbers from the standard normal distribution, with self's sizes, order of dimensions
    and, unless one is given, dtype, which must be a floating-point one.

    They are drawn in the order of memory.
    """,
    forward: .one { x, a, _ in try x.emptyLike(a.dtype).normal(from: a.generator) },
    derivative: .none(because: likeAnother),
    batching: .rule { batch, a in [try randnLike(batch.batched(0), a)] },
    samples: .unary(attributes: (nil, nil)))

  package static let randintLike:
    Operator<
      (low: Int, high: Int, generator: Generator?, dtype: DType?)
    > = Operator(
      "randint_like(Tensor self, int low, int high, *, Generator? generator=None, "
        + "ScalarType? dtype=None) -> Tensor",
      """
      Random whole numbers from low up to but not including high, with self's sizes, order of
      dimensions and, unless one is given, dtype.

      They are drawn in the order of memory. Errors: low not below high, and bounds that the dtype
      can't hold.
      """,
      forward: .one { x, a, _ in
        try x.emptyLike(a.dtype)
          .integers(from: a.generator, .between(Int64(a.low), Int64(a.high)))
      },
      derivative: .none(because: likeAnother),
      batching: .rule { batch, a in [try randintLike(batch.batched(0), a)] },
      samples: .unary(attributes: (0, 10, nil, nil)))

  package static let newEmpty: Operator<(size: Dims, dtype: DType?)> = new(
    "new_empty(Tensor self, int[] size, *, ScalarType? dtype=None) -> Tensor",
    "A tensor of the given size whose elements are whatever its memory holds, of self's dtype unless "
      + "one is given.", nil)

  package static let newZeros = new(
    "new_zeros(Tensor self, int[] size, *, ScalarType? dtype=None) -> Tensor",
    "Zeros of the given size, of self's dtype unless one is given.", 0)

  package static let newOnes = new(
    "new_ones(Tensor self, int[] size, *, ScalarType? dtype=None) -> Tensor",
    "Ones of the given size, of self's dtype unless one is given.", 1)

  package static let newFull: Operator<(size: Dims, fillValue: Scalar, dtype: DType?)> = Operator(
    "new_full(Tensor self, int[] size, Scalar fill_value, *, ScalarType? dtype=None) -> Tensor",
    """
    One number in every element of a tensor of the given size, of self's dtype unless one is given.

    Errors: a negative size, and a number that the dtype can't hold.
    """,
    forward: .one { x, a, _ in
      try .empty(a.size, a.dtype ?? x.dtype).filled(with: a.fillValue)
    },
    derivative: .none(because: likeAnother),
    batching: .rule { batch, a in
      let size = a.size.following(batch.size)
      return [try newFull(batch.input(0), (size, a.fillValue, a.dtype))]
    },
    samples: .unary(attributes: ([2, 1], 2.5, nil)))

  /// A tensor that takes nothing but the dtype of another, filled with a number.
  private static func new(
    _ schema: String, _ documentation: String, _ value: Scalar?
  ) -> Operator<(size: Dims, dtype: DType?)> {
    Operator(
      schema, documentation + "\n\nErrors: a negative size, and more bytes than there are.",
      forward: .one { x, a, _ in
        let result = try NDArray.empty(a.size, a.dtype ?? x.dtype)
        return try value.map(result.filled) ?? result
      },
      derivative: .none(because: likeAnother),
      batching: .rule { batch, a in
        let (x, size) = (batch.input(0), a.size.following(batch.size))
        guard let value else { return [try newEmpty(x, (size, a.dtype))] }
        return [try newFull(x, (size, value, a.dtype))]
      },
      samples: .unary(attributes: ([2, 1], nil)))
  }

  private static let likeAnother = "it has the sizes of its argument and nothing of its numbers"
}
