import Arrays
import Autograd
import Elements

// Activations made of exponentials. Their loops compute in the dtype, or in float32 for 16 bits.

extension Ops {
  package static let smoothActivation: [any AnyOperator] = [
    gelu, silu, mish, softplus, logSigmoid, elu, celu, selu, softsign, tanhshrink,
  ]

  package static let gelu = Operator<String>(
    #"gelu(Tensor self, str approximate="none") -> Tensor"#,
    """
    Each element times the share of a normal distribution that lies below it: x Phi(x). With the
    approximation "tanh", x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.

    Infinite elements give nan. Errors: another approximation; integers.
    Derivative: g * (Phi(x) + x phi(x)), phi being the density, or that of the approximation.
    Source: Hendrycks and Gimpel, Gaussian error linear units, 2016.
    """,
    inPlace: .available,
    forward: .one { x, a, out in try x.activation(geluFunction(a), into: out) },
    derivative: .of(
      .saving(.x) { g, c, a in
        let (x, function) = (try c.x, try geluFunction(a))
        if isUnwatched(g, x) {
          return Tensor(try g.array.activationGradient(function, x.array))
        }
        let square = try x.square()
        if function == .gelu {
          let value = try 0.5 * erfc(x * .double(-0.5.squareRoot()), ())
          return try g * (value + x * (.double(perRootTau) * (-0.5 * square).exp()))
        }
        let y = try (x * (square * .double(geluCubic) + .double(geluLinear))).sigmoid()
        let slope = try square * .double(3 * geluCubic) + .double(geluLinear)
        return try g * (y + x * (y * (1 - y)) * slope)
      }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: "none") + .unary(attributes: "tanh"))

  /// 1 / sqrt(2 pi).
  private static let perRootTau = 0.398942280401432677939946059934
  /// 2 sqrt(2 / pi), and 0.044715 times that.
  private static let geluLinear = 1.59576912160573071175978423974
  private static let geluCubic = 0.0713548162726002527220661139395

  private static func geluFunction(_ approximation: String) throws -> ActivationOperation {
    switch approximation {
    case "none": return .gelu
    case "tanh": return .geluTanh
    default:
      throw TensorError.runtime("approximate argument must be either none or tanh.")
    }
  }

  package static let silu = Operator<Void>(
    "silu(Tensor self) -> Tensor",
    """
    Each element times its logistic function, x / (1 + e^-x). Integers are refused.

    Derivative: g * s * (1 + x * (1 - s)), where s is the logistic function.
    """,
    inPlace: .available,
    forward: .one { x, _, out in
      if x.dtype.isComplex { return try x.binary(.mul, x.unary(.sigmoid), into: out) }
      return try x.activation(.silu, into: out)
    },
    derivative: .of(
      .saving(.x) { g, c in
        let x = try c.x
        if isUnwatched(g, x), x.dtype.isFloatingPoint {
          return Tensor(try g.array.activationGradient(.silu, x.array))
        }
        let s = try x.sigmoid()
        return try g * (s * (x * (1 - s) + 1)).conj()
      }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary())

  package static let mish = Operator<Void>(
    activation: "mish(Tensor self) -> Tensor", .mish,
    """
    Each element times tanh(log(1 + e^x)). Integers are refused.

    Derivative: g * (t + x * s * (1 - t^2)), where s is the logistic function and t the factor above.
    Source: Misra, Mish: a self regularized non-monotonic activation function, 2019.
    """,
    numbers: { _, _ in .init() },
    formula: { g, x, _ in
      let (s, t) = (try x.sigmoid(), try softplus(x, (1, 20)).tanh())
      return try g * (t + x * s * (1 - t.square()))
    },
    samples: .unary())

  package static let softplus: Operator<(beta: Scalar, threshold: Scalar)> = Operator(
    activation: "softplus(Tensor self, Scalar beta=1, Scalar threshold=20) -> Tensor", .softplus,
    """
    Smooth form of relu, log(1 + e^(beta x)) / beta; x where beta x is above the threshold. Integers
    are refused.

    Derivative: g / (1 + e^(-beta x)); g above the threshold.
    """,
    inPlace: .unavailable,
    numbers: { a, _ in .init(a.beta.double, a.threshold.double) },
    formula: { g, x, a in
      let scaled = try x * .double(a.beta.double)
      return try Ops.where(scaled.gt(.double(a.threshold.double)), g, g * scaled.sigmoid(), ())
    },
    samples: .unary(attributes: (1, 20)) + .unary(attributes: (2, 2.1)))

  package static let logSigmoid = Operator<Void>(
    activation: "log_sigmoid(Tensor self) -> Tensor", .logSigmoid,
    """
    Logarithm of the logistic function of each element, -log(1 + e^-x), accurate where that
    vanishes. Integers are refused.

    Derivative: g / (1 + e^x).
    """,
    inPlace: .unavailable,
    numbers: { _, _ in .init() },
    formula: { g, x, _ in try g * (-x).sigmoid() },
    samples: .unary())

  package static let elu = Operator<(alpha: Scalar, scale: Scalar, inputScale: Scalar)>(
    activation:
      "elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor", .elu,
    """
    scale * x for positive elements, scale * alpha * (e^(input_scale x) - 1) for others. Integers
    are refused.

    Derivative: g * scale, and g * scale * alpha * input_scale * e^(input_scale x).
    Source: Clevert, Unterthiner and Hochreiter, Exponential linear units, 2015.
    """,
    numbers: { a, _ in
      .init(a.alpha.double * a.scale.double, a.scale.double, a.inputScale.double)
    },
    formula: { g, x, a in
      try g.throughElu(x, a.alpha.double * a.scale.double, a.scale.double, a.inputScale.double)
    },
    samples: .unary(attributes: (1, 1, 1)) + .unary(attributes: (0.7, 1.5, 2)))

  package static let celu = Operator<Scalar>(
    activation: "celu(Tensor self, Scalar alpha=1.0) -> Tensor", .elu,
    """
    Each element where it is positive, alpha * (e^(x / alpha) - 1) elsewhere. Integers are refused.

    Errors: an alpha of 0. Derivative: g, and g * e^(x / alpha).
    Source: Barron, Continuously differentiable exponential linear units, 2017.
    """,
    numbers: { alpha, _ in
      if alpha.double == 0 {
        throw TensorError.runtime("ZeroDivisionError: alpha cannot be 0 for CELU")
      }
      return .init(alpha.double, 1, 1 / alpha.double)
    },
    formula: { g, x, alpha in try g.throughElu(x, alpha.double, 1, 1 / alpha.double) },
    samples: .unary(attributes: 1) + .unary(attributes: 0.7))

  package static let selu = Operator<Void>(
    activation: "selu(Tensor self) -> Tensor", .elu,
    """
    elu with the alpha and the scale that keep mean 0 and variance 1 from layer to layer. Integers
    are refused.

    Derivative: that of elu.
    Source: Klambauer and others, Self-normalizing neural networks, 2017.
    """,
    gradName: "EluBackward0",
    numbers: { _, _ in .init(seluAlpha * seluScale, seluScale, 1) },
    formula: { g, x, _ in try g.throughElu(x, seluAlpha * seluScale, seluScale, 1) },
    samples: .unary())

  static let seluAlpha = 1.67326324235437728481704643220
  static let seluScale = 1.05070098735548049341933498529

  package static let softsign = Operator<Void>(
    "softsign(Tensor self) -> Tensor",
    """
    Each element divided by one more than its magnitude: x / (1 + |x|). Integers become float32.

    Derivative: that of its parts.
    """,
    forward: .composed { x, _ in try x / (x.abs() + 1) },
    derivative: .composed, samples: .unary())

  package static let tanhshrink = Operator<Void>(
    "tanhshrink(Tensor self) -> Tensor",
    """
    Each element less its hyperbolic tangent. Integers become float32.

    Derivative: that of its parts.
    """,
    forward: .composed { x, _ in try x - x.tanh() },
    derivative: .composed, samples: .unary())
}

extension Tensor {
  /// This gradient of elu taken back to `x`.
  fileprivate func throughElu(
    _ x: Tensor, _ negative: Double, _ positive: Double, _ inputScale: Double
  ) throws -> Tensor {
    // Only below 0 is the slope a function of x: at 0 its derivative is 0, and where x is positive
    // the exponential may be infinite, and must not meet a zero.
    let below = try (x * .double(inputScale)).maskedFill(x.lt(0).logicalNot(), 0).exp()
    let slope = try below * .double(negative * inputScale)
    return try Ops.where(x.le(0), self * slope, self * .double(positive), ())
  }
}
