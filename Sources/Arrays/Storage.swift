import CThread

/// The bytes of an array, shared by all views of it, with the count of in-place changes.
public final class Storage: @unchecked Sendable {
  /// The first byte; aligned to 64, to 8 where there are at most 64 bytes, which lie in the
  /// object itself (more would make Swift ask for aligned memory, which is slow), and as the owner chose where the memory is borrowed.
  package private(set) var pointer: UnsafeMutableRawPointer
  /// How many bytes there are.
  package let byteCount: Int
  /// Goes up by one with every in-place change through any view.
  package var version: Int32 = 0
  /// What few storages have.
  private var extras: Extras?
  /// The bytes of a small tensor, so that it costs one allocation less.
  private var inlineBytes = InlineArray<8, UInt64>(repeating: 0)

  private static var inlineCapacity: Int { 64 }

  /// Fresh memory, not initialised.
  ///
  /// - Throws: `TensorError.outOfMemory`.
  package init(byteCount: Int) throws {
    self.byteCount = byteCount
    if byteCount <= Self.inlineCapacity {
      // Replaced at once; a property's address can't be taken before all have a value.
      pointer = UnsafeMutableRawPointer(bitPattern: 16).unsafelyUnwrapped
      pointer = withUnsafeMutablePointer(to: &inlineBytes) { UnsafeMutableRawPointer($0) }
      StorageAllocator.current.count(byteCount)
    } else {
      guard let pointer = StorageAllocator.current.allocate(byteCount) else {
        throw TensorError.outOfMemory(bytes: byteCount)
      }
      self.pointer = pointer
    }
    Self.profile(byteCount)
  }

  /// Counts bytes that came or went on this thread, if anybody might ask.
  @inline(__always)
  private static func profile(_ bytes: Int) {
    let thread: UnsafeMutablePointer<apus_thread_record> = apus_thread()
    if thread.pointee.modes != 0 { thread.pointee.profiled_bytes &+= Int64(bytes) }
  }

  /// Memory of the caller's, which stays valid until `giveBack` is called, exactly once.
  package init(
    borrowing pointer: UnsafeMutableRawPointer, byteCount: Int,
    giveBack: @escaping @Sendable () -> Void
  ) {
    self.pointer = pointer
    self.byteCount = byteCount
    extras = Extras()
    extras?.giveBack = giveBack
  }

  /// The memory of another storage, which lives as long as this one does, with a count of changes
  /// of its own.
  package init(aliasing other: Storage, version: Int32 = 0) {
    pointer = other.pointer
    byteCount = other.byteCount
    self.version = version
    extras = Extras()
    extras?.owner = other.owner
  }

  private final class Extras {
    var lastChange: RecordedChange?
    /// Gives borrowed memory back; nil for memory of our own.
    var giveBack: (@Sendable () -> Void)?
    /// Whose memory this is, if it is another's.
    var owner: Storage?

    var isBorrowed: Bool { giveBack != nil || owner != nil }
  }

  /// Whose memory this is: never one that has another's.
  private var owner: Storage { extras?.owner ?? self }

  /// True when both have the same memory, though perhaps not the same count of changes.
  @inline(__always)
  package func sharesMemory(with other: Storage) -> Bool { pointer == other.pointer }

  /// The last recorded in-place change, for the message about a changed saved tensor.
  package var lastChange: RecordedChange? {
    get { extras?.lastChange }
    set {
      let extras = extras ?? Extras()
      extras.lastChange = newValue
      self.extras = extras
    }
  }

  /// True when this is the only reference, and nobody else has the memory; asked through a constant,
  /// which `isKnownUniquelyReferenced` does not take.
  package var isOnlyReference: Bool {
    var reference = Unmanaged.passUnretained(self)
    return withUnsafeMutablePointer(to: &reference) {
      $0.withMemoryRebound(to: Storage.self, capacity: 1) {
        isKnownUniquelyReferenced(&$0.pointee)
      }
    } && extras?.owner == nil
  }

  deinit {
    if let extras, extras.isBorrowed {
      extras.giveBack?()
      return
    }
    Self.profile(-byteCount)
    if byteCount <= Self.inlineCapacity {
      StorageAllocator.current.count(-byteCount)
    } else {
      StorageAllocator.current.deallocate(pointer, byteCount)
    }
  }
}

/// An in-place change that was recorded.
package final class RecordedChange: Sendable {
  /// The name of the node that the changed tensor came to have; where a view was changed, that of
  /// its base.
  package let node: String
  /// The changed tensor, or the base of the changed view.
  package let root: ObjectIdentifier

  package init(node: String, root: ObjectIdentifier) {
    self.node = node
    self.root = root
  }
}

/// Where storage comes from: the process's allocator, until the C boundary installs the
/// collector's pool. The functions are C's, which have no context to count references to.
package struct StorageAllocator: Sendable {
  /// Returns memory aligned to 64 bytes, or nil when there is none; zero bytes are a valid wish.
  package let allocate: @convention(c) (_ byteCount: Int) -> UnsafeMutableRawPointer?
  /// Takes back what `allocate` returned, with the same count.
  package let deallocate: @convention(c) (UnsafeMutableRawPointer, _ byteCount: Int) -> Void
  /// Hears of bytes that came, or went, without it.
  package let count: @convention(c) (_ bytes: Int) -> Void

  package init(
    allocate: @convention(c) (Int) -> UnsafeMutableRawPointer?,
    deallocate: @convention(c) (UnsafeMutableRawPointer, Int) -> Void,
    count: @convention(c) (Int) -> Void
  ) {
    self.allocate = allocate
    self.deallocate = deallocate
    self.count = count
  }

  /// The allocator in use. It is set before the first storage exists and never again.
  package nonisolated(unsafe) static var current = StorageAllocator.process
}
