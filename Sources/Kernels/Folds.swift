import Elements

/// An associative function of numbers with its identity.
protocol FoldFunction {
  static func identity<T: Number>(_: T.Type) -> T
  static func apply<T: Number>(_ x: T, _ y: T) -> T
}

enum Sum: FoldFunction {
  @inline(__always) static func identity<T: Number>(_: T.Type) -> T { 0 }
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T { T.plus(x, y) }
}
enum Product: FoldFunction {
  @inline(__always) static func identity<T: Number>(_: T.Type) -> T { 1 }
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T { T.times(x, y) }
}
enum Largest: FoldFunction {
  @inline(__always) static func identity<T: Number>(_: T.Type) -> T { T.lowest }
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T { T.maximum(x, y) }
}
enum Smallest: FoldFunction {
  @inline(__always) static func identity<T: Number>(_: T.Type) -> T { T.highest }
  @inline(__always) static func apply<T: Number>(_ x: T, _ y: T) -> T { T.minimum(x, y) }
}

/// `F` over elements of `S`, accumulated in the type that `S` computes in and rounded once.
enum NumberFold<F: FoldFunction, S: Element>: Fold where S.Compute: Number {
  @inline(__always) static var identity: S.Compute { F.identity(S.Compute.self) }
  @inline(__always) static func lift(_ x: S) -> S.Compute { x.compute }
  @inline(__always) static func combine(_ x: S.Compute, _ y: S.Compute) -> S.Compute {
    F.apply(x, y)
  }
  @inline(__always) static func finish(_ total: S.Compute, _: Int) -> S { S(compute: total) }
}

/// The mean of floats, accumulated as in `NumberFold`.
enum MeanFold<S: Element>: Fold where S.Compute: Real {
  @inline(__always) static var identity: S.Compute { 0 }
  @inline(__always) static func lift(_ x: S) -> S.Compute { x.compute }
  @inline(__always) static func combine(_ x: S.Compute, _ y: S.Compute) -> S.Compute { x + y }
  @inline(__always) static func finish(_ total: S.Compute, _ count: Int) -> S {
    S(compute: total / S.Compute(count))
  }
}

/// The sum of integers in 64 bits, wrapping.
enum WideSum<S: FixedWidthInteger & BitwiseCopyable>: Fold {
  @inline(__always) static var identity: Int64 { 0 }
  @inline(__always) static func lift(_ x: S) -> Int64 { Int64(truncatingIfNeeded: x) }
  @inline(__always) static func combine(_ x: Int64, _ y: Int64) -> Int64 { x &+ y }
  @inline(__always) static func finish(_ total: Int64, _: Int) -> Int64 { total }
}

/// How many bools are true.
enum TruthCount: Fold {
  @inline(__always) static var identity: Int64 { 0 }
  @inline(__always) static func lift(_ x: UInt8) -> Int64 { x != 0 ? 1 : 0 }
  @inline(__always) static func combine(_ x: Int64, _ y: Int64) -> Int64 { x &+ y }
  @inline(__always) static func finish(_ total: Int64, _: Int) -> Int64 { total }
}

/// True where an element isn't zero; nan isn't.
enum AnyFold<S: Element>: Fold where S.Compute: Number {
  @inline(__always) static var identity: UInt8 { 0 }
  @inline(__always) static func lift(_ x: S) -> UInt8 { x.compute != 0 ? 1 : 0 }
  @inline(__always) static func combine(_ x: UInt8, _ y: UInt8) -> UInt8 { x | y }
  @inline(__always) static func finish(_ total: UInt8, _: Int) -> UInt8 { total }
}

/// True where no element is zero.
enum AllFold<S: Element>: Fold where S.Compute: Number {
  @inline(__always) static var identity: UInt8 { 1 }
  @inline(__always) static func lift(_ x: S) -> UInt8 { x.compute != 0 ? 1 : 0 }
  @inline(__always) static func combine(_ x: UInt8, _ y: UInt8) -> UInt8 { x & y }
  @inline(__always) static func finish(_ total: UInt8, _: Int) -> UInt8 { total }
}
