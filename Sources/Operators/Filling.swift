import Arrays
import Autograd
import Elements

// New contents for a tensor: these operators only exist in place.

extension Ops {
  package static let filling: [any AnyOperator] = [
    fill, fillScalar, fillValue, zero, copy,
  ]

  package static let fill = Operator<Scalar>(
    "fill(Tensor self, Scalar value) -> Tensor",
    """
    Sets every element to a number.

    Errors: a number that the dtype can't hold; the fraction of a float is cut off for integers.
    Derivative: zero, since nothing is left of the elements.
    """,
    gradName: "FillBackward2", inPlace: .only,
    forward: .one { x, value, out in
      try value.check(fits: x.dtype)
      let target = try out ?? x.copied()
      target.fill(value)
      return target
    },
    derivative: .zero, batching: .elementwise, samples: .unary(attributes: 1.5))

  package static let fillScalar = Operator<Scalar>(
    "fill.Scalar(Tensor self, Scalar value) -> Tensor",
    """
    A tensor like self with a number in every element.

    Errors: a number that the dtype can't hold. Derivative: zero, since nothing is left of self.
    """,
    gradName: "FillBackward0",
    forward: .one { x, value, _ in try x.emptyLike().filled(with: value) },
    derivative: .zero, batching: .elementwise, samples: .unary(attributes: 1.5))

  package static let fillValue = Operator<Void>(
    "fill.Value(Tensor self, Tensor value) -> Tensor",
    """
    Every element becomes that of a tensor without dimensions, converted to the dtype of self.

    Errors: a value with dimensions. Derivative: zero for self, the sum of g for value.
    """,
    gradName: "FillBackward3", inPlace: .available,
    forward: .two { x, value, _, out in
      if value.rank > 0 {
        throw TensorError.runtime(
          "fill_ only supports 0-dimension value tensor but got tensor with \(value.rank) "
            + "dimensions.")
      }
      let target = try out ?? x.emptyLike()
      try target.overwrite(with: value)
      return target
    },
    derivative: .of(.zero, .linear { g, _ in try g.sum() }),
    tangent: .formula { c, _ in
      guard let tangent = c.tangent(1) else { return [nil] }
      return [try tangent.expand(c.result.shape)]
    },
    batching: .rule { batch, _ in
      let rank = batch.rank(0)
      if batch.rank(1) > 0 { return try batch.refusing() }
      return [try Ops.copied(batch.batched(0), batch.aligned(1, rank: rank))]
    },
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([])), Sample(SampleInput([]), SampleInput([])),
    ])

  /// A copy of self with the elements of another, which is stretched to its shape.
  private static func copied(_ x: Tensor, _ source: Tensor) throws -> Tensor {
    try source.expand(x.shape).to(dtype: x.dtype, copy: true)
  }

  package static let zero = Operator<Void>(
    "zero(Tensor self) -> Tensor",
    """
    Sets every element to zero.

    Derivative: zero, since nothing is left of the elements.
    """,
    inPlace: .only,
    forward: .one { x, _, out in
      let target = try out ?? x.copied()
      target.fill(0)
      return target
    },
    derivative: .zero, batching: .elementwise, samples: .unary())

  package static let copy = Operator<Void>(
    "copy(Tensor self, Tensor src) -> Tensor",
    """
    Sets the elements to those of src, converted to the dtype of self.

    src is stretched to the shape of self. Errors: shapes that do not fit, src and self sharing part
    of their memory. Derivative: zero for self, g for src.
    """,
    gradName: "torch::autograd::CopyBackwards", inPlace: .only,
    forward: .two { x, source, _, out in
      let target = try out ?? x.copied()
      try target.overwrite(with: source)
      return target
    },
    derivative: .of(.zero, .identity),
    tangent: .elementwise, batching: .elementwise,
    samples: [
      Sample(SampleInput([2, 3]), SampleInput([2, 3], transposed: true)),
      Sample(SampleInput([3, 2], transposed: true), SampleInput([2])),
      Sample(SampleInput([2, 3]), SampleInput([2, 1])),
      Sample(SampleInput([2]), SampleInput([])),
      Sample(SampleInput([]), SampleInput([])),
      Sample(SampleInput([0, 2]), SampleInput([2])),
    ])
}
