// What only some kinds of nodes have.

extension Node {
  /// The leaf of an accumulator, as long as it lives; nil for other nodes.
  package var accumulatedLeaf: Tensor? { (self as? AccumulateGrad)?.variable }

  /// The context of a custom function's node; nil for other nodes.
  package var functionContext: FunctionContext? { (self as? FunctionNode)?.context }
}
