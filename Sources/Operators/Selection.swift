import Arrays
import Autograd
import Elements

// One of several values for each element: bounds, the larger, the smaller, by condition.

extension Ops {
  package static let selection: [any AnyOperator] = [
    clamp, maximum, minimum, `where`, whereScalarself, whereScalarother, whereScalar, maskedFill,
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

  /// This gradient where the mask is true, else zero, whatever the gradient is there.
  fileprivate func kept(where mask: Tensor?) throws -> Tensor {
    guard let mask else { return self }
    return try Ops.where(mask, self, .zero(like: self), ())
  }

  /// This gradient, halved where two elements are equal, and zero where this one was not taken.
  fileprivate func shared(where equal: Tensor, lost: Tensor) throws -> Tensor {
    try Ops.where(equal, self / 2, self, ()).maskedFill(lost, 0)
  }

  /// A 0-d zero that leaves a gradient's dtype as it is.
  fileprivate static func zero(like gradient: Tensor) throws -> Tensor {
    Tensor(try .number(0, gradient.dtype))
  }
}
