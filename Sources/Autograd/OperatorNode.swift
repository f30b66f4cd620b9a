import Arrays
import Elements

/// Which of an operator's tensors a derivative needs: arguments by position, and results.
package struct Slots: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The first tensor argument.
  package static let x = Slots(rawValue: 1)
  /// The second tensor argument.
  package static let y = Slots(rawValue: 2)
  /// The third tensor argument.
  package static let z = Slots(rawValue: 4)
  /// The first result.
  package static let result = Slots(rawValue: 8)
  /// The second result.
  package static let result2 = Slots(rawValue: 16)
}

/// The node that a call of an operator leaves in the graph.
final class OperatorNode: Node, @unchecked Sendable {
  let definition: OperatorDefinition
  /// The derivative's formulas with the call's other arguments.
  private let pullback: (Context) throws -> Gradients
  /// What the derivative needs, saved or yet to be saved.
  var wanted: Slots = []
  private var savedSlots: Slots = []
  private var saved = Few<SavedTensor>()
  private var isReleased = false

  init(_ definition: OperatorDefinition, pullback: @escaping (Context) throws -> Gradients) {
    self.definition = definition
    self.pullback = pullback
    super.init()
  }

  override var name: String { definition.gradName }

  /// Remembers what a slot holds. Slots must be saved in ascending order.
  func save(_ tensor: SavedTensor, _ slot: Slots) {
    saved.append(tensor)
    savedSlots.insert(slot)
  }

  /// Remembers a result of this node.
  func save(result: Tensor, _ index: Int, _ slot: Slots) {
    if wanted.contains(slot) {
      save(SavedTensor(ownResult: result, index), slot)
    }
  }

  /// A saved tensor, or nil when the argument was not given.
  ///
  /// - Throws: `TensorError.freedGraph`, `.modifiedInPlace`.
  func unpack(_ slot: Slots) throws -> Tensor? {
    if isReleased { throw TensorError.freedGraph }
    guard savedSlots.contains(slot) else { return nil }
    let before = savedSlots.rawValue & (slot.rawValue - 1)
    return try saved[before.nonzeroBitCount].unpack(for: self)
  }

  override func apply(_ gradients: inout Gradients, _ pass: Pass) throws -> Gradients {
    if isReleased { throw TensorError.freedGraph }
    return try pullback(Context(node: self, gradients: gradients, pass: pass))
  }

  override func releaseSaved() {
    // A node that saved nothing may run again.
    if savedSlots.isEmpty { return }
    isReleased = true
    var stack = ReleaseStack()
    for i in saved.indices { stack.push(&saved[i].source) }
    saved.removeAll()
    stack.release()
  }

  override func takeReferences(into stack: inout ReleaseStack) {
    for i in saved.indices { stack.push(&saved[i].source) }
    super.takeReferences(into: &stack)
  }

  deinit {
    var stack = ReleaseStack()
    takeReferences(into: &stack)
    stack.release()
  }
}

/// What a derivative's formula sees: the gradients of the results, the saved tensors by the
/// letters of calculus, and the sizes of the arguments.
package struct Context {
  let node: OperatorNode
  /// The gradients of the results; nil stands for zero.
  package let gradients: Gradients
  let pass: Pass

  /// The gradient of the first result.
  package var gradient: Tensor {
    get throws {
      if let gradient = gradients.first ?? nil { return gradient }
      return try pass.algebra.zeros(node.outputs[0].layout.sizes, node.outputs[0].dtype)
    }
  }

  /// The first tensor argument, which must be among the saved slots.
  package var x: Tensor { get throws { try saved(.x) } }
  /// The second tensor argument.
  package var y: Tensor { get throws { try saved(.y) } }
  /// The third tensor argument.
  package var z: Tensor { get throws { try saved(.z) } }
  /// The first result.
  package var result: Tensor { get throws { try saved(.result) } }
  /// The second result.
  package var result2: Tensor { get throws { try saved(.result2) } }
  /// The third tensor argument, where it is optional.
  package var optionalZ: Tensor? { get throws { try node.unpack(.z) } }

  private func saved(_ slot: Slots) throws -> Tensor {
    guard let tensor = try node.unpack(slot) else {
      preconditionFailure("\(node.name) uses a tensor that it does not save")
    }
    return tensor
  }

  /// True when somebody wants the gradient of tensor argument `index`.
  package func needs(_ index: Int) -> Bool {
    guard index < node.edges.count, let target = node.edges[index].node else { return false }
    return pass.needs(target)
  }

  /// Sizes of a tensor argument whose gradient is wanted.
  package func sizes(of index: Int = 0) -> Dims { description(of: index).layout.sizes }

  /// Element type of a tensor argument whose gradient is wanted.
  package func dtype(of index: Int = 0) -> DType { description(of: index).dtype }

  /// True when a tensor argument whose gradient is wanted is a matrix with dense columns only.
  package func hasDenseColumns(_ index: Int) -> Bool {
    let layout = description(of: index).layout
    return layout.rank == 2 && layout.strides[0] == 1 && layout.strides[1] == layout.sizes[0]
      && !layout.isContiguous
  }

  func description(of index: Int) -> ValueDescription {
    let edge = node.edges[index]
    guard let target = edge.node else {
      preconditionFailure("\(node.name) asks for the sizes of an argument that needs no gradient")
    }
    return target.outputs[edge.index]
  }

  /// Sizes of a result.
  package func resultSizes(_ index: Int = 0) -> Dims { node.outputs[index].layout.sizes }
}

extension Context {
  /// Zeros of the sizes and dtype of a tensor argument whose gradient is wanted.
  func zeros(like index: Int) throws -> Tensor {
    let value = description(of: index)
    return try pass.algebra.zeros(value.layout.sizes, value.dtype)
  }
}
