import Elements

extension Kernels {
  /// The loop of a sparse matrix times dense ones; float32 and float64 only.
  public static func resample(_ dtype: DType) -> ResampleLoop? {
    switch dtype {
    case .float32: { multiplySparse(Float.self, $0, $1, $2, $3, $4, $5, $6) }
    case .float64: { multiplySparse(Double.self, $0, $1, $2, $3, $4, $5, $6) }
    default: nil
    }
  }
}

private func multiplySparse<T: BinaryFloatingPoint>(
  _: T.Type, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ matrix: SparseRows,
  _ outer: Int, _ rows: Int, _ length: Int, _ inner: Int
) {
  let out = out.assumingMemoryBound(to: T.self)
  let x = x.assumingMemoryBound(to: T.self)
  let (starts, columns, values) = (matrix.starts, matrix.columns, matrix.values)
  for o in 0..<outer {
    let source = x + o * length * inner
    let target = out + o * rows * inner
    for row in 0..<rows {
      let (start, end) = (starts[row], starts[row + 1])
      if inner == 1 {
        var sum: T = 0
        for k in start..<end { sum += T(values[k]) * source[columns[k]] }
        target[row] = sum
        continue
      }
      let result = target + row * inner
      if start == end { result.update(repeating: 0, count: inner) }
      for k in start..<end {
        let (value, addend) = (T(values[k]), source + columns[k] * inner)
        if k == start {
          for i in 0..<inner { result[i] = value * addend[i] }
        } else {
          for i in 0..<inner { result[i] += value * addend[i] }
        }
      }
    }
  }
}
