import Arrays
import Autograd
import Elements

// Inverses and systems of linear maps between tensors, and Vandermonde's matrix.

extension Ops {
  package static let tensorSystems: [any AnyOperator] = [
    linalgTensorinv, linalgTensorsolve, linalgVander, vander,
  ]

  package static let linalgTensorinv = Operator<Int>(
    "linalg_tensorinv(Tensor self, int ind=2) -> Tensor",
    """
    The inverse of a tensor as a linear map: `tensordot(result, self, ind)` is the identity.

    The first ind dimensions are the rows of a matrix, the others its columns, as many elements as those.
    Errors: ind below one, sizes that do not fit, a map that has no inverse.
    Derivative: that of `linalg_inv`.
    """,
    gradName: "ViewBackward0",
    forward: .composed { x, ind in
      if ind <= 0 {
        throw TensorError.runtime("Expected a strictly positive integer for 'ind', but got \(ind)")
      }
      if ind > x.rank {
        throw TensorError.runtime("ArrayRef: invalid slice, N = \(ind); size = \(x.rank)")
      }
      let (first, last) = (Dims(x.shape.prefix(ind)), Dims(x.shape.dropFirst(ind)))
      let (rows, columns) = (first.reduce(1, &*), last.reduce(1, &*))
      if rows != columns {
        throw TensorError.runtime(
          "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), "
            + "but got \(columns) != \(rows)")
      }
      try x.array.checkFloat("linalg.inv", refusesHalf: true)
      return try inverseEx.several(x.reshape([rows, columns]), "inv")[0]
        .reshape(Dims(Array(last) + Array(first)))
    },
    derivative: .composed,
    samples: [Sample(SampleInput([4, 2, 2]), attributes: 1)])

  package static let linalgTensorsolve = Operator<Dims?>(
    "linalg_tensorsolve(Tensor self, Tensor other, int[]? dims=None) -> Tensor",
    """
    X of `tensordot(self, X) = other`, over all dimensions of X.

    The first dimensions of self are those of other, the last those of X; dims are moved to the end
    first. Errors: sizes that do not fit, a map that has no inverse. Derivative: that of
    `linalg_solve`.
    """,
    gradName: "ViewBackward0",
    forward: .composedTwo { x, other, dims in
      var map = x
      if let dims {
        let last = try dims.wrapped(rank: x.rank)
        let first = (0..<x.rank).filter { !last.contains($0) }
        map = try x.permute(Dims(first + Array(last)))
      }
      let last = Dims(map.shape.dropFirst(Swift.min(other.rank, map.rank)))
      let (rows, columns) = (other.count, last.reduce(1, &*))
      if rows != columns {
        throw TensorError.runtime(
          "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            + "prod(self.shape[:other.ndim]), but got \(columns) != \(rows)")
      }
      return try linalgSolve(map.reshape([rows, columns]), other.reshape([other.count]), true)
        .reshape(last)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 2, 4]), SampleInput([2, 2]), attributes: nil),
      Sample(SampleInput([4, 2, 2]), SampleInput([2, 2]), attributes: [0]),
    ])

  package static let linalgVander = Operator<Int?>(
    "linalg_vander(Tensor x, *, int? N=None) -> Tensor",
    """
    Vandermonde's matrix: the powers x^0 to x^(N - 1) along a new last dimension; N is the last size by
    default.

    Errors: fewer than two powers, bool and 16-bit floats. Derivative: that of the products.
    """,
    gradName: "CatBackward0",
    forward: .composed { x, count in
      if x.dtype == .bool || x.dtype == .float16 || x.dtype == .bfloat16 {
        throw TensorError.unsupported(
          "linalg.vander supports floating point, complex, and integer tensors, but got "
            + x.dtype.scalarTypeName)
      }
      let n = count ?? x.shape.last ?? 0
      if n <= 1 || x.rank == 0 { throw TensorError.runtime("N must be greater than 1.") }
      return try powers(x.dtype.isInteger ? x.to(dtype: .int64) : x, n)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([3]), attributes: nil), Sample(SampleInput([2, 2]), attributes: 3),
    ])

  package static let vander = Operator<(count: Int?, increasing: Bool)>(
    "vander(Tensor x, int? N=None, bool increasing=False) -> Tensor",
    """
    The powers x^(N - 1) to x^0 of a vector's elements as columns, or, with increasing, in the order of
    `linalg_vander`.

    Errors: another number of dimensions, negative N.
    """,
    gradName: "FlipBackward0",
    forward: .composed { x, a in
      if x.rank != 1 { throw TensorError.runtime("x must be a one-dimensional tensor.") }
      let n = a.count ?? x.shape[0]
      if n < 0 { throw TensorError.runtime("N must be non-negative.") }
      let type = x.dtype.isDifferentiable ? x.dtype : .int64
      if n == 0 { return try .zeros([x.shape[0], 0], dtype: type) }
      let columns = try powers(x.to(dtype: type), n)
      return a.increasing ? columns : try columns.flip([1])
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([3]), attributes: (nil, false)),
      Sample(SampleInput([2]), attributes: (3, true)),
    ])

  private static func powers(_ x: Tensor, _ n: Int) throws -> Tensor {
    let column = try x.unsqueeze(dim: -1)
    var shape = x.shape
    shape.append(n - 1)
    let products = try column.expand(shape).cumprod(dim: -1)
    return try .cat([column.onesLike(), products], dim: -1)
  }
}
