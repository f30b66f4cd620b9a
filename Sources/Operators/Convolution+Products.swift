import Arrays
import Autograd
import Elements

// The three products of which convolutions and their derivatives of any order are made. None of
// them is exported. See `ConvolutionShape` for what they compute.

/// A convolution of checked operands.
struct Correlation: Sendable {
  var geometry: ConvolutionGeometry
  /// Sizes of the result behind its first two dimensions.
  var places: Dims
  /// True for one that a backward pass asks for.
  var isGradient = false

  /// The same for a gradient, with a result of these sizes.
  func gradient(_ sizes: Dims) -> Correlation {
    Correlation(geometry: geometry, places: Dims(sizes.dropFirst(2)), isGradient: true)
  }

  /// The same with channels of so many examples side by side.
  func grouped(_ examples: Int) -> Correlation {
    var result = self
    result.geometry.groups *= examples
    return result
  }

  var nodeName: String {
    isGradient ? "ConvolutionBackwardBackward0" : "ConvolutionBackward0"
  }
}

extension Ops {
  /// y of x and w: the convolution.
  static let correlate: Operator<Correlation> = Operator(
    "_correlate(Tensor input, Tensor weight, Tensor? bias) -> Tensor", "A convolution.",
    gradName: "ConvolutionBackward0", gradNameOf: \.nodeName,
    forward: .three { x, w, bias, a, _ in
      try x.convolved(with: w, bias: bias, a.geometry, places: a.places)
    },
    derivative: .of(
      .saving(.y) { g, c, a in try spread(g, c.y.conj(), nil, a.gradient(c.sizes(of: 0))) },
      .saving(.x) { g, c, a in try windowGradient(c.x.conj(), g, a.gradient(c.sizes(of: 1))) },
      .linear { g, _, _ in try g.sum(dim: channelSumDims(g)) }),
    tangent: .formula { c, a in
      try tangents(c) { try correlate($0, $1, nil, a) }
    },
    batching: .rule { batch, a in
      try examples(batch, a) { try correlate($0, $1, $2, $3) }
    },
    samples: [])

  /// x of y and w: the transposed convolution.
  static let spread: Operator<Correlation> = Operator(
    "_spread(Tensor input, Tensor weight, Tensor? bias) -> Tensor", "A transposed convolution.",
    gradName: "ConvolutionBackward0", gradNameOf: \.nodeName,
    forward: .three { y, w, bias, a, _ in
      try y.spread(by: w, bias: bias, a.geometry, places: a.places)
    },
    derivative: .of(
      .saving(.y) { g, c, a in try correlate(g, c.y.conj(), nil, a.gradient(c.sizes(of: 0))) },
      .saving(.x) { g, c, a in try windowGradient(g, c.x.conj(), a.gradient(c.sizes(of: 1))) },
      .linear { g, _, _ in try g.sum(dim: channelSumDims(g)) }),
    tangent: .formula { c, a in
      try tangents(c) { try spread($0, $1, nil, a) }
    },
    batching: .rule { batch, a in
      try examples(batch, a) { try spread($0, $1, $2, $3) }
    },
    samples: [])

  /// w of x and y: the gradient for the weight.
  static let windowGradient: Operator<Correlation> = Operator(
    "_window_gradient(Tensor input, Tensor gradient) -> Tensor",
    "The gradient of a convolution for its weight.", gradName: "ConvolutionBackwardBackward0",
    forward: .two { x, y, a, _ in try x.windowGradient(y, a.geometry, window: a.places) },
    derivative: .of(
      .saving(.y) { g, c, a in try spread(c.y.conj(), g, nil, a.gradient(c.sizes(of: 0))) },
      .saving(.x) { g, c, a in try correlate(c.x.conj(), g, nil, a.gradient(c.sizes(of: 1))) }),
    tangent: .bilinear,
    batching: .rule { batch, a in
      let (x, y) = (try batch.batched(0), try batch.batched(1))
      let result = try windowGradient(sideBySide(x), sideBySide(y), a.grouped(batch.size))
      return [try apart(result, batch.size)]
    },
    samples: [])

  /// All dimensions but that of the channels.
  private static func channelSumDims(_ g: Tensor) -> Dims { Dims([0] + Array(2..<g.rank)) }

  /// The tangent of a product plus a bias.
  private static func tangents(
    _ c: TangentContext, _ product: (Tensor, Tensor) throws -> Tensor
  ) throws -> [Tensor?] {
    let first = try c.tangent(0).map { try product($0, c.y) }
    let second = try c.tangent(1).map { try product(c.x, $0) }
    let third = try c.tangent(2).map { try $0.alongChannels(rank: c.result.rank) }
    guard let sum = try c.sum([first, second, third]) else { return [nil] }
    return [sum.shape == c.result.shape ? sum : try sum.expand(c.result.shape).clone()]
  }

  /// A product plus a bias, for all examples: as more images where they share the weight, else as
  /// groups of channels.
  private static func examples(
    _ batch: Batch, _ a: Correlation,
    _ product: (Tensor, Tensor, Tensor?, Correlation) throws -> Tensor
  ) throws -> [Tensor] {
    let size = batch.size
    let bias = batch.inputs.count > 2 ? batch.inputs[2] : nil
    let isBiasShared = batch.inputs.count < 3 || !batch.isBatched[2]
    let shared = isBiasShared ? bias : nil
    var result: Tensor
    if !batch.isBatched[1] {
      let x = batch.input(0)
      if batch.isBatched[0] {
        let images = try x.flatten(startDim: 0, endDim: 1)
        let all = try product(images, batch.input(1), shared, a)
        result = try all.reshape(Dims([size, batch.sizes(0)[0]] + all.shape.dropFirst()))
      } else {
        let one = try product(x, batch.input(1), shared, a)
        result = try one.expand(one.shape.following(size))
      }
    } else {
      let x = try batch.batched(0)
      let w = try batch.batched(1).flatten(startDim: 0, endDim: 1)
      let all = try product(sideBySide(x), w, nil, a.grouped(size))
      let split = try all.reshape(
        Dims([all.shape[0], size, all.shape[1] / size] + all.shape.dropFirst(2)))
      result = try split.transpose(dim0: 0, dim1: 1)
      if let shared { result = try result + shared.alongChannels(rank: result.rank - 1) }
    }
    if let bias, !isBiasShared {
      let rank = result.rank - 1
      let column = Dims([size, 1, bias.shape[1]] + Array(repeating: 1, count: rank - 2))
      result = try result + bias.reshape(column)
    }
    return [try result.contiguous()]
  }

  /// Images of several examples with their channels side by side: (n, examples * channels, …).
  private static func sideBySide(_ x: Tensor) throws -> Tensor {
    try x.transpose(dim0: 0, dim1: 1).flatten(startDim: 1, endDim: 2)
  }

  /// The first dimension as one of examples and one of what each has.
  private static func apart(_ x: Tensor, _ examples: Int) throws -> Tensor {
    try x.reshape(Dims([examples, x.shape[0] / examples] + x.shape.dropFirst()))
  }
}

extension Tensor {
  /// A number for each channel, so that it broadcasts against images of this rank.
  fileprivate func alongChannels(rank: Int) throws -> Tensor {
    try reshape(Dims([count] + Array(repeating: 1, count: rank - 2)))
  }
}
