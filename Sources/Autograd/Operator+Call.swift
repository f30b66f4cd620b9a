import Arrays

// What all operators share: unwrapping, views, and the record in the graph. The arity of a call is
// that of `forward`; a mismatch is a bug of ours.

extension Operator {
  /// Makes a tensor from nothing.
  package func callAsFunction(_ a: Attributes) throws -> Tensor {
    switch forward {
    case .none(let f): Tensor(try f(a))
    case .composedNone(let f): try f(a)
    default: mismatch()
    }
  }

  /// One tensor.
  package func callAsFunction(_ x: Tensor, _ a: Attributes) throws -> Tensor {
    switch forward {
    case .one(let f):
      return try recorded(Tensor(f(x.array, a, nil)), node(for: Few(x), a))
    case .view(let f):
      let view = Tensor(try f(x.array, a), viewOf: x, creation: x.creationOfView(.ordinary))
      return try recorded(view, node(for: Few(x), a))
    case .composed(let f):
      return try f(x, a)
    default: mismatch()
    }
  }

  /// Two tensors.
  package func callAsFunction(_ x: Tensor, _ y: Tensor, _ a: Attributes) throws -> Tensor {
    switch forward {
    case .two(let f):
      try recorded(Tensor(f(x.array, y.array, a, nil)), node(for: Few(x, y), a))
    case .composedTwo(let f):
      try f(x, y, a)
    default: mismatch()
    }
  }

  /// Three tensors, of which the last may be missing.
  package func callAsFunction(
    _ x: Tensor, _ y: Tensor, _ z: Tensor?, _ a: Attributes
  ) throws -> Tensor {
    switch forward {
    case .three(let f):
      var inputs = Few<Tensor?>(x, y)
      inputs.append(z)
      return try recorded(Tensor(f(x.array, y.array, z?.array, a, nil)), node(for: inputs, a))
    case .composedThree(let f):
      return try f(x, y, z, a)
    default: mismatch()
    }
  }

  /// A list of tensors.
  package func callAsFunction(_ list: [Tensor], _ a: Attributes) throws -> Tensor {
    switch forward {
    case .list(let f):
      try recorded(Tensor(f(list.map(\.array), a)), node(for: Few(list), a))
    case .composedList(let f):
      try f(list, a)
    default: mismatch()
    }
  }

  /// One tensor in, several out.
  package func several(_ x: Tensor, _ a: Attributes) throws -> [Tensor] {
    switch forward {
    case .several(let f):
      return try recorded(f(x.array, a).map { Tensor($0) }, node(for: Few(x), a))
    case .views(let f):
      let creation = x.creationOfView(.oneOfSeveral)
      let views = try f(x.array, a).map { Tensor($0, viewOf: x, creation: creation) }
      return try recorded(views, node(for: Few(x), a))
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

extension Operator {
  /// The node for a call, or nil when nobody wants a gradient through it.
  func node(
    for inputs: Few<Tensor?>, _ a: Attributes, inPlace: Bool = false
  ) throws -> OperatorNode? {
    guard record.isWanted(for: inputs) else { return nil }
    let node = OperatorNode(self, pullback: pullback(a))
    try node.connect(inputs, copyingFirst: inPlace)
    return node
  }

  /// The formulas with a call's other arguments.
  private func pullback(_ a: Attributes) -> (Context) throws -> Gradients {
    { try self.derivative.gradients($0, a) }
  }

  private func recorded(_ result: Tensor, _ node: OperatorNode?) -> Tensor {
    node?.adopt(result)
    return result
  }

  private func recorded(_ results: [Tensor], _ node: OperatorNode?) -> [Tensor] {
    node?.adopt(results)
    return results
  }
}

extension RecordPlan {
  /// True when a call with these arguments has to be recorded.
  func isWanted(for inputs: Few<Tensor?>) -> Bool {
    if isEmpty || !GradMode.isEnabled { return false }
    for i in inputs.indices {
      if let input = inputs[i], input.requiresGrad, covers(i) { return true }
    }
    return false
  }
}

extension OperatorNode {
  /// Sets the edges, and remembers the arguments that the derivative needs. The first is about to
  /// be overwritten when the call is in place, so a copy of it is kept.
  func connect(_ inputs: Few<Tensor?>, copyingFirst: Bool) throws {
    let plan = definition.record
    for i in inputs.indices {
      if let input = inputs[i], input.requiresGrad, plan.covers(i) {
        edges.append(try input.gradientEdge)
        wanted.formUnion(plan.slots(for: i))
      } else {
        edges.append(.none)
      }
    }
    for i in 0..<min(inputs.count, 3) {
      let slot = Slots(rawValue: 1 << UInt8(i))
      guard wanted.contains(slot), let input = inputs[i] else { continue }
      let array = i == 0 && copyingFirst ? try input.array.copied() : input.array
      save(SavedTensor(input, array, try input.gradientEdge), slot)
    }
  }

  /// Makes `result` the result of this node; integers are not differentiable.
  func adopt(_ result: Tensor) {
    guard result.dtype.isFloatingPoint else { return }
    outputs.append(ValueDescription(layout: result.array.layout, dtype: result.dtype))
    result.setHistory(self)
    save(result: result, 0, .result)
  }

  /// Makes `results` the results of this node; integers are not differentiable.
  func adopt(_ results: [Tensor]) {
    for (i, result) in results.enumerated() {
      outputs.append(ValueDescription(layout: result.array.layout, dtype: result.dtype))
      if result.dtype.isFloatingPoint { result.setHistory(self, i) }
    }
    if results.count > 0 { save(result: results[0], 0, .result) }
    if results.count > 1 { save(result: results[1], 1, .result2) }
  }
}

// In place.

extension Operator {
  /// The variant of one tensor that writes into it.
  package func inPlace(_ x: Tensor, _ a: Attributes) throws -> Tensor {
    guard case .one(let f) = forward else { mismatch() }
    return try changing(x, Few(x), a) { _ = try f(x.array, a, x.array) }
  }

  /// The variant of two tensors that writes into the first.
  package func inPlace(_ x: Tensor, _ y: Tensor, _ a: Attributes) throws -> Tensor {
    guard case .two(let f) = forward else { mismatch() }
    return try changing(x, Few(x, y), a) { _ = try f(x.array, y.array, a, x.array) }
  }

  /// The variant of three tensors that writes into the first.
  package func inPlace(
    _ x: Tensor, _ y: Tensor, _ z: Tensor?, _ a: Attributes
  ) throws -> Tensor {
    guard case .three(let f) = forward else { mismatch() }
    var inputs = Few<Tensor?>(x, y)
    inputs.append(z)
    return try changing(x, inputs, a) { _ = try f(x.array, y.array, z?.array, a, x.array) }
  }

  private func changing(
    _ x: Tensor, _ inputs: Few<Tensor?>, _ a: Attributes, _ write: () throws -> Void
  ) throws -> Tensor {
    let records = GradMode.isEnabled && inputs.contains { $0?.requiresGrad ?? false }
    if records { try x.checkInPlace() }
    let node = x.dtype.isFloatingPoint ? try node(for: inputs, a, inPlace: true) : nil
    try write()
    x.array.storage.version &+= 1
    if let node {
      node.outputs.append(ValueDescription(layout: x.array.layout, dtype: x.dtype))
      try x.rebaseHistory(node)
      node.save(result: x, 0, .result)
    }
    return x
  }
}
