import Arrays

/// The node of a tensor whose gradient is lost on the way: what gradcheck asks functions to bear.
final class UndefinedGradient: Node, @unchecked Sendable {
  init(_ tensor: Tensor) throws {
    super.init()
    appendOutput(tensor.array)
    append(try tensor.gradientEdge)
  }

  override var name: String { "UndefinedGradBackward0" }

  override func apply(_ gradients: inout Gradients, _ pass: Pass) throws -> Gradients {
    Gradients(nil)
  }
}

extension Tensor {
  /// The same numbers; the gradient that arrives here is dropped, which is not the same as zero.
  package func losingGradient() throws -> Tensor {
    let tensor = Tensor(array, extras)
    tensor.setHistory(try UndefinedGradient(self))
    return tensor
  }
}
