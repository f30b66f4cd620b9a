import Arrays
import Autograd

// Exponentials and logarithms of each element.

extension Ops {
  package static let exponentials: [any AnyOperator] = [exp, expm1, log, log1p, erf]

  package static let exp = Operator(
    "exp(Tensor self) -> Tensor", .exp,
    """
    Exponential of each element, e^x. Integers become float32.

    Derivative: g * e^x.
    """,
    derivative: .of(.saving(.result) { g, c in try g * c.result }))

  package static let expm1 = Operator(
    "expm1(Tensor self) -> Tensor", .expm1,
    """
    Exponential of each element minus one, e^x - 1, exact for small x. Integers become float32.

    Derivative: g * e^x.
    """,
    derivative: .of(.saving(.result) { g, c in try g * (c.result + 1) }))

  package static let log = Operator(
    "log(Tensor self) -> Tensor", .log,
    """
    Natural logarithm of each element; nan for negative numbers. Integers become float32.

    Derivative: g / x.
    """,
    derivative: .of(.saving(.x) { g, c in try g / c.x }), on: (0.2, 3))

  package static let log1p = Operator(
    "log1p(Tensor self) -> Tensor", .log1p,
    """
    Natural logarithm of one plus each element, exact for small x. Integers become float32.

    Derivative: g / (1 + x).
    """,
    gradName: "Log1PBackward0",
    derivative: .of(.saving(.x) { g, c in try g / (c.x + 1) }), on: (-0.8, 3))

  package static let erf = Operator(
    "erf(Tensor self) -> Tensor", .erf,
    """
    Error function of each element, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.
    Integers become float32.

    Derivative: g * 2 / sqrt(pi) * e^(-x^2).
    """,
    derivative: .of(
      .saving(.x) { g, c in try .double(2 / Double.pi.squareRoot()) * (-c.x.pow(2)).exp() * g }))
}
