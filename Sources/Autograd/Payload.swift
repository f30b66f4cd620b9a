import Arrays
import CThread

/// What the engine keeps for the program: the payload of a callback, or what the program packed.
///
/// The pointer may lead to handles of tensors whose graph holds this object. The collector finds
/// out as long as every holder is one that `Reach` comes by; others have to `hold` it.
package final class Payload: @unchecked Sendable {
  /// Gives up what was packed: called with the pointers of the parent and of the payload.
  package typealias Drop =
    @convention(c) (_ payload: UnsafeMutableRawPointer?, _ packed: UnsafeMutableRawPointer?) -> Void
  /// Gives up a payload.
  package typealias Destroy = @convention(c) (_ payload: UnsafeMutableRawPointer?) -> Void

  /// The program's.
  package let pointer: UnsafeMutableRawPointer?
  private let destroy: Destroy?
  private let drop: Drop?
  /// Whose callback made this one; it ends later.
  let parent: Payload?
  private var record: UnsafeMutablePointer<apus_payload>?

  /// A payload that ends with this object.
  ///
  /// - Throws: `TensorError.outOfMemory`; the payload has ended by then.
  package init(_ pointer: UnsafeMutableRawPointer?, destroy: Destroy?) throws {
    self.pointer = pointer
    self.destroy = destroy
    drop = nil
    parent = nil
    try register(destroy != nil)
  }

  /// Something that a callback with the payload `parent` packed.
  package init(
    packed: UnsafeMutableRawPointer?, drop: Drop?, parent: Payload
  ) throws {
    pointer = packed
    destroy = nil
    self.drop = drop
    self.parent = parent
    try register(drop != nil)
  }

  private func register(_ isAwaited: Bool) throws {
    Reach.prepare()
    if !apus_payload_add(pointer, isAwaited, &record) {
      throw TensorError.outOfMemory(bytes: MemoryLayout<apus_payload>.stride)
    }
  }

  /// Counts a holder that no collection comes by; `release` takes it back.
  package func hold() { apus_payload_hold(record, 1) }

  /// Undoes a `hold`.
  package func release() { apus_payload_hold(record, -1) }

  /// A collection comes by this one, and by those that it needs.
  func reach() {
    apus_reach_payload(record)
    parent?.reach()
  }

  deinit {
    if destroy != nil || drop != nil {
      // The program may wait for another thread in there, and its errors are its own.
      let kept = apus_error_put_aside()
      let inside = apus_thread_step_out()
      destroy?(pointer)
      drop?(parent?.pointer, pointer)
      apus_thread_step_in(inside)
      apus_error_put_back(kept, true)
    }
    apus_payload_remove(record)
  }
}

/// Kept by whatever holds tensors, or payloads, where no collection comes by: as long as there is
/// one, every payload counts as in use.
package final class Hidden: @unchecked Sendable {
  package init() { apus_payloads_hide(1) }
  deinit { apus_payloads_hide(-1) }
}
