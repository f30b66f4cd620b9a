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

  /// Any number of tensors in, any number out; nil for those that are not given.
  package func many(_ list: [Tensor?], _ a: Attributes) throws -> [Tensor] {
    try body._withUnsafeGuaranteedRef { try $0.apply(list, a) }
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
    if !Modes.areOff { return try watched([], a)[0] }
    switch forward {
    case .none(let f): return Tensor(try f(a))
    case .composedNone(let f): return try f(a)
    default: mismatch()
    }
  }

  func call(_ x: Tensor, _ a: Attributes) throws -> Tensor {
    if !x.isPlain || !Modes.areOff { return try watched([x], a)[0] }
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
    if !x.isPlain || !y.isPlain || !Modes.areOff { return try watched([x, y], a)[0] }
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
    if !x.isPlain || !y.isPlain || !(z?.isPlain ?? true) || !Modes.areOff {
      return try watched([x, y, z], a)[0]
    }
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
    if !Modes.areOff { return try watched([x, y, z], a)[0] }
    guard case .composedOptional(let f) = forward else { mismatch() }
    return try f(x, y, z, a)
  }

  func call(_ list: [Tensor], _ a: Attributes) throws -> Tensor {
    if !Modes.areOff || !list.allSatisfy(\.isPlain) { return try watched(list, a)[0] }
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
    if !x.isPlain || !Modes.areOff { return try watched([x], a) }
    if case .composedSeveral(let f) = forward { return try f(x, a) }
    let results = try compute([x], a)
    try record(results, of: x, a)
    return results
  }

  func mismatch() -> Never {
    preconditionFailure("\(schema.text) was called with another number of tensors")
  }
}

// With the tensors in a list.

extension OperatorBody {
  /// A call, with as many tensors as the operator takes; missing ones at the end may be left out.
  func apply(_ t: [Tensor?], _ a: Attributes) throws -> [Tensor] {
    if !Modes.areOff || !t.allSatisfy({ $0?.isPlain ?? true }) { return try watched(t, a) }
    if forward.isComposed { return try compute(t, a) }
    let results = try compute(t, a)
    try recordWatched(results, t, a, nil)
    return results
  }

  /// The results, outside of the graph; those of an operator that is made of others, in it.
  func compute(_ t: [Tensor?], _ a: Attributes) throws -> [Tensor] {
    func given(_ index: Int) -> Tensor {
      guard index < t.count, let tensor = t[index] else { mismatch() }
      return tensor
    }
    func optional(_ index: Int) -> Tensor? { index < t.count ? t[index] : nil }
    switch forward {
    case .none(let f): return [Tensor(try f(a))]
    case .one(let f): return [Tensor(try f(given(0).array, a, nil))]
    case .two(let f): return [Tensor(try f(given(0).array, given(1).array, a, nil))]
    case .three(let f):
      return [Tensor(try f(given(0).array, given(1).array, optional(2)?.array, a, nil))]
    case .list(let f): return [Tensor(try f(t.indices.map { given($0).array }, a))]
    case .several(let f): return try f(given(0).array, a).map { Tensor($0) }
    case .many(let f): return try f(t.map { $0?.array }, a).map { Tensor($0) }
    case .view(let f):
      let x = given(0)
      return [Tensor(try f(x.array, a), viewOf: x, creation: x.creationOfView(.ordinary))]
    case .views(let f):
      let x = given(0)
      let creation = x.creationOfView(.oneOfSeveral)
      return try f(x.array, a).map { Tensor($0, viewOf: x, creation: creation) }
    case .composedNone(let f): return [try f(a)]
    case .composed(let f): return [try f(given(0), a)]
    case .composedTwo(let f): return [try f(given(0), given(1), a)]
    case .composedThree(let f): return [try f(given(0), given(1), optional(2), a)]
    case .composedOptional(let f): return [try f(given(0), optional(1), optional(2), a)]
    case .composedList(let f): return [try f(t.indices.map(given), a)]
    case .composedSeveral(let f): return try f(given(0), a)
    case .composedMany(let f): return try f(t, a)
    }
  }
}

extension Tensor {
  /// How a view of this tensor comes about now: what is special about this one carries over.
  func creationOfView(_ usual: ViewCreation) -> ViewCreation {
    let new: ViewCreation =
      Modes.current.contains(.inference)
      ? .inference : GradMode.isEnabled ? usual : .withoutGradMode
    return new == .ordinary ? creation : new
  }
}

// In place.

extension OperatorBody {
  /// True for an operator whose variant in place leaves the numbers where they are, and changes
  /// sizes and strides.
  private var changesLayout: Bool {
    switch forward {
    case .view, .composed: true
    default: false
    }
  }

  func inPlace(_ x: Tensor, _ a: Attributes) throws -> Tensor {
    if changesLayout {
      try x.become { try call($0, a) }
      return x
    }
    if !x.isPlain || x.isInference || !Modes.areOff { return try watchedInPlace([x], a) }
    guard case .one(let f) = forward else { mismatch() }
    let node = try nodeInPlace(x, nil, nil, a)
    _ = try f(x.array, a, x.array)
    return try changed(x, node)
  }

  func inPlace(_ x: Tensor, _ y: Tensor, _ a: Attributes) throws -> Tensor {
    if !x.isPlain || !y.isPlain || x.isInference || !Modes.areOff {
      return try watchedInPlace([x, y], a)
    }
    guard case .two(let f) = forward else { mismatch() }
    let node = try nodeInPlace(x, y, nil, a)
    _ = try f(x.array, y.array, a, x.array)
    return try changed(x, node)
  }

  func inPlace(_ x: Tensor, _ y: Tensor, _ z: Tensor?, _ a: Attributes) throws -> Tensor {
    if !x.isPlain || !y.isPlain || !(z?.isPlain ?? true) || x.isInference || !Modes.areOff {
      return try watchedInPlace([x, y, z], a)
    }
    guard case .three(let f) = forward else { mismatch() }
    let node = try nodeInPlace(x, y, z, a)
    _ = try f(x.array, y.array, z?.array, a, x.array)
    return try changed(x, node)
  }

  /// With the tensors in a list.
  func applyInPlace(_ t: [Tensor?], _ a: Attributes) throws -> Tensor {
    guard let x = t.first ?? nil else { mismatch() }
    if t.count == 1 { return try inPlace(x, a) }
    guard let y = t[1] else { mismatch() }
    return t.count == 2 ? try inPlace(x, y, a) : try inPlace(x, y, t[2], a)
  }

  /// Writes into the memory of the first tensor, and does no more.
  func computeInPlace(_ t: [Tensor?], _ a: Attributes) throws {
    guard let x = t.first ?? nil else { mismatch() }
    switch forward {
    case .one(let f): _ = try f(x.array, a, x.array)
    case .two(let f):
      guard let y = t[1] else { mismatch() }
      _ = try f(x.array, y.array, a, x.array)
    case .three(let f):
      guard let y = t[1] else { mismatch() }
      _ = try f(x.array, y.array, (t.count > 2 ? t[2] : nil)?.array, a, x.array)
    default: mismatch()
    }
  }

  @discardableResult
  func changed(_ x: Tensor, _ node: OperatorNode?, countsVersion: Bool = true) throws -> Tensor {
    if countsVersion { x.array.storage.version &+= 1 }
    if let node {
      node.appendOutput(x.array)
      try x.rebaseHistory(node)
      try node.save(.result, x)
    }
    return x
  }
}
