import Arrays
import Autograd
import Elements

// Another shape or dtype, with a copy only where one is needed; and copies.

extension Ops {
  package static let reshaping: [any AnyOperator] = [reshape, flatten, contiguous, clone, to]

  package static let reshape = Operator<Dims>(
    "reshape(Tensor(a) self, int[] shape) -> Tensor(a)",
    """
    The same elements in row-major order under another shape, of which one size may be -1.

    A view where the strides allow it, else a copy. Errors: another number of elements.
    Derivative: g in the shape of self.
    """,
    gradName: "ViewBackward0",
    forward: .composed { x, shape in
      let target = try shape.inferred(count: x.count)
      if x.isContiguous { return try x.view(target) }
      if x.array.viewStrides(for: target) != nil { return try reshapeAlias(x, target) }
      return try unsafeView(rowMajorClone(x, ()), target)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), attributes: [3, -1]),
      Sample(SampleInput([3, 2], transposed: true), attributes: [6]),
      Sample(SampleInput([]), attributes: [1]),
      Sample(SampleInput([0, 2]), attributes: [4, 0]),
    ])

  package static let flatten = Operator<(startDim: Int, endDim: Int)>(
    "flatten(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)",
    """
    The dimensions from start_dim to end_dim, both included, merged into one.

    A number becomes a tensor of one element; where one dimension is named, self is returned.
    A view where the strides allow it, else a copy. Derivative: g in the shape of self.
    """,
    gradName: "ViewBackward0",
    forward: .composed { x, a in
      let start = try Dims.wrap(a.startDim, rank: x.rank)
      let end = try Dims.wrap(a.endDim, rank: x.rank)
      if start > end {
        throw TensorError.runtime(
          "flatten() has invalid args: start_dim cannot come after end_dim")
      }
      if x.rank == 0 { return try x.reshape([1]) }
      if start == end { return x }
      var shape = Dims(x.shape[..<start])
      shape.append(x.shape[start...end].reduce(1, &*))
      for size in x.shape[(end + 1)...] { shape.append(size) }
      return try x.reshape(shape)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 2, 3]), attributes: (1, -1)),
      Sample(SampleInput([3, 2], transposed: true), attributes: (0, -1)),
      Sample(SampleInput([]), attributes: (0, -1)),
      Sample(SampleInput([2, 0, 3]), attributes: (0, 1)),
    ])

  package static let contiguous = Operator<Int?>(
    "contiguous(Tensor(a) self, *, int? memory_format=None) -> Tensor(a)",
    """
    Self where it is row-major in memory already, else a copy that is.

    memory_format 2 and 3 ask for channels behind the dimensions of an image or a volume instead of
    row-major order. Derivative: g.
    """,
    gradName: "CloneBackward0",
    forward: .composed { x, format in
      guard let format, format != 0 else {
        return x.isContiguous ? x : try rowMajorClone(x, ())
      }
      if format == 1 {
        throw TensorError.runtime(
          "preserve memory format is unsupported by the contiguous operator")
      }
      let layout = try x.array.layout.arranged(format)
      return layout.strides == x.strides ? x : try clone(x, format)
    },
    derivative: .composed, samples: .unary(attributes: nil))

  package static let clone: Operator<Int?> = Operator(
    "clone(Tensor self, *, int? memory_format=None) -> Tensor",
    """
    A copy in memory of its own; strides stay where the tensor is dense.

    memory_format 0 asks for row-major order, 1 for that of self, 2 and 3 for channels behind the
    dimensions of an image or a volume. Derivative: g.
    """,
    forward: .one { x, format, _ in
      guard let format, format != 1 else { return try x.copied() }
      let result = try NDArray(uninitialized: x.layout.arranged(format), x.dtype)
      result.assign(x)
      return result
    },
    derivative: .of(.identity), tangent: .linear,
    batching: .rule { batch, format in
      let x = try batch.batched(0)
      if format ?? 1 < 2 { return [try clone(x, format)] }
      // Only the examples have channels: as images of one row, the batch would be another dimension.
      let order = format == 2 ? [0, 2, 3, 1] : [0, 2, 3, 4, 1]
      let back = format == 2 ? [0, 3, 1, 2] : [0, 4, 1, 2, 3]
      if batch.rank(0) != order.count { return try batch.refusing() }
      let moved = try x.permute(Dims([0] + order.map { $0 + 1 }))
      return [try clone(moved, 0).permute(Dims([0] + back.map { $0 + 1 }))]
    },
    samples: .unary(attributes: nil) + [
      Sample(SampleInput([2, 3]), attributes: 0),
      Sample(SampleInput([2, 3, 1, 2]), attributes: 2),
    ])

  package static let to = Operator<(dtype: DType, copy: Bool, memoryFormat: Int?)>(
    "to(Tensor(a) self, ScalarType dtype, bool copy=False, *, int? memory_format=None) -> Tensor(a)",
    """
    The tensor converted to a dtype; self where it has that dtype and no copy is asked for.

    Floats become integers by truncation, and any number but zero becomes true. memory_format is
    that of a copy, see `clone`; where it is not self's, there is one.
    Derivative: g converted back; none where the result is not floating-point.
    """,
    gradName: "ToCopyBackward0",
    forward: .composed { x, a in
      let format = a.memoryFormat == 1 ? nil : a.memoryFormat
      if x.dtype == a.dtype && !a.copy {
        guard let format else { return x }
        if try x.array.layout.suggests(format) { return x }
      }
      // Integers end the graph here; elsewhere they are refused.
      let isEnd = x.dtype.isDifferentiable && !a.dtype.isDifferentiable
      return try converted(isEnd ? x.detach() : x, (a.dtype, format))
    },
    derivative: .composed, samples: .unary(attributes: (.float64, true, nil)))
}

// Steps that the operators above are made of.

extension Ops {
  /// A row-major copy: `clone` with that memory format.
  static let rowMajorClone: Operator<Void> = Operator(
    "_clone_row_major(Tensor self) -> Tensor", "A row-major copy.", gradName: "CloneBackward0",
    forward: .one { x, _, _ in
      let result = try NDArray(uninitialized: x.sizes, x.dtype)
      result.assign(x)
      return result
    },
    derivative: .of(.identity), tangent: .linear, batching: .elementwise, samples: [])

  private static let converted: Operator<(DType, Int?)> = Operator(
    "_to_copy(Tensor self, ScalarType dtype, int? memory_format) -> Tensor",
    "A copy in another dtype.",
    forward: .one { x, a, _ in
      guard let format = a.1 else { return try x.copied(to: a.0) }
      let result = try NDArray(uninitialized: x.layout.arranged(format), a.0)
      result.assign(x)
      return result
    },
    derivative: .of(.identity), tangent: .linear,
    batching: .rule { batch, a in
      let x = try batch.batched(0)
      guard let format = a.1, format > 1 else { return [try converted(x, a)] }
      // The other order first, which the conversion then keeps.
      return [try converted(clone(try batch.batched(0), nil), (a.0, nil))]
    }, samples: [])

  /// A copy that lies in memory in a given way, without gaps: what PyTorch writes as `copy_` into
  /// fresh memory, hence the name of the node.
  static let arranged: Operator<Layout> = Operator(
    "_clone_arranged(Tensor self) -> Tensor", "A copy in a given layout.",
    gradName: "torch::autograd::CopyBackwards",
    forward: .one { x, layout, _ in
      let result = try NDArray(uninitialized: layout, x.dtype)
      result.assign(x)
      return result
    },
    derivative: .of(.identity), tangent: .linear,
    batching: .rule { batch, layout in
      let strides = layout.strides.following(layout.count)
      let all = Layout.strided(layout.sizes.following(batch.size), strides)
      return [try arranged(batch.input(0), all)]
    }, samples: [])

  /// The view that `reshape` makes of a tensor that is not row-major.
  private static let reshapeAlias: Operator<Dims> = Operator(
    "_reshape_alias(Tensor(a) self, int[] size) -> Tensor(a)", "The same elements, reshaped.",
    forward: .view { x, size in try x.viewed(as: size) },
    derivative: .of(.linear { g, c, _ in try g.reshape(c.sizes()) }),
    batching: .rule { batch, size in try [reshapeAlias(batch.input(0), batch.shape(size))] },
    samples: [])

  /// Another shape for a fresh tensor that nobody else sees: shares its memory, yet counts as a
  /// result of its own, which may be changed in place.
  static let unsafeView: Operator<Dims> = Operator(
    "_unsafe_view(Tensor self, int[] size) -> Tensor", "Another shape for a fresh tensor.",
    forward: .one { x, size, _ in try x.viewed(as: size) },
    derivative: .of(.linear { g, c, _ in try g.reshape(c.sizes()) }), tangent: .linear,
    batching: .rule { batch, size in
      let x = batch.input(0)
      let shape = try batch.shape(size)
      // What is dense for one example need not be for all.
      return [try x.isContiguous ? unsafeView(x, shape) : x.reshape(shape)]
    }, samples: [])
}
