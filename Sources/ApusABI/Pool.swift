import CGC
import CThread

/// Storage for tensors: pointer-free memory of the collector, aligned to 64 bytes, recycled while
/// it is warm. See `PoolSmall` and `PoolLarge` for the two ways.
///
/// Memory comes as it is, not zeroed.
package enum Pool {
  /// No machine has more; and sums of sizes below it can't overflow.
  static let limit = 1 << 46

  /// Nil when there is no memory; never ends the process.
  @inline(__always)
  package static func allocate(bytes: Int) -> UnsafeMutableRawPointer? {
    let thread = Threads.current
    let block =
      bytes <= PoolSmall.largest
      ? PoolSmall.allocate(bytes, thread) : PoolLarge.allocate(bytes)
    if block != nil { CollectorAccount.add(thread, storage: Int64(bytes)) }
    return block
  }

  /// Takes back a block, with the size that was asked for.
  @inline(__always)
  package static func deallocate(_ block: UnsafeMutableRawPointer, bytes: Int) {
    let thread = Threads.current
    if bytes <= PoolSmall.largest {
      PoolSmall.deallocate(block, bytes, thread)
    } else {
      PoolLarge.deallocate(block, bytes)
    }
    CollectorAccount.add(thread, storage: -Int64(bytes))
  }

  /// At a thread's end.
  static func handBack(_ thread: Threads.Record) {
    PoolSmall.handBack(thread)
  }

  /// Leaves at most so many bytes of large blocks in reserve.
  static func trim(to bytes: Int) {
    PoolLarge.trim(to: bytes)
  }

  /// Whole pages; libgc adds a byte to each request, so that is taken off before.
  static func pages(_ bytes: Int) -> UnsafeMutableRawPointer? {
    Threads.register()
    return GC_malloc_atomic_uncollectable(bytes - 1)
  }
}
