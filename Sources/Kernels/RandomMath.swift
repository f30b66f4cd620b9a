/// The float32 logarithm, sine and cosine with which PyTorch makes normal numbers on x86.
///
/// They are the approximations of Cephes (Moshier, 1992) in the form that PyTorch's binaries
/// compute, fused multiply-adds included: any more exact function would give other bits than the
/// same seed gives there. They have no branches, so that a loop over them becomes vector code.
enum RandomMath {
  /// The natural logarithm of a positive normal number.
  @inline(__always)
  static func log<F: MultiplyAdd>(_ value: Float, _ fused: inout F) -> Float {
    let bits = value.bitPattern
    var exponent = Float(Int32(truncatingIfNeeded: bits >> 23) &- 126)
    var x = Float(bitPattern: (bits & 0x807f_ffff) | 0x3f00_0000)
    let isSmall = x < 0.707106781186547524
    let twice = isSmall ? x : 0
    x -= 1
    exponent -= isSmall ? 1 : 0
    x += twice

    let square = x * x
    var y: Float = 7.0376836292e-2
    y = fused(y, x, -1.1514610310e-1)
    y = fused(y, x, 1.1676998740e-1)
    y = fused(y, x, -1.2420140846e-1)
    y = fused(y, x, 1.4249322787e-1)
    y = fused(y, x, -1.6668057665e-1)
    y = fused(y, x, 2.0000714765e-1)
    y = fused(y, x, -2.4999993993e-1)
    y = fused(y, x, 3.3333331174e-1)
    y = fused(y * x, square, exponent * -2.12194440e-4)
    y -= square * 0.5
    return (x + y) + exponent * 0.693359375
  }

  /// Sine and cosine of an angle from 0 to 2π.
  @inline(__always)
  static func sinCos<F: MultiplyAdd>(_ angle: Float, _ fused: inout F) -> (sin: Float, cos: Float) {
    // The octant, rounded up to an even number: 0, 2, 4, 6 or 8.
    let place = angle * 1.27323954473516
    let octant =
      (place >= 1 ? 2 : 0 as Int32) &+ (place >= 3 ? 2 : 0) &+ (place >= 5 ? 2 : 0)
      &+ (place >= 7 ? 2 : 0)
    let y = Float(octant)
    var x = fused(y, -0.78515625, angle)
    x = fused(y, -2.4187564849853515625e-4, x)
    x = fused(y, -3.77489497744594108e-8, x)
    let square = x * x

    var even: Float = 2.443315711809948e-5
    even = fused(even, square, -1.388731625493765e-3)
    even = fused(even, square, 4.166664568298827e-2)
    even = fused(even * square, square, -(square * 0.5)) + 1

    var odd: Float = -1.9515295891e-4
    odd = fused(odd, square, 8.3321608736e-3)
    odd = fused(odd, square, -1.6666654611e-1)
    odd = fused(odd * square, x, x)

    let isSwapped = octant & 2 != 0
    // Adding zero turns -0 into 0, before the sign is set.
    let sin = (isSwapped ? even : odd) + 0
    let cos = (isSwapped ? odd : even) + 0
    return (octant & 4 != 0 ? -sin : sin, (octant &- 2) & 4 == 0 ? -cos : cos)
  }
}
