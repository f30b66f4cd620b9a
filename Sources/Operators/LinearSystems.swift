import Arrays
import Autograd
import Elements

// Inverses, and solutions of systems of equations.

extension Ops {
  package static let linearSystems: [any AnyOperator] = [
    linalgInv, linalgInvEx, inverse, linalgSolve, linalgSolveEx, linalgSolveTriangular,
    triangularSolve,
  ]

  // MARK: Inverses

  package static let linalgInv = Operator<Void>(
    "linalg_inv(Tensor A) -> Tensor",
    """
    The inverse of each matrix.

    A is (..., n, n), float32, float64 or complex. Errors: matrices that are not square, other
    dtypes, a matrix whose LU factors have a zero on the diagonal.
    Derivative: -X^H g X^H, where X is the inverse. Source: LAPACK's getrf and getrs.
    """,
    gradName: "LinalgInvExBackward0",
    forward: .composed { x, _ in try inverseEx.several(x, "linalg.inv")[0] },
    derivative: .composed, samples: inverseSamples)

  package static let inverse = Operator<Void>(
    "inverse(Tensor self) -> Tensor", "The inverse of each matrix; see `linalg_inv`.",
    gradName: "LinalgInvExBackward0",
    forward: .composed { x, _ in try inverseEx.several(x, "linalg.inv")[0] },
    derivative: .composed, samples: inverseSamples)

  package static let linalgInvEx = Operator<Bool>(
    "linalg_inv_ex(Tensor A, *, bool check_errors=False) -> (Tensor inverse, Tensor info)",
    """
    The inverse of each matrix, and where it is singular.

    info is int32: the number of the first zero on the diagonal of U in A = P L U, or 0. Only with
    check_errors is that an error. See `linalg_inv`.
    """,
    forward: .composedSeveral { x, checks in
      try inverseEx.several(x, checks ? "linalg.inv_ex" : nil)
    },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 2], .range(1, 2)), attributes: true)])

  /// The attribute is what checks that there is an inverse.
  static let inverseEx: Operator<String?> = Operator(
    "_linalg_inv_ex(Tensor A) -> (Tensor inverse, Tensor info)", "See `linalg_inv_ex`.",
    gradName: "LinalgInvExBackward0",
    forward: .several { x, function in
      let (inverse, info) = try x.inverse(function ?? "linalg.inv")
      if let function {
        try info.checkInfo { batch, info in
          .linearAlgebra(
            "\(function): \(batch)The diagonal element \(info) is zero, the inversion could not be "
              + "completed because the input matrix is singular.")
        }
      }
      return [inverse, info]
    },
    derivative: .of(
      .saving(.result) { g, c, _ in
        let adjoint = try c.result.mH
        return try adjoint.matmul(g.matmul(adjoint)).neg()
      }),
    tangent: .formula { c, _ in
      [try c.tangent(0).map { try c.result.matmul($0.matmul(c.result)).neg() }, nil]
    },
    batching: .rule { batch, function in try inverseEx.several(batch.input(0), function) },
    samples: [])

  private static let inverseSamples = [
    Sample(SampleInput([2, 2], .range(1, 2))), Sample(SampleInput([3, 3], transposed: true)),
    Sample(SampleInput([2, 2, 2])), Sample(SampleInput([0, 0])), Sample(SampleInput([0, 2, 2])),
  ]

  // MARK: Systems

  package static let linalgSolve = Operator<Bool>(
    "linalg_solve(Tensor A, Tensor B, *, bool left=True) -> Tensor",
    """
    X of A X = B, or of X A = B where left is false, for each pair of matrices.

    A is (..., n, n); B is (..., n, k), or (..., k, n), and the dimensions in front broadcast. A B of
    one dimension, or of A's shape without the last, is a vector, or a stack of vectors.
    Errors: shapes that do not fit, different dtypes, other dtypes than float32, float64 and complex,
    a singular matrix.
    Derivative: G = A^-H g for B, and -G X^H for A; G = g A^-H and -X^H G where left is false.
    Source: LAPACK's getrf and getrs.
    """,
    gradName: "LinalgSolveExBackward0",
    forward: .composedTwo { a, b, left in
      try solved(a, b, left, "torch.linalg.solve")[0]
    },
    derivative: .composed, samples: solveSamples)

  package static let linalgSolveEx = Operator<(left: Bool, checks: Bool)>(
    """
    linalg_solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False)\
     -> (Tensor result, Tensor info)
    """,
    """
    X of A X = B or X A = B, and which matrices are singular; see `linalg_solve`.

    info is int32: the number of the first zero on the diagonal of U in A = P L U, or 0. Only with
    check_errors is that an error.
    """,
    forward: .composedMany { t, a in
      guard let x = t[0], let y = t[1] else { throw TensorError.nullArgument("A") }
      let results = try solved(x, y, a.left, a.checks ? "torch.linalg.solve_ex" : nil)
      return [results[0], results[3]]
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 2], .range(1, 2)), SampleInput([2, 3]), attributes: (true, true))
    ])

  private static let solveSamples: [Sample<Bool>] = [
    Sample(SampleInput([2, 2]), SampleInput([2, 3]), attributes: true),
    Sample(SampleInput([2, 2]), SampleInput([3, 2]), attributes: false),
    Sample(SampleInput([3, 3], transposed: true), SampleInput([3]), attributes: true),
    Sample(SampleInput([2, 2, 2]), SampleInput([2, 2]), attributes: true),
    Sample(SampleInput([2, 2, 2]), SampleInput([3, 1, 2, 1]), attributes: true),
    Sample(SampleInput([0, 0]), SampleInput([0, 2]), attributes: true),
  ]

  private static func solved(
    _ a: Tensor, _ b: Tensor, _ left: Bool, _ checking: String?
  ) throws -> [Tensor] {
    for (name, tensor, least) in [("A", a, 2), ("B", b, 1)] where tensor.rank < least {
      throw TensorError.runtime(
        "linalg.solve: The input tensor \(name) must have at least 2 dimensions.")
    }
    let isVector = b.rank == 1 || a.rank - 1 == b.rank && Dims(a.shape.dropLast()) == b.shape
    return try solveEx.many([a, b], (left, isVector, checking))
  }

  /// X of A X = B for matrices B, whether A is singular or not.
  static func solved(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    try solveEx.many([a, b], (true, false, nil))[0]
  }

  private typealias SolveAttributes = (left: Bool, isVector: Bool, checking: String?)

  private static let solveEx: Operator<SolveAttributes> = Operator(
    """
    _linalg_solve_ex(Tensor A, Tensor B) -> (Tensor result, Tensor LU, Tensor pivots, Tensor info)
    """,
    "See `linalg_solve_ex`.",
    gradName: "LinalgSolveExBackward0",
    forward: .many { t, a in
      guard let x = t[0], let y = t[1] else { throw TensorError.nullArgument("A") }
      let (result, lu) = try x.solve(y, left: a.left, isVector: a.isVector, "linalg.solve")
      if let function = a.checking {
        try lu.info.checkInfo { batch, _ in
          .linearAlgebra(
            "\(function): \(batch)The solver failed because the input matrix is singular.")
        }
      }
      return [result, lu.factors, lu.pivots, lu.info]
    },
    derivative: .joint(saving: [.x, .output(0), .output(1), .output(2)]) { c, a in
      let g = try c.filledGradient(0)
      let b: Tensor
      let lu = try c.output(1)
      if isUnwatched(g, lu) {
        let columns = try a.isVector ? g.array.unsqueezed(-1) : g.array
        let solution = try lu.array.solveLU(
          c.output(2).array, columns, left: a.left, adjoint: true, "linalg.solve")
        b = Tensor(try a.isVector ? solution.squeezed([-1]) : solution)
      } else {
        b = try solveEx.many([c.x.mH, g], (a.left, a.isVector, nil))[0]
      }
      guard c.needs(0) else { return Gradients(nil, b) }
      let (column, x) = (try b.asColumns(a.isVector), try c.output(0).asColumns(a.isVector))
      let product = try a.left ? column.matmul(x.mH) : x.mH.matmul(column)
      return Gradients(try product.neg(), b)
    },
    tangent: .formula { c, a in
      let x = try c.result.asColumns(a.isVector)
      var right = try c.tangent(1)?.asColumns(a.isVector)
      if let matrix = c.tangent(0) {
        let product = try a.left ? matrix.matmul(x) : x.matmul(matrix)
        right = try right.map { try $0 - product } ?? product.neg()
      }
      guard let right else { return [nil, nil, nil, nil] }
      let tangent = try solveEx.many([c.x, right], (a.left, false, nil))[0]
      return [a.isVector ? try tangent.squeeze(dim: -1) : tangent, nil, nil, nil]
    },
    batching: .rule { batch, a in
      let inputs = try batch.alignedMatrices([2, a.isVector ? 1 : 2])
      let results = try solveEx.many([inputs[0], inputs[1]], a)
      let sizes = batch.sizes(0)
      return try [
        results[0], batch.restored(results[1], 0, sizes),
        batch.restored(results[2], 0, Dims(sizes.dropLast())),
        batch.restored(results[3], 0, Dims(sizes.dropLast(2))),
      ]
    },
    samples: [])

  // MARK: Triangles

  package static let linalgSolveTriangular: Operator<TriangleAttributes> = Operator(
    """
    linalg_solve_triangular(Tensor self, Tensor B, *, bool upper, bool left=True,\
     bool unitriangular=False) -> Tensor
    """,
    """
    X of A X = B, or of X A = B where left is false, for triangular matrices A, which are self.

    The other triangle is not read, nor, with unitriangular, the diagonal, which counts as ones. A
    zero on it gives inf or nan. Batches broadcast. Errors: shapes that do not fit, different dtypes,
    other dtypes than float32, float64 and complex.
    Derivative: G = A^-H g for B, and the triangle of -G X^H for A; G = g A^-H and -X^H G where left
    is false. Source: BLAS's trsm.
    """,
    forward: .two { x, y, a, _ in
      try x.solveTriangle(
        y, upper: a.upper, left: a.left, unit: a.unitriangular, "linalg.solve_triangular")
    },
    derivative: .joint(saving: [.x, .result]) { c, a in
      let b = try linalgSolveTriangular(
        c.x.mH, c.filledGradient(0), (!a.upper, a.left, a.unitriangular))
      guard c.needs(0) else { return Gradients(nil, b) }
      let x = try c.result.mH
      let product = try a.left ? b.matmul(x) : x.matmul(b)
      return Gradients(try product.neg().triangle(a), b)
    },
    tangent: .formula { c, a in
      var right = c.tangent(1)
      if let matrix = try c.tangent(0)?.triangle(a) {
        let product = try a.left ? matrix.matmul(c.result) : c.result.matmul(matrix)
        right = try right.map { try $0 - product } ?? product.neg()
      }
      return [try right.map { try linalgSolveTriangular(c.x, $0, a) }]
    },
    batching: .rule { batch, a in
      let inputs = try batch.alignedMatrices([2, 2])
      return [try linalgSolveTriangular(inputs[0], inputs[1], a)]
    },
    samples: [
      Sample(
        SampleInput([2, 2], .range(1, 2)), SampleInput([2, 3]), attributes: (true, true, false)),
      Sample(
        SampleInput([2, 2], .range(1, 2), transposed: true), SampleInput([3, 2]),
        attributes: (false, false, false)),
      Sample(
        SampleInput([2, 2, 2], .range(1, 2)), SampleInput([2, 2]), attributes: (false, true, true)),
      Sample(SampleInput([0, 0]), SampleInput([0, 2]), attributes: (true, true, false)),
    ])

  package typealias TriangleAttributes = (upper: Bool, left: Bool, unitriangular: Bool)

  package static let triangularSolve = Operator<
    (upper: Bool, transpose: Bool, unitriangular: Bool)
  >(
    """
    triangular_solve(Tensor self, Tensor A, bool upper=True, bool transpose=False,\
     bool unitriangular=False) -> (Tensor solution, Tensor cloned_coefficient)
    """,
    """
    X of A X = self for triangular matrices A, or of A^T X = self; and a copy of A. Older form of
    `linalg_solve_triangular`.
    """,
    gradName: "TriangularSolveBackward0",
    forward: .composedMany { t, a in
      guard let b = t[0], let x = t[1] else { throw TensorError.nullArgument("A") }
      for (name, tensor) in [("b", b), ("A", x)] where tensor.rank < 2 {
        throw TensorError.runtime(
          "torch.triangular_solve: Expected \(name) to have at least 2 dimensions, but it has "
            + "\(tensor.rank) dimensions instead")
      }
      if x.shape[x.rank - 1] != x.shape[x.rank - 2] {
        throw TensorError.runtime(
          "A must be batches of square matrices, but they are \(x.shape[x.rank - 2]) by "
            + "\(x.shape[x.rank - 1]) matrices")
      }
      let matrix = try a.transpose ? x.mT : x
      let solution = try linalgSolveTriangular(
        matrix, b, (a.upper != a.transpose, true, a.unitriangular))
      return [solution, try x.clone()]
    },
    derivative: .composed,
    samples: [
      Sample(
        SampleInput([2, 3]), SampleInput([2, 2], .range(1, 2)), attributes: (false, true, false))
    ])
}

extension Tensor {
  /// The part of a matrix that `linalgSolveTriangular` reads.
  fileprivate func triangle(_ a: Ops.TriangleAttributes) throws -> Tensor {
    let offset = a.unitriangular ? 1 : 0
    return try a.upper ? triu(diagonal: offset) : tril(diagonal: -offset)
  }
}
