/// Functions of one float and of up to three numbers that are the same for all elements; the
/// computing type is that of `Element.Compute`.
public enum ActivationOperation: Int, CaseIterable, Sendable {
  // x Φ(x), Φ being the normal distribution, and its approximation by a hyperbolic tangent.
  case gelu, geluTanh
  // x / (1 + e^-x), and x tanh(log(1 + e^x)).
  case silu, mish
  // b x for positive x, else a (e^(c x) - 1).
  case elu
  // x for positive x, else a x.
  case leakyRelu
  // log(1 + e^(a x)) / a; x where a x is above b.
  case softplus
  // log(1 / (1 + e^-x)).
  case logSigmoid
  // Not below a and not above b.
  case hardtanh
  // b times x² / 2 up to the magnitude a, and beyond b times a (|x| - a / 2).
  case huber
  // x + 3 from 0 to 6, divided by 6; and x times that.
  case hardsigmoid, hardswish
  // x moved towards 0 by a; x where its magnitude is above a, else 0.
  case softshrink, hardshrink
  // x above a, else b.
  case threshold
  // log(x / (1 - x)), x being kept from a to b where c is 1.
  case logit
  // nan, inf and -inf become a, b and c.
  case replaceSpecial
  // Rounded to a multiple of 1 / a, or of a where b is 1.
  case roundToMultiple
  // The derivative of the logarithm of the gamma function of order 1 + a.
  case polygamma
}

/// The numbers of an `ActivationOperation`.
public struct ActivationNumbers: Sendable {
  /// See `ActivationOperation`.
  public let a: Double, b: Double, c: Double

  /// Those that are left out are zero.
  public init(_ a: Double = 0, _ b: Double = 0, _ c: Double = 0) {
    (self.a, self.b, self.c) = (a, b, c)
  }
}

/// One row of `out[i] = f(x[i])`; strides are in bytes, `out` may be `x`.
public typealias ActivationLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ outStride: Int,
    _ x: UnsafeRawPointer, _ xStride: Int, _ count: Int, _ numbers: ActivationNumbers
  ) -> Void

/// One row of `out[i] = g[i] * f'(x[i])`; strides are in bytes, and a stride of zero repeats one
/// element. `out` overlaps neither `g` nor `x`.
public typealias ActivationGradientLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ outStride: Int,
    _ g: UnsafeRawPointer, _ gStride: Int,
    _ x: UnsafeRawPointer, _ xStride: Int, _ count: Int, _ numbers: ActivationNumbers
  ) -> Void
