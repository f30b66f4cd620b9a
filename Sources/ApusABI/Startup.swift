import Arrays

extension Collector {
  /// Before the first storage is made: the engine's memory comes from the collector's pool.
  static func installPool() {
    StorageAllocator.current = StorageAllocator(
      allocate: { Pool.allocate(bytes: $0) }, deallocate: { Pool.deallocate($0, bytes: $1) },
      count: { CollectorAccount.add(Threads.current, storage: Int64($0)) })
  }
}
