import Arrays
import Autograd
import Elements
import Glibc

// Powers, of which the exponent, the base, or both are tensors.

extension Ops {
  package static let power: [any AnyOperator] = [
    pow, powScalar, powBase, floatPowerTensorTensor, floatPowerTensorScalar,
    floatPowerScalar,
  ]

  package static let pow = Operator<Void>(
    "pow(Tensor self, Tensor exponent) -> Tensor",
    """
    Each element of self to the power of an element of exponent.

    Shapes broadcast; the dtype is what both promote to. Integers wrap, and a negative exponent of
    them gives 0, or 1 or -1 where the base is. 0^0 is 1.
    Derivative: g * exponent * self^(exponent - 1) for self, 0 where the exponent is 0;
    g * result * log(self) for exponent, 0 where self is 0 and the exponent is real and not negative.
    """,
    gradName: "PowBackward1", inPlace: .available,
    forward: .two { x, y, _, out in try x.binary(.pow, y, into: out) },
    derivative: .of(
      .saving([.x, .y]) { g, c in
        try (g * (c.y * c.x.pow(c.y - 1)).conj()).maskedFill(c.y.eq(0), 0)
      },
      .saving([.x, .y, .result]) { g, c in
        let isFlat = try c.x.eq(0).logicalAnd(c.y.isNonNegative)
        let log = try c.x.to(dtype: Promotion.of(c.x.array, c.y.array)).log()
        return try g * (c.result * log).conj().maskedFill(isFlat, 0)
      }),
    tangent: .elementwise, batching: .elementwise,
    samples: .binary((0.3, 2), (-2, 2)))

  package static let powScalar = Operator<Scalar>(
    "pow.Scalar(Tensor self, Scalar exponent) -> Tensor",
    """
    Each element to the power of a number.

    A float exponent turns an integer tensor into float32. Integers wrap; a negative power of them
    is an error. 0^0 is 1. Derivative: g * exponent * self^(exponent - 1), 0 for the exponent 0.
    """,
    inPlace: .available,
    forward: .one { x, exponent, out in try x.power(exponent, into: out) },
    derivative: .of(
      .saving(.x) { g, c, exponent in
        try exponent.isZero ? g.zeros : g * (exponent * c.x.pow(exponent.decremented)).conj()
      }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: 2) + .unary(attributes: 3) + .unary(attributes: 0)
      + .unary(0.3, 2, attributes: 0.5) + .unary(0.3, 2, attributes: -1.7))

  package static let powBase = Operator<Scalar>(
    "pow.Base(Scalar self, Tensor exponent) -> Tensor",
    """
    A number to the power of each element.

    A float number turns an integer tensor into float32. Integers wrap, and a negative exponent of
    them gives 0, or 1 or -1 where the base is.
    Derivative: g * result * log(self), the complex logarithm for complex exponents; for the base 0
    it is 0 where the exponent is real and not negative.
    """,
    gradName: "PowBackward2",
    forward: .one { x, base, _ in try x.power(ofBase: base) },
    derivative: .of(
      .saving([.x, .result]) { g, c, base in
        let (x, isComplex) = (try c.x, try c.x.dtype.isComplex || base.isComplex)
        let slope = try (c.result * (isComplex ? base.complexLogarithm : base.logarithm)).conj()
        return try g * (base.isZero ? slope.maskedFill(x.isNonNegative, 0) : slope)
      }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: 2) + .unary(attributes: 0.7))

  package static let floatPowerTensorTensor = Operator<Void>(
    "float_power.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor",
    "Each element of self to the power of an element of exponent, in float64: see `pow`.",
    gradName: "PowBackward1",
    forward: .composedTwo { x, y, _ in try x.doubled.pow(y.doubled) },
    derivative: .composed,
    samples: .binary((0.3, 2), (-2, 2)))

  package static let floatPowerTensorScalar = Operator<Scalar>(
    "float_power.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor",
    "Each element to the power of a number, in float64: see `pow`.",
    gradName: "PowBackward0",
    forward: .composed { x, exponent in
      try x.doubled.pow(exponent.doubled)
    },
    derivative: .composed,
    samples: .unary(0.3, 2, attributes: 1.5))

  package static let floatPowerScalar = Operator<Scalar>(
    "float_power.Scalar(Scalar self, Tensor exponent) -> Tensor",
    "A number to the power of each element, in float64: see `pow`.",
    gradName: "PowBackward2",
    forward: .composed { exponent, base in
      try Tensor.pow(base.doubled, exponent.doubled)
    },
    derivative: .composed,
    samples: .unary(attributes: 1.5))
}

extension Tensor {
  /// Whether each element is a real number from 0 on.
  fileprivate var isNonNegative: Tensor {
    get throws { try dtype.isComplex ? real().ge(0).logicalAnd(imag().eq(0)) : ge(0) }
  }

  /// This tensor in float64, or in complex128 where it is complex.
  fileprivate var doubled: Tensor {
    get throws { try to(dtype: dtype.isComplex ? .complex128 : .float64) }
  }
}

extension Scalar {
  /// True for zero of any kind.
  fileprivate var isZero: Bool { double == 0 && imaginary == 0 }

  /// The natural logarithm of the real part; nan for a negative one.
  fileprivate var logarithm: Scalar { .double(Glibc.log(double)) }

  /// The principal value of the natural logarithm.
  fileprivate var complexLogarithm: Scalar {
    .complex(Glibc.log(Glibc.hypot(double, imaginary)), Glibc.atan2(imaginary, double))
  }

  /// This number as a float, unless it is complex.
  fileprivate var doubled: Scalar { isComplex ? self : .double(double) }

  /// This number minus one, an integer where it is one.
  fileprivate var decremented: Scalar {
    if isComplex { return .complex(double - 1, imaginary) }
    return isFloatingPoint ? .double(double - 1) : .int(int64 &- 1)
  }
}
