import Arrays
import Autograd

// The matrix product of any ranks, out of those of fixed ranks.

extension Ops {
  package static let matmul = Operator<Void>(
    "matmul(Tensor self, Tensor other) -> Tensor",
    """
    Matrix product of two tensors, by their ranks.

    Two vectors give their scalar product, a matrix and a vector a vector, two matrices a matrix.
    With more dimensions the last two are matrices, those before them are batches and broadcast; a
    vector stands for a row on the left and a column on the right, which disappears again.
    Errors: 0-d tensors, sizes that do not fit, different dtypes, bool. Derivative: that of `mm`.
    """,
    gradName: "MmBackward0",
    forward: .composedTwo { x, y, _ in
      switch (x.rank, y.rank) {
      case (0, _), (_, 0):
        throw TensorError.runtime(
          "both arguments to matmul need to be at least 1D, but they are \(x.rank)D and "
            + "\(y.rank)D")
      case (1, 1): return try x.dot(y)
      case (2, 1): return try x.mv(y)
      case (1, 2): return try squeezedRow(x.unsqueeze(dim: 0).mm(y), ())
      case (2, 2): return try x.mm(y)
      default: return try shouldFold(x, y) ? folded(x, y) : batched(x, y)
      }
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([3]), SampleInput([3])),
      Sample(SampleInput([2, 3]), SampleInput([3])),
      Sample(SampleInput([3]), SampleInput([3, 2])),
      Sample(SampleInput([2, 3]), SampleInput([3, 2])),
      Sample(SampleInput([2, 2, 3]), SampleInput([3, 2])),
      Sample(SampleInput([2, 3]), SampleInput([2, 3, 1])),
      Sample(SampleInput([2, 1, 3], transposed: true), SampleInput([3])),
      Sample(SampleInput([2, 1, 2, 2]), SampleInput([2, 2, 1])),
      Sample(SampleInput([3]), SampleInput([2, 3, 2])),
      Sample(SampleInput([2, 2, 0]), SampleInput([0, 2])),
    ])

  /// Removes the first dimension, of size one, of a fresh matrix that nobody else sees.
  private static let squeezedRow: Operator<Void> = Operator(
    "_squeeze_row(Tensor self) -> Tensor", "A matrix of one row as a vector.",
    gradName: "SqueezeBackward4",
    forward: .one { x, _, _ in try x.squeezed([0]) },
    derivative: .of(.linear { g, _ in try g.unsqueeze(dim: 0) }), tangent: .linear,
    batching: .rule { batch, _ in [try batch.input(0).squeeze(dim: 1)] }, samples: [])

  /// True when the batches of the larger operand are to become rows of one matrix. That needs no
  /// copy, or saves a gradient as large as the batches for the smaller operand.
  private static func shouldFold(_ x: Tensor, _ y: Tensor) throws -> Bool {
    let isLeftLarger = x.rank >= y.rank
    let (larger, smaller) = isLeftLarger ? (x, y) : (y, x)
    if larger.rank < 3 || smaller.rank > 2 { return false }
    if smaller.requiresGrad { return true }
    if x.rank == 2 { return false }
    let array = isLeftLarger ? larger.array : try larger.array.transposed(-2, -1)
    return array.count == 0 || array.viewStrides(for: rows(array.sizes)) != nil
  }

  /// The sizes of all rows in one matrix.
  private static func rows(_ sizes: Dims) -> Dims {
    [sizes.dropLast().reduce(1, &*), sizes[sizes.count - 1]]
  }

  /// The batches of the larger operand as rows of one matrix.
  private static func folded(_ x: Tensor, _ y: Tensor) throws -> Tensor {
    let isSwapped = y.rank > x.rank
    let larger = isSwapped ? try y.transpose(dim0: -2, dim1: -1) : x
    let smaller = !isSwapped ? y : x.rank == 2 ? try x.t() : x
    var shape = Dims(larger.shape.dropLast())
    let matrix = try larger.reshape(rows(larger.shape))
    if smaller.rank == 1 { return try unsafeView(matrix.mv(smaller), shape) }
    shape.append(smaller.shape[1])
    let product = try unsafeView(matrix.mm(smaller), shape)
    return isSwapped ? try product.transpose(dim0: -2, dim1: -1).contiguous() : product
  }

  /// Both operands as stacks of matrices.
  private static func batched(_ x: Tensor, _ y: Tensor) throws -> Tensor {
    // As in `shouldFold`: a single matrix with a gradient is not expanded.
    if x.rank == 3 && y.rank == 3 && x.shape[0] != y.shape[0] {
      if x.shape[0] == 1 && x.requiresGrad { return try x.squeeze(dim: 0).matmul(y) }
      if y.shape[0] == 1 && y.requiresGrad { return try x.matmul(y.squeeze(dim: 0)) }
    }
    let batches = try Dims.broadcast(Dims(x.shape.dropLast(2)), Dims(y.shape.dropLast(2)))
    guard let count = batches.checkedProduct else { throw TensorError.countOverflow }
    let left = x.rank > 1 ? Array(x.shape.suffix(2)) : [1, x.shape[0]]
    var right = Array(y.shape.suffix(2))
    let stackX = try x.expand(Dims(Array(batches) + left)).reshape(Dims([count] + left))
    var stackY = try y.expand(Dims(Array(batches) + right)).reshape(Dims([count] + right))
    if y.rank == 1 {
      stackY = try stackY.unsqueeze(dim: 2)
      right.append(1)
    }
    var product = try stackX.bmm(stackY)
    if y.rank == 1 { product = try product.squeeze(dim: -1) }
    var shape = batches
    if x.rank > 1 { shape.append(left[0]) }
    if y.rank > 1 { shape.append(right[1]) }
    return try unsafeView(product, shape)
  }
}
