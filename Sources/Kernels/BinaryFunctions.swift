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
/// The larger one, or what is no nan; the first of equal ones.
enum Fmax: BinaryFunction {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T {
    y > x || x.isNotANumber ? y : x
  }
}
/// The smaller one, or what is no nan; the first of equal ones.
enum Fmin: BinaryFunction {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T {
    y < x || x.isNotANumber ? y : x
  }
}
/// The step at zero, where it has the value y; 0 for nan.
enum Heaviside: BinaryFunction {
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T {
    let step: T = x > 0 ? 1 : 0
    return x == 0 ? y : step
  }
}

enum Divide: BinaryRealFunction {
  @inline(__always) static var isSimple: Bool { true }
  @inline(__always) static func apply<T: Real>(_ x: T, _ y: T) -> T { x / y }
}
enum Atan2: BinaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T, _ y: T) -> T { T.atan2(x, y) }
}
enum Hypot: BinaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T, _ y: T) -> T { T.hypot(x, y) }
}
enum CopySign: BinaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T, _ y: T) -> T {
    T(bits: x.magnitude.bits | y.bits & T.signBit)
  }
}
/// x log y: 0 where x is, unless y is nan.
enum XLogY: BinaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T, _ y: T) -> T {
    let product = x * T.log(y)
    let result = x == 0 ? 0 : product
    return y != y ? y : result
  }
}
/// The larger one, and the logarithm of what the smaller one adds to its exponential.
enum LogAddExp: BinaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T, _ y: T) -> T {
    let largest = T.maximum(x, y)
    let sum = largest + T.log1p(T.exp(-(x - y).magnitude))
    return x == y && x.magnitude == .infinity ? x : sum
  }
}
/// The same of base 2.
enum LogAddExp2: BinaryRealFunction {
  @inline(__always) static func apply<T: Real>(_ x: T, _ y: T) -> T {
    let largest = T.maximum(x, y)
    let logarithmOf2 = T(0x1.62e42fefa39efp-1)
    let added = T.log1p(T.exp(-(x - y).magnitude * logarithmOf2)) * T(0x1.71547652b82fep0)
    return x == y && x.magnitude == .infinity ? x : largest + added
  }
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
