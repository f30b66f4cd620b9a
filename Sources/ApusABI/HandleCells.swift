import CGC
import CThread
import Glibc

/// Where free cells come from and go to.
///
/// A thread takes cells from a chain of its own and gives owned ones back to a second chain.
/// Chains travel between threads through one queue, first in, first out, that never gets shorter
/// than `quarantine`: so a released cell stays recognisable for a while, and a thread that only
/// creates what another releases does not run dry.
enum HandleCells {
  typealias Cell = UnsafeMutablePointer<apus_cell>

  /// A chain in the queue.
  private struct Chain {
    var first: Cell
    var length: Int
  }

  private static let chainLength = 128
  private static let quarantine = 16

  private nonisolated(unsafe) static var queue: UnsafeMutablePointer<Chain>?
  private nonisolated(unsafe) static var capacity = 0
  private nonisolated(unsafe) static var first = 0
  private nonisolated(unsafe) static var count = 0
  private nonisolated(unsafe) static var used = 0
  nonisolated(unsafe) static var kind: UInt32 = 0

  /// Cells are a kind of their own, without pointers for the collector to follow, so that no
  /// other object shares a page with them.
  static func prepare() {
    kind = GC_new_kind(GC_new_free_list(), UInt(GC_DS_LENGTH), 0, 0)
  }

  /// Gives the thread a new chain and returns its first cell.
  @inline(never)
  static func refill(_ thread: Threads.Record) -> Cell? {
    apus_lock(APUS_LOCK_CELLS)
    if count > quarantine { thread.pointee.free_cells = dequeue()?.first }
    used += 1
    apus_unlock(APUS_LOCK_CELLS)
    if thread.pointee.free_cells == nil {
      let page = newPage()
      // A finalizer of the program that ran meanwhile may have left some, too.
      if let others = thread.pointee.free_cells { enqueue(others, length: 1) }
      thread.pointee.free_cells = page
    }
    return thread.pointee.free_cells
  }

  /// Takes a cell whose owner is done with it.
  @inline(__always)
  static func giveBack(_ cell: Cell, _ thread: Threads.Record) {
    cell.pointee.object = nil
    if let last = thread.pointee.released_last {
      last.pointee.object = UnsafeMutableRawPointer(cell)
    } else {
      thread.pointee.released_first = cell
    }
    thread.pointee.released_last = cell
    thread.pointee.released_count += 1
    if thread.pointee.released_count >= UInt32(chainLength) { handBackReleased(thread) }
  }

  /// Puts a chain of free cells into the queue. Without memory for a longer queue the cells stay
  /// out of use.
  static func enqueue(_ chain: Cell, length: Int) {
    apus_lock(APUS_LOCK_CELLS)
    defer { apus_unlock(APUS_LOCK_CELLS) }
    append(Chain(first: chain, length: length))
  }

  /// Returns pages to the collector when there are many more free cells than are in demand: each
  /// sweep looks at every cell there is. Only for the thread that drains.
  static func trim() {
    apus_lock(APUS_LOCK_CELLS)
    var excess = count - quarantine - 2 * used
    used = 0
    var pruned = false
    // The drain makes a chain of each page's dead cells, so whole pages are frequent.
    for _ in 0..<max(0, excess) {
      guard excess > 0, let chain = dequeue() else { break }
      if chain.length == Int(APUS_CELLS_IN_PAGE) {
        apus_cells_forget_page(chain.first)
        pruned = true
        excess -= 1
      } else {
        append(chain)
      }
    }
    apus_unlock(APUS_LOCK_CELLS)
    if pruned { apus_cells_prune() }
  }

  private static func dequeue() -> Chain? {
    guard count > 0, let queue else { return nil }
    let chain = queue[first]
    first = first + 1 == capacity ? 0 : first + 1
    count -= 1
    return chain
  }

  private static func append(_ chain: Chain) {
    if count == capacity {
      let larger = max(64, capacity * 2)
      guard let new = malloc(larger * MemoryLayout<Chain>.stride) else { return }
      let chains = new.bindMemory(to: Chain.self, capacity: larger)
      if let old = queue {
        for index in 0..<count { chains[index] = old[(first + index) % capacity] }
        free(old)
      }
      queue = chains
      capacity = larger
      first = 0
    }
    let index = first + count
    queue?[index < capacity ? index : index - capacity] = chain
    count += 1
  }

  /// At a thread's end.
  static func handBack(_ thread: Threads.Record) {
    handBackReleased(thread)
    // How long this one is nobody counted; it is not a whole page, because one cell was used.
    if let chain = thread.pointee.free_cells { enqueue(chain, length: 1) }
    thread.pointee.free_cells = nil
  }

  @inline(never)
  private static func handBackReleased(_ thread: Threads.Record) {
    if let chain = thread.pointee.released_first {
      enqueue(chain, length: Int(thread.pointee.released_count))
    }
    thread.pointee.released_first = nil
    thread.pointee.released_last = nil
    thread.pointee.released_count = 0
  }

  /// A page of cells from the collector, as a chain.
  ///
  /// Until the page is known to the sweep nothing marks its cells, so no collection may run
  /// meanwhile. libgc hands out a page's objects as one list, or, when it had to enlarge its heap
  /// first, one object and then the rest.
  private static func newPage() -> Cell? {
    Threads.register()
    apus_lock(APUS_LOCK_GROWTH)
    GC_disable()
    defer {
      GC_enable()
      apus_unlock(APUS_LOCK_GROWTH)
    }
    var chain: Cell?
    var length = 0
    while length < Int(APUS_CELLS_IN_PAGE) {
      var list: UnsafeMutableRawPointer?
      GC_generic_malloc_many(MemoryLayout<apus_cell>.size, Int32(kind), &list)
      guard list != nil else { return chain }
      while let object = list {
        list = object.load(as: UnsafeMutableRawPointer?.self)
        let page = UnsafeMutableRawPointer(bitPattern: UInt(bitPattern: object) & ~0xFFF)
        guard apus_cells_has_page(page) || apus_cells_add_page(page) else { return chain }
        let cell = object.bindMemory(to: apus_cell.self, capacity: 1)
        cell.initialize(
          to: apus_cell(state: UInt32(APUS_CELL_FREE), retained: 0, object: chain))
        chain = cell
        length += 1
      }
    }
    return chain
  }
}
