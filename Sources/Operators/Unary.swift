import Arrays
import Autograd
import Elements

// Functions of one tensor, element by element.

extension Ops {
  package static let unary: [OperatorDefinition] = [neg, exp, log, sin, cos]

  package static let neg = Operator<Void>(
    "neg(Tensor self) -> Tensor",
    """
    Negative of each element. Integers wrap; bool is refused.

    Derivative: -g.
    """,
    inPlace: .available,
    forward: .one { x, _, out in
      if x.dtype == .bool {
        throw TensorError.runtime(
          "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
            + "invert a mask, use the `~` or `logical_not()` operator instead.")
      }
      return try x.unary(.neg, into: out)
    },
    derivative: .of(.linear { g, _ in try -g }),
    samples: .unary())

  package static let exp = Operator<Void>(
    "exp(Tensor self) -> Tensor",
    """
    Exponential of each element, e^x. Integers become float32.

    Derivative: g * e^x.
    """,
    inPlace: .available,
    forward: .one { x, _, out in try x.unary(.exp, into: out) },
    derivative: .of(.saving(.result) { g, c in try g * c.result }),
    samples: .unary())

  package static let log = Operator<Void>(
    "log(Tensor self) -> Tensor",
    """
    Natural logarithm of each element; nan for negative numbers. Integers become float32.

    Derivative: g / x.
    """,
    inPlace: .available,
    forward: .one { x, _, out in try x.unary(.log, into: out) },
    derivative: .of(.saving(.x) { g, c in try g / c.x }),
    samples: .unary(0.2, 3))

  package static let sin = Operator<Void>(
    "sin(Tensor self) -> Tensor",
    """
    Sine of each element, in radians. Integers become float32.

    Derivative: g * cos(x).
    """,
    inPlace: .available,
    forward: .one { x, _, out in try x.unary(.sin, into: out) },
    derivative: .of(.saving(.x) { g, c in try g * c.x.cos() }),
    samples: .unary())

  package static let cos = Operator<Void>(
    "cos(Tensor self) -> Tensor",
    """
    Cosine of each element, in radians. Integers become float32.

    Derivative: -g * sin(x).
    """,
    inPlace: .available,
    forward: .one { x, _, out in try x.unary(.cos, into: out) },
    derivative: .of(.saving(.x) { g, c in try -(g * c.x.sin()) }),
    samples: .unary())
}
