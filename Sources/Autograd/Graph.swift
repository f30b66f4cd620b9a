import Arrays

extension Node {
  /// Where this node's results go, in the order of the arguments that have a derivative: a node and
  /// which of its gradients; nil for an argument whose gradient nobody wants.
  public var nextFunctions: [(node: Node, inputIndex: Int)?] {
    let plan = (self as? OperatorNode)?.record
    return edges.indices.compactMap { i -> (node: Node, inputIndex: Int)?? in
      guard let node = edges[i].node else { return plan?.covers(i) ?? true ? .some(nil) : nil }
      return (node, edges[i].index)
    }
  }

  /// The order of creation on a thread; the largest number for the accumulator of a leaf.
  public var sequenceNumber: UInt64 { sequence }
}

/// The nodes behind some tensors.
public enum Graph {
  /// Nodes that can be reached from others, each once: the roots, what they lead to in the order of
  /// their edges, and so on. In constant stack.
  ///
  /// - Parameter limit: the walk ends after so many.
  public static func nodes(from roots: [Node], limit: Int = .max) -> [Node] {
    var nodes: [Node] = []
    var known: Set<ObjectIdentifier> = []
    func visit(_ node: Node) {
      if nodes.count < limit, known.insert(ObjectIdentifier(node)).inserted { nodes.append(node) }
    }
    roots.forEach(visit)
    var next = 0
    while next < nodes.count, nodes.count < limit {
      for edge in nodes[next].edges {
        if let node = edge.node { visit(node) }
      }
      next += 1
    }
    return nodes
  }
}
