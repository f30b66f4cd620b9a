import Arrays
import Elements
import Synchronization

/// The end of a path: adds what arrives to a leaf's gradient.
///
/// A leaf holds its accumulator, so each is one object as long as the leaf lives; the gradient of a
/// leaf that nobody can see any more is dropped. The reference back is not a `weak` one, which would
/// make every retain of the leaf slow: the leaf takes itself out at its end, under the lock.
final class AccumulateGrad: Node, @unchecked Sendable {
  private nonisolated(unsafe) unowned(unsafe) var leaf: Tensor?
  /// Backward passes on several threads may end here at once, and the leaf may end meanwhile.
  private let lock = Mutex(())

  init(_ leaf: Tensor) {
    self.leaf = leaf
    // Accumulators run as soon as they are ready, before any operation.
    super.init(sequence: .max)
    appendOutput(leaf.array)
  }

  override var name: String { "torch::autograd::AccumulateGrad" }

  override func apply(_ gradients: inout Gradients, _ pass: Pass) throws -> Gradients {
    // What is replaced ends outside of the lock: its graph may hold what the program has a say in.
    var replaced: Tensor?
    let changed: Tensor? = try lock.withLock { _ in
      guard let leaf, leaf.wantsGradient, !gradients.isAllNil() else { return nil }
      replaced = leaf.gradient
      try accumulate(&gradients[0], into: leaf, pass)
      return leaf
    }
    _ = replaced
    if let changed, let hooks = extras?.accumulationHooks {
      for hook in hooks { try hook.function(changed) }
    }
    return Gradients()
  }

  /// The dtype in which the gradient is kept; nil for any.
  var gradientDType: DType? { outputs[0].takesAnyDType ? nil : outputs[0].dtype }
  /// True when somebody chose it.
  private(set) var hasChosenDType = false

  /// Has the gradient kept in a dtype other than the leaf's, or in any.
  func keepGradient(in dtype: DType?) {
    hasChosenDType = true
    expectGradient(of: dtype)
  }

  /// The leaf may be on its way to its end, and still be handed out.
  override func visitReferences() {
    super.visitReferences()
    Reach.visit(leaf)
  }

  /// The leaf, as long as it lives: PyTorch's `AccumulateGrad.variable`.
  override var variable: Tensor? { lock.withLock { _ in leaf } }

  /// Called by every tensor with this accumulator at its end; an unpacked saved tensor is not the
  /// leaf itself.
  func forgetLeaf(_ tensor: Tensor) {
    lock.withLock { _ in if leaf === tensor { leaf = nil } }
  }

  private func accumulate(_ new: inout Tensor?, into leaf: Tensor, _ pass: Pass) throws {
    guard let present = leaf.gradient else {
      leaf.gradient =
        try pass.createsGraph || !(new?.isPlain ?? true)
        ? first(new, leaf, pass) : firstWithoutGraph(&new, leaf)
      return
    }
    guard let added = new else { return }
    if pass.createsGraph || !present.isPlain || !added.isPlain {
      leaf.gradient = try pass.algebra.add(present, added)
    } else {
      _ = try present.array.binary(.add, added.array, into: present.array)
      present.array.storage.version &+= 1
    }
  }

  private func first(_ new: Tensor?, _ leaf: Tensor, _ pass: Pass) throws -> Tensor? {
    try new.map { try pass.algebra.copy($0, leaf.array.layout.preservingOrder) }
  }

  /// Takes the gradient itself where nobody else refers to it and it lies in memory as the leaf
  /// does, otherwise a copy that does.
  private func firstWithoutGraph(_ new: inout Tensor?, _ leaf: Tensor) throws -> Tensor? {
    let layout = leaf.array.layout.preservingOrder
    if isKnownUniquelyReferenced(&new), let gradient = new, gradient.ownsItsMemory,
      gradient.strides == layout.strides
    {
      return gradient
    }
    guard let gradient = new else { return nil }
    let copy = try NDArray(uninitialized: layout, gradient.dtype)
    copy.assign(gradient.array)
    return Tensor(copy)
  }
}

extension Tensor {
  /// True when no other tensor shares the storage and no operation made this one.
  var ownsItsMemory: Bool {
    isPlain && node == nil && base == nil && !wantsGradient && array.storage.isOnlyReference
  }
}
