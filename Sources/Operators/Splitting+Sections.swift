import Arrays
import Autograd
import Elements

// One tensor as several views of parts whose ends are given.

extension Ops {
  package static let sections: [any AnyOperator] = [
    tensorSplitSections, tensorSplitIndices, hsplitInt, hsplitArray, vsplitInt, vsplitArray,
    dsplitInt, dsplitArray, atleast1d, atleast2d, atleast3d,
  ]

  package static let tensorSplitSections: Operator<(sections: Int, dim: Int)> = Operator(
    "tensor_split.sections(Tensor(a) self, int sections, int dim=0) -> Tensor(a)[]",
    """
    A dimension cut into as many views as given, of which the first ones are longer by one where the
    size is no multiple.

    Errors: a 0-d tensor, fewer than one section. Derivative: zeros with the gradients in their
    parts.
    """,
    gradName: "SliceBackward0",
    forward: .composedSeveral { x, a in
      let size = try sizeToSplit(x, a.dim)
      return try x.parts(a.sections, size, dim: a.dim)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([5, 2]), attributes: (3, 0)),
      Sample(SampleInput([2, 3], transposed: true), attributes: (2, -1)),
    ])

  package static let tensorSplitIndices: Operator<(indices: Dims, dim: Int)> = Operator(
    "tensor_split.indices(Tensor(a) self, int[] indices, int dim=0) -> Tensor(a)[]",
    """
    A dimension cut before each of the given indices, as slices are: bounds beyond the end are
    clamped, and negative ones count from the end.

    Errors: a 0-d tensor. Derivative: zeros with the gradients in their parts.
    """,
    gradName: "SliceBackward0",
    forward: .composedSeveral { x, a in
      _ = try sizeToSplit(x, a.dim)
      return try x.parts(before: a.indices, dim: a.dim)
    },
    derivative: .composed,
    samples: [Sample(SampleInput([5, 2]), attributes: ([1, 3], 0))])

  package static let hsplitInt = evenly("hsplit", "second dimension, or a vector's only one")
  package static let hsplitArray = before("hsplit", "second dimension, or a vector's only one")
  package static let vsplitInt = evenly("vsplit", "first dimension")
  package static let vsplitArray = before("vsplit", "first dimension")
  package static let dsplitInt = evenly("dsplit", "third dimension")
  package static let dsplitArray = before("dsplit", "third dimension")

  package static let atleast1d = raised(1, "A number as a vector of one element; else self.")
  package static let atleast2d = raised(
    2, "A number or a vector as a matrix of one row; else self.")
  package static let atleast3d = raised(
    3, "The tensor with at least three dimensions: [n] as [1, n, 1], [m, n] as [m, n, 1].")

  private static func evenly(_ name: String, _ dimension: String) -> Operator<Int> {
    Operator(
      "\(name).int(Tensor(a) self, int sections) -> Tensor(a)[]",
      """
      The \(dimension), cut into views of equal size; see `tensor_split`.

      Errors: too few dimensions, a size that is no multiple of sections.
      """,
      gradName: "SliceBackward0",
      forward: .composedSeveral { x, sections in
        let dim = try dimToSplit(name, x)
        let size = x.shape[dim]
        if sections == 0 || size % sections != 0 {
          throw TensorError.runtime(
            "torch.\(name) attempted to split along dimension \(dim), but the size of the "
              + "dimension \(size) is not divisible by the split_size \(sections)!")
        }
        return try x.parts(sections, size, dim: dim)
      },
      derivative: .composed,
      samples: [Sample(SampleInput([2, 2, 2]), attributes: 2)])
  }

  private static func before(_ name: String, _ dimension: String) -> Operator<Dims> {
    Operator(
      "\(name).array(Tensor(a) self, int[] indices) -> Tensor(a)[]",
      """
      The \(dimension), cut before each of the given indices; see `tensor_split`.

      Errors: too few dimensions.
      """,
      gradName: "SliceBackward0",
      forward: .composedSeveral { x, indices in
        try x.parts(before: indices, dim: dimToSplit(name, x))
      },
      derivative: .composed,
      samples: [Sample(SampleInput([2, 2, 2]), attributes: [1])])
  }

  private static func raised(_ rank: Int, _ documentation: String) -> Operator<Void> {
    Operator(
      "atleast_\(rank)d(Tensor(a) self) -> Tensor(a)", documentation, gradName: "ViewBackward0",
      forward: .composed { x, _ in
        if x.rank >= rank { return x }
        if x.rank == 0 { return try x.reshape(Dims(repeating: 1, count: rank)) }
        let matrix = try x.rank == 1 ? x.unsqueeze(dim: 0) : x
        return rank == 3 ? try matrix.unsqueeze(dim: -1) : matrix
      },
      derivative: .composed,
      samples: [Sample(SampleInput([])), Sample(SampleInput([2]))])
  }

  private static func sizeToSplit(_ x: Tensor, _ dim: Int) throws -> Int {
    if x.rank == 0 {
      throw TensorError.runtime(
        "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    }
    return x.shape[try Dims.wrap(dim, rank: x.rank)]
  }

  /// The dimension along which the functions cut that are named after directions.
  private static func dimToSplit(_ name: String, _ x: Tensor) throws -> Int {
    let least = name == "hsplit" ? 1 : name == "vsplit" ? 2 : 3
    if x.rank < least {
      throw TensorError.runtime(
        "torch.\(name) requires a tensor with at least \(least) dimension, but got a tensor with "
          + "\(x.rank) dimensions!")
    }
    return name == "hsplit" ? Swift.min(x.rank - 1, 1) : name == "vsplit" ? 0 : 2
  }
}

extension Tensor {
  /// A dimension of the given size cut into so many parts.
  fileprivate func parts(_ sections: Int, _ size: Int, dim: Int) throws -> [Tensor] {
    if sections <= 0 {
      throw TensorError.runtime("number of sections must be larger than 0, got \(sections)")
    }
    if sections > 1 << 24 { throw TensorError.outOfMemory(bytes: 1 << 32) }
    let (least, longer) = size.quotientAndRemainder(dividingBy: sections)
    var start = 0
    return try (0..<sections).map { i in
      let end = start + least + (i < longer ? 1 : 0)
      defer { start = end }
      return try slice(dim: dim, start: start, end: end)
    }
  }

  /// A dimension cut before each of the given indices.
  fileprivate func parts(before indices: Dims, dim: Int) throws -> [Tensor] {
    var start = 0
    var result = try indices.map { end in
      defer { start = end }
      return try slice(dim: dim, start: start, end: end)
    }
    result.append(try slice(dim: dim, start: start))
    return result
  }
}
