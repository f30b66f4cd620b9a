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

private enum Softmax<T: Real>: RowFunction {
  static func row(_ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ count: Int) {
    let largest = foldRow(DenseLargest<T>.self, x, count)
    exponentials(out, x, count, largest)
    let factor = 1 / foldRow(DenseSum<T>.self, out, count)
    for j in 0..<count { out[j] *= factor }
  }

  static func columns(_ x: UnsafeMutablePointer<T>, _ count: Int, _ width: Int) {
    withBlock(of: T.self, 2 * width) { largest in
      let factor = largest + width
      foldColumns(DenseLargest<T>.self, largest, x, width * MemoryLayout<T>.stride, count, width)
      for j in 0..<count { exponentials(x + j * width, width, largest) }
      foldColumns(DenseSum<T>.self, factor, x, width * MemoryLayout<T>.stride, count, width)
      for i in 0..<width { factor[i] = 1 / factor[i] }
      for j in 0..<count {
        let row = x + j * width
        for i in 0..<width { row[i] *= factor[i] }
      }
    }
  }
}

private enum LogSoftmax<T: Real>: RowFunction {
  static func row(_ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ count: Int) {
    let largest = foldRow(DenseLargest<T>.self, x, count)
    exponentials(out, x, count, largest)
    let logarithm = T.log(foldRow(DenseSum<T>.self, out, count))
    for j in 0..<count { out[j] = x[j] - largest - logarithm }
  }

  static func columns(_ x: UnsafeMutablePointer<T>, _ count: Int, _ width: Int) {
    withBlock(of: T.self, 3 * width) { largest in
      let (sum, exponential) = (largest + width, largest + 2 * width)
      foldColumns(DenseLargest<T>.self, largest, x, width * MemoryLayout<T>.stride, count, width)
      sum.update(repeating: 0, count: width)
      for j in 0..<count {
        let row = x + j * width
        for i in 0..<width { exponential[i] = T.exp(row[i] - largest[i]) }
        for i in 0..<width { sum[i] += exponential[i] }
      }
      for i in 0..<width { sum[i] = T.log(sum[i]) }
      for j in 0..<count {
        let row = x + j * width
        for i in 0..<width { row[i] = row[i] - largest[i] - sum[i] }
      }
    }
  }
}

@inline(never)
private func exponentials<T: Real>(
  _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ count: Int, _ largest: T
) {
  for j in 0..<count { out[j] = T.exp(x[j] - largest) }
}

@inline(never)
private func exponentials<T: Real>(
  _ x: UnsafeMutablePointer<T>, _ width: Int, _ largest: UnsafePointer<T>
) {
  for i in 0..<width { x[i] = T.exp(x[i] - largest[i]) }
}

/// The largest of values already in the computing type, of which none counts as nan: where one is,
/// the sum of exponentials tells.
private enum DenseLargest<T: Real>: Fold {
  @inline(__always) static var identity: T { T.lowest }
  @inline(__always) static func lift(_ x: T) -> T { x }
  @inline(__always) static func combine(_ x: T, _ y: T) -> T { x > y ? x : y }
  @inline(__always) static func finish(_ total: T, _: Int) -> T { total }
}
