import Arrays
import Autograd
import Elements

// Quotients, exact and rounded, and what they leave.

extension Ops {
  package static let division: [any AnyOperator] = [
    div, divScalar, floorDivide, floorDivideScalar, remainder, remainderScalar,
    remainderScalarTensor, fmod, fmodScalar,
  ]

  package static let div = Operator<String?>(
    "div(Tensor self, Tensor other, *, str? rounding_mode=None) -> Tensor",
    """
    Quotient of two tensors, element by element; rounded down for the mode "floor", towards zero
    for "trunc".

    Shapes broadcast. Without a mode integers become float32; with one the dtype is what both
    promote to, and an integer divided by zero is an error.
    Derivative: g / other for self, -g * self / other^2 for other; zero with a mode.
    """,
    gradNameOf: { $0 == nil ? "DivBackward0" : "DivBackward2" }, inPlace: .available,
    forward: .two { x, y, mode, out in
      guard let rounding = try QuotientRounding(mode: mode) else {
        return try x.binary(.div, y, into: out)
      }
      return try x.quotient(y, rounding, into: out)
    },
    derivative: .of(
      .saving(.y) { g, c, mode in try mode == nil ? g / c.y.conj() : g.zeros },
      .saving([.x, .y]) { g, c, mode in try mode == nil ? -g * (c.x / c.y / c.y).conj() : g.zeros }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary((-2, 2), (0.5, 2), attributes: nil)
      + .binary((-2, 2), (0.5, 2), attributes: "floor")
      + .binary((-2, 2), (0.5, 2), attributes: "trunc"))

  package static let divScalar = Operator<(other: Scalar, roundingMode: String?)>(
    "div.Scalar(Tensor self, Scalar other, *, str? rounding_mode=None) -> Tensor",
    """
    Quotient of a tensor and a number; rounded down for the mode "floor", towards zero for "trunc".

    Without a mode integers become float32; with one an integer number leaves the dtype as it is,
    and an integer divided by zero is an error. Derivative: g / other; zero with a mode.
    """,
    gradNameOf: { $0.roundingMode == nil ? "DivBackward0" : "DivBackward2" },
    inPlace: .available,
    forward: .one { x, a, out in
      guard let rounding = try QuotientRounding(mode: a.roundingMode) else {
        return try x.binary(.div, a.other, into: out)
      }
      return try x.quotient(a.other, rounding, into: out)
    },
    derivative: .of(
      .linear { g, _, a in try a.roundingMode == nil ? g / a.other.conjugate : g.zeros }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: (-1.5, nil)) + .unary(attributes: (0.7, "floor"))
      + .unary(attributes: (0.7, "trunc")))

  package static let floorDivide = Operator<Void>(
    "floor_divide(Tensor self, Tensor other) -> Tensor",
    """
    Quotient of two tensors rounded down, element by element, as Python's `//`.

    Shapes broadcast; the dtype is what both promote to. An integer divided by zero is an error.
    There is no derivative, and a backward pass says so; that of `div` with rounding is zero.
    """,
    gradName: "torch::autograd::NotImplemented", inPlace: .available,
    forward: .two { x, y, _, out in try x.quotient(y, .floor, into: out) },
    derivative: .refused,
    batching: .elementwise,
    samples: [Sample(SampleInput([2, 3], .constant(-2, 2)), SampleInput([3], .constant(0.5, 2)))])

  package static let floorDivideScalar = Operator<Scalar>(
    "floor_divide.Scalar(Tensor self, Scalar other) -> Tensor",
    """
    Quotient of a tensor and a number rounded down, as Python's `//`.

    An integer number leaves the dtype as it is, and an integer divided by zero is an error.
    There is no derivative, and a backward pass says so; that of `div` with rounding is zero.
    """,
    gradName: "torch::autograd::NotImplemented", inPlace: .available,
    forward: .one { x, number, out in try x.quotient(number, .floor, into: out) },
    derivative: .refused,
    batching: .elementwise,
    samples: [Sample(SampleInput([2, 3], .constant(-2, 2)), attributes: 0.7)])

  package static let remainder = Operator<Void>(
    "remainder(Tensor self, Tensor other) -> Tensor",
    """
    What the quotient rounded down leaves, element by element, as Python's `%`: it has the sign of
    other.

    Shapes broadcast; the dtype is what both promote to. An integer divided by zero is an error, a
    float gives nan. Derivative: g for self, -g * floor(self / other) for other.
    """,
    gradName: "RemainderBackward1", inPlace: .available,
    forward: .two { x, y, _, out in try x.remainder(y, into: out) },
    derivative: .of(
      .identity,
      .saving([.x, .y]) { g, c in try -g * c.x.div(c.y, roundingMode: "floor") }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary((-2, 2), (0.5, 2)))

  package static let remainderScalar = Operator<Scalar>(
    "remainder.Scalar(Tensor self, Scalar other) -> Tensor",
    """
    What the quotient of a tensor and a number, rounded down, leaves: it has the sign of other.

    An integer number leaves the dtype as it is. An integer divided by zero is an error, a float
    gives nan. Derivative: g.
    """,
    inPlace: .available,
    forward: .one { x, number, out in try x.remainder(number, into: out) },
    derivative: .of(.identity),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: -1.5))

  package static let remainderScalarTensor = Operator<Scalar>(
    "remainder.Scalar_Tensor(Scalar self, Tensor other) -> Tensor",
    """
    What the quotient of a number and each element, rounded down, leaves: it has the element's sign.

    An integer number leaves the dtype as it is. An integer divided by zero is an error, a float
    gives nan. There is no derivative, and a backward pass says so.
    """,
    gradName: "torch::autograd::NotImplemented",
    forward: .one { x, number, _ in
      try NDArray.number(number, Promotion.of(x, number)).remainder(x)
    },
    derivative: .refused,
    batching: .elementwise,
    samples: [Sample(SampleInput([2, 3], .constant(0.5, 2)), attributes: 1.7)])

  package static let fmod = Operator<Void>(
    "fmod(Tensor self, Tensor other) -> Tensor",
    """
    What the quotient rounded towards zero leaves, element by element, as in C: it has the sign of
    self.

    Shapes broadcast; the dtype is what both promote to. An integer divided by zero is an error, a
    float gives nan. Derivative: g for self, -g * trunc(self / other) for other.
    """,
    gradName: "FmodBackward1", inPlace: .available,
    forward: .two { x, y, _, out in try x.fmod(y, into: out) },
    derivative: .of(
      .identity,
      .saving([.x, .y]) { g, c in try -g * c.x.div(c.y, roundingMode: "trunc") }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary((-2, 2), (0.5, 2)))

  package static let fmodScalar = Operator<Scalar>(
    "fmod.Scalar(Tensor self, Scalar other) -> Tensor",
    """
    What the quotient of a tensor and a number, rounded towards zero, leaves: it has the sign of self.

    An integer number leaves the dtype as it is. An integer divided by zero is an error, a float
    gives nan. Derivative: g.
    """,
    inPlace: .available,
    forward: .one { x, number, out in try x.fmod(number, into: out) },
    derivative: .of(.identity),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: -1.5))
}

extension QuotientRounding {
  /// The rounding that a mode's name asks for; nil for none.
  ///
  /// - Throws: `TensorError.runtime` for an unknown name.
  fileprivate init?(mode: String?) throws {
    guard let mode else { return nil }
    guard let rounding = QuotientRounding(rawValue: mode) else {
      throw TensorError.runtime(
        "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '\(mode)'")
    }
    self = rounding
  }
}
