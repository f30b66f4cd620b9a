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
    // What hooks compute is neither recorded nor packed.
    let seen = slot.resultIndex == nil ? tensor : Tensor(tensor.array, tensor.extras)
    Modes.current.remove(.savedTensorHooks)
    defer { Modes.current.insert(.savedTensorHooks) }
    let value = try GradMode.with(false) {
      try SavedValue(slot, packing: seen, hooks.pack, hooks.unpack)
    }
    ensuredExtras.saved.append(value)
  }
}
