import Arrays
import Autograd

// Whole numbers near each element. Integers are whole already, bool is refused.

extension Ops {
  package static let rounding: [any AnyOperator] = [floor, ceil, round, trunc]

  package static let floor = Operator(
    "floor(Tensor self) -> Tensor", .floor,
    """
    Largest whole number that is not above each element.

    Derivative: zero.
    """,
    derivative: .zero)

  package static let ceil = Operator(
    "ceil(Tensor self) -> Tensor", .ceil,
    """
    Least whole number that is not below each element.

    Derivative: zero.
    """,
    derivative: .zero)

  package static let round = Operator(
    "round(Tensor self) -> Tensor", .round,
    """
    Whole number nearest to each element; of two that are equally near, the even one.

    Derivative: zero.
    """,
    derivative: .zero)

  package static let trunc = Operator(
    "trunc(Tensor self) -> Tensor", .trunc,
    """
    Each element without its fraction.

    Derivative: zero.
    """,
    derivative: .zero)
}
