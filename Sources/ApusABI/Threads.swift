import Autograd
import CGC
import CThread
import Glibc

/// Threads as the collector knows them.
enum Threads {
  typealias Record = UnsafeMutablePointer<apus_thread_record>

  /// The calling thread's record. It never moves, and ends with the thread.
  @inline(__always)
  static var current: Record { apus_thread() }

  /// A thread's first call; also makes the library ready. Cheap when repeated.
  @inline(never)
  static func register() {
    let thread = Threads.current
    if thread.pointee.registered { return }
    apus_thread_join()
    let initialised = Collector.initialise()

    var base = GC_stack_base()
    if GC_get_stack_base(&base) == Int32(GC_SUCCESS) {
      // GC_DUPLICATE: main, or a thread created through libgc's own wrapper, which takes it back
      // itself. The thread that initialised libgc is registered by that; unless it is main, its
      // end is our business, too.
      let result = GC_register_my_thread(&base)
      thread.pointee.unregister =
        result == Int32(GC_SUCCESS) || (initialised && !apus_thread_is_main())
    }
    thread.pointee.registered = true
    apus_thread_enlist()
    _ = apus_thread_will_end()
  }

  static func prepare() {
    _ = apus_thread_set_end { _ in Threads.end() }
  }

  /// Runs in the destructor of a thread-specific key. A later destructor of the program may call
  /// the library again: that registers the thread anew, and this runs once more.
  private static func end() {
    let thread = Threads.current
    apus_thread_enter(thread)
    ThreadContext.end()
    HandleCells.handBack(thread)
    Pool.handBack(thread)
    CollectorAccount.flush(thread)
    apus_thread_delist()
    ErrorState.clear()
    if thread.pointee.unregister {
      thread.pointee.unregister = false
      _ = GC_unregister_my_thread()
    }
    thread.pointee.registered = false
    apus_thread_exit(thread)
    apus_thread_leave()
  }
}
