import Arrays
import Autograd
import Elements

// Norms of matrices, and what is made of norms: unit vectors and distances.

extension Ops {
  package static let norms: [any AnyOperator] = [
    norm, linalgNorm, linalgNormOrdStr, linalgMatrixNorm, linalgMatrixNormStrOrd,
    normalize, cosineSimilarity, pairwiseDistance,
  ]

  package static let norm = Operator<(p: Scalar, dim: Dims?, keepdim: Bool, dtype: DType?)>(
    """
    norm(Tensor self, Scalar p=2, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) \
    -> Tensor
    """,
    """
    Norm of vectors along the dimensions dim, or of all elements: linalg_vector_norm.

    Errors and derivative: those of linalg_vector_norm.
    """,
    forward: .composed { x, a in
      try Ops.linalgVectorNorm(x, (a.p, a.dim, a.keepdim, a.dtype))
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), attributes: (2, nil, false, nil)),
      Sample(SampleInput([2, 3]), attributes: (3, [1], true, nil)),
    ])

  package static let linalgNorm = Operator<
    (ord: Scalar?, dim: Dims?, keepdim: Bool, dtype: DType?)
  >(
    """
    linalg_norm(Tensor self, Scalar? ord=None, int[1]? dim=None, bool keepdim=False, *, \
    ScalarType? dtype=None) -> Tensor
    """,
    """
    Norm of vectors or matrices: of vectors where dim names one dimension or ord is None.

    Without dim it is that of self, which has one or two dimensions where ord is given; without ord it
    is the root of the sum of all squares. self is converted to dtype first.
    Errors: dim with neither one nor two dimensions; those of linalg_vector_norm and
    linalg_matrix_norm.
    Derivative: theirs.
    """,
    forward: .composed { x, a in
      if let dim = a.dim, dim.count != 1 && dim.count != 2 {
        throw TensorError.runtime(
          "linalg.norm: If dim is specified, it must be of length 1 or 2. Got \(dim)")
      }
      guard let ord = a.ord else {
        return try Ops.linalgVectorNorm(x, (2, a.dim, a.keepdim, a.dtype))
      }
      let dim = try a.dim ?? x.dimsOfNorm()
      if dim.count == 2 {
        return try Ops.linalgMatrixNorm(x, (ord, dim, a.keepdim, a.dtype))
      }
      return try Ops.linalgVectorNorm(x, (ord, dim, a.keepdim, a.dtype))
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), attributes: (nil, nil, false, nil)),
      Sample(SampleInput([2, 3]), attributes: (1, nil, false, nil)),
      Sample(SampleInput([2, 3, 2]), attributes: (.double(.infinity), [0, -1], true, nil)),
      Sample(SampleInput([2, 3]), attributes: (3, [1], false, nil)),
    ])

  package static let linalgNormOrdStr = Operator<
    (ord: String, dim: Dims?, keepdim: Bool, dtype: DType?)
  >(
    """
    linalg_norm.ord_str(Tensor self, str ord, int[1]? dim=None, bool keepdim=False, *, \
    ScalarType? dtype=None) -> Tensor
    """,
    """
    Norm of matrices by its name: "fro" or "nuc".

    Errors and derivative: those of linalg_matrix_norm.
    """,
    forward: .composed { x, a in
      let dim: Dims
      if let given = a.dim {
        if given.count != 1 && given.count != 2 {
          throw TensorError.runtime(
            "linalg.norm: If dim is specified, it must be of length 1 or 2. Got \(given)")
        }
        dim = given
      } else {
        dim = try x.dimsOfNorm()
      }
      return try Ops.linalgMatrixNormStrOrd(x, (a.ord, dim, a.keepdim, a.dtype))
    },
    derivative: .composed,
    samples: [Sample(SampleInput([2, 3]), attributes: ("fro", nil, false, nil))])

  package static let linalgMatrixNorm:
    Operator<(ord: Scalar, dim: Dims, keepdim: Bool, dtype: DType?)> = Operator(
      """
      linalg_matrix_norm(Tensor self, Scalar ord, int[] dim=[-2,-1], bool keepdim=False, *, \
      ScalarType? dtype=None) -> Tensor
      """,
      """
      Norm of the matrices that two dimensions make.

      For ord 1 and -1 the largest and smallest sum of magnitudes of a column, for inf and -inf of a
      row, for 2 and -2 the largest and smallest singular value. self is converted to dtype first.
      Errors: fewer than two dimensions; dim that is not two different ones; another ord; dtypes that
      are not floating-point.
      Derivative: that of its parts.
      """,
      forward: .composed { x, a in
        let (x, dims) = try x.checkedForMatrixNorm(a.dim, a.dtype)
        let ord = a.ord.double
        let magnitude = ord.magnitude
        guard magnitude == 1 || magnitude == 2 || magnitude == .infinity else {
          throw TensorError.runtime("linalg.matrix_norm: Order \(a.ord.shortText) not supported.")
        }
        var (row, column) = (dims[0], dims[1])
        if magnitude == 2 {
          let values = try x.singularValues(row, column)
          let isEmpty = values.shape[values.rank - 1] == 0
          let chosen =
            try isEmpty && ord > 0
            ? values.sum(dim: [-1], keepdim: a.keepdim)
            : ord > 0
              ? values.amax(dim: [-1], keepdim: a.keepdim)
              : values.amin(dim: [-1], keepdim: a.keepdim)
          return try a.keepdim ? chosen.movedBack(to: dims) : chosen
        }
        if magnitude == .infinity { swap(&row, &column) }
        let sums = try Ops.linalgVectorNorm(x, (1, [row], a.keepdim, nil))
        if row < column && !a.keepdim { column -= 1 }
        if sums.rank > 0 && sums.shape[column] == 0 && ord > 0 {
          var sizes = sums.shape
          if a.keepdim { sizes[column] = 1 } else { sizes.remove(at: column) }
          return try sums.sum(dim: [column], keepdim: a.keepdim).reshape(sizes)
        }
        return try ord > 0
          ? sums.amax(dim: [column], keepdim: a.keepdim)
          : sums.amin(dim: [column], keepdim: a.keepdim)
      },
      derivative: .composed,
      samples: [
        Sample(SampleInput([2, 3]), attributes: (1, [-2, -1], false, nil)),
        Sample(SampleInput([2, 3, 2]), attributes: (-1, [0, 2], true, nil)),
        Sample(SampleInput([2, 3, 2]), attributes: (.double(.infinity), [2, 0], false, nil)),
        Sample(SampleInput([2, 3]), attributes: (.double(-.infinity), [-2, -1], false, nil)),
      ])

  package static let linalgMatrixNormStrOrd:
    Operator<(ord: String, dim: Dims, keepdim: Bool, dtype: DType?)> = Operator(
      """
      linalg_matrix_norm.str_ord(Tensor self, str ord="fro", int[] dim=[-2,-1], bool keepdim=False, \
      *, ScalarType? dtype=None) -> Tensor
      """,
      """
      Norm of the matrices that two dimensions make, by its name.

      "fro" is the root of the sum of squares, "nuc" the sum of the singular values. self is converted
      to dtype first.
      Errors: fewer than two dimensions; dim that is not two different ones; another name; dtypes that
      are not floating-point.
      Derivative: that of its parts.
      """,
      forward: .composed { x, a in
        let (x, dims) = try x.checkedForMatrixNorm(a.dim, a.dtype)
        switch a.ord {
        case "fro": return try Ops.linalgVectorNorm(x, (2, dims, a.keepdim, nil))
        case "nuc":
          let sum = try x.singularValues(dims[0], dims[1]).sum(dim: [-1], keepdim: a.keepdim)
          return try a.keepdim ? sum.movedBack(to: dims) : sum
        default:
          throw TensorError.runtime("linalg.matrix_norm: Order \(a.ord) not supported.")
        }
      },
      derivative: .composed,
      samples: [
        Sample(SampleInput([2, 3]), attributes: ("fro", [-2, -1], false, nil)),
        Sample(SampleInput([2, 3, 2]), attributes: ("fro", [0, 2], true, nil)),
      ])

  package static let normalize = Operator<(p: Double, dim: Dims, eps: Double)>(
    "normalize(Tensor self, float p=2.0, int[1] dim=[1], float eps=1e-12) -> Tensor",
    """
    Vectors along the dimension dim divided by their norm, or by eps where that is smaller.

    Errors: a dimension out of range; dtypes that are not floating-point.
    Derivative: that of x / max(norm(x), eps).
    """,
    forward: .composed { x, a in
      let norm = try Ops.linalgVectorNorm(x, (.double(a.p), a.dim, true, nil))
      return try x / norm.clamp(min: .double(a.eps)).expand(x.shape)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), attributes: (2, [1], 1e-12)),
      Sample(SampleInput([2, 3]), attributes: (3, [0], 1e-12)),
      Sample(SampleInput([], .range(0.3, 2)), attributes: (2, [-1], 1e-12)),
    ])

  package static let cosineSimilarity = Operator<(dim: Int, eps: Double)>(
    "cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor",
    """
    Cosines of the angles between vectors along the dimension dim: sum(x1 * x2) / (|x1| * |x2|).

    A norm below eps counts as eps. The tensors broadcast, and promote.
    Errors: a dimension out of range; dtypes that are not floating-point.
    Derivative: that of its parts; norms are differentiated even where eps took their place.
    """,
    forward: .composedTwo { x, y, a in
      var promotion = Promotion()
      promotion.add(x.dtype, rank: x.rank)
      promotion.add(y.dtype, rank: y.rank)
      let dtype = promotion.result
      guard dtype.isFloatingPoint else {
        throw TensorError.runtime(
          "expected common dtype to be floating point, yet common dtype is "
            + dtype.scalarTypeName)
      }
      let sizes = try Dims.broadcast(x.shape, y.shape)
      let units = try [x, y].map { (tensor: Tensor) -> Tensor in
        let tensor = try tensor.to(dtype: dtype).expand(sizes)
        let norm = try Ops.linalgVectorNorm(tensor, (2, [a.dim], true, nil))
        let detached = norm.detach()
        return try tensor / (norm + (detached.clamp(min: .double(a.eps)) - detached))
      }
      return try (units[0] * units[1]).sum(dim: [a.dim])
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([2, 3]), attributes: (1, 1e-8)),
      Sample(SampleInput([3, 2], transposed: true), SampleInput([3, 1]), attributes: (0, 1e-8)),
    ])

  package static let pairwiseDistance = Operator<(p: Double, eps: Double, keepdim: Bool)>(
    """
    pairwise_distance(Tensor x1, Tensor x2, float p=2, float eps=1e-06, bool keepdim=False) -> Tensor
    """,
    """
    Norms of the differences of vectors along the last dimension: sum(|x1 - x2 + eps|^p)^(1 / p).

    The tensors broadcast, and promote. The dimension disappears, or keeps size 1 with keepdim.
    Errors: dtypes that are not floating-point.
    Derivative: that of its parts.
    """,
    forward: .composedTwo { x, y, a in
      let difference = try x - y + .double(a.eps)
      return try Ops.normDim(difference, (.double(a.p), [-1], a.keepdim))
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([2, 3]), attributes: (2, 1e-6, false)),
      Sample(SampleInput([3]), SampleInput([2, 3]), attributes: (3, 1e-6, true)),
    ])
}

extension Tensor {
  /// The dimensions of a norm that has an order, but names none.
  fileprivate func dimsOfNorm() throws -> Dims {
    guard rank == 1 || rank == 2 else {
      throw TensorError.runtime(
        "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got \(rank)D."
      )
    }
    return Dims(0..<rank)
  }

  /// This tensor in the dtype of a norm of matrices, and their dimensions.
  fileprivate func checkedForMatrixNorm(
    _ dim: Dims, _ target: DType?
  ) throws -> (Tensor, Dims) {
    let name = "linalg.matrix_norm"
    guard dtype.isDifferentiable else {
      throw TensorError.unsupported(
        "\(name): Expected a floating point or complex tensor as input. Got "
          + dtype.scalarTypeName)
    }
    guard rank >= 2 else {
      throw TensorError.runtime("\(name): The input tensor A must have at least 2 dimensions.")
    }
    guard dim.count == 2 else {
      throw TensorError.runtime(
        "\(name): dim must be a 2-tuple. Got " + dim.map(String.init).joined(separator: " "))
    }
    let wrapped = Dims([try Dims.wrap(dim[0], rank: rank), try Dims.wrap(dim[1], rank: rank)])
    guard wrapped[0] != wrapped[1] else {
      throw TensorError.runtime("\(name): dims must be different. Got (\(dim[0]), \(dim[1]))")
    }
    guard let target else { return (self, wrapped) }
    try dtype.checkNormTarget(name, target)
    return (try to(dtype: target), wrapped)
  }

  /// This tensor, whose last dimension is of size 1, with another such dimension, both brought to
  /// where the dimensions of a matrix were.
  fileprivate func movedBack(to dims: Dims) throws -> Tensor {
    var order = Dims(0..<rank - 1)
    let (low, high) = dims[0] < dims[1] ? (dims[0], dims[1]) : (dims[1], dims[0])
    order.insert(rank - 1, at: low)
    order.insert(rank, at: high)
    return try unsqueeze(dim: rank).permute(order)
  }

  /// The singular values of the matrices that two dimensions make, along a new last dimension.
  fileprivate func singularValues(_ row: Int, _ column: Int) throws -> Tensor {
    if dtype.size == 2 {
      throw TensorError.unsupported(
        "linalg.matrix_norm: Low precision dtypes not supported. Got \(dtype.scalarTypeName)")
    }
    var order = Dims((0..<rank).filter { $0 != row && $0 != column })
    order.append(row)
    order.append(column)
    return try Ops.linalgSvdvals(permute(order), ())
  }
}

extension Scalar {
  /// As a C++ stream writes the number.
  fileprivate var shortText: String {
    switch self {
    case .double(let value): value.shortText
    default: "\(int64)"
    }
  }
}
