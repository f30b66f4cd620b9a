extension Real {
  /// The error function: x times a polynomial, and beyond 1, where that would be long,
  /// 1 - exp(-r) with a polynomial for r = -log(1 - erf(x)).
  @inline(__always)
  static func erf(_ x: Self) -> Self {
    let magnitude = x.magnitude
    let small = fused(magnitude, errorFunctionRest(magnitude * magnitude), magnitude)
    let clamped = magnitude > errorFunctionIsOne ? errorFunctionIsOne : magnitude
    let large = fused(scaledExponential(-errorFunctionExponent(clamped)), -0x1p-64, 1)
    let result = magnitude < 1 ? small : large
    return Self(bits: result.bits | x.bits & signBit)
  }
}

// The coefficients are minimax ones (Remez) for the relative error of the error function.

extension Float {
  @inline(__always) static var errorFunctionIsOne: Float { 4 }

  @inline(__always)
  static func errorFunctionRest(_ x: Float) -> Float {
    var sum: Float = 0x1.496a3p-14
    sum = fused(sum, x, -0x1.a3f7p-11)
    sum = fused(sum, x, 0x1.5405b2p-8)
    sum = fused(sum, x, -0x1.b7f90ep-6)
    sum = fused(sum, x, 0x1.ce2cf8p-4)
    sum = fused(sum, x, -0x1.81273ep-2)
    return fused(sum, x, 0x1.06eba8p-3)
  }

  @inline(__always)
  static func errorFunctionExponent(_ x: Float) -> Float {
    var sum: Float = 0x1.2f5ae4p-10
    sum = fused(sum, x, -0x1.e601a8p-7)
    sum = fused(sum, x, 0x1.6bb8ecp-4)
    sum = fused(sum, x, 0x1.4ef89ep-1)
    sum = fused(sum, x, 0x1.1e1c68p0)
    return fused(sum, x, 0x1.57501cp-9)
  }
}

extension Double {
  @inline(__always) static var errorFunctionIsOne: Double { 6 }

  @inline(__always)
  static func errorFunctionRest(_ x: Double) -> Double {
    var sum = 0x1.0579b4df66246p-34
    sum = fused(sum, x, -0x1.386ac4ca4337ap-30)
    sum = fused(sum, x, 0x1.f7a41391f2137p-27)
    sum = fused(sum, x, -0x1.5f1d36e57e9d3p-23)
    sum = fused(sum, x, 0x1.b9def1a25d43cp-20)
    sum = fused(sum, x, -0x1.f4d1df39a88e3p-17)
    sum = fused(sum, x, 0x1.f9a321a122eaep-14)
    sum = fused(sum, x, -0x1.c02db3d8ed52fp-11)
    sum = fused(sum, x, 0x1.565bcd0db02f5p-8)
    sum = fused(sum, x, -0x1.b82ce3128499dp-6)
    sum = fused(sum, x, 0x1.ce2f21a042b2p-4)
    sum = fused(sum, x, -0x1.812746b0379e6p-2)
    return fused(sum, x, 0x1.06eba8214db69p-3)
  }

  /// About 2, where rounding does less harm than about 0.
  @inline(__always)
  static func errorFunctionExponent(_ x: Double) -> Double {
    let t = x - 2
    var sum = 0x1.5ace31ea8034fp-38
    sum = fused(sum, t, -0x1.44c5dddc7ca5cp-35)
    sum = fused(sum, t, 0x1.3ab070941d9ffp-34)
    sum = fused(sum, t, 0x1.1c1be77b16981p-32)
    sum = fused(sum, t, -0x1.66c14613298ecp-29)
    sum = fused(sum, t, 0x1.e0933fbb9f345p-27)
    sum = fused(sum, t, -0x1.ef983425b534ap-25)
    sum = fused(sum, t, 0x1.73e4833839894p-23)
    sum = fused(sum, t, -0x1.b580b867b7b71p-23)
    sum = fused(sum, t, -0x1.0604bc024ed01p-19)
    sum = fused(sum, t, 0x1.5b659d3fd2279p-16)
    sum = fused(sum, t, -0x1.1bc3a4ab7655cp-13)
    sum = fused(sum, t, 0x1.7ffcfb03301e8p-11)
    sum = fused(sum, t, -0x1.d406b3791de1fp-9)
    sum = fused(sum, t, 0x1.0dc3b5fb2eec3p-6)
    sum = fused(sum, t, 0x1.d8f5dece929a5p-1)
    sum = fused(sum, t, 0x1.1ac3258a8dc2cp2)
    return fused(sum, t, 0x1.575b329b1f514p2)
  }
}
