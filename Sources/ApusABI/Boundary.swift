import CThread

/// Runs the body of an exported function: every `@_cdecl` has its code in here and nowhere else.
///
/// Makes the library ready and the thread known, takes the safe point, and turns a Swift error
/// into the thread's error and `failure`. Costs one thread-local and one global load.
///
/// Another thread may collect while the body runs, and the handle itself may be gone from the stack
/// by then. So the body holds its arguments' objects by strong Swift references, or keeps the
/// handle to the end (`apus_keep`).
@inline(__always)
func boundary<R>(_ failure: @autoclosure () -> R, _ body: () throws -> R) -> R {
  let thread = enter()
  defer { apus_thread_exit(thread) }
  do {
    return try body()
  } catch {
    ErrorState.record(error)
    return failure()
  }
}

/// The entry alone; the thread has to exit, too.
@inline(__always)
func enter() -> Threads.Record {
  let thread = Threads.current
  apus_thread_enter(thread)
  if !thread.pointee.registered { Threads.register() }
  if apus_pending_load() != 0 { Collector.safePoint() }
  return thread
}
