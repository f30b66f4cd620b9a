import Arrays
import CThread

/// Which objects of the engine a collection comes by, starting from those that handles hold.
///
/// It runs while every thread is stopped, perhaps in the middle of malloc: nothing here allocates,
/// waits, or casts, and every class has been used before (`prepare`). Threads are outside of the
/// engine, so objects are whole. See `payloads.h`.
package enum Reach {
  /// Tells nodes from tensors among what was noted.
  private static let nodeBit: UInt = 1

  /// Comes by a tensor.
  @inline(__always)
  package static func visit(_ tensor: Tensor?) {
    guard let tensor, !tensor.isReached else { return }
    let pointer = Unmanaged.passUnretained(tensor).toOpaque()
    tensor.isReached = apus_reach_note(pointer)
  }

  /// Comes by a node.
  @inline(__always)
  package static func visit(_ node: Node?) {
    guard let node, !node.isReached else { return }
    let bits = UInt(bitPattern: Unmanaged.passUnretained(node).toOpaque()) | nodeBit
    node.isReached = apus_reach_note(UnsafeMutableRawPointer(bitPattern: bits))
  }

  /// Comes by what the program, or a checkpoint, packed or keeps.
  static func visit(_ object: AnyObject?) {
    guard let object else { return }
    let type: AnyObject.Type = type(of: object)
    if type == Payload.self {
      unsafeDowncast(object, to: Payload.self).reach()
    } else if type == Placeholder.self {
      unsafeDowncast(object, to: Placeholder.self).checkpoint.visitReferences()
    } else if type == Tensor.self {
      visit(unsafeDowncast(object, to: Tensor.self))
    }
  }

  static func visit(_ extras: TensorExtras?) {
    guard let extras else { return }
    visit(extras.tangent?.value)
    visit(extras.layer?.value)
  }

  /// Comes by everything that a noted object refers to.
  package static func expand(_ noted: UnsafeMutableRawPointer) {
    let bits = UInt(bitPattern: noted)
    guard let pointer = UnsafeMutableRawPointer(bitPattern: bits & ~nodeBit) else { return }
    if bits & nodeBit == 0 {
      Unmanaged<Tensor>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.visitReferences() }
    } else {
      Unmanaged<Node>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.visitReferences() }
    }
  }

  /// Forgets that it came by.
  package static func forget(_ noted: UnsafeMutableRawPointer) {
    let bits = UInt(bitPattern: noted)
    guard let pointer = UnsafeMutableRawPointer(bitPattern: bits & ~nodeBit) else { return }
    if bits & nodeBit == 0 {
      Unmanaged<Tensor>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.isReached = false }
    } else {
      Unmanaged<Node>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.isReached = false }
    }
  }

  /// Has everything above run once, so that the runtime has made what it makes at the first use.
  static func prepare() { _ = prepared }

  private static let prepared: Void = {
    guard let array = try? NDArray.full([], 1, .float32) else { return }
    let leaf = Tensor(array)
    try? leaf.setRequiresGrad(true)
    guard let accumulator = leaf.accumulator else { return }
    let extras = accumulator.ensuredExtras
    extras.saved.append(SavedValue(.x, leaf))
    extras.metadata = extras
    // Outside of a collection nothing is noted.
    leaf.visitReferences()
    accumulator.visitReferences()
    CopySlices(Edge(accumulator), array, view: array, accumulator).visitReferences()
    visit(leaf)
    visit(accumulator)
    extras.saved = []
    extras.metadata = nil
  }()
}

extension Tensor {
  fileprivate func visitReferences() {
    Reach.visit(base)
    Reach.visit(gradient)
    Reach.visit(node)
    Reach.visit(accumulator)
    Reach.visit(extras)
  }
}

extension NodeExtras {
  func visitReferences() {
    for i in tensorHooks.indices { tensorHooks[i].payload?.reach() }
    for i in preHooks.indices { preHooks[i].payload?.reach() }
    for i in postHooks.indices { postHooks[i].payload?.reach() }
    for i in accumulationHooks.indices { accumulationHooks[i].payload?.reach() }
    for i in saved.indices { saved[i].visitReferences() }
    Reach.visit(metadata)
  }
}
