import Arrays
import Autograd
import Elements

// Discrete Fourier transforms.

extension Ops {
  package static let fourier: [any AnyOperator] = [
    fftFft, fftIfft, fftRfft, fftIrfft, fftHfft, fftIhfft, fftFft2, fftIfft2, fftRfft2, fftIrfft2,
    fftHfft2, fftIhfft2, fftFftn, fftIfftn, fftRfftn, fftIrfftn, fftHfftn, fftIhfftn,
  ]

  package static let fftFft = along(
    "fft_fft", "The discrete Fourier transform along a dimension: sums of x[j] exp(-2πi jk / n).",
    anyNumbers
  ) { x, a in try x.transformed(a.n, a.dim, Norm(a.norm), isInverse: false) }

  package static let fftIfft = along(
    "fft_ifft", "The inverse of fft: sums of x[j] exp(2πi jk / n), divided by n.", anyNumbers
  ) { x, a in try x.transformed(a.n, a.dim, Norm(a.norm), isInverse: true) }

  package static let fftRfft = along(
    "fft_rfft", "The first n / 2 + 1 numbers of the transform of real numbers along a dimension.",
    "self is real."
  ) { x, a in try x.realTransformed("rfft", a.n, a.dim, Norm(a.norm), isInverse: false) }

  package static let fftIrfft = along(
    "fft_irfft", "The inverse of rfft: n real numbers, by default an even number of them.",
    firstHalf
  ) { x, a in try x.transformedToReal(a.n, a.dim, Norm(a.norm), isInverse: true) }

  package static let fftHfft = along(
    "fft_hfft",
    "The transform of what is its own conjugate reversed, given its first half: n real numbers.",
    firstHalf
  ) { x, a in try x.transformedToReal(a.n, a.dim, Norm(a.norm), isInverse: false) }

  package static let fftIhfft = along(
    "fft_ihfft", "The inverse of hfft: the first n / 2 + 1 numbers of what real numbers come from.",
    "self is real."
  ) { x, a in try x.realTransformed("ihfft", a.n, a.dim, Norm(a.norm), isInverse: true) }

  package static let fftFft2 = planar(
    "fft_fft2", "The discrete Fourier transform along two dimensions.", anyNumbers
  ) { x, a in try x.transformed(a.s, a.dim, Norm(a.norm), isInverse: false) }

  package static let fftIfft2 = planar("fft_ifft2", "The inverse of fft2.", anyNumbers) { x, a in
    try x.transformed(a.s, a.dim, Norm(a.norm), isInverse: true)
  }

  package static let fftRfft2 = planar(
    "fft_rfft2", "The transform of real numbers along two dimensions, of the last one half.",
    "self is real."
  ) { x, a in try x.realTransformed("rfftn", a.s, a.dim, Norm(a.norm)) }

  package static let fftIrfft2 = planar("fft_irfft2", "The inverse of rfft2.", firstHalf) { x, a in
    try x.transformedToReal("irfftn", a.s, a.dim, Norm(a.norm))
  }

  package static let fftHfft2 = planar(
    "fft_hfft2", "The real transform along two dimensions of what is its own conjugate reversed.",
    firstHalf
  ) { x, a in try x.hermitianTransformed(a.s, a.dim, Norm(a.norm)) }

  package static let fftIhfft2 = planar("fft_ihfft2", "The inverse of hfft2.", "self is real.") {
    x, a in try x.hermitianInverse(a.s, a.dim, Norm(a.norm))
  }

  package static let fftFftn = spatial(
    "fft_fftn", "The discrete Fourier transform along dimensions, by default all.", anyNumbers
  ) { x, a in try x.transformed(a.s, a.dim, Norm(a.norm), isInverse: false) }

  package static let fftIfftn = spatial("fft_ifftn", "The inverse of fftn.", anyNumbers) { x, a in
    try x.transformed(a.s, a.dim, Norm(a.norm), isInverse: true)
  }

  package static let fftRfftn = spatial(
    "fft_rfftn", "The transform of real numbers along dimensions, of the last one half.",
    "self is real."
  ) { x, a in try x.realTransformed("rfftn", a.s, a.dim, Norm(a.norm)) }

  package static let fftIrfftn = spatial("fft_irfftn", "The inverse of rfftn.", firstHalf) { x, a in
    try x.transformedToReal("irfftn", a.s, a.dim, Norm(a.norm))
  }

  package static let fftHfftn = spatial(
    "fft_hfftn", "The real transform along dimensions of what is its own conjugate reversed.",
    firstHalf
  ) { x, a in try x.hermitianTransformed(a.s, a.dim, Norm(a.norm)) }

  package static let fftIhfftn = spatial("fft_ihfftn", "The inverse of hfftn.", "self is real.") {
    x, a in try x.hermitianInverse(a.s, a.dim, Norm(a.norm))
  }

  private static let anyNumbers = "self is real or complex, the result complex."
  private static let firstHalf =
    "self is the first half, n / 2 + 1 complex numbers; the result is real."

  private static func along(
    _ name: String, _ summary: String, _ dtypes: String,
    _ compute: @escaping @Sendable (Tensor, (n: Int?, dim: Int, norm: String?)) throws -> Tensor
  ) -> Operator<(n: Int?, dim: Int, norm: String?)> {
    Operator(
      "\(name)(Tensor self, int? n=None, int dim=-1, str? norm=None) -> Tensor",
      documentation(summary, dtypes, "n, to which self is cut or filled up with zeros,"),
      forward: .composed { x, a in try compute(x, a) }, derivative: .composed,
      samples: [
        Sample(SampleInput([2, 5]), attributes: (nil, -1, nil)),
        Sample(SampleInput([4, 3], transposed: true), attributes: (nil, 0, "ortho")),
        Sample(SampleInput([2, 4]), attributes: (6, 1, "forward")),
        Sample(SampleInput([6]), attributes: (4, -1, nil)),
      ])
  }

  private static func planar(
    _ name: String, _ summary: String, _ dtypes: String,
    _ compute: @escaping @Sendable (Tensor, (s: Dims?, dim: Dims, norm: String?)) throws -> Tensor
  ) -> Operator<(s: Dims?, dim: Dims, norm: String?)> {
    Operator(
      "\(name)(Tensor self, int[1]? s=None, int[1] dim=[-2, -1], str? norm=None) -> Tensor",
      documentation(summary, dtypes, "s, to which self is cut or filled up with zeros,"),
      forward: .composed { x, a in try compute(x, a) }, derivative: .composed,
      samples: [
        Sample(SampleInput([2, 3, 4]), attributes: (nil, [-2, -1], nil)),
        Sample(SampleInput([4, 3], transposed: true), attributes: ([3, 5], [1, 0], "ortho")),
      ])
  }

  private static func spatial(
    _ name: String, _ summary: String, _ dtypes: String,
    _ compute: @escaping @Sendable (Tensor, (s: Dims?, dim: Dims?, norm: String?)) throws -> Tensor
  ) -> Operator<(s: Dims?, dim: Dims?, norm: String?)> {
    Operator(
      "\(name)(Tensor self, int[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor",
      documentation(summary, dtypes, "s, to which self is cut or filled up with zeros,"),
      forward: .composed { x, a in try compute(x, a) }, derivative: .composed,
      samples: [
        Sample(SampleInput([2, 3, 4]), attributes: (nil, nil, nil)),
        Sample(SampleInput([4, 3], transposed: true), attributes: ([5, 2], nil, "forward")),
        Sample(SampleInput([3, 2, 4]), attributes: (nil, [0, 2], "ortho")),
      ])
  }

  private static func documentation(_ summary: String, _ dtypes: String, _ length: String) -> String
  {
    """
    \(summary)

    \(dtypes) Integers become float32. \(length) is as long as self unless given. norm: "backward",
    the default, divides the inverse by n, "forward" the other, "ortho" both by the root of n.
    float32 is computed in float64.
    Errors: lengths that are not positive, dimensions that self does not have or that repeat, an
    unknown norm, 16-bit floats.
    Derivative: the transform is linear, so the gradient is transformed with the opposite sign and
    the same factor.
    Source: Cooley and Tukey, 1965, and for lengths with large prime factors Bluestein, 1970; by
    kissfft.
    """
  }

  // The transforms themselves; not exported. Dimensions are wrapped.

  static let fftC2C: Operator<(dim: Dims, scale: Double, isInverse: Bool)> = Operator(
    "_fft_c2c(Tensor self) -> Tensor", "The transform of complex numbers.",
    gradName: "FftC2CBackward0",
    forward: .one { x, a, _ in try x.fourier(a.dim, isInverse: a.isInverse, scale: a.scale) },
    derivative: .of(.linear { g, _, a in try fftC2C(g, (a.dim, a.scale, !a.isInverse)) }),
    tangent: .linear,
    batching: .rule { batch, a in
      [try fftC2C(batch.batched(0), (a.dim.behindExamples, a.scale, a.isInverse))]
    },
    samples: [])

  static let fftR2C: Operator<(dim: Dims, scale: Double, isHalf: Bool, isInverse: Bool)> = Operator(
    "_fft_r2c(Tensor self) -> Tensor", "The transform of real numbers.",
    gradName: "FftR2CBackward0",
    forward: .one { x, a, _ in
      try x.fourierOfReal(a.dim, isHalf: a.isHalf, isInverse: a.isInverse, scale: a.scale)
    },
    derivative: .of(
      .linear { g, c, a in
        let last = a.dim[a.dim.count - 1]
        let all = try a.isHalf ? g.resized(last, c.sizes()[last]) : g
        return try fftC2C(all, (a.dim, a.scale, !a.isInverse)).real()
      }),
    tangent: .linear,
    batching: .rule { batch, a in
      [try fftR2C(batch.batched(0), (a.dim.behindExamples, a.scale, a.isHalf, a.isInverse))]
    },
    samples: [])

  /// The inverse transform of real numbers as PyTorch has it: a view of the conjugates of another
  /// tensor. Here that other tensor has the inverse transform itself, and nothing is left to do.
  static let conjugated: Operator<Void> = Operator(
    "_conjugated(Tensor(a) self) -> Tensor(a)", "A view of all of a tensor.",
    gradName: "ConjBackward0",
    forward: .view { x, _ in x },
    derivative: .of(.identity),
    batching: .rule { batch, _ in [try conjugated(batch.batched(0), ())] },
    samples: [])

  static let fftC2R: Operator<(dim: Dims, scale: Double, length: Int)> = Operator(
    "_fft_c2r(Tensor self) -> Tensor", "The real inverse transform.",
    gradName: "FftC2RBackward0",
    forward: .one { x, a, _ in try x.fourierToReal(a.dim, length: a.length, scale: a.scale) },
    derivative: .of(
      .linear { g, _, a in
        let last = a.dim[a.dim.count - 1]
        let half = try fftR2C(g, (a.dim, a.scale, true, false))
        return try half * Tensor(NDArray.timesUsed(a.length, last, half.rank, g.dtype))
      }),
    tangent: .linear,
    batching: .rule { batch, a in
      [try fftC2R(batch.batched(0), (a.dim.behindExamples, a.scale, a.length))]
    },
    samples: [])
}

extension Dims {
  /// The dimensions of an example, counted in the batch.
  fileprivate var behindExamples: Dims { Dims(map { $0 + 1 }) }
}

extension NDArray {
  /// How often the real inverse transform uses each of the numbers that it is given: the first
  /// once, as the middle one of an even number; the others twice, for their conjugates too.
  fileprivate static func timesUsed(
    _ length: Int, _ dim: Int, _ rank: Int, _ dtype: DType
  ) throws -> NDArray {
    let count = length / 2 + 1
    let result = try NDArray(uninitialized: [count], .float64)
    let numbers = result.base.assumingMemoryBound(to: Double.self)
    for i in 0..<count { numbers[i] = i == 0 || 2 * i == length ? 1 : 2 }
    var sizes = Dims(repeating: 1, count: rank)
    sizes[dim] = count
    return try result.cast(to: dtype).viewed(as: sizes)
  }
}

/// By what a transform is divided.
private enum Norm {
  case backward, forward, ortho

  init(_ name: String?) throws {
    switch name {
    case nil, "backward": self = .backward
    case "forward": self = .forward
    case "ortho": self = .ortho
    case let name?: throw TensorError.runtime("Invalid normalization mode: \"\(name)\"")
    }
  }

  /// The factor of a transform of so many numbers.
  func scale(_ lengths: Dims, isInverse: Bool) -> Double {
    let count = lengths.reduce(1.0) { $0 * Double($1) }
    switch self {
    case .ortho: return 1 / count.squareRoot()
    case .backward: return isInverse ? 1 / count : 1
    case .forward: return isInverse ? 1 : 1 / count
    }
  }
}

extension Tensor {
  /// Cut off along a dimension, or filled up with zeros.
  fileprivate func resized(_ dim: Int, _ length: Int) throws -> Tensor {
    let missing = length - shape[dim]
    if missing == 0 { return self }
    if missing < 0 { return try narrow(dim: dim, start: 0, length: length) }
    var sizes = shape
    sizes[dim] = missing
    return try Tensor.cat([self, .zeros(sizes, dtype: dtype)], dim: dim)
  }

  fileprivate func resized(_ dims: Dims, _ lengths: Dims) throws -> Tensor {
    try zip(dims, lengths).reduce(self) { try $0.resized($1.0, $1.1) }
  }

  /// In a dtype that can be transformed.
  fileprivate func promoted(toComplex: Bool) throws -> Tensor {
    let target = dtype.isDifferentiable ? dtype : .float32
    if target == .float16 || target == .bfloat16 {
      throw TensorError.unsupported("Unsupported dtype \(dtype.scalarTypeName)")
    }
    let wanted = toComplex ? target.complex : target
    return wanted == dtype ? self : try to(dtype: wanted)
  }

  private static func check(length: Int) throws {
    if length < 1 {
      throw TensorError.runtime("Invalid number of data points (\(length)) specified")
    }
  }

  private func wrapped(_ dim: Int) throws -> Int {
    if rank == 0 {
      throw TensorError.index("Dimension specified as \(dim) but tensor has no dimensions")
    }
    return try Dims.wrap(dim, rank: rank)
  }

  // MARK: One dimension

  fileprivate func transformed(
    _ n: Int?, _ dim: Int, _ norm: @autoclosure () throws -> Norm, isInverse: Bool
  ) throws -> Tensor {
    let x = try promoted(toComplex: false)
    let dim = try wrapped(dim)
    let length = n ?? shape[dim]
    try Self.check(length: length)
    let scale = try norm().scale([length], isInverse: isInverse)
    let input = try x.resized(dim, length)
    if input.dtype.isComplex { return try Ops.fftC2C(input, ([dim], scale, isInverse)) }
    let result = try Ops.fftR2C(input, ([dim], scale, false, isInverse))
    return isInverse ? try Ops.conjugated(result, ()) : result
  }

  fileprivate func realTransformed(
    _ name: String, _ n: Int?, _ dim: Int, _ norm: @autoclosure () throws -> Norm, isInverse: Bool
  ) throws -> Tensor {
    if dtype.isComplex {
      throw TensorError.type(
        "\(name) expects a real input tensor, but got \(dtype.scalarTypeName)")
    }
    let x = try promoted(toComplex: false)
    let dim = try wrapped(dim)
    let length = n ?? shape[dim]
    try Self.check(length: length)
    let scale = try norm().scale([length], isInverse: isInverse)
    let result = try Ops.fftR2C(x.resized(dim, length), ([dim], scale, true, isInverse))
    return isInverse ? try Ops.conjugated(result, ()) : result
  }

  fileprivate func transformedToReal(
    _ n: Int?, _ dim: Int, _ norm: @autoclosure () throws -> Norm, isInverse: Bool
  ) throws -> Tensor {
    let x = try promoted(toComplex: true)
    let dim = try wrapped(dim)
    let length = n ?? 2 * (shape[dim] - 1)
    try Self.check(length: length)
    let scale = try norm().scale([length], isInverse: isInverse)
    let input = try x.resized(dim, length / 2 + 1)
    return try Ops.fftC2R(isInverse ? input : input.conj(), ([dim], scale, length))
  }

  // MARK: Several dimensions

  /// Wrapped dimensions and lengths; of the last one, where the argument is half of what is
  /// transformed, the length of the whole.
  private func target(
    _ s: Dims?, _ dims: Dims?, lastIsHalf: Bool = false
  ) throws -> (dims: Dims, lengths: Dims) {
    let wrapped = try dims.map { try Dims($0.map { try Dims.wrap($0, rank: rank) }) }
    if let wrapped, Set(wrapped).count != wrapped.count {
      throw TensorError.runtime("FFT dims must be unique")
    }
    if let s {
      if let wrapped, wrapped.count != s.count {
        throw TensorError.runtime("When given, dim and shape arguments must have the same length")
      }
      if s.count > rank {
        throw TensorError.runtime(
          "Got shape with \(s.count) values but input tensor only has \(rank) dimensions.")
      }
    }
    let all = wrapped ?? Dims(rank - (s?.count ?? rank)..<rank)
    var lengths = Dims()
    for (k, dim) in all.enumerated() {
      var length = s.map { $0[k] == -1 ? shape[dim] : $0[k] } ?? shape[dim]
      let isGiven = s.map { $0[k] != -1 } ?? false
      if lastIsHalf && k == all.count - 1 && !isGiven { length = 2 * (shape[dim] - 1) }
      try Self.check(length: length)
      lengths.append(length)
    }
    return (all, lengths)
  }

  private static func check(_ dims: Dims, _ name: String) throws {
    if dims.isEmpty { throw TensorError.runtime("\(name) must transform at least one axis") }
  }

  fileprivate func transformed(
    _ s: Dims?, _ dims: Dims?, _ norm: @autoclosure () throws -> Norm, isInverse: Bool
  ) throws -> Tensor {
    let (dims, lengths) = try target(s, dims)
    let x = try promoted(toComplex: true).resized(dims, lengths)
    let scale = try norm().scale(lengths, isInverse: isInverse)
    return try Ops.fftC2C(x, (dims, scale, isInverse))
  }

  fileprivate func realTransformed(
    _ name: String, _ s: Dims?, _ dims: Dims?, _ norm: @autoclosure () throws -> Norm
  ) throws -> Tensor {
    if dtype.isComplex {
      throw TensorError.type(
        "\(name) expects a real-valued input tensor, but got \(dtype.scalarTypeName)")
    }
    let (dims, lengths) = try target(s, dims)
    try Self.check(dims, name)
    let x = try promoted(toComplex: false).resized(dims, lengths)
    return try Ops.fftR2C(x, (dims, norm().scale(lengths, isInverse: false), true, false))
  }

  /// These complex numbers cut or filled up to the lengths, of the last dimension to half.
  private func resizedToHalf(_ dims: Dims, _ lengths: Dims) throws -> Tensor {
    var halves = lengths
    halves[halves.count - 1] = halves[halves.count - 1] / 2 + 1
    return try promoted(toComplex: true).resized(dims, halves)
  }

  fileprivate func transformedToReal(
    _ name: String, _ s: Dims?, _ dims: Dims?, _ norm: @autoclosure () throws -> Norm
  ) throws -> Tensor {
    let (dims, lengths) = try target(s, dims, lastIsHalf: true)
    try Self.check(dims, name)
    let x = try resizedToHalf(dims, lengths)
    let scale = try norm().scale(lengths, isInverse: true)
    return try Ops.fftC2R(x, (dims, scale, lengths[lengths.count - 1]))
  }

  /// Forward along all dimensions but the last, then the real transform along that.
  fileprivate func hermitianTransformed(
    _ s: Dims?, _ dims: Dims?, _ norm: @autoclosure () throws -> Norm
  ) throws -> Tensor {
    let (dims, lengths) = try target(s, dims, lastIsHalf: true)
    try Self.check(dims, "hfftn")
    let (last, length) = (dims[dims.count - 1], lengths[lengths.count - 1])
    let scale = try norm().scale(lengths, isInverse: false)
    var x = try resizedToHalf(dims, lengths)
    if dims.count > 1 { x = try Ops.fftC2C(x, (Dims(dims.dropLast()), 1, false)) }
    return try Ops.fftC2R(x.conj(), ([last], scale, length))
  }

  fileprivate func hermitianInverse(
    _ s: Dims?, _ dims: Dims?, _ norm: @autoclosure () throws -> Norm
  ) throws -> Tensor {
    if dtype.isComplex {
      throw TensorError.type(
        "Only supports floating-point dtypes, but found: \(dtype.scalarTypeName)")
    }
    let (dims, lengths) = try target(s, dims)
    try Self.check(dims, "ihfftn")
    let scale = try norm().scale(lengths, isInverse: true)
    let x = try promoted(toComplex: false).resized(dims, lengths)
    let half = try Ops.fftR2C(x, ([dims[dims.count - 1]], scale, true, true))
    return dims.count == 1
      ? try Ops.conjugated(half, ()) : try Ops.fftC2C(half, (Dims(dims.dropLast()), 1, true))
  }
}
