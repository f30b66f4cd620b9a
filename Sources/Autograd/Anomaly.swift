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

extension Node {
  /// Keeps the label of now, and which node is running.
  @inline(never)
  final func rememberOrigin() {
    let context = ThreadContext.current
    let extras = ensuredExtras
    extras.origin = context.labelProvider?() ?? context.label
    if let running = context.passes.last?.running {
      let parent = running.takeUnretainedValue()
      extras.parentName = parent.name
    }
  }

  /// The label of where the node was made, if it was in anomaly mode.
  public final var origin: String? { extras?.origin }
}

extension Pass {
  /// - Throws: `TensorError.runtime` when a gradient that `node` returned has a nan.
  func checkNaN(_ gradients: Gradients, from node: Node) throws {
    for (i, gradient) in gradients.enumerated() {
      guard let gradient, gradient.dtype.isFloatingPoint, try gradient.array.containsNaN() else {
        continue
      }
      throw TensorError.runtime("Function '\(node.name)' returned nan values in its \(i)th output.")
    }
  }
}

extension NDArray {
  /// True when an element is nan, which is larger than every number.
  fileprivate func containsNaN() throws -> Bool {
    if count == 0 { return false }
    return try reduced(.max, Dims(0..<rank), keepdim: false).item().double.isNaN
  }
}
