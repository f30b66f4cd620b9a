import Arrays
import Autograd
import Elements

extension Operator where Attributes == Void {
  /// A comparison of two tensors.
  fileprivate init(
    _ schema: String, _ comparison: BinaryOperation, _ sentence: String
  ) {
    self.init(
      schema,
      """
      \(sentence), element by element: a bool tensor.

      Shapes broadcast; elements are compared in the dtype that both promote to. Nothing but `ne`
      is true of nan. In place the answers become elements of self, 0 or 1. Derivative: zero.
      """,
      gradName: "\(comparison)".capitalizedFirst + "Backward1", inPlace: .available,
      forward: .two { x, y, _, out in try x.binary(comparison, y, into: out) },
      derivative: .zero,
      batching: .elementwise,
      samples: [
        Sample(SampleInput([2, 3], .constant(-2, 2)), SampleInput([3], .constant(-2, 2))),
        Sample(SampleInput([4], .integers([1, 2])), SampleInput([4], .integers([1, 2, 3]))),
      ])
  }
}

extension Operator where Attributes == Scalar {
  /// A comparison of a tensor and a number.
  fileprivate init(
    _ schema: String, _ comparison: BinaryOperation, _ sentence: String
  ) {
    self.init(
      schema,
      """
      \(sentence), for each element and a number: a bool tensor.

      An integer tensor and a float number are compared in float32. Nothing but `ne` is true of nan.
      In place the answers become elements of self, 0 or 1. Derivative: zero.
      """,
      inPlace: .available,
      forward: .one { x, number, out in try x.binary(comparison, number, into: out) },
      derivative: .zero,
      batching: .elementwise,
      samples: [
        Sample(SampleInput([2, 3], .constant(-2, 2)), attributes: 0.5),
        Sample(SampleInput([4], .integers([1, 2, 3])), attributes: 2),
      ])
  }
}

extension Ops {
  package static let comparison: [any AnyOperator] = [
    eq, eqScalar, ne, neScalar, lt, ltScalar, le, leScalar, gt, gtScalar, ge, geScalar, isclose,
  ]

  package static let eq = Operator<Void>(
    "eq(Tensor self, Tensor other) -> Tensor", .eq, "Whether self is equal to other")

  package static let eqScalar = Operator<Scalar>(
    "eq.Scalar(Tensor self, Scalar other) -> Tensor", .eq, "Whether self is equal to other")

  package static let ne = Operator<Void>(
    "ne(Tensor self, Tensor other) -> Tensor", .ne, "Whether self differs from other")

  package static let neScalar = Operator<Scalar>(
    "ne.Scalar(Tensor self, Scalar other) -> Tensor", .ne, "Whether self differs from other")

  package static let lt = Operator<Void>(
    "lt(Tensor self, Tensor other) -> Tensor", .lt, "Whether self is less than other")

  package static let ltScalar = Operator<Scalar>(
    "lt.Scalar(Tensor self, Scalar other) -> Tensor", .lt, "Whether self is less than other")

  package static let le = Operator<Void>(
    "le(Tensor self, Tensor other) -> Tensor", .le, "Whether self is less than or equal to other")

  package static let leScalar = Operator<Scalar>(
    "le.Scalar(Tensor self, Scalar other) -> Tensor", .le,
    "Whether self is less than or equal to other")

  package static let gt = Operator<Void>(
    "gt(Tensor self, Tensor other) -> Tensor", .gt, "Whether self is greater than other")

  package static let gtScalar = Operator<Scalar>(
    "gt.Scalar(Tensor self, Scalar other) -> Tensor", .gt, "Whether self is greater than other")

  package static let ge = Operator<Void>(
    "ge(Tensor self, Tensor other) -> Tensor", .ge,
    "Whether self is greater than or equal to other")

  package static let geScalar = Operator<Scalar>(
    "ge.Scalar(Tensor self, Scalar other) -> Tensor", .ge,
    "Whether self is greater than or equal to other")
}

extension Ops {
  package static let isclose = Operator<(rtol: Double, atol: Double, equalNan: Bool)>(
    "isclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> Tensor",
    """
    Whether |self - other| <= atol + rtol * |other|, element by element: a bool tensor.

    Shapes broadcast. Infinite elements are close to equal ones only, nan to nan where equal_nan is
    set. Errors: different dtypes, a negative tolerance.
    """,
    forward: .composedTwo { x, y, a in
      if x.dtype != y.dtype {
        throw TensorError.runtime(
          "\(x.dtype.scalarTypeName) did not match \(y.dtype.scalarTypeName)")
      }
      for (name, value) in [("rtol", a.rtol), ("atol", a.atol)] where !(value >= 0) {
        throw TensorError.runtime(
          "\(name) must be greater than or equal to zero, but got \(value.shortText)")
      }
      let (x, y) = (x.detach(), y.detach())
      var close = try x.eq(y)
      if a.equalNan && x.dtype.isDifferentiable {
        close = try close.logicalOr(x.ne(x).logicalAnd(y.ne(y)))
      }
      if a.rtol == 0 && a.atol == 0 { return close }
      let (left, right) =
        x.dtype.isDifferentiable ? (x, y) : try (x.to(dtype: .float32), y.to(dtype: .float32))
      let distance = try (left - right).abs()
      let allowed = try (right * .double(a.rtol)).abs() + .double(a.atol)
      return try close.logicalOr(distance.isfinite().logicalAnd(distance.le(allowed)))
    },
    derivative: .none(because: "a truth value does not change gradually"),
    samples: [
      Sample(
        SampleInput([2, 3], .constant(-2, 2)), SampleInput([3], .constant(-2, 2)),
        attributes: (0.5, 0.1, false)),
      Sample(
        SampleInput([4], .integers([1, 2])), SampleInput([4], .integers([1, 2, 3])),
        attributes: (1e-5, 1e-8, true)),
    ])
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension Tensor {
  /// True when both tensors have the same shape and equal elements: `torch.equal`. A tensor with a
  /// nan is not equal to itself.
  ///
  /// - Throws: `TensorError.runtime` under `vmap`.
  public func equal(_ other: Tensor) throws -> Bool {
    try checkReadable()
    try other.checkReadable()
    return try array.isEqual(to: other.array)
  }
}
