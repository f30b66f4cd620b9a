import Arrays
import Autograd
import Elements

// Losses of pairs of elements: an input and its target.

/// What a loss of pairs of elements is made of.
struct PairLoss<A: Sendable>: Sendable {
  /// The losses, in float32 for 16-bit floats.
  let losses: @Sendable (_ x: NDArray, _ target: NDArray, A) throws -> NDArray
  /// Their derivatives by the input.
  let slopes: @Sendable (_ x: Tensor, _ target: Tensor, A) throws -> Tensor
  /// Their derivatives by the target; nil where there are none.
  let targetSlopes: (@Sendable (_ x: Tensor, _ target: Tensor, A) throws -> Tensor)?
  /// How they are reduced.
  let reduction: @Sendable (A) -> String
  /// The same loss without reduction.
  let unreduced: @Sendable (_ x: Tensor, _ target: Tensor, A) throws -> Tensor
  /// The name of the loop that an error speaks of.
  let kernel: String
  /// Whether complex numbers have it.
  var takesComplex = false
}

extension Operator {
  /// A loss of pairs of elements.
  init(
    _ schema: String, _ documentation: String, pairs loss: PairLoss<Attributes>,
    gradName: String? = nil, samples: @autoclosure @escaping @Sendable () -> [Sample<Attributes>]
  ) {
    let targetPartial: Partial<Attributes> =
      if let slopes = loss.targetSlopes {
        .saving([.x, .y]) { g, c, a in
          try g.through(slopes(c.x, c.y, a), loss.reduction(a))
        }
      } else { .notDifferentiable }
    self.init(
      schema, documentation, gradName: gradName,
      forward: .two { x, target, a, _ in
        let reduction = try LossReduction(named: loss.reduction(a))
        let dtype = DType.promote(x.dtype, target.dtype)
        if !dtype.isFloatingPoint && !(loss.takesComplex && dtype.isComplex) {
          throw TensorError.notImplemented(kernel: loss.kernel, dtype)
        }
        let type = dtype.computing
        return try loss.losses(x.cast(to: type), target.cast(to: type), a).reduced(reduction)
          .cast(to: dtype)
      },
      derivative: .of(
        .saving([.x, .y]) { g, c, a in
          try g.through(loss.slopes(c.x, c.y, a).conj(), loss.reduction(a))
        }, targetPartial),
      tangent: .formula { c, a in
        var terms: [Tensor] = []
        if let t = c.tangent(0) { terms.append(try t * loss.slopes(c.x, c.y, a)) }
        if let t = c.tangent(1), let slopes = loss.targetSlopes {
          terms.append(try t * slopes(c.x, c.y, a))
        }
        guard let first = terms.first else { return [nil] }
        let sum = try terms.dropFirst().reduce(first) { try $0 + $1 }
        return [try sum.reduced(LossReduction(named: loss.reduction(a)))]
      },
      batching: .rule { batch, a in
        let rank = Swift.max(batch.rank(0), batch.rank(1))
        let losses = try loss.unreduced(
          batch.aligned(0, rank: rank), batch.aligned(1, rank: rank), a)
        return [try losses.reducedExamples(LossReduction(named: loss.reduction(a)))]
      },
      samples: samples())
  }
}

extension Tensor {
  /// This gradient of reduced losses, taken back through their slopes.
  func through(_ slopes: Tensor, _ reduction: String) throws -> Tensor {
    guard reduction == LossReduction.mean.rawValue else { return try self * slopes }
    return try self * slopes / .double(Double(slopes.count))
  }

  /// The losses, all of them or reduced.
  func reduced(_ reduction: LossReduction) throws -> Tensor {
    switch reduction {
    case .none: self
    case .mean: try mean()
    case .sum: try sum()
    }
  }

  /// The same for the losses of each example, whose dimension is the first.
  func reducedExamples(_ reduction: LossReduction) throws -> Tensor {
    let dims = reduction == .none ? [] : Dims(1..<rank)
    if dims.isEmpty { return self }
    return try reduction == .sum ? sum(dim: dims) : mean(dim: dims)
  }

  /// The losses reduced as a word says.
  func reduced(named reduction: String) throws -> Tensor {
    try reduced(LossReduction(named: reduction))
  }

  /// - Throws: `TensorError.runtime` for a tensor that is to be differentiated where a function can't.
  func refuseGradient(_ argument: String, of function: String) throws {
    if requiresGrad && GradMode.isEnabled {
      throw TensorError.runtime(
        "The function '\(function)' is not differentiable with respect to argument "
          + "'\(argument)'. This input cannot have requires_grad True.")
    }
  }
}

extension Ops {
  package static let pairLosses: [any AnyOperator] = [
    l1Loss, smoothL1Loss, huberLoss, binaryCrossEntropy, binaryCrossEntropyWithLogits, klDiv,
    softMarginLoss, poissonNllLoss, gaussianNllLoss,
  ]

  package static let l1Loss = Operator<String>(
    #"l1_loss(Tensor self, Tensor target, str reduction="mean") -> Tensor"#,
    """
    Absolute differences from the target: |self - target|.

    Shapes broadcast; the dtype is what both promote to. The result is their mean, which of none is
    nan; with reduction "sum" their sum, with "none" all of them.
    Errors: another word for reduction. Derivative: g * sign(self - target) for self, minus that for
    target; divided by their number for the mean.
    """,
    gradName: "MeanBackward0",
    forward: .composedTwo { x, target, reduction in
      let reduction = try LossReduction(named: reduction)
      return try (x - target).abs().reduced(reduction)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([2, 3]), attributes: "mean"),
      Sample(SampleInput([3, 2], transposed: true), SampleInput([2]), attributes: "sum"),
      Sample(SampleInput([0, 2]), SampleInput([2]), attributes: "none"),
    ])

  package static let smoothL1Loss: Operator<(reduction: String, beta: Double)> = Operator(
    #"""
    smooth_l1_loss(Tensor self, Tensor target, str reduction="mean", float beta=1.0) -> Tensor
    """#,
    """
    Squared differences from the target where they are small, absolute ones elsewhere: with
    d = |self - target|, d^2 / (2 beta) below beta, d - beta / 2 from there on.

    Shapes broadcast; the dtype is what both promote to. The result is their mean, which of none is
    nan; with reduction "sum" their sum, with "none" all of them.
    Errors: another word for reduction; a negative beta; dtypes that are not floating-point.
    Derivative: g times (self - target) / beta, or its sign, for self; minus that for target;
    divided by their number for the mean.
    Source: Girshick, "Fast R-CNN", 2015, arXiv:1504.08083.
    """,
    pairs: PairLoss(
      losses: { x, y, a in
        if a.beta < 0 {
          throw TensorError.runtime("smooth_l1_loss does not support negative values for beta.")
        }
        let d = try x.binary(.sub, y)
        if a.beta == 0 { return try d.unary(.abs, into: d) }
        return try d.activation(.huber, ActivationNumbers(a.beta, 1 / a.beta), into: d)
      },
      slopes: { x, y, a in try (x - y).smoothSign(a.beta) },
      targetSlopes: { x, y, a in try (y - x).smoothSign(a.beta) },
      reduction: { $0.reduction },
      unreduced: { try smoothL1Loss($0, $1, ("none", $2.beta)) }, kernel: "smooth_l1_cpu"),
    gradName: "SmoothL1LossBackward0",
    samples: .binary((-1, 1), (2, 4), attributes: ("mean", 1)).dropLast()
      + .binary((-1, 1), (-1, 1), attributes: ("sum", 5)) + [
        Sample(SampleInput([2, 3]), SampleInput([2, 3]), attributes: ("none", 0.5))
      ])

  package static let huberLoss: Operator<(reduction: String, delta: Double)> = Operator(
    #"huber_loss(Tensor self, Tensor target, str reduction="mean", float delta=1.0) -> Tensor"#,
    """
    Squared differences from the target where they are small, absolute ones elsewhere: with
    d = |self - target|, d^2 / 2 up to delta, delta * (d - delta / 2) from there on.

    Shapes broadcast; the dtype is what both promote to. The result is their mean, which of none is
    nan; with reduction "sum" their sum, with "none" all of them.
    Errors: another word for reduction; a delta that is not positive; dtypes that are not
    floating-point.
    Derivative: g times self - target, or its sign times delta, for self; minus that for target;
    divided by their number for the mean.
    Source: Huber, "Robust Estimation of a Location Parameter", 1964.
    """,
    pairs: PairLoss(
      losses: { x, y, a in
        if a.delta <= 0 {
          throw TensorError.runtime("huber_loss does not support non-positive values for delta.")
        }
        let d = try x.binary(.sub, y)
        return try d.activation(.huber, ActivationNumbers(a.delta, 1), into: d)
      },
      slopes: { x, y, a in try (x - y).clamp(min: .double(-a.delta), max: .double(a.delta)) },
      targetSlopes: { x, y, a in
        try (y - x).clamp(min: .double(-a.delta), max: .double(a.delta))
      },
      reduction: { $0.reduction }, unreduced: { try huberLoss($0, $1, ("none", $2.delta)) },
      kernel: "huber_cpu"),
    gradName: "HuberLossBackward0",
    samples: .binary((-1, 1), (2, 4), attributes: ("mean", 1)).dropLast()
      + .binary((-1, 1), (-1, 1), attributes: ("sum", 5)) + [
        Sample(SampleInput([2, 3]), SampleInput([2, 3]), attributes: ("none", 0.5))
      ])

  package static let softMarginLoss = Operator<String>(
    #"soft_margin_loss(Tensor self, Tensor target, str reduction="mean") -> Tensor"#,
    """
    Logistic loss of targets 1 and -1: log(1 + exp(-target * self)).

    The result is the mean, which of none is nan; with reduction "sum" the sum, with "none" all.
    Errors: another word for reduction; a target that does not broadcast to self, or requires a
    gradient; integers.
    Derivative: -g * target * sigmoid(-target * self), divided by their number for the mean.
    """,
    forward: .composedTwo { x, target, reduction in
      try target.refuseGradient("target", of: "soft_margin_loss")
      _ = try LossReduction(named: reduction)
      if !x.dtype.isDifferentiable {
        let dtype = DType.promote(x.dtype, .float32)
        throw TensorError.runtime(
          "result type \(dtype.scalarTypeName) can't be cast to the desired output type "
            + x.dtype.scalarTypeName)
      }
      let sizes = try Dims.broadcast(x.shape, target.shape)
      if sizes != x.shape { throw TensorError.outputShape(x.shape, broadcast: sizes) }
      return try softMargin(x, target, reduction)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([2, 3], .constant(-1, 1)), attributes: "mean"),
      Sample(
        SampleInput([3, 2], transposed: true), SampleInput([2], .constant(-1, 1)),
        attributes: "sum"),
      Sample(SampleInput([]), SampleInput([], .constant(-1, 1)), attributes: "none"),
    ])

  /// The same, checked.
  private static let softMargin: Operator<String> = Operator(
    #"_soft_margin(Tensor self, Tensor target, str reduction="mean") -> Tensor"#, "Logistic loss.",
    pairs: PairLoss(
      losses: { x, y, _ in
        let z = try x.binary(.mul, y).unary(.neg)
        _ = try z.unary(.exp, into: z)
        return try z.unary(.log1p, into: z)
      },
      slopes: { x, y, _ in try -y * (-y * x).sigmoid() }, targetSlopes: nil,
      reduction: { $0 }, unreduced: { x, y, _ in try softMargin(x, y, "none") },
      kernel: "soft_margin", takesComplex: true),
    gradName: "SoftMarginLossBackward0", samples: [])

  package static let klDiv = Operator<(reduction: String, logTarget: Bool)>(
    #"kl_div(Tensor self, Tensor target, str reduction="mean", bool log_target=False) -> Tensor"#,
    """
    Pointwise Kullback-Leibler divergence of log-probabilities from a target:
    target * (log(target) - self), where 0 log(0) counts as 0; with log_target, which takes
    logarithms, exp(target) * (target - self).

    Shapes broadcast. The result is the mean; with reduction "sum" the sum, with "none" all of them;
    "batchmean", the sum divided by the size of the first dimension, is the divergence as it is
    defined.
    Errors: another word for reduction; dtypes that are not floating-point.
    Derivative: that of its parts.
    """,
    gradName: "MeanBackward0",
    forward: .composedTwo { x, target, a in
      for dtype in [x.dtype, target.dtype] where !dtype.isFloatingPoint {
        let kind = dtype.isComplex ? "Complex" : "Integral"
        throw TensorError.runtime("kl_div: \(kind) inputs not supported.")
      }
      let isBatch = a.reduction == "batchmean"
      let reduction = try LossReduction(named: isBatch ? "sum" : a.reduction)
      let losses =
        a.logTarget
        ? try target.exp() * (target - x) : try target.timesItsLogarithm() - target * x
      let loss = try losses.reduced(reduction)
      if !isBatch || x.rank == 0 { return loss }
      return try loss / .double(Double(x.shape[0]))
    },
    derivative: .composed,
    samples: [
      Sample(
        SampleInput([2, 3]), SampleInput([2, 3], .range(0.1, 1)), attributes: ("mean", false)),
      Sample(SampleInput([2, 3]), SampleInput([3]), attributes: ("sum", true)),
      Sample(
        SampleInput([3, 2], transposed: true), SampleInput([3, 2], .range(0.1, 1)),
        attributes: ("batchmean", false)),
      Sample(SampleInput([0]), SampleInput([0], .range(0.1, 1)), attributes: ("none", false)),
    ])

  package static let poissonNllLoss = Operator<
    (logInput: Bool, full: Bool, eps: Double, reduction: String)
  >(
    #"""
    poisson_nll_loss(Tensor input, Tensor target, bool log_input=True, bool full=False, \#
    float eps=1e-08, str reduction="mean") -> Tensor
    """#,
    """
    Negative log likelihood of counts under a Poisson distribution: exp(input) - target * input;
    without log_input, input - target * log(input + eps).

    Shapes broadcast. With full, Stirling's approximation of the term that does not depend on input
    is added where target is above 1: target log(target) - target + log(2 pi target) / 2.
    The result is the mean; with reduction "sum" the sum, with "none" all of them.
    Errors: another word for reduction. Derivative: that of its parts.
    """,
    gradName: "MeanBackward0",
    forward: .composedTwo { x, target, a in
      let reduction = try LossReduction(named: a.reduction)
      var losses =
        a.logInput
        ? try x.exp() - target * x : try x - target * (x + .double(a.eps)).log()
      if a.full {
        let rest =
          try target * target.log() - target + 0.5 * (target * .double(2 * .pi)).log()
        losses = try losses + rest.maskedFill(target.le(1), 0)
      }
      return try losses.reduced(reduction)
    },
    derivative: .composed,
    samples: [
      Sample(
        SampleInput([2, 3]), SampleInput([2, 3], .range(1.5, 4)),
        attributes: (true, false, 1e-8, "mean")),
      Sample(
        SampleInput([2, 3], .range(0.5, 2)), SampleInput([3], .range(1.5, 4)),
        attributes: (false, true, 1e-8, "sum")),
    ])

  package static let gaussianNllLoss = Operator<(full: Bool, eps: Double, reduction: String)>(
    #"""
    gaussian_nll_loss(Tensor input, Tensor target, Tensor var, bool full=False, \#
    float eps=1e-06, str reduction="mean") -> Tensor
    """#,
    """
    Negative log likelihood under a normal distribution with mean input and variance var:
    (log(var) + (input - target)^2 / var) / 2, with var at least eps; plus log(2 pi) / 2 with full.

    var has the sizes of input, or a last size of 1, or lacks the last dimension. The result is the
    mean; with reduction "sum" the sum, with "none" all of them.
    Errors: other sizes of var; a negative element of it; another word for reduction.
    Derivative: that of its parts, in which the bound eps does not count.
    Source: Nix, Weigend, "Estimating the mean and variance of the target probability
    distribution", 1994.
    """,
    gradName: "MeanBackward0",
    forward: .composedMany { t, a in
      guard let x = t[0], let target = t[1], var variance = t[2] else {
        preconditionFailure("gaussian_nll_loss without its tensors")
      }
      if variance.shape != x.shape && variance.rank > 0 {
        let rows = Dims(x.shape.dropLast())
        if rows == variance.shape {
          variance = try variance.unsqueeze(dim: -1)
        } else if Dims(variance.shape.dropLast()) != rows || variance.shape.last != 1 {
          throw TensorError.value("var is of incorrect size")
        }
      }
      guard let reduction = LossReduction(rawValue: a.reduction) else {
        throw TensorError.value("\(a.reduction) is not valid")
      }
      if !variance.hidesElements, variance.count > 0,
        try variance.array.binary(.lt, .int(0)).reduced(
          .any, Dims(variance.shape.indices), keepdim: false
        ).item().double != 0
      {
        throw TensorError.value("var has negative entry/entries")
      }
      let bounded = try variance.clone()
      try GradMode.with(false) { _ = try bounded.clamp_(min: .double(a.eps)) }
      let difference = try x - target
      var losses = try 0.5 * (bounded.log() + difference * difference / bounded)
      if a.full { losses = try losses + .double(0.918938533204672741780329736406) }
      return [try losses.reduced(reduction)]
    },
    derivative: .composed,
    samples: [
      Sample(
        SampleInput([2, 3]), SampleInput([2, 3]), SampleInput([2, 3], .range(0.5, 2)),
        attributes: (false, 1e-6, "mean")),
      Sample(
        SampleInput([2, 3]), SampleInput([2, 3]), SampleInput([2], .range(0.5, 2)),
        attributes: (true, 1e-6, "none")),
    ])
}

extension Tensor {
  /// The sign of each element, and below `beta` in magnitude a straight line.
  fileprivate func smoothSign(_ beta: Double) throws -> Tensor {
    beta == 0 ? try sign() : try (self / .double(beta)).clamp(min: -1, max: 1)
  }

  /// x log(x), and 0 at 0.
  fileprivate func timesItsLogarithm() throws -> Tensor {
    let isZero = try eq(0)
    let inside = try maskedFill(isZero, 1)
    return try (inside * inside.log()).maskedFill(isZero, 0)
  }
}
