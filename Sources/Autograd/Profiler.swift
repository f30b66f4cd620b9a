import Arrays
import CThread

/// Times every call of an operator on one thread, and every node of its backward passes:
/// `torch.profiler.profile`.
public final class Profiler {
  /// What is noted besides names and times.
  public struct Options: Sendable {
    /// The shapes of the tensors that operators are given.
    public var recordsShapes: Bool
    /// How many bytes of tensor memory were taken, less those given back.
    public var profilesMemory: Bool

    /// Notes only what is asked for.
    public init(recordsShapes: Bool = false, profilesMemory: Bool = false) {
      self.recordsShapes = recordsShapes
      self.profilesMemory = profilesMemory
    }
  }

  private let options: Options
  private let start = apus_clock_ns()
  private var events: [Profile.Event] = []
  /// Events that have not ended, the outermost first.
  private var open: [Open] = []

  private struct Open {
    let event: Int
    let bytes: Int64
  }

  private init(_ options: Options) { self.options = options }

  /// Begins on this thread.
  ///
  /// - Throws: `TensorError.runtime` when it has begun already.
  public static func start(_ options: Options = Options()) throws {
    let context = ThreadContext.current
    if context.profiler != nil {
      throw TensorError.runtime("Profiler is already enabled on this thread.")
    }
    context.profiler = Profiler(options)
    Modes.current.insert(.profiling)
  }

  /// Ends on this thread, and gives what was noted. What has not ended ends now.
  ///
  /// - Throws: `TensorError.runtime` when it has not begun.
  @discardableResult
  public static func stop() throws -> Profile {
    let context = ThreadContext.current
    guard let profiler = context.profiler else {
      throw TensorError.runtime("Can't disable the profiler when it's not running.")
    }
    Modes.current.remove(.profiling)
    context.profiler = nil
    profiler.close(downTo: 0)
    let profile = Profile(
      events: profiler.events, options: profiler.options,
      process: Int(apus_process_identifier()), thread: Int(apus_thread_identifier()))
    context.profile = profile
    return profile
  }

  /// What the last `stop` on this thread gave.
  public static var latest: Profile? { ThreadContext.current.profile }

  /// True on a thread on which it has begun.
  public static var isRunning: Bool { Modes.current.contains(.profiling) }

  /// Profiles `body`, which may throw.
  public static func profile(
    _ options: Options = Options(), _ body: () throws -> Void
  ) throws -> Profile {
    try start(options)
    do {
      try body()
    } catch {
      _ = try? stop()
      throw error
    }
    return try stop()
  }

  /// Begins a range of the program's own; nothing when no profiler runs.
  package static func beginRange(_ name: String) {
    guard Modes.current.contains(.profiling) else { return }
    let context = ThreadContext.current
    _ = context.profiler?.begin(.range, name, [], context)
  }

  /// Ends the innermost range of the program's own, if it is what began last.
  package static func endRange() {
    guard Modes.current.contains(.profiling), let profiler = ThreadContext.current.profiler,
      let last = profiler.open.last, profiler.events[last.event].kind == .range
    else { return }
    profiler.close(downTo: profiler.open.count - 1)
  }

  /// A call of an operator.
  func measure(
    _ name: String, _ inputs: [Tensor?], _ body: () throws -> [Tensor]
  ) rethrows -> [Tensor] {
    try measure(.operation, name, inputs, body)
  }

  /// Something that takes time, whatever it is; ends by an error, too.
  func measure<Result>(
    _ kind: Profile.Kind, _ name: String, _ inputs: [Tensor?] = [], _ body: () throws -> Result
  ) rethrows -> Result {
    let depth = begin(kind, name, inputs, .current)
    defer { close(downTo: depth) }
    return try body()
  }

  private func begin(
    _ kind: Profile.Kind, _ name: String, _ inputs: [Tensor?], _ context: ThreadContext
  ) -> Int {
    let depth = open.count
    let shapes =
      options.recordsShapes && kind == .operation
      ? inputs.map { $0.map { Array($0.shape) } ?? [] } : nil
    let parent = open.last?.event
    open.append(Open(event: events.count, bytes: apus_thread().pointee.profiled_bytes))
    events.append(
      Profile.Event(
        kind: kind, label: name, shapes: shapes, isBackward: !context.passes.isEmpty,
        parent: parent, start: 0))
    // Taken last, so that what came before counts for whoever began earlier.
    events[events.count - 1].start = apus_clock_ns() - start
    return depth
  }

  /// Ends what began last, until `depth` events are open. None are when the profiler has stopped.
  private func close(downTo depth: Int) {
    let now = apus_clock_ns() - start
    while open.count > depth, let last = open.popLast() {
      let i = last.event
      events[i].duration = now - events[i].start
      events[i].bytes = Int(apus_thread().pointee.profiled_bytes - last.bytes)
      if let parent = events[i].parent {
        events[parent].durationOfParts += events[i].duration
        events[parent].bytesOfParts += events[i].bytes
      }
    }
  }
}

/// Gives what `body` does a name in the profile: `torch.profiler.record_function`.
public func recordFunction<Result>(
  _ name: String, _ body: () throws -> Result
) rethrows -> Result {
  guard Modes.current.contains(.profiling), let profiler = ThreadContext.current.profiler else {
    return try body()
  }
  return try profiler.measure(.range, name, [], body)
}
