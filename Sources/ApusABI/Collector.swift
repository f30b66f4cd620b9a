import Arrays
import CGC
import CThread
import Glibc
import Synchronization

/// libgc: its settings, when it runs, and what follows.
enum Collector {
  private static let ready = Atomic<Bool>(false)
  private nonisolated(unsafe) static var lastEnd: UInt64 = 0
  private nonisolated(unsafe) static var lastDuration: UInt64 = 0

  /// Once; true for the thread that did it and started libgc by that.
  static func initialise() -> Bool {
    if ready.load(ordering: .acquiring) { return false }
    apus_lock(APUS_LOCK_INIT)
    defer { apus_unlock(APUS_LOCK_INIT) }
    if ready.load(ordering: .relaxed) { return false }

    let ours = GC_is_init_called() == 0
    if ours {
      // A child of fork() may go on to use tensors.
      GC_set_handle_fork(1)
      GC_set_pages_executable(0)
      // What we mark is small: waking other threads for it costs more than they help.
      GC_set_markers_count(1)
      GC_init()
    }
    GC_allow_register_threads()
    // No printing. Memory that runs out is an error like any other.
    GC_set_warn_proc(GC_ignore_warn_proc)
    GC_set_oom_fn { _ in nil }
    CollectorRoots.install()
    CollectorPayloads.install()

    HandleCells.prepare()
    _ = apus_cells_init(
      unsafeBitCast(
        GC_is_marked as @convention(c) (UnsafeRawPointer) -> Int32,
        to: (@convention(c) (UnsafeRawPointer?) -> Int32).self),
      unsafeBitCast(
        GC_set_mark_bit as @convention(c) (UnsafeRawPointer) -> Void,
        to: (@convention(c) (UnsafeRawPointer?) -> Void).self),
      GC_EVENT_MARK_END.rawValue,
      unsafeBitCast(
        GC_get_on_collection_event(), to: (@convention(c) (UInt32) -> Void)?.self))
    GC_set_on_collection_event(
      unsafeBitCast(
        apus_cells_on_event as @convention(c) (UInt32) -> Void,
        to: GC_on_collection_event_proc.self))

    installPool()
    standAsideForLibraries()
    Threads.prepare()
    apus_locks_survive_fork()
    ready.store(true, ordering: .releasing)
    return ours
  }

  /// Zeroed memory that the collector scans and frees.
  static func scratch(bytes: Int) -> UnsafeMutableRawPointer? {
    if bytes >= 0, bytes < Pool.limit, let memory = GC_malloc(bytes) { return memory }
    ErrorState.record(TensorError.outOfMemory(bytes: bytes))
    return nil
  }

  /// Collects now, and returns memory that is no longer used.
  static func collectNow() {
    collect()
    Pool.trim(to: 0)
    // Memory is returned once it has been free for two collections.
    for _ in 0..<2 where GC_get_free_bytes() > 16 << 20 { GC_gcollect_and_unmap() }
  }

  /// What `enter` does when there is something to do.
  @inline(never)
  static func safePoint() {
    if apus_pending_take(UInt32(APUS_PENDING_DRAIN)) != 0 { drain() }
    let thread = Threads.current
    let isAtRest = thread.pointee.callbacks == 0 && thread.pointee.inside == 1
    if isAtRest && apus_pending_load() & UInt32(APUS_PENDING_GATHER) != 0 { awaitGatherer(thread) }
    if isAtRest && apus_pending_load() & UInt32(APUS_PENDING_REST) != 0 {
      if isEarly { return }
      _ = apus_pending_take(UInt32(APUS_PENDING_REST | APUS_PENDING_COLLECT))
      return collect()
    }
    guard apus_pending_take(UInt32(APUS_PENDING_COLLECT)) != 0 else { return }
    if !isAtRest && apus_payloads_used() && CollectorAccount.postpone() {
      return apus_pending_set(UInt32(APUS_PENDING_REST))
    }
    if isEarly && CollectorAccount.postpone() { return }
    collect()
  }

  /// Roots may be large and threads many: collections may take a third of the time.
  private static var isEarly: Bool { apus_clock_ns() - lastEnd < 2 * lastDuration }

  /// Lets a thread that gathers the others collect.
  private static func awaitGatherer(_ thread: Threads.Record) {
    thread.pointee.at_safe_point = true
    apus_lock(APUS_LOCK_GATHER)
    apus_unlock(APUS_LOCK_GATHER)
    thread.pointee.at_safe_point = false
  }

  /// Waits a moment until the other threads are outside, or wait at their safe points; true when
  /// they have to be let go. For collections that are to come by payloads.
  private static func gather(_ thread: Threads.Record) -> Bool {
    guard thread.pointee.callbacks == 0, thread.pointee.at_safe_point, apus_payloads_used(),
      apus_try_lock(APUS_LOCK_GATHER)
    else { return false }
    apus_pending_set(UInt32(APUS_PENDING_GATHER))
    let end = apus_clock_ns() + 100_000
    while !apus_threads_are_outside() && apus_clock_ns() < end { sched_yield() }
    return true
  }

  private static func collect() {
    let thread = Threads.current
    thread.pointee.at_safe_point = thread.pointee.inside == 1
    let hasGathered = gather(thread)
    let start = apus_clock_ns()
    // It refuses while cells are being added; then it is a matter of microseconds.
    for _ in 0..<3 {
      let number = GC_get_gc_no()
      GC_gcollect()
      if GC_get_gc_no() != number { break }
      apus_lock(APUS_LOCK_GROWTH)
      apus_unlock(APUS_LOCK_GROWTH)
    }
    if hasGathered {
      _ = apus_pending_take(UInt32(APUS_PENDING_GATHER))
      apus_unlock(APUS_LOCK_GATHER)
    }
    thread.pointee.at_safe_point = false
    let end = apus_clock_ns()
    // One that another process interrupted says little: at most twice as much as the last.
    lastDuration = min(end - start, max(2 * lastDuration, 100_000))
    lastEnd = end
    _ = apus_pending_take(UInt32(APUS_PENDING_DRAIN))
    drain()
  }

  /// Releases what dead handles held.
  ///
  /// That may run destroy callbacks, which may call the library: they find the lock taken and
  /// leave the rest to us.
  private static func drain() {
    guard apus_try_lock(APUS_LOCK_DRAIN) else { return }
    defer { apus_unlock(APUS_LOCK_DRAIN) }
    var cells = 0
    var next = apus_cells_pages()
    while let page = next {
      cells += Int(APUS_CELLS_IN_PAGE)
      next = page.pointee.next
      if apus_page_dead(page) > 0 { drain(page) }
    }
    HandleCells.trim()
    CollectorAccount.restart(cells: cells)
  }

  private static func drain(_ page: UnsafeMutablePointer<apus_cell_page>) {
    withUnsafeTemporaryAllocation(
      of: UnsafeMutableRawPointer.self, capacity: Int(APUS_CELLS_IN_PAGE)
    ) { objects in
      var held = 0
      var ended: UInt32 = 0
      var chain: UnsafeMutablePointer<apus_cell>?
      for index in (0..<Int(APUS_CELLS_IN_PAGE)).reversed() {
        let cell = page.pointee.cells + index
        let state = apus_cell_state(cell)
        if state == UInt32(APUS_CELL_DEAD), let object = cell.pointee.object {
          objects[held] = object
          held += 1
        } else if state != UInt32(APUS_CELL_EMPTY) {
          continue
        }
        cell.pointee.object = UnsafeMutableRawPointer(chain)
        apus_cell_set_state(cell, UInt32(APUS_CELL_FREE))
        chain = cell
        ended += 1
      }
      apus_page_subtract_dead(page, ended)
      if let chain { HandleCells.enqueue(chain, length: Int(ended)) }
      for index in 0..<held {
        Unmanaged<AnyObject>.fromOpaque(objects[index]).release()
      }
    }
  }
}
