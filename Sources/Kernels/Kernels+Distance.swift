import Elements

extension Kernels {
  /// Distances of rows, float32 and float64 only; see `DistanceLoop`. The norm of p = 0 counts the
  /// differences that are not zero, that of infinity is the largest one.
  public static func distance(_ dtype: DType) -> DistanceLoop? {
    switch dtype {
    case .float32: distances(Float.self)
    case .float64: distances(Double.self)
    default: nil
    }
  }

  /// The gradient of such distances; see `DistanceGradientLoop`. It is zero where a distance is.
  public static func distanceGradient(_ dtype: DType) -> DistanceGradientLoop? {
    switch dtype {
    case .float32: gradients(Float.self)
    case .float64: gradients(Double.self)
    default: nil
    }
  }

  private static func distances<T: Real>(_: T.Type) -> DistanceLoop {
    { out, x, y, xRows, yRows, length, p in
      let o = out.assumingMemoryBound(to: T.self)
      let (a, b) = (x.assumingMemoryBound(to: T.self), y.assumingMemoryBound(to: T.self))
      for i in 0..<xRows {
        for j in 0..<yRows {
          o[i * yRows + j] = norm(a + i * length, b + j * length, length, p)
        }
      }
    }
  }

  private static func gradients<T: Real>(_: T.Type) -> DistanceGradientLoop {
    { out, gradient, distance, rowStride, columnStride, x, y, xRows, yRows, length, p in
      let o = out.assumingMemoryBound(to: T.self)
      let g = gradient.assumingMemoryBound(to: T.self)
      let d = distance.assumingMemoryBound(to: T.self)
      let (a, b) = (x.assumingMemoryBound(to: T.self), y.assumingMemoryBound(to: T.self))
      for i in 0..<xRows {
        for k in 0..<length { o[i * length + k] = 0 }
        for j in 0..<yRows {
          let place = i * rowStride + j * columnStride
          addGradient(o + i * length, g[place], d[place], a + i * length, b + j * length, length, p)
        }
      }
    }
  }
}

/// The p-norm of the difference of two rows. Eight sums at a time, which vectorises.
@inline(never)
private func norm<T: Real>(
  _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ length: Int, _ p: Double
) -> T {
  if p == 2 { return T.root(sum(x, y, length) { $0 * $0 }) }
  if p == 1 { return sum(x, y, length) { $0 } }
  if p == 0 { return sum(x, y, length) { $0 > 0 ? 1 : $0 } }
  if p == .infinity {
    var largest: T = 0
    for k in 0..<length { largest = T.maximum(largest, (x[k] - y[k]).magnitude) }
    return largest
  }
  let exponent = T(p)
  return T.pow(sum(x, y, length) { T.pow($0, exponent) }, T(1 / p))
}

@inline(__always)
private func sum<T: Real>(
  _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ length: Int, _ f: (T) -> T
) -> T {
  var sums = InlineArray<8, T> { _ in 0 }
  let whole = length & ~7
  for start in stride(from: 0, to: whole, by: 8) {
    for k in 0..<8 { sums[k] += f((x[start + k] - y[start + k]).magnitude) }
  }
  var result =
    ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]))
  for k in whole..<length { result += f((x[k] - y[k]).magnitude) }
  return result
}

/// Adds `g` times the derivative of the distance `d` for x.
@inline(never)
private func addGradient<T: Real>(
  _ out: UnsafeMutablePointer<T>, _ g: T, _ d: T, _ x: UnsafePointer<T>, _ y: UnsafePointer<T>,
  _ length: Int, _ p: Double
) {
  if p == 0 || d == 0 { return }
  if p == 2 {
    let ratio = g / d
    for k in 0..<length { out[k] += ratio * (x[k] - y[k]) }
  } else if p == 1 {
    for k in 0..<length { out[k] += g * direction(x[k] - y[k]) }
  } else if p == .infinity {
    for k in 0..<length {
      let difference = x[k] - y[k]
      let isLargest = difference.magnitude == d || difference != difference
      out[k] += isLargest ? g * direction(difference) : 0
    }
  } else {
    let exponent = T(p - 1)
    let scale = g / T.pow(d, exponent)
    for k in 0..<length {
      let difference = x[k] - y[k]
      let slope = direction(difference) * T.pow(difference.magnitude, exponent) * scale
      // Below one, the power of zero would be infinite.
      out[k] += difference == 0 && p < 1 ? 0 : slope
    }
  }
}

/// The sign, but nan for nan.
@inline(__always)
private func direction<T: Real>(_ x: T) -> T { x == x ? T.sign(x) : x }
