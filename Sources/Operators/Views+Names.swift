import Arrays
import Autograd
import Elements

// Views that other views are made of, under names of their own.

extension Ops {
  package static let namedViews: [any AnyOperator] = [
    alias, viewDtype, adjoint, swapaxes, movedimInt, movedimIntlist, broadcastTo, reshapeAs, ravel,
    unflattenInt, unfold, broadcastTensors, meshgrid,
  ]

  package static let alias: Operator<Void> = Operator(
    "alias(Tensor(a) self) -> Tensor(a)",
    """
    The tensor itself, as a view.

    Derivative: g.
    """,
    forward: .view { x, _ in x }, derivative: .of(.identity),
    batching: .rule { batch, _ in [try alias(batch.input(0), ())] }, samples: .unary())

  package static let viewDtype: Operator<DType> = Operator(
    "view.dtype(Tensor(a) self, ScalarType dtype) -> Tensor(a)",
    """
    The same bytes as elements of another dtype: a view.

    Where its size is another, so is that of the last dimension.
    Errors: a last dimension, strides or an offset that the new size does not divide.
    """,
    // It counts as no view: nobody asks for gradients through it.
    forward: .one { x, dtype, _ in try x.viewed(as: dtype) },
    derivative: .none(because: "it reads bytes, not numbers"),
    batching: .rule { batch, dtype in
      if batch.rank(0) == 0 && dtype.size != batch.input(0).dtype.size {
        return try batch.refusing()
      }
      return [try viewDtype(batch.input(0), dtype)]
    },
    samples: .unary(attributes: .int64))

  package static let adjoint: Operator<Void> = Operator(
    "adjoint(Tensor(a) self) -> Tensor(a)",
    """
    The last two dimensions exchanged, and complex numbers conjugated.

    Errors: a vector. Derivative: the adjoint of g.
    """,
    gradName: "TransposeBackward0",
    forward: .composed { x, _ in
      if x.rank == 1 {
        throw TensorError.runtime(
          "tensor.adjoint() is only supported on matrices or batches of matrices. Got 1-D tensor.")
      }
      return try x.rank == 0 ? x.conj() : x.transpose(dim0: -2, dim1: -1).conj()
    },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 3])), Sample(SampleInput([2, 3, 2], transposed: true))])

  package static let swapaxes: Operator<(axis0: Int, axis1: Int)> = Operator(
    "swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)",
    "Two dimensions exchanged; see `transpose`.",
    gradName: "TransposeBackward0", inPlace: .available,
    forward: .composed { x, a in try x.transpose(dim0: a.axis0, dim1: a.axis1) },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 3]), attributes: (0, 1))])

  package static let movedimInt: Operator<(source: Int, destination: Int)> = Operator(
    "movedim.int(Tensor(a) self, int source, int destination) -> Tensor(a)",
    "One dimension moved to another place among the others; see `permute`.",
    gradName: "PermuteBackward0",
    forward: .composed { x, a in try x.moving([a.source], to: [a.destination]) },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 3, 2], transposed: true), attributes: (0, -1))])

  package static let movedimIntlist: Operator<(source: Dims, destination: Dims)> = Operator(
    "movedim.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)",
    """
    Dimensions moved to other places; those that are not named keep their order.

    Errors: lists of other lengths, a dimension named twice.
    """,
    gradName: "PermuteBackward0",
    forward: .composed { x, a in try x.moving(a.source, to: a.destination) },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 3, 2]), attributes: ([0, 1], [2, 0]))])

  package static let broadcastTo: Operator<Dims> = Operator(
    "broadcast_to(Tensor(a) self, int[] size) -> Tensor(a)",
    "The tensor stretched to a shape without a copy; see `expand`.",
    gradName: "ExpandBackward0",
    forward: .composed { x, size in try x.expand(size) },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 1]), attributes: [3, 2, 2])])

  package static let reshapeAs: Operator<Void> = Operator(
    "reshape_as(Tensor(a) self, Tensor other) -> Tensor(a)",
    "The same elements under the shape of another tensor; see `reshape`.",
    gradName: "ViewBackward0",
    forward: .composedTwo { x, other, _ in try x.reshape(other.shape) },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 3]), SampleInput([3, 2], .constant(0, 1)))])

  package static let ravel: Operator<Void> = Operator(
    "ravel(Tensor(a) self) -> Tensor(a)",
    """
    All elements in row-major order as a vector: a view of self where that is row-major, else of a
    copy. Derivative: g in the shape of self.
    """,
    gradName: "ViewBackward0",
    forward: .composed { x, _ in try x.contiguous().view([-1]) },
    derivative: .composed, samples: .unary())

  package static let unflattenInt: Operator<(dim: Int, sizes: Dims)> = Operator(
    "unflatten.int(Tensor(a) self, int dim, int[] sizes) -> Tensor(a)",
    """
    A dimension split into several, of which one size may be -1: a view.

    Errors: sizes whose product is not the dimension's. Derivative: g in the shape of self.
    """,
    gradName: "ViewBackward0",
    forward: .composed { x, a in
      let dim = try Dims.wrap(a.dim, rank: x.rank)
      if a.sizes.isEmpty { throw TensorError.runtime("unflatten: sizes must be non-empty") }
      if x.rank == 0 {
        throw TensorError.index("Dimension specified as 0 but tensor has no dimensions")
      }
      let size = x.shape[dim]
      let sizes: Dims
      do {
        sizes = try a.sizes.inferred(count: size)
      } catch let error as TensorError {
        if case .twoInferredDims = error {
          throw TensorError.runtime("unflatten got an unexpected error:\n\(error.message)")
        }
        throw TensorError.runtime(
          "unflatten: Provided sizes \(a.sizes) don't multiply up to the size of dim \(dim) "
            + "(\(size)) in the input tensor")
      }
      return try x.view(Dims(Array(x.shape[..<dim]) + Array(sizes) + Array(x.shape[(dim + 1)...])))
    },
    derivative: .composed,
    samples: [Sample(SampleInput([4, 3]), attributes: (0, [2, -1]))])

  package static let unfold: Operator<(dimension: Int, size: Int, step: Int)> = Operator(
    "unfold(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)",
    """
    All slices of a size along a dimension, a step apart, as a new last dimension: a view.

    Errors: a size that is negative or larger than the dimension, a step that is not positive.
    Derivative: each slice of g is added to where it comes from.
    """,
    forward: .view { x, a in try x.unfolded(a.dimension, a.size, a.step) },
    derivative: .of(
      .linear { g, c, a in
        let whole = try Layout.contiguous(c.sizes())
        let part = try whole.unfolded(a.dimension, a.size, a.step)
        return try scatterWindow(g, Window(whole: whole, part: part, offset: 0))
      }),
    batching: .rule { batch, a in
      let x = try batch.vectors(0)
      let dim = try batch.moved(a.dimension)
      if a.step <= 0 || a.size < 0 || a.size > x.shape[dim] { return try batch.refusing() }
      let result = try unfold(x, (dim, a.size, a.step))
      return [batch.rank(0) == 0 ? try result.select(dim: 1, index: 0) : result]
    },
    samples: [
      Sample(SampleInput([5, 2]), attributes: (0, 3, 1)),
      Sample(SampleInput([2, 5], transposed: true), attributes: (-1, 2, 2)),
      Sample(SampleInput([4]), attributes: (0, 2, 3)),
      Sample(SampleInput([]), attributes: (0, 1, 1)),
    ])

  package static let broadcastTensors: Operator<Void> = Operator(
    "broadcast_tensors(Tensor[] tensors) -> Tensor(a)[]",
    """
    All tensors stretched to the shape to which they broadcast, without copies; see `expand`.

    Errors: shapes that do not broadcast.
    """,
    gradName: "ExpandBackward0",
    forward: .composedMany { t, _ in
      let tensors = t.compactMap { $0 }
      let sizes = try tensors.reduce(Dims()) { try .broadcast($0, $1.shape) }
      return try tensors.map { $0.shape == sizes ? $0 : try $0.expand(sizes) }
    },
    derivative: .composed,
    samples: [Sample([SampleInput([2, 1]), SampleInput([3])], attributes: ())])

  package static let meshgrid: Operator<String> = Operator(
    "meshgrid(Tensor[] tensors, str indexing=\"ij\") -> Tensor(a)[]",
    """
    Vectors as the coordinates of a grid: each stretched along the dimensions of the others,
    without copies. With indexing "xy" the first two dimensions are exchanged.

    Numbers count as vectors of one element. Errors: an empty list, more dimensions, dtypes that
    differ, another indexing.
    """,
    gradName: "ExpandBackward0",
    forward: .composedMany { t, indexing in
      let tensors = t.compactMap { $0 }
      guard let first = tensors.first else {
        throw TensorError.runtime("meshgrid expects a non-empty TensorList")
      }
      for tensor in tensors {
        if tensor.dtype != first.dtype {
          throw TensorError.runtime("meshgrid expects all tensors to have the same dtype")
        }
        if tensor.rank > 1 {
          throw TensorError.runtime(
            "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: "
              + tensor.description)
        }
      }
      guard indexing == "ij" || indexing == "xy" else {
        throw TensorError.runtime(
          "torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: \(indexing)")
      }
      var dims = Array(tensors.indices)
      if indexing == "xy" && dims.count > 1 { dims.swapAt(0, 1) }
      var sizes = Dims(repeating: 1, count: tensors.count)
      for (i, tensor) in tensors.enumerated() { sizes[dims[i]] = tensor.count }
      return try tensors.enumerated().map { i, tensor in
        var own = Dims(repeating: 1, count: tensors.count)
        own[dims[i]] = tensor.count
        return try tensor.view(own).expand(sizes)
      }
    },
    derivative: .composed,
    samples: [
      Sample([SampleInput([2]), SampleInput([3])], attributes: "ij"),
      Sample([SampleInput([2]), SampleInput([]), SampleInput([3])], attributes: "xy"),
    ])
}

extension Tensor {
  /// Dimensions moved to other places.
  fileprivate func moving(_ source: Dims, to destination: Dims) throws -> Tensor {
    if source.count != destination.count {
      throw TensorError.runtime(
        "movedim: Invalid source or destination dims: source (\(source) dims) should contain the "
          + "same number of dims as destination (\(destination) dims)")
    }
    func wrapped(_ dims: Dims, _ name: String) throws -> Dims {
      let result = Dims(try dims.map { try Dims.wrap($0, rank: rank) })
      if Set(result).count != result.count {
        throw TensorError.runtime("movedim: repeated dim in `\(name)` (\(dims))")
      }
      return result
    }
    let from = try wrapped(source, "source")
    let to = try wrapped(destination, "destination")
    if rank == 0 { return try Ops.alias(self, ()) }
    var order = Dims(repeating: -1, count: rank)
    for (start, end) in zip(from, to) { order[end] = start }
    var rest = shape.indices.filter { !from.contains($0) }.makeIterator()
    for i in order.indices where order[i] < 0 { order[i] = rest.next() ?? 0 }
    return try permute(order)
  }
}
