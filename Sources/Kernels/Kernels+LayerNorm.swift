import Elements

extension Kernels {
  /// The loop of rows less their mean, divided by the root of their variance plus a number.
  public static func layerNorm(_ dtype: DType) -> NormLoop? {
    switch dtype {
    case .float16: layerNorm(Float16.self)
    case .bfloat16: layerNorm(BFloat16.self)
    case .float32: layerNorm(Float.self)
    case .float64: layerNorm(Double.self)
    default: nil
    }
  }

  /// The loop of the gradient of that.
  public static func layerNormGradient(_ dtype: DType) -> NormGradientLoop? {
    switch dtype {
    case .float16: layerNormGradient(Float16.self)
    case .bfloat16: layerNormGradient(BFloat16.self)
    case .float32: layerNormGradient(Float.self)
    case .float64: layerNormGradient(Double.self)
    default: nil
    }
  }

  private static func layerNorm<S: Element>(_: S.Type) -> NormLoop where S.Compute: Real {
    { out, x, weight, bias, rows, count, epsilon, isCentered in
      let (size, isPlain) = (MemoryLayout<S>.stride, S.self == S.Compute.self)
      withBlock(of: S.Compute.self, 2 * count) { block in
        let results = block + count
        for i in 0..<rows {
          let (row, target) = (x + i * count * size, out + i * count * size)
          if isPlain && target != row {
            normalize(
              target.assumingMemoryBound(to: S.Compute.self),
              row.assumingMemoryBound(to: S.Compute.self), weight, bias, count, epsilon, isCentered)
          } else {
            load(S.self, block, row, size, count)
            normalize(results, block, weight, bias, count, epsilon, isCentered)
            store(S.self, target, size, results, count)
          }
        }
      }
    }
  }

  private static func normalize<T: Real>(
    _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ weight: UnsafeRawPointer?,
    _ bias: UnsafeRawPointer?, _ count: Int, _ epsilon: Double, _ isCentered: Bool
  ) {
    let factor = center(out, x, count, epsilon, isCentered)
    let weight = weight?.assumingMemoryBound(to: T.self)
    let bias = bias?.assumingMemoryBound(to: T.self)
    if let weight, let bias {
      for j in 0..<count { out[j] = out[j] * factor * weight[j] + bias[j] }
    } else if let weight {
      for j in 0..<count { out[j] = out[j] * factor * weight[j] }
    } else {
      for j in 0..<count { out[j] *= factor }
      if let bias { for j in 0..<count { out[j] += bias[j] } }
    }
  }

  /// `out = x - mean(x)`, where the mean is to be taken out; returns the reciprocal of the root of
  /// mean square plus epsilon. In two passes, so that a large mean doesn't cancel the variance away.
  private static func center<T: Real>(
    _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ count: Int, _ epsilon: Double,
    _ isCentered: Bool
  ) -> T {
    let mean = isCentered ? foldRow(DenseSum<T>.self, x, count) / T(count) : 0
    for j in 0..<count { out[j] = x[j] - mean }
    let variance = foldRow(SquareSum<T>.self, out, count) / T(count)
    return 1 / (variance + T(epsilon)).squareRoot()
  }

  private static func layerNormGradient<S: Element>(_: S.Type) -> NormGradientLoop
  where S.Compute: Real {
    { out, weightSums, biasSums, g, x, weight, rows, count, epsilon, isCentered in
      let size = MemoryLayout<S>.stride
      let weight = weight?.assumingMemoryBound(to: S.Compute.self)
      let weightSums = weightSums?.assumingMemoryBound(to: S.Compute.self)
      let biasSums = biasSums?.assumingMemoryBound(to: S.Compute.self)
      weightSums?.update(repeating: 0, count: count)
      biasSums?.update(repeating: 0, count: count)
      withBlock(of: S.Compute.self, 5 * count) { block in
        let (scaled, centered) = (block + 3 * count, block + 4 * count)
        for i in 0..<rows {
          let offset = i * count * size
          var (gradient, row) = (UnsafePointer(block), UnsafePointer(block + count))
          if S.self == S.Compute.self {
            gradient = (g + offset).assumingMemoryBound(to: S.Compute.self)
            row = (x + offset).assumingMemoryBound(to: S.Compute.self)
          } else {
            load(S.self, block, g + offset, size, count)
            load(S.self, block + count, x + offset, size, count)
          }
          let factor = center(centered, row, count, epsilon, isCentered)
          if let weightSums, let biasSums {
            addBoth(weightSums, biasSums, centered, gradient, factor, count)
          } else {
            for j in 0..<count { centered[j] *= factor }
            if let weightSums { addProducts(weightSums, gradient, centered, count) }
            if let biasSums { add(biasSums, gradient, count) }
          }
          guard let out else { continue }
          if let weight {
            for j in 0..<count { scaled[j] = gradient[j] * weight[j] }
            gradient = UnsafePointer(scaled)
          }
          let mean =
            isCentered
            ? foldRow(DenseSum<S.Compute>.self, gradient, count) / S.Compute(count) : 0
          let slope = productSum(gradient, centered, count) / S.Compute(count)
          let target =
            S.self == S.Compute.self
            ? (out + offset).assumingMemoryBound(to: S.Compute.self) : block + 2 * count
          project(target, gradient, centered, mean, slope, factor, count)
          if S.self != S.Compute.self { store(S.self, out + offset, size, target, count) }
        }
      }
    }
  }

  @inline(never)
  private static func project<T: Real>(
    _ out: UnsafeMutablePointer<T>, _ gradient: UnsafePointer<T>, _ centered: UnsafePointer<T>,
    _ mean: T, _ slope: T, _ factor: T, _ count: Int
  ) {
    for j in 0..<count { out[j] = (gradient[j] - mean - centered[j] * slope) * factor }
  }

  @inline(never)
  private static func addBoth<T: Real>(
    _ weightSums: UnsafeMutablePointer<T>, _ biasSums: UnsafeMutablePointer<T>,
    _ centered: UnsafeMutablePointer<T>, _ gradient: UnsafePointer<T>, _ factor: T, _ count: Int
  ) {
    for j in 0..<count {
      let normal = centered[j] * factor
      centered[j] = normal
      weightSums[j] += gradient[j] * normal
      biasSums[j] += gradient[j]
    }
  }

  private static func addProducts<T: Real>(
    _ sums: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ count: Int
  ) {
    for j in 0..<count { sums[j] += x[j] * y[j] }
  }

  private static func add<T: Real>(
    _ sums: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ count: Int
  ) {
    for j in 0..<count { sums[j] += x[j] }
  }
}

/// The sum of squares of values already in the computing type.
private enum SquareSum<T: Real>: Fold {
  @inline(__always) static var identity: T { 0 }
  @inline(__always) static func lift(_ x: T) -> T { x * x }
  @inline(__always) static func combine(_ x: T, _ y: T) -> T { x + y }
  @inline(__always) static func finish(_ total: T, _: Int) -> T { total }
}
