import Arrays

/// One run of the backward pass.
package final class Pass {
  let algebra: Algebra
  /// True when the pass records itself, so that its results can be differentiated.
  let createsGraph: Bool
  private let keepsGraph: Bool
  private var numbers: [ObjectIdentifier: Int] = [:]
  private var tasks: [Task] = []
  private var ready = ReadyQueue()
  private var captured: [Tensor?] = []
  /// True when only some nodes run.
  private var isRestricted = false

  /// What is known of a node in this run.
  private struct Task {
    let node: Node
    /// Nodes yet to run that may still send a gradient here.
    var pending = 0
    /// The sums of what has arrived.
    var gradients = Gradients()
    /// False when no requested gradient lies beyond.
    var isNeeded = true
    /// True when the gradient that arrives here is requested, though the node may not have to run.
    var isTarget = false
    /// Results of the run: which gradients of the node, and where they are wanted.
    var captures: [(index: Int, position: Int)] = []
  }

  init(algebra: Algebra, keepsGraph: Bool, createsGraph: Bool) {
    self.algebra = algebra
    self.keepsGraph = keepsGraph
    self.createsGraph = createsGraph
  }

  /// A place where the backward pass starts, and with what.
  typealias Root = (edge: Edge, gradient: Tensor)

  /// Sends gradients from the roots to the leaves, where they are accumulated.
  ///
  /// - Parameter targets: when given, only nodes on the way to these edges run, the accumulators
  ///   among them included.
  /// - Throws: what a node throws, `TensorError.nodeGradientCount`, `.nodeGradientShape`.
  func run(_ roots: [Root], accumulatingOnlyInto targets: [Edge]?) throws {
    discover(roots)
    if let targets {
      for task in restrict(to: targets) {
        if let task, tasks[task].node is AccumulateGrad { tasks[task].isNeeded = true }
      }
    }
    try execute(roots)
  }

  /// Sends gradients from the roots towards some edges, and returns what arrives there in their
  /// order. Only nodes on the way run.
  ///
  /// - Throws: what a node throws, `TensorError.nodeGradientCount`, `.nodeGradientShape`.
  func run(_ roots: [Root], capturing targets: [Edge]) throws -> [Tensor?] {
    discover(roots)
    captured = Array(repeating: nil, count: targets.count)
    for (position, task) in restrict(to: targets).enumerated() {
      if let task { tasks[task].captures.append((targets[position].index, position)) }
    }
    try execute(roots)
    return captured
  }

  /// True unless this run has no use for the gradients that would go to `node`.
  func needs(_ node: Node) -> Bool {
    guard isRestricted, let task = numbers[ObjectIdentifier(node)] else { return true }
    return tasks[task].isNeeded || tasks[task].isTarget
  }

  private func execute(_ roots: [Root]) throws {
    for root in roots {
      guard let node = root.edge.node, let task = numbers[ObjectIdentifier(node)] else { continue }
      try deliver(root.gradient, to: task, root.edge.index)
    }
    for i in tasks.indices where tasks[i].pending == 0 { ready.push(tasks[i].node.sequence, i) }
    try GradMode.with(createsGraph) {
      while let next = ready.pop() { try execute(next) }
    }
  }

  /// Numbers every node that can be reached, and counts for each how many may send to it.
  private func discover(_ roots: [Root]) {
    var stack: [Node] = []
    for root in roots {
      if let node = root.edge.node, number(node).isNew { stack.append(node) }
    }
    while let node = stack.popLast() {
      for edge in node.edges {
        guard let target = edge.node else { continue }
        let (task, isNew) = number(target)
        tasks[task].pending += 1
        if isNew { stack.append(target) }
      }
    }
  }

  private func number(_ node: Node) -> (task: Int, isNew: Bool) {
    let identity = ObjectIdentifier(node)
    if let known = numbers[identity] { return (known, false) }
    let task = tasks.count
    numbers[identity] = task
    tasks.append(
      Task(node: node, gradients: Gradients(repeating: nil, count: node.outputs.count)))
    return (task, true)
  }

  /// Marks the targets, and the nodes from which one can be reached. Returns the target's numbers;
  /// nil for one that can't be reached.
  private func restrict(to targets: [Edge]) -> [Int?] {
    isRestricted = true
    var sources: [[Int]] = Array(repeating: [], count: tasks.count)
    for (i, task) in tasks.enumerated() {
      for edge in task.node.edges {
        guard let target = edge.node, let j = numbers[ObjectIdentifier(target)] else { continue }
        sources[j].append(i)
      }
      tasks[i].isNeeded = false
    }
    let places = targets.map { $0.node.flatMap { numbers[ObjectIdentifier($0)] } }
    var stack = places.compactMap(\.self)
    for task in stack { tasks[task].isTarget = true }
    while let task = stack.popLast() {
      for source in sources[task] where !tasks[source].isNeeded {
        tasks[source].isNeeded = true
        stack.append(source)
      }
    }
    return places
  }

  private func execute(_ i: Int) throws {
    let node = tasks[i].node
    var gradients = tasks[i].gradients
    tasks[i].gradients = Gradients()
    let hasGradient = gradients.contains { $0 != nil }
    if hasGradient && (tasks[i].isNeeded || tasks[i].isTarget) {
      try retain(gradients, at: node)
      for capture in tasks[i].captures { captured[capture.position] = gradients[capture.index] }
    }
    var results = Gradients()
    if hasGradient && tasks[i].isNeeded {
      results = try node.apply(&gradients, self)
      if !keepsGraph { node.releaseSaved() }
      gradients.removeAll()
      if results.count > node.edges.count {
        throw TensorError.nodeGradientCount(
          node: node.name, expected: node.edges.count, got: results.count)
      }
    }
    for (k, edge) in node.edges.enumerated() {
      guard let target = edge.node, let task = numbers[ObjectIdentifier(target)] else { continue }
      if k < results.count, let gradient = results[k] {
        results[k] = nil
        try deliver(
          fit(gradient, to: target.outputs[edge.index], from: node, k), to: task, edge.index)
      }
      tasks[task].pending -= 1
      if tasks[task].pending == 0 { ready.push(target.sequence, task) }
    }
  }

  /// Undoes broadcasting and promotion: the gradient of a value has the value's sizes and dtype.
  private func fit(
    _ gradient: Tensor, to value: ValueDescription, from node: Node, _ index: Int
  ) throws -> Tensor {
    var gradient = gradient
    if gradient.shape != value.layout.sizes {
      guard value.layout.sizes.isExpandable(to: gradient.shape) else {
        throw TensorError.nodeGradientShape(
          node: node.name, index: index, gradient.shape, expected: value.layout.sizes)
      }
      gradient = try algebra.sumToSize(gradient, value.layout.sizes)
    }
    return gradient.dtype == value.dtype ? gradient : try algebra.cast(gradient, value.dtype)
  }

  /// Adds a gradient to what has arrived, in place where nobody else sees the sum.
  private func deliver(_ gradient: consuming Tensor, to task: Int, _ index: Int) throws {
    guard tasks[task].gradients[index] != nil else {
      tasks[task].gradients[index] = gradient
      return
    }
    if !createsGraph, isKnownUniquelyReferenced(&tasks[task].gradients[index]),
      let sum = tasks[task].gradients[index], sum.ownsItsMemory, sum.dtype == gradient.dtype,
      !sum.array.layout.repeatsElements
    {
      _ = try sum.array.binary(.add, gradient.array, into: sum.array)
    } else if let sum = tasks[task].gradients[index] {
      tasks[task].gradients[index] = try algebra.add(sum, gradient)
    }
  }

  /// Puts gradients into the non-leaf tensors that want to keep them.
  private func retain(_ gradients: Gradients, at node: Node) throws {
    for retained in node.retaining {
      guard let gradient = gradients[retained.output], let tensor = retained.tensor else {
        continue
      }
      if let present = tensor.gradient {
        tensor.gradient = try algebra.add(present, gradient)
      } else {
        tensor.gradient = try algebra.clone(gradient)
      }
    }
  }
}

/// Nodes whose gradients are complete, the latest created first: a binary heap.
private struct ReadyQueue {
  private var heap: [(sequence: UInt64, task: Int)] = []

  mutating func push(_ sequence: UInt64, _ task: Int) {
    heap.append((sequence, task))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if heap[parent].sequence >= heap[child].sequence { return }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  mutating func pop() -> Int? {
    guard let top = heap.first, let last = heap.popLast() else { return nil }
    if heap.isEmpty { return top.task }
    heap[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      if child >= heap.count { break }
      if child + 1 < heap.count && heap[child + 1].sequence > heap[child].sequence { child += 1 }
      if heap[parent].sequence >= heap[child].sequence { break }
      heap.swapAt(parent, child)
      parent = child
    }
    return top.task
  }
}
