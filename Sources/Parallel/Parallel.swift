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

  /// The same with ranges of at least `least`, for loops that work on many rows in another way than
  /// on few: what they make of a row may depend on how many there are, but not on the threads.
  package static func forEach(
    _ count: Int, grain: Int, atLeast least: Int, _ body: (Range<Int>) -> Void
  ) {
    let units = count / least
    if units <= 1 || count <= grain {
      if count > 0 { body(0..<count) }
      return
    }
    divide(units, max(1, grain / least)) { range in
      let end = range.upperBound == units ? count : range.upperBound * least
      body(range.lowerBound * least..<end)
    }
  }

  @inline(never)
  package static func divide(_ count: Int, _ grain: Int, _ body: (Range<Int>) -> Void) {
    forEachNumbered(count, grain: grain) { range, _ in body(range) }
  }

  /// The same for a body that needs memory for each thread: it is told which of the loop's threads
  /// it runs on, the caller being 0, all of them below `threads`.
  package static func forEachNumbered(
    _ count: Int, grain: Int, _ body: (Range<Int>, _ participant: Int) -> Void
  ) {
    typealias Body = (Range<Int>, Int) -> Void
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        apus_parallel_for(
          Int64(count), Int64(grain),
          { context, start, end, participant in
            context?.assumingMemoryBound(to: Body.self)
              .pointee(Int(start)..<Int(end), Int(participant))
          }, UnsafeMutableRawPointer(mutating: pointer))
      }
    }
  }
}
