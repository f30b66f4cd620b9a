import Glibc

/// Functions that have no vector form here: they are computed in double, one by one.
enum SpecialFunctions {
  /// The logarithm of the magnitude of the gamma function.
  static func logGamma(_ x: Double) -> Double {
    if x == -.infinity { return .infinity }
    var sign: Int32 = 0
    return lgamma_r(x, &sign)
  }

  /// The derivative of the logarithm of the gamma function. At 0 it is infinite, with the sign of
  /// the side that the zero's sign stands for; at other poles it is nan.
  static func digamma(_ x: Double) -> Double {
    if x == 0 { return x.sign == .minus ? .infinity : -.infinity }
    if x < 0 {
      let fraction = x - x.rounded(.towardZero)
      if fraction == 0 || x == -.infinity { return .nan }
      return digamma(1 - x) - Double.pi / tan(Double.pi * fraction)
    }
    if x < 1 { return aroundRoot(x + 1) - 1 / x }
    if x < 2 { return aroundRoot(x) }
    var (y, sum) = (x, 0.0)
    if x < 3 { return aroundRoot(x - 1) + 1 / (x - 1) }
    while y < 10 {
      sum += 1 / y
      y += 1
    }
    return (log(y) - 0.5 / y - asymptotic(1 / (y * y))) - sum
  }

  /// Bernoulli numbers over twice their index: the terms of the asymptotic series.
  private static func asymptotic(_ x: Double) -> Double {
    var sum = 1.0 / 12
    sum = sum * x - 691.0 / 32760
    sum = sum * x + 1.0 / 132
    sum = sum * x - 1.0 / 240
    sum = sum * x + 1.0 / 252
    sum = sum * x - 1.0 / 120
    sum = sum * x + 1.0 / 12
    return sum * x
  }

  /// digamma from 1 to 2, as a multiple of the distance from its root, which keeps small results
  /// exact. The coefficients interpolate at Chebyshev's points.
  private static func aroundRoot(_ value: Double) -> Double {
    let x = value - 1.5
    var sum = 0x1.f255c4568ac4dp-14
    sum = sum * x - 0x1.75c084e78a4cdp-13
    sum = sum * x + 0x1.94e73cc9821e1p-14
    sum = sum * x - 0x1.2fae5cb379bf2p-13
    sum = sum * x + 0x1.53b23429da21bp-12
    sum = sum * x - 0x1.fd8e50abf2196p-12
    sum = sum * x + 0x1.6a3e76070c135p-11
    sum = sum * x - 0x1.0fb38d217b8p-10
    sum = sum * x + 0x1.99d3f5c0cad5ep-10
    sum = sum * x - 0x1.336dbe66757c8p-9
    sum = sum * x + 0x1.cd2011454fd05p-9
    sum = sum * x - 0x1.5a06a5d662cb4p-8
    sum = sum * x + 0x1.03c0adafa529cp-7
    sum = sum * x - 0x1.863563f44f303p-7
    sum = sum * x + 0x1.2564717896ec6p-6
    sum = sum * x - 0x1.b9f8b11bfd3dp-6
    sum = sum * x + 0x1.4de9aa1779d23p-5
    sum = sum * x - 0x1.fb44202a2306bp-5
    sum = sum * x + 0x1.8512e5903903ep-4
    sum = sum * x - 0x1.2feeeb98a78eap-3
    sum = sum * x + 0x1.eca189b8e6f6dp-3
    sum = sum * x - 0x1.b1cb63005ee98p-2
    sum = sum * x + 0x1.e6f0cbb873616p-1
    return ((value - 0x1.762d86356be3fp0) - 0x1.b86a722197829p-54) * sum
  }

  /// The derivative of digamma of order `n`, a whole number that is not negative.
  static func polygamma(_ n: Double, _ x: Double) -> Double {
    if n == 0 { return digamma(x) }
    if x == .infinity { return 0 }
    let factor = tgamma(n + 1)
    let sum = zeta(n + 1, x)
    return n.remainder(dividingBy: 2) == 0 ? -factor * sum : factor * sum
  }

  /// The zeta function of Hurwitz: the sum of (x + k)^-s over k, with the formula of Euler and
  /// Maclaurin for what remains after the first terms. s is a whole number above 1.
  static func zeta(_ s: Double, _ x: Double) -> Double {
    if x.isNaN || x == -.infinity { return .nan }
    if x <= 0 {
      let distance = x.rounded(.towardZero) - x
      if distance == 0 { return .infinity }
      // The terms below zero are those of other sums, with their signs.
      let below = zeta(s, distance) - zeta(s, 1 - x)
      return zeta(s, 1 - distance) + (s.truncatingRemainder(dividingBy: 2) == 0 ? below : -below)
    }
    var (y, sum) = (x, 0.0)
    while y < 10 {
      sum += pow(y, -s)
      y += 1
    }
    let term = pow(y, -s)
    sum += y * term / (s - 1) + 0.5 * term
    // B(2k) / (2k)! s (s + 1) … (s + 2k - 2) y^(1 - s - 2k).
    var product = s * term / y
    for (k, bernoulli) in Self.bernoulli.enumerated() {
      let part = bernoulli * product
      sum += part
      if part.magnitude < sum.magnitude * 0x1p-56 { break }
      let order = s + 2 * Double(k) + 1
      product *= order * (order + 1) / (y * y)
    }
    return sum
  }

  /// B(2k) / (2k)! for k from 1.
  private static let bernoulli: [Double] = [
    1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1_209_600, 1.0 / 47_900_160,
    -691.0 / 1_307_674_368_000, 1.0 / 74_724_249_600, -3617.0 / 10_670_622_842_880_000,
    43867.0 / 5_109_094_217_170_944_000, -174611.0 / 802_857_662_698_291_200_000,
  ]

  /// The inverse of the error function: the approximation of Giles (2010), then steps of Halley's
  /// method on the complement, which is exact where the result is large.
  static func inverseErrorFunction(_ y: Double) -> Double {
    let magnitude = y.magnitude
    if !(magnitude < 1) { return magnitude == 1 ? y * .infinity : .nan }
    if magnitude > 0.999 {
      // From the asymptotic expansion of the complement.
      let complement = 1 - magnitude
      let exponent = -log(complement)
      var x = (exponent - log(exponent.squareRoot() * Double.pi.squareRoot())).squareRoot()
      for _ in 0..<3 { x -= halley(complement - erfc(x), x) }
      return Double(signOf: y, magnitudeOf: x)
    }
    var x = firstInverse(magnitude)
    if magnitude < 0.5 {
      if magnitude < 1e-8 { return y * 0x1.c5bf891b4ef6ap-1 }
      for _ in 0..<2 { x -= halley(erf(x) - magnitude, x) }
    } else {
      let complement = 1 - magnitude
      for _ in 0..<2 { x -= halley(complement - erfc(x), x) }
    }
    return Double(signOf: y, magnitudeOf: x)
  }

  /// The step for an error, given that erf'' = -2 x erf'.
  @inline(__always)
  static func halley<T: Real>(_ error: T, _ x: T) -> T {
    let step = error * (T(0x1.c5bf891b4ef6ap-1) * T.exp(x * x))
    return step / (1 + x * step)
  }

  /// The approximation of Giles (2010), of numbers from 0 on. Both sides are evaluated, which
  /// vectorises.
  @inline(__always)
  static func firstInverse<T: Real>(_ y: T) -> T {
    let w = -T.log((1 - y) * (1 + y))
    let near = w - T(2.5)
    var first = T.fused(T(2.81022636e-08), near, T(3.43273939e-07))
    first = T.fused(first, near, T(-3.5233877e-06))
    first = T.fused(first, near, T(-4.39150654e-06))
    first = T.fused(first, near, T(0.00021858087))
    first = T.fused(first, near, T(-0.00125372503))
    first = T.fused(first, near, T(-0.00417768164))
    first = T.fused(first, near, T(0.246640727))
    first = T.fused(first, near, T(1.50140941))
    let far = T.squareRoot(w) - 3
    var second = T.fused(T(-0.000200214257), far, T(0.000100950558))
    second = T.fused(second, far, T(0.00134934322))
    second = T.fused(second, far, T(-0.00367342844))
    second = T.fused(second, far, T(0.00573950773))
    second = T.fused(second, far, T(-0.0076224613))
    second = T.fused(second, far, T(0.00943887047))
    second = T.fused(second, far, T(1.00167406))
    second = T.fused(second, far, T(2.83297682))
    return (w < 5 ? first : second) * y
  }
}
