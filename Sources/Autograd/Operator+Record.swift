import Arrays

// The node that a call leaves in the graph, unless nobody wants a gradient through it.

extension OperatorBody {
  func record(_ result: Tensor, of x: Tensor, _ a: Attributes) throws {
    guard let node = try node(x, a), result.isDifferentiable else { return }
    node.describe(result)
    node.save(.x, x)
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
      GradMode.isEnabled, result.isDifferentiable
    else { return }
    let node = newNode(a)
    try node.connect(x)
    try node.connect(y)
    node.describe(result)
    node.save(.x, x)
    node.save(.y, y)
    result.setHistory(node)
  }

  func record(
    _ result: Tensor, of x: Tensor, _ y: Tensor, _ z: Tensor?, _ a: Attributes
  ) throws {
    guard covers(x, y, z), GradMode.isEnabled, result.isDifferentiable else { return }
    let node = newNode(a)
    try node.connect(x)
    try node.connect(y)
    if let z { try node.connect(z) }
    node.describe(result)
    node.save(.x, x)
    node.save(.y, y)
    if let z { node.save(.z, z) }
    result.setHistory(node)
  }

  /// For a list, of which the derivative needs no element.
  func record(_ result: Tensor, of list: [Tensor], _ a: Attributes) throws {
    guard GradMode.isEnabled, result.isDifferentiable,
      list.indices.contains(where: { list[$0].requiresGrad && record.covers($0) })
    else { return }
    let node = newNode(a)
    for tensor in list { try node.connect(tensor) }
    node.describe(result)
    result.setHistory(node)
  }

  /// For several results.
  func record(_ results: [Tensor], of x: Tensor, _ a: Attributes) throws {
    guard let node = try node(x, a) else { return }
    for result in results { node.appendOutput(result.array) }
    if results.count > 0 { node.save(.result, results[0]) }
    if results.count > 1 { node.save(.result2, results[1]) }
    node.save(.x, x)
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
    guard x.dtype.isFloatingPoint, covers(x, y, z) else { return nil }
    let node = newNode(a)
    try node.connect(x)
    if let y { try node.connect(y) }
    if let z { try node.connect(z) }
    if node.wanted.contains(.x) { node.save(.x, x, copy: try x.array.copied()) }
    if let y { node.save(.y, y) }
    if let z { node.save(.z, z) }
    return node
  }

  /// True when somebody may want a gradient through a call with these arguments.
  private func covers(_ x: Tensor, _ y: Tensor?, _ z: Tensor?) -> Bool {
    x.requiresGrad && record.covers(0) || y?.requiresGrad ?? false && record.covers(1)
      || z?.requiresGrad ?? false && record.covers(2)
  }

  private func newNode(_ a: Attributes) -> OperatorNode {
    withUnsafePointer(to: a) {
      nodeType.init(.passUnretained(self), attributes: UnsafeRawPointer($0))
    }
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
  func describe(_ result: Tensor) {
    appendOutput(result.array)
    save(.result, result)
  }
}

extension Tensor {
  /// False for integers.
  fileprivate var isDifferentiable: Bool { dtype.isFloatingPoint }
}
