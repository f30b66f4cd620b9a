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
  @inline(__always) static func finish(_ total: S.Compute) -> S { S(compute: total) }
}

/// `F` over bools, as 0 and 1.
enum TruthFold<F: FoldFunction>: Fold {
  @inline(__always) static var identity: UInt8 { F.identity(UInt8.self) }
  @inline(__always) static func lift(_ x: UInt8) -> UInt8 { x != 0 ? 1 : 0 }
  @inline(__always) static func combine(_ x: UInt8, _ y: UInt8) -> UInt8 { F.apply(x, y) }
  @inline(__always) static func finish(_ total: UInt8) -> UInt8 { total }
}

/// True where an element isn't zero; nan isn't.
enum AnyFold<S: Element>: Fold where S.Compute: Number {
  @inline(__always) static var identity: UInt8 { 0 }
  @inline(__always) static func lift(_ x: S) -> UInt8 { x.compute != 0 ? 1 : 0 }
  @inline(__always) static func combine(_ x: UInt8, _ y: UInt8) -> UInt8 { x | y }
  @inline(__always) static func finish(_ total: UInt8) -> UInt8 { total }
}

/// True where no element is zero.
enum AllFold<S: Element>: Fold where S.Compute: Number {
  @inline(__always) static var identity: UInt8 { 1 }
  @inline(__always) static func lift(_ x: S) -> UInt8 { x.compute != 0 ? 1 : 0 }
  @inline(__always) static func combine(_ x: UInt8, _ y: UInt8) -> UInt8 { x & y }
  @inline(__always) static func finish(_ total: UInt8) -> UInt8 { total }
}

/// The loop that finds where a fold's result first stands: one pass for the result, which
/// vectorises, and one that ends at its first occurrence.
func positionLoop<F: Fold>(_: F.Type) -> ReductionLoop where F.Total: Number {
  { out, outStride, x, outerStride, innerStride, outer, inner in
    let isDense = innerStride == MemoryLayout<F.Stored>.stride
    for i in 0..<outer {
      let row = x + i * outerStride
      let result =
        isDense
        ? foldRow(F.self, row.assumingMemoryBound(to: F.Stored.self), inner)
        : foldStrided(F.self, row, innerStride, inner)
      var position = 0
      while position < inner - 1 {
        let element = (row + position * innerStride).assumingMemoryBound(to: F.Stored.self).pointee
        let value = F.lift(element)
        if value == result || value.isNotANumber { break }
        position += 1
      }
      (out + i * outStride).assumingMemoryBound(to: Int64.self).pointee = Int64(position)
    }
  }
}
