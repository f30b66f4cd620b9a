import Arrays
import Elements

/// What a node keeps of a call.
public enum SavedAttribute {
  /// A tensor; nil for one that was not given, or that no wanted gradient needs.
  case tensor(Tensor?)
  /// A number or list that was not given.
  case missing
  case bool(Bool)
  case int(Int)
  case ints([Int])
  case number(Scalar)
  case text(String)
}

extension Node {
  /// What `saved` can be asked for, in alphabetical order: PyTorch's names without `_saved_`.
  public var savedNames: [String] { (self as? OperatorNode)?.namesOfSaved ?? [] }

  /// What the node keeps under a name; nil when there is no such name.
  ///
  /// - Throws: `TensorError.freedGraph` for a tensor after a backward pass that kept nothing,
  ///   `.modifiedInPlace` for one that was changed since.
  public func saved(_ name: String) throws -> SavedAttribute? {
    guard let node = self as? OperatorNode else { return nil }
    if let slot = node.savedSlots.first(where: { $0.name == name })?.slot {
      return .tensor(try node.unpack(slot, inGraph: true, at: nil))
    }
    return node.savedAttributes.first { $0.name == name }?.value
  }
}

extension Node {
  /// True when what the node keeps under a name is a tensor, or none that was not given.
  package func savesTensor(_ name: String) -> Bool {
    (self as? OperatorNode)?.savedSlots.contains { $0.name == name } ?? false
  }

  /// Has a saved tensor packed now, and unpacked each time it is needed.
  ///
  /// - Throws: `TensorError.runtime` for a value that is no tensor; see `OperatorNode.registerHooks`.
  package func registerHooks(_ hooks: SavedTensorHooks, onSaved name: String) throws {
    guard let node = self as? OperatorNode,
      let slot = node.savedSlots.first(where: { $0.name == name })?.slot
    else { throw TensorError.runtime("the node's value '\(name)' is not a saved tensor") }
    try node.registerHooks(onSaved: slot, pack: hooks.pack, unpack: hooks.unpack)
  }
}

extension OperatorNode {
  fileprivate var namesOfSaved: [String] {
    (savedSlots.map(\.name) + savedAttributes.map(\.name)).sorted()
  }

  /// The tensors that the derivative may need, by name.
  fileprivate var savedSlots: [(name: String, slot: Slots)] {
    let needed = record.allSlots
    let tensors = definition.schema.arguments.filter { $0.kind.base == "Tensor" }
    let names = definition.schema.resultNames
    let slots = (0..<Slots.limit).map(Slots.input) + (0..<Slots.limit).map(Slots.output)
    return slots.compactMap { slot in
      guard needed.contains(slot) else { return nil }
      if let i = slot.argumentIndex { return i < tensors.count ? (tensors[i].name, slot) : nil }
      guard let i = slot.resultIndex, i < names.count else { return nil }
      return (names[i], slot)
    }
  }

  /// The arguments that are not tensors, where the operator keeps all of its schema's.
  fileprivate var savedAttributes: [(name: String, value: SavedAttribute)] {
    let arguments = definition.schema.arguments.filter { $0.kind.base != "Tensor" }
    guard let values = attributeValues, values.count == arguments.count else { return [] }
    return zip(arguments, values).compactMap { argument, value in
      // Which type a result has is no matter of the derivative.
      if ["ScalarType", "Generator", "str"].contains(argument.kind.base) { return nil }
      return SavedAttribute(value).map { (argument.name, $0) }
    }
  }
}

extension SavedAttribute {
  /// One of an operator's attributes.
  fileprivate init?(_ value: Any) {
    switch value {
    case let value as Bool: self = .bool(value)
    case let value as Int: self = .int(value)
    case let value as Dims: self = .ints(Array(value))
    case let value as [Int]: self = .ints(value)
    case let value as Scalar: self = .number(value)
    case let value as Double: self = .number(.double(value))
    case let value as String: self = .text(value)
    default:
      let mirror = Mirror(reflecting: value)
      guard mirror.displayStyle == .optional, mirror.children.isEmpty else { return nil }
      self = .missing
    }
  }
}

/// The parts of a call's attributes: those of a tuple, a single value, or nothing for `Void`.
func parts(of attributes: Any) -> [Any] {
  let mirror = Mirror(reflecting: attributes)
  return mirror.displayStyle == .tuple ? mirror.children.map(\.value) : [attributes]
}
