import Arrays
import Elements

/// Which of an operator's tensors a derivative needs: arguments by position, and results.
package struct Slots: OptionSet, Sendable {
  package let rawValue: UInt16
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// How many arguments, and how many results, can be saved.
  static let limit = 8

  /// The first tensor argument.
  package static let x = Slots(rawValue: 1)
  /// The second tensor argument.
  package static let y = Slots(rawValue: 2)
  /// The third tensor argument.
  package static let z = Slots(rawValue: 4)
  /// The first result.
  package static let result = Slots(rawValue: 1 << 8)
  /// The second result.
  package static let result2 = Slots(rawValue: 1 << 9)

  /// The tensor argument at a position below `limit`.
  package static func input(_ index: Int) -> Slots { Slots(rawValue: 1 << UInt16(index)) }
  /// The result at a position below `limit`.
  package static func output(_ index: Int) -> Slots { Slots(rawValue: 1 << UInt16(index + 8)) }

  /// The position among the tensor arguments.
  var argumentIndex: Int? { rawValue < 1 << 8 ? rawValue.trailingZeroBitCount : nil }
  /// The position among the results.
  var resultIndex: Int? { rawValue < 1 << 8 ? nil : rawValue.trailingZeroBitCount - 8 }
}

/// The node that a call of an operator leaves in the graph.
class OperatorNode: Node, @unchecked Sendable {
  /// Operators last as long as the process.
  private let operatorReference: Unmanaged<OperatorDefinition>
  /// What the derivative needs, saved or yet to be saved.
  var wanted: Slots = []
  private(set) final var isReleased = false
  private var saved = Few<SavedTensor>()

  /// - Parameter attributes: the address of the call's other arguments, of the operator's type.
  required init(_ definition: Unmanaged<OperatorDefinition>, attributes: UnsafeRawPointer) {
    operatorReference = definition
    super.init()
  }

  final var definition: OperatorDefinition { operatorReference.takeUnretainedValue() }

  final var record: RecordPlan { operatorReference._withUnsafeGuaranteedRef { $0.record } }

  override var name: String { definition.gradName }

  /// The arguments that are not tensors.
  var attributeValues: [Any]? { nil }

  /// The memory of the saved tensors that are no more than memory.
  final var plainStorages: [Storage] { saved.map(\.keptStorage) }

  /// Remembers a tensor, if the derivative needs it; all arguments are connected.
  @inline(__always)
  final func save(_ slot: Slots, _ tensor: Tensor) throws {
    guard wanted.contains(slot) else { return }
    if tensor.isPlain && !tensor.isInference && !Modes.current.contains(.savedTensorHooks) {
      saved.append(SavedTensor(slot, tensor, for: self))
    } else {
      try saveSpecially(slot, tensor)
    }
  }

  /// Remembers a tensor with the numbers of a copy.
  final func save(_ slot: Slots, _ tensor: Tensor, copy: NDArray) throws {
    if Modes.current.contains(.savedTensorHooks) {
      return try saveSpecially(slot, Tensor(copy))
    }
    saved.append(SavedTensor(slot, tensor, copy: copy, for: self))
  }

  /// A saved tensor, or nil when the argument was not given.
  ///
  /// - Parameters:
  ///   - inGraph: whether the tensor is to know where it comes from.
  ///   - level: a tensor of this level is unpacked as its value, unless it is to be in the graph.
  /// - Throws: `TensorError.freedGraph`, `.modifiedInPlace`.
  final func unpack(_ slot: Slots, inGraph: Bool, at level: Level?) throws -> Tensor? {
    if isReleased { throw TensorError.freedGraph }
    for i in 0..<saved.count where saved[i].slot == slot {
      return try saved[i].unpack(for: self, edge(of: slot), inGraph: inGraph)
    }
    guard let value = extras?.saved.first(where: { $0.slot == slot }) else { return nil }
    return try value.unpack(for: self, edge(of: slot), inGraph: inGraph, at: level)
  }

  /// Gives out the memory of a saved tensor, which the node saves no longer; nil when it was not
  /// saved as memory.
  ///
  /// - Throws: see `unpack`.
  final func giveUp(_ slot: Slots) throws -> Tensor? {
    guard let i = saved.firstIndex(where: { $0.slot == slot }) else { return nil }
    let tensor = try saved[i].unpack(for: self, edge(of: slot), inGraph: false)
    var others = Few<SavedTensor>()
    for k in saved.indices where k != i { others.append(saved[k]) }
    saved[i].release()
    saved = others
    return tensor
  }

  private func edge(of slot: Slots) -> Edge { slot.argumentIndex.map { edges[$0] } ?? .none }

  /// The derivative's formulas.
  func differentiate(_ context: Context) throws -> Gradients { Gradients() }

  override final func apply(_ gradients: inout Gradients, _ pass: Pass) throws -> Gradients {
    if isReleased { throw TensorError.freedGraph }
    let context = Context(self, pass, gradients)
    gradients.removeAll()
    return try differentiate(context)
  }

  override final func releaseSaved() {
    // A node that saved nothing may run again.
    if saved.isEmpty && extras?.saved.isEmpty ?? true { return }
    isReleased = true
    extras?.saved = []
    for i in 0..<saved.count { saved[i].release() }
    saved.removeAll()
  }

  deinit {
    for i in 0..<saved.count { saved[i].release() }
  }
}

/// The node of a call, with the arguments that are not tensors.
final class Call<Attributes: Sendable>: OperatorNode, @unchecked Sendable {
  private let body: Unmanaged<OperatorBody<Attributes>>
  private let attributes: Attributes

  required init(_ definition: Unmanaged<OperatorDefinition>, attributes: UnsafeRawPointer) {
    body = .fromOpaque(definition.toOpaque())
    self.attributes = attributes.assumingMemoryBound(to: Attributes.self).pointee
    super.init(definition, attributes: attributes)
  }

  override var name: String { body._withUnsafeGuaranteedRef { $0.gradName(of: attributes) } }

  override var attributeValues: [Any]? { parts(of: attributes) }

  override func differentiate(_ context: Context) throws -> Gradients {
    try body._withUnsafeGuaranteedRef { try $0.gradients(context, attributes) }
  }
}

/// What a derivative's formula sees: the gradients of the results, the saved tensors by the
/// letters of calculus, and the sizes of the arguments.
package struct Context {
  /// Both outlive the formula, which may not keep the context.
  private let origin: Origin
  /// The gradients of the results; nil stands for zero.
  package let gradients: Gradients

  /// Where the tensors come from. A copy counts no reference.
  private enum Origin {
    case node(Unmanaged<OperatorNode>, Unmanaged<Pass>)
    /// A call that is being made, where a formula does to tangents what it does to gradients.
    case call(Unmanaged<TangentContext>)
  }

  init(_ node: borrowing OperatorNode, _ pass: borrowing Pass, _ gradients: consuming Gradients) {
    origin = .node(.passUnretained(copy node), .passUnretained(copy pass))
    self.gradients = gradients
  }

  init(_ call: borrowing TangentContext) {
    origin = .call(.passUnretained(copy call))
    gradients = Gradients()
  }

  private var recorded: (node: OperatorNode, pass: Pass) {
    guard case .node(let node, let pass) = origin else {
      preconditionFailure("a formula for tangents asks for what only a backward pass knows")
    }
    return (node.takeUnretainedValue(), pass.takeUnretainedValue())
  }

  private var node: OperatorNode { recorded.node }

  private var algebra: Algebra {
    switch origin {
    case .node(_, let pass): pass.takeUnretainedValue().algebra
    case .call(let call): call.takeUnretainedValue().algebra
    }
  }

  /// How many tensor arguments the call had.
  var argumentCount: Int { node.edges.count }

  /// The gradient of the first result.
  package var gradient: Tensor {
    get throws {
      if let gradient = gradients.first ?? nil { return gradient }
      return try algebra.zeros(node.outputs[0].layout.sizes, node.outputs[0].dtype)
    }
  }

  /// The gradient of a result; zeros where there is none.
  package func filledGradient(_ index: Int) throws -> Tensor {
    if index < gradients.count, let gradient = gradients[index] { return gradient }
    return try algebra.zeros(node.outputs[index].layout.sizes, node.outputs[index].dtype)
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
  package var optionalZ: Tensor? { get throws { try unpack(.z) } }

  /// The tensor argument at a position, which must be among the saved slots.
  package func input(_ index: Int) throws -> Tensor { try saved(.input(index)) }
  /// The same where it is optional.
  package func optionalInput(_ index: Int) throws -> Tensor? { try unpack(.input(index)) }
  /// The result at a position, which must be among the saved slots.
  package func output(_ index: Int) throws -> Tensor { try saved(.output(index)) }

  private func saved(_ slot: Slots) throws -> Tensor {
    guard let tensor = try unpack(slot) else {
      preconditionFailure("a formula uses a tensor that it does not save")
    }
    return tensor
  }

  private func unpack(_ slot: Slots) throws -> Tensor? {
    switch origin {
    case .node(let node, let pass):
      return try pass._withUnsafeGuaranteedRef { pass in
        try node._withUnsafeGuaranteedRef {
          try $0.unpack(slot, inGraph: pass.createsGraph, at: pass.level)
        }
      }
    case .call(let call):
      let call = call.takeUnretainedValue()
      if let index = slot.argumentIndex {
        return index < call.inputs.count ? call.inputs[index] : nil
      }
      return slot.resultIndex.flatMap { $0 < call.results.count ? call.results[$0] : nil }
    }
  }

  /// True when somebody wants the gradient of tensor argument `index`.
  package func needs(_ index: Int) -> Bool {
    guard case .node(let node, let pass) = origin else { return true }
    return node._withUnsafeGuaranteedRef { node in
      guard index < node.edges.count else { return false }
      return pass._withUnsafeGuaranteedRef { $0.needs(node.edges[index]) }
    }
  }

  /// Sizes of a tensor argument whose gradient is wanted.
  package func sizes(of index: Int = 0) -> Dims {
    if case .call(let call) = origin { return call.takeUnretainedValue().input(index).shape }
    return description(of: index).layout.sizes
  }

  /// Element type of a tensor argument whose gradient is wanted.
  package func dtype(of index: Int = 0) -> DType {
    if case .call(let call) = origin { return call.takeUnretainedValue().input(index).dtype }
    return description(of: index).dtype
  }

  /// True when a tensor argument whose gradient is wanted is a matrix with dense columns only.
  package func hasDenseColumns(_ index: Int) -> Bool {
    let layout = description(of: index).layout
    return layout.rank == 2 && layout.strides[0] == 1 && layout.strides[1] == layout.sizes[0]
      && !layout.isContiguous
  }

  private func description(of index: Int) -> ValueDescription {
    let edge = node.edges[index]
    guard let target = edge.node else {
      preconditionFailure("\(node.name) asks for the sizes of an argument that needs no gradient")
    }
    return target.outputs[edge.index]
  }

  /// Sizes of a result.
  package func resultSizes(_ index: Int = 0) -> Dims {
    if case .call(let call) = origin { return call.takeUnretainedValue().results[index].shape }
    return node.outputs[index].layout.sizes
  }

  /// Zeros of the sizes and dtype of a tensor argument whose gradient is wanted.
  func zeros(like index: Int) throws -> Tensor {
    try algebra.zeros(sizes(of: index), dtype(of: index))
  }
}
