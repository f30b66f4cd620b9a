import Arrays

// The node that a call leaves in the graph, unless nobody wants a gradient through it.

extension OperatorBody {
  func record(_ result: Tensor, of x: Tensor, _ a: Attributes) throws {
    guard let node = try node(x, a), try isRecorded(result) else { return }
    try node.describe(result)
    try node.save(.x, x)
    result.setHistory(node)
  }

  /// The node of a call with one tensor, which saves nothing yet.
  private func node(_ x: Tensor, _ a: Attributes) throws -> OperatorNode? {
    guard x.requiresGrad, record.covers(0), GradMode.isEnabled else { return nil }
    let node = newNode(a)
    try node.connect(x)
    return node
  }

  func record(_ result: Tensor, of x: Tensor, _ y: Tensor, _ a: Attributes) throws {
    guard x.requiresGrad && record.covers(0) || y.requiresGrad && record.covers(1),
      GradMode.isEnabled, try isRecorded(result)
    else { return }
    let node = newNode(a)
    try node.connect(x)
    try node.connect(y)
    try node.describe(result)
    try node.save(.x, x)
    try node.save(.y, y)
    result.setHistory(node)
  }

  func record(
    _ result: Tensor, of x: Tensor, _ y: Tensor, _ z: Tensor?, _ a: Attributes
  ) throws {
    guard covers(x, y, z), GradMode.isEnabled, try isRecorded(result) else { return }
    let node = newNode(a)
    try node.connect(x)
    try node.connect(y)
    if let z { try node.connect(z) }
    try node.describe(result)
    try node.save(.x, x)
    try node.save(.y, y)
    if let z { try node.save(.z, z) }
    result.setHistory(node)
  }

  /// For a list, of which the derivative needs no element.
  func record(_ result: Tensor, of list: [Tensor], _ a: Attributes) throws {
    guard GradMode.isEnabled,
      list.indices.contains(where: { list[$0].requiresGrad && record.covers($0) }),
      try isRecorded(result)
    else { return }
    let node = newNode(a)
    for tensor in list { try node.connect(tensor) }
    try node.describe(result)
    result.setHistory(node)
  }

  /// For several results.
  func record(_ results: [Tensor], of x: Tensor, _ a: Attributes) throws {
    guard let node = try node(x, a) else { return }
    try complete(node, results, [x])
  }

  /// For any call, of which only the tensors of `level` count.
  func recordWatched(
    _ results: [Tensor], _ inputs: [Tensor?], _ a: Attributes, _ level: Level?
  ) throws {
    guard GradMode.records, let node = try connected(inputs, a, level) else { return }
    if results.count == 1 {
      guard try isRecorded(results[0]) else { return }
    } else if !results.contains(where: \.isDifferentiable) {
      return
    }
    try complete(
      node, results, level.map { level in inputs.map { $0.map(level.lifted) } } ?? inputs)
  }

  /// The node of a call, unless nobody wants a gradient through it.
  private func connected(
    _ inputs: [Tensor?], _ a: Attributes, _ level: Level?
  ) throws -> OperatorNode? {
    let isWanted = inputs.indices.map { i in
      inputs[i].map { $0.level === level && $0.requiresGrad } ?? false && record.covers(i)
    }
    guard isWanted.contains(true) else { return nil }
    let node = newNode(a)
    for (i, input) in inputs.enumerated() {
      if isWanted[i], let input {
        try node.connect(input)
      } else if input != nil || forward.takesList {
        node.append(.none)
      }
    }
    return node
  }

  /// Describes the results, saves what the derivative needs, and makes the node their origin.
  private func complete(_ node: OperatorNode, _ results: [Tensor], _ inputs: [Tensor?]) throws {
    for result in results { node.appendOutput(result.array) }
    for (i, result) in results.prefix(Slots.limit).enumerated() {
      try node.save(.output(i), result)
    }
    for (i, input) in inputs.prefix(Slots.limit).enumerated() {
      if let input { try node.save(.input(i), input) }
    }
    for (i, result) in results.enumerated() where result.isDifferentiable {
      result.setHistory(node, i)
    }
  }

  /// For a call that is about to overwrite `x`, of which a copy is saved.
  ///
  /// - Throws: see `Tensor.checkInPlace`.
  func nodeInPlace(
    _ x: Tensor, _ y: Tensor?, _ z: Tensor?, _ a: Attributes
  ) throws -> OperatorNode? {
    guard GradMode.isEnabled,
      x.requiresGrad || y?.requiresGrad ?? false || z?.requiresGrad ?? false
    else { return nil }
    try x.checkInPlace()
    guard x.dtype.isDifferentiable, covers(x, y, z) else { return nil }
    let node = newNode(a)
    try node.connect(x)
    if let y { try node.connect(y) }
    if let z { try node.connect(z) }
    if node.wanted.contains(.x) { try node.save(.x, x, copy: try x.array.copied()) }
    if let y { try node.save(.y, y) }
    if let z { try node.save(.z, z) }
    return node
  }

  /// The same for tensors in a list, of which only those of `level` count.
  func nodeInPlace(
    _ inputs: [Tensor?], _ a: Attributes, _ level: Level?
  ) throws -> OperatorNode? {
    guard GradMode.records, let x = inputs[0],
      inputs.contains(where: { $0.map { $0.level === level && $0.requiresGrad } ?? false })
    else { return nil }
    try x.checkInPlace()
    guard x.dtype.isDifferentiable, let node = try connected(inputs, a, level) else { return nil }
    if node.wanted.contains(.x) {
      if let level {
        let value = level.unwrap(x)
        let copy = try ThreadContext.current.below(level) { try level.algebra.clone(value) }
        try node.save(.x, level.wrap(copy))
      } else {
        try node.save(.x, x, copy: try x.array.copied())
      }
    }
    for (slot, input) in zip([Slots.y, .z], inputs.dropFirst()) {
      if let input { try node.save(slot, level?.lifted(input) ?? input) }
    }
    return node
  }

  /// Whether a call with a single result, which somebody wants a gradient through, has a place in
  /// the graph.
  ///
  /// One that gives integers has none: it is an error where there would have to be a gradient, and
  /// nothing where that is zero in any case, as it is for comparisons.
  private func isRecorded(_ result: Tensor) throws -> Bool {
    if result.isDifferentiable { return true }
    if record.isZero { return false }
    throw TensorError.runtime("Autograd not support dtype: \(result.dtype.scalarTypeName)")
  }

  /// True when somebody may want a gradient through a call with these arguments.
  private func covers(_ x: Tensor, _ y: Tensor?, _ z: Tensor?) -> Bool {
    x.requiresGrad && record.covers(0) || y?.requiresGrad ?? false && record.covers(1)
      || z?.requiresGrad ?? false && record.covers(2)
  }

  private func newNode(_ a: Attributes) -> OperatorNode {
    let node = withUnsafePointer(to: a) {
      nodeType.init(.passUnretained(self), attributes: UnsafeRawPointer($0))
    }
    if Modes.current.contains(.anomaly) { node.rememberOrigin() }
    return node
  }
}

extension OperatorNode {
  /// Adds the edge of the next argument.
  func connect(_ input: Tensor) throws {
    let plan = record
    let index = edges.count
    if input.requiresGrad, plan.covers(index) {
      append(try input.gradientEdge)
      wanted.formUnion(plan.slots(for: index))
    } else {
      append(.none)
    }
  }

  /// Takes note of the only result, and remembers it if the derivative needs it.
  func describe(_ result: Tensor) throws {
    appendOutput(result.array)
    try save(.result, result)
  }
}

extension Tensor {
  /// False for integers.
  fileprivate var isDifferentiable: Bool { dtype.isDifferentiable }
}
