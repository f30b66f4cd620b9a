import Arrays

extension Tensor {
  /// The node of the operation that made this tensor, if it was recorded: PyTorch's `grad_fn`.
  ///
  /// A view whose base was changed in place since gets a new node, because the view is now part
  /// of what that change made.
  /// - Throws: `TensorError.runtime` for a view made without recording, whose base was changed
  ///   with recording.
  public var gradFunction: Node? {
    get throws {
      guard let base, viewVersion != array.storage.version else { return node }
      if node == nil && !base.requiresGrad { return nil }
      if creation == .withoutGradMode {
        throw TensorError.runtime(
          Self.ambiguousView("its base or another view of its base has been"))
      }
      let regenerated = ViewNode(self, of: base)
      regenerated.edges = Few(try base.gradientEdge)
      setHistory(regenerated)
      viewVersion = array.storage.version
      return node
    }
  }

  /// Checks that this tensor may be changed in place by a recorded operation.
  ///
  /// - Throws: `TensorError.leafInPlace`, `.leafViewInPlace`, `.runtime` for views made without
  ///   recording or as one of several.
  func checkInPlace() throws {
    if let base {
      try checkViewInPlace()
      if requiresGrad, try base.isLeaf { throw TensorError.leafViewInPlace }
    }
    if requiresGrad, try isLeaf { throw TensorError.leafInPlace }
  }

  private func checkViewInPlace() throws {
    switch creation {
    case .ordinary: return
    case .withoutGradMode:
      throw TensorError.runtime(Self.ambiguousView("is being"))
    case .oneOfSeveral:
      let name = node?.name.withoutBackwardSuffix ?? "Split"
      throw TensorError.runtime(
        "Output \(outputIndex) of \(name) is a view and is being modified inplace. This view is "
          + "the output of a function that returns multiple views. Such functions do not allow "
          + "the output views to be modified inplace. You should replace the inplace operation by "
          + "an out-of-place one.")
    }
  }

  private static func ambiguousView(_ what: String) -> String {
    "A view was created in no_grad mode and \(what) modified inplace with grad mode enabled. "
      + "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify "
      + "your code by moving both the view and the inplace either both inside the no_grad block "
      + "(if you don't want the inplace to be tracked) or both outside (if you want the inplace to "
      + "be tracked)."
  }

  /// Makes `node` the origin of this tensor, whose numbers it just changed. The origin of a view
  /// becomes that of its base too.
  func rebaseHistory(_ node: Node) throws {
    array.storage.lastWriter = node.shortName
    // A gradient to retain is that of the tensor, whatever its node.
    let retained = self.node?.stopRetaining(self) ?? false
    if let base {
      let baseRetained = base.node?.stopRetaining(base) ?? false
      let slices = CopySlices(try base.gradientEdge, base.array, view: array, node)
      base.setHistory(slices)
      base.wantsGradient = false
      if baseRetained { try base.retainGrad() }
      _ = try gradFunction
    } else {
      setHistory(node)
      wantsGradient = false
    }
    if retained { try retainGrad() }
  }
}
