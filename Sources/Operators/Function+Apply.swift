import Arrays
import Autograd

extension Function {
  /// Calls the function.
  ///
  /// - Throws: what its callbacks throw, and `TensorError` in PyTorch's words.
  public static func apply(_ inputs: [Tensor]) throws -> [Tensor] {
    try CustomFunction(Self.self).apply(inputs)
  }
}

extension CustomFunction {
  /// Calls the function.
  ///
  /// - Throws: what its callbacks throw, and `TensorError` in PyTorch's words.
  public func apply(_ inputs: [Tensor]) throws -> [Tensor] { try apply(inputs, .operators) }
}
