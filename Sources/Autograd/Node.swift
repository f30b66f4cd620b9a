import Arrays
import CThread
import Elements

/// An arrow of the graph: the gradient of some value goes to input `index` of `node`.
package struct Edge: @unchecked Sendable {
  /// Where the gradient goes; nil when nobody wants it.
  package var node: Node?
  /// Which output of the forward operation the value was, hence which gradient of the node.
  package var index: Int

  /// An edge to one gradient of a node.
  package init(_ node: Node?, _ index: Int = 0) {
    self.node = node
    self.index = index
  }

  /// Nobody wants the gradient.
  package static var none: Edge { Edge(nil) }
}

/// What a gradient that reaches a node must look like.
package struct ValueDescription: Sendable {
  /// Sizes and strides of the forward value.
  package var layout: Layout
  /// Its element type.
  package var dtype: DType
}

/// Gradients of a node's outputs or inputs; nil stands for zero.
package typealias Gradients = Few<Tensor?>

/// A step of the backward pass: takes the gradients of what a forward operation returned, and
/// gives the gradients of what it was given.
public class Node: @unchecked Sendable {
  /// Where the results of `apply` go, in the order of the forward operation's tensor arguments.
  package internal(set) var edges = Few<Edge>()
  /// The forward operation's results.
  package internal(set) var outputs = Few<ValueDescription>()
  /// The order of creation on a thread: of the nodes that are ready, the latest runs first.
  package let sequence: UInt64
  /// Its number in the pass that writes numbers into nodes; negative outside of one.
  var task: Int32 = -1
  /// Non-leaf tensors that keep the gradient which arrives here, by output.
  var retaining: [RetainedGradient] = []

  /// A node that runs in the order of its creation, or, given a number, in that order.
  init(sequence: UInt64? = nil) {
    if let sequence {
      self.sequence = sequence
    } else {
      let thread: UnsafeMutablePointer<apus_thread_record> = apus_thread()
      self.sequence = thread.pointee.sequence
      thread.pointee.sequence &+= 1
    }
  }

  /// PyTorch's name, such as `MulBackward0`.
  public var name: String { "Node" }

  /// The name as `repr` shows it: without a namespace.
  public final var shortName: String {
    guard let colon = name.lastIndex(of: ":") else { return name }
    return String(name[name.index(after: colon)...])
  }

  /// Works out the gradients of the inputs. May take `gradients` apart to reuse their memory.
  ///
  /// - Throws: `TensorError`.
  func apply(_ gradients: inout Gradients, _ pass: Pass) throws -> Gradients { Gradients() }

  /// Drops what was saved for `apply`; the node can't run again.
  func releaseSaved() {}

  /// Moves every reference to another node out, so that a long chain is not released recursively.
  func takeReferences(into stack: inout ReleaseStack) {
    for i in edges.indices { stack.push(&edges[i].node) }
  }

  deinit {
    var stack = ReleaseStack()
    for i in edges.indices { stack.push(&edges[i].node) }
    stack.release()
  }
}

/// Nodes that nobody else refers to, waiting to be released one after the other.
///
/// Releasing the last node of a chain would release the one before it from inside its `deinit`,
/// and so on: a graph of a million nodes would overflow the stack.
struct ReleaseStack {
  private var nodes: [Node] = []

  /// Takes the reference; keeps the node only when this was the last reference to it.
  mutating func push(_ node: inout Node?) {
    if node != nil, isKnownUniquelyReferenced(&node), let last = node { nodes.append(last) }
    node = nil
  }

  /// Releases the nodes and all that only they hold, in constant stack.
  mutating func release() {
    while let node = nodes.popLast() { node.takeReferences(into: &self) }
  }
}

/// A tensor that keeps the gradient which arrives at its node. Not a strong reference, since the
/// tensor refers to the node; and a safe one, since the tensor may end on one thread while the
/// node runs on another.
struct RetainedGradient {
  let output: Int
  weak var tensor: Tensor?
}

extension Node {
  /// No longer keeps gradients for `tensor`; true when it did.
  func stopRetaining(_ tensor: Tensor) -> Bool {
    guard let i = retaining.firstIndex(where: { $0.tensor === tensor }) else { return false }
    retaining.remove(at: i)
    return true
  }
}
