import Arrays

/// Calls whose results never take part in a graph: `torch.inference_mode`.
public enum InferenceMode {
  /// True on a thread where it is on.
  public static var isEnabled: Bool { Modes.current.contains(.inference) }

  /// Switches it, and recording the other way; returns both as they were, for `restore`.
  package static func set(_ isOn: Bool) -> (inference: Bool, recording: Bool) {
    let before = (isEnabled, GradMode.isEnabled)
    Modes.set(.inference, isOn)
    GradMode.isEnabled = !isOn
    return before
  }

  /// Puts back what `set` returned.
  package static func restore(_ before: (inference: Bool, recording: Bool)) {
    Modes.set(.inference, before.inference)
    GradMode.isEnabled = before.recording
  }
}

/// Runs `body` in inference mode, or out of it.
public func inferenceMode<Result>(
  _ isOn: Bool = true, _ body: () throws -> Result
) rethrows -> Result {
  let before = InferenceMode.set(isOn)
  defer { InferenceMode.restore(before) }
  return try body()
}

extension GradMode {
  /// True when calls are recorded: recording is on, and inference mode is not, which wins.
  @inline(__always)
  static var records: Bool { isEnabled && !Modes.current.contains(.inference) }
}

extension Tensor {
  /// A tensor of numbers that come from outside: an inference tensor in inference mode.
  package static func created(_ array: NDArray) -> Tensor {
    let tensor = Tensor(array)
    tensor.isInference = InferenceMode.isEnabled
    return tensor
  }

  /// Counts a change in place that nobody else counted:
  /// `torch.autograd.graph.increment_version`.
  ///
  /// - Throws: `TensorError.runtime` for an inference tensor outside of inference mode.
  public func incrementVersion() throws {
    try checkInferenceUpdate()
    if !isInference { array.storage.version &+= 1 }
  }

  /// What a result in inference mode becomes, unless it is a view of a tensor from outside.
  func becomeInference(viewOf inputs: [Tensor?]) {
    if let base, !base.isInference { return }
    isInference = true
  }

  /// - Throws: `TensorError.runtime` for an inference tensor outside of inference mode.
  func checkInferenceUpdate() throws {
    if isInference && !InferenceMode.isEnabled {
      throw TensorError.runtime(
        "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a "
          + "clone to get a normal tensor before doing inplace update.See "
          + "https://github.com/pytorch/rfcs/pull/17 for more details.")
    }
  }
}
