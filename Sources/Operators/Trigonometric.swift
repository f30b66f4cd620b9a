import Arrays
import Autograd

// Sine, cosine and tangent of each element, of circles and of hyperbolas, and their inverses.

extension Ops {
  package static let trigonometric: [any AnyOperator] = [
    sin, cos, tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh, rad2deg, deg2rad,
  ]

  package static let sin = Operator(
    "sin(Tensor self) -> Tensor", .sin,
    """
    Sine of each element, in radians. Integers become float32.

    Derivative: g * cos(x).
    """,
    derivative: .of(.saving(.x) { g, c in try g * c.x.cos().conj() }))

  package static let cos = Operator(
    "cos(Tensor self) -> Tensor", .cos,
    """
    Cosine of each element, in radians. Integers become float32.

    Derivative: -g * sin(x).
    """,
    derivative: .of(.saving(.x) { g, c in try g * -c.x.sin().conj() }))

  package static let tan = Operator(
    "tan(Tensor self) -> Tensor", .tan,
    """
    Tangent of each element, in radians. Integers become float32.

    Derivative: g * (1 + tan(x)^2).
    """,
    derivative: .of(.saving(.result) { g, c in try g * (c.result.pow(2) + 1).conj() }),
    on: (-1.2, 1.2))

  package static let asin = Operator(
    "asin(Tensor self) -> Tensor", .asin,
    """
    Angle from -pi/2 to pi/2 whose sine each element is; nan beyond 1. Integers become float32.

    Derivative: g / sqrt(1 - x^2).
    """,
    derivative: .of(.saving(.x) { g, c in try g * (1 - c.x.square()).rsqrt().conj() }),
    on: (-0.9, 0.9))

  package static let acos = Operator(
    "acos(Tensor self) -> Tensor", .acos,
    """
    Angle from 0 to pi whose cosine each element is; nan beyond 1. Integers become float32.

    Derivative: -g / sqrt(1 - x^2).
    """,
    derivative: .of(.saving(.x) { g, c in try g * -(1 - c.x.square()).rsqrt().conj() }),
    on: (-0.9, 0.9))

  package static let atan = Operator(
    "atan(Tensor self) -> Tensor", .atan,
    """
    Angle from -pi/2 to pi/2 whose tangent each element is. Integers become float32.

    Derivative: g / (1 + x^2).
    """,
    derivative: .of(.saving(.x) { g, c in try g / (c.x.square() + 1).conj() }))

  package static let sinh: Operator<Void> = Operator(
    "sinh(Tensor self) -> Tensor", .sinh,
    """
    Hyperbolic sine of each element, (e^x - e^-x) / 2. Integers become float32.

    Derivative: g * cosh(x).
    """,
    derivative: .of(.saving(.x) { g, c in try g * cosh(c.x, ()).conj() }))

  package static let cosh: Operator<Void> = Operator(
    "cosh(Tensor self) -> Tensor", .cosh,
    """
    Hyperbolic cosine of each element, (e^x + e^-x) / 2. Integers become float32.

    Derivative: g * sinh(x).
    """,
    derivative: .of(.saving(.x) { g, c in try g * sinh(c.x, ()).conj() }))

  package static let asinh = Operator(
    "asinh(Tensor self) -> Tensor", .asinh,
    """
    Number whose hyperbolic sine each element is. Integers become float32.

    Derivative: g / sqrt(x^2 + 1).
    """,
    derivative: .of(.saving(.x) { g, c in try g * (c.x.square() + 1).rsqrt().conj() }))

  package static let acosh = Operator(
    "acosh(Tensor self) -> Tensor", .acosh,
    """
    Number whose hyperbolic cosine each element is; nan below 1. Integers become float32.

    Derivative: g / sqrt(x^2 - 1).
    """,
    derivative: .of(
      .saving(.x) { g, c in
        let x = try c.x
        // The root of a product of complex numbers may be on the other side.
        if x.dtype.isComplex { return try g * ((x - 1).rsqrt() * (x + 1).rsqrt()).conj() }
        return try g * (x.square() - 1).rsqrt()
      }),
    on: (1.2, 4))

  package static let atanh = Operator(
    "atanh(Tensor self) -> Tensor", .atanh,
    """
    Number whose hyperbolic tangent each element is; nan beyond 1. Integers become float32.

    Derivative: g / (1 - x^2).
    """,
    derivative: .of(.saving(.x) { g, c in try g / (1 - c.x.square()).conj() }), on: (-0.9, 0.9))

  package static let rad2deg = angular(
    "rad2deg(Tensor self) -> Tensor", 180 / Double.pi, gradName: "Rad2DegBackward0",
    """
    Degrees of each angle, 180 / pi times it. Integers become float32; complex numbers are refused.

    Derivative: g * 180 / pi.
    """)

  package static let deg2rad = angular(
    "deg2rad(Tensor self) -> Tensor", Double.pi / 180, gradName: "Deg2RadBackward0",
    """
    Each angle, given in degrees, in radians. Integers become float32; complex numbers are refused.

    Derivative: g * pi / 180.
    """)

  /// A product with a number that does not depend on the dtype.
  private static func angular(
    _ schema: String, _ factor: Double, gradName: String, _ documentation: String
  ) -> Operator<Void> {
    let name = schema.prefix { $0 != "(" }
    return Operator<Void>(
      schema, documentation, gradName: gradName, inPlace: .available,
      forward: .one { x, _, out in
        if x.dtype.isComplex {
          throw TensorError.unsupported("\(name) is not supported for complex tensors.")
        }
        return try x.binary(.mul, .double(factor), into: out)
      },
      derivative: .of(.linear { g, _ in try g * .double(factor) }),
      tangent: .elementwise, batching: .elementwise, samples: .unary())
  }
}
