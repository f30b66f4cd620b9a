/// A complex number, as memory holds it: the real part, then the imaginary one.
public struct Complex<Part: ComplexPart>: Sendable, BitwiseCopyable {
  /// The real part.
  public var real: Part
  /// The imaginary part.
  public var imaginary: Part

  /// A number of two parts.
  @inlinable @inline(__always)
  public init(_ real: Part, _ imaginary: Part) {
    self.real = real
    self.imaginary = imaginary
  }
}

/// A float of which complex numbers are made.
public protocol ComplexPart: Element, BinaryFloatingPoint {
  /// The dtype of complex numbers with such parts.
  static var complexDType: DType { get }
}

extension Float: ComplexPart {
  /// complex64
  public static var complexDType: DType { .complex64 }
}

extension Double: ComplexPart {
  /// complex128
  public static var complexDType: DType { .complex128 }
}

/// Real numbers become complex ones without an imaginary part, which is lost the other way.
extension Complex: Element {
  /// Arithmetic is done in the type itself.
  public typealias Compute = Complex
  /// complex64 or complex128
  public static var dtype: DType { Part.complexDType }
  /// The number itself.
  @inlinable public var compute: Complex { self }
  /// The number itself.
  @inlinable public init(compute: Complex) { self = compute }
  /// The real part.
  @inlinable public var double: Double { real.double }
  /// The real part, truncated.
  @inlinable public var int64: Int64 { real.int64 }
  /// A real number.
  @inlinable public init(double: Double) { self.init(Part(double: double), 0) }
  /// A real number.
  @inlinable public init(int64: Int64) { self.init(Part(int64: int64), 0) }
}

// Arithmetic as C has it for finite numbers: no detour for infinities.

extension Complex: Equatable {
  /// Sum.
  @inlinable @inline(__always)
  public static func + (a: Complex, b: Complex) -> Complex {
    Complex(a.real + b.real, a.imaginary + b.imaginary)
  }

  /// Difference.
  @inlinable @inline(__always)
  public static func - (a: Complex, b: Complex) -> Complex {
    Complex(a.real - b.real, a.imaginary - b.imaginary)
  }

  /// Product.
  @inlinable @inline(__always)
  public static func * (a: Complex, b: Complex) -> Complex {
    Complex(
      a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
  }

  /// Quotient, scaled by the divisor's larger part so that its square does not overflow.
  @inlinable
  public static func / (a: Complex, b: Complex) -> Complex {
    let (c, d) = (b.real.magnitude, b.imaginary.magnitude)
    if c >= d {
      if c == 0 && d == 0 { return Complex(a.real / c, a.imaginary / d) }
      let ratio = b.imaginary / b.real
      let scale = 1 / (b.real + b.imaginary * ratio)
      return Complex(
        (a.real + a.imaginary * ratio) * scale, (a.imaginary - a.real * ratio) * scale)
    }
    let ratio = b.real / b.imaginary
    let scale = 1 / (b.real * ratio + b.imaginary)
    return Complex(
      (a.real * ratio + a.imaginary) * scale, (a.imaginary * ratio - a.real) * scale)
  }

  /// Negative.
  @inlinable @inline(__always)
  public static prefix func - (a: Complex) -> Complex { Complex(-a.real, -a.imaginary) }

  /// The number with its imaginary part negated.
  @inlinable @inline(__always)
  public var conjugate: Complex { Complex(real, -imaginary) }

  /// True where either part is not zero, nan included.
  @inlinable @inline(__always)
  public var isTrue: Bool { real != 0 || imaginary != 0 }
}
