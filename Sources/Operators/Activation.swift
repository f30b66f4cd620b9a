import Arrays
import Autograd

// The functions between the layers of a network, of each element.

extension Ops {
  package static let activation: [any AnyOperator] = [relu, sigmoid, tanh]

  package static let relu = Operator<Void>(
    "relu(Tensor self) -> Tensor",
    """
    Each element where it is positive, else 0; nan stays. bool is refused.

    Derivative: g where the result is not zero, else 0; g for nan.
    """,
    inPlace: .available,
    forward: .one { x, _, out in
      if x.dtype == .bool {
        throw TensorError.unsupported("Boolean inputs not supported for relu")
      }
      return try x.unary(.relu, into: out)
    },
    derivative: .of(.saving(.result) { g, c in try reluGradient(g, c.result, ()) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary())

  /// The gradient of `relu` given that of its result, as an operator of its own so that it can be
  /// differentiated with respect to the result too: with zeros. Not exported.
  private static let reluGradient: Operator<Void> = Operator(
    "_relu_backward(Tensor grad, Tensor result) -> Tensor", "grad where result is positive or nan.",
    gradName: "ThresholdBackwardBackward0",
    forward: .two { g, y, _, _ in try g.binary(.reluGradient, y) },
    derivative: .of(
      .saving(.y) { g, c in try reluGradient(g, c.y, ()) },
      .linear { g, _ in try g.zeros }),
    tangent: .elementwise, batching: .elementwise, samples: [])

  package static let sigmoid = Operator(
    "sigmoid(Tensor self) -> Tensor", .sigmoid,
    """
    Logistic function of each element, 1 / (1 + e^-x). Integers become float32.

    Derivative: g * (1 - y) * y, where y is the result.
    """,
    derivative: .of(.saving(.result) { g, c in try g * ((1 - c.result) * c.result).conj() }))

  package static let tanh = Operator(
    "tanh(Tensor self) -> Tensor", .tanh,
    """
    Hyperbolic tangent of each element. Integers become float32.

    Derivative: g * (1 - y^2), where y is the result.
    """,
    derivative: .of(.saving(.result) { g, c in try g * (1 - c.result * c.result).conj() }))
}
