import Arrays
import Autograd

// Copies with elements elsewhere, or zeros in their places.

extension Ops {
  package static let rearranging: [any AnyOperator] = [tril, triu, flip, `repeat`]

  package static let tril = Operator<Int>(
    "tril(Tensor self, int diagonal=0) -> Tensor",
    """
    The lower triangle of each matrix in the last two dimensions; the rest becomes zero.

    diagonal moves the border to the right. Errors: fewer than two dimensions.
    Derivative: the lower triangle of g.
    """,
    inPlace: .available,
    forward: .one { x, diagonal, out in
      try x.triangle(keepsLower: true, diagonal: diagonal).moved(into: out)
    },
    derivative: .of(.linear { g, _, diagonal in try g.tril(diagonal: diagonal) }),
    tangent: .linear,
    batching: .rule { batch, diagonal in
      if batch.rank(0) < 2 { return try batch.refusing() }
      return [try batch.input(0).tril(diagonal: diagonal)]
    },
    samples: triangles)

  package static let triu = Operator<Int>(
    "triu(Tensor self, int diagonal=0) -> Tensor",
    """
    The upper triangle of each matrix in the last two dimensions; the rest becomes zero.

    diagonal moves the border to the right. Errors: fewer than two dimensions.
    Derivative: the upper triangle of g.
    """,
    inPlace: .available,
    forward: .one { x, diagonal, out in
      try x.triangle(keepsLower: false, diagonal: diagonal).moved(into: out)
    },
    derivative: .of(.linear { g, _, diagonal in try g.triu(diagonal: diagonal) }),
    tangent: .linear,
    batching: .rule { batch, diagonal in
      if batch.rank(0) < 2 { return try batch.refusing() }
      return [try batch.input(0).triu(diagonal: diagonal)]
    },
    samples: triangles)

  private static let triangles: [Sample<Int>] = [
    Sample(SampleInput([3, 3]), attributes: 0),
    Sample(SampleInput([2, 3, 2], transposed: true), attributes: 1),
    Sample(SampleInput([2, 3]), attributes: -1),
    Sample(SampleInput([0, 2]), attributes: 0),
  ]

  package static let flip = Operator<Dims>(
    "flip(Tensor self, int[] dims) -> Tensor",
    """
    A copy in which the order along the given dimensions is reversed.

    Errors: a dimension given twice. Derivative: g, flipped back.
    """,
    forward: .one { x, dims, _ in try x.flipped(dims) },
    derivative: .of(.linear { g, _, dims in try g.flip(dims) }),
    tangent: .linear,
    batching: .moved { dims, rank in
      let moved = try dims.behindExamples(rank: rank)
      // A number stays as it is.
      return rank == 0 ? [] : moved
    },
    samples: [
      Sample(SampleInput([2, 3]), attributes: [0]),
      Sample(SampleInput([3, 2], transposed: true), attributes: [-1, 0]),
      Sample(SampleInput([]), attributes: []),
      Sample(SampleInput([0, 2]), attributes: [1]),
    ])

  package static let `repeat` = Operator<Dims>(
    "repeat(Tensor self, int[] repeats) -> Tensor",
    """
    The tensor laid side by side with itself, so many times along each dimension.

    More repeats than dimensions make new dimensions in front. Errors: fewer repeats than
    dimensions, negative ones. Derivative: g summed over the repetitions.
    """,
    forward: .one { x, repeats, _ in try x.repeated(repeats) },
    derivative: .of(
      .linear { g, c, repeats in
        let sizes = c.sizes()
        let lead = repeats.count - sizes.count
        var tiles = Dims()
        for (i, times) in repeats.enumerated() {
          tiles.append(times)
          tiles.append(i < lead ? 1 : sizes[i - lead])
        }
        if repeats.isEmpty { return g }
        let sum = try g.reshape(tiles).sum(dim: Dims(repeats.indices.map { 2 * $0 }))
        return try sum.reshape(sizes)
      }),
    tangent: .linear,
    batching: .rule { batch, repeats in
      try [batch.aligned(0, rank: repeats.count).repeat(repeats.following(1))]
    },
    samples: [
      Sample(SampleInput([2, 3]), attributes: [2, 1]),
      Sample(SampleInput([2]), attributes: [3, 2]),
      Sample(SampleInput([3, 2], transposed: true), attributes: [1, 2, 2]),
      Sample(SampleInput([]), attributes: [2]),
      Sample(SampleInput([2]), attributes: [0]),
    ])
}
