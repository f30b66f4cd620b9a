import Arrays

/// Who packs the tensors that nodes save, and unpacks them when they are needed:
/// `torch.autograd.graph.saved_tensors_hooks`.
package final class SavedTensorHooks {
  let pack: SavedValue.Pack
  let unpack: SavedValue.Unpack

  /// - Parameters:
  ///   - pack: called with every tensor that is saved. A node's own result comes without its
  ///     history, so that what keeps it keeps no cycle alive.
  ///   - unpack: called with what `pack` returned each time the tensor is needed.
  package init(
    pack: @escaping (Tensor) throws -> AnyObject, unpack: @escaping (AnyObject) throws -> Tensor
  ) {
    self.pack = pack
    self.unpack = unpack
  }

  /// Puts them in force on this thread, in place of those that are; until `pop`.
  ///
  /// - Throws: `TensorError.runtime` with the words of whoever disabled them.
  package func push() throws {
    let context = ThreadContext.current
    if let words = context.refusedHooks.last { throw TensorError.runtime(words) }
    context.savedTensorHooks.append(self)
    Modes.current.insert(.savedTensorHooks)
  }

  /// Ends the innermost.
  package static func pop() {
    let context = ThreadContext.current
    _ = context.savedTensorHooks.popLast()
    Modes.set(.savedTensorHooks, !context.savedTensorHooks.isEmpty)
  }

  /// From here on saved-tensor hooks are an error with the given message; until `enable`.
  ///
  /// - Throws: the same error when there are some already.
  package static func disable(_ words: String) throws {
    let context = ThreadContext.current
    if !context.savedTensorHooks.isEmpty { throw TensorError.runtime(words) }
    context.refusedHooks.append(words)
  }

  /// Ends the innermost `disable`.
  package static func enable() { _ = ThreadContext.current.refusedHooks.popLast() }

  /// Those in force.
  static var current: SavedTensorHooks? {
    Modes.current.contains(.savedTensorHooks) ? ThreadContext.current.savedTensorHooks.last : nil
  }
}

extension OperatorNode {
  /// Has a saved tensor packed now, and unpacked each time it is needed: PyTorch's
  /// `grad_fn._raw_saved_self.register_hooks`.
  ///
  /// - Throws: `TensorError.runtime` for one that is packed, that was not saved or that is gone; what
  ///   `pack` throws.
  package func registerHooks(
    onSaved slot: Slots, pack: SavedValue.Pack, unpack: @escaping SavedValue.Unpack
  ) throws {
    let present = extras?.saved.first { $0.slot == slot }
    if present?.isPacked ?? false {
      throw TensorError.runtime(
        "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one "
          + "pair of hooks is allowed at a time.")
    }
    if isReleased {
      throw TensorError.runtime(
        "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values "
          + "of the graph are freed when you call .backward() or autograd.grad(). Specify "
          + "retain_graph=True if you need to backward through the graph a second time or if you need "
          + "to access saved variables after calling backward.")
    }
    guard let tensor = try present?.tensor ?? giveUp(slot) else {
      throw TensorError.runtime(
        "Calling register_hooks on a saved tensor with value None is forbidden")
    }
    extras?.saved.removeAll { $0.slot == slot }
    ensuredExtras.saved.append(try packed(slot, tensor, pack, unpack))
  }

  /// What hooks compute is neither recorded nor packed.
  private func packed(
    _ slot: Slots, _ tensor: Tensor, _ pack: SavedValue.Pack, _ unpack: @escaping SavedValue.Unpack
  ) throws -> SavedValue {
    let isPacking = Modes.current.contains(.savedTensorHooks)
    Modes.current.remove(.savedTensorHooks)
    defer { Modes.set(.savedTensorHooks, isPacking) }
    return try GradMode.with(false) { try SavedValue(slot, packing: tensor, pack, unpack) }
  }

  /// Remembers a tensor that is more than memory, or that somebody packs.
  @inline(never)
  func saveSpecially(_ slot: Slots, _ tensor: Tensor) throws {
    if tensor.isInference {
      throw TensorError.runtime(
        "Inference tensors cannot be saved for backward. Please do not use Tensors created in "
          + "inference mode in computation tracked by autograd. To work around this, you can make a "
          + "clone to get a normal tensor and use it in autograd, or use `torch.no_grad()` instead "
          + "of `torch.inference_mode()`.")
    }
    guard let hooks = SavedTensorHooks.current else {
      ensuredExtras.saved.append(SavedValue(slot, tensor))
      return
    }
    let seen = slot.resultIndex == nil ? tensor : Tensor(tensor.array, tensor.extras)
    ensuredExtras.saved.append(try packed(slot, seen, hooks.pack, hooks.unpack))
  }
}
