/// What a profiler noted on one thread.
public struct Profile: Sendable {
  /// What an event is.
  public enum Kind: Sendable {
    /// A call of an operator.
    case operation
    /// A range that the program named.
    case range
    /// The formulas of a node in a backward pass.
    case node
    /// A node with its hooks, and the sums that its results become part of.
    case evaluation
  }

  /// Something that took time.
  public struct Event: Sendable {
    /// What it is.
    public let kind: Kind
    /// The operator's, the range's or the node's name.
    let label: String
    /// The shapes of the tensors given, if they were asked for.
    public let shapes: [[Int]]?
    /// True within a backward pass.
    public let isBackward: Bool
    /// The event within which this one took place, by position.
    public let parent: Int?
    /// When it began, in nanoseconds since the profiler did.
    public internal(set) var start: UInt64
    /// How long it took, in nanoseconds.
    public internal(set) var duration: UInt64 = 0
    /// Tensor memory that was taken meanwhile, less what was given back.
    public internal(set) var bytes = 0
    var durationOfParts: UInt64 = 0
    var bytesOfParts = 0

    init(
      kind: Kind, label: String, shapes: [[Int]]?, isBackward: Bool, parent: Int?, start: UInt64
    ) {
      self.kind = kind
      self.label = label
      self.shapes = shapes
      self.isBackward = isBackward
      self.parent = parent
      self.start = start
    }

    /// PyTorch's name of it: `aten::mul`, `MulBackward0`.
    public var name: String {
      switch kind {
      case .operation: "aten::" + label
      case .range, .node: label
      case .evaluation: "autograd::engine::evaluate_function: " + label
      }
    }

    /// The duration without that of events within this one.
    public var selfDuration: UInt64 { duration - min(duration, durationOfParts) }
    /// The bytes without those of events within this one.
    public var selfBytes: Int { bytes - bytesOfParts }
  }

  /// Everything, in the order in which it began.
  public let events: [Event]
  /// What was asked for.
  package let options: Profiler.Options
  /// Numbers of the process and of the thread.
  let process, thread: Int

  /// The events of one name together.
  ///
  /// - Parameters:
  ///   - byShape: only where the shapes are the same.
  ///   - byPass: only where both belong to a backward pass, or neither does.
  public func keyAverages(byShape: Bool = false, byPass: Bool = false) -> KeyAverages {
    var rows: [KeyAverages.Row] = []
    var positions: [Key: Int] = [:]
    for event in events {
      let key = Key(
        name: event.name, shapes: byShape ? event.shapes ?? [] : nil,
        isBackward: byPass && event.isBackward)
      let position = positions[key] ?? rows.count
      if position == rows.count {
        positions[key] = position
        rows.append(KeyAverages.Row(name: key.name, shapes: key.shapes ?? []))
      }
      rows[position].add(event)
    }
    return KeyAverages(
      rows: rows, showsMemory: options.profilesMemory,
      showsShapes: byShape && options.recordsShapes)
  }

  private struct Key: Hashable {
    let name: String
    let shapes: [[Int]]?
    let isBackward: Bool
  }
}

/// Events by name, as `Profile.keyAverages` puts them together.
public struct KeyAverages: Sendable {
  /// All events of one name.
  public struct Row: Sendable {
    /// The name.
    public let name: String
    /// The shapes of the arguments, where rows differ by them.
    public let shapes: [[Int]]
    /// The number of events.
    public private(set) var calls = 0
    /// The number of those in a backward pass.
    public private(set) var backwardCalls = 0
    /// Nanoseconds, with what took place within.
    public private(set) var total: UInt64 = 0
    /// Nanoseconds, without.
    public private(set) var own: UInt64 = 0
    /// Nanoseconds without what took place within, in backward passes.
    public private(set) var ownBackward: UInt64 = 0
    /// Bytes taken less bytes given back, with what took place within.
    public private(set) var bytes = 0
    /// The same without.
    public private(set) var ownBytes = 0

    init(name: String, shapes: [[Int]]) {
      self.name = name
      self.shapes = shapes
    }

    mutating func add(_ event: Profile.Event) {
      calls += 1
      total += event.duration
      own += event.selfDuration
      if event.isBackward {
        backwardCalls += 1
        ownBackward += event.selfDuration
      }
      bytes += event.bytes
      ownBytes += event.selfBytes
    }
  }

  /// In the order of each name's first event.
  public let rows: [Row]
  let showsMemory, showsShapes: Bool

  /// The time that events took, each counted once, in nanoseconds.
  public var total: UInt64 { rows.reduce(0) { $0 + $1.own } }
  /// The part of it that belongs to backward passes.
  public var totalBackward: UInt64 { rows.reduce(0) { $0 + $1.ownBackward } }
}
