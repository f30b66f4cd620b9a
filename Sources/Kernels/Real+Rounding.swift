import CProcessor

extension Real {
  /// `result` with the sign of `x`, which it has anyway unless it is a zero. It also keeps the
  /// compiler from rounding sixteen-bit floats as such, one by one.
  @inline(__always)
  private static func keepingSign(_ result: Self, of x: Self) -> Self {
    Self(bits: result.bits | x.bits & signBit)
  }

  @inline(__always)
  static func squareRoot(_ x: Self) -> Self { keepingSign(root(x), of: x) }

  /// To the nearest whole number, to the even one of two. Where there is no instruction, adding and
  /// subtracting the first number above which all are whole does it.
  @inline(__always)
  static func roundHalfToEven(_ x: Self) -> Self {
    #if APUS_FMA || arch(arm64)
      keepingSign(x.rounded(.toNearestOrEven), of: x)
    #else
      let magnitude = x.magnitude
      let whole = Self(sign: .plus, exponent: Self.Exponent(significandBitCount), significand: 1)
      return keepingSign(magnitude < whole ? magnitude + whole - whole : magnitude, of: x)
    #endif
  }

  @inline(__always)
  static func floor(_ x: Self) -> Self {
    #if APUS_FMA || arch(arm64)
      keepingSign(x.rounded(.down), of: x)
    #else
      let nearest = roundHalfToEven(x)
      return nearest > x ? nearest - 1 : nearest
    #endif
  }

  @inline(__always)
  static func ceil(_ x: Self) -> Self { -floor(-x) }

  @inline(__always)
  static func truncate(_ x: Self) -> Self { keepingSign(floor(x.magnitude), of: x) }
}

extension Float {
  @inline(__always) static func root(_ x: Float) -> Float { apus_sqrtf(x) }
  @inline(__always) static func int32(_ x: Float) -> Int32 { apus_int32f(x) }
  @inline(__always) static func int64(_ x: Float) -> Int64 { apus_int64f(x) }
}

extension Double {
  @inline(__always) static func root(_ x: Double) -> Double { apus_sqrt(x) }
  @inline(__always) static func int32(_ x: Double) -> Int32 { apus_int32(x) }
  @inline(__always) static func int64(_ x: Double) -> Int64 { apus_int64(x) }
}
