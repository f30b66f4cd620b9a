import CParallel

/// Loops over raw memory, divided among the threads of one small pool.
///
/// A body that runs here allocates nothing of the engine's, throws nothing and calls nothing of the
/// collector: the pool's threads are unknown to it. What it writes to is kept alive by the caller,
/// who waits. Its results may not depend on where the range is cut; a fold whose partial sums would
/// divides its work itself into pieces that depend on sizes only, and loops over those.
package enum Parallel {
  /// How many threads a loop is divided among, the caller included. At first OMP_NUM_THREADS, or
  /// the number of processor cores that the process may use.
  package static var threads: Int {
    get { Int(apus_parallel_threads()) }
    set { apus_parallel_set_threads(Int32(clamping: newValue)) }
  }

  /// Calls `body` with ranges that together are `0..<count`. Each but the last is a multiple of
  /// `grain`, what is worth the few microseconds that another thread costs.
  ///
  /// Runs here, at once, where there is one grain or one thread, within another loop, and while
  /// another thread has a loop running.
  @inline(__always)
  package static func forEach(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    if count <= grain {
      if count > 0 { body(0..<count) }
    } else {
      divide(count, grain, body)
    }
  }

  @inline(never)
  package static func divide(_ count: Int, _ grain: Int, _ body: (Range<Int>) -> Void) {
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        apus_parallel_for(
          Int64(count), Int64(grain),
          { context, start, end in
            context?.assumingMemoryBound(to: ((Range<Int>) -> Void).self).pointee(
              Int(start)..<Int(end))
          }, UnsafeMutableRawPointer(mutating: pointer))
      }
    }
  }
}
