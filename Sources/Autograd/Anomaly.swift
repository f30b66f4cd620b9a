import Arrays

/// Anomaly mode: every node remembers where it was made, and passes look for nan:
/// `torch.autograd.set_detect_anomaly`.
public enum Anomaly {
  /// True on a thread where it is on.
  public static var isEnabled: Bool { Modes.current.contains(.anomaly) }

  /// True when passes look for nan.
  public static var checksNaN: Bool { isEnabled && ThreadContext.current.checksNaN }

  /// Switches it.
  public static func set(_ isOn: Bool, checksNaN: Bool = true) {
    Modes.set(.anomaly, isOn)
    ThreadContext.current.checksNaN = checksNaN
  }

  /// What the nodes that are made from now on remember as their origin.
  public static func setLabel(_ label: String?) { ThreadContext.current.label = label }

  /// Asked for the label of each node instead.
  package static func setLabelProvider(_ provider: (() -> String?)?) {
    ThreadContext.current.labelProvider = provider
  }

  /// Where the node was made in which the last pass of this thread failed, in anomaly mode.
  package static var errorOrigin: String? { ThreadContext.current.errorOrigin }
}

/// Where a node was made.
final class NodeOrigin: Sendable {
  /// What the program called the place.
  let label: String?
  let nodeName: String
  /// The origin of the node during whose run it was made, if that was in a backward pass.
  let parent: NodeOrigin?

  init(_ label: String?, of nodeName: String, parent: NodeOrigin?) {
    self.label = label
    self.nodeName = nodeName
    self.parent = parent
  }
}

extension Node {
  /// Keeps the label of now, and which node is running.
  @inline(never)
  final func rememberOrigin() {
    let context = ThreadContext.current
    let running = context.passes.last?.running?.takeUnretainedValue()
    ensuredExtras.origin = NodeOrigin(
      context.labelProvider?() ?? context.label, of: name,
      parent: running.map {
        $0.extras?.origin ?? NodeOrigin(nil, of: $0.name, parent: nil)
      })
  }

  /// The label of where the node was made, if it was in anomaly mode.
  public final var origin: String? { extras?.origin?.label }

  /// The name of the node during whose run this one was made, in anomaly mode, and the label of
  /// where that was made.
  package final var parent: (name: String, origin: String?)? {
    extras?.origin?.parent.map { ($0.nodeName, $0.label) }
  }
}

extension Pass {
  /// - Throws: `TensorError.runtime` when a gradient that `node` returned has a nan, unless nobody
  ///   wants to know.
  func checkNaN(_ gradients: Gradients, from node: Node) throws {
    if !ThreadContext.current.checksNaN { return }
    for (i, gradient) in gradients.enumerated() {
      guard let gradient, gradient.dtype.isDifferentiable,
        try gradient.innermostValue.array.containsNaN()
      else { continue }
      throw TensorError.runtime("Function '\(node.name)' returned nan values in its \(i)th output.")
    }
  }

  /// The error that a pass throws in anomaly mode where a node failed. Leaves warnings that say
  /// where the node was made, and where those were made that it was made for.
  @inline(never)
  func explained(_ error: any Error, in node: Node) -> any Error {
    let context = ThreadContext.current
    let origin = node.extras?.origin
    context.errorOrigin = context.errorOrigin ?? origin?.label
    if let label = origin?.label {
      context.warnings.append(
        "Error detected in \(node.name). Traceback of forward call that caused the "
          + "error:\n\(label)")
    } else {
      context.warnings.append(
        "Error detected in \(node.name). No forward pass information available. Enable detect "
          + "anomaly during forward pass for more information.")
    }
    var parent = origin?.parent
    while let next = parent {
      context.warnings.append(
        next.label.map {
          "\n\nPrevious calculation was induced by \(next.nodeName). Traceback of forward call "
            + "that induced the previous calculation:\n\($0)"
        }
          ?? "Error detected in \(next.nodeName). No forward pass information available. Enable "
          + "detect anomaly during forward pass for more information.")
      parent = next.parent
    }
    return (error as? TensorError)?.inAnomalyMode ?? error
  }
}

extension TensorError {
  /// The error about a changed tensor as it reads where anomaly mode is on.
  fileprivate var inAnomalyMode: TensorError? {
    guard case .modifiedInPlace = self, let end = message.start(of: " Hint: ") else { return nil }
    return .runtime(
      message[..<end]
        + " Hint: the backtrace further above shows the operation that failed to compute its "
        + "gradient. The variable in question was changed in there or anywhere later. Good luck!")
  }
}

extension String {
  /// Where another text begins within this one.
  fileprivate func start(of text: String) -> String.Index? {
    indices.first { self[$0...].hasPrefix(text) }
  }
}

extension Tensor {
  /// What a tensor of a transform stands for in the end.
  fileprivate var innermostValue: Tensor {
    var tensor = self
    while let layer = tensor.layer { tensor = layer.value }
    return tensor
  }
}

extension NDArray {
  /// True when an element is nan, which is larger than every number.
  fileprivate func containsNaN() throws -> Bool {
    if count == 0 { return false }
    return try reduced(.max, Dims(0..<rank), keepdim: false).item().double.isNaN
  }
}
