import Arrays
import Elements

/// What the callbacks of one call of a custom function share: PyTorch's `ctx`. It is valid as long
/// as the node of the call.
public final class FunctionContext: @unchecked Sendable {
  /// For each argument of the call whether somebody wants its gradient.
  public let needsInputGrad: [Bool]
  /// Whatever the callbacks want to hand over besides tensors. Tensors in it that the call returned
  /// are never released, since their node keeps this.
  public var userData: AnyObject?

  /// The node of the call, as long as it lives.
  package var owner: Node? { node }

  /// How many results the call has, when tangents are asked for.
  package internal(set) var outputCount = 0

  private(set) var materializesGrads = true
  /// In which dtype gradients come; nil where nobody said.
  private(set) var outputGradDTypes: [DType?]?
  // Until the call is complete.
  private(set) var toSave: [Tensor?] = []
  private(set) var toSaveForForward: [Tensor?]?
  private(set) var dirty: [Tensor] = []
  private(set) var nonDifferentiable: [Tensor] = []
  // From then on.
  private var saved: [SavedEntry?] = []
  private var isReleased = false
  /// Takes the place of what was saved.
  private let given: [Tensor?]?
  /// Keeps this; takes itself out at its end.
  nonisolated(unsafe) unowned(unsafe) var node: Node?

  /// - Parameter given: what `savedTensors` is, whatever is saved.
  init(needsInputGrad: [Bool], given: [Tensor?]? = nil) {
    self.needsInputGrad = needsInputGrad
    self.given = given
  }

  deinit { giveUpSaved() }

  /// Keeps tensors for `backward`, in place of those of an earlier call. They should be inputs or
  /// outputs, since gradients go through no others; versions are checked and hooks for saved tensors
  /// called as for those that operators save.
  public func saveForBackward(_ tensors: [Tensor?]) { toSave = tensors }

  /// Keeps tensors for `jvp`, in place of those of an earlier call.
  public func saveForForward(_ tensors: [Tensor?]) { toSaveForForward = tensors }

  /// Says which inputs `forward` changed. Each has to be among the outputs.
  public func markDirty(_ tensors: [Tensor]) { dirty = tensors }

  /// Says which outputs have no gradient.
  public func markNonDifferentiable(_ tensors: [Tensor]) { nonDifferentiable = tensors }

  /// Whether gradients and tangents that are missing are given as zeros, as they are unless this is
  /// called, or as nil.
  public func setMaterializeGrads(_ value: Bool) { materializesGrads = value }

  /// Says in which dtype the gradient of each output comes to `backward`, nil standing for whichever
  /// it has. Otherwise it comes in the output's.
  public func setOutputGradDType(_ dtypes: [DType?]) { outputGradDTypes = dtypes }

  /// What was saved: for `backward` when it runs, for `jvp` when that does.
  ///
  /// - Throws: `TensorError.freedGraph` after a backward pass that didn't keep the graph,
  ///   `.modifiedInPlace` when a tensor was changed since, and what hooks throw.
  public var savedTensors: [Tensor?] {
    get throws {
      if let given { return given }
      if let toSaveForForward { return toSaveForForward }
      if isReleased { throw TensorError.freedGraph }
      guard let node else { return [] }
      let pass = ThreadContext.current.passes.last
      let level = pass.flatMap { $0.createsGraph ? nil : $0.level }
      return try saved.map { try $0?.unpack(for: node, at: level) }
    }
  }

  /// How many tensors were saved, whatever became of them since.
  package var savedCount: Int { given?.count ?? toSaveForForward?.count ?? saved.count }

  /// One of `savedTensors`, without the others.
  ///
  /// - Throws: as `savedTensors`; `TensorError.index` when there is none.
  package func savedTensor(at index: Int) throws -> Tensor? {
    let present = given ?? toSaveForForward
    if present == nil && isReleased { throw TensorError.freedGraph }
    guard index >= 0, index < savedCount else {
      throw TensorError.index("the context has no saved tensor \(index)")
    }
    if let present { return present[index] }
    guard let node else { return nil }
    let pass = ThreadContext.current.passes.last
    let level = pass.flatMap { $0.createsGraph ? nil : $0.level }
    return try saved[index]?.unpack(for: node, at: level)
  }

  /// Ends the call: what it was told to save is saved, and the tensors themselves are let go.
  ///
  /// - Parameters:
  ///   - node: nil when nobody wants a gradient.
  ///   - outputs: of the call.
  func complete(_ node: Node?, _ outputs: [Tensor]) throws {
    let tensors = toSave
    toSave = []
    toSaveForForward = nil
    dirty = []
    nonDifferentiable = []
    guard let node else { return }
    self.node = node
    let level = ThreadContext.current.innermost
    saved = try tensors.map {
      try $0.map { try SavedEntry(level?.lifted($0) ?? $0, among: outputs) }
    }
  }

  /// See `Reach`.
  package func visitReferences() {
    Reach.visit(userData)
    for i in saved.indices {
      guard let entry = saved[i] else { continue }
      entry.value.visitReferences()
      entry.source?._withUnsafeGuaranteedRef { Reach.visit($0) }
    }
    for i in toSave.indices { Reach.visit(toSave[i]) }
    if let toSaveForForward { for tensor in toSaveForForward { Reach.visit(tensor) } }
    for i in dirty.indices { Reach.visit(dirty[i]) }
    for i in nonDifferentiable.indices { Reach.visit(nonDifferentiable[i]) }
    if let given { for tensor in given { Reach.visit(tensor) } }
  }

  /// Gives up what was saved, after which the backward pass is an error if it asks for it.
  func releaseSaved() {
    if saved.isEmpty { return }
    isReleased = true
    giveUpSaved()
  }

  private func giveUpSaved() {
    if saved.isEmpty { return }
    var stack = ReleaseStack()
    takeReferences(into: &stack)
    stack.release()
  }

  /// Moves every reference to a node out, so that a long chain is not released recursively.
  func takeReferences(into stack: inout ReleaseStack) {
    for entry in saved { stack.push(entry?.source) }
    saved = []
  }
}

/// A tensor that a custom function saved, with its place in the graph.
private struct SavedEntry {
  let value: SavedValue
  /// The node that made the tensor, retained; nil for constants and for results of the saving node.
  let source: Unmanaged<Node>?
  /// Which output of that node.
  private let index: Int
  /// Which result of the saving node.
  private let result: Int?

  /// - Parameter outputs: of the saving node, which are saved without their history, that keeps the
  ///   node.
  init(_ tensor: Tensor, among outputs: [Tensor]) throws {
    result = tensor.requiresGrad ? outputs.lastIndex { $0 === tensor } : nil
    value = try SavedValue.saving(tensor, isOwnResult: result != nil)
    let edge = result == nil && tensor.requiresGrad ? try tensor.gradientEdge : .none
    source = edge.node.map { .passRetained($0) }
    index = edge.index
  }

  func unpack(for node: Node, at level: Level?) throws -> Tensor {
    let edge = source.map { Edge($0.takeUnretainedValue(), index) } ?? .none
    return try value.unpack(for: node, edge, result: result, inGraph: level == nil, at: level)
  }
}
