import CThread
import Synchronization

/// When to collect.
///
/// libgc counts what its own heap hands out; but cells are tiny and storage is uncollectable, so
/// it would see nothing. The account is: a flat sum for each collected handle made since the last
/// collection, plus the growth of storage since then. Storage that ARC frees at once never shows.
enum CollectorAccount {
  /// A cell, a tensor, its storage object, and perhaps a node.
  static let handleBytes: Int64 = 256
  /// What an early release takes off again: all but the cell, which waits for the collector.
  static let earlyReleaseBytes: Int64 = 256 - 96

  private static let step: Int64 = 64 << 10
  private static let least: Int64 = 2 << 20
  private static let most = Atomic<Int64>(64 << 20)

  private static let storage = Atomic<Int64>(0)
  private static let baseline = Atomic<Int64>(0)
  private static let threshold = Atomic<Int64>(least)

  /// Bytes of storage in use. Exact when no other thread is at work.
  static var storageBytes: Int {
    Int(storage.load(ordering: .relaxed) + apus_threads_storage_bytes())
  }

  @inline(__always)
  static func add(_ thread: Threads.Record, handles bytes: Int64) {
    thread.pointee.handle_bytes &+= bytes
    if thread.pointee.handle_bytes.magnitude >= UInt64(step) { flush(thread) }
  }

  @inline(__always)
  static func add(_ thread: Threads.Record, storage bytes: Int64) {
    thread.pointee.storage_bytes &+= bytes
    if thread.pointee.storage_bytes.magnitude >= UInt64(step) { flush(thread) }
  }

  @inline(never)
  static func flush(_ thread: Threads.Record) {
    let handles = apus_cells_add_handle_bytes(thread.pointee.handle_bytes)
    thread.pointee.handle_bytes = 0
    let stored =
      storage.wrappingAdd(thread.pointee.storage_bytes, ordering: .relaxed).newValue
    thread.pointee.storage_bytes = 0

    // Handles from before the last collection may be released early, and storage may shrink
    // below what it was then: neither is a credit for new garbage.
    if handles < 0 { _ = apus_cells_add_handle_bytes(-handles) }
    let base = baseline.load(ordering: .relaxed)
    if stored < base { baseline.store(stored, ordering: .relaxed) }

    if handles > 0, handles + max(0, stored - base) >= threshold.load(ordering: .relaxed) {
      apus_pending_set(UInt32(APUS_PENDING_COLLECT))
    }
  }

  /// Allows more garbage before the next collection; false when there has been enough.
  static func postpone() -> Bool {
    let now = threshold.load(ordering: .relaxed)
    if now >= most.load(ordering: .relaxed) { return false }
    threshold.store(now + now / 2, ordering: .relaxed)
    return true
  }

  /// After a collection and its drain, with the number of cells that there are.
  ///
  /// A collection does not look at storage, so there is no reason to wait longer when there is
  /// more of it, as long as collections stay cheap: memory that returns early is warm. Only what
  /// `postpone` may add grows with what is in use.
  static func restart(cells: Int) {
    let stored = storage.load(ordering: .relaxed)
    baseline.store(stored, ordering: .relaxed)
    threshold.store(least, ordering: .relaxed)
    most.store(max(64 << 20, (stored + Int64(cells) * handleBytes) / 2), ordering: .relaxed)
  }
}
