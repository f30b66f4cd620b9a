import Arrays
import Autograd
import Elements

extension Operator where Attributes == Void {
  /// A function of each element, which can also be written in place.
  ///
  /// - Parameter domain: where samples are taken, away from points without a derivative.
  init(
    _ schema: String, _ function: UnaryOperation, _ documentation: String, gradName: String? = nil,
    derivative: Derivative<Void>, on domain: (Double, Double) = (-2, 2)
  ) {
    self.init(
      schema, documentation, gradName: gradName, inPlace: .available,
      forward: .one { x, _, out in try x.unary(function, into: out) },
      derivative: derivative, tangent: .elementwise, batching: .elementwise,
      samples: .unary(domain.0, domain.1))
  }
}

// Signs, powers and roots of each element.

extension Ops {
  package static let unary: [any AnyOperator] = [
    neg, positive, abs, sign, sgn, square, sqrt, rsqrt, reciprocal, nanToNum,
  ]

  package static let neg = Operator<Void>(
    "neg(Tensor self) -> Tensor",
    """
    Negative of each element. Integers wrap; bool is refused.

    Derivative: -g.
    """,
    inPlace: .available,
    forward: .one { x, _, out in
      if x.dtype == .bool {
        throw TensorError.unsupported(
          "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
            + "invert a mask, use the `~` or `logical_not()` operator instead.")
      }
      return try x.unary(.neg, into: out)
    },
    derivative: .of(.linear { g, _ in try -g }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary())

  package static let positive = Operator<Void>(
    "positive(Tensor self) -> Tensor",
    """
    The tensor itself; bool is refused.
    """,
    forward: .composed { x, _ in
      if x.dtype == .bool {
        throw TensorError.unsupported("The `+` operator, on a bool tensor is not supported.")
      }
      return x
    },
    derivative: .composed,
    samples: .unary())

  package static let abs = Operator<Void>(
    "abs(Tensor self) -> Tensor",
    """
    Absolute value of each element; of a complex one, its distance from zero, which is real. The
    least integer is its own; bool is refused.

    Derivative: g * sgn(x), which is 0 at 0.
    """,
    inPlace: .available,
    forward: .one { x, _, out in
      if out != nil && x.dtype.isComplex {
        throw TensorError.runtime("In-place abs is not supported for complex tensors.")
      }
      return try x.unary(.abs, into: out)
    },
    derivative: .of(.saving(.x) { g, c in try g * sgn(c.x, ()) }),
    tangent: .formula { c, _ in
      guard let tangent = c.tangent(0) else { return [nil] }
      let product = try tangent * sgn(c.x, ()).conj()
      return [product.dtype.isComplex ? try product.real() : product]
    },
    batching: .elementwise,
    samples: .unary())

  package static let sign = Operator<Void>(
    "sign(Tensor self) -> Tensor",
    """
    Sign of each element: -1, 0 or 1; 0 for nan. bool stays as it is, complex numbers are refused.

    Derivative: zero.
    """,
    inPlace: .available,
    forward: .one { x, _, out in
      if x.dtype.isComplex {
        throw TensorError.unsupported(
          "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn "
            + "instead.")
      }
      return try x.unary(.sign, into: out)
    },
    derivative: .zero, batching: .elementwise,
    samples: .unary())

  package static let sgn: Operator<Void> = Operator(
    "sgn(Tensor self) -> Tensor",
    """
    Sign of each element: -1, 0 or 1; 0 for nan. bool stays as it is. A complex number is divided by
    its magnitude, unless that is 0.

    Derivative: zero; of a complex number, (g - s Re(conj(s) g)) / |x|, where s is the result, and 0
    at 0.
    """,
    inPlace: .available,
    forward: .one { x, _, out in try x.unary(.sign, into: out) },
    derivative: .of(.saving(.x) { g, c in try g.turned(c.x) }),
    tangent: .formula { c, _ in [try c.tangent(0)?.turned(c.x)] },
    batching: .elementwise,
    samples: .unary())

  package static let square = Operator<Void>(
    "square(Tensor self) -> Tensor",
    """
    Square of each element. Integers wrap; bool becomes int64.

    Derivative: 2 * g * x.
    """,
    gradName: "PowBackward0", inPlace: .available,
    forward: .one { x, _, out in
      let dtype = x.dtype == .bool ? DType.int64 : x.dtype
      return try x.cast(to: dtype).unary(.square, into: out)
    },
    derivative: .of(.saving(.x) { g, c in try g * (2 * c.x).conj() }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary())

  package static let sqrt = Operator(
    "sqrt(Tensor self) -> Tensor", .sqrt,
    """
    Square root of each element; nan for negative numbers. Integers become float32.

    Derivative: g / (2 * sqrt(x)), which is infinite at 0.
    """,
    derivative: .of(.saving(.result) { g, c in try g / (2 * c.result.conj()) }), on: (0.2, 3))

  package static let rsqrt = Operator(
    "rsqrt(Tensor self) -> Tensor", .rsqrt,
    """
    Reciprocal of the square root of each element. Integers become float32.

    Derivative: -g / 2 * rsqrt(x)^3.
    """,
    derivative: .of(.saving(.result) { g, c in try -0.5 * g * c.result.pow(3).conj() }),
    on: (0.2, 3))

  package static let reciprocal = Operator(
    "reciprocal(Tensor self) -> Tensor", .reciprocal,
    """
    Reciprocal of each element, 1 / x. Integers become float32.

    Derivative: -g / x^2.
    """,
    derivative: .of(.saving(.result) { g, c in try -g * (c.result * c.result).conj() }),
    on: (0.5, 2))

  package static let nanToNum = Operator<(nan: Double?, posinf: Double?, neginf: Double?)>(
    "nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor",
    """
    Each element, but nan as the first number (0), inf and -inf as the others (the largest and the
    smallest finite number of the dtype). Integers and bool stay as they are.

    Derivative: g where the element is finite, else 0.
    """,
    inPlace: .available,
    forward: .one { x, a, out in
      guard x.dtype.isDifferentiable else { return try out ?? x.copied() }
      let largest = x.dtype.real.largest
      let numbers = ActivationNumbers(a.nan ?? 0, a.posinf ?? largest, a.neginf ?? -largest)
      if x.dtype.isComplex {
        return try x.parts.activation(.replaceSpecial, numbers).joinedParts().moved(into: out)
      }
      return try x.activation(.replaceSpecial, numbers, into: out)
    },
    derivative: .of(.saving(.x) { g, c, _ in try g.maskedFill(c.x.isfinite().logicalNot(), 0) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: (nil, nil, nil)) + .unary(attributes: (1, 2, -2)))
}

extension Tensor {
  /// What changes of the direction of a complex number `x` by this change of it; also the other way
  /// round.
  fileprivate func turned(_ x: Tensor) throws -> Tensor {
    guard x.dtype.isComplex else { return try zeros }
    let direction = try Ops.sgn(x, ())
    let magnitude = try x.abs()
    let along = try (self * direction.conj()).real() * direction
    return try ((self - along) / magnitude).maskedFill(magnitude.eq(0), 0)
  }
}
