import Arrays
import Autograd
import Elements

// Rows brought to mean 0 and variance 1.

extension Ops {
  package static let normalisation: [any AnyOperator] = [layerNorm]

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

  /// The normalisation with both parameters; not exported.
  static let normalizeRows: Operator<(trailing: Int, eps: Double)> = Operator(
    "_normalize_rows(Tensor self, Tensor weight, Tensor? bias) -> Tensor",
    "Layer normalisation.", gradName: "NativeLayerNormBackward0",
    forward: .three { x, weight, bias, a, _ in
      try x.layerNorm(trailing: a.trailing, weight, bias, epsilon: a.eps)
    },
    derivative: .joint(saving: [.x, .y]) { c, a in
      let (g, x, weight) = (try c.gradient, try c.x, try c.y)
      if !isUnwatched(g, x, weight) { return try normGradients(g, x, weight, c, a) }
      // One loop for all; it leaves no graph.
      let gradients = try g.array.layerNormGradients(
        of: x.array, trailing: a.trailing, weight.array, epsilon: a.eps,
        needs: (c.needs(0), c.needs(1), c.needs(2)))
      var result = Gradients()
      result.append(gradients.input.map { Tensor($0) })
      result.append(gradients.weight.map { Tensor($0) })
      result.append(gradients.bias.map { Tensor($0) })
      return result
    },
    tangent: .formula { c, a in
      let (y, factor, dims) = try c.x.normalized(a)
      let slope = try c.tangent(0).map { t in
        let mean = try t.mean(dim: dims, keepdim: true)
        return try (t - mean - y * (t * y).mean(dim: dims, keepdim: true)) * factor * c.y
      }
      return [try c.sum([slope, c.tangent(1).map { try y * $0 }, c.tangent(2)])]
    },
    batching: .rule { batch, a in
      let x = try batch.batched(0)
      if !batch.isBatched.dropFirst().contains(true) {
        return [try normalizeRows(x, batch.input(1), batch.inputs[2], a)]
      }
      // Rows of several examples share no parameters: they are applied afterwards.
      let (sizes, dtype) = (batch.sizes(1), batch.input(1).dtype)
      let rows = try normalizeRows(
        x, .ones(sizes, dtype: dtype), .zeros(sizes, dtype: dtype), a)
      let y = try rows * batch.aligned(1, rank: batch.rank(0))
      let result = try batch.inputs[2] == nil ? y : y + batch.aligned(2, rank: batch.rank(0))
      return [try result.to(dtype: x.dtype)]
    },
    samples: [])

  /// The gradients by formula, so that they can be differentiated. What broadcast is added up by
  /// the driver.
  private static func normGradients(
    _ g: Tensor, _ x: Tensor, _ weight: Tensor, _ c: Context, _ a: (trailing: Int, eps: Double)
  ) throws -> Gradients {
    let (y, factor, dims) = try x.normalized(a)
    var result = Gradients()
    if c.needs(0) {
      let h = try g * weight
      let mean = try h.mean(dim: dims, keepdim: true)
      let slope = try (h * y).mean(dim: dims, keepdim: true)
      result.append(try (h - mean - y * slope) * factor)
    } else {
      result.append(nil)
    }
    result.append(c.needs(1) ? try g * y : nil)
    result.append(c.needs(2) ? g : nil)
    return result
  }
}

extension Tensor {
  /// Rows with mean 0 and variance 1, what they were divided by, inverted, and their dimensions.
  fileprivate func normalized(
    _ a: (trailing: Int, eps: Double)
  ) throws -> (y: Tensor, factor: Tensor, dims: Dims) {
    let dims = Dims(rank - a.trailing..<rank)
    let centered = try self - mean(dim: dims, keepdim: true)
    let variance = try (centered * centered).mean(dim: dims, keepdim: true)
    let factor = try (variance + .double(a.eps)).rsqrt()
    return (try centered * factor, factor, dims)
  }

  /// Checks that shape and parameters of a layer normalisation fit this tensor.
  ///
  /// - Throws: `TensorError.runtime`.
  fileprivate func checkNorm(_ sizes: Dims, _ weight: Tensor?, _ bias: Tensor?) throws {
    if let first = weight ?? bias { try checkParameterDType(first.dtype) }
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
      let expected = (["*"] + sizes.map(String.init)).joined(separator: ", ")
      throw TensorError.runtime(
        "Given normalized_shape=\(sizes), expected input with shape [\(expected)], but got input "
          + "of size\(shape)")
    }
    // Integers are refused by the loop.
    if let weight, let bias, weight.dtype != bias.dtype, dtype.isFloatingPoint {
      throw TensorError.runtime(
        "expected scalar type \(weight.dtype.scalarTypeName) but found "
          + bias.dtype.scalarTypeName)
    }
  }

  /// Checked before shapes, as in PyTorch.
  private func checkParameterDType(_ parameter: DType) throws {
    if parameter == dtype { return }
    if parameter != .float32 {
      throw TensorError.runtime("mixed dtype (CPU): expect parameter to have scalar type of Float")
    }
    if !dtype.isFloatingPoint || dtype.size != 2 {
      throw TensorError.runtime("mixed dtype (CPU): all inputs must share same datatype.")
    }
  }
}
