import Arrays
import Autograd
import Elements

// Products that are made of others.

extension Ops {
  package static let productChains: [any AnyOperator] = [
    vdot, inner, tensordot, linalgVecdot, linalgMultiDot, chainMatmul, einsum, ger,
  ]

  package static let vdot: Operator<Void> = Operator(
    "vdot(Tensor self, Tensor other) -> Tensor",
    """
    Scalar product of two vectors, of which the first is conjugated.

    Errors: other ranks, lengths or dtypes; bool. Derivative: g^* other for self, g self for other.
    """,
    forward: .two { x, y, _, _ in try (x.dtype.isComplex ? x.unary(.conj) : x).dot(y) },
    derivative: .of(
      .saving(.y) { g, c in try g.conj() * c.y },
      .saving(.x) { g, c in try g * c.x }),
    tangent: .bilinear,
    batching: .rule { batch, _ in
      if !fits(batch, 1, 1) { return try batch.refusing() }
      return [try linalgVecdot(batch.input(0), batch.input(1), -1)]
    },
    samples: [
      Sample(SampleInput([3]), SampleInput([3])), Sample(SampleInput([0]), SampleInput([0])),
    ])

  package static let ger = Operator<Void>(
    "ger(Tensor self, Tensor vec2) -> Tensor",
    "Products of all pairs of elements of two vectors; see `outer`.",
    gradName: "MulBackward0",
    forward: .composedTwo { x, y, _ in try x.outer(y) }, derivative: .composed,
    samples: [Sample(SampleInput([2]), SampleInput([3]))])

  package static let inner = Operator<Void>(
    "inner(Tensor self, Tensor other) -> Tensor",
    """
    Sum of products over the last dimensions of two tensors, for all pairs of their others.

    A number multiplies. Errors: last dimensions of different sizes, different dtypes.
    Derivative: that of `tensordot`.
    """,
    gradName: "ViewBackward0",
    forward: .composedTwo { x, y, _ in
      if x.rank == 0 || y.rank == 0 { return try x * y }
      if x.shape[x.rank - 1] != y.shape[y.rank - 1] {
        throw TensorError.runtime(
          "inner() the last dimension must match on both input tensors but got shapes \(x.shape) and "
            + "\(y.shape)")
      }
      return try contracted(x, y, [-1], [-1])
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([3]), SampleInput([3])), Sample(SampleInput([2, 3]), SampleInput([3])),
      Sample(SampleInput([2, 3], transposed: true), SampleInput([1, 2, 3])),
      Sample(SampleInput([]), SampleInput([2])),
    ])

  package static let tensordot = Operator<(first: Dims, second: Dims)>(
    "tensordot(Tensor self, Tensor other, int[] dims_self, int[] dims_other) -> Tensor",
    """
    Sum of products over pairs of dimensions of two tensors.

    The result has the other dimensions of self, then those of other. Errors: lists of different
    lengths, dimensions of different sizes, named twice or out of range, different dtypes.
    Derivative: that of the matrix product it comes to.
    """,
    gradName: "ViewBackward0",
    forward: .composedTwo { x, y, a in try contracted(x, y, a.first, a.second) },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([3, 2]), attributes: ([1], [0])),
      Sample(SampleInput([2, 3, 2]), SampleInput([2, 2, 3]), attributes: ([1, 0], [-1, 0])),
      Sample(SampleInput([2]), SampleInput([3]), attributes: ([], [])),
      Sample(SampleInput([2, 1]), SampleInput([3, 2]), attributes: ([1], [0])),
    ])

  private static func contracted(
    _ x: Tensor, _ y: Tensor, _ first: Dims, _ second: Dims
  ) throws -> Tensor {
    if first.count != second.count {
      throw TensorError.runtime("both dimension lists should have same length")
    }
    if x.dtype != y.dtype { throw TensorError.runtime("both inputs should have same dtype") }
    let (dims, others) = (try first.wrapped(rank: x.rank), try second.wrapped(rank: y.rank))
    var (left, right) = (x, y)
    var count = 1
    for (i, (dim, other)) in zip(dims, others).enumerated() {
      let (size, otherSize) = (x.shape[dim], y.shape[other])
      if size == 1 {
        right = try right.sum(dim: [other], keepdim: true)
      } else if otherSize == 1 {
        left = try left.sum(dim: [dim], keepdim: true)
      } else if size != otherSize {
        throw TensorError.runtime(
          "contracted dimensions need to match, but first has size \(size) in dim \(first[i]) and "
            + "second has size \(otherSize) in dim \(second[i])")
      } else {
        count &*= size
      }
    }
    let rows = (0..<x.rank).filter { !dims.contains($0) }
    let columns = (0..<y.rank).filter { !others.contains($0) }
    let (m, n) = (
      rows.reduce(1) { $0 &* x.shape[$1] }, columns.reduce(1) { $0 &* y.shape[$1] }
    )
    let product = try left.permute(Dims(rows + Array(dims))).reshape([m, count])
      .mm(right.permute(Dims(Array(others) + columns)).reshape([count, n]))
    return try product.view(Dims(rows.map { x.shape[$0] } + columns.map { y.shape[$0] }))
  }

  package static let linalgVecdot = Operator<Int>(
    "linalg_vecdot(Tensor x, Tensor y, *, int dim=-1) -> Tensor",
    """
    Scalar products of vectors along dim, of which the first are conjugated; the others broadcast.

    Errors: integers, different dtypes, shapes that do not broadcast.
    Derivative: those of product and sum.
    """,
    gradName: "SumBackward1",
    forward: .composedTwo { x, y, dim in
      if !x.dtype.isDifferentiable {
        throw TensorError.unsupported(
          "linalg.vecdot: Expected a floating point or complex tensor as input. Got "
            + x.dtype.scalarTypeName)
      }
      if x.dtype != y.dtype {
        throw TensorError.runtime(
          "linalg.vecdot: Expected x and y to have the same dtype, but found x of type "
            + "\(x.dtype.scalarTypeName) and y of type \(y.dtype.scalarTypeName) instead")
      }
      return try (x.conj() * y).sum(dim: [dim])
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([3]), attributes: -1),
      Sample(SampleInput([2, 3], transposed: true), SampleInput([2, 3]), attributes: 0),
    ])

  package static let linalgMultiDot = Operator<Void>(
    "linalg_multi_dot(Tensor[] tensors) -> Tensor",
    """
    Product of matrices, in the order that takes the fewest multiplications.

    The first and the last may be vectors: a row and a column. Errors: fewer than two tensors, other
    ranks, sizes that do not fit, different dtypes. Derivative: that of `mm`.
    Source: Cormen et al., "Introduction to Algorithms", chapter on dynamic programming.
    """,
    gradName: "ViewBackward0",
    forward: .composedList { tensors, _ in try chain(tensors) },
    derivative: .composed,
    samples: [
      Sample([SampleInput([2, 3]), SampleInput([3, 2]), SampleInput([2, 2])], attributes: ()),
      Sample([SampleInput([3]), SampleInput([3, 2]), SampleInput([2])], attributes: ()),
      Sample([SampleInput([2, 3]), SampleInput([3])], attributes: ()),
    ])

  package static let chainMatmul = Operator<Void>(
    "chain_matmul(Tensor[] matrices) -> Tensor",
    "Product of matrices; see `linalg_multi_dot`.",
    gradName: "ViewBackward0",
    forward: .composedList { matrices, _ in
      guard let first = matrices.first else {
        throw TensorError.runtime("chain_matmul(): Expected one or more matrices")
      }
      for matrix in matrices where matrix.rank != 2 {
        throw TensorError.runtime("Tensor dimension is \(matrix.rank), expected 2 instead.")
      }
      return matrices.count == 1 ? try first.clone() : try chain(matrices)
    },
    derivative: .composed,
    samples: [
      Sample([SampleInput([2, 3]), SampleInput([3, 2]), SampleInput([2, 1])], attributes: ())
    ])

  private static func chain(_ tensors: [Tensor]) throws -> Tensor {
    func failure(_ words: String) -> TensorError { .runtime("multi_dot(): \(words)") }
    let n = tensors.count
    if n < 2 { throw failure("expected at least 2 tensors but got \(n)") }
    var matrices = tensors
    var shape = Dims()
    switch tensors[0].rank {
    case 1: matrices[0] = try tensors[0].unsqueeze(dim: 0)
    case 2: shape.append(tensors[0].shape[0])
    default: throw failure("the first tensor must be 1D or 2D but got \(tensors[0].rank)D")
    }
    switch tensors[n - 1].rank {
    case 1: matrices[n - 1] = try tensors[n - 1].unsqueeze(dim: -1)
    case 2: shape.append(tensors[n - 1].shape[1])
    default: throw failure("the last tensor must be 1D or 2D but got \(tensors[n - 1].rank)D")
    }
    for i in 1..<n {
      if i < n - 1 && tensors[i].rank != 2 {
        throw failure("tensor \(i) must be 2D but got \(tensors[i].rank)D")
      }
      if tensors[i].dtype != tensors[0].dtype {
        throw failure(
          "all tensors must have be the same dtype but tensor 0 is \(tensors[0].dtype.compilerName) "
            + "and tensor \(i) \(tensors[i].dtype.compilerName)")
      }
      if matrices[i - 1].shape[1] != matrices[i].shape[0] {
        throw failure(
          "tensors \(i - 1) and \(i) with shapes \(tensors[i - 1].shape) and \(tensors[i].shape) "
            + "cannot be multiplied")
      }
    }
    return try Chain(matrices).product(0, n - 1).view(shape)
  }
}

/// The best order of the products of a chain of matrices.
private struct Chain {
  let matrices: [Tensor]
  /// Where to cut the part from one matrix to another.
  private var cuts: [[Int]]

  init(_ matrices: [Tensor]) {
    self.matrices = matrices
    let n = matrices.count
    let sizes = [matrices[0].shape[0]] + matrices.map { $0.shape[1] }
    cuts = Array(repeating: Array(repeating: 0, count: n), count: n)
    var costs = Array(repeating: Array(repeating: 0.0, count: n), count: n)
    for length in 1..<n {
      for i in 0..<(n - length) {
        let j = i + length
        costs[i][j] = .infinity
        for k in i..<j {
          let product = Double(sizes[i]) * Double(sizes[k + 1]) * Double(sizes[j + 1])
          let cost = costs[i][k] + costs[k + 1][j] + product
          if cost < costs[i][j] { (costs[i][j], cuts[i][j]) = (cost, k) }
        }
      }
    }
  }

  /// The product of the matrices from one to another. As deep as there are matrices, which a caller
  /// has in hand.
  func product(_ i: Int, _ j: Int) throws -> Tensor {
    if i == j { return matrices[i] }
    let k = cuts[i][j]
    return try product(i, k).mm(product(k + 1, j))
  }
}
