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
      for tensor in [targets, inputLengths, lengths] {
        try tensor.checkReadable("ctc_loss: targets and lengths that differ between examples")
      }
      let isBatched = x.rank > 2
      let batch = isBatched ? x : try x.unsqueeze(dim: 1)
      let places = try SequencePlaces(
        batch, targets.array, inputLengths.array, lengths.array, blank: a.blank,
        isBatched: isBatched)
      var losses = try sequenceLoss(batch, places)
      if a.zeroInfinity {
        losses = try losses.eq(.double(.infinity)).where(try losses.zeros, losses)
      }
      switch reduction {
      case .none: return [isBatched ? losses : try losses.squeeze(dim: 0)]
      case .sum: return [try losses.sum()]
      case .mean:
        let lengths = try Tensor(places.lengths()).to(dtype: losses.dtype).clamp(min: 1)
        return [try (losses / lengths).mean()]
      }
    },
    derivative: .composed,
    samples: [])

  /// The loss of each sequence; not exported.
  static let sequenceLoss: Operator<SequencePlaces> = Operator(
    "_sequence_loss(Tensor self) -> Tensor", "The losses of sequences.",
    gradName: "CtcLossBackward0",
    forward: .one { x, places, _ in try places.losses(x).losses },
    derivative: .of(.saving(.x) { g, c, places in try sequenceGradient(c.x, g, places) }),
    tangent: .formula { c, places in
      guard let t = c.tangent(0) else { return [nil] }
      let ones = try Tensor.ones([c.x.shape[1]], dtype: c.x.dtype)
      return [try (sequenceGradient(c.x, ones, places) * t).sum(dim: [0, 2])]
    },
    samples: [])

  /// Their gradient; not exported.
  static let sequenceGradient: Operator<SequencePlaces> = Operator(
    "_ctc_loss_backward(Tensor self, Tensor grad) -> Tensor", "The gradient of sequences' losses.",
    forward: .two { x, g, places, _ in try places.gradient(x, g) },
    derivative: .refused, samples: [])
}

/// What the losses of sequences need beside the log-probabilities.
struct SequencePlaces: Sendable {
  private let targets: [[Int]]
  private let inputLengths: [Int]
  private let blank: Int

  /// What ends messages.
  private static let place = "(while checking arguments for ctc_loss_allocate_outputs)"

  /// - Throws: `TensorError.runtime`.
  init(
    _ x: Tensor, _ targets: NDArray, _ inputLengths: NDArray, _ lengths: NDArray, blank: Int,
    isBatched: Bool
  ) throws {
    if x.rank != 3 {
      throw TensorError.runtime(
        "Expected 3-dimensional tensor, but got \(x.rank)-dimensional tensor for argument #1 "
          + "'log_probs' \(Self.place)")
    }
    if x.dtype != .float32 && x.dtype != .float64 {
      throw TensorError.notImplemented(kernel: "ctc_loss_cpu", x.dtype)
    }
    for (name, lengths) in [("input_lengths", inputLengths), ("target_lengths", lengths)]
    where lengths.dtype.isFloatingPoint || lengths.dtype.isComplex || lengths.dtype == .bool {
      throw TensorError.runtime("\(name) must be integral")
    }
    let (steps, batch, classes) = (x.shape[0], x.shape[1], x.shape[2])
    if blank < 0 || blank >= classes {
      throw TensorError.runtime("blank must be in label range")
    }
    let (sizes, lengths) = (Self.integers(inputLengths), Self.integers(lengths))
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
    let isPadded = targets.rank > 1 || !isBatched
    let width = targets.rank > 1 ? targets.sizes[1] : targets.count
    if !isPadded {
      let total = lengths.reduce(0, &+)
      if numbers.count != total {
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

  /// The lengths of the targets.
  func lengths() throws -> NDArray {
    let result = try NDArray(uninitialized: [targets.count], .float64)
    let numbers = result.base.assumingMemoryBound(to: Double.self)
    for (i, target) in targets.enumerated() { numbers[i] = Double(target.count) }
    return result
  }

  /// A target with blanks around each class.
  private func path(_ i: Int) -> [Int] {
    var path = [blank]
    for label in targets[i] { path += [label, blank] }
    return path
  }

  /// log(e^x + e^y + …), and -inf where all of them are.
  private static func logSum(_ x: Double, _ y: Double, _ z: Double = -.infinity) -> Double {
    let largest = max(x, max(y, z))
    if largest == -.infinity { return largest }
    return largest
      + log(exp(x - largest) + exp(y - largest) + exp(z - largest))
  }

  /// For each sequence the loss, and for each step and place of the path the logarithm of the
  /// probability of all ways to get there.
  func losses(_ x: NDArray) throws -> (losses: NDArray, forward: [[Double]]) {
    let numbers = try x.cast(to: .float64).contiguous()
    let result = try NDArray(uninitialized: [targets.count], .float64)
    let losses = result.base.assumingMemoryBound(to: Double.self)
    var all: [[Double]] = []
    for i in targets.indices {
      let path = path(i)
      let forward = ways(numbers, i, path, isReversed: false)
      all.append(forward)
      losses[i] = -total(forward, i, path.count)
    }
    return (try result.cast(to: x.dtype), all)
  }

  /// The logarithm of the probability of all ways to the end.
  private func total(_ forward: [Double], _ i: Int, _ places: Int) -> Double {
    let steps = inputLengths[i]
    if steps == 0 { return targets[i].isEmpty ? 0 : -.infinity }
    let last = (steps - 1) * places
    return Self.logSum(
      forward[last + places - 1], places > 1 ? forward[last + places - 2] : -.infinity)
  }

  /// The ways to each place of a path, from its start, or from its end backwards, step by step.
  private func ways(
    _ x: NDArray, _ i: Int, _ path: [Int], isReversed: Bool
  ) -> [Double] {
    let (batch, classes) = (x.sizes[1], x.sizes[2])
    let numbers = x.base.assumingMemoryBound(to: Double.self)
    let (steps, places) = (inputLengths[i], path.count)
    var ways = [Double](repeating: -.infinity, count: steps * places)
    for step in 0..<steps {
      let time = isReversed ? steps - 1 - step : step
      let row = numbers + (time * batch + i) * classes
      for place in 0..<places {
        // Counted from the end that the ways start from.
        func label(_ place: Int) -> Int { path[isReversed ? places - 1 - place : place] }
        var way = -Double.infinity
        if step == 0 {
          way = place < 2 ? 0 : -.infinity
        } else {
          let before = (step - 1) * places
          let skips = place > 1 && label(place) != blank && label(place) != label(place - 2)
          way = Self.logSum(
            ways[before + place], place > 0 ? ways[before + place - 1] : -.infinity,
            skips ? ways[before + place - 2] : -.infinity)
        }
        ways[step * places + place] = way + row[label(place)]
      }
    }
    return ways
  }

  /// The gradient for the log-probabilities, where `g` is that of each loss.
  func gradient(_ x: NDArray, _ g: NDArray) throws -> NDArray {
    let numbers = try x.cast(to: .float64).contiguous()
    let (batch, classes) = (x.sizes[1], x.sizes[2])
    let result = try NDArray.full(x.sizes, 0, .float64)
    let out = result.base.assumingMemoryBound(to: Double.self)
    let inputs = numbers.base.assumingMemoryBound(to: Double.self)
    for i in targets.indices {
      let path = path(i)
      let (steps, places) = (inputLengths[i], path.count)
      let forward = ways(numbers, i, path, isReversed: false)
      let backward = ways(numbers, i, path, isReversed: true)
      let total = total(forward, i, places)
      let factor = g.element(at: i).double
      // With zero_infinity no gradient comes here; else it is not a number, as the loss is infinite.
      if factor == 0 { continue }
      for step in 0..<steps {
        let row = (step * batch + i) * classes
        var shares = [Double](repeating: -.infinity, count: classes)
        for place in 0..<places {
          let label = path[place]
          let both =
            forward[step * places + place]
            + backward[(steps - 1 - step) * places + places - 1 - place]
          shares[label] = Self.logSum(shares[label], both)
        }
        for label in 0..<classes {
          let input = inputs[row + label]
          let share = exp(shares[label] - total - input)
          out[row + label] = (exp(input) - share) * factor
        }
      }
    }
    return try result.cast(to: x.dtype)
  }
}
