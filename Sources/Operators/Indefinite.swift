import Arrays
import Autograd
import Elements

// Factors of symmetric matrices that need not be positive-definite.

extension Ops {
  package static let indefiniteFactors: [any AnyOperator] = [
    linalgLdlFactor, linalgLdlFactorEx, linalgLdlSolve,
  ]

  package static let linalgLdlFactor = Operator<Bool>(
    "linalg_ldl_factor(Tensor self, *, bool hermitian=False) -> (Tensor LD, Tensor pivots)",
    """
    L and D of A = L D L^T, or L D L^H with hermitian, in one matrix, and LAPACK's pivots, for each
    symmetric or Hermitian matrix; the lower triangle alone is read.

    Errors: matrices that are not square; a zero on the diagonal of D; other dtypes than float32, float64
    and complex. No derivative, as in PyTorch. Source: LAPACK's sytrf and hetrf.
    """,
    gradName: "LinalgLdlFactorExBackward0",
    forward: .composedSeveral { x, hermitian in
      Array(
        try linalgLdlFactorEx.several(x, (hermitian: hermitian, checks: true)).prefix(2))
    },
    derivative: .composed, samples: [])

  package static let linalgLdlFactorEx = Operator<(hermitian: Bool, checks: Bool)>(
    """
    linalg_ldl_factor_ex(Tensor self, *, bool hermitian=False, bool check_errors=False)\
     -> (Tensor LD, Tensor pivots, Tensor info)
    """,
    """
    LDL factors, and which matrices are singular; see `linalg_ldl_factor`.

    info is int32: the number of the first zero on the diagonal of D, or 0. Only with check_errors
    is that an error.
    """,
    forward: .several { x, a in
      let factors = try x.factorLDL(hermitian: a.hermitian)
      if a.checks {
        try factors.info.checkInfo { batch, info in
          .runtime(
            "torch.linalg.ldl_factor: \(batch)D[\(info),\(info)] is zero and using it on ldl_solve "
              + "would result in a division by zero.")
        }
      }
      return [factors.factors, factors.pivots, factors.info]
    },
    derivative: .refused, samples: [])

  package static let linalgLdlSolve = Operator<Bool>(
    """
    linalg_ldl_solve(Tensor LD, Tensor pivots, Tensor B, *, bool hermitian=False) -> Tensor
    """,
    """
    X of A X = B with the factors that `linalg_ldl_factor` made of A; batches broadcast.

    Errors: shapes that do not fit, different dtypes, pivots that are not integers. No derivative, as in
    PyTorch. Source: LAPACK's sytrs and hetrs.
    """,
    forward: .many { t, hermitian in
      guard let x = t[0], let pivots = t[1], let b = t[2] else {
        throw TensorError.nullArgument("LD")
      }
      let function = "torch.linalg.ldl_solve"
      try x.checkSquare(function, "LD")
      func check(_ condition: Bool, _ words: String) throws {
        if !condition { throw TensorError.runtime("\(function): \(words)") }
      }
      try check(
        b.rank >= 2,
        "Expected B to have at least 2 dimensions, but it has \(b.rank) dimensions instead")
      try check(
        Dims(x.sizes.dropLast()) == pivots.sizes,
        "Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
          + "\(pivots.sizes) instead")
      try check(
        x.rowCount == b.rowCount,
        "Incompatible shapes of LD and B for the equation AX = B (\(x.rowCount)x\(x.rowCount) and "
          + "\(b.rowCount)x\(b.columnCount))")
      try check(
        pivots.dtype == .int32, "Expected pivots to be integers. Got \(pivots.dtype.scalarTypeName)"
      )
      try check(
        x.dtype == b.dtype,
        "LD dtype \(x.dtype.scalarTypeName) does not match b dtype \(b.dtype.scalarTypeName)")
      let limits = pivots.count == 0 ? [] : (0..<pivots.count).map { pivots.element(at: $0).int64 }
      try check(
        limits.allSatisfy { $0 != 0 && $0.magnitude <= UInt64(x.rowCount) },
        "pivots are out of range")
      return [try x.solveLDL(pivots, b, hermitian: hermitian)]
    },
    derivative: .refused, samples: [])
}
