import Arrays
import Autograd

// Changes of a tensor's sizes and strides in place. The numbers stay where they are.

extension Tensor {
  /// Takes out the dimensions of size one.
  ///
  /// - Throws: what changes in place throw.
  @discardableResult
  public func squeeze_() throws -> Tensor {
    try become { try $0.squeeze() }
    return self
  }

  /// Takes out a dimension if it is of size one.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, what changes in place throw.
  @discardableResult
  public func squeeze_(dim: Int) throws -> Tensor {
    try become { try $0.squeeze(dim: dim) }
    return self
  }

  /// Inserts a dimension of size one.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, what changes in place throw.
  @discardableResult
  public func unsqueeze_(dim: Int) throws -> Tensor {
    try become { try $0.unsqueeze(dim: dim) }
    return self
  }

  /// Exchanges two dimensions.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, what changes in place throw.
  @discardableResult
  public func transpose_(dim0: Int, dim1: Int) throws -> Tensor {
    try become { try $0.transpose(dim0: dim0, dim1: dim1) }
    return self
  }

  /// Exchanges the two dimensions of a matrix.
  ///
  /// - Throws: `TensorError` for more than two dimensions, what changes in place throw.
  @discardableResult
  public func t_() throws -> Tensor {
    try become { try $0.t() }
    return self
  }
}
