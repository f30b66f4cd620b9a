import CGC
import CThread

/// Blocks above 8 KiB: whole pages of the collector's heap, eight sizes to each doubling.
///
/// Blocks given back are kept for a while, by size, the last one first, because its memory is warm
/// and known to the system. How much is kept is bounded; sizes take turns in losing theirs.
enum PoolLarge {
  typealias Block = UnsafeMutableRawPointer

  private static let reserve = 32 << 20
  private static let binCount = 300
  private nonisolated(unsafe) static let bins: UnsafeMutablePointer<Block?> = {
    let bins = UnsafeMutablePointer<Block?>.allocate(capacity: binCount)
    bins.initialize(repeating: nil, count: binCount)
    return bins
  }()
  private nonisolated(unsafe) static var kept = 0
  private nonisolated(unsafe) static var turn = 0

  /// The size that is really allocated.
  static func roundUp(_ bytes: Int) -> Int {
    let power = Int.bitWidth - 1 - (bytes - 1).leadingZeroBitCount
    let step = max(4096, 1 << (power - 3))
    return (bytes + step - 1) & -step
  }

  /// One for each size that `roundUp` returns.
  static func bin(_ size: Int) -> Int {
    if size <= 64 << 10 { return size >> 12 }
    let power = Int.bitWidth - 1 - (size - 1).leadingZeroBitCount
    return 17 + (power - 16) * 8 + (((size - 1) >> (power - 3)) & 7)
  }

  static func allocate(_ bytes: Int) -> Block? {
    guard bytes < Pool.limit else { return nil }
    let size = roundUp(bytes)
    let index = bin(size)
    apus_lock(APUS_LOCK_POOL)
    if let block = bins[index] {
      bins[index] = block.load(as: Block?.self)
      kept -= size
      apus_unlock(APUS_LOCK_POOL)
      return block
    }
    apus_unlock(APUS_LOCK_POOL)
    if let block = Pool.pages(size) { return block }
    // The reserve may be what is missing.
    trim(to: 0)
    return Pool.pages(size)
  }

  static func deallocate(_ block: Block, _ bytes: Int) {
    let size = roundUp(bytes)
    guard size <= reserve else { return GC_free(block) }
    let index = bin(size)
    apus_lock(APUS_LOCK_POOL)
    block.storeBytes(of: bins[index], as: Block?.self)
    bins[index] = block
    kept += size
    let excess = kept > reserve ? takeOut(downTo: reserve) : nil
    apus_unlock(APUS_LOCK_POOL)
    freeAll(excess)
  }

  static func trim(to bytes: Int) {
    apus_lock(APUS_LOCK_POOL)
    let excess = takeOut(downTo: bytes)
    apus_unlock(APUS_LOCK_POOL)
    freeAll(excess)
  }

  /// Takes blocks out until at most `bytes` are kept; returns them as a list.
  private static func takeOut(downTo bytes: Int) -> Block? {
    var list: Block?
    while kept > bytes {
      if let block = bins[turn] {
        bins[turn] = block.load(as: Block?.self)
        kept -= sizes[turn]
        block.storeBytes(of: list, as: Block?.self)
        list = block
      }
      turn = turn + 1 == binCount ? 0 : turn + 1
    }
    return list
  }

  private static func freeAll(_ list: Block?) {
    var next = list
    while let block = next {
      next = block.load(as: Block?.self)
      GC_free(block)
    }
  }

  /// The inverse of `bin`.
  private static let sizes: [Int] = (0..<binCount).map { index in
    if index <= 16 { return index << 12 }
    let power = 16 + (index - 17) / 8
    return (1 << power) + (((index - 17) & 7) + 1) << (power - 3)
  }
}
