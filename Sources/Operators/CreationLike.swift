import Arrays
import Autograd
import Elements

// Tensors with the sizes of another one, whose dimensions keep their order in memory.

extension Ops {
  package static let creationLike: [any AnyOperator] = [
    emptyLike, zerosLike, onesLike, fullLike, randLike, randnLike,
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

  package static let randLike = Operator<DType?>(
    "rand_like(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    """
    Uniform random numbers from [0, 1), with self's sizes, order of dimensions and, unless one is
    given, dtype, which must be a floating-point one.

    They come from the default generator, in the order of memory.
    """,
    forward: .one { x, dtype, _ in try x.emptyLike(dtype).uniform(from: .default) },
    derivative: .none(because: likeAnother),
    batching: .rule { batch, dtype in [try batch.batched(0).randLike(dtype: dtype)] },
    samples: .unary(attributes: nil))

  package static let randnLike = Operator<DType?>(
    "randn_like(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    """
    Random numbers from the standard normal distribution, with self's sizes, order of dimensions
    and, unless one is given, dtype, which must be a floating-point one.

    They come from the default generator, in the order of memory.
    """,
    forward: .one { x, dtype, _ in try x.emptyLike(dtype).normal(from: .default) },
    derivative: .none(because: likeAnother),
    batching: .rule { batch, dtype in [try batch.batched(0).randnLike(dtype: dtype)] },
    samples: .unary(attributes: nil))

  private static let likeAnother = "it has the sizes of its argument and nothing of its numbers"
}
