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
      is true of nan.
      """,
      forward: .two { x, y, _, out in try x.binary(comparison, y, into: out) },
      derivative: .none(because: "a truth value does not change gradually"),
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
      """,
      forward: .one { x, number, out in try x.binary(comparison, number, into: out) },
      derivative: .none(because: "a truth value does not change gradually"),
      batching: .elementwise,
      samples: [
        Sample(SampleInput([2, 3], .constant(-2, 2)), attributes: 0.5),
        Sample(SampleInput([4], .integers([1, 2, 3])), attributes: 2),
      ])
  }
}

extension Ops {
  package static let comparison: [any AnyOperator] = [
    eq, eqScalar, ne, neScalar, lt, ltScalar, le, leScalar, gt, gtScalar, ge, geScalar,
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
