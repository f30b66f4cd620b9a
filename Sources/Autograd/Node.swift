import Arrays
import CThread
import Elements

/// An arrow of the graph: the gradient of some value goes to input `index` of `node`.
///
/// It counts no reference: one among a node's edges is valid as long as that node, one that a
/// tensor gives until the tensor gets another history.
package struct Edge: @unchecked Sendable {
  /// Where the gradient goes; nil when nobody wants it.
  let reference: Unmanaged<Node>?
  /// Which output of the forward operation the value was, hence which gradient of the node.
  package let index: Int

  /// An edge to one gradient of a node.
  package init(_ node: borrowing Node, _ index: Int = 0) {
    reference = .passUnretained(copy node)
    self.index = index
  }

  private init() {
    reference = nil
    index = 0
  }

  /// Nobody wants the gradient.
  package static let none = Edge()

  /// Where the gradient goes; nil when nobody wants it.
  package var node: Node? { reference?.takeUnretainedValue() }
}

/// What a gradient that reaches a node must look like; valid as long as the node.
package struct ValueDescription: @unchecked Sendable {
  fileprivate let reference: Unmanaged<Layout>
  /// Its element type.
  package let dtype: DType
  /// True when gradients of other types are as welcome.
  let takesAnyDType: Bool

  fileprivate init(_ reference: Unmanaged<Layout>, _ dtype: DType, takesAnyDType: Bool = false) {
    self.reference = reference
    self.dtype = dtype
    self.takesAnyDType = takesAnyDType
  }

  /// Sizes and strides of the forward value.
  package var layout: Layout { reference.takeUnretainedValue() }

  /// True when `tensor` has the value's sizes and dtype.
  func describes(_ tensor: Tensor) -> Bool {
    dtype == tensor.dtype
      && reference._withUnsafeGuaranteedRef {
        $0 === tensor.array.layout || $0.sizes == tensor.array.layout.sizes
      }
  }

  /// True when `layout` is the value's.
  func hasLayout(_ layout: Layout) -> Bool { reference._withUnsafeGuaranteedRef { $0 === layout } }
}

/// Gradients of a node's outputs or inputs; nil stands for zero.
package typealias Gradients = Few<Tensor?>

/// A step of the backward pass: takes the gradients of what a forward operation returned, and
/// gives the gradients of what it was given.
public class Node: @unchecked Sendable {
  /// Where the results of `apply` go, in the order of the forward operation's tensor arguments.
  package private(set) final var edges = Few<Edge>()
  /// The forward operation's results.
  package private(set) final var outputs = OneOrMore<ValueDescription>()
  /// The order of creation on a thread: of the nodes that are ready, the latest runs first.
  package let sequence: UInt64
  /// Its number in the pass that writes numbers into nodes; negative outside of one.
  var task: Int32 = -1
  /// A collection came by; see `Reach`.
  final var isReached = false
  /// Hooks and other things that few nodes have.
  var extras: NodeExtras?

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

  /// The leaf of an accumulator, as long as it lives.
  public var variable: Tensor? { nil }

  /// The name as `repr` shows it: without a namespace.
  public final var shortName: String {
    guard let colon = name.lastIndex(of: ":") else { return name }
    return String(name[name.index(after: colon)...])
  }

  /// Works out the gradients of the inputs. May take `gradients` apart to reuse their memory.
  ///
  /// - Throws: `TensorError`.
  func apply(_ gradients: inout Gradients, _ pass: Pass) throws -> Gradients { Gradients() }

  /// True for a node that runs even when no gradient arrives.
  var runsWithoutGradients: Bool { false }

  /// Drops what was saved for `apply`; the node can't run again.
  func releaseSaved() {}

  /// Adds an edge, and keeps its node.
  final func append(_ edge: Edge) {
    _ = edge.reference?.retain()
    edges.append(edge)
  }

  /// Adds an output, described by its layout and dtype.
  final func appendOutput(_ array: NDArray) {
    outputs.append(ValueDescription(.passRetained(array.layout), array.dtype))
  }

  /// The same for an output whose gradients come in a dtype of their own, or in any.
  final func appendOutput(_ array: NDArray, expecting dtype: DType?) {
    outputs.append(
      ValueDescription(
        .passRetained(array.layout), dtype ?? array.dtype, takesAnyDType: dtype == nil))
  }

  /// Makes gradients of the first output come in a dtype of their own, or in any.
  final func expectGradient(of dtype: DType?) {
    let value = outputs[0]
    outputs.replaceFirst(
      ValueDescription(
        value.reference, dtype ?? value.dtype, takesAnyDType: dtype == nil))
  }

  /// Lets a collection come by every node, tensor and payload that this node keeps. Runs while
  /// every thread is stopped; see `Reach`.
  func visitReferences() {
    for i in 0..<edges.count {
      edges[i].reference?._withUnsafeGuaranteedRef { Reach.visit($0) }
    }
    extras?.visitReferences()
  }

  /// Moves every reference to another node out, so that a long chain is not released recursively.
  func takeReferences(into stack: inout ReleaseStack) {
    for i in 0..<edges.count { stack.push(edges[i].reference) }
    edges.removeAll()
  }

  deinit {
    if edges.count > 0 {
      var stack = ReleaseStack()
      for i in 0..<edges.count { stack.push(edges[i].reference) }
      stack.release()
    }
    for i in 0..<outputs.count { outputs[i].reference.release() }
  }
}

/// Nodes that nobody else refers to, waiting to be released one after the other.
///
/// Releasing the last node of a chain would release the one before it from inside its `deinit`,
/// and so on: a graph of a million nodes would overflow the stack.
struct ReleaseStack {
  private var nodes: [Node] = []

  /// Takes a reference over; keeps the node only when this was the last reference to it.
  mutating func push(_ reference: Unmanaged<Node>?) {
    var node = reference?.takeRetainedValue()
    if node != nil, isKnownUniquelyReferenced(&node), let last = node { nodes.append(last) }
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
    guard let extras, let i = extras.retaining.firstIndex(where: { $0.tensor === tensor }) else {
      return false
    }
    extras.retaining.remove(at: i)
    return true
  }
}
