import Arrays
import Autograd
import Elements

// Elements that a mask names, replaced by others.

extension Ops {
  package static let masking: [any AnyOperator] = [maskedFillValue, maskedScatter]

  package static let maskedFillValue: Operator<Void> = Operator(
    "masked_fill.value(Tensor self, Tensor mask, Tensor value) -> Tensor",
    """
    As masked_fill with a number, which is here a 0-d tensor of any dtype.

    Derivative: g where the mask is false for self, the sum of g where it is true for value.
    """,
    gradName: "MaskedFillBackward1", inPlace: .available,
    forward: .three { x, mask, value, _, out in
      guard let value else { throw TensorError.nullArgument("value") }
      if value.rank != 0 {
        throw TensorError.runtime(
          "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            + "\(value.rank) dimension(s).")
      }
      return try x.maskFilled(mask, value.item(), into: out)
    },
    derivative: .of(
      .saving(.y) { g, c in try g.maskedFill(c.y, 0) }, .notDifferentiable,
      .saving(.y) { g, c in try g.maskedFill(c.y.logicalNot(), 0).sum() }),
    tangent: .linear,
    batching: .rule { batch, _ in
      if batch.rank(2) != 0 || batch.input(1).dtype != .bool { return try batch.refusing() }
      let rank = Swift.max(batch.rank(0), batch.rank(1))
      let x = try batch.aligned(0, rank: rank)
      let value = try batch.aligned(2, rank: rank).to(dtype: x.dtype)
      return [try Ops.where(batch.aligned(1, rank: rank), value, x, ())]
    },
    samples: [
      Sample(
        SampleInput([2, 3]), SampleInput([2, 3], .booleans([true, false, false])),
        SampleInput([])),
      Sample(
        SampleInput([3, 2], transposed: true), SampleInput([2], .booleans([true, false])),
        SampleInput([])),
      Sample(SampleInput([]), SampleInput([2], .booleans([true, false])), SampleInput([])),
    ])

  package static let maskedScatter: Operator<Void> = Operator(
    "masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor",
    """
    A copy of self in which the elements where the mask is true are those of source, one after the
    other, in row-major order.

    self and mask broadcast, in place only the mask; it is bool, and source has self's dtype.
    Errors: another dtype, fewer elements in source than the mask names.
    Derivative: for self g where the mask is false, for source the elements of g where it is true.
    """,
    inPlace: .available,
    forward: .three { x, mask, source, _, out in
      guard let source else { throw TensorError.nullArgument("source") }
      return try x.maskScattered(mask, source, into: out)
    },
    derivative: .of(
      .saving(.y) { g, c in try g.maskedFill(c.y, 0) }, .notDifferentiable,
      .saving(.y) { g, c in try maskedGather(g, c.y, c.sizes(of: 2)) }),
    tangent: .linear,
    batching: .rule { batch, _ in
      let x = batch.input(0)
      let source = try batch.batched(2)
      if batch.input(1).dtype != .bool || x.dtype != source.dtype { return try batch.refusing() }
      let sizes = try Dims.broadcast(batch.sizes(0), batch.sizes(1))
      let all = sizes.following(batch.size)
      let mask = try batch.aligned(1, rank: sizes.count).expand(all)
      let base = try batch.aligned(0, rank: sizes.count).expand(all)
      let count = sizes.reduce(1, &*)
      let list = try source.reshape([batch.size, source.count / Swift.max(batch.size, 1)])
      if list.shape[1] == 0 { return [try base.clone()] }
      // The how-manieth true element each is.
      let places = try mask.reshape([batch.size, count]).to(dtype: .int64).cumsum(dim: 1)
        .sub(.int(1)).clamp(min: 0, max: .int(Int64(list.shape[1] - 1)))
      let picked = try list.gather(dim: 1, places).reshape(all)
      return [try Ops.where(mask, picked, base, ())]
    },
    samples: [
      Sample(
        SampleInput([2, 3]), SampleInput([2, 3], .booleans([true, false, true])),
        SampleInput([5])),
      Sample(
        SampleInput([3, 2], transposed: true), SampleInput([2], .booleans([true, false])),
        SampleInput([2, 2])),
      Sample(SampleInput([2]), SampleInput([3, 1], .booleans([true, false])), SampleInput([4])),
      Sample(SampleInput([]), SampleInput([], .booleans([true])), SampleInput([])),
    ])

  /// The elements where a mask is true, followed by zeros, in given sizes: the adjoint of
  /// `masked_scatter`.
  private static let maskedGather: Operator<Dims> = Operator(
    "_masked_gather(Tensor self, Tensor mask, int[] size) -> Tensor",
    "Elements that a mask names, followed by zeros.",
    forward: .two { x, mask, sizes, _ in
      let mask = mask.stretched(to: x.sizes)
      let picked = try IndexPlan(x.sizes, [mask]).read(x)
      let result = try NDArray.full(sizes, 0, x.dtype)
      let list = try result.viewed(as: [result.count])
      try list.slice(dim: 0, start: 0, end: picked.count).assign(picked)
      return result
    },
    derivative: .of(
      .saving(.y) { g, c, _ in
        try maskedScatter(Tensor.zeros(c.sizes(), dtype: g.dtype), c.y, g, ())
      }, .notDifferentiable),
    tangent: .linear,
    batching: .rule { batch, sizes in
      let examples = try (0..<batch.size).map { i in
        let example = try batch.example(i)
        guard let x = example[0], let mask = example[1] else { return batch.input(0) }
        return try maskedGather(x, mask, sizes)
      }
      return [
        try examples.isEmpty
          ? Tensor.zeros(sizes.following(0), dtype: batch.input(0).dtype) : Tensor.stack(examples)
      ]
    }, samples: [])
}
