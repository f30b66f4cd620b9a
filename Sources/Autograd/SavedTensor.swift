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

  /// - Parameter edge: where the tensor's gradient goes; for a node's own result, which of its
  ///   results it is, without the node.
  init(_ array: NDArray, _ edge: Edge, isOwnResult: Bool = false) {
    self.array = array
    version = array.storage.version
    self.isOwnResult = isOwnResult
    source = edge.node
    outputIndex = Int32(edge.index)
  }

  /// The tensor again, in the graph where it was.
  ///
  /// - Throws: `TensorError.modifiedInPlace` when the numbers are no longer those that were saved.
  func unpack(for node: Node) throws -> Tensor {
    if array.storage.version != version { throw modified(node) }
    let tensor = Tensor(array)
    if let accumulator = source as? AccumulateGrad {
      if let leaf = accumulator.leaf(showing: array) { return leaf }
      tensor.wantsGradient = true
      tensor.accumulator = accumulator
    } else if let source = isOwnResult ? node : source {
      tensor.setHistory(source, Int(outputIndex))
    }
    return tensor
  }

  private func modified(_ node: Node) -> TensorError {
    var producer: String?
    if isOwnResult {
      producer = node.shortName
    } else if !(source is AccumulateGrad) {
      producer = source == nil ? nil : array.storage.lastWriter ?? source?.shortName
    }
    return TensorError.modifiedInPlace(
      type: array.dtype, sizes: array.sizes,
      output: producer.map { (Int(outputIndex), $0.withoutBackwardSuffix) },
      version: array.storage.version, expected: version)
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
