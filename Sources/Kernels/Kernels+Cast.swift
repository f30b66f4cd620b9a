import Elements

extension Kernels {
  /// The loop that converts elements as C does; between equal dtypes it copies bytes.
  public static func cast(from source: DType, to target: DType) -> UnaryLoop {
    if source == target { return copy(source) }
    return switch source {
    case .bool: cast(from: Truth.self, to: target)
    case .uint8: cast(from: UInt8.self, to: target)
    case .int8: cast(from: Int8.self, to: target)
    case .int16: cast(from: Int16.self, to: target)
    case .int32: cast(from: Int32.self, to: target)
    case .int64: cast(from: Int64.self, to: target)
    case .float16: truncate(Float16.self, to: target) ?? cast(from: Float16.self, to: target)
    case .bfloat16: truncate(BFloat16.self, to: target) ?? cast(from: BFloat16.self, to: target)
    case .float32: truncate(Float.self, to: target) ?? cast(from: Float.self, to: target)
    case .float64: truncate(Double.self, to: target) ?? cast(from: Double.self, to: target)
    case .complex64, .complex128: elsewhere()
    }
  }

  /// The loops from floats to integers.
  private static func truncate<S: Element>(_: S.Type, to target: DType) -> UnaryLoop?
  where S.Compute: Real {
    switch target {
    case .uint8: loop(Truncation<S, UInt8>.self)
    case .int8: loop(Truncation<S, Int8>.self)
    case .int16: loop(Truncation<S, Int16>.self)
    case .int32: loop(Truncation<S, Int32>.self)
    case .int64: loop(LongTruncation<S>.self)
    default: nil
    }
  }

  private static func cast<S: Source>(from _: S.Type, to target: DType) -> UnaryLoop {
    switch target {
    case .bool: loop(TruthConversion<S>.self)
    case .uint8: loop(Conversion<S, UInt8>.self)
    case .int8: loop(Conversion<S, Int8>.self)
    case .int16: loop(Conversion<S, Int16>.self)
    case .int32: loop(Conversion<S, Int32>.self)
    case .int64: loop(Conversion<S, Int64>.self)
    case .float16: loop(Conversion<S, Float16>.self)
    case .bfloat16: loop(Conversion<S, BFloat16>.self)
    case .float32: loop(Conversion<S, Float>.self)
    case .float64: loop(Conversion<S, Double>.self)
    case .complex64, .complex128: elsewhere()
    }
  }

  private static func copy(_ dtype: DType) -> UnaryLoop {
    switch dtype.size {
    case 1: loop(Identity<UInt8>.self)
    case 2: loop(Identity<UInt16>.self)
    case 4: loop(Identity<UInt32>.self)
    case 8: loop(Identity<UInt64>.self)
    default: loop(Identity<Pair>.self)
    }
  }
}

private enum Identity<T: BitwiseCopyable>: UnaryKernel {
  @inline(__always) static func apply(_ x: T) -> T { x }
}

/// What a cast reads: a value that is exactly an integer, or exactly a double.
private protocol Source: BitwiseCopyable {
  func convert<T: Element>(to: T.Type) -> T
  var isTrue: Bool { get }
}

/// A bool's byte, which a program outside may have filled with any value.
private struct Truth: Source {
  var byte: UInt8
  @inline(__always) func convert<T: Element>(to: T.Type) -> T { T(int64: isTrue ? 1 : 0) }
  @inline(__always) var isTrue: Bool { byte != 0 }
}

extension Source where Self: Element & FixedWidthInteger {
  @inline(__always) func convert<T: Element>(to: T.Type) -> T { T(int64: int64) }
  @inline(__always) var isTrue: Bool { self != 0 }
}

extension Source where Self: Element {
  @inline(__always)
  func convert<T: Element>(to: T.Type) -> T {
    // What is computed in float32 is made from it in any case.
    T.Compute.self == Float.self
      ? T(narrowing: unsafeBitCast(Float(double), to: T.Compute.self)) : T(double: double)
  }
  @inline(__always) var isTrue: Bool { double != 0 }
}

extension UInt8: Source {}
extension Int8: Source {}
extension Int16: Source {}
extension Int32: Source {}
extension Int64: Source {}
extension Float16: Source {}
extension BFloat16: Source {}
extension Float: Source {}
extension Double: Source {}

private enum Conversion<S: Source, T: Element>: UnaryKernel {
  @inline(__always) static func apply(_ x: S) -> T { x.convert(to: T.self) }
}

/// From a float to an integer by way of int32, where it fits; else by way of int64.
private enum Truncation<S: Element, T: Element & FixedWidthInteger>: UnaryKernel
where S.Compute: Real {
  @inline(__always)
  static func apply(_ x: S) -> T { T(truncatingIfNeeded: S.Compute.int32(x.widened)) }
  @inline(__always) static var hasDomain: Bool { true }
  @inline(__always) static func isOutside(_ x: S) -> Bool { !(x.widened.magnitude < 0x1p31) }
  @inline(__always) static func applyAnywhere(_ x: S) -> T { T(double: x.double) }
}

/// From a float to int64.
private enum LongTruncation<S: Element>: UnaryKernel where S.Compute: Real {
  @inline(__always) static func apply(_ x: S) -> Int64 { S.Compute.int64(x.widened) }
  @inline(__always) static var hasDomain: Bool { true }
  @inline(__always) static func isOutside(_ x: S) -> Bool { !(x.widened.magnitude < 0x1p63) }
  @inline(__always) static func applyAnywhere(_ x: S) -> Int64 { Int64(double: x.double) }
}

private enum TruthConversion<S: Source>: UnaryKernel {
  @inline(__always) static func apply(_ x: S) -> UInt8 { x.isTrue ? 1 : 0 }
}
