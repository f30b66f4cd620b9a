import Arrays

// What a call of a custom function returns: what its forward returned, with a place in the graph.

extension FunctionCall {
  /// The results with their history.
  ///
  /// - Throws: `TensorError.runtime` where inputs were changed that may not be.
  func outputs(_ raw: [Tensor]) throws -> [Tensor] {
    // At a level, the levels below have counted the change.
    if level == nil {
      for tensor in context.dirty where !tensor.isInference { tensor.array.storage.version &+= 1 }
    }
    if let node { try describe(raw, to: node) }
    var outputs: [Tensor] = []
    for (i, tensor) in raw.enumerated() {
      let output = try place(tensor, i, of: raw.count)
      let isChangedInput = position(tensor) != nil && isDirty(tensor)
      if output.isView && !isChangedInput { output.creation = .customFunction }
      outputs.append(output)
    }
    if node != nil, raw.count(where: isDifferentiable) > 1 {
      for output in outputs where output.isView { output.creation = .oneOfSeveral }
    }
    for tensor in context.dirty where !raw.contains(where: { $0 === tensor }) {
      throw TensorError.runtime(
        "Some elements marked as dirty during the forward method were not returned as output. The "
          + "inputs that are modified inplace must all be outputs of the Function.")
    }
    return outputs
  }

  private func describe(_ raw: [Tensor], to node: FunctionNode) throws {
    guard let dtypes = context.outputGradDTypes else {
      return raw.forEach { node.appendOutput($0.array) }
    }
    guard dtypes.count == raw.count else {
      throw TensorError.runtime(
        "set_output_grad_dtype: expected a dtype for each of \(raw.count) outputs, but got "
          + "\(dtypes.count)")
    }
    for (tensor, dtype) in zip(raw, dtypes) { node.appendOutput(tensor.array, expecting: dtype) }
  }

  private func place(_ tensor: Tensor, _ index: Int, of count: Int) throws -> Tensor {
    let position = position(tensor)
    guard let node, isDifferentiable(tensor) else {
      return try withoutHistory(tensor, isInput: position != nil)
    }
    if isDirty(tensor) {
      try rebase(tensor, onto: node, index, of: count, position)
      return tensor
    }
    let output = position == nil ? tensor : try viewOfInput(tensor)
    output.wantsGradient = false
    output.setHistory(node, index)
    if output.isView { output.viewVersion = output.array.storage.version }
    return output
  }

  private func withoutHistory(_ tensor: Tensor, isInput: Bool) throws -> Tensor {
    if !tensor.requiresGrad {
      return isInput && !isDirty(tensor) ? try viewOfInput(tensor) : tensor
    }
    if isInput { return tensor.outsideOfGraph }
    // As a view that was made without recording.
    if tensor.isView { return tensor }
    tensor.node = nil
    tensor.wantsGradient = false
    return tensor
  }

  /// A new tensor for an input that was returned as it is, which may have a history of its own.
  private func viewOfInput(_ tensor: Tensor) throws -> Tensor {
    let isSaved =
      context.toSave.contains { $0 === tensor }
      || context.toSaveForForward?.contains { $0 === tensor } ?? false
    if function.setupContext != nil && isSaved {
      throw TensorError.runtime(
        "A input that has been returned as-is as output is being saved for backward. This is not "
          + "supported if you override setup_context. You should return and save a view of the input "
          + "instead, e.g. with x.view_as(x) or setup ctx inside the forward function itself.")
    }
    return Tensor(
      tensor.array, viewOf: tensor, creation: .customFunction,
      tensor.layer.map { TensorExtras(layer: $0) })
  }

  /// Makes the node the origin of a tensor that the function changed.
  private func rebase(
    _ tensor: Tensor, onto node: FunctionNode, _ index: Int, of count: Int, _ position: Int?
  ) throws {
    if !tensor.isView, tensor.requiresGrad, try tensor.isLeaf {
      throw TensorError.runtime(
        "a leaf Variable that requires grad has been used in an in-place operation.")
    }
    if position == nil {
      let words =
        "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been "
        + "mutated should be passed to ctx.mark_dirty()."
      if tensor.isView { throw TensorError.runtime(words) }
      ThreadContext.current.warnings.append(words)
    }
    if let base = tensor.base {
      if count > 1 {
        throw TensorError.runtime(
          "If your Function modifies inplace an input that is a view of another Tensor, your Function "
            + "cannot return more than one Tensor. This is not supported by the current autograd "
            + "engine. You should either make sure the input is not a view (using .clone() for "
            + "example) or make your Function only return one Tensor (potentially splitting it into "
            + "two Functions: one doing the inplace that returns a single Tensor and a second one "
            + "that does the other operations). You can ask on the forum "
            + "https://discuss.pytorch.org/ if you need help to do this change.")
      }
      try tensor.checkView("is being")
      if base.requiresGrad, try base.isLeaf { throw TensorError.leafViewInPlace }
    }
    tensor.gradient = nil
    try tensor.rebaseHistory(node, output: index, input: position ?? 0)
  }
}
