import Arrays
import Autograd
import Elements

// LU factors: L below the diagonal of a matrix, with ones on it, and U in the rest.

extension Ops {
  package static let triangularFactors: [any AnyOperator] = [
    linalgLuFactor, linalgLuFactorEx, linalgLu, linalgLuSolve, luUnpack,
  ]

  package static let linalgLuFactor = Operator<Bool>(
    "linalg_lu_factor(Tensor A, *, bool pivot=True) -> (Tensor LU, Tensor pivots)",
    """
    L and U of A = P L U in one matrix, and the rows that were exchanged, for each matrix.

    A is (..., m, n). L, whose diagonal is ones, stands below the diagonal. pivots is int32, (...,
    min(m, n)): row i was exchanged for row pivots[i], counted from one.
    Errors: a zero on the diagonal of U; pivot false; other dtypes than float32, float64 and complex.
    Derivative: P L^-H (tril(L^H g, -1) + triu(g U^H)) U^-H where A is square. Source: LAPACK's getrf.
    """,
    gradName: "LinalgLuFactorExBackward0",
    forward: .composedSeveral { x, pivot in
      Array(try factored(x, pivot, "torch.linalg.lu_factor").prefix(2))
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 2]), attributes: true),
      Sample(SampleInput([2, 2, 3], transposed: true), attributes: true),
      Sample(SampleInput([3, 2]), attributes: true),
    ])

  package static let linalgLuFactorEx = Operator<(pivot: Bool, checks: Bool)>(
    """
    linalg_lu_factor_ex(Tensor A, *, bool pivot=True, bool check_errors=False)\
     -> (Tensor LU, Tensor pivots, Tensor info)
    """,
    """
    LU factors, and which matrices are singular; see `linalg_lu_factor`.

    info is int32: the number of the first zero on the diagonal of U, or 0. Only with check_errors
    is that an error.
    """,
    forward: .composedSeveral { x, a in
      try factored(x, a.pivot, a.checks ? "torch.linalg.lu_factor_ex" : nil)
    },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 2]), attributes: (true, false))])

  private static func factored(
    _ x: Tensor, _ pivot: Bool, _ checking: String?
  ) throws -> [Tensor] {
    if x.rank < 2 {
      throw TensorError.runtime(
        "torch.lu_factor: Expected tensor with 2 or more dimensions. Got size: \(x.shape) instead")
    }
    if !pivot {
      throw TensorError.runtime(
        "linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    }
    return try luFactorEx.several(x, checking)
  }

  private static let luFactorEx: Operator<String?> = Operator(
    "_linalg_lu_factor_ex(Tensor A) -> (Tensor LU, Tensor pivots, Tensor info)",
    "See `linalg_lu_factor_ex`.",
    gradName: "LinalgLuFactorExBackward0",
    forward: .several { x, function in
      let lu = try x.factorLU(function ?? "torch.linalg.lu_factor_ex")
      if let function {
        try lu.info.checkInfo { batch, info in
          .runtime(
            "\(function): \(batch)U[\(info),\(info)] is zero and using it on lu_solve would result "
              + "in a division by zero. If you still want to perform the factorization, consider "
              + "calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)")
        }
      }
      return [lu.factors, lu.pivots, lu.info]
    },
    derivative: .joint(saving: [.output(0), .output(1)]) { c, _ in
      let (l, u) = try c.output(0).triangles()
      let p = try permutation(c.output(1), (l.shape[l.rank - 2], l.dtype))
      let (gradientL, gradientU) = try c.filledGradient(0).triangles()
      return Gradients(try throughLU(gradientL, gradientU, p, l, u))
    },
    batching: .rule { batch, function in try luFactorEx.several(batch.input(0), function) },
    samples: [])

  package static let linalgLu = Operator<Bool>(
    "linalg_lu(Tensor A, *, bool pivot=True) -> (Tensor P, Tensor L, Tensor U)",
    """
    P, L and U of A = P L U: a permutation, a lower triangle with ones on its diagonal, and an upper
    triangle.

    Errors and derivative: those of `linalg_lu_factor_ex`.
    """,
    forward: .composedSeveral { x, pivot in
      if x.rank < 2 {
        throw TensorError.runtime(
          "linalg.lu: Expected tensor with 2 or more dimensions. Got size: \(x.shape) instead")
      }
      if !pivot {
        throw TensorError.runtime(
          "linalg.lu_factor: LU without pivoting is not implemented on the CPU")
      }
      let results = try threeFactors.several(x, ())
      return [try permutation(results[0], (x.shape[x.rank - 2], x.dtype)), results[1], results[2]]
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 2]), attributes: true), Sample(SampleInput([2, 3]), attributes: true),
      Sample(SampleInput([2, 3, 2], transposed: true), attributes: true),
    ])

  private static let threeFactors: Operator<Void> = Operator(
    "_linalg_lu(Tensor A) -> (Tensor pivots, Tensor L, Tensor U)", "See `linalg_lu`.",
    gradName: "LinalgLuBackward0",
    forward: .several { x, _ in
      let lu = try x.factorLU("linalg.lu")
      let (l, u) = try lu.factors.triangles()
      return [lu.pivots, l, u]
    },
    derivative: .joint(saving: [.output(0), .output(1), .output(2)]) { c, _ in
      let (gradients, l) = (c.gradients, try c.output(1))
      let p = try permutation(c.output(0), (l.shape[l.rank - 2], l.dtype))
      return Gradients(
        try throughLU(
          gradients.count > 1 ? gradients[1] : nil, gradients.count > 2 ? gradients[2] : nil, p, l,
          c.output(2)))
    },
    batching: .rule { batch, _ in try threeFactors.several(batch.input(0), ()) },
    samples: [])

  package static let luUnpack = Operator<(data: Bool, pivots: Bool)>(
    """
    lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True)\
     -> (Tensor P, Tensor L, Tensor U)
    """,
    """
    P, L and U of what `linalg_lu_factor` gives. Without unpack_data L and U are empty, without
    unpack_pivots P is.

    Errors: pivots that are not int32, or out of range.
    Derivative: g of L below the diagonal, g of U in the rest.
    """,
    forward: .composedMany { t, a in
      guard let x = t[0], let pivots = t[1] else { throw TensorError.nullArgument("LU_data") }
      if pivots.dtype != .int32 {
        throw TensorError.runtime(
          "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\n"
            + "Note: this function is intended to be used with the output produced by "
            + "torch.linalg.lu_factor")
      }
      if x.rank < 2 {
        throw TensorError.runtime(
          "torch.lu_unpack: The input tensor LU_data must have at least 2 dimensions.")
      }
      let p =
        try a.pivots
        ? permutation(pivots, (x.shape[x.rank - 2], x.dtype)) : .zeros([0], dtype: x.dtype)
      return [p] + (try unpacked.several(x, a.data))
    },
    derivative: .composed, samples: [])

  /// The attribute says whether the triangles are wanted.
  private static let unpacked: Operator<Bool> = Operator(
    "_lu_unpack(Tensor LU_data) -> (Tensor L, Tensor U)", "See `lu_unpack`.",
    gradName: "LuUnpackBackward0",
    forward: .several { x, isWanted in
      guard isWanted else {
        let empty = try NDArray(uninitialized: [0], x.dtype)
        return [empty, empty]
      }
      let (l, u) = try x.triangles()
      return [l, u]
    },
    derivative: .joint(saving: []) { c, isWanted in
      guard isWanted else { return Gradients(nil) }
      let sizes = c.sizes(of: 0)
      let (m, n) = (sizes[sizes.count - 2], sizes[sizes.count - 1])
      var l = try c.filledGradient(0).tril(diagonal: -1)
      var u = try c.filledGradient(1).triu()
      if n > m { l = try l.padded(columns: n - m) }
      if m > n { u = try u.padded(rows: m - n) }
      return Gradients(try l + u)
    },
    batching: .rule { batch, isWanted in
      let results = try unpacked.several(batch.input(0), isWanted)
      return isWanted ? results : try results.map { try $0.expand([batch.size, 0]) }
    },
    samples: [])

  package static let linalgLuSolve: Operator<(left: Bool, adjoint: Bool)> = Operator(
    """
    linalg_lu_solve(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False)\
     -> Tensor
    """,
    """
    X of A X = B with the factors that `linalg_lu_factor` made of A; with adjoint A^H takes the place
    of A, and where left is false X A = B is solved.

    Errors: shapes that do not fit, different dtypes. Derivative: G = A^-H g for B; with M = -P^T G
    X^H, tril(M U^H, -1) + triu(L^H M) for LU.
    """,
    forward: .many { t, a in
      guard let lu = t[0], let pivots = t[1], let b = t[2] else {
        throw TensorError.nullArgument("LU")
      }
      try lu.checkRightSide("linalg.lu_solve", b, left: a.left)
      if pivots.dtype != .int32 {
        throw TensorError.runtime(
          "linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32")
      }
      if lu.dtype != b.dtype {
        throw TensorError.runtime(
          "linalg.lu_solve: Expected LU and B to have the same dtype, but found LU of type "
            + "\(lu.dtype.scalarTypeName) and B of type \(b.dtype.scalarTypeName) instead")
      }
      if Dims(lu.sizes.dropLast()) != pivots.sizes {
        throw TensorError.runtime(
          "linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix"
        )
      }
      _ = try NDArray.rowOrder(pivots, m: lu.rowCount)
      return [
        try lu.solveLU(pivots, b, left: a.left, adjoint: a.adjoint, "torch.linalg.lu_solve")
      ]
    },
    derivative: .joint(saving: [.x, .y, .result]) { c, a in
      let (lu, pivots, x) = (try c.x, try c.y, try c.result)
      let b = try linalgLuSolve.many(
        [lu, pivots, c.filledGradient(0)], (left: a.left, adjoint: !a.adjoint))[0]
      var gradients = Gradients(nil, nil)
      if c.needs(0) {
        let matrix =
          switch (a.left, a.adjoint) {
          case (true, false): try b.matmul(x.mH)
          case (true, true): try x.matmul(b.mH)
          case (false, false): try x.mH.matmul(b)
          case (false, true): try b.mH.matmul(x)
          }
        let p = try permutation(pivots, (lu.shape[lu.rank - 1], lu.dtype))
        let (l, u) = try lu.triangles()
        let turned = try p.mT.matmul(matrix).neg()
        gradients[0] = try turned.matmul(u.mH).tril(diagonal: -1) + l.mH.matmul(turned).triu()
      }
      gradients.append(b)
      return gradients
    },
    batching: .rule { batch, a in
      let inputs = try batch.alignedMatrices([2, 1, 2])
      return try linalgLuSolve.many([inputs[0], inputs[1], inputs[2]], a)
    },
    samples: [])

  /// The permutation of `NDArray.permutation`; the attributes are the number of rows and the dtype.
  private static let permutation: Operator<(m: Int, dtype: DType)> = Operator(
    "_pivots_to_permutation(Tensor pivots) -> Tensor", "The permutation that exchanges lead to.",
    forward: .one { x, a, _ in try NDArray.permutation(x, m: a.m, a.dtype) },
    derivative: .none(because: "it is made of indices"),
    batching: .rule { batch, a in [try permutation(batch.input(0), a)] }, samples: [])

  /// The gradient of A = P L U from those of L and U; nil stands for zero.
  private static func throughLU(
    _ gradientL: Tensor?, _ gradientU: Tensor?, _ p: Tensor, _ l: Tensor, _ u: Tensor
  ) throws -> Tensor? {
    if gradientL == nil && gradientU == nil { return nil }
    let (m, n) = (l.shape[l.rank - 2], u.shape[u.rank - 1])
    let k = Swift.min(m, n)
    let (l1, u1) = try (
      l.narrow(dim: -2, start: 0, length: k), u.narrow(dim: -1, start: 0, length: k)
    )
    // Within the square part.
    var lower: Tensor?
    var upper: Tensor?
    var rest: Tensor?
    if let gradientL {
      let square = try gradientL.narrow(dim: -2, start: 0, length: k)
      lower = try l1.mH.matmul(square)
      if m > n {
        let below = try gradientL.narrow(dim: -2, start: k, length: m - k)
        let factor = try l.narrow(dim: -2, start: k, length: m - k)
        upper = try factor.mH.matmul(below).neg()
        rest = try solveOnRight(u, below)
      }
    }
    if let gradientU {
      let square = try gradientU.narrow(dim: -1, start: 0, length: k).matmul(u1.mH)
      upper = try upper.map { try $0 + square } ?? square
      if n > m {
        let right = try gradientU.narrow(dim: -1, start: k, length: n - k)
        let factor = try u.narrow(dim: -1, start: k, length: n - k)
        let product = try right.matmul(factor.mH).neg()
        lower = try lower.map { try $0 + product } ?? product
        rest = try linalgSolveTriangular(l.mH, right, (true, true, true))
      }
    }
    let parts = try [lower?.tril(diagonal: -1), upper?.triu()].compactMap { $0 }
    let sum = try parts.count > 1 ? parts[0] + parts[1] : parts[0]
    var gradient = try linalgSolveTriangular(l1.mH, solveOnRight(u1, sum), (true, true, true))
    if m != n {
      let other =
        try rest
        ?? gradient.narrow(dim: m > n ? -2 : -1, start: 0, length: 0)
        .newZeros(m > n ? [m - k, k] : [k, n - k])
      gradient = try .cat([gradient, other], dim: m > n ? -2 : -1)
    }
    return try p.matmul(gradient)
  }

  /// X of X U^H = b.
  private static func solveOnRight(_ u: Tensor, _ b: Tensor) throws -> Tensor {
    try linalgSolveTriangular(u.mH, b, (false, false, false))
  }
}

extension Tensor {
  /// L and U of factors in one matrix.
  fileprivate func triangles() throws -> (l: Tensor, u: Tensor) {
    let (m, n) = (shape[rank - 2], shape[rank - 1])
    let k = Swift.min(m, n)
    let left = try n > k ? narrow(dim: -1, start: 0, length: k) : self
    let top = try m > k ? narrow(dim: -2, start: 0, length: k) : self
    let unit = Tensor(try .eye(m, k, dtype))
    return (try left.tril(diagonal: -1) + unit, try top.triu())
  }

  /// Zeros with the same sizes in front of those of a matrix.
  fileprivate func newZeros(_ matrix: Dims) throws -> Tensor {
    var sizes = Dims(shape.dropLast(2))
    for size in matrix { sizes.append(size) }
    return try .zeros(sizes, dtype: dtype)
  }

  /// With zeros behind the last column or row.
  fileprivate func padded(rows: Int = 0, columns: Int = 0) throws -> Tensor {
    let (m, n) = (shape[rank - 2], shape[rank - 1])
    let zeros = try newZeros(rows > 0 ? [rows, n] : [m, columns])
    return try .cat([self, zeros], dim: rows > 0 ? -2 : -1)
  }
}

extension NDArray {
  /// The same.
  fileprivate func triangles() throws -> (l: NDArray, u: NDArray) {
    let k = min(rowCount, columnCount)
    let l = try narrow(dim: -1, start: 0, length: k).triangle(keepsLower: true, diagonal: -1)
    if l.count > 0 { try l.diagonal(offset: 0, dim1: -2, dim2: -1).fill(1) }
    let u = try narrow(dim: -2, start: 0, length: k).triangle(keepsLower: false, diagonal: 0)
    return (l, u)
  }
}
