import Arrays
import Autograd
import Elements

// The largest and the smallest element, and where they stand.

extension Ops {
  package static let extrema: [any AnyOperator] = [
    max, min, maxDim, minDim, amax, amin, argmax, argmin,
  ]

  package static let max = whole(
    .max, "max(Tensor self) -> Tensor",
    """
    Largest of all elements; nan where one is nan.

    Errors: a tensor without elements.
    Derivative: g, shared evenly among the elements that are largest.
    """)

  package static let min = whole(
    .min, "min(Tensor self) -> Tensor",
    """
    Smallest of all elements; nan where one is nan.

    Errors: a tensor without elements.
    Derivative: g, shared evenly among the elements that are smallest.
    """)

  package static let maxDim = rows(
    .max,
    "max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    """
    Largest elements along the dimension dim, and where the first of each stands.

    The dimension disappears, or keeps size 1 with keepdim. nan is larger than every number. The
    indices are int64.
    Errors: a dimension out of range, or without elements.
    Derivative: g for the element at the index.
    """)

  package static let minDim = rows(
    .min,
    "min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    """
    Smallest elements along the dimension dim, and where the first of each stands.

    The dimension disappears, or keeps size 1 with keepdim. nan is smaller than every number. The
    indices are int64.
    Errors: a dimension out of range, or without elements.
    Derivative: g for the element at the index.
    """)

  package static let amax = dims(
    .max, "amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
    """
    Largest elements along the dimensions dim, or of all where dim is empty; nan where one is nan.

    The dimensions disappear, or keep size 1 with keepdim.
    Errors: a dimension out of range, named twice, or without elements.
    Derivative: g, shared evenly among the elements of a row that are largest.
    """)

  package static let amin = dims(
    .min, "amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
    """
    Smallest elements along the dimensions dim, or of all where dim is empty; nan where one is nan.

    The dimensions disappear, or keep size 1 with keepdim.
    Errors: a dimension out of range, named twice, or without elements.
    Derivative: g, shared evenly among the elements of a row that are smallest.
    """)

  package static let argmax = positions(
    .max, "argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor",
    """
    Where the first largest element stands, as int64: along dim, or counted in row-major order.

    The dimension disappears, or keeps size 1 with keepdim. nan is larger than every number.
    Errors: a dimension out of range, or without elements; bool. Not differentiable.
    """)

  package static let argmin = positions(
    .min, "argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor",
    """
    Where the first smallest element stands, as int64: along dim, or counted in row-major order.

    The dimension disappears, or keeps size 1 with keepdim. nan is smaller than every number.
    Errors: a dimension out of range, or without elements; bool. Not differentiable.
    """)
}

// Each pair is one operator but for the direction.

extension Ops {
  private static func whole(
    _ which: Extremum, _ schema: String, _ documentation: String
  ) -> Operator<Void> {
    Operator(
      schema, documentation, gradName: which == .max ? "MaxBackward1" : "MinBackward1",
      forward: .one { x, _, _ in try x.extremum(which) },
      derivative: .of(
        .saving([.x, .result]) { g, c in
          let (x, y) = (try c.x, try c.result)
          // A nan equals nothing, but it was chosen.
          let mask = try y.isNaN() ? x.isnan() : x.eq(y)
          return try mask.where(g / mask.sum(), Tensor(.number(0, g.dtype)))
        }),
      samples: [
        Sample(SampleInput([2, 3])), Sample(SampleInput([3, 2], transposed: true)),
        Sample(SampleInput([])),
      ])
  }

  private static func rows(
    _ which: Extremum, _ schema: String, _ documentation: String
  ) -> Operator<(dim: Int, keepdim: Bool)> {
    Operator(
      schema, documentation,
      forward: .several { x, a in
        let (values, indices) = try x.extremum(which, dim: a.dim, keepdim: a.keepdim)
        return [values, indices]
      },
      derivative: .of(
        .saving(.result2) { g, c, a in
          let sizes = c.sizes()
          let index = try c.result2.restored([a.dim], keepdim: a.keepdim, sizes: sizes)
          let g = try g.restored([a.dim], keepdim: a.keepdim, sizes: sizes)
          return try Tensor(.full(sizes, 0, g.dtype)).scatterAdd(dim: a.dim, index, g)
        }),
      samples: oneDimSamples { ($0, $1) })
  }

  private static func dims(
    _ which: Extremum, _ schema: String, _ documentation: String
  ) -> Operator<(dim: Dims, keepdim: Bool)> {
    Operator(
      schema, documentation,
      forward: .one { x, a, _ in try x.extremum(which, dims: a.dim, keepdim: a.keepdim) },
      derivative: .of(
        .saving([.x, .result]) { g, c, a in
          let x = try c.x
          let y = try c.result.restored(a.dim, keepdim: a.keepdim, sizes: x.shape)
          let mask = try x.eq(y)
          let count = try mask.sum(dim: a.dim, keepdim: true)
          return try g.restored(a.dim, keepdim: a.keepdim, sizes: x.shape) * mask / count
        }),
      samples: [
        Sample(SampleInput([2, 3]), attributes: ([1], false)),
        Sample(SampleInput([2, 3, 2]), attributes: ([0, -1], true)),
        Sample(SampleInput([3, 2], transposed: true), attributes: ([], false)),
        Sample(SampleInput([]), attributes: ([0], false)),
        Sample(SampleInput([2, 0]), attributes: ([0], false)),
      ])
  }

  private static func positions(
    _ which: Extremum, _ schema: String, _ documentation: String
  ) -> Operator<(dim: Int?, keepdim: Bool)> {
    Operator(
      schema, documentation,
      forward: .one { x, a, _ in try x.position(which, dim: a.dim, keepdim: a.keepdim) },
      derivative: .none(because: "indices are integers"),
      samples: [
        Sample(SampleInput([2, 3], .constant(-2, 2)), attributes: (nil, false)),
        Sample(SampleInput([2, 3], .constant(-2, 2)), attributes: (1, true)),
      ])
  }
}

extension Tensor {
  /// True when the only element is nan.
  fileprivate func isNaN() throws -> Bool { try array.item().double.isNaN }
}
