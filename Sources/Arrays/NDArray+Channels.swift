import Elements
import KernelChoice
import Parallel

/// A float array seen as rows of channels of dense elements.
private struct ChannelView {
  let x: NDArray
  private let rows: Int
  private let channels: Int
  private let inner: Int
  /// How many neighbouring elements of a channel are taken for channels of their own, so that
  /// vectors are full.
  private let spread: Int

  /// - Parameter x: float32 or float64.
  init(_ x: NDArray, rows: Int, channels: Int, inner: Int) throws {
    self.x = try x.contiguous()
    self.rows = rows
    spread = inner < 16 && rows > 1 ? inner : 1
    self.channels = channels * spread
    self.inner = inner / max(spread, 1)
  }

  /// Elements of a channel.
  var count: Int { rows * inner * spread }

  private func loop(_ op: ChannelOperation) throws -> ChannelLoop {
    guard let loop = Kernels.channels(op, x.dtype) else {
      throw TensorError.notImplemented(kernel: "batch_norm", x.dtype)
    }
    return loop
  }

  private func pass(_ out: NDArray) -> ChannelPass {
    ChannelPass(out: out.base, x: x.base, rows: rows, channels: channels, inner: inner)
  }

  private func run(_ op: ChannelOperation, _ pass: ChannelPass) throws {
    let loop = try loop(op)
    let grain = max(inner == 1 ? 64 : 1, (1 << 14) / max(rows * inner, 1))
    Parallel.forEach(channels, grain: grain) { loop(pass, $0) }
  }

  /// One number for each channel, as many times as it is spread.
  private func spread(_ numbers: NDArray) throws -> NDArray {
    let dense = try numbers.contiguous()
    if spread == 1 { return dense }
    return try dense.viewed(as: [channels / spread, 1])
      .expanded(to: [channels / spread, spread]).contiguous()
  }

  private func gathered(_ numbers: NDArray) throws -> NDArray {
    if spread == 1 { return numbers }
    return try numbers.viewed(as: [channels / spread, spread])
      .reduced(.sum, [1], keepdim: false)
  }

  /// Mean and variance of each channel, of the whole.
  func moments() throws -> (mean: NDArray, variance: NDArray) {
    let scale = Scalar.double(1 / Double(count))
    let sums = try NDArray(uninitialized: [channels], x.dtype)
    try run(.sum, pass(sums))
    let total = try gathered(sums)
    let mean = try total.binary(.mul, scale, into: total)
    let squares = try NDArray(uninitialized: [channels], x.dtype)
    var deviations = pass(squares)
    let means = try spread(mean)
    deviations.mean = UnsafeRawPointer(means.base)
    try run(.deviations, deviations)
    withExtendedLifetime(means) {}
    let square = try gathered(squares)
    return (mean, try square.binary(.mul, scale, into: square))
  }

  /// The sums of `g`, and of its products with the differences from the means.
  func products(_ g: NDArray, _ mean: NDArray) throws -> (sums: NDArray, products: NDArray) {
    let g = try g.contiguous()
    let sums = try NDArray(uninitialized: [channels], x.dtype)
    let products = try NDArray(uninitialized: [channels], x.dtype)
    let means = try spread(mean)
    var pass = pass(sums)
    (pass.other, pass.g) = (products.base, UnsafeRawPointer(g.base))
    pass.mean = UnsafeRawPointer(means.base)
    try run(.products, pass)
    withExtendedLifetime((g, means)) {}
    return (try gathered(sums), try gathered(products))
  }

  /// `(x - mean) b + d`, and `g a` in addition where there are gradients.
  func combined(
    _ mean: NDArray, _ b: NDArray, _ d: NDArray, _ g: NDArray? = nil, _ a: NDArray? = nil
  ) throws -> NDArray {
    let out = try NDArray(uninitialized: x.sizes, x.dtype)
    if out.count == 0 { return out }
    let g = try g?.contiguous()
    let numbers = try [mean, b, d, a ?? b].map(spread)
    var pass = pass(out)
    pass.mean = UnsafeRawPointer(numbers[0].base)
    pass.b = UnsafeRawPointer(numbers[1].base)
    pass.d = UnsafeRawPointer(numbers[2].base)
    pass.a = UnsafeRawPointer(numbers[3].base)
    if let g { pass.g = UnsafeRawPointer(g.base) }
    try run(g == nil ? .scale : .gradient, pass)
    withExtendedLifetime((numbers, g)) {}
    return out
  }
}

// Normalisation of each channel of [N, C, …], over the batch or in groups for each of its elements.
// 16-bit floats are computed in float32.

extension NDArray {
  /// The product of the sizes from the third dimension on.
  private var places: Int { sizes.dropFirst(2).reduce(1, &*) }

  /// - Throws: `TensorError.notImplemented` for dtypes that are not floating-point.
  private func checkNormalizable(_ kernel: String) throws {
    if !dtype.isFloatingPoint { throw TensorError.notImplemented(kernel: kernel, dtype) }
  }

  /// The reciprocal of the root of these variances plus epsilon.
  private func factors(_ epsilon: Double) throws -> NDArray {
    let sum = try binary(.add, .double(epsilon))
    return try sum.unary(.rsqrt, into: sum)
  }

  /// Each channel less its mean, divided by the root of its variance plus epsilon, times `weight`,
  /// plus `bias`; with the given mean and variance, or its own, which are the other results.
  ///
  /// - Throws: `TensorError.notImplemented` for dtypes that are not floating-point.
  package func batchNorm(
    _ weight: NDArray?, _ bias: NDArray?, given: (mean: NDArray, variance: NDArray)?,
    epsilon: Double
  ) throws -> (output: NDArray, mean: NDArray, variance: NDArray) {
    try checkNormalizable("batch_norm")
    let type = dtype.computing
    let view = try ChannelView(
      cast(to: type), rows: sizes[0], channels: sizes[1], inner: places)
    let moments =
      try given.map { (try $0.mean.cast(to: type), try $0.variance.cast(to: type)) }
      ?? view.moments()
    var factors = try moments.1.factors(epsilon)
    if let weight { factors = try factors.binary(.mul, weight.cast(to: type)) }
    let shift = try bias?.cast(to: type) ?? .full([sizes[1]], 0, type)
    let out = try view.combined(moments.0, factors, shift)
    return (try out.cast(to: dtype), moments.0, moments.1)
  }

  /// The gradients of `batchNorm` of `x`, where this is the gradient of its result. Where mean and
  /// variance were `given`, they do not depend on `x`.
  package func batchNormGradients(
    of x: NDArray, _ weight: NDArray?, _ mean: NDArray, _ variance: NDArray, isGiven: Bool,
    epsilon: Double, needs: (input: Bool, weight: Bool, bias: Bool)
  ) throws -> NormGradients {
    let type = dtype.computing
    let (mean, variance) = (try mean.cast(to: type), try variance.cast(to: type))
    let g = try cast(to: type)
    let view = try ChannelView(
      x.cast(to: type), rows: sizes[0], channels: sizes[1], inner: places)
    let factors = try variance.factors(epsilon)
    let (sums, products) = try view.products(g, mean)
    var input: NDArray?
    if needs.input {
      let a = try weight.map { try factors.binary(.mul, $0.cast(to: type)) } ?? factors
      var (b, d) = (try NDArray.full(sums.sizes, 0, type), try NDArray.full(sums.sizes, 0, type))
      if !isGiven {
        let share = try a.binary(.mul, .double(-1 / Double(view.count)))
        d = try share.binary(.mul, sums)
        b = try share.binary(.mul, products).binary(.mul, factors).binary(.mul, factors)
      }
      input = try view.combined(mean, b, d, g, a).cast(to: dtype)
    }
    return NormGradients(
      input: input, weight: needs.weight ? try products.binary(.mul, factors) : nil,
      bias: needs.bias ? sums : nil)
  }

  /// For each element of the batch: groups of neighbouring channels less their mean, divided by the
  /// root of their variance plus epsilon; then times `weight`, plus `bias`, by channel.
  ///
  /// - Throws: `TensorError.notImplemented` for dtypes that are not floating-point.
  package func groupNorm(
    groups: Int, _ weight: NDArray?, _ bias: NDArray?, epsilon: Double
  ) throws -> (output: NDArray, mean: NDArray, variance: NDArray) {
    try checkNormalizable("GroupNormKernelImpl")
    let type = dtype.computing
    let x = try cast(to: type)
    let shape = GroupShape(self, groups)
    let (mean, variance) = try shape.whole(x).moments()
    let factors = try shape.byChannel(variance.factors(epsilon))
    let b = try weight.map { try factors.binary(.mul, $0.cast(to: type)) } ?? factors
    let d = try (bias?.cast(to: type) ?? .full([1], 0, type)).expanded(to: shape.table)
    let out = try shape.single(x).combined(shape.byChannel(mean), b, d)
    return (try out.cast(to: dtype), mean, variance)
  }

  /// The gradients of `groupNorm` of `x`, where this is the gradient of its result.
  package func groupNormGradients(
    of x: NDArray, groups: Int, _ weight: NDArray?, _ mean: NDArray, _ variance: NDArray,
    epsilon: Double, needs: (input: Bool, weight: Bool, bias: Bool)
  ) throws -> NormGradients {
    let type = dtype.computing
    let (g, weight) = (try cast(to: type), try weight?.cast(to: type))
    let shape = GroupShape(self, groups)
    let view = try shape.single(x.cast(to: type))
    let means = try shape.byChannel(mean)
    let factors = try variance.factors(epsilon)
    let byChannel = try shape.byChannel(factors)
    let both = try view.products(g, means)
    let sums = try both.sums.viewed(as: shape.table)
    let products = try both.products.viewed(as: shape.table)
    var input: NDArray?
    if needs.input {
      func total(_ numbers: NDArray) throws -> NDArray {
        let weighted = try weight.map { try numbers.binary(.mul, $0) } ?? numbers
        let sums = try weighted.viewed(as: [mean.count, shape.channels])
          .reduced(.sum, [1], keepdim: false)
        return try sums.binary(
          .mul, .double(-1 / Double(shape.channels * shape.inner)), into: sums)
      }
      let d = try total(sums).binary(.mul, factors)
      let b = try total(products).binary(.mul, factors).binary(.mul, factors)
        .binary(.mul, factors)
      let a = try weight.map { try byChannel.binary(.mul, $0) } ?? byChannel
      input = try view.combined(
        means, shape.byChannel(b), shape.byChannel(d), g, a
      ).cast(to: dtype)
    }
    return NormGradients(
      input: input,
      weight: needs.weight
        ? try products.binary(.mul, byChannel).reduced(.sum, [0], keepdim: false) : nil,
      bias: needs.bias ? try sums.reduced(.sum, [0], keepdim: false) : nil)
  }
}

/// How the channels of [N, C, …] fall into groups.
private struct GroupShape {
  private let batch: Int
  private let groups: Int
  /// Channels of a group.
  let channels: Int
  /// Elements of a channel.
  let inner: Int

  init(_ x: NDArray, _ groups: Int) {
    batch = x.sizes[0]
    self.groups = groups
    channels = x.sizes[1] / groups
    inner = x.sizes.dropFirst(2).reduce(1, &*)
  }

  /// Sizes of what there is one of for each element of the batch and channel.
  var table: Dims { [batch, groups * channels] }

  /// `x` with groups as channels.
  func whole(_ x: NDArray) throws -> ChannelView {
    try ChannelView(x, rows: 1, channels: batch * groups, inner: channels * inner)
  }

  /// `x` with the channels of all elements of the batch.
  func single(_ x: NDArray) throws -> ChannelView {
    try ChannelView(x, rows: 1, channels: batch * groups * channels, inner: inner)
  }

  /// One number for each group, repeated for its channels, as a table.
  func byChannel(_ numbers: NDArray) throws -> NDArray {
    try numbers.viewed(as: [batch * groups, 1]).expanded(to: [batch * groups, channels])
      .contiguous().viewed(as: table)
  }
}
