import Arrays
import CThread
import Synchronization

/// What ends a handle's life.
enum HandleMode: UInt32 {
  /// The collector, once nothing in C points to it.
  case collected
  /// The last release.
  case owned
}

/// Handles: what C holds of a Swift object. See `cells.h` for how they are collected.
///
/// A handle is checked whenever it comes back: any address can be passed, and one that is not a
/// handle, or was released, is an error and not undefined behaviour. An owned handle that was
/// released is recognised until its cell is used again, some two thousand handles later; a
/// collected one for as long as a pointer to it exists.
enum Handle {
  /// Which kind `make` makes.
  static let mode = Atomic<UInt32>(HandleMode.collected.rawValue)

  /// A new handle that holds `object`; nil, and an error, when there is no memory for it.
  @inline(__always)
  static func make<Object: AnyObject>(_ object: consuming Object) -> OpaquePointer? {
    let thread = Threads.current
    guard let cell = thread.pointee.free_cells ?? HandleCells.refill(thread) else {
      ErrorState.record(TensorError.outOfMemory(bytes: MemoryLayout<apus_cell>.size))
      return nil
    }
    thread.pointee.free_cells = cell.pointee.object?.assumingMemoryBound(to: apus_cell.self)
    // Until its state is written the cell is free, and the sweep leaves it alone. Initialising
    // memory moves the caller's reference; `Unmanaged.passRetained` would count another.
    UnsafeMutableRawPointer(apus_cell_object(cell)).assumingMemoryBound(to: Object.self)
      .initialize(to: object)
    if mode.load(ordering: .relaxed) == HandleMode.collected.rawValue {
      cell.pointee.retained = 0
      apus_cell_set_state(cell, UInt32(APUS_CELL_COLLECTED))
      CollectorAccount.add(thread, handles: CollectorAccount.handleBytes)
    } else {
      cell.pointee.retained = 1
      apus_cell_set_state(cell, UInt32(APUS_CELL_OWNED))
    }
    return OpaquePointer(cell)
  }

  /// What `handle` holds, for as long as the caller keeps the handle; nil when it holds nothing,
  /// and an error unless it is NULL.
  @inline(__always)
  static func borrow(_ handle: OpaquePointer?) -> Unmanaged<AnyObject>? {
    guard handle != nil, let cell = liveCell(handle), let object = cell.pointee.object else {
      return nil
    }
    return .fromOpaque(object)
  }

  /// Keeps a handle until it is released as often as it was retained.
  static func retain(_ handle: OpaquePointer?) -> Bool {
    guard let cell = liveCell(handle) else { return false }
    if apus_cell_retain(cell) { return true }
    ErrorState.record(TensorError.runtime("tensor handle was retained too often"))
    return false
  }

  /// Undoes one retain. The last release of an owned handle ends it; one release more than
  /// retains gives a collected handle back early.
  static func release(_ handle: OpaquePointer?) -> Bool {
    guard let cell = liveCell(handle) else { return false }
    let count = apus_cell_release(cell)
    if apus_cell_state(cell) == UInt32(APUS_CELL_OWNED) {
      if count > 1 { return true }
      return end(cell, from: UInt32(APUS_CELL_OWNED), to: UInt32(APUS_CELL_FREE))
    }
    if count > 0 { return true }
    return end(cell, from: UInt32(APUS_CELL_COLLECTED), to: UInt32(APUS_CELL_RELEASED))
  }

  /// Releases a handle once if it is an owned one; collected ones, NULL and what is no handle are
  /// left alone.
  static func endOwned(_ handle: OpaquePointer?) {
    guard let cell = UnsafeMutablePointer<apus_cell>(handle), apus_cell_plausible(cell),
      apus_cell_state(cell) == UInt32(APUS_CELL_OWNED)
    else { return }
    _ = release(handle)
  }

  /// The cells in use. Exact when no other thread is at work.
  static var liveCount: Int { Int(apus_cells_live()) }

  @inline(__always)
  private static func end(
    _ cell: UnsafeMutablePointer<apus_cell>, from: UInt32, to: UInt32
  ) -> Bool {
    let object = cell.pointee.object
    guard apus_cell_change_state(cell, from, to), let object else {
      ErrorState.record(TensorError.releasedHandle)
      return false
    }
    let thread = Threads.current
    if to == UInt32(APUS_CELL_FREE) {
      HandleCells.giveBack(cell, thread)
    } else {
      CollectorAccount.add(thread, handles: -CollectorAccount.earlyReleaseBytes)
    }
    Unmanaged<AnyObject>.fromOpaque(object).release()
    return true
  }

  @inline(__always)
  private static func liveCell(_ handle: OpaquePointer?) -> UnsafeMutablePointer<apus_cell>? {
    let cell = UnsafeMutablePointer<apus_cell>(handle)
    if let cell, apus_cell_plausible(cell), apus_cell_in_use(apus_cell_state(cell)) { return cell }
    reject(cell)
    return nil
  }

  @inline(never)
  private static func reject(_ cell: UnsafeMutablePointer<apus_cell>?) {
    let error: TensorError =
      if let cell { apus_cell_plausible(cell) ? .releasedHandle : .notAHandle } else {
        .nullArgument("tensor")
      }
    ErrorState.record(error)
  }
}
