import Arrays
import Autograd
import Elements

// What a model is told that it got wrong.

extension Ops {
  package static let losses: [any AnyOperator] = [mseLoss, nllLoss, crossEntropy]

  package static let mseLoss = Operator<String>(
    #"mse_loss(Tensor self, Tensor target, str reduction="mean") -> Tensor"#,
    """
    Squared differences from the target: (self - target)^2.

    Shapes broadcast; the dtype is what both promote to. The result is their mean, which of none is
    nan; with reduction "sum" their sum, with "none" all of them.
    Errors: another word for reduction; dtypes that are not floating-point.
    Derivative: 2 * (self - target) * g for self, divided by their number for the mean; minus that
    for target.
    """,
    forward: .two { x, y, reduction, _ in
      try x.squaredDifferences(y).reduced(LossReduction(named: reduction))
    },
    derivative: .of(
      .saving([.x, .y]) { g, c, reduction in try g.throughSquare(c.x, c.y, reduction) },
      .saving([.x, .y]) { g, c, reduction in try g.throughSquare(c.y, c.x, reduction) }),
    tangent: .formula { c, reduction in
      let steps = [c.tangent(0), try c.tangent(1).map { try -$0 }].compactMap(\.self)
      guard let first = steps.first else { return [nil] }
      let step = try steps.dropFirst().reduce(first) { try $0 + $1 }
      let slopes = try step * (c.x - c.y) * 2
      switch try LossReduction(named: reduction) {
      case .none: return [slopes]
      case .sum: return [try slopes.sum()]
      case .mean: return [try slopes.mean()]
      }
    },
    batching: .rule { batch, reduction in
      let rank = Swift.max(batch.rank(0), batch.rank(1))
      let losses = try batch.aligned(0, rank: rank)
        .mseLoss(batch.aligned(1, rank: rank), reduction: "none")
      // The loss of a 0-d example is reduced already.
      let dims = try LossReduction(named: reduction) == .none ? [] : Dims(1..<losses.rank)
      if dims.isEmpty { return [losses] }
      return [try reduction == "sum" ? losses.sum(dim: dims) : losses.mean(dim: dims)]
    },
    samples: .binary(attributes: "sum") + .binary(attributes: "none") + [
      // Not the mean of nothing, which has no derivative.
      Sample(SampleInput([2, 3]), SampleInput([2, 3]), attributes: "mean"),
      Sample(SampleInput([3, 2], transposed: true), SampleInput([2]), attributes: "mean"),
      Sample(SampleInput([]), SampleInput([3]), attributes: "mean"),
    ])

  package static let nllLoss = Operator<(reduction: String, ignoreIndex: Int)>(
    #"""
    nll_loss(Tensor self, Tensor target, Tensor? weight=None, str reduction="mean", \#
    int ignore_index=-100) -> Tensor
    """#,
    """
    Negative log likelihood: minus the log-probability of the target class, times its weight.

    self holds log-probabilities and has the sizes [N, C], [C] or [N, C, d1, …]; target holds class
    numbers in int64 (or uint8) and has the same sizes without C; weight has the size [C]. Places
    whose target is ignore_index don't count. The result is the sum divided by the sum of weights,
    which of none is nan; with reduction "sum" the sum, with "none" all of them.
    Errors: sizes that don't match; another dtype of target; a class out of bounds; another word for
    reduction; a weight that requires a gradient.
    Derivative: -g * weight for the log-probabilities of the targets, divided by the sum of weights
    for the mean; 0 for the others.
    """,
    forward: .composedThree { x, target, weight, a in
      try x.negativeLikelihood(target, weight, LossReduction(named: a.reduction), a.ignoreIndex)
    },
    derivative: .composed,
    samples: [
      Sample(logits([3, 4]), classes([3]), attributes: ("mean", -100)),
      Sample(logits([3, 4]), classes([3]), weights, attributes: ("mean", 2)),
      Sample(logits([2, 4, 3]), classes([2, 3]), weights, attributes: ("sum", 1)),
      Sample(logits([2, 4, 1, 2]), classes([2, 1, 2]), attributes: ("none", -100)),
      Sample(logits([4]), classes([]), weights, attributes: ("none", -100)),
      Sample(logits([0, 4]), classes([0]), attributes: ("sum", -100)),
    ])

  package static let crossEntropy = Operator<
    (reduction: String, ignoreIndex: Int, labelSmoothing: Double)
  >(
    #"""
    cross_entropy(Tensor self, Tensor target, Tensor? weight=None, str reduction="mean", \#
    int ignore_index=-100, float label_smoothing=0.0) -> Tensor
    """#,
    """
    Cross entropy between scores and target classes: nll_loss of log_softmax.

    self holds scores and has the sizes [N, C], [C] or [N, C, d1, …]; target holds class numbers as
    for nll_loss, or, with the sizes of self, a probability for each class; weight has the size [C].
    With label_smoothing, a part of the target is spread evenly over all classes.
    The result is the mean, for class numbers weighted and without those that are ignore_index; with
    reduction "sum" the sum, with "none" all of them.
    Errors: those of nll_loss; probabilities that are not floating-point; label_smoothing beyond 1.
    Derivative: for class numbers (softmax - 1 at the target) * g * weight, made of that of its
    parts.
    Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016, for
    label_smoothing.
    """,
    gradName: "NllLossBackward0",
    forward: .composedThree { x, target, weight, a in
      let reduction = try LossReduction(named: a.reduction)
      if x.shape == target.shape {
        return try x.crossEntropy(probabilities: target, weight, reduction, a)
      }
      if a.labelSmoothing > 0 {
        return try x.smoothedCrossEntropy(target, weight, reduction, a)
      }
      return try x.logSoftmax(dim: x.classDim)
        .negativeLikelihood(target, weight, reduction, a.ignoreIndex)
    },
    derivative: .composed,
    samples: [
      Sample(logits([3, 4]), classes([3]), attributes: ("mean", -100, 0)),
      Sample(logits([3, 4]), classes([3]), weights, attributes: ("mean", 2, 0.2)),
      Sample(logits([2, 4, 3]), classes([2, 3]), weights, attributes: ("none", 1, 0.1)),
      Sample(logits([4]), classes([]), attributes: ("sum", -100, 0.3)),
      Sample(
        logits([2, 4]), SampleInput([2, 4], .range(0, 1)), weights, attributes: ("mean", -100, 0.1)),
      Sample(
        logits([2, 4, 2]), SampleInput([2, 4, 2], .range(0, 1)), attributes: ("none", -100, 0)),
    ])

  private static func logits(_ sizes: Dims) -> SampleInput { SampleInput(sizes) }
  private static func classes(_ sizes: Dims) -> SampleInput {
    SampleInput(sizes, .integers([3, 0, 2, 1, 1]))
  }
  private static let weights = SampleInput([4], .constant(0.5, 2))
}

// The two directions of a linear map; see `ClassSelection`. They are not exported. The elements of
// targets and weights are read, so `ClassPlaces` stands in for them where that can't be done.

extension Ops {
  typealias Selection = (reduction: LossReduction, ignoreIndex: Int)

  /// The losses of [N, C] or [C].
  static let selectClasses = selection("NllLossBackward0")
  /// The losses of [N, C, d1, …].
  static let selectSpatialClasses = selection("NllLoss2DBackward0")

  private static func selection(_ gradName: String) -> Operator<Selection> {
    Operator(
      "_select_classes(Tensor self, Tensor target, Tensor? weight) -> Tensor",
      "Minus the log-probabilities of classes, weighted and reduced.", gradName: gradName,
      forward: .three { x, target, weight, a, _ in
        try ClassSelection(of: x, target, weight, a.reduction, ignored: a.ignoreIndex).losses(x)
      },
      derivative: .of(
        .saving([.x, .y, .z]) { g, c, a in
          let (x, target, weight) = (try c.x, try c.y, try c.optionalZ)
          if target.hidesElements || weight?.hidesElements ?? false {
            return try ClassPlaces(of: x, target, weight, a).gradient(g)
          }
          let selection = try ClassSelection(
            of: x.array, target.array, weight?.array, a.reduction, ignored: a.ignoreIndex)
          if isUnwatched(g, x) { return Tensor(try selection.gradient(g.array)) }
          return try g.spread(x, selection)
        }, .notDifferentiable, .notDifferentiable),
      tangent: .linear, samples: [])
  }

  /// Zeros, with the gradients of losses where the log-probabilities of their classes are. These
  /// don't matter, but as in PyTorch they have a gradient, of zero, instead of none.
  static let spreadClasses: Operator<ClassSelection> = Operator(
    "_spread_classes(Tensor self, Tensor log_probabilities) -> Tensor",
    "The transpose of _select_classes.", gradName: "NllLossBackwardBackward0",
    forward: .two { g, _, selection, _ in try selection.gradient(g) },
    derivative: .of(
      .linear { g, _, selection in try g.gathered(selection) },
      .linear { _, c, _ in Tensor(try .full(c.sizes(of: 1), 0, c.dtype(of: 1))) }),
    tangent: .linear, samples: [])

  /// The losses once more, without a check whether target or weight changed since.
  static let gatherClasses: Operator<ClassSelection> = Operator(
    "_gather_classes(Tensor self) -> Tensor", "The transpose of _spread_classes.",
    forward: .one { x, selection, _ in try selection.losses(x) },
    derivative: .of(
      .linear { g, c, selection in
        try g.spread(Tensor(.full(c.sizes(), 0, g.dtype)), selection)
      }),
    tangent: .linear, samples: [])
}

extension Tensor {
  /// The losses of these log-probabilities, checked.
  fileprivate func negativeLikelihood(
    _ target: Tensor, _ weight: Tensor?, _ reduction: LossReduction, _ ignoreIndex: Int
  ) throws -> Tensor {
    try checkClasses(target, weight)
    if hidesElements || target.hidesElements || weight?.hidesElements ?? false {
      return try ClassPlaces(of: self, target, weight, (reduction, ignoreIndex)).losses(self)
    }
    let select = rank <= 2 ? Ops.selectClasses : Ops.selectSpatialClasses
    return try select(self, target, weight, (reduction, ignoreIndex))
  }

  /// This gradient of losses, taken back to the log-probabilities `x`.
  fileprivate func spread(_ x: Tensor, _ selection: ClassSelection) throws -> Tensor {
    if hidesElements { return try ClassPlaces(selection).gradient(self) }
    return try Ops.spreadClasses(self, x, selection)
  }

  /// The losses of log-probabilities that are a gradient of `spread`.
  fileprivate func gathered(_ selection: ClassSelection) throws -> Tensor {
    if hidesElements { return try ClassPlaces(selection).losses(self) }
    return try Ops.gatherClasses(self, selection)
  }

  /// This gradient of reduced squared differences, taken back to `x`.
  fileprivate func throughSquare(_ x: Tensor, _ y: Tensor, _ reduction: String) throws -> Tensor {
    let difference = try x - y
    guard reduction == LossReduction.mean.rawValue else { return try self * difference * 2 }
    return try self * difference * .double(2 / Double(difference.count))
  }
}
