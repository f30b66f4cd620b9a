import Arrays
import Autograd
import Elements

// Losses that ask for a margin between the scores of classes that are right and others.

extension Ops {
  package static let multiMarginLoss = Operator<(p: Scalar, margin: Scalar, reduction: String)>(
    #"""
    multi_margin_loss(Tensor self, Tensor target, Tensor? weight=None, Scalar p=1, \#
    Scalar margin=1, str reduction="mean") -> Tensor
    """#,
    """
    What other classes lack to stay below the target class by a margin:
    sum(max(0, margin - x[target] + x)^p) * weight[target] / C over all other classes.

    self is [N, C] or [C], target holds a class for each row, p is 1 or 2, weight is [C]. The result
    is the mean; with reduction "sum" the sum, with "none" all of them.
    Errors: other sizes; a class out of bounds; another p or word for reduction; a weight that
    requires a gradient; dtypes that are not floating-point.
    Derivative: g * p * max(0, ...)^(p - 1) * weight[target] / C for each other class, minus their
    sum for the target.
    """,
    forward: .composedThree { x, target, weight, a in
      _ = try LossReduction(named: a.reduction)
      try x.checkMultiMargin(target, weight, a.p)
      return try multiMargin(x, target, weight, a)
    },
    derivative: .composed,
    samples: [
      Sample(
        SampleInput([2, 3]), SampleInput([2], .integers([1, 0])), attributes: (1, 9, "mean")),
      Sample(
        SampleInput([2, 3]), SampleInput([2], .integers([2, 0])),
        SampleInput([3], .constant(0.5, 2)), attributes: (2, 9, "none")),
      Sample(SampleInput([3]), SampleInput([], .integers([1])), attributes: (2, 9, "sum")),
    ])

  /// The same, checked.
  private static let multiMargin: Operator<(p: Scalar, margin: Scalar, reduction: String)> =
    Operator(
      "multi_margin_loss(Tensor self, Tensor target, Tensor? weight) -> Tensor",
      "Margins of classes.",
      gradName: "MultiMarginLossBackward0",
      forward: .three { x, target, weight, a, _ in
        let rows = MarginRows(x: Tensor(x), target: Tensor(target), weight.map { Tensor($0) })
        return try rows.losses(a).reduced(named: a.reduction).array
      },
      derivative: .of(
        .saving([.x, .y, .z]) { g, c, a in
          let rows = MarginRows(x: try c.x, target: try c.y, try c.optionalZ)
          let shares = a.reduction == "mean" ? 1 / Double(Swift.max(rows.count, 1)) : 1
          return try rows.gradient(g * .double(shares), a)
        }, .notDifferentiable, .notDifferentiable),
      tangent: .formula { c, a in
        guard let t = c.tangent(0) else { return [nil] }
        let rows = MarginRows(x: c.x, target: c.y, c.inputs[2])
        let ones = try Tensor.ones(rows.lossSizes, dtype: c.x.dtype)
        let slopes = try rows.gradient(ones, a)
        let losses = try (slopes * t).sum(dim: [-1]).reshape(rows.lossSizes)
        return [try losses.reduced(named: a.reduction)]
      },
      batching: .rule { batch, a in
        let sizes = batch.sizes(0)
        let rows = sizes.count > 1 ? sizes[0] : 1
        let merged: Dims = [batch.size * rows, sizes[sizes.count - 1]]
        let target = try batch.batched(1).reshape([batch.size, rows])
        var losses = try multiMargin(
          batch.batched(0).reshape(merged), target.reshape([merged[0]]), nil,
          (a.p, a.margin, "none")
        ).reshape([batch.size, rows])
        if batch.inputs[2] != nil {
          losses = try losses * batch.batched(2).gather(dim: 1, target)
        }
        let own = sizes.count > 1 ? [rows] : batch.sizes(1)
        return [
          try losses.reshape(own.following(batch.size))
            .reducedExamples(LossReduction(named: a.reduction))
        ]
      }, samples: [])

  package static let multilabelMarginLoss = Operator<String>(
    #"multilabel_margin_loss(Tensor self, Tensor target, str reduction="mean") -> Tensor"#,
    """
    What classes that are no targets lack to stay below each target by one:
    sum(max(0, 1 - (x[target] - x))) / C over all targets and all other classes.

    self is [N, C] or [C]; a row of target, of the same sizes, holds the target classes up to the
    first -1. The result is the mean; with reduction "sum" the sum, with "none" all of them.
    Errors: other sizes; a class out of bounds; another word for reduction; dtypes that are not
    floating-point.
    Derivative: g / C for each other class and each target that it is too near to, minus that for
    the target.
    """,
    forward: .composedTwo { x, target, reduction in
      _ = try LossReduction(named: reduction)
      try x.checkMultilabelMargin(target)
      return try multilabelMargin(x, target, reduction)
    },
    derivative: .composed,
    samples: [
      Sample(
        SampleInput([2, 3], .range(0, 0.4)), SampleInput([2, 3], .integers([1, -1, 0, 2, 0, -1])),
        attributes: "mean"),
      Sample(
        SampleInput([3], .range(0, 0.4)), SampleInput([3], .integers([2, -1, 0])),
        attributes: "none"),
    ])

  /// The same, checked.
  private static let multilabelMargin: Operator<String> = Operator(
    "multilabel_margin_loss(Tensor self, Tensor target) -> Tensor", "Margins of several classes.",
    gradName: "MultilabelMarginLossBackward0",
    forward: .two { x, target, reduction, _ in
      try LabelRows(x: Tensor(x), target: Tensor(target)).losses()
        .reduced(named: reduction).array
    },
    derivative: .of(
      .saving([.x, .y]) { g, c, reduction in
        let rows = try LabelRows(x: c.x, target: c.y)
        let shares = reduction == "mean" ? 1 / Double(Swift.max(rows.count, 1)) : 1
        return try rows.gradient(g * .double(shares))
      }, .notDifferentiable),
    tangent: .formula { c, reduction in
      guard let t = c.tangent(0) else { return [nil] }
      let rows = try LabelRows(x: c.x, target: c.y)
      let ones = try Tensor.ones(rows.lossSizes, dtype: c.x.dtype)
      let losses = try (rows.gradient(ones) * t).sum(dim: [-1]).reshape(rows.lossSizes)
      return [try losses.reduced(named: reduction)]
    },
    batching: .rule { batch, reduction in
      let sizes = batch.sizes(0)
      let rows = sizes.count > 1 ? sizes[0] : 1
      let merged: Dims = [batch.size * rows, sizes.last ?? 1]
      let losses = try multilabelMargin(
        batch.batched(0).reshape(merged), batch.batched(1).reshape(merged), "none")
      let own: Dims = sizes.count > 1 ? [rows] : []
      return [
        try losses.reshape(own.following(batch.size))
          .reducedExamples(LossReduction(named: reduction))
      ]
    }, samples: [])
}

/// Rows of scores with a target class each.
private struct MarginRows {
  let x: Tensor
  let target: Tensor
  let weight: Tensor?

  init(x: Tensor, target: Tensor, _ weight: Tensor?) {
    (self.x, self.target, self.weight) = (x, target, weight)
  }

  private var classes: Int { x.shape[x.rank - 1] }
  var count: Int { x.rank > 1 ? x.shape[0] : 1 }
  /// Of the losses that are not reduced: a vector keeps the sizes of its target.
  var lossSizes: Dims { x.rank > 1 ? [x.shape[0]] : target.shape }

  private func rows() throws -> (x: Tensor, target: Tensor) {
    (try x.reshape([count, classes]), try target.reshape([count, 1]))
  }

  /// What each class lacks, its weight, and one where it is the target.
  private func parts(
    _ margin: Scalar
  ) throws -> (lacking: Tensor, factor: Tensor, isTarget: Tensor, index: Tensor) {
    let (x, index) = try rows()
    let isTarget = try Tensor.zeros(x.shape, dtype: x.dtype)
      .scatterAdd(dim: 1, index, .ones(index.shape, dtype: x.dtype))
    let differences = try x - x.gather(dim: 1, index) + margin
    let lacking = try (differences * differences.gt(0)) * (1 - isTarget)
    var factor = Tensor(try .full([count, 1], .double(1 / Double(classes)), x.dtype))
    if let weight {
      factor = try factor * weight.gather(dim: 0, index.reshape([count])).reshape([count, 1])
    }
    return (lacking, factor, isTarget, index)
  }

  func losses(_ a: (p: Scalar, margin: Scalar, reduction: String)) throws -> Tensor {
    let (lacking, factor, _, _) = try parts(a.margin)
    let powers = a.p.double == 1 ? lacking : try lacking * lacking
    return try (powers * factor).sum(dim: [1]).reshape(lossSizes)
  }

  /// The gradient, where `g` is that of each loss, or of all.
  func gradient(
    _ g: Tensor, _ a: (p: Scalar, margin: Scalar, reduction: String)
  ) throws -> Tensor {
    let (lacking, factor, isTarget, _) = try parts(a.margin)
    let powers =
      a.p.double == 1 ? try lacking.gt(0).to(dtype: x.dtype) : try lacking * 2
    let column = g.count == count && g.rank > 0 ? try g.reshape([count, 1]) : g
    let slopes = try powers * factor * column
    return try (slopes - isTarget * slopes.sum(dim: [1], keepdim: true)).reshape(x.shape)
  }
}

/// Rows of scores with several target classes each.
private struct LabelRows {
  private let original: Dims
  private let x: Tensor
  /// Classes, 0 behind the last target.
  private let index: Tensor
  /// One for each target that counts, as a column; zero behind the last.
  private let counts: Tensor
  /// One for each class that is no target, as a row.
  private let others: Tensor

  var count: Int { x.shape[0] }
  var lossSizes: Dims { original.count > 1 ? [original[0]] : [] }

  init(x: Tensor, target: Tensor) throws {
    original = x.shape
    let classes = x.rank == 0 ? 1 : x.shape[x.rank - 1]
    let sizes: Dims = [x.rank > 1 ? x.shape[0] : 1, classes]
    self.x = try x.reshape(sizes)
    let target = try target.reshape(sizes)
    let isPast = try target.lt(0).to(dtype: .int64).cumsum(dim: 1).gt(0)
    index = try target.maskedFill(isPast, 0)
    let ones = try isPast.logicalNot().to(dtype: x.dtype)
    let times = try Tensor.zeros(sizes, dtype: x.dtype).scatterAdd(dim: 1, index, ones)
    counts = try ones.unsqueeze(dim: 2)
    others = try times.eq(0).to(dtype: x.dtype).unsqueeze(dim: 1)
  }

  /// What each class lacks to stay below each target: [N, target, class].
  private func lacking() throws -> Tensor {
    let chosen = try x.gather(dim: 1, index).unsqueeze(dim: 2)
    return try (1 - chosen + x.unsqueeze(dim: 1)) * counts * others
  }

  func losses() throws -> Tensor {
    let lacking = try lacking()
    let losses = try (lacking * lacking.gt(0)).sum(dim: [1, 2])
    return try (losses / .double(Double(x.shape[1]))).reshape(lossSizes)
  }

  /// The gradient, where `g` is that of each loss, or of all.
  func gradient(_ g: Tensor) throws -> Tensor {
    let column = g.count == count && g.rank > 0 ? try g.reshape([count, 1]) : g
    let isActive = try lacking().gt(0).to(dtype: x.dtype)
    let ofTargets = try Tensor.zeros(x.shape, dtype: x.dtype)
      .scatterAdd(dim: 1, index, isActive.sum(dim: [2]))
    let slopes = try isActive.sum(dim: [1]) - ofTargets
    return try (slopes * column / .double(Double(x.shape[1]))).reshape(original)
  }
}

extension Tensor {
  /// - Throws: `TensorError.runtime` unless this is [N, C] or [C], where N may be zero.
  private func checkRows() throws {
    let sizes = shape
    let isVector = rank == 1 && sizes[0] != 0
    if isVector || rank == 0 || (rank == 2 && sizes[1] != 0) { return }
    throw TensorError.runtime(
      "Expected non-empty vector or matrix with optional 0-dim batch size, but got: \(sizes)")
  }

  private func checkClassNumbers(_ target: Tensor) throws {
    if target.dtype != .int64 {
      throw TensorError.runtime(
        "expected scalar type Long but found \(target.dtype.scalarTypeName)")
    }
  }

  /// True where every element lies in a range.
  private func lies(from low: Int, below high: Int) throws -> Bool {
    if hidesElements || count == 0 { return true }
    let inside = try array.binary(.ge, .int(Int64(low))).binary(
      .logicalAnd, array.binary(.lt, .int(Int64(high))))
    return try inside.reduced(.all, Dims(shape.indices), keepdim: false).item().double != 0
  }

  fileprivate func checkMultiMargin(_ target: Tensor, _ weight: Tensor?, _ p: Scalar) throws {
    if p.double != 1 && p.double != 2 {
      throw TensorError.value("only p == 1 and p == 2 supported")
    }
    if let weight, weight.rank != 1 { throw TensorError.value("weight must be one-dimensional") }
    try weight?.refuseGradient("weight", of: "multi_margin_loss")
    try checkRows()
    if rank == 0 { throw TensorError.dimOutOfRange(0, rank: 0) }
    let (rows, classes) = (rank > 1 ? shape[0] : 1, shape[rank - 1])
    if target.rank > 1 || target.count != rows {
      throw TensorError.runtime(
        "multi_margin_loss: target tensor should be 1-D with size equal to the number of input "
          + "samples (batch size). Expected target size [\(rows)], but got \(target.shape). Input "
          + "has shape \(shape).")
    }
    if let weight, weight.count != classes {
      throw TensorError.runtime(
        "inconsistent weight size, expected \(classes) but got \(weight.shape)")
    }
    if !dtype.isFloatingPoint {
      throw TensorError.notImplemented(kernel: "multi_margin_loss_cpu_kernel", dtype)
    }
    try checkClassNumbers(target)
    if let weight, weight.dtype != dtype {
      throw TensorError.runtime(
        "expected scalar type \(dtype.scalarTypeName) but found \(weight.dtype.scalarTypeName)")
    }
    if try !target.lies(from: 0, below: classes) {
      throw TensorError.runtime("target out of range")
    }
  }

  fileprivate func checkMultilabelMargin(_ target: Tensor) throws {
    try checkRows()
    if target.shape != shape {
      throw TensorError.runtime(
        "inconsistent target size: \(target.shape) for input of size: \(shape)")
    }
    if !dtype.isFloatingPoint {
      throw TensorError.notImplemented(kernel: "multilabel_margin_loss_forward_out_frame", dtype)
    }
    try checkClassNumbers(target)
    let classes = rank == 0 ? 1 : shape[rank - 1]
    if try !target.lies(from: -1, below: classes) {
      throw TensorError.runtime("argument #2 'target' is out of range")
    }
  }
}
