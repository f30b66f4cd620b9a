import Arrays
import Autograd
import Elements

// Cross entropy of pairs of classes: a probability, or a score, and how likely it should be.

extension Ops {
  package static let binaryCrossEntropy = Operator<String>(
    #"""
    binary_cross_entropy(Tensor self, Tensor target, Tensor? weight=None, \#
    str reduction="mean") -> Tensor
    """#,
    """
    Cross entropy of probabilities: -(target * log(self) + (1 - target) * log(1 - self)) * weight.

    Logarithms count as at least -100. weight broadcasts to self. The result is the mean, which of
    none is nan; with reduction "sum" the sum, with "none" all of them.
    Errors: sizes or dtypes of self and target that differ; elements of self or target that are not
    in [0, 1]; dtypes that are not floating-point; a weight that requires a gradient.
    Derivative: g * weight * (self - target) / max(self * (1 - self), 1e-12) for self,
    g * weight * log((1 - self) / self) for target; divided by their number for the mean.
    """,
    gradName: "BinaryCrossEntropyBackward0",
    forward: .composedThree { x, target, weight, reduction in
      if x.shape != target.shape {
        throw TensorError.value(
          "Using a target size (torch.Size(\(target.shape))) that is different to the input size "
            + "(torch.Size(\(x.shape))) is deprecated. Please ensure they have the same size.")
      }
      _ = try LossReduction(named: reduction)
      try weight?.refuseGradient("weight", of: "binary_cross_entropy")
      if x.dtype != target.dtype {
        throw TensorError.runtime(
          "Found dtype \(target.dtype.scalarTypeName) but expected \(x.dtype.scalarTypeName)")
      }
      if !x.dtype.isFloatingPoint {
        throw TensorError.notImplemented(kernel: "binary_cross_entropy", x.dtype)
      }
      for (name, tensor) in [("input", x), ("target", target)] {
        if try !tensor.isBetweenZeroAndOne() {
          throw TensorError.runtime("all elements of \(name) should be between 0 and 1")
        }
      }
      if let weight, !weight.shape.isExpandable(to: x.shape) {
        let (sizes, shift) = (weight.shape, x.rank - weight.rank)
        let wrong = sizes.indices.last { i in
          sizes[i] != 1 && (i + shift < 0 || sizes[i] != x.shape[i + shift])
        }
        guard let wrong else { return try weight.expand(x.shape) }
        throw TensorError.runtime(
          "Attempting to broadcast a dimension of length \(sizes[wrong]) at "
            + "\(wrong - sizes.count)! Mismatching argument at index 1 had torch.Size(\(sizes)); "
            + "but expected shape should be broadcastable to \(x.shape)")
      }
      return try crossEntropyOfPairs.many([x, target, weight], reduction)[0]
    },
    derivative: .composed,
    samples: [
      Sample(chances([2, 3]), chances([2, 3]), attributes: "mean"),
      Sample(chances([2, 3]), chances([2, 3]), pairWeights([3]), attributes: "sum"),
      Sample(
        SampleInput([3, 2], .range(0.1, 0.9), transposed: true), chances([3, 2]),
        attributes: "none"),
      Sample(chances([]), chances([]), attributes: "mean"),
      Sample(chances([0, 2]), chances([0, 2]), attributes: "sum"),
    ])

  package static let binaryCrossEntropyWithLogits = Operator<String>(
    #"""
    binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, \#
    Tensor? pos_weight=None, str reduction="mean") -> Tensor
    """#,
    """
    Cross entropy of scores: binary_cross_entropy of their logistic function, without overflow:
    -(pos_weight * target * log(s) + (1 - target) * log(1 - s)) * weight with s = sigmoid(self).

    weight and pos_weight broadcast to self. The result is the mean, which of none is nan; with
    reduction "sum" the sum, with "none" all of them.
    Errors: sizes of self and target that differ; dtypes that are not floating-point; a weight that
    requires a gradient.
    Derivative: g * weight * ((p + 1 - target) * s - p) with p = pos_weight * target for self,
    g * weight * (log(1 - s) - pos_weight * log(s)) for target; divided by their number for the
    mean.
    """,
    gradName: "BinaryCrossEntropyWithLogitsBackward0",
    forward: .composedMany { t, reduction in
      guard let x = t[0], let target = t[1] else {
        preconditionFailure("binary_cross_entropy_with_logits without its tensors")
      }
      if x.shape != target.shape {
        throw TensorError.value(
          "Target size (torch.Size(\(target.shape))) must be the same as input size "
            + "(torch.Size(\(x.shape)))")
      }
      _ = try LossReduction(named: reduction)
      try t[2]?.refuseGradient("weight", of: "binary_cross_entropy_with_logits")
      try t[3]?.refuseGradient("pos_weight", of: "binary_cross_entropy_with_logits")
      let dtype = DType.promote(x.dtype, target.dtype)
      if !dtype.isFloatingPoint {
        throw TensorError.notImplemented(kernel: "log_sigmoid_cpu", dtype)
      }
      if !target.dtype.isFloatingPoint {
        throw TensorError.runtime(
          "result type \(dtype.scalarTypeName) can't be cast to the desired output type "
            + target.dtype.scalarTypeName)
      }
      return [try crossEntropyOfScores.many(t, reduction)[0]]
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), chances([2, 3]), attributes: "mean"),
      Sample(SampleInput([2, 3]), chances([2, 3]), pairWeights([3]), attributes: "sum"),
      Sample(
        SampleInput([3, 2], transposed: true), chances([3, 2]), pairWeights([1]), pairWeights([2]),
        attributes: "none"),
      Sample(SampleInput([]), chances([]), attributes: "mean"),
      Sample(SampleInput([0, 2]), chances([0, 2]), attributes: "sum"),
    ])

  private static func chances(_ sizes: Dims) -> SampleInput {
    SampleInput(sizes, .range(0.1, 0.9))
  }
  private static func pairWeights(_ sizes: Dims) -> SampleInput {
    SampleInput(sizes, .constant(0.5, 2))
  }

  /// The losses of probabilities, checked.
  private static let crossEntropyOfPairs = weightedLoss(
    "_cross_entropy_of_pairs(Tensor self, Tensor target, Tensor? weight) -> Tensor",
    gradName: "BinaryCrossEntropyBackward0",
    losses: { t in
      let (x, target) = (t[0], t[1])
      let bound = Scalar.int(-100)
      let first = try target.binary(.mul, x.unary(.log).binary(.maximum, bound))
      let others = try x.unary(.neg).unary(.log1p).binary(.maximum, bound)
      return try target.binary(.sub, .int(1)).binary(.mul, others).binary(.sub, first)
    },
    slopes: { t in
      let (x, target) = (t[0], t[1])
      return try (x - target) / (x * (1 - x)).clamp(min: 1e-12)
    },
    targetSlopes: { t in try (1 - t[0]).log() - t[0].log() })

  /// The losses of scores, checked.
  private static let crossEntropyOfScores = weightedLoss(
    """
    _cross_entropy_of_scores(Tensor self, Tensor target, Tensor? weight, \
    Tensor? pos_weight) -> Tensor
    """,
    gradName: "BinaryCrossEntropyWithLogitsBackward0",
    losses: { t in
      let (x, target) = (t[0], t[1])
      let rest = try target.binary(.sub, .int(1)).binary(.mul, x)
      var logarithm = try x.activation(.logSigmoid)
      if t.count > 2 {
        let factor = try t[2].binary(.sub, .int(1)).binary(.mul, target).binary(.add, .int(1))
        logarithm = try logarithm.binary(.mul, factor)
      }
      return try rest.binary(.add, logarithm).unary(.neg)
    },
    slopes: { t in
      let (x, target) = (t[0], t[1])
      if t.count < 3 { return try x.sigmoid() - target }
      let share = try t[2] * target
      return try (share + 1 - target) * x.sigmoid() - share
    },
    targetSlopes: { t in
      if t.count < 3 { return try -t[0] }
      return try (1 - t[2]) * logSigmoid(t[0], ()) - t[0]
    })

  /// A loss of pairs with a weight for each, which is the third tensor; more tensors may follow.
  private static func weightedLoss(
    _ schema: String, gradName: String,
    losses: @escaping @Sendable ([NDArray]) throws -> NDArray,
    slopes: @escaping @Sendable ([Tensor]) throws -> Tensor,
    targetSlopes: @escaping @Sendable ([Tensor]) throws -> Tensor
  ) -> Operator<String> {
    /// Tensors but for the weight.
    @Sendable func given<T>(_ t: [T?]) -> [T] {
      t.enumerated().compactMap { $0.offset == 2 ? nil : $0.element }
    }
    @Sendable func weighted(_ slopes: Tensor, _ weight: Tensor?) throws -> Tensor {
      try weight.map { try slopes * $0 } ?? slopes
    }
    @Sendable func call(_ t: [Tensor?], _ reduction: String) throws -> Tensor {
      try (t.count > 3 ? crossEntropyOfScores : crossEntropyOfPairs).many(t, reduction)[0]
    }
    return Operator(
      schema, "Weighted losses.", gradName: gradName,
      forward: .many { t, reduction in
        guard let dtype = t[1]?.dtype else { preconditionFailure("a loss without a target") }
        let type = dtype.computing
        var result = try losses(given(t).map { try $0.cast(to: type) })
        if let weight = t[2] { result = try result.binary(.mul, weight.cast(to: type)) }
        return [try result.reduced(LossReduction(named: reduction)).cast(to: dtype)]
      },
      derivative: .joint(saving: [.input(0), .input(1), .input(2), .input(3)]) { c, reduction in
        let g = try c.filledGradient(0)
        let weight = try c.optionalInput(2)
        let tensors = given([try c.input(0), try c.input(1), nil, try c.optionalInput(3)])
        var result = Gradients()
        result.append(
          c.needs(0)
            ? try g.through(weighted(slopes(tensors), weight), reduction) : nil)
        result.append(
          c.needs(1)
            ? try g.through(weighted(targetSlopes(tensors), weight), reduction) : nil)
        return result
      },
      tangent: .formula { c, reduction in
        let tensors = given(c.inputs)
        let terms = try [
          c.tangent(0).map { try $0 * weighted(slopes(tensors), c.inputs[2]) },
          c.tangent(1).map { try $0 * weighted(targetSlopes(tensors), c.inputs[2]) },
        ].compactMap(\.self)
        guard let first = terms.first else { return [nil] }
        let sum = try terms.dropFirst().reduce(first) { try $0 + $1 }
        return [try sum.reduced(LossReduction(named: reduction))]
      },
      batching: .rule { batch, reduction in
        let rank = batch.inputs.indices.map(batch.rank).max() ?? 0
        let tensors = try batch.inputs.indices.map {
          batch.inputs[$0] == nil ? nil : try batch.aligned($0, rank: rank)
        }
        let losses = try call(tensors, "none")
        return [try losses.reducedExamples(LossReduction(named: reduction))]
      },
      samples: [])
  }
}

extension Tensor {
  /// False where an element is below 0 or above 1, or nan.
  fileprivate func isBetweenZeroAndOne() throws -> Bool {
    if hidesElements || count == 0 { return true }
    let array = array
    let (low, high) = (try array.binary(.ge, .int(0)), try array.binary(.le, .int(1)))
    return try low.binary(.logicalAnd, high)
      .reduced(.all, Dims(shape.indices), keepdim: false).item().double != 0
  }
}
