import Arrays
import Autograd
import Elements
import Glibc

// Losses of sequences whose alignment is not known.

extension Ops {
  package static let sequenceLosses: [any AnyOperator] = [ctcLoss]

  package static let ctcLoss = Operator<(blank: Int, reduction: String, zeroInfinity: Bool)>(
    #"""
    ctc_loss(Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths, \#
    int blank=0, str reduction="mean", bool zero_infinity=False) -> Tensor
    """#,
    """
    Connectionist temporal classification: minus the logarithm of the probability of a sequence of
    classes, over all ways to stretch it in time with repetitions and blanks.

    log_probs is [T, N, C] or [T, C]; targets holds classes other than blank, as
    [N, S], or one sequence behind the other as [sum of lengths]; the lengths are [N]. The result is
    the mean of the losses, each divided by the length of its target (at least 1); with reduction
    "sum" their sum, with "none" all of them. The loss of a target that does not fit into its input
    is inf, with zero_infinity 0, and so is its gradient.
    Errors: sizes and lengths that don't match; other dtypes; another word for reduction.
    Derivative: by the forward-backward algorithm: e^x minus the share of each class in all ways.
    Source: Graves et al., "Connectionist Temporal Classification", 2006.
    """,
    forward: .composedMany { t, a in
      guard let x = t[0], let targets = t[1], let inputLengths = t[2], let lengths = t[3] else {
        preconditionFailure("ctc_loss without its tensors")
      }
      let reduction = try LossReduction(named: a.reduction)
      let isBatched = x.rank > 2
      let sequences: [Tensor?] =
        isBatched
        ? [x, targets, inputLengths, lengths]
        : [
          try x.unsqueeze(dim: x.rank < 2 ? 0 : 1), try targets.reshape([1, targets.count]),
          try inputLengths.reshape([inputLengths.count]), try lengths.reshape([lengths.count]),
        ]
      var losses = try sequenceLoss.many(sequences, a.blank)[0]
      if a.zeroInfinity {
        losses = try losses.eq(.double(.infinity)).where(try losses.zeros, losses)
      }
      switch reduction {
      case .none: return [isBatched ? losses : try losses.squeeze(dim: 0)]
      case .sum: return [try losses.sum()]
      case .mean:
        let divisors = try lengths.reshape(losses.shape).to(dtype: losses.dtype).clamp(min: 1)
        return [try (losses / divisors).mean()]
      }
    },
    derivative: .composed,
    samples: [
      // So improbable that it does not matter that they don't add up to one.
      Sample(
        logarithms([4, 2, 3]), SampleInput([2, 2], .integers([1, 2, 1, 1])),
        SampleInput([2], .integers([4, 3])), SampleInput([2], .integers([2])),
        attributes: (0, "mean", false)),
      Sample(
        logarithms([4, 2, 3]), SampleInput([3], .integers([1, 0, 0])),
        SampleInput([2], .integers([4, 3])), SampleInput([2], .integers([2, 1])),
        attributes: (2, "none", true)),
      Sample(
        logarithms([3, 3]), SampleInput([1], .integers([1])), SampleInput([], .integers([3])),
        SampleInput([], .integers([1])), attributes: (0, "sum", false)),
    ])

  private static func logarithms(_ sizes: Dims) -> SampleInput {
    SampleInput(sizes, .range(-46, -44))
  }

  /// The loss of each sequence; not exported.
  static let sequenceLoss: Operator<Int> = Operator(
    """
    _ctc_loss(Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths) \
    -> Tensor
    """,
    "The losses of sequences.", gradName: "CtcLossBackward0",
    forward: .many { t, blank in
      guard let x = t[0] else { preconditionFailure("no sequences") }
      return [try SequencePlaces(x, t, blank).losses(x)]
    },
    derivative: .joint(saving: [.input(0), .input(1), .input(2), .input(3)]) { c, blank in
      let rest = try (1..<4).map { try c.input($0) }
      var result = Gradients()
      result.append(
        try sequenceGradient.many([c.input(0), c.filledGradient(0)] + rest, blank)[0])
      for _ in rest { result.append(nil) }
      return result
    },
    tangent: .formula { c, blank in
      guard let t = c.tangent(0) else { return [nil] }
      let ones = try Tensor.ones([c.x.shape[1]], dtype: c.x.dtype)
      let slopes = try sequenceGradient.many([c.x, ones] + c.inputs.dropFirst(), blank)[0]
      return [try (slopes * t).sum(dim: [0, 2])]
    },
    batching: .rule { batch, blank in
      let loss = try sequenceLoss.many(batch.mergedSequences(), blank)[0]
      return [try loss.reshape([batch.size, batch.sizes(0)[1]])]
    },
    samples: [])

  /// Their gradient for the log-probabilities; not exported.
  static let sequenceGradient: Operator<Int> = Operator(
    """
    _ctc_loss_backward(Tensor log_probs, Tensor grad, Tensor targets, Tensor input_lengths, \
    Tensor target_lengths) -> Tensor
    """,
    "The gradient of sequences' losses.",
    forward: .many { t, blank in
      guard let x = t[0], let g = t[1] else { preconditionFailure("no sequences") }
      return [try SequencePlaces(x, [x] + t.dropFirst(2), blank).gradient(x, g).gradient]
    },
    derivative: .joint(
      saving: [.input(0), .input(1), .input(2), .input(3), .input(4)]
    ) { c, blank in
      let (x, u) = (try c.input(0), try c.filledGradient(0))
      let rest = try (2..<5).map { try c.input($0) }
      var result = Gradients()
      result.append(
        c.needs(0) ? try sequenceCurvature.many([x, c.input(1), u] + rest, blank)[0] : nil)
      if c.needs(1) {
        let ones = try Tensor.ones([x.shape[1]], dtype: x.dtype)
        let slopes = try sequenceGradient.many([x, ones] + rest, blank)[0]
        result.append(try (slopes * u).sum(dim: [0, 2]))
      } else {
        result.append(nil)
      }
      for _ in rest { result.append(nil) }
      return result
    },
    tangent: .formula { c, blank in
      let rest = c.inputs.dropFirst(2)
      let ofInput = try c.tangent(0).map {
        try sequenceCurvature.many([c.x, c.y, $0] + rest, blank)[0]
      }
      let ofGradient = try c.tangent(1).map {
        try sequenceGradient.many([c.x, $0] + rest, blank)[0]
      }
      return [try c.sum([ofInput, ofGradient])]
    },
    batching: .rule { batch, blank in
      [
        try batch.separated(
          sequenceGradient.many(batch.mergedSequences(gradients: 1), blank)[0])
      ]
    },
    samples: [])

  /// The derivative of the gradient in a direction, which is symmetric; not exported.
  static let sequenceCurvature: Operator<Int> = Operator(
    """
    _ctc_loss_double_backward(Tensor log_probs, Tensor grad, Tensor direction, Tensor targets, \
    Tensor input_lengths, Tensor target_lengths) -> Tensor
    """,
    "The second derivative of sequences' losses.",
    forward: .many { t, blank in
      guard let x = t[0], let g = t[1], let direction = t[2] else {
        preconditionFailure("no sequences")
      }
      let places = try SequencePlaces(x, [x] + t.dropFirst(3), blank)
      guard let change = try places.gradient(x, g, along: direction).change else {
        preconditionFailure("no direction")
      }
      return [change]
    },
    derivative: .refused,
    batching: .rule { batch, blank in
      [
        try batch.separated(
          sequenceCurvature.many(batch.mergedSequences(gradients: 1, directions: 2), blank)[0])
      ]
    },
    samples: [])
}

extension Batch {
  /// The tensors of a loss of sequences with the sequences of all examples as those of one batch.
  fileprivate func mergedSequences(
    gradients: Int? = nil, directions: Int? = nil
  ) throws -> [Tensor?] {
    let sequences = sizes(0)[1]
    return try inputs.indices.map { i in
      let tensor = try batched(i)
      if i == 0 || i == directions {
        return try tensor.transpose(dim0: 0, dim1: 1)
          .reshape([tensor.shape[1], size * sequences, tensor.shape[3]])
      }
      if i == gradients { return try tensor.reshape([size * sequences]) }
      let rest = Dims(tensor.shape.dropFirst())
      if rest.isEmpty { return tensor }
      return try tensor.reshape(Dims([size * rest[0]] + rest.dropFirst()))
    }
  }

  /// What belongs to each example's log-probabilities, apart again.
  fileprivate func separated(_ result: Tensor) throws -> Tensor {
    let sizes = sizes(0)
    return try result.reshape([sizes[0], size, sizes[1], sizes[2]]).transpose(dim0: 0, dim1: 1)
  }
}

/// What the losses of sequences need beside the log-probabilities.
struct SequencePlaces: Sendable {
  private let targets: [[Int]]
  private let inputLengths: [Int]
  private let blank: Int

  /// What ends messages.
  private static let place = "(while checking arguments for ctc_loss_allocate_outputs)"

  /// - Throws: `TensorError.runtime`.
  init(_ x: NDArray, _ t: [NDArray?], _ blank: Int) throws {
    guard let targets = t[1], let inputLengths = t[2], let targetLengths = t[3] else {
      preconditionFailure("no targets")
    }
    if x.rank != 3 {
      throw TensorError.runtime(
        "Expected 3-dimensional tensor, but got \(x.rank)-dimensional tensor for argument #1 "
          + "'log_probs' \(Self.place)")
    }
    if x.dtype != .float32 && x.dtype != .float64 {
      throw TensorError.notImplemented(kernel: "ctc_loss_cpu", x.dtype)
    }
    for (name, lengths) in [("input_lengths", inputLengths), ("target_lengths", targetLengths)]
    where lengths.dtype.isFloatingPoint || lengths.dtype.isComplex || lengths.dtype == .bool {
      throw TensorError.runtime("\(name) must be integral")
    }
    let (steps, batch, classes) = (x.sizes[0], x.sizes[1], x.sizes[2])
    if blank < 0 || blank >= classes {
      throw TensorError.runtime("blank must be in label range")
    }
    let (sizes, lengths) = (Self.integers(inputLengths), Self.integers(targetLengths))
    if sizes.count != batch {
      throw TensorError.runtime("input_lengths must be of size batch_size")
    }
    if lengths.count != batch {
      throw TensorError.runtime("target_lengths must be of size batch_size")
    }
    for length in sizes where length < 0 || length > steps {
      throw TensorError.runtime(
        length < 0
          ? "Expected input_lengths to have value at least 0, but got value \(length) "
            + Self.place
          : "Expected input_lengths to have value at most \(steps), but got value \(length) "
            + Self.place)
    }
    for length in lengths where length < 0 {
      throw TensorError.runtime(
        "Expected target_lengths to have value at least 0, but got value \(length) "
          + Self.place)
    }
    let numbers = Self.integers(targets)
    var sequences: [[Int]] = []
    let isPadded = targets.rank > 1
    let width = targets.rank > 1 ? targets.sizes[1] : targets.count
    if !isPadded {
      let total = lengths.reduce(0, &+)
      if numbers.count != total || lengths.contains(where: { $0 > total }) {
        throw TensorError.runtime(
          "Expected tensor to have size \(total) at dimension 0, but got size \(numbers.count) "
            + "for argument #2 'targets' \(Self.place)")
      }
    } else {
      let longest = lengths.max() ?? 0
      if targets.rank > 2 || (targets.rank == 2 && targets.sizes[0] != batch) || width < longest {
        throw TensorError.runtime(
          "Expected tensor to have size at least \(longest) at dimension 1, but got size \(width) "
            + "for argument #2 'targets' \(Self.place)")
      }
    }
    var start = 0
    for (i, length) in lengths.enumerated() {
      let first = isPadded ? i * width : start
      let sequence = Array(numbers[first..<first + length])
      for label in sequence where label < 0 || label >= classes {
        throw TensorError.runtime(
          "Expected all target values to be between 0 and \(classes - 1), but got \(label)")
      }
      sequences.append(sequence)
      start += length
    }
    (self.targets, self.inputLengths, self.blank) = (sequences, sizes, blank)
  }

  private static func integers(_ array: NDArray) -> [Int] {
    (0..<array.count).map { Int(exactly: array.element(at: $0).double.rounded(.towardZero)) ?? -1 }
  }

  /// A target with blanks around each class.
  private func path(_ i: Int) -> [Int] {
    var path = [blank]
    for label in targets[i] { path += [label, blank] }
    return path
  }

  /// The logarithm of a probability, and its change in a direction.
  private struct Logarithm {
    var value: Double
    var change = 0.0

    static let nothing = Logarithm(value: -.infinity)

    /// That of the sum of probabilities.
    static func sum(_ x: Logarithm, _ y: Logarithm, _ z: Logarithm = .nothing) -> Logarithm {
      let largest = max(x.value, max(y.value, z.value))
      if largest == -.infinity { return .nothing }
      let (p, q, r) = (exp(x.value - largest), exp(y.value - largest), exp(z.value - largest))
      let total = p + q + r
      return Logarithm(
        value: largest + log(total),
        change: (p * x.change + q * y.change + r * z.change) / total)
    }
  }

  /// Log-probabilities in float64, and how they change.
  private struct Inputs {
    let values: NDArray
    let changes: NDArray?

    init(_ x: NDArray, _ direction: NDArray?) throws {
      values = try x.cast(to: .float64).contiguous()
      changes = try direction?.cast(to: .float64).contiguous()
    }

    subscript(_ position: Int) -> Logarithm {
      func number(_ array: NDArray) -> Double {
        array.base.assumingMemoryBound(to: Double.self)[position]
      }
      return Logarithm(value: number(values), change: changes.map(number) ?? 0)
    }
  }

  /// The loss of each sequence.
  func losses(_ x: NDArray) throws -> NDArray {
    let inputs = try Inputs(x, nil)
    let result = try NDArray(uninitialized: [targets.count], .float64)
    let losses = result.base.assumingMemoryBound(to: Double.self)
    for i in targets.indices {
      let path = path(i)
      losses[i] = -total(ways(inputs, i, path, isReversed: false), i, path.count).value
    }
    return try result.cast(to: x.dtype)
  }

  /// All ways to the end.
  private func total(_ forward: [Logarithm], _ i: Int, _ places: Int) -> Logarithm {
    let steps = inputLengths[i]
    if steps == 0 { return targets[i].isEmpty ? Logarithm(value: 0) : .nothing }
    let last = (steps - 1) * places
    return .sum(
      forward[last + places - 1], places > 1 ? forward[last + places - 2] : .nothing)
  }

  /// The ways to each place of a path, from its start, or from its end backwards, step by step.
  private func ways(
    _ inputs: Inputs, _ i: Int, _ path: [Int], isReversed: Bool
  ) -> [Logarithm] {
    let (batch, classes) = (inputs.values.sizes[1], inputs.values.sizes[2])
    let (steps, places) = (inputLengths[i], path.count)
    let labels = isReversed ? path.reversed() : path
    var ways = [Logarithm](repeating: .nothing, count: steps * places)
    for step in 0..<steps {
      let row = ((isReversed ? steps - 1 - step : step) * batch + i) * classes
      for place in 0..<places {
        var way = Logarithm.nothing
        if step == 0 {
          if place < 2 { way = Logarithm(value: 0) }
        } else {
          let before = (step - 1) * places + place
          let skips = place > 1 && labels[place] != blank && labels[place] != labels[place - 2]
          way = .sum(
            ways[before], place > 0 ? ways[before - 1] : .nothing,
            skips ? ways[before - 2] : .nothing)
        }
        let input = inputs[row + labels[place]]
        ways[step * places + place] = Logarithm(
          value: way.value + input.value, change: way.change + input.change)
      }
    }
    return ways
  }

  /// The gradient for the log-probabilities, where `g` is that of each loss; and its change in a
  /// direction of the log-probabilities.
  func gradient(
    _ x: NDArray, _ g: NDArray, along direction: NDArray? = nil
  ) throws -> (gradient: NDArray, change: NDArray?) {
    let inputs = try Inputs(x, direction)
    let (batch, classes) = (x.sizes[1], x.sizes[2])
    let gradient = try NDArray.full(x.sizes, 0, .float64)
    let change = try direction.map { try NDArray.full($0.sizes, 0, .float64) }
    let out = gradient.base.assumingMemoryBound(to: Double.self)
    let changes = change?.base.assumingMemoryBound(to: Double.self)
    for i in targets.indices {
      let path = path(i)
      let (steps, places) = (inputLengths[i], path.count)
      let factor = g.element(at: i).double
      // With zero_infinity no gradient comes here; else it is not a number, as the loss is infinite.
      if factor == 0 { continue }
      let forward = ways(inputs, i, path, isReversed: false)
      let backward = ways(inputs, i, path, isReversed: true)
      let total = total(forward, i, places)
      var shares = [Logarithm](repeating: .nothing, count: classes)
      for step in 0..<steps {
        let row = (step * batch + i) * classes
        for label in 0..<classes { shares[label] = .nothing }
        for place in 0..<places {
          let (before, after) = (
            forward[step * places + place],
            backward[(steps - 1 - step) * places + places - 1 - place]
          )
          let both = Logarithm(
            value: before.value + after.value, change: before.change + after.change)
          shares[path[place]] = .sum(shares[path[place]], both)
        }
        for label in 0..<classes {
          let input = inputs[row + label]
          let share = exp(shares[label].value - total.value - input.value)
          let own = exp(input.value)
          out[row + label] = (own - share) * factor
          changes?[row + label] =
            (own * input.change
              - share * (shares[label].change - total.change - input.change)) * factor
        }
      }
    }
    withExtendedLifetime(change) {}
    return (try gradient.cast(to: x.dtype), try change?.cast(to: x.dtype))
  }
}
