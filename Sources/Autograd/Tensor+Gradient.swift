import Arrays
import Elements
import Synchronization

/// The ways in which PyTorch's programs ask for a gradient; the words of errors differ.
public enum RequiresGradSpelling: Sendable {
  /// `t.requires_grad_()`
  case method
  /// `t.requires_grad = True`
  case attribute
  /// `torch.tensor(…, requires_grad=True)`
  case constructor

  /// What is said about integers.
  fileprivate var refusal: String {
    switch self {
    case .method: "only Tensors of floating point dtype can require gradients"
    case .attribute: "only Tensors of floating point and complex dtype can require gradients"
    case .constructor: "Only Tensors of floating point and complex dtype can require gradients"
    }
  }
}

extension Tensor {
  /// True when operations on this tensor are recorded. Setting it is for leaves; see
  /// `setRequiresGrad`.
  public var requiresGrad: Bool {
    wantsGradient || node != nil || (base?.requiresGrad ?? false)
  }

  /// True when no recorded operation made this tensor.
  ///
  /// - Throws: see `gradFunction`.
  public var isLeaf: Bool { get throws { try gradFunction == nil } }

  /// Asks for a gradient of this leaf, or no longer.
  ///
  /// - Parameter spelling: how PyTorch's program would have asked, which decides on the words of
  ///   errors.
  /// - Throws: `TensorError.runtime` for integers and bools, for an inference tensor outside of
  ///   inference mode, and when asked to stop on a tensor that a recorded operation made.
  public func setRequiresGrad(_ value: Bool, _ spelling: RequiresGradSpelling = .method) throws {
    if value && Modes.current.contains(.transforms) {
      throw TensorError.runtime(
        "You are attempting to call Tensor.requires_grad_() (or perhaps using "
          + "torch.autograd.functional.* APIs) inside of a function being transformed by a functorch "
          + "transform. This is unsupported, please attempt to use the functorch transforms (e.g. "
          + "grad, vjp, jacrev, jacfwd, hessian) or call requires_grad_() outside of a function "
          + "being transformed instead.")
    }
    try askForGradient(value, spelling)
  }

  /// The same inside of transforms, too.
  func askForGradient(_ value: Bool = true, _ spelling: RequiresGradSpelling = .method) throws {
    if try gradFunction != nil {
      if value && spelling != .attribute { return }
      let advice =
        " If you want to use a computed variable in a subgraph that doesn't require "
        + "differentiation use var_no_grad = var.detach()."
      throw TensorError.runtime(
        "you can only change requires_grad flags of leaf variables." + (value ? "" : advice))
    }
    if value && !dtype.isDifferentiable {
      throw TensorError.runtime(spelling.refusal)
    }
    if value && isInference && !InferenceMode.isEnabled {
      throw TensorError.runtime(
        "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
    }
    wantsGradient = value
    // Made here, so that several threads may use a leaf from then on.
    if value && accumulator == nil { accumulator = AccumulateGrad(self) }
  }

  /// The accumulated gradient, if there is one.
  public var grad: Tensor? { gradient }

  /// Replaces the accumulated gradient.
  ///
  /// - Throws: `TensorError.runtime` when sizes or dtype differ, or when it is the tensor itself.
  public func setGrad(_ new: Tensor?) throws {
    if let new {
      if new === self { throw TensorError.runtime("can't assign Variable as its own grad") }
      if let wanted = keptGradDType, new.dtype != wanted {
        throw TensorError.runtime(
          "attempting to assign a gradient with dtype '\(new.dtype.compilerName)' "
            + "to a tensor with grad_dtype '\(wanted.scalarTypeName)'. The gradient must match the "
            + "tensor's grad_dtype (defaults to the tensor's dtype). You can set the tensor's "
            + "grad_dtype attribute with a specific dtype, or None to allow any dtype. Set "
            + "grad_dtype with caution. Diverging the dtypes of a tensor and its gradient may "
            + "break downstream systems that assume they match.")
      }
      if new.shape != shape {
        throw TensorError.runtime(
          "attempting to assign a gradient of size '\(new.shape)' to a tensor of size '\(shape)'. "
            + "Please ensure that the gradient and the tensor are the same size")
      }
    }
    gradient = new
  }

  /// Keeps the gradient of a tensor that an operation made, as leaves do.
  ///
  /// - Throws: `TensorError.retainGradWithoutGradient`.
  public func retainGrad() throws {
    guard requiresGrad else { throw TensorError.retainGradWithoutGradient }
    guard let node = try gradFunction, !retainsGrad else { return }
    node.ensuredExtras.retaining.append(RetainedGradient(output: Int(outputIndex), tensor: self))
  }

  /// True on a non-leaf for which `retainGrad` was called.
  public var retainsGrad: Bool {
    node?.extras?.retaining.contains { $0.tensor === self } ?? false
  }

  /// Where the gradient of this tensor goes.
  ///
  /// - Throws: see `gradFunction`.
  package var gradientEdge: Edge {
    get throws {
      if base != nil { _ = try gradFunction }
      if let node { return Edge(node, Int(outputIndex)) }
      guard requiresGrad else { return .none }
      if let accumulator { return Edge(accumulator) }
      return Edge(makeAccumulator())
    }
  }

  /// Tensors that require a gradient only because their base does get an accumulator at their
  /// first use, which several threads may make at once.
  private func makeAccumulator() -> AccumulateGrad {
    Self.accumulatorLock.withLock { _ in
      if let accumulator { return accumulator }
      let new = AccumulateGrad(self)
      accumulator = new
      return new
    }
  }

  private static let accumulatorLock = Mutex(())

  /// Makes this tensor the given output of `node`.
  @inline(__always)
  func setHistory(_ node: consuming Node, _ index: Int = 0) {
    self.node = node
    outputIndex = Int32(index)
  }
}
