import Arrays
import Autograd
import Elements

// Eigenvalues and singular values.

extension Ops {
  package static let spectra: [any AnyOperator] = [
    linalgEigh, linalgEigvalsh, linalgSvd, linalgSvdvals, svd,
  ]

  // MARK: Hermitian matrices

  package static let linalgEigh = Operator<String>(
    "linalg_eigh(Tensor self, str UPLO=\"L\") -> (Tensor eigenvalues, Tensor eigenvectors)",
    """
    Eigenvalues w, real and rising, and eigenvectors V, as columns, of symmetric or Hermitian
    matrices: A V = V diag(w).

    Only the lower triangle is read, or, where UPLO is U, the upper one. The eigenvectors are not
    unique: functions of them that depend on their signs or phases have no derivative, which is an
    error where it is seen. Errors: matrices that are not square, numbers that are not finite, other
    dtypes than float32, float64 and complex.
    Derivative: V (diag(gw) + skew(V^H gV) / 2E) V^H, where skew(X) = X - X^H and E[i, j] = w[j] - w[i].
    Source: LAPACK's syevd and heevd; Giles, "An extended collection of matrix derivative results",
    2008.
    """,
    forward: .composedSeveral { x, triangle in
      try eigenHermitian.several(x, (isUpper(triangle), true))
    },
    derivative: .composed, samples: hermitianSamples)

  package static let linalgEigvalsh = Operator<String>(
    "linalg_eigvalsh(Tensor self, str UPLO=\"L\") -> Tensor",
    "Eigenvalues of symmetric or Hermitian matrices; see `linalg_eigh`.",
    gradName: "LinalgEighBackward0",
    forward: .composed { x, triangle in
      try eigenHermitian.several(x, (isUpper(triangle), x.mayBeDifferentiated))[0]
    },
    derivative: .composed, samples: hermitianSamples)

  /// 1 by 1: other matrices that are drawn at random are not Hermitian.
  private static let hermitianSamples: [Sample<String>] = [
    Sample(SampleInput([1, 1]), attributes: "L"), Sample(SampleInput([2, 1, 1]), attributes: "U"),
    Sample(SampleInput([0, 0]), attributes: "L"),
  ]

  static func isUpper(_ triangle: String) throws -> Bool {
    let letter = triangle.uppercased()
    if letter != "U" && letter != "L" {
      throw TensorError.runtime("Expected UPLO argument to be 'L' or 'U', but got \(triangle)")
    }
    return letter == "U"
  }

  static let eigenHermitian: Operator<(upper: Bool, wantsVectors: Bool)> = Operator(
    "_linalg_eigh(Tensor self) -> (Tensor eigenvalues, Tensor eigenvectors)", "See `linalg_eigh`.",
    gradName: "LinalgEighBackward0",
    forward: .several { x, a in
      let (values, vectors) = try x.eigenHermitian(upper: a.upper, wantsVectors: a.wantsVectors)
      return [values, try vectors ?? NDArray(uninitialized: [0], x.dtype)]
    },
    derivative: .joint(saving: [.output(0), .output(1)]) { c, _ in
      let v = try c.output(1)
      let gradientW = c.gradients[0]
      guard c.gradients.count > 1, let gradientV = c.gradients[1] else {
        guard let gradientW else { return Gradients(nil) }
        return Gradients(try (v * gradientW.unsqueeze(dim: -2)).matmul(v.mH))
      }
      let product = try v.mH.matmul(gradientV)
      try checkPhases(
        product.diagonals, "linalg_eigh_backward", "eigenvectors", "quantity, so it is")
      var inner = try product.skew() * 0.5 / c.output(0).differences()
      if let gradientW {
        inner = try Tensor.choosingDiagonal(gradientW.asDiagonal(), inner)
      } else {
        inner = try inner.withDiagonal(0)
      }
      return Gradients(try v.matmul(inner.matmul(v.mH)))
    },
    tangent: .formula { c, a in
      guard let tangent = c.tangent(0) else { return [nil, nil] }
      var results = c.results
      if !a.wantsVectors { results = try eigenHermitian.several(c.x, (a.upper, true)) }
      let v = results[1]
      // What is not read of a tangent that is not Hermitian does not count.
      let product = try v.mH.matmul(tangent.matmul(v))
      let tangentW = try product.diagonals.real()
      guard a.wantsVectors else { return [tangentW, nil] }
      return [tangentW, try v.matmul((product / results[0].differences()).withDiagonal(0))]
    },
    batching: .rule { batch, a in
      let results = try eigenHermitian.several(batch.input(0), a)
      return [
        results[0], a.wantsVectors ? results[1] : try results[1].expand([batch.size, 0]),
      ]
    },
    samples: [])

  /// Eigenvectors and singular vectors of complex matrices are unique up to their phases; a gradient
  /// along these is an error.
  static func checkPhases(
    _ diagonal: Tensor, _ function: String, _ what: String, _ words: String
  ) throws {
    guard diagonal.dtype.isComplex, diagonal.isPlain, diagonal.count > 0 else { return }
    let largest = try diagonal.imag().abs().max().array.item().double
    if !(largest <= 1e-2) {
      throw TensorError.runtime(
        "\(function): The \(what) in the complex case are specified up to multiplication by e^{i "
          + "phi}. The specified loss function depends on this \(words) ill-defined.")
    }
  }

  // MARK: Singular values

  package static let linalgSvd = Operator<Bool>(
    "linalg_svd(Tensor A, bool full_matrices=True) -> (Tensor U, Tensor S, Tensor Vh)",
    """
    U, S and V^H with A = U diag(S) V^H for each matrix: U and V with orthonormal columns, S real and
    falling.

    A is (..., m, n). With full_matrices U and V^H are square, else U is (..., m, k) and V^H (..., k,
    n), k the smaller of m and n. Singular vectors are not unique: functions of them that depend on
    their signs or phases have no derivative, which is an error where it is seen; nor have functions
    of the vectors that full_matrices adds.
    Errors: numbers that are not finite, other dtypes than float32, float64 and complex.
    Derivative: U ((skew(U^H gU) S + S skew(V^H gV)) / E + diag(gS)) V^H + (I - U U^H) gU S^-1 V^H
    + U S^-1 gV^H (I - V V^H), where skew(X) = X - X^H and E[i, j] = S[j]^2 - S[i]^2.
    Source: LAPACK's gesdd; Townsend, "Differentiating the singular value decomposition", 2016.
    """,
    forward: .composedSeveral { x, isFull in
      try singular.several(x, isFull ? .complete : .reduced)
    },
    derivative: .composed, samples: singularSamples(true))

  package static let linalgSvdvals = Operator<Void>(
    "linalg_svdvals(Tensor A) -> Tensor",
    """
    The singular values of each matrix, falling; see `linalg_svd`.

    Derivative: U diag(g) V^H.
    """,
    gradName: "LinalgSvdBackward0",
    forward: .composed { x, _ in
      try singular.several(x, x.mayBeDifferentiated ? .reduced : .none)[1]
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 2])), Sample(SampleInput([3, 2])),
      Sample(SampleInput([2, 2, 3], transposed: true)), Sample(SampleInput([0, 2])),
    ])

  package static let svd = Operator<(some: Bool, computesVectors: Bool)>(
    "svd(Tensor self, bool some=True, bool compute_uv=True) -> (Tensor U, Tensor S, Tensor V)",
    """
    U, S and V with A = U diag(S) V^H. Older form of `linalg_svd`: with some the matrices are not
    completed, without compute_uv they are zeros.
    """,
    gradName: "LinalgSvdBackward0",
    forward: .composedSeveral { x, a in
      if x.rank < 2 {
        throw TensorError.runtime(
          "linalg.svd: input should have at least 2 dimensions, but has "
            + "\(x.rank) dimensions instead")
      }
      if a.computesVectors {
        let results = try singular.several(x, a.some ? .reduced : .complete)
        return [results[0], results[1], try results[2].mH]
      }
      let (m, n) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
      let batch = Dims(x.shape.dropLast(2))
      func zeros(_ n: Int) throws -> Tensor {
        var sizes = batch
        sizes.append(n)
        sizes.append(n)
        return try .zeros(sizes, dtype: x.dtype)
      }
      return [try zeros(m), try linalgSvdvals(x, ()), try zeros(n)]
    },
    derivative: .composed, samples: singularSamples((true, true)))

  private static func singularSamples<A>(_ attributes: A) -> [Sample<A>] {
    // The sign of each pair of vectors is LAPACK's choice, and the same nearby.
    [
      Sample(SampleInput([2, 2]), attributes: attributes),
      Sample(SampleInput([0, 0]), attributes: attributes),
    ]
  }

  /// U, S and V^H of no more than the smaller size of A.
  static func reducedSingular(_ x: Tensor) throws -> (u: Tensor, s: Tensor, vh: Tensor) {
    let results = try singular.several(x, .reduced)
    return (results[0], results[1], results[2])
  }

  private static let singular: Operator<NDArray.SingularVectors> = Operator(
    "_linalg_svd(Tensor A) -> (Tensor U, Tensor S, Tensor Vh)", "See `linalg_svd`.",
    gradName: "LinalgSvdBackward0",
    forward: .several { x, wanted in
      let (u, s, vh) = try x.singular(wanted)
      let empty = try NDArray(uninitialized: [0], x.dtype)
      return [u ?? empty, s, vh ?? empty]
    },
    derivative: .joint(saving: [.output(0), .output(1), .output(2)]) { c, wanted in
      let gradients = c.gradients
      func gradient(_ i: Int) -> Tensor? { i < gradients.count ? gradients[i] : nil }
      let s = try c.output(1)
      let k = s.shape[s.rank - 1]
      return Gradients(
        try throughSingular(
          gradient(0)?.narrow(dim: -1, start: 0, length: k), gradient(1),
          gradient(2)?.narrow(dim: -2, start: 0, length: k),
          c.output(0).narrow(dim: -1, start: 0, length: k), s,
          c.output(2).narrow(dim: -2, start: 0, length: k)))
    },
    tangent: .formula { c, wanted in
      guard let tangent = c.tangent(0) else { return [nil, nil, nil] }
      if wanted == .complete && c.x.shape[c.x.rank - 1] != c.x.shape[c.x.rank - 2] {
        throw TensorError.runtime(
          "svd_jvp: the derivative of vectors that full_matrices adds is not defined")
      }
      let results = wanted == .none ? try singular.several(c.x, .reduced) : c.results
      let tangents = try tangentsOfSingular(tangent, results[0], results[1], results[2])
      return wanted == .none ? [nil, tangents[1], nil] : tangents
    },
    batching: .rule { batch, wanted in
      let results = try singular.several(batch.input(0), wanted)
      guard wanted == .none else { return results }
      return try [
        results[0].expand([batch.size, 0]), results[1], results[2].expand([batch.size, 0]),
      ]
    },
    samples: [])

  private static func throughSingular(
    _ gradientU: Tensor?, _ gradientS: Tensor?, _ gradientVh: Tensor?, _ u: Tensor, _ s: Tensor,
    _ vh: Tensor
  ) throws -> Tensor? {
    if gradientU == nil && gradientVh == nil {
      guard let gradientS else { return nil }
      return try (u * gradientS.unsqueeze(dim: -2)).matmul(vh)
    }
    let (m, n, k) = (u.shape[u.rank - 2], vh.shape[vh.rank - 1], s.shape[s.rank - 1])
    let productU = try gradientU.map { try u.mH.matmul($0) }
    let productV = try gradientVh.map { try vh.matmul($0.mH) }
    let phases = try [productU, productV].compactMap { try $0?.diagonals }
    try checkPhases(
      phases.count > 1 ? phases[0] + phases[1] : phases[0], "svd_backward", "singular vectors",
      "phase term, making it")
    let (row, column) = (try s.unsqueeze(dim: -2), try s.unsqueeze(dim: -1))
    let differences = try (s * s).differences()
    let terms = try [
      productU.map { try $0.skew() * row }, productV.map { try column * $0.skew() },
    ].compactMap { $0 }
    var inner = try (terms.count > 1 ? terms[0] + terms[1] : terms[0]) / differences
    inner = try inner.withDiagonal(0)
    if let gradientS { inner = try inner + gradientS.asDiagonal() }
    if let productU, gradientVh != nil, u.dtype.isComplex {
      inner = try inner + (productU.skew().diagonals / (s * 2)).asDiagonal()
    }
    var gradient = try u.matmul(inner.matmul(vh))
    if m > k, let gradientU {
      let quotient = try gradientU / row
      gradient = try gradient + (quotient - u.matmul(u.mH.matmul(quotient))).matmul(vh)
    }
    if n > k, let gradientVh {
      let quotient = try gradientVh / column
      gradient = try gradient + u.matmul(quotient - quotient.matmul(vh.mH).matmul(vh))
    }
    return gradient
  }

  private static func tangentsOfSingular(
    _ tangent: Tensor, _ u: Tensor, _ s: Tensor, _ vh: Tensor
  ) throws -> [Tensor?] {
    let (m, n, k) = (u.shape[u.rank - 2], vh.shape[vh.rank - 1], s.shape[s.rank - 1])
    let product = try u.mH.matmul(tangent).matmul(vh.mH)
    let (row, column) = (try s.unsqueeze(dim: -2), try s.unsqueeze(dim: -1))
    let differences = try (s * s).differences()
    // dA = dU S V^H + U dS V^H + U S dV^H, and U^H dU and dV^H V are skew.
    let (left, right) = (try product * row, try column * product)
    var turnU = try ((left + left.mH) / differences).withDiagonal(0)
    let turnV = try ((right + right.mH) / differences).withDiagonal(0).neg()
    if u.dtype.isComplex {
      turnU = try turnU + (product.skew().diagonals / (s * 2)).asDiagonal()
    }
    var (tangentU, tangentVh) = (try u.matmul(turnU), try turnV.matmul(vh))
    if m > k {
      let quotient = try tangent.matmul(vh.mH) / row
      tangentU = try tangentU + quotient - u.matmul(u.mH.matmul(quotient))
    }
    if n > k {
      let quotient = try u.mH.matmul(tangent) / column
      tangentVh = try tangentVh + quotient - quotient.matmul(vh.mH).matmul(vh)
    }
    return [tangentU, try product.diagonals.real(), tangentVh]
  }
}

extension Tensor {
  /// E[i, j] = x[j] - x[i] for the last dimension, with ones on the diagonal.
  func differences() throws -> Tensor {
    try (unsqueeze(dim: -2) - unsqueeze(dim: -1)).withDiagonal(1)
  }

  /// The first on the diagonal, the second elsewhere.
  static func choosingDiagonal(_ diagonal: Tensor, _ other: Tensor) throws -> Tensor {
    let n = other.shape[other.rank - 1]
    return try Tensor(.eye(n, n, .bool)).where(diagonal, other)
  }
}
