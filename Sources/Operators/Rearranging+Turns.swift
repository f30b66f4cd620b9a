import Arrays
import Autograd
import Elements

// More copies with elements elsewhere: rolled, turned, repeated, on diagonals.

extension Ops {
  package static let turns: [any AnyOperator] = [
    roll, rot90, fliplr, flipud, tile, repeatInterleaveInt, repeatInterleaveEach,
    repeatInterleaveIndex, diagEmbed, diag, diagflat, trace, kron, combinations, argwhere,
    takeAlongDim,
  ]

  package static let roll: Operator<(shifts: Dims, dims: Dims)> = Operator(
    "roll(Tensor self, int[1] shifts, int[1] dims=[]) -> Tensor",
    """
    A copy in which everything is shifted along the given dimensions, and what leaves at one end
    comes back at the other; without dimensions, along all elements in row-major order.

    Errors: no shift, as many dimensions as shifts. Derivative: g, rolled back.
    """,
    forward: .one { x, a, _ in try x.rolled(a.shifts, a.dims) },
    derivative: .of(.linear { g, _, a in try g.roll(shifts: a.shifts.negated, a.dims) }),
    tangent: .linear,
    batching: .rule { batch, a in
      let x = batch.input(0)
      if a.dims.isEmpty && a.shifts.count == 1 {
        let rows = try x.reshape([batch.size, batch.sizes(0).reduce(1, &*)])
        return [try rows.roll(shifts: a.shifts, [1]).reshape(x.shape)]
      }
      if a.dims.count != a.shifts.count { return try batch.refusing() }
      let moved = try a.dims.behindExamples(rank: batch.rank(0))
      return batch.rank(0) == 0 ? try batch.refusing() : [try x.roll(shifts: a.shifts, moved)]
    },
    samples: [
      Sample(SampleInput([4, 2]), attributes: ([1], [0])),
      Sample(SampleInput([2, 3], transposed: true), attributes: ([-1, 5], [0, -1])),
      Sample(SampleInput([2, 3]), attributes: ([4], [])),
      Sample(SampleInput([0, 2]), attributes: ([1], [1])),
    ])

  package static let rot90: Operator<(k: Int, dims: Dims)> = Operator(
    "rot90(Tensor self, int k=1, int[] dims=[0,1]) -> Tensor",
    """
    A copy turned by k right angles in the plane of two dimensions, from the first to the second.

    Errors: dimensions that are not two different ones. Derivative: g, turned back.
    """,
    forward: .one { x, a, _ in try x.rotated(a.k, a.dims) },
    derivative: .of(.linear { g, _, a in try g.rot90(k: 0 &- a.k, a.dims) }),
    tangent: .linear,
    batching: .rule { batch, a in
      if a.dims.count != 2 || batch.rank(0) < 2 { return try batch.refusing() }
      return [try batch.input(0).rot90(k: a.k, a.dims.behindExamples(rank: batch.rank(0)))]
    },
    samples: [
      Sample(SampleInput([2, 3]), attributes: (1, [0, 1])),
      Sample(SampleInput([2, 3, 2], transposed: true), attributes: (-1, [2, 0])),
      Sample(SampleInput([2, 3]), attributes: (2, [0, 1])),
      Sample(SampleInput([2, 2]), attributes: (4, [0, 1])),
    ])

  package static let fliplr: Operator<Void> = Operator(
    "fliplr(Tensor self) -> Tensor", "A copy with its columns in reverse; see `flip`.",
    gradName: "FlipBackward0",
    forward: .composed { x, _ in
      if x.rank < 2 { throw TensorError.runtime("Input must be >= 2-d.") }
      return try x.flip([1])
    },
    derivative: .composed, samples: [Sample(SampleInput([2, 3]))])

  package static let flipud: Operator<Void> = Operator(
    "flipud(Tensor self) -> Tensor", "A copy with its rows in reverse; see `flip`.",
    gradName: "FlipBackward0",
    forward: .composed { x, _ in
      if x.rank < 1 { throw TensorError.runtime("Input must be >= 1-d.") }
      return try x.flip([0])
    },
    derivative: .composed, samples: [Sample(SampleInput([2, 3]))])

  package static let tile: Operator<Dims> = Operator(
    "tile(Tensor self, int[] dims) -> Tensor",
    """
    The tensor laid side by side with itself, so many times along each of the last dimensions; see
    `repeat`.
    """,
    gradName: "RepeatBackward0",
    forward: .composed { x, dims in
      let missing = Swift.max(x.rank - dims.count, 0)
      return try x.repeat(Dims(Array(repeating: 1, count: missing) + Array(dims)))
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), attributes: [2]),
      Sample(SampleInput([2]), attributes: [2, 2]),
    ])

  package static let repeatInterleaveInt: Operator<(repeats: Int, dim: Int?, outputSize: Int?)> =
    Operator(
      """
      repeat_interleave.int(Tensor self, int repeats, int? dim=None, *, int? output_size=None) -> \
      Tensor
      """,
      """
      Each slice of a dimension repeated so many times in a row; without a dimension, each element of
      the flattened tensor.

      output_size, where it is given, is checked. Errors: negative repeats.
      Derivative: g summed over the repetitions.
      """,
      gradName: "ViewBackward0",
      forward: .composed { x, a in
        let flat = try a.dim == nil || x.rank == 0 ? x.flatten() : x
        let dim = try Dims.wrap(a.dim ?? 0, rank: a.dim == nil ? 1 : x.rank)
        if a.repeats < 0 { throw TensorError.runtime("Repeats must be non-negative") }
        let (total, overflow) = flat.shape[dim].multipliedReportingOverflow(by: a.repeats)
        if overflow { throw TensorError.sizeOverflow }
        if let given = a.outputSize, given != total {
          throw TensorError.runtime(
            "repeat_interleave: Invalid output_size, expected \(total) but got \(given)")
        }
        var sizes = flat.shape
        sizes.insert(a.repeats, at: dim + 1)
        let copies = try rowMajorClone(flat.unsqueeze(dim: dim + 1).expand(sizes), ())
        return try copies.flatten(startDim: dim, endDim: dim + 1)
      },
      derivative: .composed,
      samples: [
        Sample(SampleInput([2, 3]), attributes: (2, 1, nil)),
        Sample(SampleInput([2, 3], transposed: true), attributes: (2, nil, nil)),
        Sample(SampleInput([]), attributes: (3, nil, nil)),
      ])

  package static let repeatInterleaveEach: Operator<(dim: Int?, outputSize: Int?)> = Operator(
    """
    repeat_interleave.each(Tensor self, Tensor repeats, int? dim=None, *, int? output_size=None) \
    -> Tensor
    """,
    """
    Each slice of a dimension repeated as often as repeats says for it, or as its only number says
    for all; without a dimension, each element of the flattened tensor.

    repeats is int64 or int32, 0-d or 1-D. Errors: negative repeats, another number of them, a sum
    that is not output_size. Derivative: g summed over the repetitions.
    """,
    gradName: "IndexSelectBackward0",
    forward: .composedTwo { x, repeats, a in
      let flat = try a.dim == nil || x.rank == 0 ? x.flatten() : x
      let dim = try Dims.wrap(a.dim ?? 0, rank: a.dim == nil ? 1 : x.rank)
      let size = flat.shape[dim]
      if repeats.rank > 1 {
        throw TensorError.runtime("repeats must be 0-dim or 1-dim tensor")
      }
      if repeats.count != 1 && repeats.count != size {
        throw TensorError.runtime(
          "repeats must have the same size as input along dim, but got repeats.size(0) = "
            + "\(repeats.count) and input.size(\(dim)) = \(size)")
      }
      let each = try repeats.count == 1 ? repeats.reshape([1]).expand([size]) : repeats
      return try flat.indexSelect(dim: dim, repeatInterleaveIndex(each, a.outputSize))
    },
    derivative: .composed,
    samples: [
      Sample(
        SampleInput([3, 2]), SampleInput([3], .integers([1, 0, 2])), attributes: (0, nil)),
      Sample(
        SampleInput([2, 3], transposed: true), SampleInput([], .integers([2])),
        attributes: (nil, nil)),
    ])

  package static let repeatInterleaveIndex: Operator<Int?> = Operator(
    "repeat_interleave.index(Tensor repeats, *, int? output_size=None) -> Tensor",
    """
    The numbers 0, 1, 2, … each as often as repeats says, in the dtype of repeats.

    repeats is int64 or int32, 1-D. Errors: negative repeats, a sum that is not output_size.
    """,
    forward: .one { repeats, size, _ in try repeats.interleaved(outputSize: size) },
    derivative: .none(because: "repeats are integers"), batching: .dynamic,
    samples: [Sample(SampleInput([3], .integers([1, 0, 2])), attributes: nil)])

  package static let diagEmbed: Operator<(offset: Int, dim1: Int, dim2: Int)> = Operator(
    "diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1) -> Tensor",
    """
    Zeros with the last dimension of self on a diagonal of two new dimensions, offset columns to the
    right of the main one.

    Errors: equal dimensions, a 0-d tensor. Derivative: that diagonal of g.
    """,
    forward: .one { x, a, _ in try x.diagonalEmbedded(a.offset, a.dim1, a.dim2) },
    derivative: .of(
      .linear { g, _, a in try g.diagonal(offset: a.offset, dim1: a.dim1, dim2: a.dim2) }),
    tangent: .linear,
    batching: .rule { batch, a in
      if batch.rank(0) == 0 { return try batch.refusing() }
      let rank = batch.rank(0) + 1
      return [
        try batch.input(0).diagEmbed(
          offset: a.offset, dim1: Dims.behindExamples(a.dim1, rank: rank),
          dim2: Dims.behindExamples(a.dim2, rank: rank))
      ]
    },
    samples: [
      Sample(SampleInput([3]), attributes: (0, -2, -1)),
      Sample(SampleInput([3, 2], transposed: true), attributes: (1, 0, 2)),
      Sample(SampleInput([2]), attributes: (-2, -1, -2)),
    ])

  package static let diag: Operator<Int> = Operator(
    "diag(Tensor self, int diagonal=0) -> Tensor",
    """
    A vector on the diagonal of a matrix of zeros, or a copy of a matrix's diagonal.

    Errors: other numbers of dimensions.
    """,
    gradName: "DiagEmbedBackward0",
    forward: .composed { x, diagonal in
      switch x.rank {
      case 1: return try x.diagEmbed(offset: diagonal)
      case 2: return try diagonalCopy(x, diagonal)
      default:
        throw TensorError.runtime("diag(): Supports 1D or 2D tensors. Got \(x.rank)D")
      }
    },
    derivative: .composed,
    samples: [Sample(SampleInput([3]), attributes: 1)])

  /// A diagonal of a matrix, copied.
  private static let diagonalCopy: Operator<Int> = Operator(
    "_diagonal_copy(Tensor self, int offset) -> Tensor", "A matrix's diagonal, copied.",
    gradName: "DiagonalBackward0_copy",
    forward: .one { x, offset, _ in
      try x.diagonal(offset: offset, dim1: 0, dim2: 1).copied()
    },
    derivative: .of(
      .linear { g, c, offset in
        try diagonalScatter(Tensor.zeros(c.sizes(), dtype: g.dtype), g, (offset, 0, 1))
      }),
    tangent: .linear,
    batching: .rule { batch, offset in
      [try batch.input(0).diagonal(offset: offset, dim1: 1, dim2: 2).clone()]
    }, samples: [])

  package static let diagflat: Operator<Int> = Operator(
    "diagflat(Tensor self, int offset=0) -> Tensor",
    "All elements in row-major order on a diagonal of a matrix of zeros; see `diag`.",
    gradName: "DiagEmbedBackward0",
    forward: .composed { x, offset in try x.contiguous().view([-1]).diag(diagonal: offset) },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 2]), attributes: 1), Sample(SampleInput([]), attributes: 0)])

  package static let trace: Operator<Void> = Operator(
    "trace(Tensor self) -> Tensor",
    """
    The sum of a matrix's diagonal; of integers in int64.

    Errors: another number of dimensions, bool. Derivative: g on the diagonal.
    """,
    forward: .one { x, _, _ in
      if x.rank != 2 {
        throw TensorError.runtime("trace: expected a matrix, but got tensor with dim \(x.rank)")
      }
      if x.dtype == .bool { throw TensorError.notImplemented(kernel: "trace", .bool) }
      return try x.diagonal(offset: 0, dim1: 0, dim2: 1).sum([0], keepdim: false)
    },
    derivative: .of(
      .linear { g, c in
        let length = Swift.min(c.sizes()[0], c.sizes()[1])
        return try diagonalScatter(
          Tensor.zeros(c.sizes(), dtype: g.dtype), g.expand([length]), (0, 0, 1))
      }),
    tangent: .linear,
    batching: .rule { batch, _ in
      if batch.rank(0) != 2 || batch.input(0).dtype == .bool { return try batch.refusing() }
      return [try batch.input(0).diagonal(offset: 0, dim1: 1, dim2: 2).sum(dim: [1])]
    },
    samples: [Sample(SampleInput([3, 3])), Sample(SampleInput([2, 3], transposed: true))])

  package static let kron: Operator<Void> = Operator(
    "kron(Tensor self, Tensor other) -> Tensor",
    """
    The Kronecker product: for each element of self, that element times other, as blocks.

    Missing dimensions in front count as one; the dtype is what both promote to.
    """,
    gradName: "UnsafeViewBackward0",
    forward: .composedTwo { x, y, _ in
      let rank = Swift.max(x.rank, y.rank)
      let (a, b) = (x.shape.aligned(to: rank), y.shape.aligned(to: rank))
      var (left, right, sizes) = (Dims(), Dims(), Dims())
      for i in 0..<rank {
        left.append(a[i])
        left.append(1)
        right.append(1)
        right.append(b[i])
        let (product, overflow) = a[i].multipliedReportingOverflow(by: b[i])
        if overflow { throw TensorError.sizeOverflow }
        sizes.append(product)
      }
      let product = try x.reshape(left) * y.reshape(right)
      return try unsafeView(product.contiguous(), sizes)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 2]), SampleInput([3])),
      Sample(SampleInput([2, 1], transposed: true), SampleInput([2, 3])),
    ])

  package static let combinations: Operator<(r: Int, withReplacement: Bool)> = Operator(
    "combinations(Tensor self, int r=2, bool with_replacement=False) -> Tensor",
    """
    All choices of r elements of a vector, in the order of their positions, one row for each; with
    replacement, an element may be chosen repeatedly.

    Errors: another number of dimensions, a negative r.
    Derivative: zeros to which g is added where the elements come from.
    """,
    gradName: "IndexBackward0",
    forward: .composed { x, a in
      if x.rank != 1 {
        throw TensorError.runtime("Expect a 1D vector, but got shape \(x.shape)")
      }
      if a.r < 0 { throw TensorError.runtime("Expect a non-negative number, but got \(a.r)") }
      if a.r == 0 { return try Tensor.empty([0], dtype: x.dtype) }
      let choices = try NDArray.choices(
        of: x.shape[0], count: a.r, withReplacement: a.withReplacement)
      return try x.index([Tensor(choices)])
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([3]), attributes: (2, false)),
      Sample(SampleInput([3]), attributes: (2, true)),
    ])

  package static let argwhere: Operator<Void> = Operator(
    "argwhere(Tensor self) -> Tensor",
    "The indices of the elements that are not zero, one row for each; see `nonzero`.",
    forward: .composed { x, _ in try x.nonzero() }, derivative: .composed,
    samples: [Sample(SampleInput([2, 3], .constant(1, 2)))])

  package static let takeAlongDim: Operator<Int?> = Operator(
    "take_along_dim(Tensor self, Tensor indices, int? dim=None) -> Tensor",
    """
    For each position of indices, the element of self whose coordinate in dimension dim is what
    stands there; without a dim, of the flattened tensors. As `gather`, but with a dim both broadcast
    apart from that, and indices beyond the ends start over.

    indices is int64. Errors: another dtype or number of dimensions, an index out of range.
    Derivative: that of gather.
    """,
    gradName: "GatherBackward0",
    forward: .composedTwo { x, indices, dim in
      guard indices.dtype == .int64 else {
        throw TensorError.runtime(
          "torch.take_along_dim(): dtype of indices should be Long but got "
            + indices.dtype.scalarTypeName)
      }
      guard let dim else {
        let flat = try x.reshape([-1])
        return try flat.gather(dim: 0, indices.reshape([-1]))
      }
      guard x.rank == indices.rank else {
        throw TensorError.runtime(
          "torch.take_along_dim(): input and indices should have the same number of dimensions, "
            + "but got \(x.rank) dimensions for input, and \(indices.rank) dimensions for indices")
      }
      let own = try Dims.wrap(dim, rank: x.rank)
      let places = try indices.wrapped(in: x.rank == 0 ? 1 : x.shape[own])
      if x.rank == 0 { return try x.gather(dim: 0, places) }
      func others(_ sizes: Dims) -> Dims {
        var sizes = sizes
        sizes[own] = 1
        return sizes
      }
      var common = try Dims.broadcast(others(x.shape), others(indices.shape))
      common[own] = x.shape[own]
      var wanted = common
      wanted[own] = indices.shape[own]
      return try x.expand(common).gather(dim: own, places.expand(wanted))
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([2, 1], .integers([2, -1])), attributes: 1),
      Sample(
        SampleInput([3, 2], transposed: true), SampleInput([1, 2], .integers([2, 0])),
        attributes: 0),
      Sample(SampleInput([2, 3]), SampleInput([2], .integers([5, 1])), attributes: nil),
    ])
}

extension Tensor {
  /// These int64 indices in a dimension of the given size; those beyond its ends start over.
  fileprivate func wrapped(in size: Int) throws -> Tensor {
    if size == 0 { return self }
    if !hidesElements {
      let numbers = try array.contiguous()
      let base = numbers.base.assumingMemoryBound(to: Int.self)
      if !(0..<count).contains(where: { base[$0] < 0 || base[$0] >= size }) { return self }
    }
    return try remainder(.int(Int64(size)))
  }
}

extension Dims {
  /// The same numbers with the other sign.
  fileprivate var negated: Dims { Dims(map { 0 &- $0 }) }
}
