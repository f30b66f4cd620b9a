import Arrays
import Autograd
import Elements

// Sums, differences and products of tensors and numbers.

extension Ops {
  package static let arithmetic: [any AnyOperator] = [
    add, addScalar, sub, subScalar, rsub, rsubScalar, mul, mulScalar,
  ]

  package static let add = Operator<Scalar>(
    "add(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
    """
    Sum of two tensors, element by element: self + alpha * other.

    Shapes broadcast; the dtype is what both promote to. On bool it is the logical or.
    Derivative: g for self, alpha * g for other.
    """,
    inPlace: .available,
    forward: .two { x, y, alpha, out in
      if alpha == .int(1) { return try x.binary(.add, y, into: out) }
      return try x.binary(.add, y.scaled(by: alpha, for: x, into: out), into: out)
    },
    derivative: .of(.identity, .linear { g, _, alpha in try g.scaled(by: alpha.conjugate) }),
    tangent: .elementwise, batching: .elementwise,
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
      let dtype = Promotion.of(x, a.other)
      try out?.checkWritable(x.sizes, dtype)
      return try x.binary(.add, a.other.scaled(by: a.alpha, in: dtype), dtype: dtype, into: out)
    },
    derivative: .of(.identity),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: (1.5, 2)))

  package static let sub = Operator<Scalar>(
    "sub(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
    """
    Difference of two tensors, element by element: self - alpha * other.

    Shapes broadcast; the dtype is what both promote to. uint8 wraps; bool is refused.
    Derivative: g for self, -alpha * g for other.
    """,
    inPlace: .available,
    forward: .two { x, y, alpha, out in
      try checkSubtraction(x.dtype, y.dtype)
      if alpha == .int(1) { return try x.binary(.sub, y, into: out) }
      return try x.binary(.sub, y.scaled(by: alpha, for: x, into: out), into: out)
    },
    derivative: .of(.identity, .linear { g, _, alpha in try -g.scaled(by: alpha.conjugate) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary(attributes: 1) + .binary(attributes: 2.5))

  package static let subScalar = Operator<(other: Scalar, alpha: Scalar)>(
    "sub.Scalar(Tensor self, Scalar other, *, Scalar alpha=1) -> Tensor",
    """
    Difference of a tensor and a number: self - alpha * other.

    A float number turns an integer tensor into float32; an integer leaves every dtype as it is.
    bool is refused. Derivative: g.
    """,
    inPlace: .available,
    forward: .one { x, a, out in
      try checkSubtraction(x.dtype, a.other.dtype)
      let dtype = Promotion.of(x, a.other)
      try out?.checkWritable(x.sizes, dtype)
      return try x.binary(.sub, a.other.scaled(by: a.alpha, in: dtype), dtype: dtype, into: out)
    },
    derivative: .of(.identity),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: (1.5, 2)))

  package static let rsub = Operator<Scalar>(
    "rsub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
    """
    Difference of two tensors the other way round: other - alpha * self.

    Shapes broadcast; the dtype is what both promote to. uint8 wraps; bool is refused.
    Derivative: -alpha * g for self, g for other.
    """,
    forward: .two { x, y, alpha, _ in
      try checkSubtraction(x.dtype, y.dtype)
      if alpha == .int(1) { return try y.binary(.sub, x) }
      return try y.binary(.sub, x.scaled(by: alpha, for: y, into: nil))
    },
    derivative: .of(.linear { g, _, alpha in try -g.scaled(by: alpha.conjugate) }, .identity),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary(attributes: 1) + .binary(attributes: 2.5))

  package static let rsubScalar = Operator<(other: Scalar, alpha: Scalar)>(
    "rsub.Scalar(Tensor self, Scalar other, *, Scalar alpha=1) -> Tensor",
    """
    Difference of a number and a tensor: other - alpha * self.

    A float number turns an integer tensor into float32; an integer leaves every dtype as it is.
    bool is refused. Derivative: -alpha * g.
    """,
    gradName: "RsubBackward1",
    forward: .one { x, a, _ in
      try checkSubtraction(x.dtype, a.other.dtype)
      let dtype = Promotion.of(x, a.other)
      let scaled = try x.scaled(by: a.alpha, in: dtype)
      return try scaled.binary(.sub, a.other, reversed: true, dtype: dtype)
    },
    derivative: .of(.linear { g, _, a in try -g.scaled(by: a.alpha.conjugate) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: (1.5, 2)) + .unary(attributes: (1, 1)))

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
      .saving(.y) { g, c in try g * c.y.conj() },
      .saving(.x) { g, c in try g * c.x.conj() }),
    tangent: .elementwise, batching: .elementwise,
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
    derivative: .of(.linear { g, _, number in try g * number.conjugate }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: -1.5))
}

/// - Throws: `TensorError.unsupported` when an operand is bool.
private func checkSubtraction(_ x: DType, _ y: DType) throws {
  if x == .bool && y == .bool {
    throw TensorError.unsupported(
      "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
        + "`logical_xor()` operator instead.")
  }
  if x == .bool || y == .bool {
    throw TensorError.unsupported(
      "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to "
        + "invert a mask, use the `~` or `logical_not()` operator instead.")
  }
}

extension NDArray {
  /// This array times alpha, in the dtype that a sum with `other` has.
  func scaled(
    by alpha: Scalar, for other: NDArray, into out: NDArray?
  ) throws -> NDArray {
    let dtype = Promotion.of(other, self)
    try other.checkResult(with: self, dtype, into: out)
    return try scaled(by: alpha, in: dtype)
  }

  /// This array times alpha; itself when alpha is one.
  func scaled(by alpha: Scalar, in dtype: DType) throws -> NDArray {
    if alpha == .int(1) { return self }
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
  /// This number times alpha, an integer where the dtype is one.
  func scaled(by alpha: Scalar, in dtype: DType) throws -> Scalar {
    // The product of a complex one and what is not finite has nan for its imaginary part.
    if alpha == .int(1) && !dtype.isComplex { return self }
    try alpha.checkAlpha(for: dtype)
    if dtype.isComplex {
      return .complex(
        double * alpha.double - imaginary * alpha.imaginary,
        double * alpha.imaginary + imaginary * alpha.double)
    }
    if dtype.isFloatingPoint { return .double(double * alpha.double) }
    return .int(int64 &* alpha.int64)
  }

  /// - Throws: `TensorError.runtime` for a float alpha where the result is an integer, and for a
  ///   bool where it is a number; `.conversionOverflow`.
  fileprivate func checkAlpha(for dtype: DType) throws {
    if isComplex && !dtype.isComplex {
      throw TensorError.runtime(
        "For non-complex input tensors, argument alpha must not be a complex number.")
    }
    if isFloatingPoint && !dtype.isDifferentiable {
      throw TensorError.runtime(
        "For integral input tensors, argument alpha must not be a floating point number.")
    }
    if case .bool = self, dtype != .bool {
      throw TensorError.runtime("Boolean alpha only supported for Boolean results.")
    }
    try check(fits: dtype)
  }
}
