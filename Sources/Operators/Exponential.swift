import Arrays
import Autograd

// Exponentials and logarithms of each element.

extension Ops {
  package static let exponentials: [any AnyOperator] = [exp, exp2, expm1, log, log2, log10, log1p]

  package static let exp = Operator(
    "exp(Tensor self) -> Tensor", .exp,
    """
    Exponential of each element, e^x. Integers become float32.

    Derivative: g * e^x.
    """,
    derivative: .of(.saving(.result) { g, c in try g * c.result.conj() }))

  package static let exp2 = Operator(
    "exp2(Tensor self) -> Tensor", .exp2,
    """
    Two to the power of each element, 2^x. Integers become float32.

    Derivative: g * 2^x * log(2).
    """,
    derivative: .of(.saving(.result) { g, c in try g * c.result.conj() * .double(ln2) }))

  package static let expm1 = Operator(
    "expm1(Tensor self) -> Tensor", .expm1,
    """
    Exponential of each element minus one, e^x - 1, exact for small x. Integers become float32.

    Derivative: g * e^x.
    """,
    derivative: .of(.saving(.result) { g, c in try g * (c.result.conj() + 1) }))

  package static let log = Operator(
    "log(Tensor self) -> Tensor", .log,
    """
    Natural logarithm of each element; nan for negative numbers. Integers become float32.

    Derivative: g / x.
    """,
    derivative: .of(.saving(.x) { g, c in try g / c.x.conj() }), on: (0.2, 3))

  package static let log2 = Operator(
    "log2(Tensor self) -> Tensor", .log2,
    """
    Logarithm to base 2 of each element; nan for negative numbers. Integers become float32.

    Derivative: g / (x log(2)).
    """,
    derivative: .of(.saving(.x) { g, c in try g / (c.x.conj() * .double(ln2)) }), on: (0.2, 3))

  package static let log10 = Operator(
    "log10(Tensor self) -> Tensor", .log10,
    """
    Logarithm to base 10 of each element; nan for negative numbers. Integers become float32.

    Derivative: g / (x log(10)).
    """,
    derivative: .of(.saving(.x) { g, c in try g / (c.x.conj() * .double(ln10)) }), on: (0.2, 3))

  package static let log1p = Operator(
    "log1p(Tensor self) -> Tensor", .log1p,
    """
    Natural logarithm of one plus each element, exact for small x. Integers become float32.

    Derivative: g / (1 + x).
    """,
    gradName: "Log1PBackward0",
    derivative: .of(.saving(.x) { g, c in try g / (c.x + 1).conj() }), on: (-0.8, 3))

  private static let ln2 = 0.693147180559945309417232121458
  private static let ln10 = 2.30258509299404568401799145468
}
