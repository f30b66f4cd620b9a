import Arrays
import Autograd
import Elements

// One tensor as several views, side by side along a dimension. None of them may be changed in
// place while recording.

extension Ops {
  package static let splitting: [any AnyOperator] = [unbind, split, splitWithSizes, chunk]

  package static let unbind = Operator<Int>(
    "unbind(Tensor(a) self, int dim=0) -> Tensor(a)[]",
    """
    A view for each index of a dimension, which disappears.

    Errors: a 0-d tensor. Derivative: the gradients stacked along the dimension.
    """,
    forward: .views { x, dim in
      let dim = try Dims.wrap(dim, rank: x.rank)
      if x.rank == 0 {
        throw TensorError.index("Dimension specified as 0 but tensor has no dimensions")
      }
      try checkCount(x.sizes[dim])
      return try (0..<x.sizes[dim]).map { try x.select(dim: dim, index: $0) }
    },
    derivative: .joint(saving: []) { c, dim in
      let parts = try c.gradients.indices.map {
        try c.gradients[$0] ?? zeros(c.resultSizes($0), c.dtype())
      }
      return Gradients(try Tensor.stack(parts, dim: dim))
    },
    batching: .moved { dim, rank in
      let dim = try Dims.behindExamples(dim, rank: rank)
      if rank == 0 {
        throw TensorError.index("Dimension specified as 0 but tensor has no dimensions")
      }
      return dim
    },
    samples: [
      Sample(SampleInput([2, 3]), attributes: 0),
      Sample(SampleInput([2, 3], transposed: true), attributes: -1),
      Sample(SampleInput([3]), attributes: 0),
    ])

  package static let split = Operator<(splitSize: Int, dim: Int)>(
    "split(Tensor(a) self, int split_size, int dim=0) -> Tensor(a)[]",
    """
    Views of split_size indices of a dimension each; the last one may be smaller.

    Errors: a 0-d tensor, a negative size, zero where the dimension is not empty.
    Derivative: the gradients joined along the dimension.
    """,
    forward: .views { x, a in
      if x.rank == 0 {
        throw TensorError.runtime("split expects at least a 1-dimensional tensor")
      }
      if a.splitSize < 0 {
        throw TensorError.runtime(
          "split expects split_size be non-negative, but got split_size=\(a.splitSize)")
      }
      let dim = try Dims.wrap(a.dim, rank: x.rank)
      let size = x.sizes[dim]
      if a.splitSize == 0 && size != 0 {
        throw TensorError.runtime(
          "split_size can only be 0 if dimension size is 0, but got dimension size of \(size)")
      }
      let step = Swift.max(Swift.min(a.splitSize, size), 1)
      let count = Swift.max(size / step + (size % step == 0 ? 0 : 1), 1)
      try checkCount(count)
      return try (0..<count).map {
        try x.narrow(dim: dim, start: $0 * step, length: Swift.min(step, size - $0 * step))
      }
    },
    derivative: .joint(saving: []) { c, a in try joined(c, a.dim) },
    batching: .rule { batch, a in
      if batch.rank(0) == 0 { return try batch.refusing() }
      let dim = try Dims.behindExamples(a.dim, rank: batch.rank(0))
      return try batch.input(0).split(splitSize: a.splitSize, dim: dim)
    },
    samples: [
      Sample(SampleInput([5, 2]), attributes: (2, 0)),
      Sample(SampleInput([2, 3], transposed: true), attributes: (2, -1)),
      Sample(SampleInput([3]), attributes: (3, 0)),
    ])

  package static let splitWithSizes = Operator<(splitSizes: Dims, dim: Int)>(
    "split_with_sizes(Tensor(a) self, int[] split_sizes, int dim=0) -> Tensor(a)[]",
    """
    Views of the given numbers of indices of a dimension, one after the other.

    Errors: a 0-d tensor, a negative size, sizes whose sum is not the dimension's.
    Derivative: the gradients joined along the dimension.
    """,
    forward: .views { x, a in
      if x.rank == 0 {
        throw TensorError.runtime("split expects at least a 1-dimensional tensor")
      }
      return try pieces(x, a.splitSizes, a.dim)
    },
    derivative: .joint(saving: []) { c, a in try joined(c, a.dim) },
    batching: .rule { batch, a in
      if batch.rank(0) == 0 { return try batch.refusing() }
      let dim = try Dims.behindExamples(a.dim, rank: batch.rank(0))
      return try batch.input(0).splitWithSizes(splitSizes: a.splitSizes, dim: dim)
    },
    samples: [
      Sample(SampleInput([5, 2]), attributes: ([2, 0, 3], 0)),
      Sample(SampleInput([2, 3], transposed: true), attributes: ([1, 2], -1)),
    ])

  package static let chunk = Operator<(chunks: Int, dim: Int)>(
    "chunk(Tensor(a) self, int chunks, int dim=0) -> Tensor(a)[]",
    """
    A dimension cut into at most the given number of views of equal size; the last may be smaller,
    and there may be fewer.

    Errors: a 0-d tensor, fewer than one chunk. Derivative: the gradients joined along the
    dimension.
    """,
    gradName: "SplitBackward0",
    forward: .composedSeveral { x, a in
      if x.rank == 0 {
        throw TensorError.runtime("chunk expects at least a 1-dimensional tensor")
      }
      if a.chunks <= 0 {
        throw TensorError.runtime(
          "chunk expects `chunks` to be greater than 0, got: \(a.chunks)")
      }
      let size = x.shape[try Dims.wrap(a.dim, rank: x.rank)]
      if size == 0 {
        try checkCount(a.chunks)
        return try x.splitWithSizes(splitSizes: Dims(repeating: 0, count: a.chunks), dim: a.dim)
      }
      let step = size / a.chunks + (size % a.chunks == 0 ? 0 : 1)
      return try x.split(splitSize: step, dim: a.dim)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([5, 2]), attributes: (3, 0)),
      Sample(SampleInput([2, 3], transposed: true), attributes: (2, -1)),
      Sample(SampleInput([0, 2]), attributes: (2, 0)),
    ])

  private static func pieces(_ x: NDArray, _ sizes: Dims, _ dim: Int) throws -> [NDArray] {
    let length = x.sizes[try Dims.wrap(dim, rank: x.rank)]
    if sizes.contains(where: { $0 < 0 }) {
      throw TensorError.runtime(
        "split_with_sizes expects split_sizes have only non-negative entries, "
          + "but got split_sizes=\(sizes)")
    }
    var result: [NDArray] = []
    var start = 0
    for size in sizes {
      if size > length - start { throw wrongSum(length, sizes, dim) }
      result.append(try x.narrow(dim: dim, start: start, length: size))
      start += size
    }
    if start != length { throw wrongSum(length, sizes, dim) }
    return result
  }

  private static func wrongSum(_ length: Int, _ sizes: Dims, _ dim: Int) -> TensorError {
    .runtime(
      "split_with_sizes expects split_sizes to sum exactly to \(length) "
        + "(input tensor's size at dimension \(dim)), but got split_sizes=\(sizes)")
  }

  /// A dimension of a repeated or empty tensor can be longer than memory has room for views of it.
  private static func checkCount(_ count: Int) throws {
    if count > 1 << 24 {
      throw TensorError.outOfMemory(bytes: count.multipliedReportingOverflow(by: 256).partialValue)
    }
  }

  /// The gradients of views that lie side by side, as one tensor; those that nobody sent are zero.
  private static func joined(_ c: Context, _ dim: Int) throws -> Gradients {
    let parts = try c.gradients.indices.map {
      try c.gradients[$0] ?? zeros(c.resultSizes($0), c.dtype())
    }
    return Gradients(try Tensor.cat(parts, dim: dim))
  }

  private static func zeros(_ sizes: Dims, _ dtype: DType) throws -> Tensor {
    Tensor(try .full(sizes, 0, dtype))
  }
}
