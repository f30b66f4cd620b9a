import Arrays
import Autograd
import Elements

// Channels brought to mean 0 and variance 1.

extension Ops {
  package static let batchNorm = Operator<(training: Bool, momentum: Double, eps: Double)>(
    """
    batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, \
    Tensor? running_var, bool training, float momentum=0.1, float eps=1e-05) -> Tensor
    """,
    """
    Each channel less its mean, divided by the root of its variance plus eps:
    (x - mean) / sqrt(var + eps) * weight + bias.

    input is [N, C, ...]; the others are [C]. In training mean and variance are those of the batch,
    the variance that of the whole; running_mean and running_var, where they are given, move towards
    them in place, by the share momentum, the latter towards the estimate from a sample. In
    evaluation the running ones are used. With 16-bit floats the others may be float32.
    Errors: sizes that don't match; evaluation without running statistics; dtypes that differ or are
    not floating-point.
    Derivative: in training (h - mean(h) - y * mean(h * y)) / sqrt(var + eps) with h = g * weight
    and y the result without weight and bias, in evaluation h / sqrt(var + eps); g * y for weight; g
    for bias; summed over all but the channels.
    Source: Ioffe, Szegedy, "Batch Normalization", 2015, arXiv:1502.03167.
    """,
    gradName: "NativeBatchNormBackward0",
    forward: .composedMany { t, a in
      guard let x = t[0] else { preconditionFailure("batch_norm without its first tensor") }
      return [try x.batchNormalized(t[1], t[2], t[3], t[4], a)]
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([3, 2]), attributes: (true, 0.1, 1e-5)),
      Sample(
        SampleInput([3, 2, 2]), SampleInput([2]), SampleInput([2]), attributes: (true, 0.1, 0.1)),
      Sample(
        SampleInput([2, 3, 2, 2], transposed: true), SampleInput([3]),
        attributes: (true, 0.1, 1e-3)),
      Sample(
        SampleInput([2, 3, 2]), SampleInput([3]), SampleInput([3]),
        SampleInput([3], .constant(-1, 1)), SampleInput([3], .constant(0.5, 2)),
        attributes: (false, 0.1, 1e-5)),
    ])

  package static let groupNorm = Operator<(numGroups: Int, eps: Double)>(
    """
    group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, \
    float eps=1e-05) -> Tensor
    """,
    """
    Groups of neighbouring channels less their mean, divided by the root of their variance plus eps,
    for each element of the batch: (x - mean) / sqrt(var + eps) * weight + bias.

    input is [N, C, ...]; weight and bias are [C]. The variance is that of the whole. With 16-bit
    floats, weight and bias may be float32.
    Errors: fewer than 2 dimensions; no channels, or a number that num_groups does not divide; sizes
    that don't match; dtypes that differ or are not floating-point.
    Derivative: (h - mean(h) - y * mean(h * y)) / sqrt(var + eps) with h = g * weight and y the
    result without weight and bias; g * y for weight; g for bias.
    Source: Wu, He, "Group Normalization", 2018, arXiv:1803.08494.
    """,
    gradName: "NativeGroupNormBackward0",
    forward: .composedOptional { x, weight, bias, a in
      try x.checkGroups(a.numGroups, weight, bias)
      return try normalizeGroups.many([x, weight, bias], (a.numGroups, a.eps))[0]
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 4]), attributes: (2, 1e-5)),
      Sample(
        SampleInput([2, 4, 3]), SampleInput([4]), SampleInput([4]), attributes: (2, 0.1)),
      Sample(
        SampleInput([1, 2, 2, 2], transposed: true), SampleInput([2]), attributes: (1, 1e-3)),
      Sample(SampleInput([0, 2]), SampleInput([2]), SampleInput([2]), attributes: (1, 1e-5)),
    ])

  package static let instanceNorm = Operator<
    (useInputStats: Bool, momentum: Double, eps: Double)
  >(
    """
    instance_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, \
    Tensor? running_var, bool use_input_stats, float momentum=0.1, float eps=1e-05) -> Tensor
    """,
    """
    Each channel of each element of the batch less its mean, divided by the root of its variance
    plus eps: (x - mean) / sqrt(var + eps) * weight + bias.

    input is [N, C, ...]; the others are [C]. running_mean and running_var, where they are given,
    move in place towards the mean of what they would be for each element; without use_input_stats
    they are used instead.
    Errors: no running statistics without use_input_stats; those of batch_norm.
    Derivative: that of batch_norm with each channel of each element as a channel.
    Source: Ulyanov, Vedaldi, Lempitsky, "Instance Normalization", 2016, arXiv:1607.08022.
    """,
    gradName: "ViewBackward0",
    forward: .composedMany { t, a in
      guard let x = t[0] else { preconditionFailure("instance_norm without its first tensor") }
      return [try x.instanceNormalized(t[1], t[2], t[3], t[4], a)]
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 2, 3]), attributes: (true, 0.1, 1e-5)),
      Sample(
        SampleInput([2, 3, 2, 2], transposed: true), SampleInput([3]), SampleInput([3]),
        attributes: (true, 0.1, 0.1)),
    ])

  /// Batch normalisation, with mean and variance of the batch, or given; not exported.
  static let normalizeChannels: Operator<(isTraining: Bool, eps: Double)> = Operator(
    """
    _normalize_channels(Tensor self, Tensor? weight, Tensor? bias, Tensor? mean, \
    Tensor? variance) -> (Tensor result, Tensor mean, Tensor variance)
    """,
    "Batch normalisation.", gradName: "NativeBatchNormBackward0",
    forward: .many { t, a in
      guard let x = t[0] else { preconditionFailure("no tensor to normalise") }
      var given: (NDArray, NDArray)?
      if !a.isTraining, let mean = t[3], let variance = t[4] { given = (mean, variance) }
      let result = try x.batchNorm(t[1], t[2], given: given, epsilon: a.eps)
      return [result.output, result.mean, result.variance]
    },
    derivative: .joint(saving: [.input(0), .input(1), .output(1), .output(2)]) { c, a in
      let (g, x, weight) = (try c.filledGradient(0), try c.input(0), try c.optionalInput(1))
      let (mean, variance) = (try c.output(1), try c.output(2))
      if isUnwatched(g, x, weight) {
        let gradients = try g.array.batchNormGradients(
          of: x.array, weight?.array, mean.array, variance.array, isGiven: !a.isTraining,
          epsilon: a.eps, needs: (c.needs(0), c.needs(1), c.needs(2)))
        return .parameters(gradients)
      }
      let (y, factor, dims) = try x.normalizedChannels(
        a.isTraining ? nil : (mean, variance), a.eps)
      var result = Gradients()
      if c.needs(0) {
        let h = try weight.map { try g * $0.alongChannels(x.rank) } ?? g
        result.append(a.isTraining ? try h.throughNorm(y, factor, dims) : try h * factor)
      } else {
        result.append(nil)
      }
      result.append(c.needs(1) ? try (g * y).sum(dim: dims) : nil)
      result.append(c.needs(2) ? try g.sum(dim: dims) : nil)
      return result
    },
    tangent: .formula { c, a in
      let (y, factor, dims) = try c.x.normalizedChannels(
        a.isTraining ? nil : (c.results[1], c.results[2]), a.eps)
      let rank = c.x.rank
      let weight = try c.inputs[1]?.alongChannels(rank)
      let slope = try c.tangent(0).map { t in
        let step = a.isTraining ? try t.throughNorm(y, factor, dims) : try t * factor
        return try weight.map { try step * $0 } ?? step
      }
      let whole = c.result.shape
      return [
        try c.sum([
          slope, c.tangent(1).map { try y * $0.alongChannels(rank) },
          c.tangent(2).map { try $0.alongChannels(rank).expand(whole) },
        ]), nil, nil,
      ]
    },
    batching: .rule { batch, a in
      let (sizes, size) = (batch.sizes(0), batch.size)
      let stacked = Dims([sizes[0], size * sizes[1]] + sizes.dropFirst(2))
      let x = try batch.batched(0).transpose(dim0: 0, dim1: 1).reshape(stacked)
      func numbers(_ index: Int) throws -> Tensor? {
        if batch.inputs[index] == nil { return nil }
        return try batch.batched(index).reshape([size * sizes[1]])
      }
      let results = try normalizeChannels.many([x, nil, nil, numbers(3), numbers(4)], a)
      let shape = Dims([sizes[0], size] + sizes.dropFirst(1))
      var y = try results[0].reshape(shape).transpose(dim0: 0, dim1: 1)
      y = try y.withParameters(batch, weight: 1, bias: 2).to(dtype: batch.input(0).dtype)
      return [y] + (try results.dropFirst().map { try $0.reshape([size, sizes[1]]) })
    },
    samples: [])

  /// Group normalisation; not exported.
  static let normalizeGroups: Operator<(groups: Int, eps: Double)> = Operator(
    """
    _normalize_groups(Tensor self, Tensor? weight, Tensor? bias) -> (Tensor result, Tensor mean, \
    Tensor variance)
    """,
    "Group normalisation.", gradName: "NativeGroupNormBackward0",
    forward: .many { t, a in
      guard let x = t[0] else { preconditionFailure("no tensor to normalise") }
      let result = try x.groupNorm(groups: a.groups, t[1], t[2], epsilon: a.eps)
      return [result.output, result.mean, result.variance]
    },
    derivative: .joint(saving: [.input(0), .input(1), .output(1), .output(2)]) { c, a in
      let (g, x, weight) = (try c.filledGradient(0), try c.input(0), try c.optionalInput(1))
      if isUnwatched(g, x, weight) {
        let gradients = try g.array.groupNormGradients(
          of: x.array, groups: a.groups, weight?.array, c.output(1).array, c.output(2).array,
          epsilon: a.eps, needs: (c.needs(0), c.needs(1), c.needs(2)))
        return .parameters(gradients)
      }
      let (shape, dims) = (x.shape, x.shape.allButChannels)
      let (y, factor) = try x.grouped(a.groups).normalized(along: [2], a.eps)
      var result = Gradients()
      if c.needs(0) {
        let h = try weight.map { try g * $0.alongChannels(x.rank) } ?? g
        result.append(
          try h.grouped(a.groups).throughNorm(y, factor, [2]).reshape(shape))
      } else {
        result.append(nil)
      }
      result.append(c.needs(1) ? try (g * y.reshape(shape)).sum(dim: dims) : nil)
      result.append(c.needs(2) ? try g.sum(dim: dims) : nil)
      return result
    },
    tangent: .formula { c, a in
      let (shape, rank) = (c.x.shape, c.x.rank)
      let (y, factor) = try c.x.grouped(a.groups).normalized(along: [2], a.eps)
      let weight = try c.inputs[1]?.alongChannels(rank)
      let slope = try c.tangent(0).map { t in
        let step = try t.grouped(a.groups).throughNorm(y, factor, [2]).reshape(shape)
        return try weight.map { try step * $0 } ?? step
      }
      return [
        try c.sum([
          slope, c.tangent(1).map { try y.reshape(shape) * $0.alongChannels(rank) },
          c.tangent(2).map { try $0.alongChannels(rank).expand(shape) },
        ]), nil, nil,
      ]
    },
    batching: .rule { batch, a in
      let sizes = batch.sizes(0)
      let stacked = Dims([batch.size * sizes[0]] + sizes.dropFirst())
      let results = try normalizeGroups.many(
        [batch.batched(0).reshape(stacked), nil, nil], a)
      let y = try results[0].reshape(sizes.following(batch.size))
        .withParameters(batch, weight: 1, bias: 2).to(dtype: batch.input(0).dtype)
      let groups: Dims = [batch.size, sizes[0] * a.groups]
      return [y] + (try results.dropFirst().map { try $0.reshape(groups) })
    },
    samples: [])
}

extension Gradients {
  /// Those of a normalisation, in the order of input, weight, bias.
  fileprivate static func parameters(_ gradients: NDArray.NormGradients) -> Gradients {
    var result = Gradients()
    for array in [gradients.input, gradients.weight, gradients.bias] {
      result.append(array.map { Tensor($0) })
    }
    return result
  }
}

extension Dims {
  /// All dimensions but the second.
  fileprivate var allButChannels: Dims { Dims(indices.filter { $0 != 1 }) }
}

extension Tensor {
  /// This number for each channel, so that it broadcasts against a tensor of `rank` dimensions.
  fileprivate func alongChannels(_ rank: Int) throws -> Tensor {
    var sizes = Dims(repeating: 1, count: rank)
    sizes[1] = shape[0]
    return try reshape(sizes)
  }

  /// [N, groups, everything else].
  fileprivate func grouped(_ groups: Int) throws -> Tensor {
    let rest = shape.dropFirst().reduce(1, &*) / groups
    return try reshape([shape[0], groups, rest])
  }

  /// Channels normalised by given statistics or their own, the factor, and the other dimensions.
  fileprivate func normalizedChannels(
    _ given: (mean: Tensor, variance: Tensor)?, _ eps: Double
  ) throws -> (y: Tensor, factor: Tensor, dims: Dims) {
    let dims = shape.allButChannels
    guard let given else {
      let (y, factor) = try normalized(along: dims, eps)
      return (y, factor, dims)
    }
    let factor = try (given.variance + .double(eps)).rsqrt().alongChannels(rank)
    return (try (self - given.mean.alongChannels(rank)) * factor, factor, dims)
  }

  /// This result for all examples with what each channel is multiplied by, and what is added.
  fileprivate func withParameters(
    _ batch: Batch, weight: Int, bias: Int
  ) throws -> Tensor {
    func numbers(_ index: Int) throws -> Tensor? {
      guard let tensor = batch.inputs[index] else { return nil }
      if !batch.isBatched[index] { return try tensor.alongChannels(rank - 1) }
      var sizes = Dims(repeating: 1, count: rank)
      (sizes[0], sizes[2]) = (tensor.shape[0], tensor.shape[1])
      return try tensor.reshape(sizes)
    }
    let scaled = try numbers(weight).map { try self * $0 } ?? self
    return try numbers(bias).map { try scaled + $0 } ?? scaled
  }

  fileprivate func batchNormalized(
    _ weight: Tensor?, _ bias: Tensor?, _ runningMean: Tensor?, _ runningVar: Tensor?,
    _ a: (training: Bool, momentum: Double, eps: Double)
  ) throws -> Tensor {
    let channels = rank < 2 ? 0 : shape[1]
    if !a.training {
      for (name, tensor) in [("running_mean", runningMean), ("running_var", runningVar)]
      where tensor == nil {
        throw TensorError.runtime("\(name) must be defined in evaluation mode")
      }
    }
    let parameters = [
      ("running_mean", runningMean), ("running_var", runningVar), ("weight", weight),
      ("bias", bias),
    ]
    for (name, tensor) in parameters {
      guard let tensor, tensor.count != channels else { continue }
      throw TensorError.runtime(
        "\(name) should contain \(channels) elements not \(tensor.count)")
    }
    if rank < 2 && (rank == 0 || count > 0 || a.training) {
      throw TensorError.dimOutOfRange(1, rank: rank)
    }
    if count == 0 {
      var result = try clone()
      if let weight, weight.count > 0 { result = try result * weight.select(dim: 0, index: 0) }
      if let bias, bias.count > 0 { result = try result + bias.select(dim: 0, index: 0) }
      return result
    }
    if !dtype.isFloatingPoint { throw TensorError.notImplemented(kernel: "batch_norm", dtype) }
    for (_, tensor) in parameters { if let tensor { try checkParameterDType(tensor.dtype) } }
    let results = try Ops.normalizeChannels.many(
      [
        self, weight, bias, a.training ? nil : runningMean, a.training ? nil : runningVar,
      ], (a.training, a.eps))
    if a.training {
      let places = Double(count / channels)
      try GradMode.with(false) {
        try runningMean?.move(towards: results[1], a.momentum)
        try runningVar?.move(
          towards: results[2] * .double(places / (places - 1)), a.momentum)
      }
    }
    return results[0]
  }

  /// Goes the share `momentum` of the way to `target`, in place.
  private func move(towards target: Tensor, _ momentum: Double) throws {
    _ = try mul_(.double(1 - momentum)).add_(
      target.to(dtype: dtype).reshape(shape), .double(momentum))
  }

  fileprivate func instanceNormalized(
    _ weight: Tensor?, _ bias: Tensor?, _ runningMean: Tensor?, _ runningVar: Tensor?,
    _ a: (useInputStats: Bool, momentum: Double, eps: Double)
  ) throws -> Tensor {
    if !a.useInputStats && (runningMean == nil || runningVar == nil) {
      throw TensorError.runtime(
        "Expected running_mean and running_var to be defined when use_input_stats is false")
    }
    if rank < 2 { throw TensorError.dimOutOfRange(1, rank: rank) }
    let (batch, channels) = (shape[0], shape[1])
    func repeated(_ tensor: Tensor?) throws -> Tensor? {
      guard let tensor, tensor.rank > 0 else { return tensor }
      return try tensor.repeat([batch])
    }
    let stacked = Dims([1, batch * channels] + shape.dropFirst(2))
    let (mean, variance) = (try repeated(runningMean), try repeated(runningVar))
    let result = try contiguous().view(stacked).batchNormalized(
      repeated(weight), repeated(bias), mean, variance, (a.useInputStats, a.momentum, a.eps))
    try GradMode.with(false) {
      for (running, own) in [(runningMean, mean), (runningVar, variance)] {
        guard let running, let own, a.useInputStats, batch > 0 else { continue }
        _ = try running.copy_(own.view([batch, channels]).mean(dim: [0]))
      }
    }
    return try result.contiguous().view(shape)
  }

  /// Checks that groups and parameters of a group normalisation fit this tensor.
  ///
  /// - Throws: `TensorError.runtime`.
  fileprivate func checkGroups(_ groups: Int, _ weight: Tensor?, _ bias: Tensor?) throws {
    if rank < 2 {
      throw TensorError.runtime(
        "Expected at least 2 dimensions for input tensor but received \(rank)")
    }
    if groups <= 0 {
      throw TensorError.runtime("Expected num groups to be greater than 0, got \(groups)")
    }
    let channels = shape[1]
    if channels == 0 {
      throw TensorError.runtime("Expected number of channels to be greater than 0, got 0")
    }
    if channels % groups != 0 {
      throw TensorError.runtime(
        "Expected number of channels in input to be divisible by num_groups, but got input of "
          + "shape \(shape) and num_groups=\(groups)")
    }
    for (name, tensor) in [("weight", weight), ("bias", bias)] {
      guard let tensor, tensor.shape != [channels] else { continue }
      throw TensorError.runtime(
        "Expected \(name) to be a vector of size equal to the number of channels in input, but "
          + "got \(name) of shape \(tensor.shape) and input of shape \(shape)")
    }
    let places = shape.dropFirst(2).reduce(1, &*)
    if places == 0 {
      throw TensorError.runtime("Expected HxW to be greater than 0, got 0")
    }
    if !dtype.isFloatingPoint {
      throw TensorError.notImplemented(kernel: "GroupNormKernelImpl", dtype)
    }
    for tensor in [weight, bias] { if let tensor { try checkParameterDType(tensor.dtype) } }
  }
}
