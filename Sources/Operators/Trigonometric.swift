import Arrays
import Autograd

// Sine, cosine and tangent of each element.

extension Ops {
  package static let trigonometric: [any AnyOperator] = [sin, cos, tan]

  package static let sin = Operator(
    "sin(Tensor self) -> Tensor", .sin,
    """
    Sine of each element, in radians. Integers become float32.

    Derivative: g * cos(x).
    """,
    derivative: .of(.saving(.x) { g, c in try g * c.x.cos() }))

  package static let cos = Operator(
    "cos(Tensor self) -> Tensor", .cos,
    """
    Cosine of each element, in radians. Integers become float32.

    Derivative: -g * sin(x).
    """,
    derivative: .of(.saving(.x) { g, c in try g * -c.x.sin() }))

  package static let tan = Operator(
    "tan(Tensor self) -> Tensor", .tan,
    """
    Tangent of each element, in radians. Integers become float32.

    Derivative: g * (1 + tan(x)^2).
    """,
    derivative: .of(.saving(.result) { g, c in try g * (c.result.pow(2) + 1) }), on: (-1.2, 1.2))
}
