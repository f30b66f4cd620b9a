import Arrays
import Autograd
import Elements

// Elements put back where a pooling took them from.

extension Ops {
  package static let unpooling: [any AnyOperator] = [maxUnpool2d, maxUnpool3d]

  package static let maxUnpool2d: Operator<Dims> = Operator(
    "max_unpool2d(Tensor self, Tensor indices, int[2] output_size) -> Tensor",
    """
    Zeros, with the elements at the places that indices say, as `max_pool2d_with_indices` gives them.

    self and indices are (n, channels, …), or without n; output_size is height and width of the
    result. Where several elements come to one place, the last one stays.
    Errors: indices that are not int64 or not of self's sizes, a place beyond the result, other
    ranks, empty dimensions, integers and bool.
    Derivative: the elements of g at these places.
    """,
    gradName: "MaxUnpool2DBackward0",
    forward: .two { x, indices, outputSize, _ in
      try x.checkUnpooling(indices, outputSize, rank: 2)
      return try x.putInPlaces(indices, outputSize)
    },
    derivative: .of(.saving(.y) { g, c, _ in try g.takenFromPlaces(c.y, 2) }, .notDifferentiable),
    tangent: .formula { c, a in [try c.tangent(0).map { try maxUnpool2d($0, c.y, a) }] },
    batching: .rule { batch, a in [try unpooled(batch, 2) { try maxUnpool2d($0, $1, a) }] },
    samples: [
      Sample(
        SampleInput([1, 1, 2, 2]), SampleInput([1, 1, 2, 2], .integers([0, 3, 5, 7])),
        attributes: [2, 4]),
      Sample(
        SampleInput([2, 1, 2], transposed: true), SampleInput([2, 1, 2], .integers([0, 3])),
        attributes: [2, 2]),
    ])

  package typealias UnpoolAttributes = (outputSize: Dims, stride: Dims, padding: Dims)

  package static let maxUnpool3d: Operator<UnpoolAttributes> = Operator(
    """
    max_unpool3d(Tensor self, Tensor indices, int[3] output_size, int[3] stride, int[3] padding) -> \
    Tensor
    """,
    """
    Zeros, with the elements at the places that indices say, as `max_pool3d_with_indices` gives them.

    See `max_unpool2d`. stride and padding are looked at, and no more.
    """,
    gradName: "MaxUnpool3DBackward0",
    forward: .two { x, indices, a, _ in
      if a.outputSize.count == 3 {
        if a.stride.repeated(3).contains(where: { $0 <= 0 }) {
          throw TensorError.runtime(
            "strides should be greater than zero, but got stride: \(a.stride.repeated(3))")
        }
      }
      try x.checkUnpooling(indices, a.outputSize, rank: 3)
      return try x.putInPlaces(indices, a.outputSize)
    },
    derivative: .of(.saving(.y) { g, c, _ in try g.takenFromPlaces(c.y, 3) }, .notDifferentiable),
    tangent: .formula { c, a in [try c.tangent(0).map { try maxUnpool3d($0, c.y, a) }] },
    batching: .rule { batch, a in [try unpooled(batch, 3) { try maxUnpool3d($0, $1, a) }] },
    samples: [
      Sample(
        SampleInput([1, 1, 1, 2, 2]), SampleInput([1, 1, 1, 2, 2], .integers([0, 3, 5, 7])),
        attributes: ([2, 2, 2], [2, 2, 2], [0, 0, 0]))
    ])

  /// All examples as images.
  private static func unpooled(
    _ batch: Batch, _ rank: Int, _ call: (Tensor, Tensor) throws -> Tensor
  ) throws -> Tensor {
    let own = batch.rank(0)
    guard own == rank + 1 || own == rank + 2, batch.sizes(0) == batch.sizes(1) else {
      return try batch.refusing()[0]
    }
    let (x, indices) = (try batch.batched(0), try batch.batched(1))
    if own == rank + 1 { return try call(x, indices) }
    let all = try call(
      x.flatten(startDim: 0, endDim: 1), indices.flatten(startDim: 0, endDim: 1))
    return try all.reshape(Dims([batch.size, batch.sizes(0)[0]] + all.shape.dropFirst()))
  }
}

extension NDArray {
  fileprivate func checkUnpooling(_ indices: NDArray, _ outputSize: Dims, rank: Int) throws {
    if indices.dtype != .int64 {
      throw TensorError.runtime(
        "elements in indices should be type int64 but got: \(indices.dtype.scalarTypeName)")
    }
    if outputSize.count != rank {
      let words =
        rank == 2 ? "two elements (height, width)" : "three elements (depth, height, width)"
      throw TensorError.runtime(
        "There should be exactly \(words) in output_size, but got \(outputSize.count) elements.")
    }
    if self.rank != rank + 1 && self.rank != rank + 2 {
      throw TensorError.runtime(
        "Input to max_unpooling\(rank)d should be a \(rank + 1)d or \(rank + 2)d Tensor, but got a "
          + "tensor with \(self.rank) dimensions.")
    }
    if sizes != indices.sizes {
      throw TensorError.runtime(
        "Expected shape of indices to be same as that of the input tensor (\(sizes)) but got indices "
          + "tensor with shape: \(indices.sizes)")
    }
    for i in sizes.indices where i >= 1 && sizes[i] == 0 {
      throw TensorError.runtime(
        "max_unpooling\(rank)d_forward_out_cpu(): Expected input to have non-zero size for non-batch "
          + "dimensions, but input has sizes \(sizes) with dimension \(i) being empty")
    }
    if outputSize.contains(where: { $0 < 0 }) {
      throw TensorError.runtime(
        "max_unpooling\(rank)d(): output_size must contain non-negative spatial dimensions, but got "
          + "output_size=\(outputSize)")
    }
    if !dtype.isFloatingPoint {
      throw TensorError.notImplemented(kernel: "max_unpool\(rank)d", dtype)
    }
  }
}
