import Elements

extension Kernels {
  /// The loop `out[j] = x[0] + … + x[j]` over rows; integers wrap, floats are accumulated in
  /// float64 and rounded at each step. None for bool.
  public static func cumsum(_ dtype: DType) -> RowLoop? {
    switch dtype {
    case .bool: nil
    case .uint8, .int8: cumsum(IntegerRunning<Int8>.self)
    case .int16: cumsum(IntegerRunning<Int16>.self)
    case .int32: cumsum(IntegerRunning<Int32>.self)
    case .int64: cumsum(IntegerRunning<Int64>.self)
    case .float16: cumsum(FloatRunning<Float16>.self)
    case .bfloat16: cumsum(FloatRunning<BFloat16>.self)
    case .float32: cumsum(FloatRunning<Float>.self)
    case .float64: cumsum(FloatRunning<Double>.self)
    case .complex64, .complex128: nil
    }
  }

  /// The loop `out[j] = x[0] * … * x[j]` over rows, as `cumsum`.
  public static func cumprod(_ dtype: DType) -> RowLoop? {
    switch dtype {
    case .bool: nil
    case .uint8, .int8: cumsum(IntegerProducts<Int8>.self)
    case .int16: cumsum(IntegerProducts<Int16>.self)
    case .int32: cumsum(IntegerProducts<Int32>.self)
    case .int64: cumsum(IntegerProducts<Int64>.self)
    case .float16: cumsum(FloatProducts<Float16>.self)
    case .bfloat16: cumsum(FloatProducts<BFloat16>.self)
    case .float32: cumsum(FloatProducts<Float>.self)
    case .float64: cumsum(FloatProducts<Double>.self)
    case .complex64, .complex128: nil
    }
  }

  /// The loop `out[j] = log(exp(x[0]) + … + exp(x[j]))` over rows of floats, computed in float64.
  public static func logCumSumExp(_ dtype: DType) -> RowLoop? {
    switch dtype {
    case .float16: cumsum(LogarithmRunning<Float16>.self)
    case .bfloat16: cumsum(LogarithmRunning<BFloat16>.self)
    case .float32: cumsum(LogarithmRunning<Float>.self)
    case .float64: cumsum(LogarithmRunning<Double>.self)
    default: nil
    }
  }

  /// Up to a block of rows advance together, so that memory is walked along its dense direction.
  private static func cumsum<F: Fold>(_: F.Type) -> RowLoop where F.Stored == F.Output {
    { out, outOuterStride, outInnerStride, x, xOuterStride, xInnerStride, outer, inner in
      if abs(xOuterStride) >= abs(xInnerStride) {
        for i in 0..<outer {
          var total = F.identity
          let (source, target) = (x + i &* xOuterStride, out + i &* outOuterStride)
          for j in 0..<inner {
            let element = (source + j &* xInnerStride).assumingMemoryBound(to: F.Stored.self)
            total = F.combine(total, F.lift(element.pointee))
            (target + j &* outInnerStride).assumingMemoryBound(to: F.Output.self).pointee =
              F.finish(total, j)
          }
        }
        return
      }
      withBlock(of: F.Total.self) { totals, capacity in
        for start in stride(from: 0, to: outer, by: capacity) {
          let width = min(capacity, outer - start)
          totals.update(repeating: F.identity, count: width)
          for j in 0..<inner {
            let source = x + start * xOuterStride + j * xInnerStride
            let target = out + start * outOuterStride + j * outInnerStride
            for i in 0..<width {
              let element = (source + i * xOuterStride).assumingMemoryBound(to: F.Stored.self)
              totals[i] = F.combine(totals[i], F.lift(element.pointee))
              (target + i * outOuterStride).assumingMemoryBound(to: F.Output.self).pointee =
                F.finish(totals[i], j)
            }
          }
        }
      }
    }
  }
}

private enum IntegerRunning<T: FixedWidthInteger & BitwiseCopyable>: Fold {
  @inline(__always) static var identity: T { 0 }
  @inline(__always) static func lift(_ x: T) -> T { x }
  @inline(__always) static func combine(_ x: T, _ y: T) -> T { x &+ y }
  @inline(__always) static func finish(_ total: T, _: Int) -> T { total }
}

private enum FloatRunning<S: Element>: Fold {
  @inline(__always) static var identity: Double { 0 }
  @inline(__always) static func lift(_ x: S) -> Double { x.double }
  @inline(__always) static func combine(_ x: Double, _ y: Double) -> Double { x + y }
  @inline(__always) static func finish(_ total: Double, _: Int) -> S { S(double: total) }
}

private enum IntegerProducts<T: FixedWidthInteger & BitwiseCopyable>: Fold {
  @inline(__always) static var identity: T { 1 }
  @inline(__always) static func lift(_ x: T) -> T { x }
  @inline(__always) static func combine(_ x: T, _ y: T) -> T { x &* y }
  @inline(__always) static func finish(_ total: T, _: Int) -> T { total }
}

private enum FloatProducts<S: Element>: Fold {
  @inline(__always) static var identity: Double { 1 }
  @inline(__always) static func lift(_ x: S) -> Double { x.double }
  @inline(__always) static func combine(_ x: Double, _ y: Double) -> Double { x * y }
  @inline(__always) static func finish(_ total: Double, _: Int) -> S { S(double: total) }
}

private enum LogarithmRunning<S: Element>: Fold {
  @inline(__always) static var identity: Double { -.infinity }
  @inline(__always) static func lift(_ x: S) -> Double { x.double }
  /// The larger one is taken out, so that neither exponential overflows. Equal infinities have no
  /// difference.
  @inline(__always) static func combine(_ x: Double, _ y: Double) -> Double {
    if x != x || y != y { return x + y }
    let (low, high) = x < y ? (x, y) : (y, x)
    if low == high && low.isInfinite { return low }
    return high + Double.log1p(Double.exp(low - high))
  }
  @inline(__always) static func finish(_ total: Double, _: Int) -> S { S(double: total) }
}
