import Arrays
import Elements

/// A tensor as a node remembers it: storage, layout and version, but never the Tensor object, so
/// that a graph has no cycles. Its place in the graph is the node's edge for an argument, and the
/// node itself for a result. Copies are free: the node that saves it ends it by `release`.
struct SavedTensor {
  /// Which of the operation's tensors it is.
  let slot: Slots
  private let isView: Bool
  private let dtype: DType
  private let version: Int32
  private let storage: Unmanaged<Storage>
  /// Nil stands for that of the node's first result, so that one count of references serves both.
  private let layout: Unmanaged<Layout>?
  private let offset: Int
  /// Tells the tensor, or its base, from others with the same storage.
  private let root: ObjectIdentifier

  /// - Parameters:
  ///   - node: who saves it.
  init(_ slot: Slots, _ tensor: borrowing Tensor, for node: borrowing Node) {
    self.init(slot, tensor, tensor.array, for: node)
  }

  /// - Parameter copy: of the tensor's numbers, which are about to change.
  init(
    _ slot: Slots, _ tensor: borrowing Tensor, copy: borrowing NDArray, for node: borrowing Node
  ) {
    self.init(slot, tensor, copy, for: node)
  }

  @inline(__always)
  private init(
    _ slot: Slots, _ tensor: borrowing Tensor, _ array: borrowing NDArray, for node: borrowing Node
  ) {
    self.slot = slot
    dtype = array.dtype
    version = array.storage.version
    offset = array.offset
    storage = .passUnretained(array.storage)
    let isOutputs = node.outputs.count > 0 && node.outputs[0].hasLayout(array.layout)
    layout = isOutputs ? nil : .passUnretained(array.layout)
    isView = tensor.base != nil
    root = tensor.identityOfRoot
    _ = storage.retain()
    _ = layout?.retain()
  }

  private func array(_ node: Node) -> NDArray {
    NDArray(
      storage: storage.takeUnretainedValue(),
      layout: layout?.takeUnretainedValue() ?? node.outputs[0].layout, offset: offset, dtype: dtype)
  }

  /// The memory that it keeps alive.
  var keptStorage: Storage { storage.takeUnretainedValue() }

  /// Gives up what is remembered.
  func release() {
    storage.release()
    layout?.release()
  }

  private var currentVersion: Int32 { storage._withUnsafeGuaranteedRef { $0.version } }

  /// The tensor again: a constant, or in the graph where it was.
  ///
  /// - Parameter edge: where an argument's gradient goes.
  /// - Throws: `TensorError.modifiedInPlace` when the numbers are no longer those that were saved.
  func unpack(for node: Node, _ edge: Edge, inGraph: Bool) throws -> Tensor {
    if currentVersion != version { throw modified(node, edge) }
    let tensor = Tensor(array(node))
    if inGraph { node.place(tensor, result: slot.resultIndex, edge) }
    return tensor
  }

  private func modified(_ node: Node, _ edge: Edge) -> TensorError {
    let origin = SavedOrigin(
      node: node, edge: edge, result: slot.resultIndex, storage: storage.takeUnretainedValue(),
      root: root, isView: isView)
    return TensorError.modifiedInPlace(
      type: dtype, sizes: array(node).sizes, output: origin.producer, version: currentVersion,
      expected: version)
  }
}

extension Tensor {
  /// Tells this tensor, or its base, from others with the same storage.
  var identityOfRoot: ObjectIdentifier {
    if let base { return ObjectIdentifier(base) }
    return ObjectIdentifier(self)
  }
}

extension String {
  /// `Exp` of `ExpBackward0`.
  var withoutBackwardSuffix: String {
    let digitless = self.reversed().drop { $0.isNumber }.reversed()
    let name = String(digitless)
    return name.hasSuffix("Backward") ? String(name.dropLast(8)) : self
  }
}
