import Arrays
import Autograd
import Elements

// Products for all examples of a `vmap`: of the matrices of a stack, or of one large matrix where
// the examples share the other one.

extension Ops {
  /// True when one example's operands have the given ranks, one dtype, and sizes that fit.
  static func fits(_ batch: Batch, _ left: Int, _ right: Int) -> Bool {
    batch.rank(0) == left && batch.rank(1) == right
      && batch.input(0).dtype == batch.input(1).dtype
      && batch.sizes(0).last == batch.sizes(1)[Swift.max(right - 2, 0)]
  }

  /// Products of matrices, of which those that differ between the examples are stacked.
  static func products(
    _ x: Tensor, _ y: Tensor, _ isStackedX: Bool, _ isStackedY: Bool
  ) throws -> Tensor {
    if !isStackedX && !isStackedY { return try x.mm(y) }
    if isStackedX && isStackedY { return try x.bmm(y) }
    if isStackedY { return try x.expand(x.shape.following(y.shape[0])).bmm(y) }
    let rows = try x.reshape([x.shape[0] * x.shape[1], x.shape[2]])
    return try rows.mm(y).reshape([x.shape[0], x.shape[1], y.shape[1]])
  }

  /// Products of stacks of matrices. Examples that share one operand become rows or columns of the
  /// other's matrices.
  static func stackedProducts(_ batch: Batch) throws -> Tensor {
    let (x, y) = (batch.input(0), batch.input(1))
    let (left, right) = (batch.sizes(0), batch.sizes(1))
    guard left[0] == right[0] else { return try batch.refusing()[0] }
    let (count, rows, inner, columns) = (left[0], left[1], left[2], right[2])
    let size = batch.size
    if batch.isBatched[0] && batch.isBatched[1] {
      let product = try x.reshape([size * count, rows, inner])
        .bmm(y.reshape([size * count, inner, columns]))
      return try product.reshape([size, count, rows, columns])
    }
    if batch.isBatched[0] {
      let stack = try x.transpose(dim0: 0, dim1: 1).reshape([count, size * rows, inner])
      return try stack.bmm(y).reshape([count, size, rows, columns]).transpose(dim0: 0, dim1: 1)
    }
    let stack = try y.permute([1, 2, 0, 3]).reshape([count, inner, size * columns])
    return try x.bmm(stack).reshape([count, rows, size, columns]).permute([2, 0, 1, 3])
  }

  /// `addmm` of all examples.
  static func sumOfProducts(
    _ batch: Batch, _ scale: (beta: Scalar, alpha: Scalar)
  ) throws -> Tensor {
    let (bias, x, y) = (batch.input(0), batch.input(1), batch.input(2))
    let (left, right) = (batch.sizes(1), batch.sizes(2))
    guard left.count == 2, right.count == 2, left[1] == right[0], x.dtype == y.dtype,
      bias.dtype == x.dtype, batch.sizes(0).isExpandable(to: [left[0], right[1]])
    else { return try batch.refusing()[0] }
    let sizes = Dims([batch.size, left[0], right[1]])
    let isOneRow = bias.rank < 2 || bias.shape[0] == 1
    if !batch.isBatched[0] && isOneRow && !batch.isBatched[2] {
      let rows = try x.reshape([batch.size * left[0], left[1]])
      return try addmm(bias, rows, y, scale).reshape(sizes)
    }
    let beta = try scale.beta.cut(to: x.dtype)
    let alpha = try scale.alpha.cut(to: x.dtype)
    var sum: Tensor?
    if !alpha.isZero {
      sum = try products(x, y, batch.isBatched[1], batch.isBatched[2]).times(alpha)
    }
    if !beta.isZero {
      let term = try batch.aligned(0, rank: 2).times(beta)
      sum = try sum.map { try term + $0 } ?? term
    }
    let result = try sum ?? .zeros(sizes, dtype: x.dtype)
    // Nothing may share memory with the arguments, or between the examples.
    return result.shape == sizes && !alpha.isZero
      ? result : try result.expand(sizes).clone()
  }
}
