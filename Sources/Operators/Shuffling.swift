import Arrays
import Autograd

// Channels and pixels in other places.

extension Ops {
  package static let shuffles: [any AnyOperator] = [pixelShuffle, pixelUnshuffle, channelShuffle]

  package static let pixelShuffle: Operator<Int> = Operator(
    "pixel_shuffle(Tensor self, int upscale_factor) -> Tensor",
    """
    Channels as pixels: [..., c * r * r, h, w] becomes [..., c, h * r, w * r].

    Errors: fewer than three dimensions, a factor that is not positive or whose square does not
    divide the channels. Derivative: pixel_unshuffle of g.
    Source: Shi et al., Real-Time Single Image and Video Super-Resolution, 2016.
    """,
    forward: .one { x, r, _ in
      try checkShuffle(x, r, "pixel_shuffle", "upscale_factor")
      let (c, h, w) = (x.sizes[x.rank - 3], x.sizes[x.rank - 2], x.sizes[x.rank - 1])
      let (square, overflow) = r.multipliedReportingOverflow(by: r)
      if overflow || c % square != 0 {
        throw TensorError.runtime(
          "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
            + "upscale_factor, but input.size(-3)=\(c) is not divisible by \(square)")
      }
      let lead = Array(x.sizes.dropLast(3))
      let newSizes = Dims(lead + [c / square, h &* r, w &* r])
      if Swift.max(h, w).multipliedReportingOverflow(by: r).overflow {
        throw TensorError.storageOverflow(newSizes)
      }
      let blocks = try x.contiguous().viewed(as: Dims(lead + [c / square, r, r, h, w]))
      let n = lead.count
      return try blocks.permuted(Dims(Array(0..<n) + [n, n + 3, n + 1, n + 4, n + 2]))
        .contiguous().viewed(as: newSizes)
    },
    derivative: .of(.linear { g, _, r in try pixelUnshuffle(g, r) }),
    tangent: .linear,
    batching: .rule { batch, r in
      if batch.rank(0) < 3 { return try batch.refusing() }
      return [try pixelShuffle(batch.input(0), r)]
    },
    samples: [
      Sample(SampleInput([1, 8, 2, 3]), attributes: 2),
      Sample(SampleInput([4, 1, 2], transposed: true), attributes: 2),
      Sample(SampleInput([2, 2, 2]), attributes: 1),
    ])

  package static let pixelUnshuffle: Operator<Int> = Operator(
    "pixel_unshuffle(Tensor self, int downscale_factor) -> Tensor",
    """
    Pixels as channels: [..., c, h * r, w * r] becomes [..., c * r * r, h, w].

    Errors: fewer than three dimensions, a factor that is not positive or does not divide height and
    width. Derivative: pixel_shuffle of g.
    """,
    forward: .one { x, r, _ in
      try checkShuffle(x, r, "pixel_unshuffle", "downscale_factor")
      let (c, h, w) = (x.sizes[x.rank - 3], x.sizes[x.rank - 2], x.sizes[x.rank - 1])
      if h % r != 0 {
        throw TensorError.runtime(
          "pixel_unshuffle expects height to be divisible by downscale_factor, but "
            + "input.size(-2)=\(h) is not divisible by \(r)")
      }
      if w % r != 0 {
        throw TensorError.runtime(
          "pixel_unshuffle expects width to be divisible by downscale_factor, but "
            + "input.size(-1)=\(w) is not divisible by \(r)")
      }
      let lead = Array(x.sizes.dropLast(3))
      let blocks = try x.contiguous().viewed(as: Dims(lead + [c, h / r, r, w / r, r]))
      let n = lead.count
      let newSizes = Dims(lead + [c &* r &* r, h / r, w / r])
      try newSizes.checkStorage(x.dtype)
      return try blocks.permuted(Dims(Array(0..<n) + [n, n + 2, n + 4, n + 1, n + 3]))
        .contiguous().viewed(as: newSizes)
    },
    derivative: .of(.linear { g, _, r in try pixelShuffle(g, r) }),
    tangent: .linear,
    batching: .rule { batch, r in
      if batch.rank(0) < 3 { return try batch.refusing() }
      return [try pixelUnshuffle(batch.input(0), r)]
    },
    samples: [
      Sample(SampleInput([1, 2, 4, 6]), attributes: 2),
      Sample(SampleInput([1, 2, 4], transposed: true), attributes: 2),
    ])

  package static let channelShuffle: Operator<Int> = Operator(
    "channel_shuffle(Tensor self, int groups) -> Tensor",
    """
    The channels, dimension 1, of all groups interleaved: the first of each group, then the second.

    Errors: fewer than three dimensions, groups that do not divide the channels.
    Derivative: g, shuffled back. Source: Zhang et al., ShuffleNet, 2017.
    """,
    forward: .one { x, groups, _ in
      if x.rank <= 2 {
        throw TensorError.runtime(
          "channel_shuffle expects input with > 2 dims, but got input with sizes \(x.sizes)")
      }
      if groups <= 0 {
        throw TensorError.runtime(
          "Number of groups to divide channels in must be positive. Value of groups:\(groups)")
      }
      let c = x.sizes[1]
      if c % groups != 0 {
        throw TensorError.runtime(
          "Number of channels must be divisible by groups. Got \(c) channels and \(groups) groups.")
      }
      let rest = Array(x.sizes.dropFirst(2))
      let blocks = try x.contiguous().viewed(as: Dims([x.sizes[0], groups, c / groups] + rest))
      return try blocks.transposed(1, 2).contiguous().viewed(as: x.sizes)
    },
    derivative: .of(
      .linear { g, c, groups in
        try channelShuffle(g, Swift.max(c.sizes()[1] / groups, 1))
      }),
    tangent: .linear,
    batching: .rule { batch, groups in
      if batch.rank(0) <= 2 { return try batch.refusing() }
      let x = batch.input(0)
      let merged = try x.flatten(startDim: 0, endDim: 1)
      return [try channelShuffle(merged, groups).reshape(x.shape)]
    },
    samples: [
      Sample(SampleInput([2, 4, 3]), attributes: 2),
      Sample(SampleInput([1, 6, 2, 2], transposed: true), attributes: 3),
    ])

  private static func checkShuffle(
    _ x: NDArray, _ factor: Int, _ name: String, _ argument: String
  ) throws {
    if x.rank < 3 {
      throw TensorError.runtime(
        "\(name) expects input to have at least 3 dimensions, but got input with \(x.rank) "
          + "dimension(s)")
    }
    if factor <= 0 {
      throw TensorError.runtime("\(name) expects a positive \(argument), but got \(factor)")
    }
  }
}
