import Arrays
import Autograd
import Elements

// Tensors plus products of matrices and vectors.

extension Ops {
  package static let productSums: [any AnyOperator] = [addmv, baddbmm, addbmm, addr]

  package static let addmv = Operator<(beta: Scalar, alpha: Scalar)>(
    "addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    """
    A vector plus the product of a matrix and a vector: beta * self + alpha * (mat vec).

    A self of one element stretches. Where beta is zero self is not read, so that its nan does not
    spread; the same goes for alpha and the product. Integer tensors take integer parts of alpha and
    beta. Errors: other ranks, sizes that do not fit, different dtypes, bool.
    Derivative: beta^* g for self, alpha^* times the outer product of g and vec^* for mat, alpha^*
    mat^H g for vec.
    """,
    inPlace: .available,
    forward: .three { x, a, b, scale, out in
      guard let b else { preconditionFailure("addmv without its third tensor") }
      return try x.addmv(a, b, beta: scale.beta, alpha: scale.alpha).replacing(out)
    },
    derivative: .of(
      .linear { g, _, scale in try g.times(scale.beta.conjugate) },
      .saving(.z) { g, c, scale in try g.outer(c.z.conj()).times(scale.alpha.conjugate) },
      .saving(.y) { g, c, scale in try c.y.conj().t().mv(g).times(scale.alpha.conjugate) }),
    tangent: sumTangent { x, y in try x.mv(y) },
    batching: sumBatching(rank: 1) { x, y in
      try x.matmul(y.unsqueeze(dim: -1)).squeeze(dim: -1)
    },
    samples: [
      Sample(SampleInput([2]), SampleInput([2, 3]), SampleInput([3]), attributes: (1, 1)),
      Sample(
        SampleInput([]), SampleInput([2, 3], transposed: true), SampleInput([3]),
        attributes: (0.5, -2)),
      Sample(SampleInput([2]), SampleInput([2, 0]), SampleInput([0]), attributes: (2, 1)),
    ])

  package static let baddbmm = Operator<(beta: Scalar, alpha: Scalar)>(
    """
    baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor
    """,
    """
    A tensor plus the products of two stacks of matrices: beta * self + alpha * (batch1 batch2).

    Self broadcasts to (b, n, p). Zero beta and alpha, and integers: as `addmm`. Errors: as `bmm`, and
    a self that does not expand to the product.
    Derivative: beta^* g for self, alpha^* g batch2^H for batch1, alpha^* batch1^H g for batch2.
    """,
    inPlace: .available,
    forward: .three { x, a, b, scale, out in
      guard let b else { preconditionFailure("baddbmm without its third tensor") }
      return try x.baddbmm(a, b, beta: scale.beta, alpha: scale.alpha).replacing(out)
    },
    derivative: .of(
      .linear { g, _, scale in try g.times(scale.beta.conjugate) },
      .saving(.z) { g, c, scale in try g.bmm(c.z.mH).times(scale.alpha.conjugate) },
      .saving(.y) { g, c, scale in try c.y.mH.bmm(g).times(scale.alpha.conjugate) }),
    tangent: sumTangent { x, y in try x.bmm(y) },
    batching: sumBatching(rank: 3) { x, y in try x.matmul(y) },
    samples: [
      Sample(
        SampleInput([2, 2, 2]), SampleInput([2, 2, 3]), SampleInput([2, 3, 2]), attributes: (1, 1)),
      Sample(
        SampleInput([2]), SampleInput([2, 2, 3], transposed: true), SampleInput([2, 3, 2]),
        attributes: (0.5, -2)),
      Sample(
        SampleInput([1, 1]), SampleInput([2, 2, 0]), SampleInput([2, 0, 2]), attributes: (2, 1)),
    ])

  package static let addbmm = Operator<(beta: Scalar, alpha: Scalar)>(
    """
    addbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor
    """,
    """
    A matrix plus the sum of the products of two stacks of matrices: beta * self + alpha * sum(batch1[i]
    batch2[i]).

    Self broadcasts to (n, p). Zero beta and alpha, and integers: as `addmm`. Errors: as `bmm`, and a
    self that does not expand to the sum.
    Derivative: beta^* g for self, alpha^* g batch2[i]^H and alpha^* batch1[i]^H g for the stacks.
    """,
    inPlace: .available,
    forward: .three { x, a, b, scale, out in
      guard let b else { preconditionFailure("addbmm without its third tensor") }
      return try x.addbmm(a, b, beta: scale.beta, alpha: scale.alpha).replacing(out)
    },
    derivative: .of(
      .linear { g, _, scale in try g.times(scale.beta.conjugate) },
      .saving(.z) { g, c, scale in
        try g.unsqueeze(dim: 0).expand(g.shape.following(c.z.shape[0])).bmm(c.z.mH)
          .times(scale.alpha.conjugate)
      },
      .saving(.y) { g, c, scale in
        try c.y.mH.bmm(g.unsqueeze(dim: 0).expand(g.shape.following(c.y.shape[0])))
          .times(scale.alpha.conjugate)
      }),
    tangent: sumTangent { x, y in try x.bmm(y).sum(dim: [0]) },
    batching: sumBatching(rank: 2) { x, y in try x.matmul(y).sum(dim: [-3]) },
    samples: [
      Sample(
        SampleInput([2, 2]), SampleInput([2, 2, 3]), SampleInput([2, 3, 2]), attributes: (1, 1)),
      Sample(
        SampleInput([2]), SampleInput([2, 2, 3], transposed: true), SampleInput([2, 3, 2]),
        attributes: (0.5, -2)),
    ])

  package static let addr = Operator<(beta: Scalar, alpha: Scalar)>(
    "addr(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    """
    A matrix plus the outer product of two vectors: beta * self + alpha * (vec1 vec2^T).

    Self broadcasts to (n, m); dtypes promote; of bool, sums and products are or and and. Where beta
    is zero self is not read. Errors: other ranks, a self that does not expand; float alpha or beta for
    integers, bool ones for what is not bool.
    Derivative: beta^* g for self, alpha^* g vec2^* for vec1, alpha^* g^T vec1^* for vec2.
    """,
    inPlace: .available,
    forward: .three { x, a, b, scale, out in
      guard let b else { preconditionFailure("addr without its third tensor") }
      if let out, a.rank == 1, b.rank == 1, out.sizes != [a.sizes[0], b.sizes[0]] {
        throw TensorError.runtime(
          "size mismatch, input: \(out.sizes), v1: \(a.sizes), v2: \(b.sizes)")
      }
      return try x.addr(a, b, beta: scale.beta, alpha: scale.alpha).replacing(out)
    },
    derivative: .of(
      .linear { g, _, scale in try g.times(scale.beta.conjugate) },
      .saving(.z) { g, c, scale in
        try g.mv(c.z.conj().to(dtype: g.dtype)).times(scale.alpha.conjugate)
      },
      .saving(.y) { g, c, scale in
        try g.t().mv(c.y.conj().to(dtype: g.dtype)).times(scale.alpha.conjugate)
      }),
    tangent: sumTangent { x, y in try x.outer(y) },
    batching: sumBatching(rank: 2) { x, y in
      try x.unsqueeze(dim: -1) * y.unsqueeze(dim: -2)
    },
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([2]), SampleInput([3]), attributes: (1, 1)),
      Sample(SampleInput([3]), SampleInput([2]), SampleInput([3]), attributes: (0.5, -2)),
    ])

  /// The product rule for beta * x + alpha * product(y, z).
  private static func sumTangent(
    _ product: @escaping @Sendable (Tensor, Tensor) throws -> Tensor
  ) -> TangentRule<(beta: Scalar, alpha: Scalar)> {
    .formula { c, scale in
      let terms = try [
        c.tangent(1).map { try product($0, c.z) }, c.tangent(2).map { try product(c.y, $0) },
      ].compactMap { try $0?.times(scale.alpha) }
      let sum = try terms.count == 2 ? terms[0] + terms[1] : terms.first
      guard let tangent = try c.tangent(0)?.times(scale.beta) else { return [sum] }
      let whole = try tangent.expand(c.result.shape)
      return [try sum.map { try whole + $0 } ?? whole.clone()]
    }
  }

  /// The same sum for all examples, with a product that broadcasts; `rank` is that of an example's
  /// result.
  private static func sumBatching(
    rank: Int, _ product: @escaping @Sendable (Tensor, Tensor) throws -> Tensor
  ) -> Batching<(beta: Scalar, alpha: Scalar)> {
    .rule { batch, scale in
      let x = batch.input(0)
      // One example, which says what is wrong with it.
      let shape = try batch.refusing()[0].shape
      let (beta, alpha) = (try scale.beta.cut(to: x.dtype), try scale.alpha.cut(to: x.dtype))
      var sum: Tensor?
      if !alpha.isZero {
        sum = try product(batch.input(1), batch.input(2)).times(alpha)
      }
      if !beta.isZero {
        let term = try batch.aligned(0, rank: rank).times(beta)
        sum = try sum.map { try term + $0 } ?? term
      }
      let sizes = shape.following(batch.size)
      let result = try sum ?? .zeros(sizes, dtype: x.dtype)
      // Nothing may share memory with the arguments, or between the examples.
      return [
        result.shape == sizes && !alpha.isZero ? result : try result.expand(sizes).clone()
      ]
    }
  }
}
