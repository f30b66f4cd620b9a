import Apus

@testable import Arrays
@testable import Autograd
@testable import Operators

/// A tensor of the given numbers; a vector when no shape is given.
func tensor(
  _ numbers: [Double], _ shape: Dims? = nil, _ dtype: DType = .float32
) throws -> Tensor {
  let array = try NDArray(uninitialized: shape ?? [numbers.count], dtype)
  for (i, number) in numbers.enumerated() {
    Scalar.double(number).store(to: array.base + i * dtype.size, as: dtype)
  }
  return Tensor(array)
}

/// The same as a leaf that requires a gradient.
func leaf(
  _ numbers: [Double], _ shape: Dims? = nil, _ dtype: DType = .float32
) throws -> Tensor {
  let leaf = try tensor(numbers, shape, dtype)
  try leaf.setRequiresGrad(true)
  return leaf
}

/// A 0-d leaf.
func scalarLeaf(_ number: Double, _ dtype: DType = .float32) throws -> Tensor {
  try leaf([number], [], dtype)
}

/// The message of the error that `body` throws.
func words(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch let error as TensorError {
    return error.message
  } catch {
    return "\(error)"
  }
}

extension Tensor {
  /// The elements as doubles.
  var numbers: [Double] { elements.map(\.double) }
}

/// PyTorch's words.
enum Words {
  static let freed =
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    + "they have already been freed). Saved intermediate values of the graph are freed when you "
    + "call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward "
    + "through the graph a second time or if you need to access saved tensors after calling "
    + "backward."
  static let notScalar = "grad can be implicitly created only for scalar outputs"
  static let leaf =
    "a leaf Variable that requires grad is being used in an in-place operation."
  static let leafView =
    "a view of a leaf Variable that requires grad is being used in an in-place operation."
  static let noRetain = "can't retain_grad on Tensor that has requires_grad=False"
  static let several =
    " This view is the output of a function that returns multiple views. Such functions do not "
    + "allow the output views to be modified inplace. You should replace the inplace operation by "
    + "an out-of-place one."
  static let ambiguous =
    " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your "
    + "code by moving both the view and the inplace either both inside the no_grad block (if you "
    + "don't want the inplace to be tracked) or both outside (if you want the inplace to be "
    + "tracked)."
  static let repeated =
    "unsupported operation: more than one element of the written-to tensor refers to a single "
    + "memory location. Please clone() the tensor before performing the operation."
  static let overlapping =
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to "
    + "a single memory location. Please clone() the tensor before performing the operation."

  static func noGradient(_ position: Int) -> String {
    "element \(position) of tensors does not require grad and does not have a grad_fn"
  }

  /// The message about a saved tensor that was changed.
  static func changed(
    _ tensor: String, by producer: String? = nil, at version: Int = 1, expected: Int = 0
  ) -> String {
    "one of the variables needed for gradient computation has been modified by an inplace "
      + "operation: [\(tensor)]" + (producer.map { ", which is output \($0)," } ?? "")
      + " is at version \(version); expected version \(expected) instead. Hint: enable anomaly "
      + "detection to find the operation that failed to compute its gradient, with "
      + "torch.autograd.set_detect_anomaly(True, check_nan=False)."
  }
}
