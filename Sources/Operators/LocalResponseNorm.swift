import Arrays
import Autograd
import Elements

extension Ops {
  package static let localResponseNorm = Operator<
    (size: Int, alpha: Double, beta: Double, k: Double)
  >(
    """
    local_response_norm(Tensor input, int size, float alpha=0.0001, float beta=0.75, \
    float k=1.0) -> Tensor
    """,
    """
    Each element divided by a power of the mean square of size neighbouring channels:
    x / (k + alpha * mean(x^2))^beta.

    input is [N, C, ...]. Channels beyond the first and last count as zeros.
    Errors: fewer than 3 dimensions; a size that is not positive. Derivative: that of its parts.
    Source: Krizhevsky, Sutskever, Hinton, "ImageNet Classification with Deep Convolutional Neural
    Networks", 2012.
    """,
    gradName: "DivBackward0",
    forward: .composed { x, a in
      if x.rank < 3 {
        throw TensorError.value(
          "Expected 3D or higher dimensionality                          input (got "
            + "\(x.rank) dimensions)")
      }
      if x.count == 0 { return x }
      if a.size <= 0 {
        throw TensorError.runtime(
          "kernel size should be greater than zero, but got "
            + (x.rank == 3 ? "kH: \(a.size) kW: 1" : "kT: \(a.size) kH: 1 kW: 1"))
      }
      let squares = try (x * x).channelMeans(a.size)
      return try x / (squares * .double(a.alpha) + .double(a.k)).pow(.double(a.beta))
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3, 2]), attributes: (2, 0.5, 0.75, 1)),
      Sample(SampleInput([1, 4, 2, 2], transposed: true), attributes: (3, 1, 0.5, 2)),
    ])
}

extension Tensor {
  /// Means over `size` neighbouring channels, with zeros beyond the ends.
  fileprivate func channelMeans(_ size: Int) throws -> Tensor {
    func zeros(_ count: Int) throws -> Tensor {
      var sizes = shape
      sizes[1] = count
      return Tensor(try .full(sizes, 0, dtype))
    }
    let channels = shape[1]
    // A window never holds more than the channels there are, so longer edges than that add nothing.
    let (before, after) = (Swift.min(size / 2, channels), Swift.min((size - 1) / 2, channels))
    let padded = try Tensor.cat([zeros(before), self, zeros(after)], dim: 1)
    let window = before + after + 1
    var sum = try padded.narrow(dim: 1, start: 0, length: channels)
    for shift in 1..<Swift.max(window, 1) {
      sum = try sum + padded.narrow(dim: 1, start: shift, length: channels)
    }
    return try sum / .double(Double(size))
  }
}
