import Arrays
import Autograd
import Elements

// Rows brought to mean 0 and variance 1.

extension Ops {
  package static let normalisation: [any AnyOperator] = [
    layerNorm, rmsNorm, groupNorm, batchNorm, instanceNorm, localResponseNorm,
  ]

  package static let layerNorm = Operator<(normalizedShape: Dims, eps: Double)>(
    """
    layer_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, Tensor? bias=None, \
    float eps=1e-05) -> Tensor
    """,
    """
    The last dimensions less their mean, divided by the root of their variance plus eps:
    (x - mean) / sqrt(var + eps) * weight + bias.

    normalized_shape is the sizes of the last dimensions of input, which are taken together; weight
    and bias have these sizes. The variance is that of the whole, not of a sample. With 16-bit
    floats, weight and bias may be float32.
    Errors: an empty normalized_shape; sizes that don't match; dtypes that differ or are not
    floating-point.
    Derivative: (h - mean(h) - y * mean(h * y)) / sqrt(var + eps) with h = g * weight and y the
    result without weight and bias; g * y for weight; g for bias.
    Source: Ba, Kiros, Hinton, "Layer Normalization", 2016, arXiv:1607.06450.
    """,
    forward: .composedOptional { x, weight, bias, a in
      try x.checkNorm(a.normalizedShape, weight, bias)
      let parameters = weight?.dtype ?? bias?.dtype ?? x.dtype
      return try normalizeRows(
        x, weight ?? Tensor(.full(a.normalizedShape, 1, parameters)),
        bias ?? Tensor(.full(a.normalizedShape, 0, parameters)),
        (a.normalizedShape.count, a.eps))
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), attributes: ([3], 1e-5)),
      Sample(SampleInput([2, 3]), SampleInput([3]), attributes: ([3], 1e-5)),
      Sample(SampleInput([2, 3]), SampleInput([3]), SampleInput([3]), attributes: ([3], 0.1)),
      Sample(
        SampleInput([2, 2, 3], transposed: true), SampleInput([2, 3]), SampleInput([2, 3]),
        attributes: ([2, 3], 1e-5)),
      Sample(SampleInput([4]), SampleInput([4]), SampleInput([4]), attributes: ([4], 1e-5)),
      Sample(SampleInput([0, 2]), SampleInput([2]), SampleInput([2]), attributes: ([2], 1e-5)),
    ])

  package static let rmsNorm = Operator<(normalizedShape: Dims, eps: Double?)>(
    """
    rms_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor
    """,
    """
    The last dimensions divided by the root of their mean square plus eps:
    x / sqrt(mean(x^2) + eps) * weight.

    normalized_shape is the sizes of the last dimensions of input, which are taken together; weight
    has these sizes. eps None is the distance from 1 to the next number, of float32 for 16-bit
    floats.
    Errors: an empty normalized_shape; sizes that don't match; integers.
    Derivative: (h - y * mean(h * y)) / sqrt(mean(x^2) + eps) with h = g * weight and y the result
    without weight; g * y for weight.
    Source: Zhang, Sennrich, "Root Mean Square Layer Normalization", 2019, arXiv:1910.07467.
    """,
    gradName: "MulBackward0",
    forward: .composedMany { t, a in
      guard let x = t[0] else { preconditionFailure("rms_norm without its first tensor") }
      let weight = t[1]
      try x.checkNormShape(a.normalizedShape, weight, nil, star: "*")
      let precision = x.dtype.real == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
      let rows = (trailing: a.normalizedShape.count, eps: a.eps ?? precision)
      if x.dtype.isComplex {
        // The square is that of the number, not of its magnitude.
        let dims = Dims(x.rank - rows.trailing..<x.rank)
        let square = try x.square().mean(dim: dims, keepdim: true)
        let result = try x * (square + .double(rows.eps)).rsqrt()
        return [try weight.map { try result * $0 } ?? result]
      }
      let computing = x.dtype.computing
      if let weight, weight.dtype == x.dtype || weight.dtype == computing {
        let isNarrow = computing != x.dtype
        return [try (isNarrow ? normalizeNarrowSquares : normalizeSquares)(x, weight, nil, rows)]
      }
      let plain = Tensor(try .full(a.normalizedShape, 1, x.dtype))
      let isNarrow = computing != x.dtype
      let result = try (isNarrow ? normalizeNarrowSquares : normalizeSquares)(x, plain, nil, rows)
      guard let weight else { return [result] }
      ThreadContext.current.warn(
        "Mismatch dtype between input and weight: input dtype = \(x.dtype.compilerName), weight "
          + "dtype = \(weight.dtype.compilerName), Cannot dispatch to fused implementation.")
      return [try (result * weight).to(dtype: x.dtype)]
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), attributes: ([3], 1e-5)),
      Sample(SampleInput([2, 3]), SampleInput([3]), attributes: ([3], nil)),
      Sample(
        SampleInput([2, 2, 3], transposed: true), SampleInput([2, 3]), attributes: ([2, 3], 0.5)),
      Sample(SampleInput([0, 2]), SampleInput([2]), attributes: ([2], 1e-5)),
    ])

  /// The normalisation with both parameters; not exported.
  static let normalizeRows = rowNormalisation("NativeLayerNormBackward0", isCentered: true)
  /// The same without taking out the mean.
  static let normalizeSquares = rowNormalisation("MulBackward0", isCentered: false)
  /// The same for 16-bit floats, whose result PyTorch converts at the end.
  static let normalizeNarrowSquares = rowNormalisation("ToCopyBackward0", isCentered: false)

  private static func rowNormalisation(
    _ gradName: String, isCentered: Bool
  ) -> Operator<(trailing: Int, eps: Double)> {
    Operator(
      "_normalize_rows(Tensor self, Tensor weight, Tensor? bias) -> Tensor",
      "Layer normalisation.", gradName: gradName,
      forward: .three { x, weight, bias, a, _ in
        try x.layerNorm(
          trailing: a.trailing, weight, bias, epsilon: a.eps, isCentered: isCentered)
      },
      derivative: .joint(saving: [.x, .y]) { c, a in
        let (g, x, weight) = (try c.gradient, try c.x, try c.y)
        if !isUnwatched(g, x, weight) {
          return try normGradients(g, x, weight, c, a, isCentered)
        }
        // One loop for all; it leaves no graph.
        let gradients = try g.array.layerNormGradients(
          of: x.array, trailing: a.trailing, weight.array, epsilon: a.eps, isCentered: isCentered,
          needs: (c.needs(0), c.needs(1), isCentered && c.needs(2)))
        var result = Gradients()
        result.append(gradients.input.map { Tensor($0) })
        result.append(gradients.weight.map { Tensor($0) })
        if isCentered { result.append(gradients.bias.map { Tensor($0) }) }
        return result
      },
      tangent: .formula { c, a in
        let (y, factor, dims) = try c.x.normalized(a, isCentered)
        let slope = try c.tangent(0).map {
          try $0.throughNorm(y, factor, dims, isCentered: isCentered) * c.y
        }
        return [try c.sum([slope, c.tangent(1).map { try y * $0 }, c.tangent(2)])]
      },
      batching: .rule { batch, a in
        let rows = isCentered ? normalizeRows : normalizeSquares
        let x = try batch.batched(0)
        if !batch.isBatched.dropFirst().contains(true) {
          return [try rows(x, batch.input(1), batch.inputs[2], a)]
        }
        // Rows of several examples share no parameters: they are applied afterwards.
        let (sizes, dtype) = (batch.sizes(1), batch.input(1).dtype)
        let plain = try rows(
          x, .ones(sizes, dtype: dtype), .zeros(sizes, dtype: dtype), a)
        let y = try plain * batch.aligned(1, rank: batch.rank(0))
        let result = try batch.inputs[2] == nil ? y : y + batch.aligned(2, rank: batch.rank(0))
        return [try result.to(dtype: x.dtype)]
      },
      samples: [])
  }

  /// The gradients by formula, so that they can be differentiated. What broadcast is added up by
  /// the driver.
  private static func normGradients(
    _ g: Tensor, _ x: Tensor, _ weight: Tensor, _ c: Context,
    _ a: (trailing: Int, eps: Double), _ isCentered: Bool
  ) throws -> Gradients {
    let (y, factor, dims) = try x.normalized(a, isCentered)
    var result = Gradients()
    result.append(
      c.needs(0)
        ? try (g * weight).throughNorm(y, factor, dims, isCentered: isCentered) : nil)
    result.append(c.needs(1) ? try g * y : nil)
    if isCentered { result.append(c.needs(2) ? g : nil) }
    return result
  }
}

extension Tensor {
  /// This tensor less its mean along dimensions, where that is to be taken out, divided by the root
  /// of its mean square; and what it was multiplied by for that.
  func normalized(
    along dims: Dims, _ eps: Double, isCentered: Bool = true
  ) throws -> (y: Tensor, factor: Tensor) {
    let centered = isCentered ? try self - mean(dim: dims, keepdim: true) : self
    let variance = try (centered * centered).mean(dim: dims, keepdim: true)
    let factor = try (variance + .double(eps)).rsqrt()
    return (try centered * factor, factor)
  }

  /// This gradient of `y`, which `normalized` gave, taken back to what was normalised; or a tangent
  /// of that, taken on to `y`: the Jacobian is symmetric.
  func throughNorm(
    _ y: Tensor, _ factor: Tensor, _ dims: Dims, isCentered: Bool = true
  ) throws -> Tensor {
    let slope = try y * (self * y).mean(dim: dims, keepdim: true)
    let rest = isCentered ? try self - mean(dim: dims, keepdim: true) : self
    return try (rest - slope) * factor
  }

  /// Rows with mean 0 and variance 1, what they were divided by, inverted, and their dimensions.
  fileprivate func normalized(
    _ a: (trailing: Int, eps: Double), _ isCentered: Bool
  ) throws -> (y: Tensor, factor: Tensor, dims: Dims) {
    let dims = Dims(rank - a.trailing..<rank)
    let (y, factor) = try normalized(along: dims, a.eps, isCentered: isCentered)
    return (y, factor, dims)
  }

  /// Checks that shape and parameters of a layer normalisation fit this tensor.
  ///
  /// - Throws: `TensorError.runtime`.
  fileprivate func checkNorm(_ sizes: Dims, _ weight: Tensor?, _ bias: Tensor?) throws {
    if let first = weight ?? bias { try checkParameterDType(first.dtype) }
    try checkNormShape(sizes, weight, bias)
    // Integers are refused by the loop.
    if let weight, let bias, weight.dtype != bias.dtype, dtype.isFloatingPoint {
      throw TensorError.runtime(
        "expected scalar type \(weight.dtype.scalarTypeName) but found "
          + bias.dtype.scalarTypeName)
    }
  }

  /// Checks that shape and parameters fit the last dimensions of this tensor.
  ///
  /// - Throws: `TensorError.runtime`.
  fileprivate func checkNormShape(
    _ sizes: Dims, _ weight: Tensor?, _ bias: Tensor?, star: String = "*, "
  ) throws {
    if sizes.isEmpty {
      throw TensorError.runtime(
        "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
          + "element, but got normalized_shape = []")
    }
    for (name, parameter) in [("weight", weight), ("bias", bias)] {
      guard let parameter, parameter.shape != sizes else { continue }
      throw TensorError.runtime(
        "Expected \(name) to be of same shape as normalized_shape, but got \(name) of shape "
          + "\(parameter.shape) and normalized_shape = \(sizes)")
    }
    if Dims(shape.suffix(sizes.count)) != sizes {
      let expected = star + sizes.map(String.init).joined(separator: ", ")
      throw TensorError.runtime(
        "Given normalized_shape=\(sizes), expected input with shape [\(expected)], but got input "
          + "of size\(shape)")
    }
  }

  /// Checked before shapes, as in PyTorch.
  func checkParameterDType(_ parameter: DType) throws {
    if parameter == dtype { return }
    if parameter != .float32 {
      throw TensorError.runtime("mixed dtype (CPU): expect parameter to have scalar type of Float")
    }
    if !dtype.isFloatingPoint || dtype.size != 2 {
      throw TensorError.runtime("mixed dtype (CPU): all inputs must share same datatype.")
    }
  }
}
