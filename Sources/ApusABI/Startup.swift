import Arrays
import CGC
import MatrixLibraries

extension Collector {
  /// Before the first storage is made: the engine's memory comes from the collector's pool.
  static func installPool() {
    StorageAllocator.current = StorageAllocator(
      allocate: { Pool.allocate(bytes: $0) }, deallocate: { Pool.deallocate($0, bytes: $1) },
      count: { CollectorAccount.add(Threads.current, storage: Int64($0)) })
  }

  /// Before the first product: a thread that is in a library's kernel is neither stopped nor looked
  /// at beyond the place from which it called.
  static func standAsideForLibraries() {
    MatrixLibrary.aside = { body in
      withoutActuallyEscaping(body) { body in
        withUnsafePointer(to: body) { pointer in
          _ = GC_do_blocking(
            { body in
              body?.assumingMemoryBound(to: (() -> Void).self).pointee()
              return nil
            }, UnsafeMutableRawPointer(mutating: pointer))
        }
      }
    }
  }
}
