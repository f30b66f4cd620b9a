import Elements

extension Kernels {
  /// The loop `out = exp(x - max) / sum(exp(x - max))` over rows of a float dtype.
  public static func softmax(_ dtype: DType) -> RowLoop? {
    switch dtype {
    case .float16: loop(Softmax<Float>.self, Float16.self)
    case .bfloat16: loop(Softmax<Float>.self, BFloat16.self)
    case .float32: loop(Softmax<Float>.self, Float.self)
    case .float64: loop(Softmax<Double>.self, Double.self)
    default: nil
    }
  }

  /// The loop `out = x - max - log(sum(exp(x - max)))` over rows of a float dtype.
  public static func logSoftmax(_ dtype: DType) -> RowLoop? {
    switch dtype {
    case .float16: loop(LogSoftmax<Float>.self, Float16.self)
    case .bfloat16: loop(LogSoftmax<Float>.self, BFloat16.self)
    case .float32: loop(LogSoftmax<Float>.self, Float.self)
    case .float64: loop(LogSoftmax<Double>.self, Double.self)
    default: nil
    }
  }
}

private enum Softmax<T: SoftmaxReal>: RowFunction {
  static func rows(
    _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ rows: Int, _ count: Int
  ) {
    for i in 0..<rows { _ = removeLargest(out + i * count, x + i * count, count) }
    exponentials(out, rows * count)
    for i in 0..<rows {
      let row = out + i * count
      multiply(row, count, 1 / foldRow(DenseSum<T>.self, row, count))
    }
  }

  static func columns(
    _ out: UnsafeMutablePointer<T>, _ outStep: Int, _ x: UnsafePointer<T>, _ xStep: Int,
    _ count: Int, _ width: Int
  ) {
    withBlock(of: T.self, width) { totals in
      let size = MemoryLayout<T>.stride
      foldColumns(DenseLargest<T>.self, totals, x, xStep * size, count, width)
      for j in 0..<count { subtract(out + j * outStep, x + j * xStep, totals, width) }
      exponentials(out, outStep, out, outStep, count, width)
      foldColumns(DenseSum<T>.self, totals, out, outStep * size, count, width)
      for i in 0..<width { totals[i] = 1 / totals[i] }
      for j in 0..<count { multiply(out + j * outStep, totals, width) }
    }
  }
}

private enum LogSoftmax<T: SoftmaxReal>: RowFunction {
  static func rows(
    _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ rows: Int, _ count: Int
  ) {
    withBlock(of: T.self, 2 * rows) { largest in
      let sums = largest + rows
      for i in 0..<rows { largest[i] = removeLargest(out + i * count, x + i * count, count) }
      exponentials(out, rows * count)
      for i in 0..<rows { sums[i] = foldRow(DenseSum<T>.self, out + i * count, count) }
      for i in 0..<rows { sums[i] = T.log(sums[i]) }
      for i in 0..<rows { subtract(out + i * count, x + i * count, count, largest[i], sums[i]) }
    }
  }

  static func columns(
    _ out: UnsafeMutablePointer<T>, _ outStep: Int, _ x: UnsafePointer<T>, _ xStep: Int,
    _ count: Int, _ width: Int
  ) {
    withBlocks(of: T.self, 2 * width, T.self, min(columnBlock, count) * width) { totals, block in
      let (sums, size) = (totals + width, MemoryLayout<T>.stride)
      foldColumns(DenseLargest<T>.self, totals, x, xStep * size, count, width)
      for j in 0..<count { subtract(out + j * outStep, x + j * xStep, totals, width) }
      totals.update(repeating: 0, count: width)
      var start = 0
      while start < count {
        let length = min(columnBlock, count - start)
        exponentials(block, width, out + start * outStep, outStep, length, width)
        foldColumns(DenseSum<T>.self, sums, block, width * size, length, width)
        for i in 0..<width { totals[i] += sums[i] }
        start += length
      }
      for i in 0..<width { totals[i] = T.log(totals[i]) }
      for j in 0..<count { subtract(out + j * outStep, totals, width) }
    }
  }

  /// Rows whose exponentials are held at a time.
  private static var columnBlock: Int { 32 }
}

/// `out = x - max(x)`; returns the largest number.
private func removeLargest<T: SoftmaxReal>(
  _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ count: Int
) -> T {
  let largest = foldRow(DenseLargest<T>.self, x, count)
  for j in 0..<count { out[j] = x[j] - largest }
  return largest
}

@inline(never)
private func exponentials<T: SoftmaxReal>(_ x: UnsafeMutablePointer<T>, _ count: Int) {
  for j in 0..<count { x[j] = T.exponentialOfNonPositive(x[j]) }
}

/// The same for rows of `width` numbers; `out` may be `x`.
@inline(never)
private func exponentials<T: SoftmaxReal>(
  _ out: UnsafeMutablePointer<T>, _ outStep: Int, _ x: UnsafePointer<T>, _ xStep: Int,
  _ count: Int, _ width: Int
) {
  if out == x {
    if outStep == width { return exponentials(out, count * width) }
    for j in 0..<count { exponentials(out + j * outStep, width) }
    return
  }
  for j in 0..<count {
    let (target, source) = (out + j * outStep, x + j * xStep)
    for i in 0..<width { target[i] = T.exponentialOfNonPositive(source[i]) }
  }
}

private func multiply<T: SoftmaxReal>(_ x: UnsafeMutablePointer<T>, _ count: Int, _ factor: T) {
  for j in 0..<count { x[j] *= factor }
}

private func multiply<T: SoftmaxReal>(
  _ x: UnsafeMutablePointer<T>, _ factors: UnsafePointer<T>, _ count: Int
) {
  for j in 0..<count { x[j] *= factors[j] }
}

private func subtract<T: SoftmaxReal>(
  _ x: UnsafeMutablePointer<T>, _ y: UnsafePointer<T>, _ count: Int
) {
  for j in 0..<count { x[j] -= y[j] }
}

private func subtract<T: SoftmaxReal>(
  _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ count: Int
) {
  for j in 0..<count { out[j] = x[j] - y[j] }
}

private func subtract<T: SoftmaxReal>(
  _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ count: Int, _ first: T, _ second: T
) {
  for j in 0..<count { out[j] = x[j] - first - second }
}

/// The largest of values already in the computing type, of which none counts as nan: where one is,
/// the sum of exponentials tells.
private enum DenseLargest<T: SoftmaxReal>: Fold {
  @inline(__always) static var identity: T { T.lowest }
  @inline(__always) static func lift(_ x: T) -> T { x }
  @inline(__always) static func combine(_ x: T, _ y: T) -> T { x > y ? x : y }
  @inline(__always) static func finish(_ total: T, _: Int) -> T { total }
}
