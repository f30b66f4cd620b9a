import Arrays
import Autograd
import Elements

// Sums, products and quotients of tensors and numbers.

extension Ops {
  package static let arithmetic: [OperatorDefinition] = [add, addScalar, mul, mulScalar]

  package static let add = Operator<Scalar>(
    "add(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
    """
    Sum of two tensors, element by element: self + alpha * other.

    Shapes broadcast; the dtype is what both promote to. On bool it is the logical or.
    Derivative: g for self, alpha * g for other.
    """,
    inPlace: .available,
    forward: .two { x, y, alpha, out in
      try x.binary(.add, y.scaled(by: alpha, with: x), into: out)
    },
    derivative: .of(.identity, .linear { g, _, alpha in try g.scaled(by: alpha) }),
    samples: .binary(attributes: 1) + .binary(attributes: 2.5))

  package static let addScalar = Operator<(other: Scalar, alpha: Scalar)>(
    "add.Scalar(Tensor self, Scalar other, *, Scalar alpha=1) -> Tensor",
    """
    Sum of a tensor and a number: self + alpha * other.

    A float number turns an integer tensor into float32; an integer leaves every dtype as it is.
    Derivative: g.
    """,
    inPlace: .available,
    forward: .one { x, a, out in
      try x.binary(.add, try Scalar.product(a.alpha, a.other), into: out)
    },
    derivative: .of(.identity),
    samples: .unary(attributes: (1.5, 2)))

  package static let mul = Operator<Void>(
    "mul(Tensor self, Tensor other) -> Tensor",
    """
    Product of two tensors, element by element.

    Shapes broadcast; the dtype is what both promote to. On bool it is the logical and.
    Derivative: g * other for self, g * self for other.
    """,
    inPlace: .available,
    forward: .two { x, y, _, out in try x.binary(.mul, y, into: out) },
    derivative: .of(
      .saving(.y) { g, c in try g * c.y },
      .saving(.x) { g, c in try g * c.x }),
    samples: .binary())

  package static let mulScalar = Operator<Scalar>(
    "mul.Scalar(Tensor self, Scalar other) -> Tensor",
    """
    Product of a tensor and a number.

    A float number turns an integer tensor into float32; an integer leaves every dtype as it is.
    Derivative: g * other.
    """,
    inPlace: .available,
    forward: .one { x, number, out in try x.binary(.mul, number, into: out) },
    derivative: .of(.linear { g, _, number in try g * number }),
    samples: .unary(attributes: -1.5))
}

extension NDArray {
  /// This array times alpha, in the dtype that a sum with `other` has; itself when alpha is one.
  func scaled(by alpha: Scalar, with other: NDArray) throws -> NDArray {
    if alpha == .int(1) || alpha == .double(1) { return self }
    let dtype = Promotion.of(other, self)
    try alpha.checkAlpha(for: dtype)
    return try binary(.mul, alpha, dtype: dtype)
  }
}

extension Tensor {
  /// This tensor times alpha; itself when alpha is one.
  func scaled(by alpha: Scalar) throws -> Tensor {
    alpha == .int(1) || alpha == .double(1) ? self : try self * alpha
  }
}

extension Scalar {
  /// - Throws: `TensorError.runtime` for a float alpha where the result is an integer.
  func checkAlpha(for dtype: DType) throws {
    if isFloatingPoint && !dtype.isFloatingPoint {
      throw TensorError.runtime(
        "For integral input tensors, argument alpha must not be a floating point number.")
    }
    if case .bool = self, dtype != .bool {
      throw TensorError.runtime("Boolean alpha only supported for Boolean results.")
    }
  }

  /// The product, an integer where both are.
  static func product(_ a: Scalar, _ b: Scalar) throws -> Scalar {
    if a == .int(1) { return b }
    if a.isFloatingPoint || b.isFloatingPoint { return .double(a.double * b.double) }
    return .int(a.int64 &* b.int64)
  }
}
