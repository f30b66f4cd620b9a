import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

/// Tensors to reduce.
protocol WithExamples {}

extension WithExamples {
  /// 0 to 5 in two rows.
  var x: Tensor { get throws { try .of([0, 1, 2, 3, 4, 5], .float32, [2, 3]) } }
  /// 0 to 11: two elements of a batch, three classes, two places.
  var cube: Tensor {
    get throws { try .of((0..<12).map { .int($0) }, .float32, [2, 3, 2]) }
  }
  /// No rows of three.
  var empty: Tensor { get throws { try .of([], .float32, [0, 3]) } }
  var integers: Tensor { get throws { try .of([1, 2], .int64) } }
  var truths: Tensor { get throws { try .of([true, false], .bool) } }
  /// A class for each row of `x`.
  var classes: Tensor { get throws { try .of([0, 2], .int64) } }
  /// A factor for each class.
  var weight: Tensor { get throws { try .of([1, 2, 3]) } }
  /// One that asks for a gradient.
  var leafWeight: Tensor {
    get throws {
      let weight = try weight
      try weight.setRequiresGrad(true)
      return weight
    }
  }
}

extension Tensor {
  /// A tensor of equal elements.
  static func of(
    _ shape: Dims, filledWith value: Scalar, _ dtype: DType = .float32
  ) throws -> Tensor {
    Tensor(try .full(shape, value, dtype))
  }
}

/// Checks that a call gives what PyTorch printed, lines joined, or its exception.
func pytorch(
  _ text: String, _ sourceLocation: SourceLocation = #_sourceLocation,
  _ call: () throws -> Tensor
) {
  #expect(outcome { "\(try call())" } == text, sourceLocation: sourceLocation)
}

/// The same for a call with two results.
func pytorch(
  _ text: String, _ sourceLocation: SourceLocation = #_sourceLocation,
  _ call: () throws -> (values: Tensor, indices: Tensor)
) {
  let actual = outcome {
    let result = try call()
    return "\(result.values) \(result.indices)"
  }
  #expect(actual == text, sourceLocation: sourceLocation)
}

/// Checks that a function of a float32 leaf gives what PyTorch printed: its value, and the gradient
/// of its sum.
func gradient(
  _ text: String, of values: [Scalar], _ shape: Dims? = nil,
  _ sourceLocation: SourceLocation = #_sourceLocation, _ function: (Tensor) throws -> Tensor
) {
  let actual = outcome {
    let leaf = try Tensor.of(values, .float32, shape)
    try leaf.setRequiresGrad(true)
    let result = try function(leaf)
    let ones = try Tensor.of(result.shape, filledWith: 1, result.dtype)
    let gradient = try grad([result], [leaf], gradients: [ones])[0]
    return "\(result) \(gradient.map { "\($0)" } ?? "None")"
  }
  #expect(actual == text, sourceLocation: sourceLocation)
}

/// The text, on one line, or Python's words for what was thrown.
private func outcome(_ text: () throws -> String) -> String {
  do {
    let lines = try text().split(separator: "\n")
    return lines.map { $0.drop { $0 == " " } }.joined(separator: " ")
  } catch let error as TensorError {
    let exception =
      switch error.kind {
      case .index: "IndexError"
      case .value: "ValueError"
      case .type: "TypeError"
      case .notImplemented: "NotImplementedError"
      default: "RuntimeError"
      }
    return "\(exception): \(error.message)"
  } catch {
    return "\(error)"
  }
}
