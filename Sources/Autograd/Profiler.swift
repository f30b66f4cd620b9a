import Arrays

/// Placeholder
package final class Profiler {
  func measure(_ name: String, _ inputs: [Tensor?], _ body: () throws -> [Tensor]) rethrows -> [Tensor] {
    try body()
  }
}
