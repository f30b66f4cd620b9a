import Arrays
import Autograd
import Elements
import Glibc

// Whole numbers near each element. Integers are whole already, bool is refused.

extension Ops {
  package static let rounding: [any AnyOperator] = [floor, ceil, round, roundDecimals, trunc, frac]

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

  package static let roundDecimals = Operator<Int>(
    "round.decimals(Tensor self, *, int decimals) -> Tensor",
    """
    Each element rounded to so many digits behind the point, or before it where decimals is
    negative; of two numbers that are equally near, the even one. Integers are refused.

    Derivative: zero.
    """,
    gradName: "RoundBackward1", inPlace: .available,
    forward: .one { x, decimals, out in
      if decimals == 0 {
        if x.dtype.isInteger {
          throw TensorError.notImplemented(kernel: "round_vml_cpu", x.dtype)
        }
        return try x.unary(.round, into: out)
      }
      let power = Glibc.pow(10, Double(decimals.magnitude))
      return try x.activation(
        .roundToMultiple, ActivationNumbers(power, decimals < 0 ? 1 : 0), into: out)
    },
    derivative: .zero,
    batching: .elementwise,
    samples: .unary(attributes: 1) + .unary(-200, 200, attributes: -1) + .unary(attributes: 0))

  package static let trunc = Operator(
    "trunc(Tensor self) -> Tensor", .trunc,
    """
    Each element without its fraction.

    Derivative: zero.
    """,
    derivative: .zero)

  package static let frac = Operator(
    "frac(Tensor self) -> Tensor", .frac,
    """
    Fraction of each element, with its sign: x - trunc(x). Integers are refused.

    Derivative: g.
    """,
    derivative: .of(.identity))
}
