import Arrays

/// One run of the backward pass.
package final class Pass {
  let algebra: Algebra
  /// True when the pass records itself, so that its results can be differentiated.
  let createsGraph: Bool
  /// The transform whose graph this is; its gradients are tensors of the levels below.
  let level: Level?
  private let keepsGraph: Bool
  /// True when calls made by the pass are recorded, here or below.
  private let records: Bool
  /// The node whose formulas are being evaluated.
  private(set) var running: Unmanaged<Node>?
  /// What few passes have.
  private var extras: Extras?
  private var numbers = NodeNumbers()
  private var tasks: ContiguousArray<Task> = []
  private var ready = ReadyQueue()
  private var captured: [Tensor?] = []
  /// True when only some nodes run.
  private var isRestricted = false

  /// What is known of a node in this run.
  private struct Task {
    /// Alive as long as the roots are: a node keeps its edges to its end.
    let node: Unmanaged<Node>
    /// Nodes yet to run that may still send a gradient here.
    var pending = 0
    /// The sums of what has arrived.
    var gradients: Gradients
    /// False when no requested gradient lies beyond.
    var isNeeded = true
    /// True when the gradient that arrives here is requested, though the node may not have to run.
    var isTarget = false
    /// Results of the run: which gradients of the node, and where they are wanted.
    var captures: [(index: Int, position: Int)] = []
  }

  /// What few passes have.
  final class Extras {
    /// Of the hooks on several tensors that this pass has come by.
    var multiGradStates: [ObjectIdentifier: MultiGradState] = [:]
    /// What packed tensors of the running node were unpacked to.
    var unpacked: [(value: SavedValue, tensor: Tensor)] = []
    /// What others need for as long as the pass lasts.
    var companions: [ObjectIdentifier: AnyObject] = [:]
    /// Called when the pass has come to its end.
    var finalCallbacks: [() throws -> Void] = []
  }

  /// The extras, which are made at the first need.
  var ensuredExtras: Extras {
    if let extras { return extras }
    let new = Extras()
    extras = new
    return new
  }

  init(algebra: Algebra, keepsGraph: Bool, createsGraph: Bool, level: Level? = nil) {
    self.algebra = algebra
    self.keepsGraph = keepsGraph
    self.createsGraph = createsGraph
    self.level = level
    records = createsGraph || level?.recordsBelow ?? false
  }

  /// Has `body` called once the pass that runs on this thread has come to its end:
  /// `Variable._execution_engine.queue_callback`.
  ///
  /// - Throws: `TensorError.runtime` outside of a pass.
  package static func queueCallback(_ body: @escaping () throws -> Void) throws {
    guard let pass = ThreadContext.current.passes.last else {
      throw TensorError.runtime("Final callbacks can only be installed during backward pass.")
    }
    pass.ensuredExtras.finalCallbacks.append(body)
  }

  /// A place where the backward pass starts, and with what. A hook may give the output another
  /// history, so the node is kept.
  struct Root {
    let node: Node?
    let index: Int
    let gradient: Tensor
  }

  /// Sends gradients from the roots to the leaves, where they are accumulated.
  ///
  /// - Parameter targets: when given, only nodes on the way to these edges run, the accumulators
  ///   among them included.
  /// - Throws: what a node throws, `TensorError.nodeGradientCount`, `.nodeGradientShape`.
  func run(_ roots: [Root], accumulatingOnlyInto targets: [Edge]?) throws {
    numbers.begin()
    defer { numbers.end(tasks.lazy.map(\.node)) }
    discover(roots)
    if let targets {
      // PyTorch runs the node of an inner tensor too, though nobody needs what it gives.
      for case let task? in restrict(to: targets) { tasks[task].isNeeded = true }
    }
    try execute(roots)
  }

  /// Sends gradients from the roots towards some edges, and returns what arrives there in their
  /// order. Only nodes on the way run.
  ///
  /// - Throws: what a node throws, `TensorError.nodeGradientCount`, `.nodeGradientShape`.
  func run(_ roots: [Root], capturing targets: [Edge]) throws -> [Tensor?] {
    numbers.begin()
    defer { numbers.end(tasks.lazy.map(\.node)) }
    discover(roots)
    captured = Array(repeating: nil, count: targets.count)
    for (position, task) in restrict(to: targets).enumerated() {
      if let task { tasks[task].captures.append((targets[position].index, position)) }
    }
    try execute(roots)
    return captured
  }

  /// True unless this run has no use for the gradient that would go along `edge`.
  func needs(_ edge: Edge) -> Bool {
    guard isRestricted else { return edge.reference != nil }
    guard let node = edge.node else { return false }
    guard let task = numbers[node] else { return true }
    return tasks[task].isNeeded || tasks[task].isTarget
  }

  private func execute(_ roots: [Root]) throws {
    for root in roots {
      guard let node = root.node, let task = numbers[node] else { continue }
      try deliver(root.gradient, to: task, root.index)
    }
    for i in tasks.indices where tasks[i].pending == 0 { push(i) }
    let context = ThreadContext.current
    if context.passes.isEmpty { context.errorOrigin = nil }
    context.passes.append(self)
    defer { context.passes.removeLast() }
    try inMode(context) {
      var current = 0
      do {
        while let next = ready.pop() {
          current = next
          try tasks[next].node._withUnsafeGuaranteedRef { try watchedExecute($0, next) }
        }
      } catch {
        if !Modes.current.contains(.anomaly) { throw error }
        throw explained(error, in: tasks[current].node.takeUnretainedValue())
      }
    }
    guard let extras else { return }
    // One may queue another.
    while !extras.finalCallbacks.isEmpty { try extras.finalCallbacks.removeFirst()() }
  }

  /// Runs `body` where the calls of the pass belong: in the levels below its own, unless the graph
  /// that they make is to be its own level's.
  private func inMode(_ context: ThreadContext, _ body: () throws -> Void) throws {
    guard let level, !createsGraph else { return try GradMode.with(createsGraph, body) }
    let before = context.depth
    // A transform that has returned left its graph to the levels of now.
    if level.isAlive { context.depth = level.number - 1 }
    defer { context.depth = before }
    try GradMode.with(level.recordsBelow, body)
  }

  private func push(_ task: Int) {
    ready.push(tasks[task].node._withUnsafeGuaranteedRef { $0.sequence }, task)
  }

  /// Numbers every node that can be reached, and counts for each how many may send to it.
  private func discover(_ roots: [Root]) {
    tasks.reserveCapacity(8)
    for root in roots {
      if let node = root.node { _ = number(node) }
    }
    var next = 0
    while next < tasks.count {
      tasks[next].node._withUnsafeGuaranteedRef { node in
        for i in 0..<node.edges.count {
          if let target = node.edges[i].reference {
            tasks[target._withUnsafeGuaranteedRef { number($0) }].pending += 1
          }
        }
      }
      next += 1
    }
  }

  private func number(_ node: Node) -> Int {
    let (number, isNew) = numbers.number(node, next: tasks.count)
    if isNew {
      tasks.append(
        Task(
          node: .passUnretained(node),
          gradients: Gradients(repeating: nil, count: node.outputs.count)))
    }
    return number
  }

  /// Marks the targets, and the nodes from which one can be reached. Returns the target's numbers;
  /// nil for one that can't be reached.
  private func restrict(to targets: [Edge]) -> [Int?] {
    isRestricted = true
    var sources: [[Int]] = Array(repeating: [], count: tasks.count)
    for i in tasks.indices {
      for edge in tasks[i].node.takeUnretainedValue().edges {
        guard let target = edge.node, let j = numbers[target] else { continue }
        sources[j].append(i)
      }
      tasks[i].isNeeded = false
    }
    let places = targets.map { $0.node.flatMap { numbers[$0] } }
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

  /// True when this pass comes by a node.
  func willRun(_ node: Node) -> Bool {
    guard let task = numbers[node] else { return false }
    return tasks[task].isNeeded || tasks[task].isTarget
  }

  /// The same as `execute`, which a profiler on this thread takes note of.
  @inline(__always)
  private func watchedExecute(_ node: Node, _ i: Int) throws {
    if Modes.current.contains(.profiling), let profiler = ThreadContext.current.profiler {
      try profiler.measure(.evaluation, node.name) { try execute(node, i) }
    } else {
      try execute(node, i)
    }
  }

  private func execute(_ node: Node, _ i: Int) throws {
    var gradients = Gradients()
    swap(&gradients, &tasks[i].gradients)
    let hasGradient = !gradients.isAllNil()
    let extras = node.extras
    let isNeeded = tasks[i].isNeeded
    // PyTorch's rule: what hooks make of it is given out where the node doesn't run as well.
    if isNeeded && isRestricted { capture(gradients, i) }
    if let extras, isNeeded || tasks[i].isTarget {
      if !extras.tensorHooks.isEmpty { try extras.callTensorHooks(&gradients) }
      if !extras.retaining.isEmpty { try retain(gradients, extras) }
    }
    if !isNeeded { capture(gradients, i) }
    var results = Gradients()
    if isNeeded {
      if let extras {
        results = try run(node, &gradients, with: extras)
      } else if hasGradient || node.runsWithoutGradients {
        results = try run(node, &gradients)
      }
      if Modes.current.contains(.anomaly) { try checkNaN(results, from: node) }
    }
    for k in 0..<node.edges.count {
      let index = node.edges[k].index
      try node.edges[k].reference?._withUnsafeGuaranteedRef { target in
        let gradient = k < results.count ? results.take(k) : nil
        try send(gradient, to: target, index, from: node, k)
      }
    }
  }

  private func capture(_ gradients: Gradients, _ i: Int) {
    for capture in tasks[i].captures { captured[capture.position] = gradients[capture.index] }
  }

  @inline(__always)
  private func run(_ node: Node, _ gradients: inout Gradients) throws -> Gradients {
    let before = running
    running = .passUnretained(node)
    defer { running = before }
    let results: Gradients
    if Modes.current.contains(.profiling), let profiler = ThreadContext.current.profiler {
      results = try profiler.measure(.node, node.name) { try node.apply(&gradients, self) }
    } else {
      results = try node.apply(&gradients, self)
    }
    extras?.unpacked.removeAll()
    if !keepsGraph { node.releaseSaved() }
    gradients.removeAll()
    if results.count > node.edges.count {
      throw TensorError.nodeGradientCount(
        node: node.name, expected: node.edges.count, got: results.count)
    }
    return results
  }

  /// The same with the hooks of the node, which are called though no gradient has arrived.
  private func run(
    _ node: Node, _ gradients: inout Gradients, with extras: NodeExtras
  ) throws -> Gradients {
    if !extras.preHooks.isEmpty { try extras.callPreHooks(&gradients) }
    let outputs = extras.postHooks.isEmpty ? Gradients() : gradients
    var results = Gradients()
    if node.runsWithoutGradients || !gradients.isAllNil() {
      results = try run(node, &gradients)
    }
    if extras.postHooks.isEmpty { return results }
    // They see the gradients as the arguments' nodes will.
    while results.count < node.edges.count { results.append(nil) }
    for k in 0..<node.edges.count {
      guard let target = node.edges[k].node, let gradient = results.take(k) else { continue }
      results.put(k, try fit(gradient, to: target.outputs[node.edges[k].index], from: node, k))
    }
    try extras.callPostHooks(&results, outputs)
    return results
  }

  /// Delivers gradient `k` of `node`, if there is one; the target may be ready by that.
  private func send(
    _ gradient: consuming Tensor?, to target: Node, _ index: Int, from node: Node, _ k: Int
  ) throws {
    guard let task = numbers[target] else { return }
    if let gradient {
      if target.outputs[index].describes(gradient) {
        try deliver(gradient, to: task, index)
      } else {
        try deliver(fit(gradient, to: target.outputs[index], from: node, k), to: task, index)
      }
    }
    tasks[task].pending -= 1
    if tasks[task].pending == 0 { ready.push(target.sequence, task) }
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
    if gradient.dtype == value.dtype || value.takesAnyDType { return gradient }
    return try algebra.cast(gradient, value.dtype)
  }

  /// Adds a gradient to what has arrived, in place where nobody else sees the sum.
  private func deliver(_ gradient: consuming Tensor, to task: Int, _ index: Int) throws {
    guard var sum = tasks[task].gradients.take(index) else {
      return tasks[task].gradients.put(index, gradient)
    }
    if !records, sum.isPlain, gradient.isPlain, isKnownUniquelyReferenced(&sum),
      sum.ownsItsMemory, sum.dtype == gradient.dtype, !sum.array.layout.repeatsElements
    {
      _ = try sum.array.binary(.add, gradient.array, into: sum.array)
    } else {
      sum = try algebra.add(sum, gradient)
    }
    tasks[task].gradients.put(index, sum)
  }

  /// Puts gradients into the non-leaf tensors that want to keep them.
  private func retain(_ gradients: Gradients, _ extras: NodeExtras) throws {
    for retained in extras.retaining {
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
