import Elements

extension Kernels {
  /// The loop `out = sum((x - mean(x))^2)` over rows of a float dtype; zero for empty rows.
  ///
  /// Blocks that fit the cache are done in two passes and joined by the formula of Chan, Golub and
  /// LeVeque ("Updating formulae and a pairwise algorithm for computing sample variances", 1979),
  /// so that a large mean doesn't cancel the result away.
  public static func squaredDeviations(_ dtype: DType) -> ReductionLoop? {
    switch dtype {
    case .float16: squaredDeviations(Float16.self)
    case .bfloat16: squaredDeviations(BFloat16.self)
    case .float32: squaredDeviations(Float.self)
    case .float64: squaredDeviations(Double.self)
    default: nil
    }
  }

  private static func squaredDeviations<S: Element>(_: S.Type) -> ReductionLoop
  where S.Compute: Real {
    { out, outStride, x, outerStride, innerStride, outer, inner in
      withBlock(of: S.Compute.self) { block, capacity in
        for i in 0..<outer {
          var moments = Moments()
          for start in stride(from: 0, to: inner, by: capacity) {
            let count = min(capacity, inner - start)
            load(S.self, block, x + i * outerStride + start * innerStride, innerStride, count)
            moments.join(blockMoments(block, count))
          }
          (out + i * outStride).assumingMemoryBound(to: S.self).pointee =
            S(compute: S.Compute(moments.deviations))
        }
      }
    }
  }

  private static func blockMoments<T: Real>(
    _ block: UnsafeMutablePointer<T>, _ count: Int
  ) -> Moments {
    let mean = foldRow(DenseSum<T>.self, block, count) / T(count)
    for i in 0..<count { block[i] -= mean }
    // The mean was rounded; what the deviations still add up to corrects for that.
    let rest = Double(foldRow(DenseSum<T>.self, block, count))
    for i in 0..<count { block[i] *= block[i] }
    let squares = Double(foldRow(DenseSum<T>.self, block, count))
    return Moments(
      count: Double(count), mean: Double(mean) + rest / Double(count),
      deviations: max(squares - rest * rest / Double(count), squares.isFinite ? 0 : squares))
  }
}

/// Count, mean and sum of squared deviations of a sample. In double whatever the dtype: there is
/// one for every block, not for every element.
private struct Moments {
  var count = 0.0
  var mean = 0.0
  var deviations = 0.0

  mutating func join(_ other: Moments) {
    guard count > 0 else {
      self = other
      return
    }
    let total = count + other.count
    let distance = other.mean - mean
    deviations += other.deviations + distance * distance * (count / total) * other.count
    mean += distance * (other.count / total)
    count = total
  }
}

/// The sum of values already in the computing type.
enum DenseSum<T: Number>: Fold {
  @inline(__always) static var identity: T { 0 }
  @inline(__always) static func lift(_ x: T) -> T { x }
  @inline(__always) static func combine(_ x: T, _ y: T) -> T { T.plus(x, y) }
  @inline(__always) static func finish(_ total: T, _: Int) -> T { total }
}
