import Arrays
import Autograd
import Elements

// Activations made of straight lines, and those that gate one tensor by another.

extension Ops {
  package static let linearActivation: [any AnyOperator] = [
    leakyRelu, prelu, hardtanh, relu6, hardsigmoid, hardswish, threshold, softshrink, hardshrink,
    glu,
  ]

  package static let leakyRelu = Operator<Scalar>(
    activation: "leaky_relu(Tensor self, Scalar negative_slope=0.01) -> Tensor", .leakyRelu,
    """
    Each element where it is positive, negative_slope times it elsewhere. Integers are refused.

    Derivative: g where the element is positive, else negative_slope * g.
    """,
    numbers: { slope, _ in .init(slope.double) },
    formula: { g, x, slope in try Ops.where(x.gt(0), g, g * .double(slope.double), ()) },
    samples: .unary(attributes: 0.01) + .unary(attributes: -0.5))

  package static let prelu = Operator<Void>(
    "prelu(Tensor self, Tensor weight) -> Tensor",
    """
    Each element where it is positive, elsewhere a weight times it: of one weight, or one for each
    position along dimension 1.

    Errors: a weight with more than one dimension, or of another size than dimension 1; dtypes that
    differ; integers. Derivative: g or weight * g for self; g * x where x is not positive for weight.
    Source: He and others, Delving deep into rectifiers, 2015.
    """,
    forward: .composedTwo { x, weight, _ in
      if x.dtype != weight.dtype {
        throw TensorError.runtime(
          "prelu: Type promoting not supported. Got \(x.dtype.scalarTypeName) and "
            + weight.dtype.scalarTypeName)
      }
      if weight.count != 1 {
        if x.rank == 0 { throw TensorError.runtime("Not allow zero-dim input tensor.") }
        let channels = x.rank > 1 ? x.shape[1] : 1
        if channels != weight.count {
          throw TensorError.runtime(
            "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
              + "\(weight.count) and channel size = \(channels).")
        }
      }
      if weight.rank > 1 {
        throw TensorError.runtime(
          "prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = \(weight.rank)")
      }
      if x.rank == weight.rank { return try preluKernel(x, weight, ()) }
      var sizes = Dims(repeating: 1, count: x.rank)
      if x.rank > 1 { sizes[1] = weight.count }
      return try preluKernel(x, weight.reshape(sizes), ())
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([3], .range(0.1, 0.9))),
      Sample(SampleInput([2, 3, 2]), SampleInput([1])),
      Sample(SampleInput([3, 2], transposed: true), SampleInput([])),
      Sample(SampleInput([]), SampleInput([])),
      Sample(SampleInput([0, 2]), SampleInput([2])),
    ])

  /// `prelu` of a weight that broadcasts. Not exported.
  private static let preluKernel: Operator<Void> = Operator(
    "_prelu_kernel(Tensor self, Tensor weight) -> Tensor",
    "self where it is positive, else times weight.",
    forward: .two { x, weight, _, _ in
      guard x.dtype.isFloatingPoint else {
        throw TensorError.notImplemented(kernel: "prelu_cpu", x.dtype)
      }
      return try .choose(x.binary(.gt, 0), x, x.binary(.mul, weight))
    },
    derivative: .of(
      .saving([.x, .y]) { g, c in try Ops.where(c.x.gt(0), g, g * c.y, ()) },
      .saving(.x) { g, c in try (g * c.x).maskedFill(c.x.gt(0), 0) }),
    tangent: .elementwise, batching: .elementwise, samples: [])

  package static let hardtanh: Operator<(minVal: Scalar, maxVal: Scalar)> = Operator(
    "hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1) -> Tensor",
    """
    Each element, but not below min_val and not above max_val. Integers stay integers; bool is
    refused.

    Derivative: g strictly between the bounds and for nan, else 0.
    """,
    inPlace: .available,
    forward: .one { x, a, out in try x.hardtanh(a.minVal, a.maxVal, into: out) },
    derivative: .of(
      .saving(.x) { g, c, a in
        try g.throughHardtanh(c.x, a.minVal.double, a.maxVal.double)
      }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: (-1, 1)) + .unary(attributes: (-0.5, 1.5)))

  package static let relu6 = Operator<Void>(
    "relu6(Tensor self) -> Tensor",
    """
    Each element, but not below 0 and not above 6. Integers stay integers; bool is refused.

    Derivative: g strictly between 0 and 6 and for nan, else 0.
    """,
    gradName: "HardtanhBackward0", inPlace: .available,
    forward: .one { x, _, out in try x.hardtanh(0, 6, into: out) },
    derivative: .of(.saving(.x) { g, c in try g.throughHardtanh(c.x, 0, 6) }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(-3, 9))

  package static let hardsigmoid = Operator<Void>(
    activation: "hardsigmoid(Tensor self) -> Tensor", .hardsigmoid,
    """
    A sixth of each element plus one half, but not below 0 and not above 1. Integers are refused.

    Derivative: g / 6 strictly between -3 and 3, else 0.
    """,
    numbers: { _, _ in .init() },
    formula: { g, x, _ in try (g * .double(1 / 6)).kept(where: x.abs().lt(3)) },
    samples: .unary(-4, 4))

  package static let hardswish = Operator<Void>(
    activation: "hardswish(Tensor self) -> Tensor", .hardswish,
    """
    Each element times hardsigmoid of it. Integers are refused.

    Derivative: g * (x / 3 + 1 / 2) between -3 and 3; 0 below, g above.
    Source: Howard and others, Searching for MobileNetV3, 2019.
    """,
    numbers: { _, _ in .init() },
    formula: { g, x, _ in
      let middle = try Ops.where(x.lt(3), g * (x / 3 + 0.5), g, ())
      return try middle.maskedFill(x.le(-3), 0)
    },
    samples: .unary(-4, 4))

  package static let threshold = Operator<(threshold: Scalar, value: Scalar)>(
    "threshold(Tensor self, Scalar threshold, Scalar value) -> Tensor",
    """
    Each element where it is above the threshold, value elsewhere; nan stays. Integers stay integers;
    bool is refused.

    Derivative: g where the element is above the threshold and for nan, else 0.
    """,
    inPlace: .available,
    forward: .one { x, a, out in
      if x.dtype.isFloatingPoint {
        return try x.activation(
          .threshold, .init(a.threshold.double, a.value.double), into: out)
      }
      if !x.dtype.isInteger { throw TensorError.notImplemented(kernel: "threshold_cpu", x.dtype) }
      for number in [a.threshold, a.value] { try number.check(fits: x.dtype) }
      let isBelow = try x.binary(.le, .int(a.threshold.int64))
      return try .choose(isBelow, .number(.int(a.value.int64), x.dtype), x, into: out)
    },
    derivative: .of(
      .saving(.x) { g, c, a in
        let x = try c.x
        guard isUnwatched(g, x) else {
          return try g.maskedFill(x.le(.double(a.threshold.double)), 0)
        }
        let numbers = ActivationNumbers(a.threshold.double)
        return Tensor(try g.array.activationGradient(.threshold, x.array, numbers))
      }),
    tangent: .elementwise, batching: .elementwise,
    samples: .unary(attributes: (0.3, 7)) + .unary(attributes: (-0.5, -0.5)))

  package static let softshrink = Operator<Scalar>(
    activation: "softshrink(Tensor self, Scalar lambd=0.5) -> Tensor", .softshrink,
    """
    Each element moved towards 0 by lambd, but not across it. Integers are refused.

    Errors: a lambd that is negative or nan. Derivative: g where the magnitude is above lambd and
    for nan, else 0.
    """,
    inPlace: .unavailable,
    numbers: { lambda, dtype in
      if dtype.isFloatingPoint && !(lambda.double >= 0) {
        throw TensorError.runtime(
          "lambda must be in range [0, \(dtype.largest.shortText)] for input dtype "
            + "\(dtype.scalarTypeName), but found \(lambda.double.shortText)")
      }
      return .init(lambda.double)
    },
    formula: { g, x, lambda in try g.throughShrinking(x, lambda.double) },
    samples: .unary(attributes: 0.5) + .unary(attributes: 0))

  package static let hardshrink = Operator<Scalar>(
    activation: "hardshrink(Tensor self, Scalar lambd=0.5) -> Tensor", .hardshrink,
    """
    Each element where its magnitude is above lambd, else 0; nan stays. Integers are refused.

    Derivative: g where the magnitude is above lambd and for nan, else 0.
    """,
    inPlace: .unavailable,
    numbers: { lambda, _ in .init(lambda.double) },
    formula: { g, x, lambda in try g.throughShrinking(x, lambda.double) },
    samples: .unary(attributes: 0.5) + .unary(attributes: 1.2))

  package static let glu: Operator<Int> = Operator(
    "glu(Tensor self, int dim=-1) -> Tensor",
    """
    The first half along the dimension dim times the logistic function of the second.

    Errors: a dimension out of range or of odd size, a 0-d tensor, integers.
    Derivative: g * s for the first half, g * a * s * (1 - s) for the second, where a is the first
    half and s the logistic function.
    Source: Dauphin and others, Language modeling with gated convolutional networks, 2016.
    """,
    forward: .one { x, dim, _ in
      if x.rank == 0 {
        throw TensorError.runtime("glu does not support scalars because halving size must be even")
      }
      let dim = try Dims.wrap(dim, rank: x.rank)
      if x.sizes[dim] % 2 != 0 {
        throw TensorError.runtime(
          "Halving dimension must be even, but dimension \(dim) is size \(x.sizes[dim])")
      }
      guard x.dtype.isFloatingPoint else {
        throw TensorError.notImplemented(kernel: "glu_cpu", x.dtype)
      }
      let half = x.sizes[dim] / 2
      let first = try x.narrow(dim: dim, start: 0, length: half)
      return try x.narrow(dim: dim, start: half, length: half).unary(.sigmoid).binary(.mul, first)
    },
    derivative: .of(
      .saving(.x) { g, c, dim in
        let (a, s) = try c.x.gateHalves(dim)
        let first = try g * s
        return try Tensor.cat([first, first * (a * (1 - s))], dim: dim)
      }),
    tangent: .formula { c, dim in
      guard let tangent = c.tangent(0) else { return [nil] }
      let (a, s) = try c.x.gateHalves(dim)
      let half = a.shape[try Dims.wrap(dim, rank: a.rank)]
      let first = try tangent.narrow(dim: dim, start: 0, length: half)
      let second = try tangent.narrow(dim: dim, start: half, length: half)
      return [try s * (first + a * (1 - s) * second)]
    },
    batching: .along({ [$0] }) { x, dims, _ in [try glu(x, dims[0])] },
    samples: [
      Sample(SampleInput([4]), attributes: 0),
      Sample(SampleInput([2, 4]), attributes: -1),
      Sample(SampleInput([4, 3], transposed: true), attributes: 0),
      Sample(SampleInput([2, 0]), attributes: 1),
    ])
}

extension NDArray {
  /// - Throws: `TensorError.unsupported` for bool.
  fileprivate func hardtanh(_ low: Scalar, _ high: Scalar, into out: NDArray?) throws -> NDArray {
    if dtype.isFloatingPoint {
      return try activation(.hardtanh, .init(low.double, high.double), into: out)
    }
    if dtype == .bool { throw TensorError.unsupported("Bool inputs not supported for hardtanh") }
    return try clamped(.int(low.int64), .int(high.int64), into: out)
  }
}

extension Tensor {
  /// The first half, and the logistic function of the second.
  fileprivate func gateHalves(_ dim: Int) throws -> (Tensor, Tensor) {
    let half = shape[try Dims.wrap(dim, rank: rank)] / 2
    let second = try narrow(dim: dim, start: half, length: half)
    return (try narrow(dim: dim, start: 0, length: half), try second.sigmoid())
  }

  /// This gradient of hardtanh taken back to `x`.
  fileprivate func throughHardtanh(_ x: Tensor, _ low: Double, _ high: Double) throws -> Tensor {
    guard isUnwatched(self, x) else {
      return try maskedFill(x.le(.double(low)).logicalOr(x.ge(.double(high))), 0)
    }
    return Tensor(try array.activationGradient(.hardtanh, x.array, .init(low, high)))
  }

  /// This gradient of a function that is 0 for magnitudes up to lambda taken back to `x`.
  fileprivate func throughShrinking(_ x: Tensor, _ lambda: Double) throws -> Tensor {
    try maskedFill(x.ge(.double(-lambda)).logicalAnd(x.le(.double(lambda))), 0)
  }
}
