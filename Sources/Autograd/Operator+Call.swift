import Arrays

// What all operators share: unwrapping, views, and the record in the graph. The arity of a call is
// that of `forward`; a mismatch is a bug of ours.

extension Operator {
  /// Makes a tensor from nothing.
  package func callAsFunction(_ a: Attributes) throws -> Tensor {
    try body._withUnsafeGuaranteedRef { try $0.call(a) }
  }

  /// One tensor.
  package func callAsFunction(_ x: Tensor, _ a: Attributes) throws -> Tensor {
    try body._withUnsafeGuaranteedRef { try $0.call(x, a) }
  }

  /// Two tensors.
  package func callAsFunction(_ x: Tensor, _ y: Tensor, _ a: Attributes) throws -> Tensor {
    try body._withUnsafeGuaranteedRef { try $0.call(x, y, a) }
  }

  /// Three tensors, of which the last may be missing.
  package func callAsFunction(
    _ x: Tensor, _ y: Tensor, _ z: Tensor?, _ a: Attributes
  ) throws -> Tensor {
    try body._withUnsafeGuaranteedRef { try $0.call(x, y, z, a) }
  }

  /// Three tensors, of which the last two may be missing.
  package func callAsFunction(
    _ x: Tensor, _ y: Tensor?, _ z: Tensor?, _ a: Attributes
  ) throws -> Tensor {
    try body._withUnsafeGuaranteedRef { try $0.call(x, y, z, a) }
  }

  /// A list of tensors.
  package func callAsFunction(_ list: [Tensor], _ a: Attributes) throws -> Tensor {
    try body._withUnsafeGuaranteedRef { try $0.call(list, a) }
  }

  /// One tensor in, several out.
  package func several(_ x: Tensor, _ a: Attributes) throws -> [Tensor] {
    try body._withUnsafeGuaranteedRef { try $0.several(x, a) }
  }

  /// The variant of one tensor that writes into it.
  package func inPlace(_ x: Tensor, _ a: Attributes) throws -> Tensor {
    try body._withUnsafeGuaranteedRef { try $0.inPlace(x, a) }
  }

  /// The variant of two tensors that writes into the first.
  package func inPlace(_ x: Tensor, _ y: Tensor, _ a: Attributes) throws -> Tensor {
    try body._withUnsafeGuaranteedRef { try $0.inPlace(x, y, a) }
  }

  /// The variant of three tensors that writes into the first.
  package func inPlace(
    _ x: Tensor, _ y: Tensor, _ z: Tensor?, _ a: Attributes
  ) throws -> Tensor {
    try body._withUnsafeGuaranteedRef { try $0.inPlace(x, y, z, a) }
  }
}

extension OperatorBody {
  func call(_ a: Attributes) throws -> Tensor {
    switch forward {
    case .none(let f): Tensor(try f(a))
    case .composedNone(let f): try f(a)
    default: mismatch()
    }
  }

  func call(_ x: Tensor, _ a: Attributes) throws -> Tensor {
    switch forward {
    case .one(let f):
      let result = Tensor(try f(x.array, a, nil))
      try record(result, of: x, a)
      return result
    case .view(let f):
      let view = Tensor(try f(x.array, a), viewOf: x, creation: x.creationOfView(.ordinary))
      try record(view, of: x, a)
      return view
    case .composed(let f):
      return try f(x, a)
    default: mismatch()
    }
  }

  func call(_ x: Tensor, _ y: Tensor, _ a: Attributes) throws -> Tensor {
    switch forward {
    case .two(let f):
      let result = Tensor(try f(x.array, y.array, a, nil))
      try record(result, of: x, y, a)
      return result
    case .composedTwo(let f):
      return try f(x, y, a)
    default: mismatch()
    }
  }

  func call(_ x: Tensor, _ y: Tensor, _ z: Tensor?, _ a: Attributes) throws -> Tensor {
    switch forward {
    case .three(let f):
      let result = Tensor(try f(x.array, y.array, z?.array, a, nil))
      try record(result, of: x, y, z, a)
      return result
    case .composedThree(let f):
      return try f(x, y, z, a)
    default: mismatch()
    }
  }

  func call(_ x: Tensor, _ y: Tensor?, _ z: Tensor?, _ a: Attributes) throws -> Tensor {
    guard case .composedOptional(let f) = forward else { mismatch() }
    return try f(x, y, z, a)
  }

  func call(_ list: [Tensor], _ a: Attributes) throws -> Tensor {
    switch forward {
    case .list(let f):
      let result = Tensor(try f(list.map(\.array), a))
      try record(result, of: list, a)
      return result
    case .composedList(let f):
      return try f(list, a)
    default: mismatch()
    }
  }

  func several(_ x: Tensor, _ a: Attributes) throws -> [Tensor] {
    switch forward {
    case .several(let f):
      let results = try f(x.array, a).map { Tensor($0) }
      try record(results, of: x, a)
      return results
    case .views(let f):
      let creation = x.creationOfView(.oneOfSeveral)
      let views = try f(x.array, a).map { Tensor($0, viewOf: x, creation: creation) }
      try record(views, of: x, a)
      return views
    case .composedSeveral(let f):
      return try f(x, a)
    default: mismatch()
    }
  }

  private func mismatch() -> Never {
    preconditionFailure("\(schema.text) was called with another number of tensors")
  }
}

extension Tensor {
  /// How a view of this tensor comes about now: what is special about this one carries over.
  fileprivate func creationOfView(_ usual: ViewCreation) -> ViewCreation {
    let new = GradMode.isEnabled ? usual : .withoutGradMode
    return new == .ordinary ? creation : new
  }
}

// In place.

extension OperatorBody {
  func inPlace(_ x: Tensor, _ a: Attributes) throws -> Tensor {
    guard case .one(let f) = forward else { mismatch() }
    let node = try nodeInPlace(x, nil, nil, a)
    _ = try f(x.array, a, x.array)
    return try changed(x, node)
  }

  func inPlace(_ x: Tensor, _ y: Tensor, _ a: Attributes) throws -> Tensor {
    guard case .two(let f) = forward else { mismatch() }
    let node = try nodeInPlace(x, y, nil, a)
    _ = try f(x.array, y.array, a, x.array)
    return try changed(x, node)
  }

  func inPlace(_ x: Tensor, _ y: Tensor, _ z: Tensor?, _ a: Attributes) throws -> Tensor {
    guard case .three(let f) = forward else { mismatch() }
    let node = try nodeInPlace(x, y, z, a)
    _ = try f(x.array, y.array, z?.array, a, x.array)
    return try changed(x, node)
  }

  private func changed(_ x: Tensor, _ node: OperatorNode?) throws -> Tensor {
    x.array.storage.version &+= 1
    if let node {
      node.appendOutput(x.array)
      try x.rebaseHistory(node)
      node.save(.result, x)
    }
    return x
  }
}
