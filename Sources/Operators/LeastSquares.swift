import Arrays
import Autograd
import Elements

// Pseudoinverses, least squares, ranks and condition numbers.

extension Ops {
  package static let leastSquares: [any AnyOperator] = [
    linalgPinv, pinverse, linalgLstsq, linalgMatrixRank, linalgCond,
  ]

  package static let linalgPinv = Operator<Bool>(
    "linalg_pinv(Tensor self, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False) -> Tensor",
    """
    The pseudoinverse of each matrix: V diag(1/s) U^H of A = U diag(s) V^H, without the singular values
    up to max(atol, rtol * the largest).

    By default atol is 0, and rtol the precision of the dtype times the larger size of the matrix, or 0
    where atol is above zero. Both may have a number for each matrix. With hermitian eigenvalues take
    the place of singular values, and the lower triangle alone is read.
    Errors: other dtypes than float32, float64 and complex; those of `linalg_svd` and `linalg_eigh`.
    Derivative, with P the pseudoinverse: -P^H g P^H + (I - A P) g^H P P^H + P^H P g^H (I - P A).
    Source: Golub, Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares
    problems whose variables separate", 1973.
    """,
    forward: .composedMany { t, hermitian in
      try pseudoInverse.many((0..<3).map { $0 < t.count ? t[$0] : nil }, hermitian)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 2]), attributes: false),
      Sample(SampleInput([3, 2]), attributes: false),
      Sample(SampleInput([2, 2, 3], transposed: true), attributes: false),
      Sample(SampleInput([0, 2]), attributes: false),
    ])

  private static let pseudoInverse: Operator<Bool> = Operator(
    "_linalg_pinv(Tensor self, Tensor? atol, Tensor? rtol) -> Tensor", "See `linalg_pinv`.",
    gradName: "LinalgPinvBackward0",
    forward: .many { t, hermitian in
      guard let x = t[0] else { throw TensorError.nullArgument("self") }
      if x.rank < 2 || !(x.dtype.isComplex || x.dtype == .float32 || x.dtype == .float64) {
        throw TensorError.runtime(
          "linalg.pinv(\(x.dtype.scalarTypeName){\(x.sizes)}): expected a tensor with 2 or more "
            + "dimensions of float, double, cfloat or cdouble types")
      }
      try checkTolerances("torch.linalg.pinv", t[1], t[2])
      if hermitian { try x.checkSquare("linalg.eigh") }
      return [try x.pseudoInverse(atol: t[1], rtol: t[2], isHermitian: hermitian)]
    },
    derivative: .joint(saving: [.x, .result]) { c, _ in
      Gradients([try throughPseudoInverse(c.filledGradient(0), c.x, c.result), nil, nil])
    },
    tangent: .formula { c, _ in
      guard let tangent = c.tangent(0) else { return [nil] }
      let (a, p) = (c.x, c.result)
      let adjoint = try tangent.mH
      let first = try p.matmul(tangent.matmul(p)).neg()
      let left = try adjoint - adjoint.matmul(a).matmul(p)
      let right = try adjoint - p.matmul(a.matmul(adjoint))
      return [
        try first + p.matmul(p.mH.matmul(left)) + right.matmul(p.mH).matmul(p)
      ]
    },
    batching: .rule { batch, hermitian in
      try pseudoInverse.many(batch.alignedOptionals([2, 0, 0]), hermitian)
    },
    samples: [])

  /// - Throws: `TensorError.runtime` for complex tolerances.
  private static func checkTolerances(
    _ function: String, _ atol: NDArray?, _ rtol: NDArray?
  ) throws {
    for (name, x) in [("atol", atol), ("rtol", rtol)] {
      if let x, x.dtype.isComplex {
        throw TensorError.runtime(
          "\(function): \(name) tensor of complex type is not supported. Got \(x.dtype.scalarTypeName)"
        )
      }
    }
  }

  private static func throughPseudoInverse(
    _ g: Tensor, _ a: Tensor, _ p: Tensor
  ) throws -> Tensor {
    let (pH, gH) = (try p.mH, try g.mH)
    let first = try pH.matmul(g.matmul(pH)).neg()
    let left = try gH - a.matmul(p.matmul(gH))
    let right = try gH - gH.matmul(p).matmul(a)
    return try first + left.matmul(p).matmul(pH) + pH.matmul(p.matmul(right))
  }

  package static let pinverse = Operator<Double>(
    "pinverse(Tensor self, float rcond=1e-15) -> Tensor",
    "The pseudoinverse of each matrix, with rcond as rtol; see `linalg_pinv`.",
    gradName: "LinalgPinvBackward0",
    forward: .composed { x, rcond in
      let rtol = Tensor(try .number(.double(rcond), .float64))
      return try linalgPinv.many([x, nil, rtol], false)[0]
    },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 2]), attributes: 1e-15)])

  package static let linalgLstsq = Operator<(rcond: Double?, driver: String?)>(
    """
    linalg_lstsq(Tensor self, Tensor b, float? rcond=None, *, str? driver=None)\
     -> (Tensor solution, Tensor residuals, Tensor rank, Tensor singular_values)
    """,
    """
    X that makes ||A X - B|| least for each pair of matrices, where self is A and b is B.

    A is (..., m, n), B (..., m, k), or (..., m) for vectors; the dimensions in front broadcast. The
    drivers are LAPACK's: `gelsy`, the default, by QR with pivots; `gels` by QR, for matrices of full
    rank; `gelsd` and `gelss` by singular values. Singular values up to rcond times the largest count as
    zero; rcond is the precision of the dtype times max(m, n) by default.
    residuals are the squares of the norms for m > n and full rank, except for `gelsy`; rank is int64,
    without it for `gels`; singular_values are those of `gelsd` and `gelss`. What is not known is empty.
    Errors: sizes that do not fit, different dtypes, other dtypes than float32, float64 and complex.
    Derivative, with P the pseudoinverse of A: P^H g for b, that of `linalg_pinv` for g B^H for self.
    """,
    forward: .composedMany { t, a in
      var results = try lstsq.many(t, a)
      results[3] = results[3].detach()
      return results
    },
    derivative: .composed, samples: [])

  private static let lstsq = Operator<(rcond: Double?, driver: String?)>(
    """
    _linalg_lstsq(Tensor self, Tensor b)\
     -> (Tensor solution, Tensor residuals, Tensor rank, Tensor singular_values)
    """,
    "See `linalg_lstsq`.",
    gradName: "LinalgLstsqBackward0",
    forward: .many { t, a in
      guard let x = t[0], let b = t[1] else { throw TensorError.nullArgument("self") }
      return try leastSquares(x, b, a.rcond, a.driver)
    },
    derivative: .joint(saving: [.x, .y, .output(0)]) { c, _ in
      let (a, b) = (try c.x, try c.y)
      let isVector = a.rank == b.rank + 1
      let (right, x) = (try b.asColumns(isVector), try c.output(0).asColumns(isVector))
      var gradientA: Tensor?
      var gradientB: Tensor?
      if let g = try c.gradients[0]?.asColumns(isVector) {
        let p = try linalgPinv.many([a, nil, nil], false)[0]
        gradientA = try throughPseudoInverse(g.matmul(right.mH), a, p)
        gradientB = try p.mH.matmul(g)
      }
      if c.gradients.count > 1, let g = c.gradients[1], g.count > 0 {
        // The solution is where the norm does not depend on it.
        let slope = try (a.matmul(x) - right) * g.unsqueeze(dim: -2) * 2
        let change = try slope.matmul(x.mH)
        gradientA = try gradientA.map { try $0 + change } ?? change
        gradientB = try gradientB.map { try $0 - slope } ?? slope.neg()
      }
      return Gradients(gradientA, isVector ? try gradientB?.squeeze(dim: -1) : gradientB)
    },
    samples: [])

  private static func leastSquares(
    _ x: NDArray, _ b: NDArray, _ rcond: Double?, _ driver: String?
  ) throws -> [NDArray] {
    func check(_ condition: Bool, _ words: String) throws {
      if !condition { throw TensorError.runtime("torch.linalg.lstsq: " + words) }
    }
    try check(x.rank >= 2, "input must have at least 2 dimensions.")
    try check(b.rank >= 1, "other must have at least 1 dimension.")
    try check(
      x.rank == b.rank || x.rank == b.rank + 1,
      "input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) <= 1")
    let isVector = x.rank == b.rank + 1
    let right = try isVector ? b.unsqueezed(-1) : b
    try check(
      x.rowCount == right.rowCount,
      "input.size(-2) should match other.size(-\(isVector ? 1 : 2))")
    try check(
      x.dtype == b.dtype,
      "Expected input and other to have the same dtype, but got input's dtype "
        + "\(x.dtype.scalarTypeName) and other's dtype \(b.dtype.scalarTypeName)")
    if !(x.dtype.isComplex || x.dtype == .float32 || x.dtype == .float64) {
      throw TensorError.runtime("This function doesn't handle types other than float and double")
    }
    guard let driver = NDArray.LeastSquaresDriver(rawValue: driver ?? "gelsy") else {
      throw TensorError.runtime(
        "torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    }
    let batch = try Dims.broadcast(x.batchSizes, right.batchSizes)
    func whole(_ array: NDArray) -> NDArray {
      array.stretched(to: Dims(Array(batch) + array.sizes.suffix(2)))
    }
    let (m, n) = (x.rowCount, x.columnCount)
    let precision = x.dtype.real == .float64 ? 0x1p-52 : 0x1p-23
    let result = try whole(x).leastSquares(
      whole(right), rcond: rcond ?? precision * Double(Swift.max(m, n)), driver)
    var residuals = try NDArray(uninitialized: [0], x.dtype.real)
    let isFull =
      try driver == .gels
      || result.rank.count > 0
        && result.rank.binary(.ne, .int(Int64(n))).cast(to: .int64)
          .reduced(.sum, Dims(0..<result.rank.rank), keepdim: false).item().double == 0
    if m > n && driver != .gelsy && isFull {
      let sizes = try result.residue.unary(.abs)
      residuals = try sizes.binary(.mul, sizes)
        .reduced(.sum, [result.residue.rank - 2], keepdim: false)
    }
    let solution = try isVector ? result.solution.squeezed([-1]) : result.solution
    return [solution, residuals, result.rank, result.singular]
  }

  package static let linalgMatrixRank: Operator<Bool> = Operator(
    """
    linalg_matrix_rank(Tensor self, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False)\
     -> Tensor
    """,
    """
    How many singular values of each matrix exceed max(atol, rtol * the largest), as int64.

    The arguments and errors are those of `linalg_pinv`. Not differentiable.
    """,
    forward: .many { t, hermitian in
      guard let x = t[0] else { throw TensorError.nullArgument("self") }
      try x.checkMatrices("torch.linalg.matrix_rank", "input")
      try checkTolerances("torch.linalg.matrix_rank", t[1], t[2])
      if !(x.dtype.isComplex || x.dtype == .float32 || x.dtype == .float64) {
        throw TensorError.runtime("This function doesn't handle types other than float and double")
      }
      if x.count == 0 { return [try .full(x.batchSizes, 0, .int64)] }
      let values =
        try hermitian
        ? x.eigenHermitian(upper: false, wantsVectors: false).values.unary(.abs)
        : x.singular(.none).s
      let isSmall = try values.isBelow(atol: t[1], rtol: t[2], m: x.rowCount, n: x.columnCount)
      let isLarge = try isSmall.binary(.eq, .int(0)).cast(to: .int64)
      return [try isLarge.reduced(.sum, [isLarge.rank - 1], keepdim: false)]
    },
    derivative: .none(because: "it is an integer"),
    batching: .rule { batch, hermitian in
      try linalgMatrixRank.many(batch.alignedOptionals([2, 0, 0]), hermitian)
    },
    samples: [])

  package static let linalgCond = Operator<String?>(
    "linalg_cond(Tensor self, str? p=None) -> Tensor",
    """
    The condition number of each matrix: its norm times that of its inverse.

    p names the norm: "2" (the default), "-2", "1", "-1", "inf", "-inf", "fro" or "nuc". For the first two it
    is the largest singular value by the smallest, or the other way round. A singular matrix has inf.
    Errors: another norm; matrices that are not square, except for the first two.
    Derivative: that of the norms and the inverse.
    """,
    gradName: "MulBackward0",
    forward: .composed { x, p in
      if x.rank < 2 {
        throw TensorError.runtime("linalg.cond: The input tensor must have at least 2 dimensions.")
      }
      let batch = Dims(x.shape.dropLast(2))
      if x.count == 0 { return try .zeros(batch, dtype: x.dtype.real) }
      let p = p ?? "2"
      if p == "2" || p == "-2" {
        let s = try linalgSvdvals(x, ())
        let (largest, least) = try (
          s.narrow(dim: -1, start: 0, length: 1),
          s.narrow(dim: -1, start: s.shape[s.rank - 1] - 1, length: 1)
        )
        return try (p == "2" ? largest / least : least / largest).squeeze(dim: -1)
      }
      guard ["1", "-1", "inf", "-inf", "fro", "nuc"].contains(p) else {
        throw TensorError.value("linalg.cond got an invalid norm type: \(p)")
      }
      try checkSquare(x, "linalg.cond(ord=\(p))")
      let results = try inverseEx.several(x, nil)
      let condition = try norm(x, p) * norm(results[0], p)
      if results[1].isPlain, try results[1].ne(0).any().array.item().double == 0 {
        return condition
      }
      return try condition.maskedFill(results[1].ne(0), .double(.infinity))
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 2]), attributes: nil),
      Sample(SampleInput([2, 2, 2]), attributes: "fro"),
      Sample(SampleInput([2, 2]), attributes: "1"),
      Sample(SampleInput([2, 2]), attributes: "-inf"),
      Sample(SampleInput([2, 2]), attributes: "nuc"),
    ])

  private static func norm(_ x: Tensor, _ p: String) throws -> Tensor {
    switch p {
    case "nuc": return try linalgSvdvals(x, ()).sum(dim: [-1])
    case "fro": return try x.abs().square().sum(dim: [-2, -1]).sqrt()
    default:
      let sums = try x.abs().sum(dim: [p.hasSuffix("inf") ? -1 : -2])
      return try p.hasPrefix("-") ? sums.amin(dim: [-1]) : sums.amax(dim: [-1])
    }
  }
}
