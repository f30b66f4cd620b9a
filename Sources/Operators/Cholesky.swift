import Arrays
import Autograd
import Elements

// Factors of positive-definite matrices.

extension Ops {
  package static let choleskyFactors: [any AnyOperator] = [
    linalgCholesky, linalgCholeskyEx, choleskySolve, choleskyInverse,
  ]

  package static let linalgCholesky = Operator<Bool>(
    "linalg_cholesky(Tensor self, *, bool upper=False) -> Tensor",
    """
    The lower triangle L with A = L L^H for each positive-definite matrix, or, with upper, U with
    A = U^H U.

    Only that triangle of A, which is self, is read. Errors: matrices that are not square, or not
    positive-definite; other dtypes than float32, float64 and complex.
    Derivative: 1/2 L^-H S L^-1, where S has the lower triangle of L^H g, and above the diagonal its
    conjugate. Source: LAPACK's potrf; Murray, "Differentiation of the Cholesky decomposition", 2016.
    """,
    gradName: "LinalgCholeskyExBackward0",
    forward: .composed { x, upper in try choleskyEx.several(x, (upper, "linalg.cholesky"))[0] },
    derivative: .composed, samples: choleskySamples)

  package static let linalgCholeskyEx = Operator<(upper: Bool, checks: Bool)>(
    """
    linalg_cholesky_ex(Tensor self, *, bool upper=False, bool check_errors=False)\
     -> (Tensor L, Tensor info)
    """,
    """
    Cholesky factors, and which matrices are not positive-definite; see `linalg_cholesky`.

    info is int32: the order of the first leading minor that is not positive, or 0. Only with
    check_errors is that an error.
    """,
    forward: .composedSeveral { x, a in
      try choleskyEx.several(x, (a.upper, a.checks ? "linalg.cholesky_ex" : nil))
    },
    derivative: .composed,
    samples: [Sample(SampleInput([1, 1], .range(1, 2)), attributes: (true, true))])

  /// 1 by 1: other matrices that are drawn at random are not Hermitian.
  private static let choleskySamples: [Sample<Bool>] = [
    Sample(SampleInput([1, 1], .range(1, 2)), attributes: false),
    Sample(SampleInput([2, 1, 1], .range(1, 2)), attributes: true),
    Sample(SampleInput([0, 0]), attributes: false),
    Sample(SampleInput([0, 2, 2]), attributes: false),
  ]

  private static let choleskyEx: Operator<(upper: Bool, checking: String?)> = Operator(
    "_linalg_cholesky_ex(Tensor self) -> (Tensor L, Tensor info)", "See `linalg_cholesky_ex`.",
    gradName: "LinalgCholeskyExBackward0",
    forward: .several { x, a in
      let (factor, info) = try x.cholesky(upper: a.upper, "linalg.cholesky")
      if let function = a.checking {
        try info.checkInfo { batch, info in
          .linearAlgebra(
            "\(function): \(batch)The factorization could not be completed because the input is not "
              + "positive-definite (the leading minor of order \(info) is not positive-definite).")
        }
      }
      return [factor, info]
    },
    derivative: .of(
      .saving(.result) { g, c, a in
        let l = try a.upper ? c.result.mH : c.result
        let lower = try l.mH.matmul(a.upper ? g.mH : g).tril()
        let sum = try (lower + lower.tril(diagonal: -1).mH) * 0.5
        let left = try linalgSolveTriangular(l.mH, sum, (true, true, false))
        return try linalgSolveTriangular(l, left, (false, false, false))
      }),
    tangent: .formula { c, a in
      guard let tangent = c.tangent(0) else { return [nil, nil] }
      let l = try a.upper ? c.result.mH : c.result
      let left = try linalgSolveTriangular(l, tangent, (false, true, false))
      let middle = try linalgSolveTriangular(l.mH, left, (true, false, false))
      let result = try l.matmul(middle.halfLower())
      return [try a.upper ? result.mH : result, nil]
    },
    batching: .rule { batch, a in try choleskyEx.several(batch.input(0), a) },
    samples: [])

  package static let choleskySolve: Operator<Bool> = Operator(
    "cholesky_solve(Tensor self, Tensor input2, bool upper=False) -> Tensor",
    """
    X of A X = B, where self is B and input2 the Cholesky factor of A: L with A = L L^H, or, with
    upper, U with A = U^H U.

    Batches broadcast. Errors: shapes that do not fit, different dtypes, other dtypes than float32,
    float64 and complex.
    Derivative: G = A^-1 g for B; -(G X^H + X G^H) L for L, -U (G X^H + X G^H) for U, as if the other
    triangle were read. Source: LAPACK's potrs.
    """,
    forward: .two { b, factor, upper, _ in
      for (name, x) in [("b", b), ("u", factor)] where x.rank < 2 {
        throw TensorError.runtime(
          "\(name) should have at least 2 dimensions, but has \(x.rank) dimensions instead")
      }
      if factor.rowCount != factor.columnCount {
        throw TensorError.runtime(
          "A must be batches of square matrices, but they are \(factor.rowCount) by "
            + "\(factor.columnCount) matrices")
      }
      if factor.rowCount != b.rowCount {
        throw TensorError.runtime(
          "Incompatible matrix sizes for cholesky_solve: each A matrix is \(factor.rowCount) by "
            + "\(factor.rowCount) but each b matrix is \(b.rowCount) by \(b.columnCount)")
      }
      if b.dtype != factor.dtype {
        throw TensorError.runtime(
          "Expected b and A to have the same dtype, but found b of type \(b.dtype.scalarTypeName) "
            + "and A of type \(factor.dtype.scalarTypeName) instead.")
      }
      return try factor.solveCholesky(b, upper: upper)
    },
    derivative: .joint(saving: [.y, .result]) { c, upper in
      let factor = try c.y
      let b = try choleskySolve(c.filledGradient(0), factor, upper)
      guard c.needs(1) else { return Gradients(b, nil) }
      let product = try b.matmul(c.result.mH)
      let sum = try (product + product.mH).neg()
      return Gradients(b, try upper ? factor.matmul(sum) : sum.matmul(factor))
    },
    tangent: .formula { c, upper in
      var right = c.tangent(0)
      if let tangent = c.tangent(1) {
        let product = try upper ? tangent.mH.matmul(c.y) : tangent.matmul(c.y.mH)
        let change = try (product + product.mH).matmul(c.result)
        right = try right.map { try $0 - change } ?? change.neg()
      }
      return [try right.map { try choleskySolve($0, c.y, upper) }]
    },
    batching: .rule { batch, upper in
      let inputs = try batch.alignedMatrices([2, 2])
      return [try choleskySolve(inputs[0], inputs[1], upper)]
    },
    samples: [
      Sample(SampleInput([1, 2]), SampleInput([1, 1], .range(1, 2)), attributes: false),
      Sample(SampleInput([1, 2]), SampleInput([2, 1, 1], .range(1, 2)), attributes: true),
    ])

  package static let choleskyInverse: Operator<Bool> = Operator(
    "cholesky_inverse(Tensor self, bool upper=False) -> Tensor",
    """
    The inverse of A, where self is its Cholesky factor: L with A = L L^H, or, with upper, U with
    A = U^H U.

    Errors: matrices that are not square; a zero on the diagonal; other dtypes than float32, float64
    and complex.
    Derivative: -X (g + g^H) X L for L, -U X (g + g^H) X for U, with X the inverse, as if the other
    triangle were read. Source: LAPACK's potri.
    """,
    forward: .one { x, upper, _ in try x.invertCholesky(upper: upper) },
    derivative: .of(
      .saving([.x, .result]) { g, c, upper in
        let x = try c.result
        let product = try x.matmul((g + g.mH).matmul(x)).neg()
        return try upper ? c.x.matmul(product) : product.matmul(c.x)
      }),
    tangent: .formula { c, upper in
      guard let tangent = c.tangent(0) else { return [nil] }
      let product = try upper ? tangent.mH.matmul(c.x) : tangent.matmul(c.x.mH)
      return [try c.result.matmul((product + product.mH).matmul(c.result)).neg()]
    },
    batching: .rule { batch, upper in [try choleskyInverse(batch.input(0), upper)] },
    samples: [
      Sample(SampleInput([1, 1], .range(1, 2)), attributes: false),
      Sample(SampleInput([2, 1, 1], .range(1, 2)), attributes: true),
      Sample(SampleInput([0, 0]), attributes: false),
    ])
}
