import CThread

/// Whether operations on this thread record a graph. A new thread starts with recording on.
public enum GradMode {
  /// True when operations record.
  public static var isEnabled: Bool {
    get { !apus_thread().pointee.grad_disabled }
    set { apus_thread().pointee.grad_disabled = !newValue }
  }

  /// Runs `body` with recording on or off, and restores the mode afterwards.
  public static func with<Result>(
    _ enabled: Bool, _ body: () throws -> Result
  ) rethrows -> Result {
    let before = isEnabled
    isEnabled = enabled
    defer { isEnabled = before }
    return try body()
  }
}

/// Runs `body` without recording: PyTorch's `torch.no_grad()`.
public func noGrad<Result>(_ body: () throws -> Result) rethrows -> Result {
  try GradMode.with(false, body)
}

/// Runs `body` with recording: PyTorch's `torch.enable_grad()`.
public func enableGrad<Result>(_ body: () throws -> Result) rethrows -> Result {
  try GradMode.with(true, body)
}
