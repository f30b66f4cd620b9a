import Arrays

/// Keeps saved tensors as they were: where one is about to be changed in place, the node that saved
/// it gets a copy. `torch.autograd.graph.allow_mutation_on_saved_tensors`.
///
/// Made of saved-tensor hooks, so those that are set within its scope come first.
package final class SavedTensorsGuard {
  /// What a node saved: the tensor's memory, or a copy once that was written to.
  private final class Saved {
    var array: NDArray
    let extras: TensorExtras?
    /// What extras hold, no collection comes by.
    private let hidden: Hidden?

    init(_ tensor: Tensor) {
      array = tensor.array
      extras = tensor.extras
      hidden = extras == nil ? nil : Hidden()
    }
  }

  private struct WeakSaved { weak var saved: Saved? }

  /// By address of the memory.
  private var savedAt: [UnsafeMutableRawPointer: [WeakSaved]] = [:]
  private var limit = 64

  private init() {}

  /// Starts a scope on this thread; the graph has to be run in it too.
  ///
  /// - Throws: `TensorError.runtime` within another, and where saved-tensor hooks are disabled.
  package static func begin() throws {
    let context = ThreadContext.current
    if context.savedTensorsGuard != nil {
      throw TensorError.runtime("allow_mutation_on_saved_tensors contexts cannot be nested")
    }
    let new = SavedTensorsGuard()
    try SavedTensorHooks(pack: { [unowned new] in new.keep($0) }, unpack: { try Self.restore($0) })
      .push()
    context.savedTensorsGuard = new
  }

  /// Ends the scope; graphs that were made in it can't be run any more.
  package static func end() {
    let context = ThreadContext.current
    guard context.savedTensorsGuard != nil else { return }
    context.savedTensorsGuard = nil
    SavedTensorHooks.pop()
  }

  private func keep(_ tensor: Tensor) -> AnyObject {
    let saved = Saved(tensor)
    if savedAt.count >= limit {
      savedAt = savedAt.filter { $0.value.contains { $0.saved != nil } }
      limit = max(64, 2 * savedAt.count)
    }
    savedAt[tensor.array.storage.pointer, default: []].append(WeakSaved(saved: saved))
    return saved
  }

  private static func restore(_ packed: AnyObject) throws -> Tensor {
    guard ThreadContext.current.savedTensorsGuard != nil, let saved = packed as? Saved else {
      throw TensorError.runtime(
        "Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin which the "
          + "graph was originally recorded.")
    }
    return Tensor(saved.array, saved.extras)
  }

  /// Copies what was saved of the memory that is about to be written to.
  func willWrite(to array: NDArray) throws {
    guard let all = savedAt.removeValue(forKey: array.storage.pointer) else { return }
    for saved in all.compactMap(\.saved) { saved.array = try saved.array.copied() }
  }
}

/// Runs `body` where saved tensors may be changed in place: the nodes that saved them use what they
/// were before. The backward pass has to be run by `body` as well.
///
/// - Throws: `TensorError.runtime` within itself, and what `body` throws.
public func allowMutationOnSavedTensors<Result>(_ body: () throws -> Result) throws -> Result {
  try SavedTensorsGuard.begin()
  defer { SavedTensorsGuard.end() }
  return try body()
}
