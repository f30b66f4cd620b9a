import Arrays

/// A tensor as a node remembers it: storage, layout, version, and the edge that it came from, but
/// never the Tensor object, so that a graph has no cycles.
struct SavedTensor {
  private var array: NDArray
  private let version: Int32
  private let outputIndex: Int32
  /// The node that made the tensor, or the accumulator of a leaf. A node's own result is saved
  /// without its node.
  var source: Node?
  private let isOwnResult: Bool
  private let isView: Bool
  /// Tells the tensor, or its base, from others with the same storage.
  private let root: ObjectIdentifier

  /// An argument of the operation.
  ///
  /// - Parameters:
  ///   - array: its numbers, or a copy of them where they are about to change.
  ///   - edge: where its gradient goes.
  init(_ tensor: Tensor, _ array: NDArray, _ edge: Edge) {
    self.array = array
    version = array.storage.version
    isOwnResult = false
    isView = tensor.isView
    root = ObjectIdentifier(tensor.base ?? tensor)
    source = edge.node
    outputIndex = Int32(edge.index)
  }

  /// A result of the node that saves it, without the node.
  init(ownResult tensor: Tensor, _ index: Int) {
    array = tensor.array
    version = tensor.array.storage.version
    isOwnResult = true
    isView = false
    root = ObjectIdentifier(tensor)
    outputIndex = Int32(index)
  }

  /// The tensor again, in the graph where it was.
  ///
  /// - Throws: `TensorError.modifiedInPlace` when the numbers are no longer those that were saved.
  func unpack(for node: Node) throws -> Tensor {
    if array.storage.version != version { throw modified(node) }
    let tensor = Tensor(array)
    if let accumulator = source as? AccumulateGrad {
      // Never the leaf itself, which another thread may be about to release.
      tensor.wantsGradient = true
      tensor.accumulator = accumulator
    } else if let source = isOwnResult ? node : source {
      tensor.setHistory(source, Int(outputIndex))
    }
    return tensor
  }

  private func modified(_ node: Node) -> TensorError {
    TensorError.modifiedInPlace(
      type: array.dtype, sizes: array.sizes,
      output: producer(node).map { (Int(outputIndex), $0.withoutBackwardSuffix) },
      version: array.storage.version, expected: version)
  }

  /// The node that the tensor has by now, which is what PyTorch names: after a change in place
  /// that is the node of the change, and views get a new one.
  private func producer(_ node: Node) -> String? {
    if isOwnResult { return node.name }
    if source is AccumulateGrad { return nil }
    let change = array.storage.lastChange.flatMap { $0.root == root ? $0.node : nil }
    let current = change ?? source?.name
    return isView && current != nil ? ViewNode.name : current
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
