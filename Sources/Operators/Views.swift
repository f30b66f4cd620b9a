import Arrays
import Autograd

// Views: other sizes and strides over the same storage.

extension Ops {
  package static let views: [any AnyOperator] = [
    select, slice, narrow, transpose, t, permute, expand, expandAs, view, viewAs, squeeze,
    squeezeDim, squeezeDims, unsqueeze, diagonal,
  ]

  package static let select = part(
    "select(Tensor(a) self, int dim, int index) -> Tensor(a)",
    """
    Slice at one index of a dimension, which disappears: a view.

    A negative index counts from the end. Errors: an index out of range, a 0-d tensor.
    Derivative: zeros with g at the index.
    """,
    cut: { (x, a: (dim: Int, index: Int)) in try x.select(dim: a.dim, index: a.index) },
    moved: { a, rank in (try Dims.behindExamples(a.dim, rank: rank), a.index) },
    samples: [
      Sample(SampleInput([2, 3]), attributes: (0, 1)),
      Sample(SampleInput([3, 2], transposed: true), attributes: (-1, -2)),
      Sample(SampleInput([4]), attributes: (0, 2)),
    ])

  package static let slice = part(
    "slice(Tensor(a) self, int dim=0, int? start=None, int? end=None, int step=1) -> Tensor(a)",
    """
    Every step-th index of a dimension from start up to, but not including, end: a view.

    Negative bounds count from the end, and bounds beyond it are clamped. Errors: a step that is not
    positive, a 0-d tensor.
    Derivative: zeros with g at the indices.
    """,
    cut: { (x, a: (dim: Int, start: Int?, end: Int?, step: Int)) in
      try x.slice(dim: a.dim, start: a.start, end: a.end, step: a.step)
    },
    moved: { a, rank in (try Dims.behindExamples(a.dim, rank: rank), a.start, a.end, a.step) },
    samples: [
      Sample(SampleInput([5, 2]), attributes: (0, 1, 4, 2)),
      Sample(SampleInput([4, 3], transposed: true), attributes: (-1, -2, nil, 1)),
      Sample(SampleInput([3]), attributes: (0, 2, 1, 1)),
    ])

  package static let narrow = part(
    "narrow(Tensor(a) self, int dim, int start, int length) -> Tensor(a)",
    """
    The length indices of a dimension from start on: a view.

    A negative start counts from the end. Errors: indices out of range, a negative length, a 0-d
    tensor. Derivative: zeros with g at the indices.
    """,
    gradName: "SliceBackward0",
    cut: { (x, a: (dim: Int, start: Int, length: Int)) in
      try x.narrow(dim: a.dim, start: a.start, length: a.length)
    },
    moved: { a, rank in (try Dims.behindExamples(a.dim, rank: rank), a.start, a.length) },
    samples: [
      Sample(SampleInput([4, 3]), attributes: (0, 1, 2)),
      Sample(SampleInput([3, 4], transposed: true), attributes: (1, -3, 2)),
      Sample(SampleInput([3]), attributes: (0, 3, 0)),
    ])

  package static let diagonal = part(
    "diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)",
    """
    The elements whose index in dim2 exceeds that in dim1 by offset, as a last dimension: a view.

    Empty where the offset lies beyond the matrix. Errors: equal dimensions.
    Derivative: zeros with g on the diagonal.
    """,
    cut: { (x, a: (offset: Int, dim1: Int, dim2: Int)) in
      try x.diagonal(offset: a.offset, dim1: a.dim1, dim2: a.dim2)
    },
    moved: { a, rank in
      (
        a.offset, try Dims.behindExamples(a.dim1, rank: rank),
        try Dims.behindExamples(a.dim2, rank: rank)
      )
    },
    samples: [
      Sample(SampleInput([3, 3]), attributes: (0, 0, 1)),
      Sample(SampleInput([2, 3, 4], transposed: true), attributes: (1, -1, 0)),
      Sample(SampleInput([3, 2]), attributes: (-1, 0, 1)),
      Sample(SampleInput([2, 2]), attributes: (2, 0, 1)),
    ])

  package static let transpose = Operator<(dim0: Int, dim1: Int)>(
    "transpose(Tensor(a) self, int dim0, int dim1) -> Tensor(a)",
    """
    Two dimensions exchanged: a view.

    Derivative: g with the same dimensions exchanged.
    """,
    inPlace: .available,
    forward: .view { x, a in try x.transposed(a.dim0, a.dim1) },
    derivative: .of(.linear { g, _, a in try g.transpose(dim0: a.dim0, dim1: a.dim1) }),
    batching: .moved { a, rank in
      let dims = (try Dims.wrap(a.dim0, rank: rank), try Dims.wrap(a.dim1, rank: rank))
      // A number has no dimension to exchange.
      return rank == 0 ? (0, 0) : (dims.0 + 1, dims.1 + 1)
    },
    samples: [
      Sample(SampleInput([2, 3]), attributes: (0, 1)),
      Sample(SampleInput([2, 3, 2], transposed: true), attributes: (-1, 0)),
      Sample(SampleInput([]), attributes: (0, -1)),
    ])

  package static let t = Operator<Void>(
    "t(Tensor(a) self) -> Tensor(a)",
    """
    A matrix transposed: a view. Tensors of fewer dimensions stay as they are.

    Errors: more than two dimensions. Derivative: g transposed.
    """,
    inPlace: .available,
    forward: .view { x, _ in
      if x.rank > 2 {
        throw TensorError.runtime(
          "t() expects a tensor with <= 2 dimensions, but self is \(x.rank)D")
      }
      return x.rank < 2 ? x : try x.transposed(0, 1)
    },
    derivative: .of(.linear { g, _ in try g.transposedGradient() }),
    batching: .rule { batch, _ in
      let x = batch.input(0)
      if batch.rank(0) > 2 { return try batch.refusing() }
      return [try batch.rank(0) < 2 ? x.view(x.shape) : x.transpose(dim0: 1, dim1: 2)]
    },
    samples: .unary() + [Sample(SampleInput([3]))])

  package static let permute = Operator<Dims>(
    "permute(Tensor(a) self, int[] dims) -> Tensor(a)",
    """
    Dimensions in another order, which names each of them once: a view.

    Derivative: g with the dimensions back in their order.
    """,
    forward: .view { x, dims in try x.permuted(dims) },
    derivative: .of(
      .linear { g, _, dims in
        var inverse = Dims(repeating: 0, count: dims.count)
        for (i, dim) in dims.enumerated() {
          inverse[dim < 0 ? dim + dims.count : dim] = i
        }
        return try g.permute(inverse)
      }),
    batching: .rule { batch, dims in
      if dims.count != batch.rank(0) { return try batch.refusing() }
      let moved = try dims.behindExamples(rank: dims.count)
      return [try batch.input(0).permute(moved.following(0))]
    },
    samples: [
      Sample(SampleInput([2, 3, 2]), attributes: [2, 0, 1]),
      Sample(SampleInput([3, 2], transposed: true), attributes: [-1, 0]),
      Sample(SampleInput([]), attributes: []),
    ])

  package static let expand = Operator<Dims>(
    "expand(Tensor(a) self, int[] size) -> Tensor(a)",
    """
    Dimensions of size one repeated without a copy, and new ones in front: a view.

    -1 keeps a size. Errors: a size that is not one and changes.
    Derivative: g summed over the repeated dimensions.
    """,
    forward: .view { x, size in try x.expanded(to: size) },
    derivative: .of(.identity),
    batching: .rule { batch, size in
      try [batch.aligned(0, rank: size.count).expand(size.following(batch.size))]
    },
    samples: [
      Sample(SampleInput([2, 1]), attributes: [-1, 3]),
      Sample(SampleInput([2]), attributes: [3, 1, 2]),
      Sample(SampleInput([]), attributes: [2, 2]),
      Sample(SampleInput([2, 1]), attributes: [2, 0]),
    ])

  package static let expandAs = Operator<Void>(
    "expand_as(Tensor(a) self, Tensor other) -> Tensor(a)",
    "The tensor expanded to the shape of another; see `expand`.",
    forward: .composedTwo { x, other, _ in try x.expand(other.shape) },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 1]), SampleInput([2, 3], .constant(0, 1)))])

  package static let view = Operator<Dims>(
    "view(Tensor(a) self, int[] size) -> Tensor(a)",
    """
    The same elements in row-major order under another shape, of which one size may be -1: a view.

    Errors: another number of elements, and strides that do not allow it; see `reshape`.
    Derivative: g in the shape of self.
    """,
    forward: .view { x, size in try x.viewed(as: size) },
    derivative: .of(.linear { g, c, _ in try g.reshape(c.sizes()) }),
    batching: .rule { batch, size in try [batch.input(0).view(batch.shape(size))] },
    samples: [
      Sample(SampleInput([2, 3]), attributes: [3, -1]),
      Sample(SampleInput([3, 2], transposed: true), attributes: [3, 2, 1]),
      Sample(SampleInput([]), attributes: [1, 1]),
      Sample(SampleInput([0, 2]), attributes: [3, 0]),
    ])

  package static let viewAs = Operator<Void>(
    "view_as(Tensor(a) self, Tensor other) -> Tensor(a)",
    "The same elements under the shape of another tensor; see `view`.",
    forward: .composedTwo { x, other, _ in try x.view(other.shape) },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 3]), SampleInput([3, 2], .constant(0, 1)))])

  package static let squeeze = Operator<Void>(
    "squeeze(Tensor(a) self) -> Tensor(a)",
    """
    All dimensions of size one removed: a view.

    Derivative: g in the shape of self.
    """,
    inPlace: .available,
    forward: .view { x, _ in try x.squeezed(nil) },
    derivative: .of(.linear { g, c in try g.reshape(c.sizes()) }),
    batching: .rule { batch, _ in
      let sizes = batch.sizes(0)
      let dims = sizes.indices.filter { sizes[$0] == 1 }
      return [try batch.input(0).squeeze(dim: Dims(dims.map { $0 + 1 }))]
    },
    samples: .unary() + [Sample(SampleInput([1, 3, 1]))])

  package static let squeezeDim = Operator<Int>(
    "squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)",
    """
    One dimension removed where its size is one: a view.

    Derivative: g in the shape of self.
    """,
    gradName: "SqueezeBackward1",
    inPlace: .available,
    forward: .view { x, dim in try x.squeezed([dim]) },
    derivative: .of(.linear { g, c, _ in try g.reshape(c.sizes()) }),
    batching: .rule { batch, dim in [try squeezed(batch, [dim])] },
    samples: .unary(attributes: 0) + [Sample(SampleInput([2, 1]), attributes: -1)])

  package static let squeezeDims = Operator<Dims>(
    "squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)",
    """
    The given dimensions removed where their size is one: a view.

    Errors: a dimension given twice. Derivative: g in the shape of self.
    """,
    gradName: "SqueezeBackward2",
    inPlace: .available,
    forward: .view { x, dims in try x.squeezed(dims) },
    derivative: .of(.linear { g, c, _ in try g.reshape(c.sizes()) }),
    batching: .rule { batch, dims in [try squeezed(batch, dims)] },
    samples: [
      Sample(SampleInput([1, 3, 1]), attributes: [0, -1]),
      Sample(SampleInput([1, 2], transposed: true), attributes: [1, 0]),
      Sample(SampleInput([1]), attributes: []),
    ])

  package static let unsqueeze = Operator<Int>(
    "unsqueeze(Tensor(a) self, int dim) -> Tensor(a)",
    """
    A new dimension of size one before position dim, or, when negative, counted from the end: a
    view.

    Derivative: g without that dimension.
    """,
    inPlace: .available,
    forward: .view { x, dim in try x.unsqueezed(dim) },
    derivative: .of(.linear { g, _, dim in try g.squeeze(dim: dim) }),
    batching: .moved { dim, rank in try Dims.behindExamples(dim, rank: rank + 1) },
    samples: .unary(attributes: 0) + [
      Sample(SampleInput([2, 3], transposed: true), attributes: -1),
      Sample(SampleInput([2, 1]), attributes: 1),
    ])

  /// The given dimensions of each example removed where their size is one.
  private static func squeezed(_ batch: Batch, _ dims: Dims) throws -> Tensor {
    let moved = try dims.behindExamples(rank: batch.rank(0))
    // A number has none, though it takes dim 0.
    return try batch.input(0).squeeze(dim: batch.rank(0) == 0 ? [] : moved)
  }
}

extension Batch {
  /// An example's new shape for all examples; the size that is -1 is worked out for one of them.
  func shape(_ shape: Dims) throws -> Dims {
    try shape.inferred(count: sizes(0).reduce(1, &*)).following(size)
  }
}
