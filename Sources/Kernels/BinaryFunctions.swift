/// A function of two numbers.
protocol BinaryFunction {
  static func apply<T: Number>(_ x: T, _ y: T) -> T
  /// True where there are no vector instructions for it.
  static func isScalar<T: Number>(_: T.Type) -> Bool
  /// True where it is worth a loop of its own for results that overwrite an operand.
  static var isSimple: Bool { get }
}
extension BinaryFunction {
  @inline(__always) static func isScalar<T: Number>(_: T.Type) -> Bool { false }
  @inline(__always) static var isSimple: Bool { false }
}
/// A function of two floats.
protocol BinaryRealFunction {
  static func apply<T: Real>(_ x: T, _ y: T) -> T
  /// As for `BinaryFunction`.
  static var isSimple: Bool { get }
}
extension BinaryRealFunction {
  @inline(__always) static var isSimple: Bool { false }
}
/// A function of two floats and of what truncating division of the first by the second leaves.
protocol DivisionFunction { static func apply<T: Real>(_ x: T, _ y: T, rest: T) -> T }
/// A question about two numbers.
protocol BinaryPredicate { static func apply<T: Number>(_ x: T, _ y: T) -> Bool }

enum Add: BinaryFunction {
  @inline(__always) static var isSimple: Bool { true }
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T { T.plus(x, y) }
}
enum Subtract: BinaryFunction {
  @inline(__always) static var isSimple: Bool { true }
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T { T.minus(x, y) }
}
enum Multiply: BinaryFunction {
  @inline(__always) static var isSimple: Bool { true }
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T { T.times(x, y) }
}
enum FloorDivide: BinaryFunction, DivisionFunction {
  @inline(__always) static func isScalar<T: Number>(_: T.Type) -> Bool { true }
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T { T.floorDivide(x, y) }
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ y: T, rest: T) -> T { T.floorDivide(x, y, rest: rest) }
}
enum Remainder: BinaryFunction, DivisionFunction {
  @inline(__always) static func isScalar<T: Number>(_: T.Type) -> Bool { true }
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T { T.remainder(x, y) }
  @inline(__always)
  static func apply<T: Real>(_ x: T, _ y: T, rest: T) -> T { T.remainder(y, rest: rest) }
}
enum Fmod: BinaryFunction, DivisionFunction {
  @inline(__always) static func isScalar<T: Number>(_: T.Type) -> Bool { true }
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T { T.fmod(x, y) }
  @inline(__always) static func apply<T: Real>(_ x: T, _ y: T, rest: T) -> T { rest }
}
enum Power: BinaryFunction {
  @inline(__always) static func isScalar<T: Number>(_: T.Type) -> Bool { T.self != Float.self }
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T { T.power(x, y) }
}
enum Maximum: BinaryFunction {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T { T.maximum(x, y) }
}
enum Minimum: BinaryFunction {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T { T.minimum(x, y) }
}

enum Divide: BinaryRealFunction {
  @inline(__always) static var isSimple: Bool { true }
  @inline(__always) static func apply<T: Real>(_ x: T, _ y: T) -> T { x / y }
}
enum Atan2: BinaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T, _ y: T) -> T { T.atan2(x, y) }
}

/// The gradient of relu: that of its result, `x`, where the result `y` is positive or nan.
enum ReluGradient: BinaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T, _ y: T) -> T { y <= 0 ? 0 : x }
}

enum Equal: BinaryPredicate {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> Bool { x == y }
}
enum NotEqual: BinaryPredicate {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> Bool { x != y }
}
enum Less: BinaryPredicate {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> Bool { x < y }
}
enum LessOrEqual: BinaryPredicate {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> Bool { x <= y }
}

// Questions about truth values: a number is true unless it is zero. They are also the whole
// arithmetic of bool. The comparisons with `!=` keep both sides evaluated, which vectorises.
enum LogicalAnd: BinaryPredicate {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> Bool {
    let (p, q) = (x != 0, y != 0)
    return p ? q : false
  }
}
enum LogicalOr: BinaryPredicate {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> Bool {
    let (p, q) = (x != 0, y != 0)
    return p ? true : q
  }
}
enum LogicalXor: BinaryPredicate {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> Bool { (x != 0) != (y != 0) }
}
enum LogicalEqual: BinaryPredicate {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> Bool { (x != 0) == (y != 0) }
}
enum LogicalLess: BinaryPredicate {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> Bool {
    let (p, q) = (x == 0, y != 0)
    return p ? q : false
  }
}
enum Implies: BinaryPredicate {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> Bool {
    let (p, q) = (x == 0, y != 0)
    return p ? true : q
  }
}
