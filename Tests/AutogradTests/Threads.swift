import Apus
import Glibc
import Synchronization

private final class Job {
  let body: () throws -> Void
  init(_ body: @escaping () throws -> Void) { self.body = body }
}

/// Runs `body` on threads of their own, all at once, and waits for them.
///
/// - Throws: the first error that one of them threw.
func onThreads(
  _ count: Int, stackSize: Int = 8 << 20,
  _ body: @escaping @Sendable (_ index: Int) throws -> Void
) throws {
  let error = Mutex<(any Error)?>(nil)
  var threads: [pthread_t] = []
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  pthread_attr_setstacksize(&attributes, stackSize)
  for i in 0..<count {
    var thread = pthread_t()
    let job = Job {
      do { try body(i) } catch let thrown { error.withLock { $0 = $0 ?? thrown } }
    }
    pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument else { return nil }
        let job = Unmanaged<Job>.fromOpaque(argument).takeRetainedValue()
        try? job.body()
        return nil
      }, Unmanaged.passRetained(job).toOpaque())
    threads.append(thread)
  }
  for thread in threads { pthread_join(thread, nil) }
  if let error = error.withLock({ $0 }) { throw error }
}
