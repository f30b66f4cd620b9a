import Arrays
import Autograd
import Elements

// The error function and what belongs to the gamma function, of each element.

extension Ops {
  package static let special: [any AnyOperator] = [
    erf, erfc, erfinv, logit, lgamma, digamma, polygamma,
  ]

  package static let erf = Operator(
    "erf(Tensor self) -> Tensor", .erf,
    """
    Error function of each element, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.
    Integers become float32.

    Derivative: g * 2 / sqrt(pi) * e^(-x^2).
    """,
    derivative: .of(.saving(.x) { g, c in try .double(perRootPi) * (-c.x.square()).exp() * g }))

  package static let erfc = Operator(
    "erfc(Tensor self) -> Tensor", .erfc,
    """
    Complement of the error function of each element, 1 - erf(x), with all digits where it is small.
    Integers become float32.

    Derivative: -g * 2 / sqrt(pi) * e^(-x^2).
    """,
    derivative: .of(.saving(.x) { g, c in try .double(-perRootPi) * (-c.x.square()).exp() * g }))

  package static let erfinv = Operator(
    "erfinv(Tensor self) -> Tensor", .erfinv,
    """
    Number whose error function each element is; infinite for 1 and -1, nan beyond. Integers become
    float32.

    Derivative: g * sqrt(pi) / 2 * e^(y^2), where y is the result.
    Source: Giles, Approximating the erfinv function, 2010.
    """,
    derivative: .of(
      .saving(.result) { g, c in try .double(1 / perRootPi) * c.result.square().exp() * g }),
    on: (-0.9, 0.9))

  package static let logit = Operator<Double?>(
    "logit(Tensor self, float? eps=None) -> Tensor",
    """
    Inverse of the logistic function of each element, log(x / (1 - x)); nan outside of [0, 1].
    Integers become float32.

    With eps an element counts as no less than eps and no more than 1 - eps; a negative one is
    none. Derivative: g / (x (1 - x)); 0 outside of the bounds, nan outside of [0, 1] without any.
    """,
    inPlace: .available,
    forward: .one { x, eps, out in
      let dtype = x.dtype.isDifferentiable ? x.dtype : .float32
      if let out { try out.checkWritable(x.sizes, dtype) }
      return try x.cast(to: dtype).activation(.logit, logitNumbers(eps, dtype), into: out)
    },
    derivative: .of(
      .saving(.x) { g, c, eps in
        let x = try c.x
        let numbers = logitNumbers(eps, x.dtype)
        if isUnwatched(g, x), g.dtype == x.dtype {
          return Tensor(try g.array.activationGradient(.logit, x.array, numbers))
        }
        let slope = try g / (x * (1 - x))
        if numbers.c == 0 { return try slope.maskedFill(x.lt(0).logicalOr(x.gt(1)), .double(.nan)) }
        let inside = try x.ge(.double(numbers.a)).logicalAnd(x.le(.double(numbers.b)))
        return try slope.maskedFill(inside.logicalNot(), 0)
      }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(0.1, 0.9, attributes: nil) + .unary(0.25, 0.75, attributes: 0.2))

  /// The bounds as numbers of the dtype, and whether there are any.
  private static func logitNumbers(_ eps: Double?, _ dtype: DType) -> ActivationNumbers {
    guard let eps, eps >= 0 else { return .init() }
    func rounded<T: Element>(_ value: Double, _: T.Type) -> Double { T(double: value).double }
    func numbers<T: Element>(_: T.Type) -> ActivationNumbers {
      let low = rounded(eps, T.self)
      return .init(low, rounded(1 - low, T.self), 1)
    }
    return dtype.withElement { numbers($0) }
  }

  package static let lgamma: Operator<Void> = Operator(
    "lgamma(Tensor self) -> Tensor", .lgamma,
    """
    Logarithm of the magnitude of the gamma function of each element; infinite at 0 and the negative
    whole numbers. Integers become float32.

    Derivative: g * digamma(x).
    """,
    derivative: .of(.saving(.x) { g, c in try g * digamma(c.x, ()) }), on: (0.3, 4))

  package static let digamma: Operator<Void> = Operator(
    "digamma(Tensor self) -> Tensor", .digamma,
    """
    Derivative of the logarithm of the gamma function, of each element; infinite at 0, nan at the
    negative whole numbers. Integers become float32.

    Derivative: g * polygamma(1, x).
    """,
    derivative: .of(.saving(.x) { g, c in try g * polygamma(c.x, 1) }), on: (0.3, 4))

  package static let polygamma: Operator<Int> = Operator(
    "polygamma(int n, Tensor self) -> Tensor",
    """
    Derivative of order n of digamma, of each element. Integers become float32.

    Errors: a negative n. Derivative: g * polygamma(n + 1, x).
    Source: the formula of Euler and Maclaurin for the zeta function of Hurwitz.
    """,
    forward: .one { x, n, _ in
      if n < 0 { throw TensorError.runtime("polygamma(n, x) does not support negative n.") }
      let y = try x.cast(to: x.dtype.isDifferentiable ? x.dtype : .float32)
      if n == 0 { return try y.unary(.digamma) }
      if n == 1 && y.dtype.isComplex {
        throw TensorError.notImplemented(kernel: "trigamma", y.dtype)
      }
      return try y.activation(.polygamma, .init(Double(n)))
    },
    derivative: .of(.saving(.x) { g, c, n in try g * polygamma(c.x, n &+ 1) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(0.5, 3, attributes: 1) + .unary(0.5, 3, attributes: 2)
      + .unary(-1.7, -1.3, attributes: 3))

  /// 2 / sqrt(pi).
  private static let perRootPi = 1.12837916709551257389615890312
}
