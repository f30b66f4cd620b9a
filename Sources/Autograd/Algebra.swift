import Arrays
import Elements

/// The few operations on tensors that the engine itself needs.
///
/// The engine names no operator; whoever starts a backward pass hands these in. They are
/// differentiable, so that a pass with `createGraph` records itself.
package struct Algebra: Sendable {
  package typealias Windowed = @Sendable (Tensor, Layout, _ offset: Int) throws -> Tensor

  /// The sum of two tensors of one shape.
  package let add: @Sendable (Tensor, Tensor) throws -> Tensor
  /// The sum over the dimensions along which `sizes` was stretched.
  package let sumToSize: @Sendable (Tensor, Dims) throws -> Tensor
  /// The same numbers in another dtype.
  package let cast: @Sendable (Tensor, DType) throws -> Tensor
  /// A copy.
  package let clone: @Sendable (Tensor) throws -> Tensor
  /// Zeros.
  package let zeros: @Sendable (Dims, DType) throws -> Tensor
  /// Ones.
  package let ones: @Sendable (Dims, DType) throws -> Tensor
  /// The elements of a tensor that a layout, counted from its first element, selects.
  package let window: Windowed
  /// A copy of a tensor in which the elements that the layout selects are the given ones, or zero.
  package let replaceWindow: @Sendable (Tensor, Layout, _ offset: Int, Tensor?) throws -> Tensor
  /// Zeros of the base's layout, to which the given elements are added where the layout selects.
  package let scatterWindow:
    @Sendable (Tensor, _ base: Layout, Layout, _ offset: Int) throws -> Tensor

  package init(
    add: @escaping @Sendable (Tensor, Tensor) throws -> Tensor,
    sumToSize: @escaping @Sendable (Tensor, Dims) throws -> Tensor,
    cast: @escaping @Sendable (Tensor, DType) throws -> Tensor,
    clone: @escaping @Sendable (Tensor) throws -> Tensor,
    zeros: @escaping @Sendable (Dims, DType) throws -> Tensor,
    ones: @escaping @Sendable (Dims, DType) throws -> Tensor,
    window: @escaping Windowed,
    replaceWindow: @escaping @Sendable (Tensor, Layout, Int, Tensor?) throws -> Tensor,
    scatterWindow: @escaping @Sendable (Tensor, Layout, Layout, Int) throws -> Tensor
  ) {
    self.add = add
    self.sumToSize = sumToSize
    self.cast = cast
    self.clone = clone
    self.zeros = zeros
    self.ones = ones
    self.window = window
    self.replaceWindow = replaceWindow
    self.scatterWindow = scatterWindow
  }
}
