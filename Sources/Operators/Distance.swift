import Arrays
import Autograd
import Elements

// Distances between points, and the product that is at right angles to both factors.

extension Ops {
  package static let distances: [any AnyOperator] = [cdist, dist, linalgCross, cross]

  package static let cdist = Operator<(p: Double, computeMode: Int?)>(
    "cdist(Tensor x1, Tensor x2, float p=2, int? compute_mode=None) -> Tensor",
    """
    The distances between all rows of x1, of shape (…, P, M), and all of x2, of shape (…, R, M), in
    the p-norm: a tensor of shape (…, P, R). The dimensions in front broadcast.

    compute_mode says when distances of p = 2 are computed by a product of matrices, which is faster
    and less accurate: 0 where P or R is above 25, 1 always, 2 never.
    Errors: fewer than two dimensions, another number of columns, a negative p, integers.
    Derivative: g times that of the distance, which is taken to be zero where the distance is.
    """,
    gradName: "CdistBackward0",
    forward: .composedTwo { x, y, a in
      try checkDistances(x, y, a.p)
      let mode = a.computeMode ?? 0
      guard (0...2).contains(mode) else {
        throw TensorError.runtime("possible modes: 0, 1, 2, but was: \(mode)")
      }
      let (rows, columns) = (x.shape[x.rank - 2], y.shape[y.rank - 2])
      let lead = try Dims.broadcast(Dims(x.shape.dropLast(2)), Dims(y.shape.dropLast(2)))
      let length = x.shape[x.rank - 1]
      let left = try x.expand(lead.followed(by: rows, length))
      let right = try y.expand(lead.followed(by: columns, length))
      let isLarge = rows > 25 || columns > 25
      if a.p == 2, mode == 1 || mode == 0 && isLarge, left.count > 0, right.count > 0 {
        return try euclidean(left, right, ()).view(lead.followed(by: rows, columns))
      }
      return try distance(left, right, a.p)
    },
    derivative: .composed,
    samples: [0, 1, 1.5, 2, 3, .infinity].map {
      Sample(SampleInput([3, 2]), SampleInput([2, 2]), attributes: ($0, nil))
    } + [
      Sample(SampleInput([3, 2]), SampleInput([2, 2]), attributes: (2, 1)),
      Sample(SampleInput([2, 1, 3, 2]), SampleInput([3, 4, 2]), attributes: (2, 2)),
      Sample(SampleInput([0, 2]), SampleInput([3, 2]), attributes: (2, nil)),
    ])

  package static let dist = Operator<Scalar>(
    "dist(Tensor self, Tensor other, Scalar p=2) -> Tensor",
    """
    The p-norm of self - other, over all elements.

    Shapes broadcast. Errors: integers.
    Derivative: g times that of the norm, which is taken to be zero where the norm is.
    """,
    gradName: "DistBackward0",
    forward: .composedTwo { x, y, p in try wholeNorm(x - y, p.double) },
    derivative: .composed,
    samples: [0, 1, 1.5, 2, 3, .infinity].map {
      Sample(SampleInput([2, 3]), SampleInput([3]), attributes: .double($0))
    })

  package static let linalgCross: Operator<Int> = Operator(
    "linalg_cross(Tensor self, Tensor other, int dim=-1) -> Tensor",
    """
    The cross product of vectors of three elements, which lie along the dimension dim.

    The other dimensions broadcast. Errors: different ranks or dtypes, another size, bool.
    Derivative: other × g for self, g × self for other.
    """,
    forward: .two { x, y, dim, _ in try x.cross(y, dim: dim) },
    derivative: .of(
      .saving(.y) { g, c, dim in try Ops.linalgCross(c.y.conj(), g, dim) },
      .saving(.x) { g, c, dim in try Ops.linalgCross(g, c.x.conj(), dim) }),
    tangent: .bilinear,
    batching: .rule { batch, dim in
      let dim = try Dims.behindExamples(dim, rank: batch.rank(0))
      if batch.rank(0) != batch.rank(1) { return try batch.refusing() }
      return [try Ops.linalgCross(batch.batched(0), batch.batched(1), dim)]
    },
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([2, 3]), attributes: -1),
      Sample(SampleInput([3, 2], transposed: true), SampleInput([3, 1]), attributes: 0),
      Sample(SampleInput([3]), SampleInput([3]), attributes: 0),
      Sample(SampleInput([0, 3]), SampleInput([0, 3]), attributes: 1),
    ])

  package static let cross = Operator<Int?>(
    "cross(Tensor self, Tensor other, int? dim=None) -> Tensor",
    """
    The cross product of vectors of three elements, which lie along the dimension dim: the first one
    of size 3 where none is given.

    Errors: no such dimension, and those of `linalg_cross`.
    """,
    gradName: "LinalgCrossBackward0",
    forward: .composedTwo { x, y, dim in
      guard let dim = dim ?? x.shape.firstIndex(of: 3) else {
        throw TensorError.runtime("no dimension of size 3 in input")
      }
      return try linalgCross(x, y, dim)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([2, 3]), attributes: nil),
      Sample(SampleInput([3, 2]), SampleInput([3, 2]), attributes: 0),
    ])

  // What they are made of.

  /// The distances of the rows of two stacks of matrices with the same dimensions in front.
  private static let distance: Operator<Double> = Operator(
    "_cdist_forward(Tensor x1, Tensor x2, float p) -> Tensor", "Distances of rows.",
    gradName: "CdistBackward0",
    forward: .two { x, y, p, _ in try x.distances(to: y, p) },
    derivative: .of(
      .saving([.x, .y, .result]) { g, c, p in
        try rowGradient(g, c.x, c.y, c.result, p)
      },
      .saving([.x, .y, .result]) { g, c, p in
        try rowGradient(
          g.transpose(dim0: -1, dim1: -2), c.y, c.x, c.result.transpose(dim0: -1, dim1: -2), p)
      }),
    batching: .rule { batch, p in [try distance(batch.batched(0), batch.batched(1), p)] },
    samples: [])

  /// The gradient for the rows of x.
  private static func rowGradient(
    _ g: Tensor, _ x: Tensor, _ y: Tensor, _ distance: Tensor, _ p: Double
  ) throws -> Tensor {
    if isUnwatched(g, x, y), isUnwatched(distance) {
      return Tensor(try g.array.distanceGradient(x.array, y.array, distance.array, p))
    }
    let difference = try x.unsqueeze(dim: -2) - y.unsqueeze(dim: -3)
    let slope = try slope(difference, distance.unsqueeze(dim: -1), p)
    return try (g.unsqueeze(dim: -1) * slope).sum(dim: [-2])
  }

  /// The distances of p = 2 by way of |x|² - 2 x·y + |y|².
  private static let euclidean: Operator<Void> = Operator(
    "_euclidean_dist(Tensor x1, Tensor x2) -> Tensor", "Distances of rows by a product.",
    forward: .two { x, y, _, _ in
      func squares(_ x: NDArray) throws -> NDArray {
        try x.binary(.mul, x).reduced(.sum, [x.rank - 1], keepdim: true)
      }
      let product = try x.binary(.mul, -2).products(with: y.transposed(y.rank - 2, y.rank - 1))
      let sum = try product.binary(.add, squares(x))
      let columns = try squares(y).transposed(y.rank - 2, y.rank - 1)
      return try sum.binary(.add, columns).unary(.relu).unary(.sqrt)
    },
    derivative: .of(
      .saving([.x, .y, .result]) { g, c in try euclideanGradient(g, c.x, c.y, c.result) },
      .saving([.x, .y, .result]) { g, c in
        try euclideanGradient(
          g.transpose(dim0: -1, dim1: -2), c.y, c.x, c.result.transpose(dim0: -1, dim1: -2))
      }),
    batching: .rule { batch, _ in [try euclidean(batch.batched(0), batch.batched(1), ())] },
    samples: [])

  private static func euclideanGradient(
    _ g: Tensor, _ x: Tensor, _ y: Tensor, _ distance: Tensor
  ) throws -> Tensor {
    let ratio = try (g / distance).maskedFill(distance.eq(0), 0)
    return try x * ratio.sum(dim: [-1], keepdim: true) - ratio.matmul(y)
  }

  /// The p-norm of all elements.
  private static let wholeNorm: Operator<Double> = Operator(
    "_norm(Tensor self, float p) -> Tensor", "The p-norm of all elements.",
    gradName: "DistBackward0",
    forward: .one { x, p, _ in try x.normOfAll(p) },
    derivative: .of(
      .saving([.x, .result]) { g, c, p in
        let slope = try slope(c.x, c.result, p)
        // The largest ones share the gradient.
        return try p == .infinity ? g * slope / c.x.abs().eq(c.result).sum() : g * slope
      }),
    batching: .rule { batch, p in
      let x = try batch.batched(0)
      return [try normOfEach(batch, x, p)]
    },
    samples: [])

  /// The norm of each example: its distance from zero.
  private static func normOfEach(_ batch: Batch, _ x: Tensor, _ p: Double) throws -> Tensor {
    let rows = try x.reshape([batch.size, x.count / Swift.max(batch.size, 1)])
    let zeros = Tensor(try .full([batch.size, 1, rows.shape[1]], 0, x.dtype))
    return try cdist(rows.unsqueeze(dim: 1), zeros, (p, 2)).reshape([batch.size])
  }

  /// The derivative of a p-norm for a part of what it is the norm of.
  private static func slope(_ x: Tensor, _ norm: Tensor, _ p: Double) throws -> Tensor {
    if p == 0 { return try x.zeros }
    if p == 1 { return try sgn(x, ()) }
    if p == .infinity { return try sgn(x, ()) * x.abs().eq(norm) }
    if p == 2 { return try (x / norm).maskedFill(norm.eq(0), 0) }
    let power = try sgn(x, ()) * x.abs().pow(.double(p - 1)) * norm.pow(.double(1 - p))
    return try power.maskedFill(x.eq(0).logicalOr(norm.eq(0)), 0)
  }

  private static func checkDistances(_ x: Tensor, _ y: Tensor, _ p: Double) throws {
    for (name, tensor) in [("X1", x), ("X2", y)] where !tensor.dtype.isFloatingPoint {
      throw TensorError.runtime(
        "cdist only supports floating-point dtypes, \(name) got: \(tensor.dtype.scalarTypeName)")
    }
    for (name, tensor) in [("X1", x), ("X2", y)] where tensor.rank < 2 {
      throw TensorError.runtime(
        "cdist only supports at least 2D tensors, \(name) got: \(tensor.rank)D")
    }
    let (left, right) = (x.shape[x.rank - 1], y.shape[y.rank - 1])
    if left != right {
      throw TensorError.runtime(
        "X1 and X2 must have the same number of columns. X1: \(left) X2: \(right)")
    }
    if !(p >= 0) { throw TensorError.runtime("cdist only supports non-negative p values") }
    if x.dtype != y.dtype {
      throw TensorError.runtime(
        "expected scalar type \(x.dtype.scalarTypeName) but found \(y.dtype.scalarTypeName)")
    }
  }
}
