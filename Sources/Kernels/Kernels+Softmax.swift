import Elements

extension Kernels {
  /// The loop `out = exp(x - max) / sum(exp(x - max))` over rows of a float dtype.
  public static func softmax(_ dtype: DType) -> RowLoop? {
    switch dtype {
    case .float16: softmax(Float16.self)
    case .bfloat16: softmax(BFloat16.self)
    case .float32: softmax(Float.self)
    case .float64: softmax(Double.self)
    default: nil
    }
  }

  /// The loop `out = x - max - log(sum(exp(x - max)))` over rows of a float dtype.
  public static func logSoftmax(_ dtype: DType) -> RowLoop? {
    switch dtype {
    case .float16: logSoftmax(Float16.self)
    case .bfloat16: logSoftmax(BFloat16.self)
    case .float32: logSoftmax(Float.self)
    case .float64: logSoftmax(Double.self)
    default: nil
    }
  }

  private static func softmax<S: Element>(_: S.Type) -> RowLoop where S.Compute: Real {
    { out, outOuterStride, outInnerStride, x, xOuterStride, xInnerStride, outer, inner in
      withBlock(of: S.Compute.self) { block, capacity in
        for i in 0..<outer {
          let row = Row(S.self, x + i * xOuterStride, xInnerStride, inner)
          let largest = row.largest(block, capacity)
          // The exponentials are kept in `out`, unless it is too narrow; then they are made again.
          let target = out + i * outOuterStride
          let keeps = S.self == S.Compute.self
          var sum: S.Compute = 0
          row.forBlocks(block, capacity) { start, count in
            exponentials(block, count, largest)
            sum += foldRow(DenseSum<S.Compute>.self, block, count)
            if keeps && inner > capacity {
              store(S.self, target + start * outInnerStride, outInnerStride, block, count)
            }
          }
          if inner <= capacity {
            scale(block, inner, sum)
            store(S.self, target, outInnerStride, block, inner)
            continue
          }
          let source = keeps ? Row(S.self, target, outInnerStride, inner) : row
          source.forBlocks(block, capacity) { start, count in
            if !keeps { exponentials(block, count, largest) }
            scale(block, count, sum)
            store(S.self, target + start * outInnerStride, outInnerStride, block, count)
          }
        }
      }
    }
  }

  private static func logSoftmax<S: Element>(_: S.Type) -> RowLoop where S.Compute: Real {
    { out, outOuterStride, outInnerStride, x, xOuterStride, xInnerStride, outer, inner in
      withBlock(of: S.Compute.self) { block, capacity in
        for i in 0..<outer {
          let row = Row(S.self, x + i * xOuterStride, xInnerStride, inner)
          let largest = row.largest(block, capacity)
          var sum: S.Compute = 0
          row.forBlocks(block, capacity) { _, count in
            exponentials(block, count, largest)
            sum += foldRow(DenseSum<S.Compute>.self, block, count)
          }
          let logarithm = S.Compute.log(sum)
          row.forBlocks(block, capacity) { start, count in
            for j in 0..<count { block[j] = block[j] - largest - logarithm }
            let target = out + i * outOuterStride + start * outInnerStride
            store(S.self, target, outInnerStride, block, count)
          }
        }
      }
    }
  }

  @inline(never)
  private static func exponentials<T: Real>(
    _ block: UnsafeMutablePointer<T>, _ count: Int, _ largest: T
  ) {
    for j in 0..<count { block[j] = T.exp(block[j] - largest) }
  }

  @inline(never)
  private static func scale<T: Real>(_ block: UnsafeMutablePointer<T>, _ count: Int, _ sum: T) {
    for j in 0..<count { block[j] /= sum }
  }
}

/// A row of elements that is read in blocks of the computing type.
private struct Row<S: Element> where S.Compute: Real {
  let x: UnsafeRawPointer
  let stride: Int
  let count: Int

  @inline(__always)
  init(_: S.Type, _ x: UnsafeRawPointer, _ stride: Int, _ count: Int) {
    self.x = x
    self.stride = stride
    self.count = count
  }

  /// Fills `block` again and again, and calls `body` with where each block starts and its length.
  @inline(__always)
  func forBlocks(
    _ block: UnsafeMutablePointer<S.Compute>, _ capacity: Int, _ body: (Int, Int) -> Void
  ) {
    var start = 0
    while start < count {
      let length = min(capacity, count - start)
      load(S.self, block, x + start * stride, stride, length)
      body(start, length)
      start += length
    }
  }

  @inline(__always)
  func largest(_ block: UnsafeMutablePointer<S.Compute>, _ capacity: Int) -> S.Compute {
    var result = S.Compute.lowest
    forBlocks(block, capacity) { _, length in
      result = S.Compute.maximum(result, foldRow(DenseMaximum<S.Compute>.self, block, length))
    }
    return result
  }
}
