import Arrays
import Autograd
import Elements

// Factors with orthonormal columns.

extension Ops {
  package static let orthogonalFactors: [any AnyOperator] = [linalgQr, linalgHouseholderProduct]

  package static let linalgQr: Operator<String> = Operator(
    "linalg_qr(Tensor A, str mode=\"reduced\") -> (Tensor Q, Tensor R)",
    """
    Q with orthonormal columns and an upper triangle R with A = Q R, for each matrix.

    A is (..., m, n). mode `reduced` gives Q (..., m, k) and R (..., k, n), k the smaller of m and n;
    `complete` a square Q and R (..., m, n); `r` an empty Q and R as `reduced`.
    Errors: another mode; other dtypes than float32, float64 and complex. No derivative for `r`, nor
    for `complete` with m > n.
    Derivative, with M = R gR^H - gQ^H Q, and S the Hermitian matrix that has M's lower triangle:
    (gQ + Q S) R^-H for m >= n; for m < n that of the first m columns of A, of which R's others are
    made. Source: LAPACK's geqrf and orgqr; Walter, Lehmann, "Algorithmic differentiation of linear
    algebra functions", 2010.
    """,
    forward: .several { x, mode in
      guard let mode = NDArray.QRMode(rawValue: mode) else {
        throw TensorError.runtime(
          "qr received unrecognized mode '\(mode)' but expected one of 'reduced' (default), 'r', or "
            + "'complete'")
      }
      let (q, r) = try x.qr(mode)
      return [q, r]
    },
    derivative: .joint(saving: [.output(0), .output(1)]) { c, mode in
      let r = try c.output(1)
      let shape = c.sizes(of: 0)
      let (m, n) = (shape[shape.count - 2], shape[shape.count - 1])
      try checkDifferentiable(mode, m, n)
      let q = try c.output(0)
      var (gradientQ, gradientR) = (c.gradients[0], c.gradients.count > 1 ? c.gradients[1] : nil)
      if gradientQ == nil && gradientR == nil { return Gradients(nil) }
      if m >= n { return Gradients(try throughQR(q, r, gradientQ, gradientR)) }
      // R = (R1 R2), and R2 = Q^H A2, where A = (A1 A2) and A1 = Q R1.
      let first = try r.narrow(dim: -1, start: 0, length: m)
      guard let whole = gradientR else {
        let gradient = try throughQR(q, first, gradientQ, nil)
        var sizes = shape
        sizes[sizes.count - 1] = n - m
        return Gradients(try .cat([gradient, .zeros(sizes, dtype: gradient.dtype)], dim: -1))
      }
      let second = try whole.narrow(dim: -1, start: m, length: n - m)
      let rest = try q.matmul(r.narrow(dim: -1, start: m, length: n - m))
      let change = try rest.matmul(second.mH)
      gradientQ = try gradientQ.map { try $0 + change } ?? change
      gradientR = try whole.narrow(dim: -1, start: 0, length: m)
      return Gradients(
        try .cat([throughQR(q, first, gradientQ, gradientR), q.matmul(second)], dim: -1))
    },
    tangent: .formula { c, mode in
      guard let tangent = c.tangent(0) else { return [nil, nil] }
      let shape = c.x.shape
      let (m, n) = (shape[shape.count - 2], shape[shape.count - 1])
      try checkDifferentiable(mode, m, n)
      let (q, r) = (c.results[0], c.results[1])
      let k = Swift.min(m, n)
      let first = try m < n ? r.narrow(dim: -1, start: 0, length: k) : r
      let change = try m < n ? tangent.narrow(dim: -1, start: 0, length: k) : tangent
      // dA R^-1 = dQ + Q dR R^-1, and Q^H dQ is skew, dR R^-1 a triangle.
      let quotient = try linalgSolveTriangular(first, change, (true, false, false))
      let product = try q.mH.matmul(quotient)
      let lower = try product.halfLower()
      let triangle = try product - (lower - lower.mH)
      let tangentQ = try quotient - q.matmul(triangle)
      let tangentR = try m < n ? q.mH.matmul(tangent - tangentQ.matmul(r)) : triangle.matmul(r)
      return [tangentQ, tangentR]
    },
    batching: .rule { batch, mode in
      let results = try linalgQr.several(batch.input(0), mode)
      guard mode == "r" else { return results }
      return [try results[0].expand([batch.size, 0]), results[1]]
    },
    samples: [
      Sample(SampleInput([2, 2]), attributes: "reduced"),
      Sample(SampleInput([3, 2]), attributes: "reduced"),
      Sample(SampleInput([2, 3], transposed: true), attributes: "complete"),
      Sample(SampleInput([2, 3, 2]), attributes: "reduced"),
      Sample(SampleInput([0, 2, 2]), attributes: "reduced"),
    ])

  private static func checkDifferentiable(_ mode: String, _ m: Int, _ n: Int) throws {
    if mode == "r" {
      throw TensorError.runtime(
        "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
          + "linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr.")
    }
    if mode == "complete" && m > n {
      throw TensorError.runtime(
        "The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
    }
  }

  /// The gradient of A = Q R with a square R.
  private static func throughQR(
    _ q: Tensor, _ r: Tensor, _ gradientQ: Tensor?, _ gradientR: Tensor?
  ) throws -> Tensor {
    let terms = try [
      gradientR.map { try r.matmul($0.mH) }, gradientQ.map { try $0.mH.matmul(q).neg() },
    ].compactMap { $0 }
    let sum = try terms.count > 1 ? terms[0] + terms[1] : terms[0]
    let lower = try sum.halfLower()
    let product = try q.matmul(lower + lower.mH)
    let right = try gradientQ.map { try $0 + product } ?? product
    return try linalgSolveTriangular(r.mH, right, (false, false, false))
  }

  package static let linalgHouseholderProduct = Operator<Void>(
    "linalg_householder_product(Tensor input, Tensor tau) -> Tensor",
    """
    The first n columns of the product of k reflections I - tau v v^H.

    input is (..., m, n), m >= n, tau (..., k), n >= k. The vectors v stand below the diagonal of
    input, with ones on it. Errors: other shapes, different dtypes, other dtypes than float32,
    float64 and complex.
    Source: LAPACK's orgqr.
    """,
    gradName: "LinalgHouseholderProductBackward0",
    forward: .composedTwo { x, tau, _ in
      let function = "torch.linalg.householder_product"
      func check(_ condition: Bool, _ words: String) throws {
        if !condition { throw TensorError.runtime("\(function): \(words)") }
      }
      try check(x.rank >= 2, "input must have at least 2 dimensions.")
      let (m, n) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
      try check(
        m >= n, "input.shape[-2] must be greater than or equal to input.shape[-1]")
      try check(
        tau.rank > 0 && n >= tau.shape[tau.rank - 1],
        "input.shape[-1] must be greater than or equal to tau.shape[-1]")
      try check(
        x.rank - tau.rank == 1,
        "Expected tau to have one dimension less than input, but got tau.ndim equal to \(tau.rank) "
          + "and input.ndim is equal to \(x.rank)")
      if x.rank > 2 {
        let (expected, actual) = (Dims(x.shape.dropLast(2)), Dims(tau.shape.dropLast()))
        try check(
          expected == actual,
          "Expected batch of tau to be equal to input.shape[:-2], but got \(actual)")
      }
      try check(
        tau.dtype == x.dtype,
        "tau dtype \(tau.dtype.scalarTypeName) does not match input dtype \(x.dtype.scalarTypeName)"
      )
      if x.mayBeDifferentiated || tau.mayBeDifferentiated { return try reflections(x, tau) }
      return try formedQ(x, tau, ())
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([3, 2]), SampleInput([2])),
      Sample(SampleInput([2, 2, 2], transposed: true), SampleInput([2, 1])),
      Sample(SampleInput([2, 0]), SampleInput([0])),
    ])

  private static let formedQ = Operator<Void>(
    "_householder_product(Tensor input, Tensor tau) -> Tensor", "See `linalg_householder_product`.",
    forward: .two { x, tau, _, _ in try x.householderProduct(tau) },
    derivative: .none(because: "it is made of other operators where that is asked for"), samples: []
  )

  /// The product, reflection by reflection from the last.
  private static func reflections(_ x: Tensor, _ tau: Tensor) throws -> Tensor {
    let (m, n) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
    let vectors = try x.tril(diagonal: -1) + Tensor(.eye(m, n, x.dtype))
    var product = try Tensor(.eye(m, n, x.dtype)).expand(x.shape)
    for k in (0..<tau.shape[tau.rank - 1]).reversed() {
      let v = try vectors.narrow(dim: -1, start: k, length: 1)
      let scaled = try v * tau.narrow(dim: -1, start: k, length: 1).unsqueeze(dim: -1)
      product = try product - scaled.matmul(v.mH.matmul(product))
    }
    return product
  }
}
