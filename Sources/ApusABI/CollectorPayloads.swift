import Autograd
import CGC
import CThread

/// What a collection asks the engine; see `payloads.h`. It does so while every thread is stopped:
/// nothing in here may allocate or wait.
enum CollectorPayloads {
  static func install() {
    apus_payloads_init(
      apus_reach_functions(
        base: { GC_base($0) },
        kind_and_size: { object, size in
          object.map { GC_get_kind_and_size($0, size) } ?? 0
        },
        is_marked: { object in object.map { GC_is_marked($0) } ?? 1 },
        set_mark: { object in if let object { GC_set_mark_bit(object) } },
        heap_size: {
          var figures = GC_prof_stats_s()
          // The one that takes no lock.
          _ = GC_get_prof_stats_unsafe(&figures, MemoryLayout<GC_prof_stats_s>.size)
          return Int(figures.heapsize_full)
        },
        // A collection in steps goes on while objects change; one on several threads would have to
        // take turns here.
        can_trace: { GC_is_incremental_mode() == 0 && GC_get_parallel() == 0 },
        push_all: { start, end in GC_push_all_eager(start, end) },
        push_other_roots: GC_get_push_other_roots(),
        object: { object in if let object { CollectorPayloads.visit(object) } },
        expand: { noted in if let noted { Reach.expand(noted) } },
        forget: { noted in if let noted { Reach.forget(noted) } }))
    GC_set_push_other_roots { apus_payloads_push_roots() }
    // The first use of a class may allocate.
    let other = Unused()
    withExtendedLifetime(other) { visit(Unmanaged.passUnretained(other).toOpaque()) }
  }

  private final class Unused {}

  /// What a handle holds.
  private static func visit(_ pointer: UnsafeMutableRawPointer) {
    Unmanaged<AnyObject>.fromOpaque(pointer)._withUnsafeGuaranteedRef { object in
      let type: AnyObject.Type = type(of: object)
      if type == Tensor.self {
        Reach.visit(unsafeDowncast(object, to: Tensor.self))
      } else if type == NodeBox.self {
        Reach.visit(unsafeDowncast(object, to: NodeBox.self).node)
      } else if type == FunctionContext.self {
        unsafeDowncast(object, to: FunctionContext.self).visitReferences()
      }
    }
  }
}
