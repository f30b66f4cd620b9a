import Arrays
import Autograd
import Elements

// Losses that ask for a margin between what belongs together and what does not.

extension Ops {
  package static let marginLosses: [any AnyOperator] = [
    hingeEmbeddingLoss, marginRankingLoss, cosineEmbeddingLoss, tripletMarginLoss, multiMarginLoss,
    multilabelMarginLoss, multilabelSoftMarginLoss,
  ]

  package static let hingeEmbeddingLoss = Operator<(margin: Double, reduction: String)>(
    #"""
    hinge_embedding_loss(Tensor self, Tensor target, float margin=1.0, \#
    str reduction="mean") -> Tensor
    """#,
    """
    Distances where target is 1, and what they lack to a margin where it is -1: self, or
    max(0, margin - self); both are added up for other targets.

    Shapes broadcast. The result is the mean; with reduction "sum" the sum, with "none" all of them.
    Errors: another word for reduction. Derivative: that of its parts.
    """,
    gradName: "MeanBackward0",
    forward: .composedTwo { x, target, a in
      let reduction = try LossReduction(named: a.reduction)
      let margin = Tensor(try .full(x.shape, .double(a.margin), x.dtype))
      let (zeros, lacking) = (try x.zeros, try (margin - x).clampMin(0))
      let far = try target.ne(1).where(lacking, zeros)
      let near = try target.ne(-1).where(x, zeros)
      return try (far + near).reduced(reduction)
    },
    derivative: .composed,
    samples: [
      Sample(
        SampleInput([2, 3]), SampleInput([2, 3], .integers([1, -1, 1])), attributes: (3, "mean")),
      Sample(
        SampleInput([3, 2], transposed: true), SampleInput([2], .integers([1, -1])),
        attributes: (5, "sum")),
    ])

  package static let marginRankingLoss = Operator<(margin: Double, reduction: String)>(
    #"""
    margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, float margin=0.0, \#
    str reduction="mean") -> Tensor
    """#,
    """
    What input1 lacks to be larger than input2 by a margin, or smaller where target is -1:
    max(0, -target * (input1 - input2) + margin).

    The result is the mean; with reduction "sum" the sum, with "none" all of them.
    Errors: numbers of dimensions that differ; another word for reduction. Derivative: that of its
    parts.
    """,
    gradName: "MeanBackward0",
    forward: .composedMany { t, a in
      guard let x = t[0], let y = t[1], let target = t[2] else {
        preconditionFailure("margin_ranking_loss without its tensors")
      }
      let reduction = try LossReduction(named: a.reduction)
      if x.rank != y.rank || x.rank != target.rank {
        throw TensorError.runtime(
          "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            + "input1: torch.Size(\(x.shape)), input2: torch.Size(\(y.shape)), target: "
            + "torch.Size(\(target.shape)) ")
      }
      let losses = try (-target * (x - y) + .double(a.margin)).clampMin(0)
      return [try losses.reduced(reduction)]
    },
    derivative: .composed,
    samples: [
      Sample(
        SampleInput([3], .range(0, 1)), SampleInput([3], .range(2, 3)),
        SampleInput([3], .integers([1, -1])), attributes: (0.5, "mean")),
      Sample(
        SampleInput([2, 3], .range(0, 1)), SampleInput([2, 3], .range(2, 3)),
        SampleInput([2, 3], .integers([1, -1])), attributes: (0, "none")),
    ])

  package static let cosineEmbeddingLoss = Operator<(margin: Double, reduction: String)>(
    #"""
    cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, float margin=0.0, \#
    str reduction="mean") -> Tensor
    """#,
    """
    One minus the cosine of the angle between two vectors where target is 1, and what the cosine
    exceeds a margin by where it is -1; 0 for other targets.

    The vectors are rows of two matrices, with a target for each, or two vectors with one target.
    The result is the mean; with reduction "sum" the sum, with "none" all of them.
    Errors: other numbers of dimensions; another word for reduction. Derivative: that of its parts.
    """,
    gradName: "MeanBackward0",
    forward: .composedMany { t, a in
      guard let x = t[0], let y = t[1], let target = t[2] else {
        preconditionFailure("cosine_embedding_loss without its tensors")
      }
      let reduction = try LossReduction(named: a.reduction)
      if target.rank > 1 {
        throw TensorError.runtime("0D or 1D target tensor expected, multi-target not supported")
      }
      if x.rank != target.rank + 1 || y.rank != target.rank + 1 {
        throw TensorError.runtime(
          "\(target.rank)D target tensor expects \(target.rank + 1)D input tensors, but found "
            + "inputs with sizes \(x.shape) and \(y.shape).")
      }
      func sum(_ x: Tensor) throws -> Tensor { try x.sum(dim: [target.rank]) }
      let lengths = try (sum(x * x) + 1e-12) * (sum(y * y) + 1e-12)
      let cosine = try sum(x * y) / lengths.sqrt()
      let zeros = try cosine.zeros
      let near = try target.eq(1).where(1 - cosine, zeros)
      let far = try target.eq(-1).where((cosine - .double(a.margin)).clampMin(0), zeros)
      return [try (near + far).reduced(reduction)]
    },
    derivative: .composed,
    samples: [
      Sample(
        SampleInput([2, 3]), SampleInput([2, 3]), SampleInput([2], .integers([1, -1])),
        attributes: (-1.5, "mean")),
      Sample(
        SampleInput([3]), SampleInput([3]), SampleInput([], .integers([1])),
        attributes: (0, "none")),
    ])

  package static let tripletMarginLoss = Operator<
    (margin: Double, p: Double, eps: Double, swap: Bool, reduction: String)
  >(
    #"""
    triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, float margin=1.0, \#
    float p=2.0, float eps=1e-06, bool swap=False, str reduction="mean") -> Tensor
    """#,
    """
    What the distance from anchor to positive exceeds that to negative by, plus a margin:
    max(0, |anchor - positive + eps| - |anchor - negative + eps| + margin).

    Distances are p-norms along the last dimension. With swap, that from positive to negative counts
    where it is the smaller one. The result is the mean; with reduction "sum" the sum, with "none"
    all of them.
    Errors: numbers of dimensions that differ; another word for reduction. Derivative: that of its
    parts.
    Source: Balntas et al., "Learning local feature descriptors with triplets and shallow
    convolutional neural networks", 2016.
    """,
    gradName: "MeanBackward0",
    forward: .composedMany { t, a in
      guard let anchor = t[0], let positive = t[1], let negative = t[2] else {
        preconditionFailure("triplet_margin_loss without its tensors")
      }
      let reduction = try LossReduction(named: a.reduction)
      if anchor.rank != positive.rank || anchor.rank != negative.rank {
        throw TensorError.runtime(
          "The anchor, positive, and negative tensors are expected to have the same number of "
            + "dimensions, but got: anchor \(anchor.rank)D, positive \(positive.rank)D, and "
            + "negative \(negative.rank)D inputs")
      }
      func distance(_ x: Tensor, _ y: Tensor) throws -> Tensor {
        try pairwiseDistance(x, y, (a.p, a.eps, false))
      }
      let near = try distance(anchor, positive)
      var far = try distance(anchor, negative)
      if a.swap { far = try far.minimum(distance(positive, negative)) }
      return [try (.double(a.margin) + near - far).clampMin(0).reduced(reduction)]
    },
    derivative: .composed,
    samples: [
      Sample(
        SampleInput([2, 3]), SampleInput([2, 3]), SampleInput([2, 3]),
        attributes: (9, 2, 1e-6, false, "mean")),
      Sample(
        SampleInput([2, 3]), SampleInput([2, 3]), SampleInput([2, 3]),
        attributes: (9, 3, 1e-6, true, "none")),
      Sample(
        SampleInput([3]), SampleInput([3]), SampleInput([3]),
        attributes: (9, 1, 1e-6, false, "sum")),
    ])

  package static let multilabelSoftMarginLoss = Operator<String>(
    #"""
    multilabel_soft_margin_loss(Tensor self, Tensor target, Tensor? weight=None, \#
    str reduction="mean") -> Tensor
    """#,
    """
    Cross entropy of scores that each class has by itself, averaged over classes:
    -mean(weight * (target * log(s) + (1 - target) * log(1 - s))) with s = sigmoid(self).

    Classes are the last dimension. The result is the mean; with reduction "sum" the sum, with
    "none" one for each row.
    Errors: another word for reduction; no dimension. Derivative: that of its parts.
    """,
    gradName: "MeanBackward0",
    forward: .composedThree { x, target, weight, reduction in
      let reduction = try LossReduction(named: reduction)
      if x.rank == 0 { throw TensorError.dimOutOfRange(-1, rank: 0) }
      var losses = try -(target * logSigmoid(x, ()) + (1 - target) * logSigmoid(-x, ()))
      if let weight { losses = try losses * weight }
      let classes = Double(x.shape[x.rank - 1])
      return try (losses.sum(dim: [x.rank - 1]) / .double(classes)).reduced(reduction)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([2, 3], .constant(0, 1)), attributes: "mean"),
      Sample(
        SampleInput([3, 2], transposed: true), SampleInput([3, 2], .constant(0, 1)),
        SampleInput([2], .constant(0.5, 2)), attributes: "none"),
    ])
}
