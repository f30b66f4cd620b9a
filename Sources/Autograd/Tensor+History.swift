import Arrays

extension Tensor {
  /// The node of the operation that made this tensor, if it was recorded: PyTorch's `grad_fn`.
  ///
  /// A view whose base was changed in place since gets a new node, because the view is now part
  /// of what that change made.
  /// - Throws: `TensorError.runtime` for a view made without recording or as one of several, whose
  ///   base was changed since.
  public var gradFunction: Node? {
    get throws {
      guard let base, viewVersion != array.storage.version else { return node }
      if node == nil && !base.requiresGrad { return nil }
      try checkView("its base or another view of its base has been")
      let regenerated = ViewNode(self, of: base)
      regenerated.append(try base.gradientEdge)
      // A gradient to retain is that of the tensor, whatever its node.
      let retained = node?.stopRetaining(self) ?? false
      setHistory(regenerated)
      viewVersion = array.storage.version
      if retained { try retainGrad() }
      return regenerated
    }
  }

  /// Checks that this tensor may be changed in place by a recorded operation.
  ///
  /// - Throws: `TensorError.leafInPlace`, `.leafViewInPlace`, `.runtime` for views made without
  ///   recording or as one of several.
  func checkInPlace() throws {
    if let base {
      try checkView("is being")
      if requiresGrad, try base.isLeaf { throw TensorError.leafViewInPlace }
    }
    if requiresGrad, try isLeaf { throw TensorError.leafInPlace }
  }

  /// Checks that a change of this view, or of what it is a view of, can be recorded.
  func checkView(_ what: String) throws {
    if creation == .ordinary { return }
    let origin = node.map { "Output \(outputIndex) of \($0.name.withoutBackwardSuffix) is a view" }
    let isInference = creation == .inference
    let mode = isInference ? "inference mode" : "no_grad mode"
    let place = isInference ? "in normal mode" : "with grad mode enabled"
    var words: String
    if let origin, creation == .oneOfSeveral || creation == .customFunction {
      words = "\(origin) and \(what) modified inplace."
    } else {
      words =
        (origin.map { $0 + " of a view which was created in" } ?? "A view was created in")
        + " \(mode) and \(what) modified inplace \(place)."
    }
    switch creation {
    case .oneOfSeveral:
      words +=
        " This view is the output of a function that returns multiple views. Such functions do not "
        + "allow the output views to be modified inplace. You should replace the inplace operation "
        + "by an out-of-place one."
    case .customFunction:
      words +=
        " This view was created inside a custom Function (or because an input was returned as-is) "
        + "and the autograd logic to handle view+inplace would override the custom backward "
        + "associated with the custom Function, leading to incorrect gradients. This behavior is "
        + "forbidden. You can fix this by cloning the output of the custom Function."
    default:
      words +=
        " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify "
        + "your code by moving both the view and the inplace either both inside the "
        + "\(isInference ? "inference_mode" : "no_grad") block (if you don't want the inplace to be "
        + "tracked) or both outside (if you want the inplace to be tracked)."
    }
    throw TensorError.runtime(words)
  }

  /// Makes `node` the origin of this tensor, whose numbers it just changed. The origin of a view
  /// becomes that of its base too.
  ///
  /// - Parameters:
  ///   - output: which of the node's outputs this is.
  ///   - input: which of its edges this had been.
  func rebaseHistory(_ node: Node, output: Int = 0, input: Int = 0) throws {
    let retained = self.node?.stopRetaining(self) ?? false
    if let base {
      let baseRetained = base.node?.stopRetaining(base) ?? false
      let slices = CopySlices(try base.gradientEdge, base.array, view: array, node, at: input)
      base.array.storage.lastChange = RecordedChange(
        node: slices.name, root: ObjectIdentifier(base))
      base.setHistory(slices)
      base.wantsGradient = false
      if baseRetained { try base.retainGrad() }
      _ = try gradFunction
    } else {
      array.storage.lastChange = RecordedChange(node: node.name, root: ObjectIdentifier(self))
      setHistory(node, output)
      wantsGradient = false
    }
    if retained { try retainGrad() }
  }
}
