import Arrays
import Autograd
import Elements

// Quantiles: sorted rows, looked up between two places.

extension Ops {
  /// What quantiles take besides their tensors.
  package typealias QuantileAttributes = (dim: Int?, keepdim: Bool, interpolation: String)

  package static let quantile = quantiles(
    #"""
    quantile(Tensor self, Tensor q, int? dim=None, bool keepdim=False, *, \#
    str interpolation="linear") -> Tensor
    """#,
    """
    Quantiles along the dimension dim, or of all elements: where q lies between 0, the smallest, and
    1, the largest.

    Between two elements interpolation takes "linear" what lies there, "lower" or "higher" one of
    them, "nearest" the nearer one, "midpoint" their mean. Several q are a new first dimension. A row
    with nan gives nan.
    Errors: a dimension out of range; q beyond its range, of more than one dimension, or of another
    dtype; dtypes but float32 and float64; no elements.
    Derivative: g, shared by the two elements as they share the result.
    """, ignoresNaN: false)

  package static let nanquantile = quantiles(
    #"""
    nanquantile(Tensor self, Tensor q, int? dim=None, bool keepdim=False, *, \#
    str interpolation="linear") -> Tensor
    """#,
    """
    As quantile, of the elements that are not nan; nan where there is none.

    Errors and derivative: those of quantile.
    """, ignoresNaN: true)

  package static let quantileScalar = quantilesOfNumber(
    #"""
    quantile.scalar(Tensor self, float q, int? dim=None, bool keepdim=False, *, \#
    str interpolation="linear") -> Tensor
    """#,
    """
    As quantile of a 0-d q.

    Errors and derivative: those of quantile.
    """, ignoresNaN: false)

  package static let nanquantileScalar = quantilesOfNumber(
    #"""
    nanquantile.scalar(Tensor self, float q, int? dim=None, bool keepdim=False, *, \#
    str interpolation="linear") -> Tensor
    """#,
    """
    As nanquantile of a 0-d q.

    Errors and derivative: those of quantile.
    """, ignoresNaN: true)

  private static func quantiles(
    _ schema: String, _ documentation: String, ignoresNaN: Bool
  ) -> Operator<QuantileAttributes> {
    Operator(
      schema, documentation,
      forward: .composedTwo { x, q, a in
        if !q.hidesElements, q.rank <= 1, q.dtype.isFloatingPoint {
          for value in q.elements where !(value.double >= 0 && value.double <= 1) {
            throw TensorError.runtime("quantile() q values must be in the range [0, 1]")
          }
        }
        return try x.quantiles(q, a, ignoresNaN: ignoresNaN)
      },
      derivative: .composed,
      samples: [
        Sample(
          SampleInput([2, 3]), SampleInput([2], .constant(0.1, 0.4)),
          attributes: (1, false, "linear")),
        Sample(
          SampleInput([2, 3]), SampleInput([], .constant(0.1, 0.4)),
          attributes: (nil, true, "midpoint")),
        Sample(
          SampleInput([3, 2]), SampleInput([2], .constant(0.6, 0.9)),
          attributes: (0, true, "nearest")),
      ])
  }

  private static func quantilesOfNumber(
    _ schema: String, _ documentation: String, ignoresNaN: Bool
  ) -> Operator<(q: Double, dim: Int?, keepdim: Bool, interpolation: String)> {
    Operator(
      schema, documentation,
      forward: .composed { x, a in
        guard a.q >= 0, a.q <= 1 else {
          throw TensorError.runtime(
            "quantile() q must be in the range [0, 1] but got \(a.q.shortText)")
        }
        let dtype = x.dtype.isFloatingPoint ? x.dtype : .float32
        let q = Tensor(try .number(.double(a.q), dtype))
        return try x.quantiles(q, (a.dim, a.keepdim, a.interpolation), ignoresNaN: ignoresNaN)
      },
      derivative: .composed,
      samples: [
        Sample(SampleInput([2, 3]), attributes: (0.3, 1, false, "linear")),
        Sample(SampleInput([2, 3]), attributes: (0.3, nil, false, "lower")),
      ])
  }

  /// The end of a computation under PyTorch's name for it.
  fileprivate static let settled = Operator<Void>(
    "squeeze(Tensor self) -> Tensor", "A copy.", gradName: "SqueezeBackward4",
    forward: .one { x, _, _ in try x.copied() }, derivative: .of(.identity), tangent: .elementwise,
    batching: .elementwise, samples: [])
}

extension Tensor {
  fileprivate func quantiles(
    _ q: Tensor, _ a: Ops.QuantileAttributes, ignoresNaN: Bool
  ) throws -> Tensor {
    func refuse(_ words: String) -> TensorError { .runtime("quantile() " + words) }
    if count == 0 { throw refuse("input tensor must be non-empty") }
    guard q.rank <= 1 else { throw refuse("q must be a scalar or 1D tensor") }
    guard dtype == .float32 || dtype == .float64 else {
      throw refuse("input tensor must be either float or double dtype")
    }
    guard dtype == q.dtype else { throw refuse("q tensor must be same dtype as the input tensor") }
    guard ["linear", "lower", "higher", "midpoint", "nearest"].contains(a.interpolation) else {
      throw refuse(
        "interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
          + a.interpolation)
    }
    let dim = try a.dim.map { try Dims.wrap($0, rank: rank) }
    // Rows along the last dimension, in order.
    var rows = self
    var kept = shape
    if let dim, rank > 0 {
      rows = try dim == rank - 1 ? self : movedToEnd(dim)
      kept[dim] = 1
      if !a.keepdim { kept.remove(at: dim) }
    } else {
      rows = try reshape([count])
      kept = a.keepdim ? Dims(repeating: 1, count: rank) : []
    }
    let sorted = try Ops.sort.several(rows, (-1, false))[0]
    let length = rows.shape[rows.rank - 1]
    var outer = rows.shape
    outer[outer.count - 1] = q.rank == 0 ? 1 : q.shape[0]
    let places = try sorted.places(q, a.interpolation, length, ignoresNaN: ignoresNaN)
    let below = try places.detach().floor()
    let lower = try sorted.gather(dim: -1, below.to(dtype: .int64).expand(outer))
    var values = lower
    if a.interpolation == "linear" || a.interpolation == "midpoint" {
      let upper = try sorted.gather(dim: -1, places.detach().ceil().to(dtype: .int64).expand(outer))
      let weight = try a.interpolation == "linear" ? places - below : below * 0 + 0.5
      // From the nearer end, so that equal ends give just that.
      let difference = try upper - lower
      values = try weight.lt(0.5).where(
        lower + difference * weight, upper - difference * (1 - weight))
    }
    // q comes first.
    if q.rank == 0 { return try Ops.settled(values.reshape(kept), ()) }
    if values.rank > 1 { values = try values.movedToFront() }
    var sizes = Dims([q.shape[0]])
    for size in kept { sizes.append(size) }
    return try Ops.settled(values.reshape(sizes), ())
  }

  /// Where in sorted rows the quantiles `q` lie, of a row with nan at the nan.
  private func places(
    _ q: Tensor, _ interpolation: String, _ length: Int, ignoresNaN: Bool
  ) throws -> Tensor {
    let isNaN = try detach().isnan()
    let last = Double(length - 1)
    var places: Tensor
    if ignoresNaN {
      let numbers = try isNaN.logicalNot().sum(dim: [-1], keepdim: true).to(dtype: dtype)
      places = try q * (numbers - 1)
      places = try places.maskedFill(places.lt(0), 0)
    } else {
      let hasNaN = try Ops.anyDim(isNaN, (-1, true))
      places = try hasNaN.where(Tensor(.number(.double(last), dtype)), q * .double(last))
    }
    switch interpolation {
    case "lower": return try places.floor()
    case "higher": return try places.ceil()
    case "nearest": return try places.round()
    default: return places
    }
  }

  private func movedToEnd(_ dim: Int) throws -> Tensor {
    var order = Dims(0..<rank)
    order.remove(at: dim)
    order.append(dim)
    return try permute(order)
  }

  private func movedToFront() throws -> Tensor {
    var order = Dims([rank - 1])
    for i in 0..<rank - 1 { order.append(i) }
    return try permute(order)
  }
}
