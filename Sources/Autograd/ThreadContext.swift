import Arrays
import CThread

/// What makes every call on a thread take the long way. Zero nearly always, so that a call has one
/// word to look at.
package struct Modes: OptionSet, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Results are inference tensors.
  package static let inference = Modes(rawValue: 1)
  /// Calls are timed.
  package static let profiling = Modes(rawValue: 2)
  /// Nodes remember where they were made, and passes look for nan.
  package static let anomaly = Modes(rawValue: 4)
  /// Saved tensors are packed by somebody, or may not be saved.
  package static let savedTensorHooks = Modes(rawValue: 8)
  /// A transform is being evaluated.
  package static let transforms = Modes(rawValue: 16)

  /// Those of the calling thread.
  @inline(__always)
  package static var current: Modes {
    get { Modes(rawValue: apus_thread().pointee.modes) }
    set { apus_thread().pointee.modes = newValue.rawValue }
  }

  /// True when calls may take the short way.
  @inline(__always)
  package static var areOff: Bool { apus_thread().pointee.modes == 0 }

  /// Switches one of them.
  package static func set(_ mode: Modes, _ isOn: Bool) {
    if isOn { current.insert(mode) } else { current.remove(mode) }
  }
}

/// What the modes of a thread need to know. Made at the first need.
package final class ThreadContext {
  /// The transforms that are being evaluated, the outermost first.
  package var levels: [Level] = []
  /// How many of the levels see the calls that are made now: less than all while a level has a
  /// call carried out by those below it.
  package var depth = 0
  /// Who packs saved tensors, the innermost last.
  var savedTensorHooks: [SavedTensorHooks] = []
  /// Who copies saved tensors before they are changed.
  var savedTensorsGuard: SavedTensorsGuard?
  /// The message of each `withoutSavedTensorHooks` that is in force.
  var refusedHooks: [String] = []
  /// False where tangents are somebody else's business: in custom functions, which state their own.
  var carriesTangents = true
  /// The level of forward mode outside of transforms, while there is one.
  package var dualLevel: DualLevel?
  /// Backward passes that run on this thread, the innermost last.
  var passes: [Pass] = []
  /// What nodes made in anomaly mode are labelled with.
  package var label: String?
  /// Nodes that wait for their end; see `Burial`.
  var buried: [Node] = []
  var isBurying = false
  /// Asked for the label of every node made in anomaly mode.
  package var labelProvider: (() -> String?)?
  /// Whether anomaly mode looks for nan.
  package var checksNaN = true
  /// Where the node was made in which the last error of a pass came up.
  package var errorOrigin: String?
  /// Who counts calls.
  package var profiler: Profiler?
  /// What was counted last.
  var profile: Profile?
  /// What the program should hear of, but need not heed; the latest last.
  package var warnings: [String] = []

  /// The calling thread's.
  package static var current: ThreadContext {
    if let context = apus_thread().pointee.context {
      return Unmanaged<ThreadContext>.fromOpaque(context).takeUnretainedValue()
    }
    let context = ThreadContext()
    apus_thread().pointee.context = Unmanaged.passRetained(context).toOpaque()
    return context
  }

  /// Runs `body`, whose calls carry no tangents along.
  func withoutTangents<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = carriesTangents
    carriesTangents = false
    defer { carriesTangents = before }
    return try body()
  }

  /// Leaves a warning; each once until it is read.
  package func warn(_ words: String) {
    if !warnings.contains(words) { warnings.append(words) }
  }

  /// Leaves a warning that an operator has no batching rule.
  func warnOfLoop(over name: String) {
    warn(
      "There is a performance drop because we have not yet implemented the batching rule for "
        + "aten::\(name). Please file us an issue on GitHub so that we can prioritize its "
        + "implementation.")
  }

  /// At a thread's end.
  package static func end() {
    guard let context = apus_thread().pointee.context else { return }
    apus_thread().pointee.context = nil
    Unmanaged<ThreadContext>.fromOpaque(context).release()
  }
}
