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

  /// A tensor with its extras; its history is the node's edge.
  init(_ slot: Slots, _ tensor: Tensor) {
    self.slot = slot
    content = .tensor(tensor.array, tensor.extras)
    version = tensor.array.storage.version
    storage = tensor.array.storage
    isView = tensor.base != nil
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
  }

  /// The memory that it keeps alive; nil when it was packed.
  var keptStorage: Storage? { storage }

  var isPacked: Bool {
    if case .packed = content { true } else { false }
  }

  /// The tensor again: a constant, or in the graph where it was.
  func unpack(for node: Node, _ edge: Edge, inGraph: Bool, at level: Level?) throws -> Tensor {
    switch content {
    case .tensor(let array, let extras):
      if let storage, storage.version != version {
        throw TensorError.modifiedInPlace(
          type: array.dtype, sizes: array.sizes,
          output: edge.node.map { (edge.index, $0.name.withoutBackwardSuffix) },
          version: storage.version, expected: version)
      }
      if !inGraph, let layer = extras?.layer, layer.level === level { return layer.value }
      let tensor = Tensor(array, extras)
      if inGraph { node.place(tensor, slot, edge) }
      return tensor
    case .packed(let packed, let unpack, _, _):
      let tensor = try unpack(packed)
      if !inGraph || tensor.node != nil && slot.resultIndex == nil { return tensor }
      let placed = Tensor(tensor.array, tensor.extras)
      node.place(placed, slot, edge)
      return placed
    }
  }
}

extension Node {
  /// Gives an unpacked tensor its place in the graph: the edge of an argument, the node of a result.
  func place(_ tensor: Tensor, _ slot: Slots, _ edge: Edge) {
    if let result = slot.resultIndex {
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
