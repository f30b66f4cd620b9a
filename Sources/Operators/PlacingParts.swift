import Arrays
import Autograd

// Copies of a tensor in which a part, as a view would cut it out, is replaced by another tensor.

extension Ops {
  package static let partsPlaced: [any AnyOperator] = [
    selectScatter, sliceScatter, diagonalScatter, asStridedScatter,
  ]

  package static let selectScatter = placed(
    "select_scatter(Tensor self, Tensor src, int dim, int index) -> Tensor",
    "A copy of self with src at one index of a dimension; see `select`.",
    cut: { (x, a: (dim: Int, index: Int)) in try x.select(dim: a.dim, index: a.index) },
    moved: { a, rank in (try Dims.behindExamples(a.dim, rank: rank), a.index) },
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([3]), attributes: (0, 1)),
      Sample(SampleInput([3, 2], transposed: true), SampleInput([3]), attributes: (-1, -2)),
    ])

  package static let sliceScatter = placed(
    """
    slice_scatter(Tensor self, Tensor src, int dim=0, int? start=None, int? end=None, int step=1) \
    -> Tensor
    """,
    "A copy of self with src at every step-th index of a dimension; see `slice`.",
    cut: { (x, a: (dim: Int, start: Int?, end: Int?, step: Int)) in
      try x.slice(dim: a.dim, start: a.start, end: a.end, step: a.step)
    },
    moved: { a, rank in (try Dims.behindExamples(a.dim, rank: rank), a.start, a.end, a.step) },
    samples: [
      Sample(SampleInput([5, 2]), SampleInput([2, 2]), attributes: (0, 1, 4, 2)),
      Sample(
        SampleInput([4, 3], transposed: true), SampleInput([4, 2]), attributes: (-1, -2, nil, 1)),
    ])

  package static let diagonalScatter = placed(
    "diagonal_scatter(Tensor self, Tensor src, int offset=0, int dim1=0, int dim2=1) -> Tensor",
    "A copy of self with src on a diagonal; see `diagonal`.",
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
      Sample(SampleInput([3, 3]), SampleInput([3]), attributes: (0, 0, 1)),
      Sample(
        SampleInput([2, 3, 4], transposed: true), SampleInput([3, 1]), attributes: (1, -1, 0)),
    ])

  package static let asStridedScatter: Operator<(size: Dims, stride: Dims, storageOffset: Int?)> =
    Operator(
      """
      as_strided_scatter(Tensor self, Tensor src, int[] size, int[] stride, \
      int? storage_offset=None) -> Tensor
      """,
      """
      A copy of self, strides included, with src where `as_strided` would look.

      Errors: those of as_strided, a src of another shape.
      Derivative: for self g with zeros there, for src the elements of g there.
      """,
      forward: .composedTwo { x, source, a in
        let part = try x.array.asStrided(a.size, a.stride, offset: a.storageOffset)
        return try placedInWindow(x, source, Window(part, of: x.array))
      },
      derivative: .composed,
      samples: [
        Sample(SampleInput([2, 3]), SampleInput([2, 2]), attributes: ([2, 2], [3, 1], nil)),
        Sample(
          SampleInput([3, 2], transposed: true), SampleInput([4]), attributes: ([4], [1], 1)),
      ])

  /// A copy of an array with another in part of it.
  private static let placedInWindow: Operator<Window> = Operator(
    "_placed_in_window(Tensor self, Tensor src) -> Tensor", "A copy with part of it replaced.",
    gradName: "AsStridedScatterBackward0",
    forward: .two { x, source, w, _ in
      try checkPart(source.sizes, w.part.sizes)
      return try w.place(source, in: x)
    },
    derivative: .of(
      .linear { g, _, w in try clearWindow(g, w) }, .linear { g, _, w in try readWindow(g, w) }),
    tangent: .linear,
    batching: .rule { batch, w in
      [try placedInWindow(batch.batched(0), batch.batched(1), w.following(batch.size))]
    }, samples: [])

  /// An operator that replaces a part, no element of which occurs twice.
  private static func placed<A>(
    _ schema: String, _ summary: String,
    cut: @escaping @Sendable (NDArray, A) throws -> NDArray,
    moved: @escaping @Sendable (A, _ rank: Int) throws -> A,
    samples: @autoclosure @escaping @Sendable () -> [Sample<A>]
  ) -> Operator<A> {
    @Sendable func placement(_ sizes: Dims, _ a: A) -> Placement {
      Placement(sizes, a, cut: cut, moved: moved)
    }
    return Operator(
      schema,
      summary + "\n\n"
        + "Errors: those of the view, a src of another shape.\n"
        + "Derivative: for self g with zeros in that part, for src that part of g.",
      forward: .two { x, source, a, _ in
        let result = try x.copied()
        let part = try cut(result, a)
        try checkPart(source.sizes, part.sizes)
        part.assign(source)
        return result
      },
      derivative: .of(
        .linear { g, _, a in try clearPart(g, placement(g.shape, a)) },
        .linear { g, _, a in try cutOut(g, placement(g.shape, a)) }),
      tangent: .linear,
      batching: .rule { batch, a in
        let placement = try placement(batch.sizes(0), a).following(batch.size)
        return [try placePart(batch.batched(0), batch.batched(1), placement)]
      },
      samples: samples())
  }

  private static func checkPart(_ sizes: Dims, _ part: Dims) throws {
    if sizes == part { return }
    throw TensorError.runtime(
      "expected src to have a size equal to the slice of self. src size = \(sizes), slice size = "
        + "\(part)")
  }

  /// A copy with another array in part of it.
  private static let placePart: Operator<Placement> = Operator(
    "_place_part(Tensor self, Tensor src) -> Tensor", "A copy with part of it replaced.",
    forward: .two { x, source, placement, _ in
      let result = try x.copied()
      let part = try placement.cut(result)
      try checkPart(source.sizes, part.sizes)
      part.assign(source)
      return result
    },
    derivative: .of(
      .linear { g, _, placement in try clearPart(g, placement) },
      .linear { g, _, placement in try cutOut(g, placement) }),
    tangent: .linear,
    batching: .rule { batch, placement in
      [try placePart(batch.batched(0), batch.batched(1), placement.following(batch.size))]
    }, samples: [])

  /// A copy with zeros in part of it.
  private static let clearPart: Operator<Placement> = Operator(
    "_clear_part(Tensor self) -> Tensor", "A copy with part of it zeroed.",
    forward: .one { x, placement, _ in
      let result = try x.copied()
      try placement.cut(result).fill(0)
      return result
    },
    derivative: .of(.linear { g, _, placement in try clearPart(g, placement) }), tangent: .linear,
    batching: .rule { batch, placement in
      [try clearPart(batch.input(0), placement.following(batch.size))]
    }, samples: [])
}
