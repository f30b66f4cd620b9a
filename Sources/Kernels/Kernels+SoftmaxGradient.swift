import Elements

extension Kernels {
  /// The loop `out = y * (x - sum(x * y))` over rows of a float dtype: the gradient of softmax,
  /// where `x` is that of its result `y`.
  public static func softmaxGradient(_ dtype: DType) -> PairLoop? {
    switch dtype {
    case .float16: loop(SoftmaxGradient<Float>.self, Float16.self)
    case .bfloat16: loop(SoftmaxGradient<Float>.self, BFloat16.self)
    case .float32: loop(SoftmaxGradient<Float>.self, Float.self)
    case .float64: loop(SoftmaxGradient<Double>.self, Double.self)
    default: nil
    }
  }

  /// The loop `out = x - exp(y) * sum(x)` over rows of a float dtype: the gradient of the logarithm
  /// of softmax, where `x` is that of its result `y`.
  public static func logSoftmaxGradient(_ dtype: DType) -> PairLoop? {
    switch dtype {
    case .float16: loop(LogSoftmaxGradient<Float>.self, Float16.self)
    case .bfloat16: loop(LogSoftmaxGradient<Float>.self, BFloat16.self)
    case .float32: loop(LogSoftmaxGradient<Float>.self, Float.self)
    case .float64: loop(LogSoftmaxGradient<Double>.self, Double.self)
    default: nil
    }
  }
}

private enum SoftmaxGradient<T: SoftmaxReal>: PairFunction {
  static func row(
    _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ count: Int
  ) {
    let sum = productSum(x, y, count)
    for j in 0..<count { out[j] = y[j] * (x[j] - sum) }
  }

  static func columns(
    _ out: UnsafeMutablePointer<T>, _ outStep: Int, _ x: UnsafePointer<T>, _ xStep: Int,
    _ y: UnsafePointer<T>, _ yStep: Int, _ count: Int, _ width: Int
  ) {
    withBlock(of: T.self, width) { sums in
      for j in 0..<count { multiply(out + j * outStep, x + j * xStep, y + j * yStep, width) }
      foldColumns(
        DenseSum<T>.self, sums, out, outStep * MemoryLayout<T>.stride, count, width)
      for j in 0..<count {
        subtractProduct(out + j * outStep, y + j * yStep, sums, width)
      }
    }
  }

  @inline(__always)
  private static func multiply(
    _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ count: Int
  ) {
    for i in 0..<count { out[i] = x[i] * y[i] }
  }

  @inline(__always)
  private static func subtractProduct(
    _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ count: Int
  ) {
    for i in 0..<count { out[i] -= x[i] * y[i] }
  }
}

private enum LogSoftmaxGradient<T: SoftmaxReal>: PairFunction {
  static func row(
    _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ count: Int
  ) {
    let sum = foldRow(DenseSum<T>.self, x, count)
    for j in 0..<count { out[j] = x[j] - T.exponentialOfNonPositive(y[j]) * sum }
  }

  static func columns(
    _ out: UnsafeMutablePointer<T>, _ outStep: Int, _ x: UnsafePointer<T>, _ xStep: Int,
    _ y: UnsafePointer<T>, _ yStep: Int, _ count: Int, _ width: Int
  ) {
    withBlock(of: T.self, width) { sums in
      foldColumns(DenseSum<T>.self, sums, x, xStep * MemoryLayout<T>.stride, count, width)
      for j in 0..<count {
        subtract(out + j * outStep, x + j * xStep, y + j * yStep, sums, width)
      }
    }
  }

  @inline(__always)
  private static func subtract(
    _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ y: UnsafePointer<T>,
    _ sums: UnsafePointer<T>, _ count: Int
  ) {
    for i in 0..<count { out[i] = x[i] - T.exponentialOfNonPositive(y[i]) * sums[i] }
  }
}
