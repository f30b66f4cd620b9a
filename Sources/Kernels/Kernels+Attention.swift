import Elements

extension Kernels {
  /// The loop of a step of attention; float32 and float64 only.
  public static func attention(_ op: AttentionOperation, _ dtype: DType) -> AttentionLoop? {
    switch dtype {
    case .float32: attention(op, Float.self)
    case .float64: attention(op, Double.self)
    default: nil
    }
  }

  private static func attention<T: SoftmaxReal>(_ op: AttentionOperation, _: T.Type)
    -> AttentionLoop
  {
    switch op {
    case .exponentials: { AttentionRows<T>(block: $0).exponentials() }
    case .finish: { AttentionRows<T>(block: $0).finish() }
    case .weights: { AttentionRows<T>(block: $0).weights() }
    case .slopes: { AttentionRows<T>(block: $0).slopes() }
    }
  }
}

/// Softmax over scores that come block by block.
///
/// Source: Milakov, Gimelshein, "Online normalizer calculation for softmax", 2018, arXiv:1805.02867;
/// Dao et al., "FlashAttention", 2022, arXiv:2205.14135.
private struct AttentionRows<T: SoftmaxReal> {
  let block: AttentionBlock

  private var sums: UnsafeMutablePointer<T> { block.sums.assumingMemoryBound(to: T.self) }

  private func scores(_ row: Int) -> UnsafeMutablePointer<T> {
    block.scores.assumingMemoryBound(to: T.self) + row &* block.columns
  }

  private func values(_ row: Int) -> UnsafeMutablePointer<T> {
    block.values.assumingMemoryBound(to: T.self) + row &* block.width
  }

  private func out(_ row: Int) -> UnsafeMutablePointer<T> {
    (block.out + row &* block.outStride).assumingMemoryBound(to: T.self)
  }

  /// Adds the mask; what is hidden becomes minus infinity. Returns how many columns are visible.
  private func hide(_ row: Int, _ scores: UnsafeMutablePointer<T>) {
    if block.visible < block.columns {
      let visible = min(max(block.visible &+ row, 0), block.columns)
      (scores + visible).update(repeating: -.infinity, count: block.columns - visible)
    }
    guard let mask = block.mask.map({ $0 + row &* block.maskRowStride }) else { return }
    let step = block.maskColumnStride
    if step == MemoryLayout<T>.stride {
      let mask = mask.assumingMemoryBound(to: T.self)
      for j in 0..<block.columns { scores[j] += mask[j] }
    } else {
      for j in 0..<block.columns {
        scores[j] += (mask + j &* step).assumingMemoryBound(to: T.self).pointee
      }
    }
  }

  func exponentials() {
    let largest = block.largest.assumingMemoryBound(to: T.self)
    for row in 0..<block.rows {
      let scores = scores(row)
      hide(row, scores)
      let old = largest[row]
      let new = max(old, foldRow(DenseMaximum<T>.self, scores, block.columns))
      // Where nothing is visible yet there is nothing to take out.
      let shift = new > -T.infinity ? new : 0
      exponential(scores, shift, block.columns)
      let factor = T.exponentialOfNonPositive(old > -T.infinity ? old - shift : -.infinity)
      sums[row] = sums[row] * factor + foldRow(DenseSum<T>.self, scores, block.columns)
      largest[row] = new
      if factor != 1 { multiply(values(row), values(row), factor, block.width) }
    }
  }

  func finish() {
    let largest = block.largest.assumingMemoryBound(to: T.self)
    for row in 0..<block.rows {
      let sum = sums[row]
      multiply(out(row), values(row), sum == 0 ? 0 : 1 / sum, block.width)
      sums[row] = sum == 0 ? .infinity : T.log(sum) + (largest[row] > -T.infinity ? largest[row] : 0)
    }
  }

  func weights() {
    for row in 0..<block.rows {
      hide(row, scores(row))
      exponential(scores(row), sums[row], block.columns)
    }
  }

  func slopes() {
    for row in 0..<block.rows { slope(out(row), scores(row), sums[row], block.columns) }
  }

  @inline(never)
  private func exponential(_ x: UnsafeMutablePointer<T>, _ shift: T, _ count: Int) {
    for j in 0..<count { x[j] = T.exponentialOfNonPositive(x[j] - shift) }
  }

  @inline(never)
  private func multiply(
    _ out: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ factor: T, _ count: Int
  ) {
    for j in 0..<count { out[j] = x[j] * factor }
  }

  @inline(never)
  private func slope(
    _ out: UnsafeMutablePointer<T>, _ weights: UnsafePointer<T>, _ mean: T, _ count: Int
  ) {
    for j in 0..<count { out[j] = weights[j] * (out[j] - mean) }
  }
}

/// The largest of some numbers, of which none counts as nan: where one is, the sum tells.
private enum DenseMaximum<T: SoftmaxReal>: Fold {
  @inline(__always) static var identity: T { -.infinity }
  @inline(__always) static func lift(_ x: T) -> T { x }
  @inline(__always) static func combine(_ x: T, _ y: T) -> T { x > y ? x : y }
  @inline(__always) static func finish(_ total: T, _: Int) -> T { total }
}
