import Arrays
import Autograd
import Elements

// The parts of nll_loss and cross_entropy: checks, and targets that are not plain class numbers.

extension Tensor {
  /// The dimension of classes.
  var classDim: Int { rank == 1 ? 0 : 1 }

  /// Checks that these log-probabilities, target and weight fit each other.
  ///
  /// - Throws: `TensorError.value`, `.runtime`.
  func checkClasses(_ target: Tensor, _ weight: Tensor?) throws {
    let (sizes, targets) = (shape, target.shape)
    if rank == 0 { throw TensorError.value("Expected 1 or more dimensions (got 0)") }
    if rank > 1 && (target.rank == 0 || sizes[0] != targets[0]) {
      throw TensorError.value(
        "Expected input batch_size (\(sizes[0])) to match target batch_size "
          + "(\(targets.first ?? 0)).")
    }
    if let weight, weight.requiresGrad, GradMode.isEnabled {
      let function = rank <= 2 ? "nll_loss_forward" : "nll_loss2d_forward"
      throw TensorError.runtime(
        "The function '\(function)' is not differentiable with respect to argument 'weight'. This "
          + "input cannot have requires_grad True.")
    }
    if rank <= 2 { try checkFlat(targets, weight) } else { try checkSpatial(targets, weight) }
  }

  private func checkFlat(_ targets: Dims, _ weight: Tensor?) throws {
    if targets.count > 1 {
      throw TensorError.runtime("0D or 1D target tensor expected, multi-target not supported")
    }
    if rank == 1 && targets.count == 1 && targets[0] != 1 {
      throw TensorError.value(
        "For 1D input, 1D target must have size 1, but got target size: \(targets[0])")
    }
    let classes = shape[rank - 1]
    if let weight, weight.shape != [classes] {
      throw TensorError.runtime(
        "weight tensor should be defined either for all \(classes) classes or no classes but got "
          + "weight tensor of shape: \(weight.shape)")
    }
  }

  private func checkSpatial(_ targets: Dims, _ weight: Tensor?) throws {
    let expected = shape.reducing([1], keepdim: false)
    if rank == 4 {
      if targets.count != 3 {
        throw TensorError.runtime(
          "only batches of spatial targets supported (3D tensors) but got targets of dimension: "
            + "\(targets.count)")
      }
    } else if targets != expected {
      throw TensorError.runtime("Expected target size \(expected), got \(targets)")
    }
    if let weight, weight.count != shape[1] || weight.rank != 1 {
      throw TensorError.runtime(
        "weight tensor should be defined either for all or no classes")
    }
    if targets != expected {
      throw TensorError.runtime("size mismatch (got input: \(shape) , target: \(targets)")
    }
  }
}

extension Tensor {
  typealias EntropyAttributes = (reduction: String, ignoreIndex: Int, labelSmoothing: Double)

  /// Cross entropy with a probability for each class.
  func crossEntropy(
    probabilities: Tensor, _ weight: Tensor?, _ reduction: LossReduction, _ a: EntropyAttributes
  ) throws -> Tensor {
    if !probabilities.dtype.isFloatingPoint {
      throw TensorError.runtime(
        "Expected floating point type for target with class probabilities, got "
          + probabilities.dtype.scalarTypeName)
    }
    if a.ignoreIndex >= 0 {
      throw TensorError.runtime("ignore_index is not supported for floating point target")
    }
    if rank == 0 {
      throw TensorError.index("Dimension specified as 1 but tensor has no dimensions")
    }
    let classes = shape[classDim]
    if let weight, weight.shape != [classes] {
      throw TensorError.runtime(
        "cross_entropy: weight tensor should be defined either for all \(classes) classes or no "
          + "classes but got weight tensor of shape: \(weight.shape)")
    }
    var target = probabilities
    if a.labelSmoothing > 0 {
      try a.labelSmoothing.checkSmoothing()
      target =
        try target * .double(1 - a.labelSmoothing) + .double(a.labelSmoothing / Double(classes))
    }
    var losses = try logSoftmax(dim: classDim) * target
    if let weight { losses = try losses * weight.alongClasses(of: self) }
    switch reduction {
    case .none: return try -losses.sum(dim: [classDim])
    case .sum: return try -losses.sum()
    case .mean:
      let places = classes == 0 ? 0 : losses.count / classes
      return try -losses.sum() / .double(Double(places))
    }
  }

  /// Cross entropy with class numbers, part of which is spread over all classes.
  func smoothedCrossEntropy(
    _ target: Tensor, _ weight: Tensor?, _ reduction: LossReduction, _ a: EntropyAttributes
  ) throws -> Tensor {
    try a.labelSmoothing.checkSmoothing()
    let logarithms = try logSoftmax(dim: classDim)
    let sharp = try logarithms.nllLoss(
      target, weight: weight, reduction: a.reduction, ignoreIndex: a.ignoreIndex)
    let weighted = try weight.map { try logarithms * $0.alongClasses(of: self) } ?? logarithms
    let ignored = try target.eq(.int(Int64(a.ignoreIndex)))
    var smooth = try -weighted.sum(dim: [classDim]).maskedFill(ignored, 0)
    switch reduction {
    case .none: break
    case .sum: smooth = try smooth.sum()
    case .mean:
      let total = try weight?.sumOfWeights(target, ignored) ?? ignored.logicalNot().sum()
      smooth = try smooth.sum() / total
    }
    let share = a.labelSmoothing / Double(shape[classDim])
    return try sharp * .double(1 - a.labelSmoothing) + smooth * .double(share)
  }

  /// The sum of what these weights of classes are for the targets that are not ignored.
  private func sumOfWeights(_ target: Tensor, _ ignored: Tensor) throws -> Tensor {
    let (target, ignored) = (try target.flatten(), try ignored.flatten())
    return try gather(dim: 0, target.maskedFill(ignored, 0))
      .maskedFill(ignored, 0).sum()
  }

  /// This weight of each class, so that it broadcasts against scores.
  private func alongClasses(of scores: Tensor) throws -> Tensor {
    var sizes = Dims(repeating: 1, count: scores.rank)
    sizes[scores.classDim] = shape[0]
    return try view(sizes)
  }
}

extension Double {
  /// - Throws: `TensorError.runtime` for a share of more than all.
  fileprivate func checkSmoothing() throws {
    if self <= 1 { return }
    let text = self == rounded() && self < 1e6 ? "\(Int(self))" : "\(self)"
    throw TensorError.runtime("label_smoothing must be between 0.0 and 1.0. Got: \(text)")
  }
}
