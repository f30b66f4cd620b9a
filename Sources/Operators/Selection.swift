import Arrays
import Autograd
import Elements

// One of several values for each element: bounds, the larger, the smaller, by condition.

extension Ops {
  package static let selection: [any AnyOperator] = [
    clamp, clampTensors, clampMin, clampMinScalar, clampMax, clampMaxScalar, maximum, minimum,
    `where`, whereScalarself, whereScalarother, whereScalar, maskedFill,
  ]

  package static let clamp = Operator<(min: Scalar?, max: Scalar?)>(
    "clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor",
    """
    Each element, but not below min and not above max, of which one may be missing.

    Where min is above max, max wins; nan stays. A float bound turns an integer tensor into float32.
    Derivative: g strictly between the bounds; 0 elsewhere, at a bound, and for nan.
    """,
    gradName: "ClampBackward1", inPlace: .available,
    forward: .one { x, a, out in try x.clamped(a.min, a.max, into: out) },
    derivative: .of(
      .saving(.x) { g, c, a in
        let isAbove = try a.min.map { try c.x.gt($0) }
        let isBelow = try a.max.map { try c.x.lt($0) }
        guard let isAbove, let isBelow else { return try g.kept(where: isAbove ?? isBelow) }
        return try g.kept(where: isAbove.logicalAnd(isBelow))
      }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: (-1, 1)) + .unary(attributes: (nil, 0.5))
      + .unary(attributes: (-0.5, nil)))

  package static let clampTensors = Operator<Void>(
    "clamp.Tensors(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor",
    """
    Each element, but not below that of min and not above that of max, of which one may be missing.

    Shapes broadcast; the dtype is what all promote to. Where min is above max, max wins; nan stays,
    and a bound that is nan gives nan. Derivative: g for self between the bounds, for a bound where it
    is the result; half to each where they are equal.
    """,
    gradName: "ClampBackward0",
    forward: .many { t, _ in
      guard let x = t[0] else { throw TensorError.nullArgument("self") }
      return [try x.clamped(t[1], t[2])]
    },
    derivative: .joint(saving: [.x, .y, .z]) { c, _ in
      let (g, x) = (try c.gradient, try c.x)
      let (low, high) = (try c.optionalInput(1), try c.optionalInput(2))
      let (toX, toLow, toHigh) = try g.shared(x, low, high)
      return Gradients([toX, toLow, toHigh])
    },
    tangent: .formula { c, _ in
      let (toX, toLow, toHigh) = try Tensor(.number(1, c.result.dtype)).expand(c.result.shape)
        .shared(c.x, c.inputs[1], c.inputs[2])
      var sum: Tensor?
      for (tangent, slope) in zip(c.tangents, [toX, toLow, toHigh]) {
        guard let tangent, let slope else { continue }
        let term = try tangent * slope
        sum = try sum.map { try $0 + term } ?? term
      }
      return [sum]
    },
    batching: .elementwise,
    samples: [
      Sample(
        SampleInput([2, 3]), SampleInput([3], .range(-1, 0)), SampleInput([2, 1], .range(0, 1))),
      Sample(SampleInput([]), SampleInput([2], .range(-1, 0)), SampleInput([], .range(0, 1))),
      Sample(SampleInput([0]), SampleInput([1]), SampleInput([0])),
    ])

  package static let clampMin = Operator<Void>(
    "clamp_min(Tensor self, Tensor min) -> Tensor",
    """
    Each element, but not below that of min: the larger of two; nan where either is nan.

    Shapes broadcast; the dtype is what both promote to.
    Derivative: g to the larger one; where both are equal, half to each; where one is nan, all to
    each.
    """,
    gradName: "ClampMinBackward1", inPlace: .available,
    forward: .two { x, y, _, out in try x.binary(.maximum, y, into: out) },
    derivative: .of(
      .saving([.x, .y]) { g, c in try g.shared(where: c.x.eq(c.y), lost: c.x.lt(c.y)) },
      .saving([.x, .y]) { g, c in try g.shared(where: c.x.eq(c.y), lost: c.x.gt(c.y)) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary())

  package static let clampMinScalar = Operator<Scalar>(
    "clamp_min.Scalar(Tensor self, Scalar min) -> Tensor",
    """
    Each element, but not below a number; nan stays. A float turns an integer tensor into float32.

    Derivative: g where the element is above the number, else 0.
    """,
    gradName: "ClampMinBackward0", inPlace: .available,
    forward: .one { x, low, out in try x.clamped(low, nil, into: out) },
    derivative: .of(.saving(.x) { g, c, low in try g.kept(where: c.x.gt(low)) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: -0.5))

  package static let clampMax = Operator<Void>(
    "clamp_max(Tensor self, Tensor max) -> Tensor",
    """
    Each element, but not above that of max: the smaller of two; nan where either is nan.

    Shapes broadcast; the dtype is what both promote to.
    Derivative: g to the smaller one; where both are equal, half to each; where one is nan, all to
    each.
    """,
    gradName: "ClampMaxBackward1", inPlace: .available,
    forward: .two { x, y, _, out in try x.binary(.minimum, y, into: out) },
    derivative: .of(
      .saving([.x, .y]) { g, c in try g.shared(where: c.x.eq(c.y), lost: c.x.gt(c.y)) },
      .saving([.x, .y]) { g, c in try g.shared(where: c.x.eq(c.y), lost: c.x.lt(c.y)) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary())

  package static let clampMaxScalar = Operator<Scalar>(
    "clamp_max.Scalar(Tensor self, Scalar max) -> Tensor",
    """
    Each element, but not above a number; nan stays. A float turns an integer tensor into float32.

    Derivative: g where the element is below the number, else 0.
    """,
    gradName: "ClampMaxBackward0", inPlace: .available,
    forward: .one { x, high, out in try x.clamped(nil, high, into: out) },
    derivative: .of(.saving(.x) { g, c, high in try g.kept(where: c.x.lt(high)) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: 0.5))

  package static let maximum = Operator<Void>(
    "maximum(Tensor self, Tensor other) -> Tensor",
    """
    The larger of two tensors, element by element; nan where either is nan.

    Shapes broadcast; the dtype is what both promote to.
    Derivative: g to the larger one; where both are equal, half to each; where one is nan, all to
    each.
    """,
    forward: .two { x, y, _, _ in try x.ordered(.maximum, y) },
    derivative: .of(
      .saving([.x, .y]) { g, c in try g.shared(where: c.x.eq(c.y), lost: c.x.lt(c.y)) },
      .saving([.x, .y]) { g, c in try g.shared(where: c.x.eq(c.y), lost: c.x.gt(c.y)) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary())

  package static let minimum = Operator<Void>(
    "minimum(Tensor self, Tensor other) -> Tensor",
    """
    The smaller of two tensors, element by element; nan where either is nan.

    Shapes broadcast; the dtype is what both promote to.
    Derivative: g to the smaller one; where both are equal, half to each; where one is nan, all to
    each.
    """,
    forward: .two { x, y, _, _ in try x.ordered(.minimum, y) },
    derivative: .of(
      .saving([.x, .y]) { g, c in try g.shared(where: c.x.eq(c.y), lost: c.x.gt(c.y)) },
      .saving([.x, .y]) { g, c in try g.shared(where: c.x.eq(c.y), lost: c.x.lt(c.y)) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary())

  package static let `where`: Operator<Void> = Operator(
    "where(Tensor condition, Tensor self, Tensor other) -> Tensor",
    """
    The element of self where condition is true, else that of other.

    Shapes broadcast; the dtype is what self and other promote to. The condition is bool or uint8.
    Derivative: g for self where the condition is true, for other where it is false, else 0: an
    infinite gradient of what was not chosen never shows.
    """,
    forward: .three { condition, x, y, _, _ in
      guard condition.dtype == .bool || condition.dtype == .uint8 else {
        throw TensorError.runtime(
          "where expected condition to be a boolean tensor, but got a tensor with dtype "
            + condition.dtype.scalarTypeName)
      }
      guard let y else { throw TensorError.nullArgument("other") }
      return try .choose(condition, x, y)
    },
    derivative: .of(
      .notDifferentiable,
      .saving(.x) { g, c in try g.kept(where: c.x) },
      .saving(.x) { g, c in try Ops.where(c.x, .zero(like: g), g, ()) }),
    tangent: .elementwise, batching: .elementwise,
    samples: [
      Sample(
        SampleInput([2, 3], .booleans([true, false, false, true])), SampleInput([2, 3]),
        SampleInput([2, 3], transposed: true)),
      Sample(SampleInput([2, 1], .booleans([true, false])), SampleInput([3]), SampleInput([])),
      Sample(SampleInput([], .booleans([false])), SampleInput([]), SampleInput([2])),
      Sample(SampleInput([0], .booleans([true])), SampleInput([1]), SampleInput([0])),
    ])

  package static let whereScalarself = Operator<Scalar>(
    "where.ScalarSelf(Tensor condition, Scalar self, Tensor other) -> Tensor",
    "A number where condition is true, else the element of other; see `where`.",
    forward: .composedTwo { condition, y, number in
      try Ops.where(condition, .number(number, meeting: y), y, ())
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 1], .booleans([true, false])), SampleInput([3]), attributes: 1.5)
    ])

  package static let whereScalarother = Operator<Scalar>(
    "where.ScalarOther(Tensor condition, Tensor self, Scalar other) -> Tensor",
    "The element of self where condition is true, else a number; see `where`.",
    forward: .composedTwo { condition, x, number in
      try Ops.where(condition, x, .number(number, meeting: x), ())
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 1], .booleans([true, false])), SampleInput([3]), attributes: 1.5)
    ])

  package static let whereScalar = Operator<(this: Scalar, other: Scalar)>(
    "where.Scalar(Tensor condition, Scalar self, Scalar other) -> Tensor",
    "A number where condition is true, else another; the dtype is what both promote to.",
    forward: .composed { condition, a in
      let dtype = DType.promote(a.this.dtype, a.other.dtype)
      return try Ops.where(
        condition, Tensor(.number(a.this, dtype)), Tensor(.number(a.other, dtype)), ())
    },
    derivative: .none(because: madeFromNumbers),
    samples: [Sample(SampleInput([2], .booleans([true, false])), attributes: (1.5, 2))])

  package static let maskedFill = Operator<Scalar>(
    "masked_fill(Tensor self, Tensor mask, Scalar value) -> Tensor",
    """
    Each element, or a number where the mask is true.

    Shapes broadcast, in place only that of the mask; the dtype stays. Errors: a mask that is not
    bool, a number that the dtype can't hold. Derivative: g where the mask is false, else 0.
    """,
    inPlace: .available,
    forward: .two { x, mask, value, out in try x.maskFilled(mask, value, into: out) },
    derivative: .of(
      .saving(.y) { g, c, _ in try g.maskedFill(c.y, 0) },
      .notDifferentiable),
    tangent: .elementwise, batching: .elementwise,
    samples: [
      Sample(
        SampleInput([2, 3]), SampleInput([2, 3], .booleans([true, false, false])), attributes: 1.5),
      Sample(
        SampleInput([3, 2], transposed: true), SampleInput([2], .booleans([true, false])),
        attributes: -2),
      Sample(SampleInput([]), SampleInput([2], .booleans([true, false])), attributes: 0),
    ])
}

extension Tensor {
  /// A number as a 0-d tensor, in the dtype that an operation on it and `tensor` has.
  fileprivate static func number(_ value: Scalar, meeting tensor: Tensor) throws -> Tensor {
    let dtype = Promotion.of(tensor.array, value)
    try value.check(fits: dtype)
    return Tensor(try .number(value, dtype))
  }

  /// This gradient, halved where two elements are equal, and zero where this one was not taken.
  fileprivate func shared(where equal: Tensor, lost: Tensor) throws -> Tensor {
    try Ops.where(equal, self / 2, self, ()).maskedFill(lost, 0)
  }

  /// The parts of this gradient for an element and its bounds; nil for a bound that there is none.
  fileprivate func shared(
    _ x: Tensor, _ low: Tensor?, _ high: Tensor?
  ) throws -> (Tensor, Tensor?, Tensor?) {
    guard let low, let high else {
      if let low {
        let isEqual = try x.eq(low)
        return (
          try shared(where: isEqual, lost: x.lt(low)), try shared(where: isEqual, lost: x.gt(low)),
          nil
        )
      }
      guard let high else { return (self, nil, nil) }
      let isEqual = try x.eq(high)
      return (
        try shared(where: isEqual, lost: x.gt(high)), nil,
        try shared(where: isEqual, lost: x.lt(high))
      )
    }
    // Bounds that are equal, or in the wrong order, share nothing.
    let inOrder = try low.lt(high)
    let (atLow, atHigh) = (try x.eq(low).logicalAnd(inOrder), try x.eq(high).logicalAnd(inOrder))
    let outside = try x.lt(low).logicalOr(x.gt(high))
    let belowLow = try x.lt(low).logicalAnd(low.le(high)).logicalOr(atLow)
    let aboveHigh = try x.gt(high).logicalAnd(low.le(high)).logicalOr(atHigh)
    return (
      try shared(where: atLow.logicalOr(atHigh), lost: outside),
      try shared(where: atLow, lost: belowLow.logicalNot()),
      try shared(where: atHigh, lost: aboveHigh.logicalOr(high.lt(low)).logicalNot())
    )
  }
}
