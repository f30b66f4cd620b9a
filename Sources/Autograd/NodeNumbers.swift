import Synchronization

/// Which task of a pass a node is.
///
/// One pass at a time may write the number into the nodes themselves, which costs nothing; those
/// that run meanwhile, on other threads or within the first, look numbers up in a dictionary.
struct NodeNumbers {
  private static let isTaken = Atomic<Bool>(false)

  private var writes = false
  private var table: [ObjectIdentifier: Int] = [:]

  /// Before the first number is given.
  mutating func begin() { writes = !Self.isTaken.exchange(true, ordering: .acquiring) }

  /// Takes the numbers out of the nodes, so that another pass may write its own.
  mutating func end(_ nodes: some Sequence<Unmanaged<Node>>) {
    if !writes { return }
    for node in nodes { node._withUnsafeGuaranteedRef { $0.task = -1 } }
    writes = false
    Self.isTaken.store(false, ordering: .releasing)
  }

  /// The number of a node that this pass knows.
  subscript(_ node: Node) -> Int? {
    if writes { return node.task < 0 ? nil : Int(node.task) }
    return table[ObjectIdentifier(node)]
  }

  /// The node's number, which becomes `next` when it has none yet.
  mutating func number(_ node: Node, next: Int) -> (number: Int, isNew: Bool) {
    if let known = self[node] { return (known, false) }
    if writes {
      node.task = Int32(truncatingIfNeeded: next)
    } else {
      table[ObjectIdentifier(node)] = next
    }
    return (next, true)
  }
}
