import Synchronization

@testable import Arrays

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Counts the bytes of storage that one thread has in use: tests on other threads go on meanwhile.
enum LiveBytes {
  private static let now = Atomic<Int>(0)
  private static let peak = Atomic<Int>(0)
  private static let thread = Atomic<UInt>(0)
  private static let turn = Mutex(())

  /// From the process's allocator, and back to it, so that it may be installed at any time.
  private static let counting = StorageAllocator(
    allocate: { bytes in
      LiveBytes.count(bytes)
      return StorageAllocator.process.allocate(bytes)
    },
    deallocate: { pointer, bytes in
      LiveBytes.count(-bytes)
      StorageAllocator.process.deallocate(pointer, bytes)
    },
    count: { _ in })

  private static let install: Void = { StorageAllocator.current = counting }()

  private static func count(_ bytes: Int) {
    guard thread.load(ordering: .relaxed) == UInt(pthread_self()) else { return }
    let live = now.add(bytes, ordering: .relaxed).newValue
    if live > peak.load(ordering: .relaxed) { peak.store(live, ordering: .relaxed) }
  }

  /// The most bytes that `body` had in use at any time, small tensors apart.
  static func peak(_ body: () throws -> Void) rethrows -> Int {
    try turn.withLock { _ in
      install
      now.store(0, ordering: .relaxed)
      peak.store(0, ordering: .relaxed)
      thread.store(UInt(pthread_self()), ordering: .relaxed)
      defer { thread.store(0, ordering: .relaxed) }
      try body()
      return peak.load(ordering: .relaxed)
    }
  }
}
