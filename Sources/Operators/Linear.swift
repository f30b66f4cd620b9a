import Arrays
import Autograd

// Products of matrices and vectors.

extension Ops {
  package static let linearAlgebra: [any AnyOperator] = [
    dot, mv, mm, bmm, matmul, addmm, outer, linear,
  ]

  package static let dot = Operator<Void>(
    "dot(Tensor self, Tensor tensor) -> Tensor",
    """
    Scalar product of two vectors of one length and dtype.

    Errors: other ranks, lengths or dtypes; bool. Derivative: g * tensor for self, g * self for
    tensor.
    """,
    forward: .two { x, y, _, _ in try x.dot(y) },
    derivative: .of(
      .saving(.y) { g, c in try g * c.y.conj() },
      .saving(.x) { g, c in try g * c.x.conj() }),
    tangent: .bilinear,
    batching: .rule { batch, _ in
      if !fits(batch, 1, 1) { return try batch.refusing() }
      let (x, y) = (batch.input(0), batch.input(1))
      if !batch.isBatched[0] { return [try y.mv(x)] }
      if !batch.isBatched[1] { return [try x.mv(y)] }
      return [try x.unsqueeze(dim: 1).bmm(y.unsqueeze(dim: 2)).reshape([batch.size])]
    },
    samples: [
      Sample(SampleInput([3]), SampleInput([3])),
      Sample(SampleInput([0]), SampleInput([0])),
    ])

  package static let mv = Operator<Void>(
    "mv(Tensor self, Tensor vec) -> Tensor",
    """
    Product of a matrix and a vector.

    Errors: other ranks, sizes that do not fit, different dtypes, bool.
    Derivative: the outer product of g and vec for self, self^T g for vec.
    """,
    forward: .two { x, y, _, _ in try x.mv(y) },
    derivative: .of(
      .saving(.y) { g, c in try g.outer(c.y.conj()) },
      .saving(.x) { g, c in try c.x.conj().t().mv(g) }),
    tangent: .bilinear,
    batching: .rule { batch, _ in
      if !fits(batch, 2, 1) { return try batch.refusing() }
      let (x, y) = (batch.input(0), batch.input(1))
      if !batch.isBatched[0] { return [try y.mm(x.t())] }
      if batch.isBatched[1] { return [try x.bmm(y.unsqueeze(dim: 2)).squeeze(dim: 2)] }
      let rows = try x.reshape([batch.size * x.shape[1], x.shape[2]])
      return [try rows.mv(y).reshape([batch.size, x.shape[1]])]
    },
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([3])),
      Sample(SampleInput([3, 2], transposed: true), SampleInput([2])),
      Sample(SampleInput([2, 0]), SampleInput([0])),
    ])

  package static let mm = Operator<Void>(
    "mm(Tensor self, Tensor mat2) -> Tensor",
    """
    Product of two matrices; see `matmul` for other ranks.

    Transposed matrices are read where they are. 16-bit floats are added up in float32; integers
    wrap. Errors: other ranks, sizes that do not fit, different dtypes, bool.
    Derivative: g mat2^T for self, self^T g for mat2.
    """,
    forward: .two { x, y, _, _ in try x.mm(y) },
    derivative: .of(
      .saving(.y) { g, c in try product(g, c.y.conj(), .init(transposesY: true, for: c, 0)) },
      .saving(.x) { g, c in try product(c.x.conj(), g, .init(transposesX: true, for: c, 1)) }),
    tangent: .bilinear,
    batching: .rule { batch, _ in
      if !fits(batch, 2, 2) { return try batch.refusing() }
      return [
        try products(batch.input(0), batch.input(1), batch.isBatched[0], batch.isBatched[1])
      ]
    },
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([3, 2])),
      Sample(SampleInput([3, 2], transposed: true), SampleInput([2, 3], transposed: true)),
      Sample(SampleInput([2, 0]), SampleInput([0, 3])),
    ])

  package static let bmm = Operator<Void>(
    "bmm(Tensor self, Tensor mat2) -> Tensor",
    """
    Products of the matrices in two stacks of shape (b, n, m) and (b, m, p).

    Errors: other ranks, sizes that do not fit, different dtypes, bool.
    Derivative: g mat2^T for self, self^T g for mat2, matrix by matrix.
    """,
    forward: .two { x, y, _, _ in try x.bmm(y) },
    derivative: .of(
      .saving(.y) { g, c in try g.bmm(c.y.conj().transpose(dim0: 1, dim1: 2)) },
      .saving(.x) { g, c in try c.x.conj().transpose(dim0: 1, dim1: 2).bmm(g) }),
    tangent: .bilinear,
    batching: .rule { batch, _ in
      if !fits(batch, 3, 3) { return try batch.refusing() }
      return [try stackedProducts(batch)]
    },
    samples: [
      Sample(SampleInput([2, 2, 3]), SampleInput([2, 3, 2])),
      Sample(SampleInput([2, 3, 2], transposed: true), SampleInput([2, 2, 1])),
      Sample(SampleInput([2, 2, 0]), SampleInput([2, 0, 1])),
    ])

  package static let addmm = Operator<(beta: Scalar, alpha: Scalar)>(
    "addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    """
    A tensor plus the product of two matrices: beta * self + alpha * (mat1 mat2).

    Self broadcasts to the shape of the product. Where beta is zero self is not read, so that its
    nan does not spread; the same goes for alpha and the product. Integer tensors take integer
    parts of alpha and beta. Errors: as `mm`, and a self that does not expand to the product.
    Derivative: beta * g for self, alpha * g mat2^T for mat1, alpha * mat1^T g for mat2.
    """,
    inPlace: .available,
    forward: .three { x, a, b, scale, out in
      guard let b else { preconditionFailure("addmm without its third tensor") }
      return try x.addmm(a, b, beta: scale.beta, alpha: scale.alpha).replacing(out)
    },
    derivative: .of(
      .linear { g, _, scale in try g.times(scale.beta.conjugate) },
      .saving(.z) { g, c, scale in
        try product(g, c.z.conj(), .init(transposesY: true, for: c, 1))
          .times(scale.alpha.conjugate)
      },
      .saving(.y) { g, c, scale in
        try product(c.y.conj(), g, .init(transposesX: true, for: c, 2))
          .times(scale.alpha.conjugate)
      }),
    tangent: .formula { c, scale in
      let terms = try [
        c.tangent(1).map { try $0.mm(c.z) }, c.tangent(2).map { try c.y.mm($0) },
      ].compactMap { try $0?.times(scale.alpha) }
      let product = try terms.count == 2 ? terms[0] + terms[1] : terms.first
      guard let tangent = try c.tangent(0)?.times(scale.beta) else { return [product] }
      let whole = try tangent.expand(c.result.shape)
      return [try product.map { try whole + $0 } ?? whole.clone()]
    },
    batching: .rule { batch, scale in [try sumOfProducts(batch, scale)] },
    samples: [
      Sample(SampleInput([2]), SampleInput([3, 2]), SampleInput([2, 2]), attributes: (1, 1)),
      Sample(
        SampleInput([2, 2]), SampleInput([2, 3], transposed: true), SampleInput([3, 2]),
        attributes: (0.5, -2)),
      Sample(SampleInput([]), SampleInput([2, 0]), SampleInput([0, 2]), attributes: (2, 1)),
    ])

  package static let outer = Operator<Void>(
    "outer(Tensor self, Tensor vec2) -> Tensor",
    """
    Products of all pairs of elements of two vectors, of shape (n, m).

    Errors: other ranks. Derivative: that of `mul`.
    """,
    gradName: "MulBackward0",
    forward: .composedTwo { x, y, _ in
      for (name, vector) in [("self", x), ("vec2", y)] where vector.rank != 1 {
        throw TensorError.runtime(
          "outer: Expected 1-D argument \(name), but got \(vector.rank)-D")
      }
      return try x.reshape([x.count, 1]) * y
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2]), SampleInput([3])),
      Sample(SampleInput([0]), SampleInput([2])),
    ])

  package static let linear = Operator<Void>(
    "linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor",
    """
    Affine map of the last dimension: input weight^T + bias.

    input is (..., in), weight (out, in) or (in), bias (out) or a number. Errors: as `matmul` and
    `addmm`. Derivative: g weight for input, g^T input for weight, g summed for bias.
    """,
    gradName: "AddmmBackward0",
    forward: .composedThree { x, weight, bias, _ in try affine(x, weight, bias) },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([2, 3]), SampleInput([2])),
      Sample(SampleInput([2, 3]), SampleInput([2, 3])),
      Sample(SampleInput([2, 2, 3]), SampleInput([2, 3]), SampleInput([2])),
      Sample(SampleInput([3, 2, 2], transposed: true), SampleInput([2, 2]), SampleInput([2])),
      Sample(SampleInput([3]), SampleInput([2, 3]), SampleInput([2])),
      Sample(SampleInput([3]), SampleInput([3]), SampleInput([])),
    ])

  private static func affine(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) throws -> Tensor {
    if x.rank == 0 || weight.rank == 0 {
      throw TensorError.runtime(
        "both arguments to linear need to be at least 1D, but they are \(x.rank)D and "
          + "\(weight.rank)D")
    }
    guard let bias else { return try x.matmul(weight.t()) }
    if x.rank == 2 { return try bias.addmm(x, weight.t()) }
    // Rows of a contiguous input are one matrix, and the bias is added on the way.
    let isRow = bias.rank == 1 || bias.shape.filter { $0 != 1 }.count == 1
    if isRow && bias.isContiguous && x.isContiguous {
      let shape = Dims(x.shape.dropLast())
      let rows = try x.reshape([shape.reduce(1, &*), x.shape[x.rank - 1]])
      let product = try bias.addmm(rows, weight.t())
      return try unsafeView(product, Dims(shape + [product.shape[1]]))
    }
    let product = try x.matmul(weight.t())
    // One product may not take different biases of several examples.
    return try bias.isPlain ? product.add_(bias) : product.add(bias)
  }
}

extension Tensor {
  /// This tensor times a number; itself when the number is one.
  func times(_ factor: Scalar) throws -> Tensor {
    factor.isOne ? self : try self * factor
  }
}
