import Arrays
import Autograd
import Elements

// Tensors made from sizes and numbers.

extension Ops {
  package static let creation: [any AnyOperator] = [
    empty, zeros, ones, full, arange, linspace, logspace, eye, eyeM, trilIndices, triuIndices,
  ]

  package static let empty = Operator<(size: Dims, dtype: DType?)>(
    "empty(int[] size, *, ScalarType? dtype=None) -> Tensor",
    """
    A tensor whose elements are whatever its memory holds, float32 unless a dtype is given.

    Errors: a negative size, and more bytes than there are.
    """,
    forward: .none { a in try .empty(a.size, a.dtype ?? .float32) },
    derivative: .none(because: madeFromNumbers),
    samples: sizes.map { Sample(attributes: ($0, nil)) })

  package static let zeros = Operator<(size: Dims, dtype: DType?)>(
    "zeros(int[] size, *, ScalarType? dtype=None) -> Tensor",
    """
    Zeros, float32 unless a dtype is given.

    Errors: a negative size, and more bytes than there are.
    """,
    forward: .none { a in
      if a.size.contains(where: { $0 < 0 }) {
        throw TensorError.runtime("zeros: Dimension size must be non-negative.")
      }
      return try .empty(a.size, a.dtype ?? .float32).filled(with: 0)
    },
    derivative: .none(because: madeFromNumbers),
    samples: sizes.map { Sample(attributes: ($0, nil)) })

  package static let ones = Operator<(size: Dims, dtype: DType?)>(
    "ones(int[] size, *, ScalarType? dtype=None) -> Tensor",
    """
    Ones, float32 unless a dtype is given.

    Errors: a negative size, and more bytes than there are.
    """,
    forward: .none { a in try .empty(a.size, a.dtype ?? .float32).filled(with: 1) },
    derivative: .none(because: madeFromNumbers),
    samples: sizes.map { Sample(attributes: ($0, nil)) })

  package static let full = Operator<(size: Dims, fillValue: Scalar, dtype: DType?)>(
    "full(int[] size, Scalar fill_value, *, ScalarType? dtype=None) -> Tensor",
    """
    One number in every element.

    The dtype is the number's unless one is given: bool, int64 or float32.
    Errors: a negative size, more bytes than there are, and a number that the dtype can't hold.
    """,
    forward: .none { a in
      try .empty(a.size, a.dtype ?? a.fillValue.dtype).filled(with: a.fillValue)
    },
    derivative: .none(because: madeFromNumbers),
    samples: sizes.map { Sample(attributes: ($0, 2.5, nil)) })

  package static let arange = Operator<(start: Scalar, end: Scalar, step: Scalar, dtype: DType?)>(
    "arange(Scalar start, Scalar end, Scalar step=1, *, ScalarType? dtype=None) -> Tensor",
    """
    The numbers from start up to but not including end, one step apart.

    The result is 1-D with ceil((end - start) / step) elements; int64 where all three numbers are
    integers, else float32, unless a dtype is given. Element i is start + i * step, exact for
    integers, computed in double for float32 and float64.
    Errors: a step of zero or in the wrong direction, bounds that are not finite, and dtype bool.
    """,
    forward: .none { a in
      let isFloat = [a.start, a.end, a.step].contains { $0.isFloatingPoint || $0.isComplex }
      return try .arange(a.start, a.end, a.step, a.dtype ?? (isFloat ? .float32 : .int64))
    },
    derivative: .none(because: madeFromNumbers),
    samples: [
      Sample(attributes: (0, 5, 1, nil)),
      Sample(attributes: (1, 0, -0.25, .float64)),
    ])

  package static let linspace = Operator<(start: Scalar, end: Scalar, steps: Int, dtype: DType?)>(
    "linspace(Scalar start, Scalar end, int steps, *, ScalarType? dtype=None) -> Tensor",
    """
    As many numbers as steps says, at equal distances from start to end, both included.

    float32 unless a dtype is given. The upper half is counted down from end, so that the last
    number is exact and the sequence symmetric; integers are truncated.
    Errors: a negative number of steps, dtype bool with two steps or more, and a bound that the
    dtype can't hold.
    """,
    forward: .none { a in
      let isComplex = a.start.isComplex || a.end.isComplex
      if isComplex, let dtype = a.dtype, !dtype.isComplex {
        throw TensorError.runtime(
          "torch.linspace(): inferred dtype c10::complex<float> can't be safely cast to passed "
            + "dtype \(dtype.scalarTypeName)")
      }
      return try .linspace(
        a.start, a.end, steps: a.steps, a.dtype ?? (isComplex ? .complex64 : .float32))
    },
    derivative: .none(because: madeFromNumbers),
    samples: [
      Sample(attributes: (-1, 1, 5, nil)),
      Sample(attributes: (0, 10, 4, .int64)),
    ])

  package static let logspace = Operator<
    (start: Scalar, end: Scalar, steps: Int, base: Double, dtype: DType?)
  >(
    "logspace(Scalar start, Scalar end, int steps, float base=10.0, *, ScalarType? dtype=None) -> Tensor",
    """
    Powers of base whose exponents lie at equal distances from start to end, both included.

    float32 unless a dtype is given. The exponents of the upper half are counted down from end;
    powers are computed in double.
    Errors: a negative number of steps, dtype bool with two steps or more, and an exponent that the
    dtype can't hold.
    """,
    forward: .none { a in
      try .logspace(a.start, a.end, steps: a.steps, base: a.base, a.dtype ?? .float32)
    },
    derivative: .none(because: madeFromNumbers),
    samples: [
      Sample(attributes: (-1, 1, 5, 10, nil)),
      Sample(attributes: (0, 3, 4, 2, .int64)),
    ])

  package static let trilIndices = Operator<(row: Int, col: Int, offset: Int, dtype: DType?)>(
    "tril_indices(int row, int col, int offset=0, *, ScalarType? dtype=None) -> Tensor",
    """
    The indices of the lower triangle of a matrix, row by row, of shape (2, count): int64 unless
    int32 is asked for. The triangle ends with the diagonal of the given offset.

    Errors: a negative size, and other dtypes than the integers.
    """,
    forward: .none { a in
      try .triangleIndices(a.row, a.col, a.offset, isLower: true, a.dtype ?? .int64)
    },
    derivative: .none(because: madeFromNumbers),
    samples: [Sample(attributes: (3, 4, 0, nil)), Sample(attributes: (3, 2, -1, .int32))])

  package static let triuIndices = Operator<(row: Int, col: Int, offset: Int, dtype: DType?)>(
    "triu_indices(int row, int col, int offset=0, *, ScalarType? dtype=None) -> Tensor",
    """
    The indices of the upper triangle of a matrix, row by row, of shape (2, count): int64 unless
    int32 is asked for. The triangle begins with the diagonal of the given offset.

    Errors: a negative size, and other dtypes than the integers.
    """,
    forward: .none { a in
      try .triangleIndices(a.row, a.col, a.offset, isLower: false, a.dtype ?? .int64)
    },
    derivative: .none(because: madeFromNumbers),
    samples: [Sample(attributes: (3, 4, 0, nil)), Sample(attributes: (3, 2, 1, .int32))])

  package static let eye = Operator<(n: Int, dtype: DType?)>(
    "eye(int n, *, ScalarType? dtype=None) -> Tensor",
    """
    The identity matrix of n rows and columns, float32 unless a dtype is given.

    Errors: a negative n, and more bytes than there are.
    """,
    forward: .none { a in try .eye(a.n, a.n, a.dtype ?? .float32) },
    derivative: .none(because: madeFromNumbers),
    samples: [3, 0].map { Sample(attributes: ($0, nil)) })

  package static let eyeM = Operator<(n: Int, m: Int, dtype: DType?)>(
    "eye.m(int n, int m, *, ScalarType? dtype=None) -> Tensor",
    """
    Ones on the main diagonal of n rows and m columns, zeros elsewhere.

    float32 unless a dtype is given.
    Errors: a negative n or m, and more bytes than there are.
    """,
    forward: .none { a in try .eye(a.n, a.m, a.dtype ?? .float32) },
    derivative: .none(because: madeFromNumbers),
    samples: [Sample(attributes: (2, 3, nil)), Sample(attributes: (3, 0, .int64))])

  static let madeFromNumbers = "it is made from numbers, which have no gradient"
  private static let sizes: [Dims] = [[2, 3], [], [0, 2]]
}
