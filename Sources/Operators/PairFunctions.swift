import Arrays
import Autograd
import Elements

// Functions of two elements that are neither arithmetic nor comparison.

extension Ops {
  package static let pairFunctions: [any AnyOperator] = [
    fmax, fmin, atan2, hypot, copysign, copysignScalar, nextafter, heaviside, xlogy,
    xlogyScalarSelf, xlogyScalarOther, logaddexp, logaddexp2, ldexp, gcd, lcm,
  ]

  package static let fmax = Operator<Void>(
    "fmax(Tensor self, Tensor other) -> Tensor",
    """
    The larger of two tensors, element by element; where one is nan, the other.

    Shapes broadcast; the dtype is what both promote to.
    Derivative: g to the one that was taken; where both are equal, half to each.
    """,
    forward: .two { x, y, _, _ in try x.ordered(.fmax, y) },
    derivative: .of(
      .saving([.x, .y]) { g, c in
        try g.taken(where: c.x.ge(c.y).logicalOr(c.y.isnan()), shared: c.x.eq(c.y))
      },
      .saving([.x, .y]) { g, c in
        let isFirst = try c.x.gt(c.y).logicalOr(c.y.isnan())
        return try g.taken(where: isFirst.logicalNot(), shared: c.x.eq(c.y))
      }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary())

  package static let fmin = Operator<Void>(
    "fmin(Tensor self, Tensor other) -> Tensor",
    """
    The smaller of two tensors, element by element; where one is nan, the other.

    Shapes broadcast; the dtype is what both promote to.
    Derivative: g to the one that was taken; where both are equal, half to each.
    """,
    forward: .two { x, y, _, _ in try x.ordered(.fmin, y) },
    derivative: .of(
      .saving([.x, .y]) { g, c in
        try g.taken(where: c.x.le(c.y).logicalOr(c.y.isnan()), shared: c.x.eq(c.y))
      },
      .saving([.x, .y]) { g, c in
        let isFirst = try c.x.lt(c.y).logicalOr(c.y.isnan())
        return try g.taken(where: isFirst.logicalNot(), shared: c.x.eq(c.y))
      }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary())

  package static let atan2 = Operator<Void>(
    "atan2(Tensor self, Tensor other) -> Tensor",
    """
    The angle of the point (other, self), element by element: from -π to π.

    Shapes broadcast; integers become float32.
    Derivative: g * other / (self² + other²) for self, -g * self / (self² + other²) for other, 0 at
    the origin.
    """,
    inPlace: .available,
    forward: .two { x, y, _, out in try x.binary(.atan2, y, into: out) },
    derivative: .of(
      .saving([.x, .y]) { g, c in try g * (c.y * c.x.inverseSquare(with: c.y)) },
      .saving([.x, .y]) { g, c in try g * (-c.x * c.x.inverseSquare(with: c.y)) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary((0.3, 2), (-2, 2)))

  package static let hypot = Operator<Void>(
    "hypot(Tensor self, Tensor other) -> Tensor",
    """
    The root of self² + other², element by element, without overflow on the way.

    Shapes broadcast; the dtype is what both promote to, a floating-point one.
    Derivative: g * self / result for self, g * other / result for other.
    """,
    inPlace: .available,
    forward: .two { x, y, _, out in try x.binary(.hypot, y, into: out) },
    derivative: .of(
      .saving([.x, .result]) { g, c in try g * (c.x / c.result) },
      .saving([.y, .result]) { g, c in try g * (c.y / c.result) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary((0.3, 2), (-2, 2)))

  package static let copysign = Operator<Void>(
    "copysign(Tensor self, Tensor other) -> Tensor",
    """
    The magnitude of self with the sign of other, element by element; zeros have signs too.

    Shapes broadcast; integers become float32.
    Derivative: g, or -g where the sign changes, 0 where self is; 0 for other.
    """,
    inPlace: .available,
    forward: .two { x, y, _, out in try x.binary(.copysign, y, into: out) },
    derivative: .of(
      .saving([.x, .result]) { g, c in try g * (c.result / c.x).maskedFill(c.x.eq(0), 0) },
      .zero),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary((0.3, 2), (-2, 2)))

  package static let copysignScalar = Operator<Scalar>(
    "copysign.Scalar(Tensor self, Scalar other) -> Tensor",
    """
    The magnitude of each element with the sign of a number; zeros have signs too.

    Integers become float32. Derivative: g, or -g where the sign changes, 0 where self is.
    """,
    gradName: "CopysignBackward1", inPlace: .available,
    forward: .one { x, number, out in try x.binary(.copysign, number, into: out) },
    derivative: .of(
      .saving([.x, .result]) { g, c, _ in try g * (c.result / c.x).maskedFill(c.x.eq(0), 0) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(0.3, 2, attributes: -1.5))

  package static let nextafter = Operator<Void>(
    "nextafter(Tensor self, Tensor other) -> Tensor",
    """
    The float that follows self in the direction of other, element by element.

    Shapes broadcast; the dtype is what both promote to, a floating-point one.
    Derivative: g for self, 0 where both are equal; 0 for other.
    """,
    inPlace: .available,
    forward: .two { x, y, _, out in try x.binary(.nextafter, y, into: out) },
    derivative: .of(
      .saving([.x, .y]) { g, c in try g.maskedFill(c.x.eq(c.y), 0) },
      .zero),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary())

  package static let heaviside = Operator<Void>(
    "heaviside(Tensor self, Tensor values) -> Tensor",
    """
    The step function of each element: 0 below zero, 1 above, and at zero the element of values.

    Shapes broadcast; 0 for nan. Errors: different dtypes.
    There is no derivative, and a backward pass says so.
    """,
    gradName: "torch::autograd::NotImplemented", inPlace: .available,
    forward: .two { x, values, _, out in
      if x.dtype.isComplex || values.dtype.isComplex {
        throw TensorError.unsupported("heaviside is not yet implemented for complex tensors.")
      }
      if x.dtype != values.dtype {
        throw TensorError.runtime(
          "heaviside is not yet implemented for tensors with different dtypes.")
      }
      return try x.binary(.heaviside, values, into: out)
    },
    derivative: .refused, batching: .elementwise,
    samples: [Sample(SampleInput([2, 3], .constant(-2, 2)), SampleInput([3], .constant(-2, 2)))])

  package static let xlogy: Operator<Void> = Operator(
    "xlogy(Tensor self, Tensor other) -> Tensor",
    """
    self * log(other), element by element: 0 where self is 0, unless other is nan.

    Shapes broadcast; integers become float32.
    Derivative: g * log(other) for self, 0 where self is 0 and other not positive;
    g * self / other for other.
    """,
    inPlace: .available,
    forward: .two { x, y, _, out in try x.binary(.xlogy, y, into: out) },
    derivative: .of(
      .saving([.x, .y]) { g, c in
        try Ops.xlogy(g, c.y, ()).maskedFill(c.x.eq(0).logicalAnd(c.y.le(0)), 0)
      },
      .saving([.x, .y]) { g, c in try g * c.x / c.y }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary((-2, 2), (0.3, 2)))

  package static let xlogyScalarSelf = Operator<Scalar>(
    "xlogy.Scalar_Self(Scalar self, Tensor other) -> Tensor",
    """
    A number times the logarithm of each element: 0 where the number is, unless the element is nan.

    Integers become float32. Derivative: g * self / other.
    """,
    gradName: "XlogyBackward1",
    forward: .one { y, number, _ in try y.binary(.xlogy, number, reversed: true) },
    derivative: .of(.saving(.x) { g, c, number in try g * number / c.x }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(0.3, 2, attributes: 1.5))

  package static let xlogyScalarOther: Operator<Scalar> = Operator(
    "xlogy.Scalar_Other(Tensor self, Scalar other) -> Tensor",
    """
    Each element times the logarithm of a number: 0 where the element is, unless the number is nan.

    Integers become float32. Derivative: g * log(other); 0 where self is 0 and other not positive.
    """,
    gradName: "XlogyBackward2", inPlace: .available,
    forward: .one { x, number, out in try x.binary(.xlogy, number, into: out) },
    derivative: .of(
      .saving(.x) { g, c, number in
        let product = try Ops.xlogyScalarOther(g, number)
        return try number.double > 0 ? product : product.maskedFill(c.x.eq(0), 0)
      }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: 2.5))

  package static let logaddexp = Operator<Void>(
    "logaddexp(Tensor self, Tensor other) -> Tensor",
    """
    log(exp(self) + exp(other)), element by element, without overflow on the way.

    Shapes broadcast; the dtype is what both promote to, a floating-point one.
    Derivative: g / (1 + exp(other - self)) for self, g / (1 + exp(self - other)) for other.
    """,
    forward: .two { x, y, _, _ in try x.binary(.logaddexp, y) },
    derivative: .of(
      .saving([.x, .y]) { g, c in try g / (1 + (c.y - c.x).exp()).conj() },
      .saving([.x, .y]) { g, c in try g / (1 + (c.x - c.y).exp()).conj() }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary())

  package static let logaddexp2 = Operator<Void>(
    "logaddexp2(Tensor self, Tensor other) -> Tensor",
    """
    log2(2^self + 2^other), element by element, without overflow on the way.

    Shapes broadcast; the dtype is what both promote to, a floating-point one.
    Derivative: g / (1 + 2^(other - self)) for self, g / (1 + 2^(self - other)) for other.
    """,
    forward: .two { x, y, _, _ in try x.binary(.logaddexp2, y) },
    derivative: .of(
      .saving([.x, .y]) { g, c in try g / (1 + Tensor.pow(2, c.y - c.x)) },
      .saving([.x, .y]) { g, c in try g / (1 + Tensor.pow(2, c.x - c.y)) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary())

  package static let ldexp = Operator<Void>(
    "ldexp(Tensor self, Tensor other) -> Tensor",
    """
    self * 2^other, element by element: the power in the dtype of other, or, for whole numbers,
    exactly.

    Shapes broadcast; the dtype is what both promote to, float32 for integers.
    Derivative: g * 2^other for self, g * result * log(2) for other.
    """,
    inPlace: .available,
    forward: .two { x, y, _, out in
      let dtype = Promoting.floating(Promotion.of(x, y))
      if let out, !dtype.isComplex, !dtype.canCast(to: out.dtype) {
        throw TensorError.runtime(
          "ldexp can't be cast to the desired output type \(out.dtype.scalarTypeName)")
      }
      try x.checkResult(with: y, dtype, into: out)
      if y.dtype == .bool && x.dtype.isFloatingPoint {
        throw TensorError.notImplemented(kernel: "ldexp_cpu_exp", y.dtype)
      }
      let wide: DType = dtype.isComplex ? .complex128 : .float64
      let power = try y.cast(to: y.dtype.isDifferentiable ? y.dtype : wide)
        .binary(.pow, 2, reversed: true)
      let product = try x.cast(to: wide).binary(.mul, power.cast(to: wide))
      return try product.cast(to: dtype).moved(into: out)
    },
    derivative: .of(
      .saving(.y) { g, c in try g * Tensor.pow(2.0, c.y).conj() },
      .saving(.result) { g, c in try g * c.result.conj() * 0.6931471805599453 }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary())

  package static let gcd = Operator<Void>(
    "gcd(Tensor self, Tensor other) -> Tensor",
    """
    The greatest common divisor of two integers, element by element; that of zeros is 0.

    Shapes broadcast; the dtype is what both promote to.
    """,
    inPlace: .available,
    forward: .two { x, y, _, out in try x.binary(.gcd, y, into: out) },
    derivative: .none(because: integersOnly), batching: .elementwise,
    samples: [
      Sample(SampleInput([3], .integers([0, 6, -6])), SampleInput([3], .integers([0, 4, 9])))
    ]
  )

  package static let lcm = Operator<Void>(
    "lcm(Tensor self, Tensor other) -> Tensor",
    """
    The least common multiple of two integers, element by element; that of anything and 0 is 0.

    Shapes broadcast; the dtype is what both promote to. Integers wrap.
    """,
    inPlace: .available,
    forward: .two { x, y, _, out in try x.binary(.lcm, y, into: out) },
    derivative: .none(because: integersOnly), batching: .elementwise,
    samples: [
      Sample(SampleInput([3], .integers([0, 6, -6])), SampleInput([3], .integers([0, 4, 9])))
    ]
  )

  static let integersOnly = "it is defined for integers only"
}

extension Tensor {
  /// This gradient where the mask is true, halved where the other tensor gets the other half, else
  /// zero.
  fileprivate func taken(where mask: Tensor, shared: Tensor) throws -> Tensor {
    try Ops.where(shared, self / 2, self, ()).maskedFill(mask.logicalNot(), 0)
  }

  /// 1 / (x² + y²), 0 at the origin.
  fileprivate func inverseSquare(with y: Tensor) throws -> Tensor {
    let square = try self * self + y * y
    return try square.reciprocal().maskedFill(square.eq(0), 0)
  }
}
