import Arrays
import Elements
import Synchronization

/// How a checkpoint recomputes: the arguments of `torch.utils.checkpoint.checkpoint`.
public struct CheckpointOptions: Sendable {
  /// Gives the recomputation the random numbers that the first computation got.
  public var preservesRandomState = true
  /// Compares shapes and dtypes of what is recomputed with those of the first time.
  public var checksDeterminism = true
  /// Ends the recomputation as soon as the last tensor is there that is needed.
  public var stopsEarly = true

  /// PyTorch's defaults.
  public init() {}
}

/// Calls a function whose saved tensors are not kept: the backward pass calls it again, once, when it
/// needs them. PyTorch's `torch.utils.checkpoint.checkpoint` with `use_reentrant=False`.
///
/// The second call may end before its last line; see `CheckpointOptions.stopsEarly`.
///
/// - Parameters:
///   - inputs: what the function gets both times. They are kept.
///   - function: gives the same results for the same inputs, and is kept as well.
/// - Throws: what `function` throws. The backward pass throws `TensorError.runtime` when the function
///   doesn't save the same tensors again.
public func checkpoint(
  _ inputs: [Tensor], _ options: CheckpointOptions = CheckpointOptions(),
  _ function: @escaping ([Tensor]) throws -> [Tensor]
) throws -> [Tensor] {
  try checkpoint(inputs, options, payload: nil, function)
}

/// The same with what the function refers to outside of the engine.
package func checkpoint(
  _ inputs: [Tensor], _ options: CheckpointOptions, payload: Payload?,
  _ function: @escaping ([Tensor]) throws -> [Tensor]
) throws -> [Tensor] {
  guard GradMode.records else { return try function(inputs) }
  try Checkpoint.checkLevels(inputs)
  let checkpoint = try Checkpoint(inputs, options, payload, function)
  return try checkpoint.hooks.during {
    defer { checkpoint.isComplete = true }
    return try function(inputs)
  }
}

/// A call whose saved tensors are recomputed.
final class Checkpoint: @unchecked Sendable {
  private let function: ([Tensor]) throws -> [Tensor]
  private let options: CheckpointOptions
  private let payload: Payload?
  /// Keeps the inputs as nodes keep tensors, so that they are checked for changes, and recomputed in
  /// their turn where this is part of another checkpoint.
  private var inputs: FunctionNode?
  private let randomState: [UInt8]?
  /// What stands for each saved tensor, in the order of saving.
  private var placeholders: [WeakPlaceholder] = []
  private var descriptions: [(shape: Dims, dtype: DType)] = []
  /// The first computation is over.
  var isComplete = false
  /// A pass inside of the function recomputed it before it was complete.
  private var mayDiffer = false

  /// Those of the passes that are running.
  private let recomputations = Mutex<[WeakRecomputation]>([])

  private struct WeakPlaceholder { weak var object: Placeholder? }
  private struct WeakRecomputation { weak var object: Recomputation? }

  init(
    _ inputs: [Tensor], _ options: CheckpointOptions, _ payload: Payload?,
    _ function: @escaping ([Tensor]) throws -> [Tensor]
  ) throws {
    self.payload = payload
    self.function = function
    self.options = options
    randomState = options.preservesRandomState ? Generator.default.state : nil
    let context = FunctionContext(needsInputGrad: inputs.map(\.requiresGrad))
    let node = FunctionNode(CustomFunction(name: "_NoopSaveInputs"), context)
    context.saveForBackward(inputs)
    try context.complete(node, [])
    self.inputs = node
  }

  /// See `Reach`.
  func visitReferences() {
    payload?.reach()
    Reach.visit(inputs)
  }

  deinit {
    if let inputs = inputs.take() { Burial.bury(inputs) }
    Burial.finish()
  }

  /// In force during the first computation. They keep this, and so does what they pack. Tensors of
  /// transforms inside of the function stay, both times: their graph ends before the function does.
  var hooks: SavedTensorHooks {
    SavedTensorHooks(
      pack: { tensor in
        if tensor.layer != nil { return tensor }
        let placeholder = Placeholder(self, self.placeholders.count)
        self.placeholders.append(WeakPlaceholder(object: placeholder))
        self.descriptions.append((tensor.shape, tensor.dtype))
        return placeholder
      },
      unpack: { packed in
        if let tensor = packed as? Tensor { return tensor }
        guard let placeholder = packed as? Placeholder else { throw TensorError.freedGraph }
        return try placeholder.checkpoint.tensor(placeholder.index)
      })
  }

  /// A saved tensor again. The running pass recomputes all of them when it needs the first.
  private func tensor(_ index: Int) throws -> Tensor {
    let recomputed = try recomputation(for: ThreadContext.current.passes.last)
    guard let tensor = recomputed.take(index) else {
      throw TensorError.runtime(
        "torch.utils.checkpoint: Unpack is being triggered for a tensor that was already unpacked "
          + "once. If you are calling ctx.saved_tensors in backward, make sure to do so only once. "
          + "Otherwise please open an issue with details on your use case.")
    }
    return tensor
  }

  /// Nobody will ask for a saved tensor any more.
  fileprivate func forget(_ index: Int) {
    for weak in recomputations.withLock({ $0 }) { _ = weak.object?.take(index) }
  }

  private func recomputation(for pass: Pass?) throws -> Recomputation {
    let key = ObjectIdentifier(self)
    // Another checkpoint may have had the same address.
    if let known = pass?.ensuredExtras.companions[key] as? Recomputation, known.checkpoint === self
    {
      return known
    }
    let new = Recomputation(self)
    recomputations.withLock { list in
      list.removeAll { $0.object == nil }
      list.append(WeakRecomputation(object: new))
    }
    try recompute(new)
    pass?.ensuredExtras.companions[key] = new
    return new
  }

  private func recompute(_ recomputation: Recomputation) throws {
    let arguments = try inputs?.context.savedTensors.compactMap(\.self) ?? []
    let generator = Generator.default
    let stateOfNow = randomState == nil ? nil : generator.state
    if let randomState { _ = generator.restore(randomState) }
    defer { if let stateOfNow { _ = generator.restore(stateOfNow) } }
    let hooks = SavedTensorHooks(
      pack: { try self.take($0, recomputation) },
      unpack: { packed in
        guard let tensor = packed as? Tensor else { throw TensorError.freedGraph }
        return tensor
      })
    try hooks.during {
      try GradMode.with(true) {
        do {
          _ = try function(arguments)
        } catch {
          // Whatever the function made of it.
          if !recomputation.isStopped { throw error }
        }
      }
    }
    try check(recomputation)
  }

  /// Takes what the function saves the second time.
  private func take(_ tensor: Tensor, _ recomputation: Recomputation) throws -> Tensor {
    if tensor.layer != nil { return tensor }
    let tensor = Tensor(tensor.array, tensor.extras)
    let index = recomputation.count
    if recomputation.isStopped { throw Self.stop }
    if index >= placeholders.count {
      if isComplete {
        throw TensorError.runtime(
          "torch.utils.checkpoint: trying to save more tensors during recomputation than during the "
            + "original forward pass.\n\(Self.tip)")
      }
      mayDiffer = true
      return tensor
    }
    recomputation.count += 1
    // Gone when the node of the first computation is.
    if placeholders[index].object != nil { recomputation.put(tensor, index) }
    if options.stopsEarly && recomputation.count == placeholders.count {
      recomputation.isStopped = true
      throw Self.stop
    }
    return tensor
  }

  /// - Throws: `TensorError.runtime` under a transform, which would be over by the second time.
  static func checkLevels(_ inputs: [Tensor]) throws {
    let context = ThreadContext.current
    let levels = context.levels.prefix(context.depth)
    if levels.contains(where: { $0.batchSize != nil && inputs.contains(where: $0.owns) }) {
      throw TensorError.runtime(
        "You tried to vmap over _NoopSaveInputs, but it does not have vmap support. Please override "
          + "and implement the vmap staticmethod or set generate_vmap_rule=True. For more details, "
          + "please see https://pytorch.org/docs/main/notes/extending.func.html")
    }
    if !levels.isEmpty {
      throw TensorError.runtime(
        "torch.func.{grad, vjp, jacrev, hessian} don't yet support saved tensor hooks. Please open "
          + "an issue with your use case.")
    }
  }

  private func check(_ recomputation: Recomputation) throws {
    if mayDiffer { return }
    if recomputation.count != placeholders.count {
      throw TensorError.runtime(
        "torch.utils.checkpoint: A different number of tensors was saved during the original forward "
          + "and recomputation.\nNumber of tensors saved during forward: \(placeholders.count)\n"
          + "Number of tensors saved during recomputation: \(recomputation.count).\n\(Self.tip)")
    }
    if !options.checksDeterminism { return }
    var differences = ""
    for (i, (shape, dtype)) in descriptions.enumerated() {
      guard let tensor = recomputation[i], tensor.shape != shape || tensor.dtype != dtype
      else { continue }
      differences +=
        "tensor at position \(i):\nsaved metadata: \(Self.text(shape, dtype))\n"
        + "recomputed metadata: \(Self.text(tensor.shape, tensor.dtype))\n"
    }
    if differences.isEmpty { return }
    throw TensorError.runtime(
      "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata "
        + "than during the forward pass.\n\(differences).\n\(Self.tip)")
  }

  private static func text(_ shape: Dims, _ dtype: DType) -> String {
    "{'shape': torch.Size(\(shape)), 'dtype': torch.\(dtype.name), 'device': device(type='cpu')}"
  }

  private static let stop = TensorError.runtime(
    "torch.utils.checkpoint: the recomputation ends here, where every saved tensor is there")

  private static let tip = """

    Tip: To see a more detailed error message, either pass `debug=True` to
    `torch.utils.checkpoint.checkpoint(...)` or wrap the code block
    with `with torch.utils.checkpoint.set_checkpoint_debug_enabled(True):` to
    enable checkpoint\u{2011}debug mode globally.

    """
}

/// What stands for a saved tensor.
final class Placeholder {
  let checkpoint: Checkpoint
  let index: Int

  init(_ checkpoint: Checkpoint, _ index: Int) {
    self.checkpoint = checkpoint
    self.index = index
  }

  deinit { checkpoint.forget(index) }
}

/// The saved tensors of a checkpoint, for one pass, as long as it lasts.
private final class Recomputation: @unchecked Sendable {
  weak var checkpoint: Checkpoint?
  /// Those that were not asked for yet, by their order of saving.
  private let tensors = Mutex<[Int: Tensor]>([:])
  /// How many tensors the function saved.
  var count = 0
  /// Nothing more is needed.
  var isStopped = false

  init(_ checkpoint: Checkpoint) { self.checkpoint = checkpoint }

  func put(_ tensor: Tensor, _ index: Int) { tensors.withLock { $0[index] = tensor } }

  func take(_ index: Int) -> Tensor? { tensors.withLock { $0.removeValue(forKey: index) } }

  subscript(_ index: Int) -> Tensor? { tensors.withLock { $0[index] } }
}

/// Releases nodes one after the other.
///
/// A checkpoint keeps the node before it from inside of what its own nodes saved, so releasing a long
/// row of checkpoints from the last to the first would overflow the stack.
private enum Burial {
  static func bury(_ node: Node) {
    let context = ThreadContext.current
    context.buried.append(node)
  }

  /// To be called when nobody but this keeps what was buried.
  static func finish() {
    let context = ThreadContext.current
    if context.isBurying { return }
    context.isBurying = true
    // What the end of one brings waits for its turn.
    while !context.buried.isEmpty { context.buried.removeLast() }
    context.isBurying = false
  }
}
