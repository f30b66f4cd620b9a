/// A way to compute `x * y + addend` in float32, rounded once.
protocol MultiplyAdd {
  mutating func callAsFunction(_ x: Float, _ y: Float, _ addend: Float) -> Float
}

/// Exact. Where the instruction set has no fused multiply-add, a call each.
struct ExactMultiplyAdd: MultiplyAdd {
  @inline(__always)
  func callAsFunction(_ x: Float, _ y: Float, _ addend: Float) -> Float {
    addend.addingProduct(x, y)
  }
}

/// Exact unless it says otherwise, and vector code on every instruction set.
///
/// The product is exact in float64, so the sum is rounded to 53 bits and then to 24. The second
/// rounding can go wrong only if the first ended on the middle between two float32 numbers, which
/// about one in 2^29 does. Results that are subnormal in float32 are not covered.
struct FastMultiplyAdd: MultiplyAdd {
  /// Not zero once a result was such a middle.
  private(set) var doubts: UInt32 = 0

  @inline(__always)
  mutating func callAsFunction(_ x: Float, _ y: Float, _ addend: Float) -> Float {
    let sum = Double(x) * Double(y) + Double(addend)
    let dropped = UInt32(truncatingIfNeeded: sum.bitPattern) & 0x1fff_ffff
    doubts |= dropped == 0x1000_0000 ? 1 : 0
    return Float(sum)
  }
}
