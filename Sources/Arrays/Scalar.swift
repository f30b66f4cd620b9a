import Elements

/// A Python number: a bool, an integer, a float or a complex one, which is remembered, because the
/// kind takes part in type promotion (`t * 2` leaves an int64 tensor int64 and `t * 2.0` does not).
public enum Scalar: Sendable, Equatable {
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case complex(Double, Double)

  /// The dtype of a tensor made from this number alone.
  public var dtype: DType {
    switch self {
    case .bool: .bool
    case .int: .int64
    case .double: .float32
    case .complex: .complex64
    }
  }

  /// The value as a double; integers beyond 2^53 are rounded, an imaginary part is left out.
  public var double: Double {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): Double(value)
    case .double(let value): value
    case .complex(let real, _): real
    }
  }

  /// The value as an integer: floats are truncated, and what does not fit is `Int64.min`.
  public var int64: Int64 {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): value
    case .double(let value): value.int64
    case .complex(let real, _): real.int64
    }
  }

  /// True for `.double`.
  public var isFloatingPoint: Bool { if case .double = self { true } else { false } }

  /// True for `.complex`.
  public var isComplex: Bool { if case .complex = self { true } else { false } }

  /// The imaginary part; zero for a real number.
  public var imaginary: Double { if case .complex(_, let value) = self { value } else { 0 } }

  /// The complex conjugate: the number itself where it is real.
  public var conjugate: Scalar {
    if case .complex(let real, let imaginary) = self { .complex(real, -imaginary) } else { self }
  }

  /// The value as an element of type `T`, as a C cast gives it.
  package func element<T: Element>(_: T.Type) -> T {
    switch self {
    case .double(let value): T(double: value)
    case .complex(let real, let imaginary):
      if T.self == Complex<Double>.self {
        unsafeBitCast(Complex(real, imaginary), to: T.self)
      } else if T.self == Complex<Float>.self {
        unsafeBitCast(Complex(Float(real), Float(imaginary)), to: T.self)
      } else if T.self == Bool.self {
        T(int64: real != 0 || imaginary != 0 ? 1 : 0)
      } else {
        T(double: real)
      }
    default: T(int64: int64)
    }
  }
}

extension Scalar: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral
{
  /// An integer.
  public init(integerLiteral value: Int64) { self = .int(value) }
  /// A float.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// A bool.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension Scalar: CustomStringConvertible {
  /// As Python writes the number.
  public var description: String {
    switch self {
    case .bool(let value): value ? "True" : "False"
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    case .complex(let real, let imaginary):
      "(\(real)\(imaginary.sign == .minus ? "" : "+")\(imaginary)j)"
    }
  }
}
