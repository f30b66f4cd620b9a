import Arrays
import Autograd
import Elements

// Elements put one by one where an index says, in the order of the index's positions.

extension Ops {
  package static let scattering: [any AnyOperator] = [
    scatterSrc, scatterValue, scatterSrcReduce, scatterValueReduce, scatterReduce, indexReduce,
  ]

  package static let scatterSrc: Operator<Int> = Operator(
    "scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
    """
    A copy of self in which elements of src take the place of others, those at a position of index
    that of the element whose coordinate in dimension dim is what stands there:
    out[index[i][j]][j] = src[i][j] for dim 0. Of several for one place the last one stays.

    Shapes and dtypes are those of scatter_add.
    Derivative: for self g with zeros in the replaced places, for src gather(g, dim, index).
    """,
    gradName: "ScatterBackward0", inPlace: .available,
    forward: .three { x, index, source, dim, out in
      guard let source else { throw TensorError.nullArgument("src") }
      return try x.scattered(dim: dim, index, source, .replacing, into: out)
    },
    derivative: .of(
      .saving(.y) { g, c, dim in try scatterValue(g, c.y, (dim, 0)) }, .notDifferentiable,
      .saving(.y) { g, c, dim in try padded(g.gather(dim: dim, c.y), to: c.sizes(of: 2)) }),
    tangent: .linear,
    batching: .rule { batch, dim in
      try scattered(batch, dim) { try scatterSrc($0, $2, batch.vectors(2), $1) }
    },
    // Of two elements for one place the gradient of the one that is lost would be no derivative.
    samples: [
      Sample(
        SampleInput([3, 2]), SampleInput([3, 2], .integers([2, 0, 1, 1, 0, 2])),
        SampleInput([4, 2]), attributes: 0)
    ] + scatteringsApart.map { Sample($0.inputs, attributes: $0.dim) })

  package static let scatterValue: Operator<(dim: Int, value: Scalar)> = Operator(
    "scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
    """
    A copy of self in which a number takes the place of the elements that index names, as in scatter
    with a src.

    Errors: those of scatter, a number that the dtype can't hold.
    Derivative: g with zeros in the replaced places.
    """,
    gradName: "ScatterBackward1", inPlace: .available,
    forward: .two { x, index, a, out in
      try x.scattered(dim: a.dim, index, number(a.value, x, index), .replacing, into: out)
    },
    derivative: .of(
      .saving(.y) { g, c, a in try scatterValue(g, c.y, (a.dim, 0)) }, .notDifferentiable),
    tangent: .formula { c, a in [try c.tangent(0).map { try scatterValue($0, c.y, (a.dim, 0)) }] },
    batching: .rule { batch, a in
      try scattered(batch, a.dim) { try scatterValue($0, $2, ($1, a.value)) }
    },
    samples: scatterings([2, 0, 2, 1]).map {
      Sample(Array($0.inputs.prefix(2)), attributes: ($0.dim, 1.5))
    })

  package static let scatterSrcReduce: Operator<(dim: Int, reduce: String)> = Operator(
    "scatter.src_reduce(Tensor self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor",
    """
    As scatter, but elements of src are added to those of self, or multiplied with them: reduce is
    "add" or "multiply".

    A backward pass through it is refused; see scatter_reduce.
    """,
    gradName: "NotImplemented", inPlace: .available,
    forward: .three { x, index, source, a, out in
      guard let source else { throw TensorError.nullArgument("src") }
      return try x.scattered(dim: a.dim, index, source, placing(a.reduce), into: out)
    },
    derivative: .refused,
    batching: .rule { batch, a in
      try scattered(batch, a.dim) { try scatterSrcReduce($0, $2, batch.vectors(2), ($1, a.reduce)) }
    }, samples: [])

  package static let scatterValueReduce: Operator<(dim: Int, value: Scalar, reduce: String)> =
    Operator(
      """
      scatter.value_reduce(Tensor self, int dim, Tensor index, Scalar value, *, str reduce) -> Tensor
      """,
      """
      As scatter, but the number is added to elements of self, or multiplied with them: reduce is
      "add" or "multiply".

      A backward pass through it is refused; see scatter_reduce.
      """,
      gradName: "NotImplemented", inPlace: .available,
      forward: .two { x, index, a, out in
        try x.scattered(
          dim: a.dim, index, number(a.value, x, index), placing(a.reduce), into: out)
      },
      derivative: .refused,
      batching: .rule { batch, a in
        try scattered(batch, a.dim) { try scatterValueReduce($0, $2, ($1, a.value, a.reduce)) }
      }, samples: [])

  package static let scatterReduce: Operator<(dim: Int, reduce: String, includeSelf: Bool)> =
    Operator(
      """
      scatter_reduce(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, \
      bool include_self=True) -> Tensor
      """,
      """
      A copy of self in which the elements of src that scatter would put into one place are collected
      there: their sum, prod, mean, amax or amin, together with the element of self or, without
      include_self, in its place. Integer means are rounded down; nan is largest and smallest.

      Shapes and dtypes are those of scatter_add.
      Derivative: that of the reduction; equal extrema share g.
      """,
      gradName: "ScatterReduceBackward0", inPlace: .available,
      forward: .three { x, index, source, a, out in
        guard let source else { throw TensorError.nullArgument("src") }
        return try x.scatterReduced(
          dim: a.dim, index, source, collecting(a.reduce), includesSelf: a.includeSelf, into: out)
      },
      derivative: .joint(saving: [.x, .y, .z, .result]) { c, a in
        try elementMaps(c.y, a).gradients(c)
      },
      tangent: .formula { c, a in [try elementMaps(c.y, a).tangent(c)] },
      batching: .rule { batch, a in
        try scattered(batch, a.dim) {
          try scatterReduce($0, $2, batch.vectors(2), ($1, a.reduce, a.includeSelf))
        }
      },
      samples: ["sum", "prod", "mean", "amax", "amin"].flatMap { reduce in
        scatterings([2, 0, 2, 1]).flatMap { sample in
          [true, false].map { Sample(sample.inputs, attributes: (sample.dim, reduce, $0)) }
        }
      })

  package static let indexReduce: Operator<(dim: Int, reduce: String, includeSelf: Bool)> =
    Operator(
      """
      index_reduce(Tensor self, int dim, Tensor index, Tensor source, str reduce, *, \
      bool include_self=True) -> Tensor
      """,
      """
      A copy of self in which the slices of source that index gives one place in dimension dim are
      collected there: their prod, mean, amax or amin, together with the slice of self or, without
      include_self, in its place.

      Shapes and dtypes are those of index_add. Derivative: that of the reduction; equal extrema
      share g.
      """,
      inPlace: .available,
      forward: .three { x, index, source, a, out in
        guard let source else { throw TensorError.nullArgument("source") }
        guard let how = Collecting(rawValue: a.reduce), how != .sum else {
          throw TensorError.runtime(
            "index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got "
              + "\(a.reduce).")
        }
        return try x.indexReduced(
          dim: a.dim, index, source, how, includesSelf: a.includeSelf, into: out)
      },
      derivative: .joint(saving: [.x, .y, .z, .result]) { c, a in
        try sliceMaps(c.y, a).gradients(c)
      },
      tangent: .formula { c, a in [try sliceMaps(c.y, a).tangent(c)] },
      batching: .rule { batch, a in
        [
          try batch.placedSlices(a.dim) {
            try indexReduce($0, $2, $3, ($1, a.reduce, a.includeSelf))
          } each: {
            try scatterReduce($0, $2, $3, ($1, a.reduce, a.includeSelf))
          }
        ]
      },
      samples: ["prod", "mean", "amax", "amin"].flatMap { reduce in
        [true, false].flatMap { includesSelf in
          [
            Sample(
              SampleInput([3, 2]), SampleInput([4], .integers([2, 0, 2, 1])), SampleInput([4, 2]),
              attributes: (0, reduce, includesSelf)),
            Sample(
              SampleInput([2, 3], transposed: true), SampleInput([2], .integers([1])),
              SampleInput([2, 2]), attributes: (-1, reduce, includesSelf)),
          ]
        }
      })

  private static func elementMaps(
    _ index: Tensor, _ a: (dim: Int, reduce: String, includeSelf: Bool)
  ) -> PlaceMaps {
    PlaceMaps(
      function: "scatter_reduce", how: a.reduce, includesSelf: a.includeSelf, sizes: index.shape,
      pick: { try $0.gather(dim: a.dim, index) },
      add: { try $0.scatterAdd(dim: a.dim, index, $1) },
      reduce: { try scatterReduce($0, index, $1, a) },
      clear: { try scatterValue($0, index, (a.dim, 0)) })
  }

  private static func sliceMaps(
    _ index: Tensor, _ a: (dim: Int, reduce: String, includeSelf: Bool)
  ) -> PlaceMaps {
    PlaceMaps(
      function: "index_reduce", how: a.reduce, includesSelf: a.includeSelf, sizes: nil,
      pick: { try $0.indexSelect(dim: a.dim, index) },
      add: { try $0.indexAdd(dim: a.dim, index, $1) },
      reduce: { try indexReduce($0, index, $1, a) },
      clear: { try indexFillIntScalar($0, index.to(dtype: .int64), (a.dim, 0)) })
  }

  /// What becomes of elements for the word that PyTorch's older form takes.
  private static func placing(_ reduce: String) throws -> Placing {
    switch reduce {
    case "add": return .adding
    case "multiply": return .folding(.multiply)
    default: throw TensorError.runtime("reduce argument must be either add or multiply.")
    }
  }

  private static func collecting(_ reduce: String) throws -> Collecting {
    if let how = Collecting(rawValue: reduce) { return how }
    throw TensorError.runtime(
      "reduce argument must be either sum, prod, mean, amax or amin, got \(reduce)")
  }

  /// A number as what is scattered to all positions of an index.
  private static func number(_ value: Scalar, _ x: NDArray, _ index: NDArray) throws -> NDArray {
    try value.check(fits: x.dtype)
    return try NDArray.number(value, x.dtype).stretched(to: index.sizes)
  }

  /// Inputs for samples: self, index and src.
  private static func scatterings(_ places: [Int64]) -> [(inputs: [SampleInput], dim: Int)] {
    let several = (
      [SampleInput([3, 2]), SampleInput([4, 2], .integers(places)), SampleInput([4, 2])], 0
    )
    return [several] + scatteringsApart
  }

  /// Those in which no two elements go to one place.
  private static var scatteringsApart: [(inputs: [SampleInput], dim: Int)] {
    [
      (
        [
          SampleInput([2, 3], transposed: true), SampleInput([1, 2], .integers([1, 2])),
          SampleInput([1, 2]),
        ], -1
      ),
      ([SampleInput([3, 2]), SampleInput([1, 2], .integers([2, 0])), SampleInput([2, 2])], 0),
      ([SampleInput([]), SampleInput([], .integers([0])), SampleInput([])], 0),
    ]
  }

  /// A call for all examples, none of which is a number.
  private static func scattered(
    _ batch: Batch, _ dim: Int, _ call: (_ x: Tensor, _ dim: Int, _ index: Tensor) throws -> Tensor
  ) throws -> [Tensor] {
    let result = try call(batch.vectors(0), batch.moved(dim), batch.vectors(1))
    return [batch.rank(0) == 0 ? try result.reshape([batch.size]) : result]
  }
}

/// Where the elements of a source go, as linear maps; and the reduction, of which they are part.
private struct PlaceMaps {
  /// PyTorch's name of the operator.
  let function: String
  /// Its reduction.
  let how: String
  let includesSelf: Bool
  /// The sizes of the part of the source that goes anywhere; nil for all of it.
  let sizes: Dims?
  /// The elements of a tensor like self to which those of the source go.
  let pick: (Tensor) throws -> Tensor
  /// A tensor like self to which the source's elements are added.
  let add: (_ whole: Tensor, _ part: Tensor) throws -> Tensor
  /// The same, but they are collected.
  let reduce: (_ whole: Tensor, _ part: Tensor) throws -> Tensor
  /// A tensor like self with zeros where the source's elements go.
  let clear: (Tensor) throws -> Tensor

  /// The gradients of self and source.
  func gradients(_ c: Context) throws -> Gradients {
    let (own, others) = try partials(
      c.gradient, c.x, c.z, c.result, wantsOwn: c.needs(0), wantsOthers: c.needs(2))
    var gradients = Gradients()
    gradients.append(own)
    gradients.append(nil)
    gradients.append(try others.map { try padded($0, to: c.sizes(of: 2)) })
    return gradients
  }

  /// The tangent of the result: each element of self and source counts by itself.
  func tangent(_ c: TangentContext) throws -> Tensor? {
    let ones = try c.result.onesLike()
    let (x, source) = (c.tangent(0), c.tangent(2))
    let (own, others) = try partials(
      ones, c.x, c.z, c.result, wantsOwn: x != nil, wantsOthers: source != nil)
    var sum: Tensor?
    if let x, let own { sum = try x * own.conj() }
    if let source, let others {
      sum = try add(sum ?? ones.zerosLike(), used(source) * others.conj())
    }
    return sum
  }

  /// A gradient of the result times the conjugate of what it changes by with each element of self
  /// and source.
  private func partials(
    _ g: Tensor, _ x: Tensor, _ source: Tensor, _ result: Tensor, wantsOwn: Bool, wantsOthers: Bool
  ) throws -> (own: Tensor?, others: Tensor?) {
    var own: Tensor?
    var others: Tensor?
    switch how {
    case "sum":
      (own, others) = (g, try pick(g))
    case "mean":
      // An element that nothing goes to counts itself, whatever it is replaced by.
      let base = try includesSelf ? g.onesLike() : clear(g.onesLike())
      let count = try add(base, pick(g).onesLike())
      let share = try g / count
      (own, others) = (share, try pick(share))
    case "prod":
      if wantsOwn {
        let filled = try x.maskedFill(x.eq(0), 1)
        own = try g * (reduce(filled, used(source)) / filled).conj()
      }
      if wantsOthers { others = try shares(g, x, used(source), result) }
    default:
      // Self counts even where it is replaced, as it does in PyTorch.
      let isOwn = try x.eq(result).to(dtype: g.dtype)
      let isOther = try used(source).eq(pick(result)).to(dtype: g.dtype)
      let share = try g / add(isOwn, isOther)
      (own, others) = (try isOwn * share, try isOther * pick(share))
    }
    if !wantsOwn { own = nil }
    if !includesSelf { own = try own.map(clear) }
    return (own, wantsOthers ? others : nil)
  }

  /// The part of the source that goes anywhere.
  private func used(_ source: Tensor) throws -> Tensor {
    guard let sizes, sizes != source.shape else { return source }
    if sizes.count != source.rank { return try source.reshape(sizes) }
    var part = source
    for (dim, size) in sizes.enumerated() {
      part = try part.narrow(dim: dim, start: 0, length: size)
    }
    return part
  }

  /// The gradients of the source's elements in a product.
  private func shares(
    _ g: Tensor, _ x: Tensor, _ source: Tensor, _ result: Tensor
  ) throws -> Tensor {
    let isZero = try source.eq(0)
    let hides = isZero.hidesElements
    let all = try g * result.conj()
    if try !hides && !isZero.any().isTrue() { return try pick(all) / source.conj() }
    let zeros = try pick(add(x.zerosLike(), isZero.to(dtype: x.dtype)))
    let isOnly = try isZero.logicalAnd(zeros.eq(1))
    // The product of the others, where one of them is zero.
    let product = try reduce(x, source.maskedFill(isOnly, 1))
    let share = try Ops.where(
      isOnly, pick(g * product.conj()), pick(all) / source.maskedFill(isZero, 1).conj(), ())
    if try !hides && GradMode.isEnabled && zeros.gt(1).any().isTrue() {
      return try Ops.undifferentiable(
        share,
        "\(function)(): Double backward is unsupported for src when >1 zeros in src are scattered "
          + "to the same position in self")
    }
    return share
  }
}

extension Ops {
  /// The tensor as it is; a backward pass through it throws the attribute's words.
  static let undifferentiable: Operator<String> = Operator(
    "_undifferentiable(Tensor self) -> Tensor", "What can't be differentiated further.",
    gradName: "Error", forward: .one { x, _, _ in x },
    derivative: .of(.linear { _, _, words in throw TensorError.runtime(words) }),
    tangent: .formula { _, words in throw TensorError.runtime(words) }, batching: .elementwise,
    samples: [])
}
