import CThread
import Glibc

/// Blocks of up to 8 KiB, in 24 sizes, carved from slabs.
///
/// Each thread has a list for each size and needs no lock for it. Lists too long or empty are
/// evened out, a chain at a time, through common ones. Slabs stay what they are: what was once
/// used for small tensors will be again.
enum PoolSmall {
  typealias Block = UnsafeMutableRawPointer

  static let largest = 8192
  static let slab = 64 << 10

  /// One thread's blocks of one size, or the common chains of one size and the slab being carved.
  struct Bin {
    var first: Block?
    var count = 0
    var slabNext: Block?
    var slabLeft = 0
  }

  static let binCount = 24
  private nonisolated(unsafe) static let common: UnsafeMutablePointer<Bin> = {
    let bins = UnsafeMutablePointer<Bin>.allocate(capacity: binCount)
    bins.initialize(repeating: Bin(), count: binCount)
    return bins
  }()

  /// 64 to 512 in steps of 64, then four steps to each doubling.
  @inline(__always)
  static func bin(_ bytes: Int) -> Int {
    if bytes <= 512 { return max(0, (bytes - 1) >> 6) }
    let power = Int.bitWidth - 1 - (bytes - 1).leadingZeroBitCount
    return 8 + (power - 9) * 4 + (((bytes - 1) >> (power - 2)) & 3)
  }

  static func size(_ bin: Int) -> Int {
    if bin < 8 { return (bin + 1) << 6 }
    let power = 9 + (bin - 8) / 4
    return (1 << power) + (((bin - 8) & 3) + 1) << (power - 2)
  }

  @inline(__always)
  static func allocate(
    _ bytes: Int, _ thread: Threads.Record
  ) -> Block? {
    let index = bin(bytes)
    if let bins = thread.pointee.pool?.assumingMemoryBound(to: Bin.self),
      let block = bins[index].first
    {
      bins[index].first = block.load(as: Block?.self)
      bins[index].count -= 1
      return block
    }
    return refill(index, thread)
  }

  @inline(__always)
  static func deallocate(
    _ block: Block, _ bytes: Int, _ thread: Threads.Record
  ) {
    let index = bin(bytes)
    guard let bins = bins(thread) else { return giveChain(index, block, count: 1, last: block) }
    block.storeBytes(of: bins[index].first, as: Block?.self)
    bins[index].first = block
    bins[index].count += 1
    if bins[index].count >= 2 * chainLength(index) { flush(index, bins) }
  }

  static func handBack(_ thread: Threads.Record) {
    guard let bins = thread.pointee.pool?.assumingMemoryBound(to: Bin.self) else { return }
    for index in 0..<binCount {
      while bins[index].count > 0 { flush(index, bins) }
    }
    thread.pointee.pool = nil
    free(bins)
  }

  /// So many blocks travel together: up to 64, up to 32 KiB.
  @inline(__always)
  private static func chainLength(_ index: Int) -> Int {
    index < 8 ? 64 : max(4, 64 >> ((index - 8) / 4 + 1))
  }

  /// The thread's lists, made when first needed; nil without memory for them.
  @inline(__always)
  private static func bins(
    _ thread: Threads.Record
  ) -> UnsafeMutablePointer<Bin>? {
    if let bins = thread.pointee.pool { return bins.assumingMemoryBound(to: Bin.self) }
    return makeBins(thread)
  }

  @inline(never)
  private static func makeBins(
    _ thread: Threads.Record
  ) -> UnsafeMutablePointer<Bin>? {
    guard let memory = calloc(binCount, MemoryLayout<Bin>.stride) else { return nil }
    let bins = memory.bindMemory(to: Bin.self, capacity: binCount)
    bins.initialize(repeating: Bin(), count: binCount)
    thread.pointee.pool = memory
    apus_thread_enlist()
    _ = apus_thread_will_end()
    return bins
  }

  /// Takes a common chain, or carves one, and returns its first block.
  @inline(never)
  private static func refill(
    _ index: Int, _ thread: Threads.Record
  ) -> Block? {
    guard let bins = bins(thread) else { return nil }
    apus_lock(APUS_LOCK_POOL)
    if let chain = common[index].first {
      common[index].first = chain.load(fromByteOffset: 8, as: Block?.self)
      apus_unlock(APUS_LOCK_POOL)
      bins[index].first = chain.load(as: Block?.self)
      bins[index].count = chain.load(fromByteOffset: 16, as: Int.self) - 1
      return chain
    }
    apus_unlock(APUS_LOCK_POOL)
    return carve(index, bins)
  }

  /// Slabs are carved by the thread that fetched them.
  private static func carve(_ index: Int, _ bins: UnsafeMutablePointer<Bin>) -> Block? {
    let size = size(index)
    if bins[index].slabLeft < size {
      guard let slab = Pool.pages(slab) else { return nil }
      bins[index].slabNext = slab
      bins[index].slabLeft = Self.slab
    }
    guard let start = bins[index].slabNext else { return nil }
    bins[index].slabNext = start + size
    bins[index].slabLeft -= size
    return start
  }

  /// Moves a chain from the thread's list to the common ones.
  @inline(never)
  private static func flush(_ index: Int, _ bins: UnsafeMutablePointer<Bin>) {
    guard let chain = bins[index].first else { return }
    let count = min(bins[index].count, chainLength(index))
    var last = chain
    for _ in 1..<max(1, count) {
      guard let next = last.load(as: Block?.self) else { break }
      last = next
    }
    bins[index].first = last.load(as: Block?.self)
    bins[index].count -= count
    giveChain(index, chain, count: count, last: last)
  }

  private static func giveChain(_ index: Int, _ chain: Block, count: Int, last: Block) {
    last.storeBytes(of: nil, as: Block?.self)
    chain.storeBytes(of: count, toByteOffset: 16, as: Int.self)
    apus_lock(APUS_LOCK_POOL)
    chain.storeBytes(of: common[index].first, toByteOffset: 8, as: Block?.self)
    common[index].first = chain
    apus_unlock(APUS_LOCK_POOL)
  }
}
