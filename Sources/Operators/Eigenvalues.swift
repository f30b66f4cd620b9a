import Arrays
import Autograd
import Elements

// Eigenvalues of matrices that are not Hermitian.

extension Ops {
  package static let eigenvalues: [any AnyOperator] = [linalgEig, linalgEigvals]

  package static let linalgEig = Operator<Void>(
    "linalg_eig(Tensor self) -> (Tensor eigenvalues, Tensor eigenvectors)",
    """
    Eigenvalues w and eigenvectors V, as columns of length one, of square matrices: A V = V diag(w).
    Both are complex.

    The eigenvectors are not unique: functions of them that depend on their phases have no derivative,
    which is an error where it is seen; nor have functions of matrices with repeated eigenvalues.
    Errors: matrices that are not square, numbers that are not finite, other dtypes than float32,
    float64 and complex.
    Derivative: V^-H (diag(gw) + (V^H gV - V^H V diag(Re(V^H gV))) / E^*) V^H, where E[i, j] = w[j] -
    w[i]; its real part for real matrices.
    Source: LAPACK's geev; Boeddeker et al., "On the computation of complex-valued gradients with
    application to statistically optimum beamforming", 2017.
    """,
    forward: .composedSeveral { x, _ in try eigen.several(x, (true, "linalg.eig")) },
    derivative: .composed, samples: [])

  package static let linalgEigvals = Operator<Void>(
    "linalg_eigvals(Tensor self) -> Tensor",
    "Eigenvalues of square matrices, complex; see `linalg_eig`.",
    gradName: "LinalgEigBackward0",
    forward: .composed { x, _ in
      let wantsVectors = x.mayBeDifferentiated
      return try eigen.several(x, (wantsVectors, wantsVectors ? "linalg.eig" : "linalg.eigvals"))[0]
    },
    derivative: .composed, samples: [])

  /// The second attribute is the operator that messages speak of.
  private static let eigen: Operator<(wantsVectors: Bool, function: String)> = Operator(
    "_linalg_eig(Tensor self) -> (Tensor eigenvalues, Tensor eigenvectors)", "See `linalg_eig`.",
    gradName: "LinalgEigBackward0",
    forward: .several { x, a in
      let (values, vectors) = try x.eigen(wantsVectors: a.wantsVectors, a.function)
      return [values, try vectors ?? NDArray(uninitialized: [0], values.dtype)]
    },
    derivative: .joint(saving: [.output(0), .output(1)]) { c, _ in
      let v = try c.output(1)
      var inner: Tensor
      if c.gradients.count > 1, let gradientV = c.gradients[1] {
        let product = try v.mH.matmul(gradientV)
        try checkPhases(
          product.diagonals, "linalg_eig_backward", "eigenvectors", "quantity, so it is")
        let lengths = try product.diagonals.real().unsqueeze(dim: -2)
        let turned = try product - v.mH.matmul(v) * lengths
        inner = try turned / c.output(0).differences().conj()
        if let gradientW = c.gradients[0] {
          inner = try Tensor.choosingDiagonal(gradientW.asDiagonal(), inner)
        } else {
          inner = try inner.withDiagonal(0)
        }
        inner = try inner.matmul(v.mH)
      } else {
        guard let gradientW = c.gradients[0] else { return Gradients(nil) }
        inner = try gradientW.unsqueeze(dim: -1) * v.mH
      }
      let gradient = try solved(v.mH, inner)
      return Gradients(c.dtype(of: 0).isComplex ? gradient : try gradient.real())
    },
    tangent: .formula { c, a in
      guard let tangent = c.tangent(0) else { return [nil, nil] }
      let results = a.wantsVectors ? c.results : try eigen.several(c.x, (true, a.function))
      let v = results[1]
      let product = try solved(v, tangent.to(dtype: v.dtype).matmul(v))
      guard a.wantsVectors else { return [try product.diagonals.clone(), nil] }
      let turned = try v.matmul((product / results[0].differences()).withDiagonal(0))
      let lengths = try v.mH.matmul(turned).diagonals.real().unsqueeze(dim: -2)
      return [try product.diagonals.clone(), try turned - v * lengths]
    },
    batching: .rule { batch, a in
      let results = try eigen.several(batch.input(0), a)
      return [results[0], a.wantsVectors ? results[1] : try results[1].expand([batch.size, 0])]
    },
    samples: [])
}
