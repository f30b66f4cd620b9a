import Arrays
import Autograd
import Elements

// Differences of neighbours, and areas under points.

extension Ops {
  package static let differences: [any AnyOperator] = [
    diff, trapezoidX, trapezoid, cumulativeTrapezoidX, cumulativeTrapezoid,
  ]

  package static let diff = Operator<(n: Int, dim: Int)>(
    "diff(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None) -> Tensor",
    """
    Differences of neighbours along the dimension dim, n times: x[i + 1] - x[i].

    prepend and append are joined to self first; they have its sizes but for dim. bool is compared.
    Errors: a 0-d tensor; a negative n; a dimension out of range; other sizes.
    Derivative: that of a subtraction.
    """,
    forward: .composedOptional { x, prepend, append, a in
      guard x.rank > 0 else {
        throw TensorError.runtime("diff expects input to be at least one-dimensional")
      }
      guard a.n >= 0 else {
        throw TensorError.runtime("order must be non-negative but got \(a.n)")
      }
      let dim = try Dims.wrap(a.dim, rank: x.rank)
      for other in [prepend, append] {
        guard let other else { continue }
        guard other.rank == x.rank else {
          throw TensorError.runtime(
            "diff expects prepend or append to be the same dimension as input")
        }
        for i in 0..<x.rank where i != dim && other.shape[i] != x.shape[i] {
          throw TensorError.runtime(
            "diff expects the shape of tensor to prepend or append to match that of input except "
              + "along the differencing dimension; input.size(\(i)) = \(x.shape[i]), but got "
              + "tensor.size(\(i)) = \(other.shape[i])")
        }
      }
      if a.n == 0 { return try Tensor(.full(x.shape, 0, x.dtype)).copy_(x) }
      let parts = [prepend, x, append].compactMap(\.self)
      var result = try parts.count > 1 ? Tensor.cat(parts, dim: dim) : x
      if a.n > result.shape[dim] {
        return try result.narrow(dim: dim, start: 0, length: 0)
      }
      for _ in 0..<a.n {
        let count = result.shape[dim]
        let rest = Swift.max(count - 1, 0)
        let upper = try result.narrow(dim: dim, start: Swift.min(1, count), length: rest)
        let lower = try result.narrow(dim: dim, start: 0, length: rest)
        result = try x.dtype == .bool ? upper.logicalXor(lower) : upper - lower
      }
      return result
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 4]), attributes: (1, -1)),
      Sample(SampleInput([4, 3]), SampleInput([1, 3]), attributes: (2, 0)),
      Sample(SampleInput([2, 4]), SampleInput([2, 1]), SampleInput([2, 2]), attributes: (1, 1)),
    ])

  package static let trapezoidX = Operator<Int>(
    "trapezoid.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor",
    """
    Area under points along the dimension dim by the trapezoidal rule: sum((x[i + 1] - x[i]) *
    (y[i] + y[i + 1])) / 2.

    x has one dimension, or broadcasts against y.
    Errors: a dimension out of range; no x for each y.
    Derivative: that of its parts.
    """,
    forward: .composedTwo { y, x, dim in
      guard let (upper, lower) = try y.neighbours(dim) else {
        return try y.emptyArea(dim)
      }
      let widths = try y.widths(x, dim, "trapezoid")
      return try (widths * (upper + lower)).sum(dim: [dim]) / .double(2)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 4]), SampleInput([4]), attributes: -1),
      Sample(SampleInput([3, 2]), SampleInput([3, 2]), attributes: 0),
    ])

  package static let trapezoid = Operator<(dx: Scalar, dim: Int)>(
    "trapezoid(Tensor y, *, Scalar dx=1, int dim=-1) -> Tensor",
    """
    Area under points a distance of dx apart along the dimension dim by the trapezoidal rule.

    Errors: a dimension out of range; a bool dx.
    Derivative: that of its parts.
    """,
    forward: .composed { y, a in
      try a.dx.checkDistance("trapezoid")
      guard let (upper, lower) = try y.neighbours(a.dim) else {
        return try y.emptyArea(a.dim)
      }
      return try (upper + lower).sum(dim: [a.dim]) * .double(a.dx.double / 2)
    },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 4]), attributes: (2, -1))])

  package static let cumulativeTrapezoidX = Operator<Int>(
    "cumulative_trapezoid.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor",
    """
    Running areas under points along the dimension dim, as trapezoid.

    Errors: a dimension out of range; no x for each y.
    Derivative: that of its parts.
    """,
    forward: .composedTwo { y, x, dim in
      guard let (upper, lower) = try y.neighbours(dim) else { return y }
      let widths = try y.widths(x, dim, "cumulative_trapezoid")
      return try (widths * (upper + lower)).cumsum(dim: dim) / .double(2)
    },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 4]), SampleInput([4]), attributes: -1)])

  package static let cumulativeTrapezoid = Operator<(dx: Scalar, dim: Int)>(
    "cumulative_trapezoid(Tensor y, *, Scalar dx=1, int dim=-1) -> Tensor",
    """
    Running areas under points a distance of dx apart along the dimension dim, as trapezoid.

    Errors: a dimension out of range; a bool dx.
    Derivative: that of its parts.
    """,
    forward: .composed { y, a in
      try a.dx.checkDistance("cumulative_trapezoid")
      guard let (upper, lower) = try y.neighbours(a.dim) else { return y }
      return try (.double(a.dx.double / 2) * (upper + lower)).cumsum(dim: a.dim)
    },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 4]), attributes: (2, -1))])
}

extension Tensor {
  /// The elements but the first, and those but the last, along a dimension; nil where it has none.
  fileprivate func neighbours(_ dim: Int) throws -> (upper: Tensor, lower: Tensor)? {
    if rank == 0 {
      throw TensorError.index("Dimension specified as \(dim) but tensor has no dimensions")
    }
    let count = shape[try Dims.wrap(dim, rank: rank)]
    if count == 0 { return nil }
    return (
      try narrow(dim: dim, start: 1, length: count - 1),
      try narrow(dim: dim, start: 0, length: count - 1)
    )
  }

  /// The area under no points.
  fileprivate func emptyArea(_ dim: Int) throws -> Tensor {
    var sizes = shape
    sizes.remove(at: try Dims.wrap(dim, rank: rank))
    return Tensor(try .full(sizes, 0, dtype))
  }

  /// The distances between the places `x` of these points, which broadcast against them.
  fileprivate func widths(_ x: Tensor, _ dim: Int, _ name: String) throws -> Tensor {
    let dim = try Dims.wrap(dim, rank: rank)
    let length = shape[dim]
    var x = x
    var own = dim
    if x.rank == 1 {
      guard x.shape[0] == length else {
        throw TensorError.runtime("\(name): There must be one `x` value for each sample point")
      }
      var sizes = Dims(repeating: 1, count: rank)
      sizes[dim] = length
      x = try x.reshape(sizes)
    } else {
      guard x.rank > 0 else {
        throw TensorError.runtime("\(name): There must be one `x` value for each sample point")
      }
      own = x.rank - (rank - dim)
      guard own >= 0, x.shape[own] == length else {
        throw TensorError.runtime("\(name): There must be one `x` value for each sample point")
      }
    }
    guard let (upper, lower) = try x.neighbours(own) else { return x }
    return try upper - lower
  }
}

extension Scalar {
  fileprivate func checkDistance(_ name: String) throws {
    if case .bool = self {
      throw TensorError.runtime("\(name): Currently, we only support dx as a real number.")
    }
  }
}
