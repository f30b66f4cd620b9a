import Arrays

/// Who packs the tensors that nodes save, and unpacks them when they are needed:
/// `torch.autograd.graph.saved_tensors_hooks`.
package final class SavedTensorHooks {
  let pack: SavedValue.Pack
  let unpack: SavedValue.Unpack
  private let payload: Payload?

  /// - Parameters:
  ///   - pack: called with every tensor that is saved. A node's own result comes without its
  ///     history, so that what keeps it keeps no cycle alive.
  ///   - unpack: called with what `pack` returned each time the tensor is needed.
  ///   - payload: what both refer to outside of the engine.
  package init(
    payload: Payload? = nil, pack: @escaping (Tensor) throws -> AnyObject,
    unpack: @escaping (AnyObject) throws -> Tensor
  ) {
    self.pack = pack
    self.unpack = unpack
    self.payload = payload
  }

  /// Puts them in force on this thread, in place of those that are; until `pop`.
  ///
  /// - Throws: `TensorError.runtime` with the words of whoever disabled them.
  package func push() throws {
    let context = ThreadContext.current
    if let words = context.refusedHooks.last { throw TensorError.runtime(words) }
    context.savedTensorHooks.append(self)
    payload?.hold()
    Modes.current.insert(.savedTensorHooks)
  }

  /// Ends the innermost.
  package static func pop() {
    let context = ThreadContext.current
    context.savedTensorHooks.popLast()?.payload?.release()
    Modes.set(.savedTensorHooks, !context.savedTensorHooks.isEmpty)
  }

  /// Runs `body` with these in force.
  ///
  /// - Throws: what `push` and `body` throw.
  package func during<Result>(_ body: () throws -> Result) throws -> Result {
    try push()
    defer { Self.pop() }
    return try body()
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
  /// - Throws: `TensorError.runtime` for one that is packed, that was not saved or that is gone;
  ///   what `pack` throws.
  package func registerHooks(
    onSaved slot: Slots, pack: SavedValue.Pack, unpack: @escaping SavedValue.Unpack
  ) throws {
    let present = extras?.saved.first { $0.slot == slot }
    if present?.isPacked ?? false {
      throw TensorError.runtime(
        "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only "
          + "one pair of hooks is allowed at a time.")
    }
    if isReleased {
      throw TensorError.runtime(
        "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate "
          + "values of the graph are freed when you call .backward() or autograd.grad(). Specify "
          + "retain_graph=True if you need to backward through the graph a second time or if you "
          + "need to access saved variables after calling backward.")
    }
    guard let tensor = try present?.tensor ?? giveUp(slot) else {
      throw TensorError.runtime(
        "Calling register_hooks on a saved tensor with value None is forbidden")
    }
    extras?.saved.removeAll { $0.slot == slot }
    ensuredExtras.saved.append(try SavedValue.packing(tensor, slot, pack, unpack))
  }

  /// Remembers a tensor that is more than memory, or that somebody packs.
  @inline(never)
  func saveSpecially(_ slot: Slots, _ tensor: Tensor) throws {
    ensuredExtras.saved.append(
      try SavedValue.saving(tensor, slot, isOwnResult: slot.resultIndex != nil))
  }
}

extension SavedValue {
  /// A tensor that is packed now. What hooks compute is neither recorded nor packed.
  fileprivate static func packing(
    _ tensor: Tensor, _ slot: Slots, _ pack: Pack, _ unpack: @escaping Unpack
  ) throws -> SavedValue {
    let (isPacking, isRecording) = (Modes.current.contains(.savedTensorHooks), GradMode.isEnabled)
    GradMode.isEnabled = false
    Modes.current.remove(.savedTensorHooks)
    defer {
      Modes.set(.savedTensorHooks, isPacking)
      GradMode.isEnabled = isRecording
    }
    return try SavedValue(slot, packing: tensor, pack, unpack)
  }

  /// A tensor as it is to be saved now: packed, where hooks are in force.
  ///
  /// - Parameters:
  ///   - slot: its place among an operator's tensors.
  ///   - isOwnResult: true for a result of the node that saves it.
  /// - Throws: what hooks throw; `TensorError.runtime` for inference tensors.
  static func saving(
    _ tensor: Tensor, _ slot: Slots = [], isOwnResult: Bool
  ) throws -> SavedValue {
    if tensor.isInference {
      throw TensorError.runtime(
        "Inference tensors cannot be saved for backward. Please do not use Tensors created in "
          + "inference mode in computation tracked by autograd. To work around this, you can make "
          + "a clone to get a normal tensor and use it in autograd, or use `torch.no_grad()` "
          + "instead of `torch.inference_mode()`.")
    }
    guard let hooks = SavedTensorHooks.current else { return SavedValue(slot, tensor) }
    let seen = isOwnResult ? Tensor(tensor.array, tensor.extras) : tensor
    return try packing(seen, slot, hooks.pack, hooks.unpack)
  }
}
