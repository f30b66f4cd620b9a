import Arrays
import Autograd
import Elements

// Determinants.

extension Ops {
  package static let determinants: [any AnyOperator] = [
    linalgDet, det, linalgSlogdet, slogdet, logdet,
  ]

  package static let linalgDet = Operator<Void>(
    "linalg_det(Tensor A) -> Tensor",
    """
    The determinant of each matrix.

    A is (..., n, n), float32, float64 or complex; without rows it is 1. Errors: matrices that are
    not square, other dtypes.
    Derivative: g det(A)^* A^-H; of a singular matrix g adj(A)^H, from its singular value
    decomposition. Source: LAPACK's getrf; Higham, "What is the adjugate of a matrix?", 2020.
    """,
    forward: .composed { x, _ in try determinant.several(x, ())[0] },
    derivative: .composed, samples: determinantSamples)

  package static let det = Operator<Void>(
    "det(Tensor self) -> Tensor", "The determinant of each matrix; see `linalg_det`.",
    gradName: "LinalgDetBackward0",
    forward: .composed { x, _ in try determinant.several(x, ())[0] },
    derivative: .composed, samples: determinantSamples)

  private static let determinantSamples = [
    Sample(SampleInput([2, 2])), Sample(SampleInput([3, 3], transposed: true)),
    Sample(SampleInput([2, 2, 2])), Sample(SampleInput([0, 0])), Sample(SampleInput([0, 2, 2])),
  ]

  private static let determinant: Operator<Void> = Operator(
    "_linalg_det(Tensor A) -> (Tensor result, Tensor LU, Tensor pivots)", "See `linalg_det`.",
    gradName: "LinalgDetBackward0",
    forward: .several { x, _ in
      try x.checkSquare("linalg.det")
      try x.checkFloat("linalg.det")
      let lu = try x.factorLU("linalg.det")
      return [try lu.factors.determinant(lu.pivots), lu.factors, lu.pivots]
    },
    derivative: .of(
      .saving([.x, .output(0), .output(1), .output(2)]) { g, c in
        let (lu, pivots) = (try c.output(1), try c.output(2))
        if isUnwatched(g, lu, pivots),
          let gradient = try lu.array.adjugate(pivots.array, g.array, c.result.array)
        {
          return Tensor(gradient)
        }
        return try adjugate(c.x, c.result, g)
      }),
    tangent: .formula { c, _ in
      guard let tangent = c.tangent(0) else { return [nil, nil, nil] }
      let one = Tensor(try .full(c.result.shape, 1, c.result.dtype))
      let slope = try adjugate(c.x, c.result, one)
      return [try (slope.conj() * tangent).sum(dim: [-2, -1]), nil, nil]
    },
    batching: .rule { batch, _ in try determinant.several(batch.input(0), ()) },
    samples: [])

  /// g adj(A)^H, in steps that can be differentiated again.
  private static func adjugate(_ x: Tensor, _ det: Tensor, _ g: Tensor) throws -> Tensor {
    let n = x.shape[x.rank - 1]
    if n == 0 { return try x.zerosLike() }
    let isSingular = try det.abs().lt(.double(100 * x.dtype.epsilon))
    let canLook = x.isPlain && det.isPlain && g.isPlain
    let hasSingular = try !canLook || isSingular.any().array.item().double != 0
    let hasRegular = try !canLook || isSingular.logicalNot().any().array.item().double != 0
    let mask = try isSingular.unsqueeze(dim: -1).unsqueeze(dim: -1)
    var regular: Tensor?
    if hasRegular {
      let safe = try hasSingular ? mask.where(.identity(n, x.dtype), x) : x
      let diagonal = try (g * det.conj()).unsqueeze(dim: -1).expand(Dims(x.shape.dropLast()))
      regular = try solved(safe.mH, diagonal.asDiagonal())
    }
    guard hasSingular else { return try regular ?? x.zerosLike() }
    // Distinct singular values, whose derivatives are finite.
    let numbers = try Tensor(.arange(1, .int(Int64(n) + 1), 1, x.dtype.real))
    let distinct = try numbers.to(dtype: x.dtype).asDiagonal()
    let safe = try hasRegular ? mask.where(x, distinct) : x
    let (u, s, vh) = try reducedSingular(safe)
    let factor = try (linalgDet(u, ()) * linalgDet(vh, ())).conj() * g
    // The product of all singular values but one.
    let rows = try s.unsqueeze(dim: -2).expand(x.shape).withDiagonal(1)
    let products = try rows.prod(dim: -1) * factor.unsqueeze(dim: -1)
    let singular = try (u * products.unsqueeze(dim: -2)).matmul(vh)
    return try regular.map { try mask.where(singular, $0) } ?? singular
  }

  package static let linalgSlogdet = Operator<Void>(
    "linalg_slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet)",
    """
    Sign of the determinant of each matrix and the logarithm of its absolute value.

    The sign of a complex determinant is it divided by its absolute value. A singular matrix has 0
    and -inf. Errors: matrices that are not square, other dtypes than float32, float64 and complex.
    Derivative: g A^-H for the logarithm, zero for the sign of a real determinant.
    Source: LAPACK's getrf.
    """,
    forward: .composedSeveral { x, _ in
      Array(try signAndLogarithm.several(x, "linalg.slogdet").prefix(2))
    },
    derivative: .composed, samples: determinantSamples)

  package static let slogdet = Operator<Void>(
    "slogdet(Tensor self) -> (Tensor sign, Tensor logabsdet)",
    "Sign and logarithm of the absolute value of determinants; see `linalg_slogdet`.",
    gradName: "LinalgSlogdetBackward0",
    forward: .composedSeveral { x, _ in
      Array(try signAndLogarithm.several(x, "linalg.slogdet").prefix(2))
    },
    derivative: .composed, samples: determinantSamples)

  package static let logdet = Operator<Void>(
    "logdet(Tensor self) -> Tensor",
    """
    The logarithm of the determinant of each matrix; nan where it is negative, -inf where it is zero.

    Errors and derivative: those of `linalg_slogdet`.
    """,
    gradName: "WhereBackward0",
    forward: .composed { x, _ in
      let parts = try signAndLogarithm.several(x, "logdet")
      if x.dtype.isComplex { return try parts[0].log() + parts[1] }
      return try parts[0].eq(-1).where(Tensor(.number(.double(.nan), x.dtype)), parts[1])
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([1, 1], .range(1, 2))), Sample(SampleInput([3, 1, 1], .range(1, 2))),
      Sample(SampleInput([0, 0])),
    ])

  /// The attribute is the operator that messages speak of.
  private static let signAndLogarithm: Operator<String> = Operator(
    """
    _linalg_slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet, Tensor LU, Tensor pivots)
    """,
    "See `linalg_slogdet`.",
    gradName: "LinalgSlogdetBackward0",
    forward: .several { x, function in
      try x.checkSquare(function)
      try x.checkFloat(function, refusesHalf: true)
      let lu = try x.factorLU(function)
      let (sign, logabs) = try lu.factors.logDeterminant(lu.pivots)
      return [sign, logabs, lu.factors, lu.pivots]
    },
    derivative: .joint(saving: [.x, .output(0), .output(2), .output(3)]) { c, _ in
      let (x, lu, pivots) = (try c.x, try c.output(2), try c.output(3))
      var g = try c.filledGradient(1)
      if x.dtype.isComplex {
        // The logarithm of the determinant is logabsdet + i arg(sign).
        let turn = try c.filledGradient(0).conj() * c.output(0)
        g = try g.complex(turn.imag().neg())
      }
      let diagonal = try g.unsqueeze(dim: -1).expand(Dims(x.shape.dropLast())).asDiagonal()
      if isUnwatched(g, lu, pivots) {
        return Gradients(
          Tensor(
            try lu.array.solveLU(pivots.array, diagonal.array, adjoint: true, "linalg.slogdet")))
      }
      return Gradients(try solved(x.mH, diagonal))
    },
    tangent: .formula { c, _ in
      guard let tangent = c.tangent(0) else { return [nil, nil, nil, nil] }
      let trace = try solved(c.x, tangent).diagonals.sum(dim: [-1])
      if c.x.dtype.isComplex {
        let turn = try trace.imag()
        return [
          try c.results[0] * turn * .complex(0, 1), try trace.real(), nil, nil,
        ]
      }
      return [try c.results[0].zerosLike(), trace, nil, nil]
    },
    batching: .rule { batch, function in try signAndLogarithm.several(batch.input(0), function) },
    samples: [])
}

extension NDArray {
  /// g adj(A)^H from the factors of A; nil where a matrix is singular.
  fileprivate func adjugate(
    _ pivots: NDArray, _ g: NDArray, _ det: NDArray
  ) throws -> NDArray? {
    let pivot = try diagonal(offset: 0, dim1: -2, dim2: -1)
    let all = Dims(0..<pivot.rank)
    let zeros = try pivot.binary(.eq, .int(0)).cast(to: .int64)
    if try zeros.reduced(.sum, all, keepdim: false).item().double != 0 { return nil }
    let right = try NDArray.full(sizes, 0, dtype)
    let scale = try g.binary(.mul, det.dtype.isComplex ? det.unary(.conj) : det).unsqueezed(-1)
    let diagonal = try right.diagonal(offset: 0, dim1: -2, dim2: -1)
    diagonal.assign(scale.stretched(to: diagonal.sizes))
    return try solveLU(pivots, right, adjoint: true, "linalg.det")
  }
}

extension DType {
  /// The distance from one to the next larger number.
  fileprivate var epsilon: Double { real == .float64 ? 0x1p-52 : 0x1p-23 }
}
