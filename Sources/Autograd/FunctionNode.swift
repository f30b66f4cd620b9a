import Arrays

/// The node that a call of a custom function leaves in the graph.
final class FunctionNode: Node, @unchecked Sendable {
  private let function: CustomFunction
  let context: FunctionContext
  /// Which of the caller's arguments are tensors; empty when all are.
  private let arguments: [Bool]

  init(_ function: CustomFunction, _ context: FunctionContext, arguments: [Bool] = []) {
    self.function = function
    self.context = context
    self.arguments = arguments
    super.init()
    if Modes.current.contains(.anomaly) { rememberOrigin() }
  }

  deinit { context.node = nil }

  override var name: String { function.name + "Backward" }

  /// Somebody may count on being called.
  override var runsWithoutGradients: Bool { true }

  override func apply(_ gradients: inout Gradients, _ pass: Pass) throws -> Gradients {
    guard let backward = function.backward else {
      throw TensorError.unsupported(
        "You must implement either the backward or vjp method for your custom autograd.Function to "
          + "use it with backward mode AD.")
    }
    var given = Array(gradients)
    gradients.removeAll()
    if context.materializesGrads {
      for i in given.indices where given[i] == nil {
        given[i] = try pass.algebra.zeros(outputs[i].layout.sizes, outputs[i].dtype)
      }
    }
    if function.onceDifferentiable {
      return try checked(Self.undifferentiable(given) { try backward(context, given) })
    }
    return try checked(backward(context, given))
  }

  /// One gradient for each input that is a tensor.
  private func checked(_ results: [Tensor?]) throws -> Gradients {
    let count = arguments.isEmpty ? edges.count : arguments.count
    if results.count < count || results.dropFirst(count).contains(where: { $0 != nil }) {
      throw TensorError.nodeGradientCount(node: name, expected: count, got: results.count)
    }
    var gradients = Gradients()
    for (i, result) in results.prefix(count).enumerated() {
      if arguments.isEmpty || arguments[i] {
        gradients.append(result)
      } else if result != nil {
        throw TensorError.runtime(
          "function \(name) returned a gradient different than None at position \(i + 1), but the "
            + "corresponding forward input was not a Variable")
      }
    }
    return gradients
  }

  /// Gradients that nobody can differentiate, and an error for whoever tries.
  private static func undifferentiable(
    _ given: [Tensor?], _ backward: () throws -> [Tensor?]
  ) throws -> [Tensor?] {
    let results = try GradMode.with(false, backward)
    guard GradMode.records, given.contains(where: { $0?.requiresGrad ?? false }) else {
      return results
    }
    let node = ErrorNode(
      "trying to differentiate twice a function that was marked with @once_differentiable")
    return results.map { result in
      guard let result, result.dtype.isDifferentiable else { return result }
      let alias = result.outsideOfGraph
      node.appendOutput(alias.array)
      alias.setHistory(node, node.outputs.count - 1)
      return alias
    }
  }

  override func releaseSaved() { context.releaseSaved() }

  override func visitReferences() {
    super.visitReferences()
    function.payload?.reach()
    context.visitReferences()
  }

  override func takeReferences(into stack: inout ReleaseStack) {
    context.takeReferences(into: &stack)
    super.takeReferences(into: &stack)
  }
}

extension Node {
  /// The context of a custom function's node; nil for other nodes.
  package var functionContext: FunctionContext? { (self as? FunctionNode)?.context }
}

/// The history of what can't be differentiated: PyTorch's `torch::autograd::Error`.
private final class ErrorNode: Node, @unchecked Sendable {
  private let words: String

  init(_ words: String) {
    self.words = words
    super.init()
  }

  override var name: String { "torch::autograd::Error" }

  override func apply(_ gradients: inout Gradients, _ pass: Pass) throws -> Gradients {
    throw TensorError.runtime(words)
  }
}

extension Tensor {
  /// The same numbers at the same level, without a history.
  var outsideOfGraph: Tensor { Tensor(array, layer.map { TensorExtras(layer: $0) }) }
}
