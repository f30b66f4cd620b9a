import Arrays
import Elements

// The dtype in which a leaf's gradient is kept: PyTorch's `grad_dtype`.

extension Tensor {
  /// The dtype in which the gradient of this leaf is kept, its own unless another was chosen; nil
  /// for any.
  ///
  /// - Throws: `TensorError.runtime` for a tensor that a recorded operation made.
  public var gradDType: DType? {
    get throws {
      guard try isLeaf else {
        throw TensorError.runtime("grad_dtype can only be accessed on leaf tensors.")
      }
      return keptGradDType
    }
  }

  /// Has the gradient of this leaf kept in another dtype, to which what arrives is converted; with
  /// nil, in that of what arrives first.
  ///
  /// - Throws: `TensorError.runtime` for a tensor that a recorded operation made, and where there
  ///   is a gradient of another dtype.
  public func setGradDType(_ dtype: DType?) throws {
    if let dtype, let present = gradient, present.dtype != dtype {
      throw TensorError.runtime(
        "Cannot set grad_dtype to '\(dtype.scalarTypeName)' because there is already a gradient "
          + "with dtype '\(present.dtype.compilerName)'. Please clear the gradient (.grad = None) "
          + "before changing grad_dtype, or ensure the new grad_dtype matches the existing "
          + "gradient's dtype."
      )
    }
    guard try isLeaf else {
      throw TensorError.runtime("grad_dtype can only be set on leaf tensors.")
    }
    let accumulator = accumulator ?? AccumulateGrad(self)
    self.accumulator = accumulator
    accumulator.keepGradient(in: dtype)
  }

  /// As `gradDType`, of any tensor.
  var keptGradDType: DType? {
    guard node == nil, let accumulator else { return dtype }
    return accumulator.gradientDType
  }
}
