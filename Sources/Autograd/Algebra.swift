import Arrays
import Elements

/// The few operations on tensors that the engine itself needs.
///
/// The engine names no operator; whoever starts a backward pass hands these in. They are
/// differentiable, so that a pass with `createGraph` records itself.
package final class Algebra: Sendable {
  /// The sum of two tensors of one shape.
  package let add: @Sendable (Tensor, Tensor) throws -> Tensor
  /// The sum over the dimensions along which `sizes` was stretched.
  package let sumToSize: @Sendable (Tensor, Dims) throws -> Tensor
  /// The same numbers in another dtype.
  package let cast: @Sendable (Tensor, DType) throws -> Tensor
  /// A copy.
  package let clone: @Sendable (Tensor) throws -> Tensor
  /// A copy in a given dense layout.
  package let copy: @Sendable (Tensor, Layout) throws -> Tensor
  /// A view of the whole.
  package let alias: @Sendable (Tensor) throws -> Tensor
  /// Zeros.
  package let zeros: @Sendable (Dims, DType) throws -> Tensor
  /// Zeros with the sizes and the order of dimensions of a tensor, which differ between the examples
  /// of a `vmap` where it does.
  package let zerosLike: @Sendable (Tensor) throws -> Tensor
  /// Ones.
  package let ones: @Sendable (Dims, DType) throws -> Tensor
  /// The elements that a window shows of a tensor, copied.
  package let readWindow: @Sendable (Tensor, Window) throws -> Tensor
  /// Zeros of the whole's sizes to which the elements of the part are added.
  package let scatterWindow: @Sendable (Tensor, Window) throws -> Tensor
  /// A copy of the whole with zeros in the part.
  package let clearWindow: @Sendable (Tensor, Window) throws -> Tensor
  /// A view with dimensions of size one repeated.
  package let expand: @Sendable (Tensor, Dims) throws -> Tensor
  /// The same elements under another shape.
  package let reshape: @Sendable (Tensor, Dims) throws -> Tensor
  /// A view with the dimensions in another order.
  package let permute: @Sendable (Tensor, Dims) throws -> Tensor
  /// A view of one index of the first dimension.
  package let select: @Sendable (Tensor, Int) throws -> Tensor
  /// Tensors of one shape along a new first dimension.
  package let stack: @Sendable ([Tensor]) throws -> Tensor
  /// Writes the second tensor's elements into the first.
  package let copyInto: @Sendable (Tensor, Tensor) throws -> Tensor
  /// A view of the elements that a window shows, where the tensor lies in memory as the
  /// whole does; nil where it doesn't.
  package let part: @Sendable (Tensor, Window) throws -> Tensor?
  /// The complex conjugates; the tensor itself where it is real.
  package let conj: @Sendable (Tensor) throws -> Tensor
  /// The parts of complex numbers along a new last dimension, as a view.
  package let viewAsReal: @Sendable (Tensor) throws -> Tensor
  /// Pairs of numbers along the last dimension as complex numbers, as a view.
  package let viewAsComplex: @Sendable (Tensor) throws -> Tensor

  package init(
    add: @escaping @Sendable (Tensor, Tensor) throws -> Tensor,
    sumToSize: @escaping @Sendable (Tensor, Dims) throws -> Tensor,
    cast: @escaping @Sendable (Tensor, DType) throws -> Tensor,
    clone: @escaping @Sendable (Tensor) throws -> Tensor,
    copy: @escaping @Sendable (Tensor, Layout) throws -> Tensor,
    alias: @escaping @Sendable (Tensor) throws -> Tensor,
    zeros: @escaping @Sendable (Dims, DType) throws -> Tensor,
    zerosLike: @escaping @Sendable (Tensor) throws -> Tensor,
    ones: @escaping @Sendable (Dims, DType) throws -> Tensor,
    readWindow: @escaping @Sendable (Tensor, Window) throws -> Tensor,
    scatterWindow: @escaping @Sendable (Tensor, Window) throws -> Tensor,
    clearWindow: @escaping @Sendable (Tensor, Window) throws -> Tensor,
    expand: @escaping @Sendable (Tensor, Dims) throws -> Tensor,
    reshape: @escaping @Sendable (Tensor, Dims) throws -> Tensor,
    permute: @escaping @Sendable (Tensor, Dims) throws -> Tensor,
    select: @escaping @Sendable (Tensor, Int) throws -> Tensor,
    stack: @escaping @Sendable ([Tensor]) throws -> Tensor,
    copyInto: @escaping @Sendable (Tensor, Tensor) throws -> Tensor,
    part: @escaping @Sendable (Tensor, Window) throws -> Tensor?,
    conj: @escaping @Sendable (Tensor) throws -> Tensor,
    viewAsReal: @escaping @Sendable (Tensor) throws -> Tensor,
    viewAsComplex: @escaping @Sendable (Tensor) throws -> Tensor
  ) {
    self.add = add
    self.sumToSize = sumToSize
    self.cast = cast
    self.clone = clone
    self.copy = copy
    self.alias = alias
    self.zeros = zeros
    self.zerosLike = zerosLike
    self.ones = ones
    self.readWindow = readWindow
    self.scatterWindow = scatterWindow
    self.clearWindow = clearWindow
    self.expand = expand
    self.reshape = reshape
    self.permute = permute
    self.select = select
    self.stack = stack
    self.copyInto = copyInto
    self.part = part
    self.conj = conj
    self.viewAsReal = viewAsReal
    self.viewAsComplex = viewAsComplex
  }
}
