import Arrays
import Autograd
import Elements

// Several tensors as one, along dimensions that the functions are named after.

extension Ops {
  package static let stacks: [any AnyOperator] = [
    hstack, vstack, dstack, columnStack, blockDiag, cartesianProd,
  ]

  package static let hstack = stacking(
    "hstack", "joined along the second dimension, vectors along their only one",
    prepare: { try $0.atleast1d() }, dim: { $0.rank == 1 ? 0 : 1 })

  package static let vstack = stacking(
    "vstack", "joined along the first dimension, vectors as rows", prepare: { try $0.atleast2d() },
    dim: { _ in 0 })

  package static let dstack = stacking(
    "dstack", "joined along the third dimension, in front of which they get two where they lack it",
    prepare: { try $0.atleast3d() }, dim: { _ in 2 })

  package static let columnStack = stacking(
    "column_stack", "joined along the second dimension, vectors as columns",
    prepare: { $0.rank > 1 ? $0 : try $0.reshape([$0.count, 1]) }, dim: { _ in 1 })

  private static func stacking(
    _ name: String, _ how: String, prepare: @escaping @Sendable (Tensor) throws -> Tensor,
    dim: @escaping @Sendable (_ first: Tensor) -> Int
  ) -> Operator<Void> {
    Operator(
      "\(name)(Tensor[] tensors) -> Tensor", "Tensors \(how); see `cat`.",
      gradName: "CatBackward0",
      forward: .composedList { tensors, _ in
        let prepared = try tensors.map(prepare)
        guard let first = prepared.first else {
          throw TensorError.runtime("\(name) expects a non-empty TensorList")
        }
        return try Tensor.cat(prepared, dim: dim(first))
      },
      derivative: .composed,
      samples: [
        Sample([SampleInput([2]), SampleInput([2])], attributes: ()),
        Sample([SampleInput([2, 3]), SampleInput([2, 3], transposed: true)], attributes: ()),
      ])
  }

  package static let blockDiag: Operator<Void> = Operator(
    "block_diag(Tensor[] tensors) -> Tensor",
    """
    Matrices along the diagonal of a large one that is zero elsewhere; vectors and numbers count as
    matrices of one row.

    The dtype is what all promote to. Errors: more than two dimensions.
    Derivative: each matrix's part of g.
    """,
    forward: .composedList { tensors, _ in
      for (i, tensor) in tensors.enumerated() where tensor.rank > 2 {
        throw TensorError.runtime(
          "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input \(i) has "
            + "\(tensor.rank) dimensions")
      }
      if tensors.isEmpty { return try Tensor.empty([1, 0]) }
      return try joinedBlocks(tensors, tensors.map(\.shape))
    },
    derivative: .composed,
    samples: [
      Sample(
        [SampleInput([2, 3], transposed: true), SampleInput([2]), SampleInput([])], attributes: ())
    ])

  /// `block_diag` of tensors of the given sizes.
  private static let joinedBlocks: Operator<[Dims]> = Operator(
    "_block_diag(Tensor[] tensors) -> Tensor", "Matrices along a diagonal.",
    gradName: "BlockDiagBackward0",
    forward: .list { arrays, _ in
      var promotion = Promotion()
      for array in arrays { promotion.add(array) }
      let blocks = blocks(arrays.map(\.sizes))
      let end = blocks.last.map { ($0.row &+ $0.rows, $0.column &+ $0.columns) } ?? (0, 0)
      let result = try NDArray.full([end.0, end.1], 0, promotion.result)
      for (array, block) in zip(arrays, blocks) {
        try result.narrow(dim: 0, start: block.row, length: block.rows)
          .narrow(dim: 1, start: block.column, length: block.columns)
          .assign(array.stretched(to: [block.rows, block.columns]))
      }
      return result
    },
    derivative: .joint(saving: []) { c, sizes in
      var result = Gradients()
      for (i, block) in blocks(sizes).enumerated() {
        let part =
          try c.needs(i)
          ? c.gradient.narrow(dim: 0, start: block.row, length: block.rows)
            .narrow(dim: 1, start: block.column, length: block.columns) : nil
        result.append(try part.map { sizes[i].count == 2 ? $0 : try $0.reshape(sizes[i]) })
      }
      return result
    },
    tangent: .linear,
    batching: .rule { batch, sizes in
      let blocks = blocks(sizes)
      let width = blocks.last.map { $0.column + $0.columns } ?? 0
      let rows = try blocks.enumerated().map { i, block in
        let own = try batch.batched(i).reshape([batch.size, block.rows, block.columns])
        func zeros(_ columns: Int) throws -> Tensor {
          try Tensor.zeros([batch.size, block.rows, columns], dtype: own.dtype)
        }
        let rest = width - block.column - block.columns
        return try Tensor.cat([zeros(block.column), own, zeros(rest)], dim: 2)
      }
      return [try Tensor.cat(rows, dim: 1)]
    }, samples: [])

  /// Where each matrix of the given sizes lies.
  private static func blocks(
    _ sizes: [Dims]
  ) -> [(row: Int, column: Int, rows: Int, columns: Int)] {
    var (row, column) = (0, 0)
    return sizes.map { sizes in
      let rows = sizes.count == 2 ? sizes[0] : 1
      let columns = sizes.count == 0 ? 1 : sizes[sizes.count - 1]
      defer { (row, column) = (row &+ rows, column &+ columns) }
      return (row, column, rows, columns)
    }
  }

  package static let cartesianProd: Operator<Void> = Operator(
    "cartesian_prod(Tensor[] tensors) -> Tensor",
    """
    All combinations of one element of each vector, one row for each, the last vector's changing
    fastest; of a single vector itself.

    Errors: an empty list, tensors that are not vectors, dtypes that differ.
    Derivative: each vector's part of g.
    """,
    gradName: "StackBackward0",
    forward: .composedList { tensors, _ in
      for tensor in tensors where tensor.rank != 1 {
        throw TensorError.runtime("Expect a 1D vector, but got shape \(tensor.shape)")
      }
      if tensors.count == 1 { return tensors[0] }
      let grids = try Tensor.meshgrid(tensors)
      return try Tensor.stack(grids.map { try $0.flatten() }, dim: 1)
    },
    derivative: .composed,
    samples: [Sample([SampleInput([2]), SampleInput([3])], attributes: ())])
}
