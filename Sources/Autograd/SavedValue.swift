import Arrays
import Elements

/// A saved tensor that is more than memory: one that carries a tangent or belongs to a transform, or
/// that somebody packed.
final class SavedValue {
  /// Packs a tensor into whatever it likes.
  typealias Pack = (Tensor) throws -> AnyObject
  /// Makes a tensor again of what was packed.
  typealias Unpack = (AnyObject) throws -> Tensor

  let slot: Slots
  private enum Content {
    case tensor(NDArray, TensorExtras?)
    case packed(AnyObject, Unpack, shape: Dims, dtype: DType)
  }
  private var content: Content
  private let version: Int32
  private let storage: Storage?
  private let isView: Bool
  private let root: ObjectIdentifier

  /// A tensor with its extras; its history is the node's edge.
  init(_ slot: Slots, _ tensor: Tensor) {
    self.slot = slot
    content = .tensor(tensor.array, tensor.extras)
    version = tensor.array.storage.version
    storage = tensor.array.storage
    isView = tensor.base != nil
    root = tensor.identityOfRoot
  }

  /// A tensor that is packed now.
  ///
  /// - Throws: what `pack` throws; `TensorError.runtime` when it changes the tensor.
  init(_ slot: Slots, packing tensor: Tensor, _ pack: Pack, _ unpack: @escaping Unpack) throws {
    self.slot = slot
    let before = tensor.array.storage.version
    let packed = try pack(tensor)
    if tensor.array.storage.version != before {
      throw TensorError.runtime(
        "A saved tensor pack hook is modifying its input in place. Tensors provided as input to "
          + "pack hook cannot be modified by in-place operations as this can lead to unexpected "
          + "side-effects. Please open an issue if you need to perform in-place operations on the "
          + "input to a pack hook.")
    }
    content = .packed(packed, unpack, shape: tensor.shape, dtype: tensor.dtype)
    version = 0
    storage = nil
    isView = false
    root = tensor.identityOfRoot
  }

  /// See `Reach`.
  func visitReferences() {
    switch content {
    case .tensor(_, let extras): Reach.visit(extras)
    case .packed(let packed, _, _, _): Reach.visit(packed)
    }
  }

  /// The memory that it keeps alive; nil when it was packed.
  var keptStorage: Storage? { storage }

  var isPacked: Bool {
    if case .packed = content { true } else { false }
  }

  /// The tensor outside of the graph, unless it is packed.
  var tensor: Tensor? {
    if case .tensor(let array, let extras) = content { Tensor(array, extras) } else { nil }
  }

  /// The tensor again: a constant, or in the graph where it was.
  func unpack(for node: Node, _ edge: Edge, inGraph: Bool, at level: Level?) throws -> Tensor {
    try unpack(for: node, edge, result: slot.resultIndex, inGraph: inGraph, at: level)
  }

  /// The same for any place among the tensors of a node.
  ///
  /// - Parameter result: the position among the results of `node`, for one of them.
  func unpack(
    for node: Node, _ edge: Edge, result: Int?, inGraph: Bool, at level: Level?
  ) throws -> Tensor {
    switch content {
    case .tensor(let array, let extras):
      if let storage, storage.version != version {
        let origin = SavedOrigin(
          node: node, edge: edge, result: result, storage: storage, root: root, isView: isView)
        throw TensorError.modifiedInPlace(
          type: array.dtype, sizes: array.sizes, output: origin.producer,
          version: storage.version, expected: version)
      }
      if !inGraph, let layer = extras?.layer, layer.level === level { return layer.value }
      let tensor = Tensor(array, extras)
      if inGraph { node.place(tensor, result: result, edge) }
      return tensor
    case .packed(let packed, let unpack, _, _):
      let tensor = try unpackOnce(packed, unpack)
      if !inGraph, let layer = tensor.layer, layer.level === level { return layer.value }
      if !inGraph || tensor.node != nil && result == nil { return tensor }
      let placed = Tensor(tensor.array, tensor.extras)
      node.place(placed, result: result, edge)
      return placed
    }
  }

  /// A node that needs the tensor in several formulas has it unpacked once.
  private func unpackOnce(_ packed: AnyObject, _ unpack: Unpack) throws -> Tensor {
    guard let pass = ThreadContext.current.passes.last, pass.running != nil else {
      return try unpack(packed)
    }
    if let known = pass.ensuredExtras.unpacked.first(where: { $0.value === self }) {
      return known.tensor
    }
    let tensor = try unpack(packed)
    pass.ensuredExtras.unpacked.append((self, tensor))
    return tensor
  }
}

/// Where a saved tensor comes from, for the message that says that it was changed.
struct SavedOrigin {
  let node: Node
  let edge: Edge
  /// The position among the node's results, for one of them.
  let result: Int?
  let storage: Storage
  let root: ObjectIdentifier
  let isView: Bool

  /// The node that the tensor has by now, which is what PyTorch names: after a change in place
  /// that is the node of the change, and views get a new one.
  var producer: (index: Int, node: String)? {
    name.map { (result ?? edge.index, $0.withoutBackwardSuffix) }
  }

  private var name: String? {
    if result != nil { return node.name }
    if edge.node is AccumulateGrad { return nil }
    let change = storage.lastChange.flatMap { $0.root == root ? $0.node : nil }
    let current = change ?? edge.node?.name
    return isView && current != nil ? ViewNode.name : current
  }
}

extension Node {
  /// Gives an unpacked tensor its place in the graph: the edge of an argument, the node of a result.
  func place(_ tensor: Tensor, result: Int?, _ edge: Edge) {
    // Indices, the second result of many calls, have none.
    guard tensor.dtype.isDifferentiable else { return }
    if let result {
      tensor.setHistory(self, result)
    } else if let accumulator = edge.node as? AccumulateGrad {
      // Never the leaf itself, which another thread may be about to release.
      tensor.wantsGradient = true
      tensor.accumulator = accumulator
    } else if let source = edge.node {
      tensor.setHistory(source, edge.index)
    }
  }
}
