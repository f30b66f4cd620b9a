/// A float that a register tile is made of.
///
/// The arithmetic is a requirement of its own because that of a generic `SIMD` type compiles to
/// loops over its elements, and that of a concrete one to instructions.
protocol TileScalar: Real, SIMDScalar, Codable {
  /// One row of the tile: 32 bytes, two registers of the baseline, half of the widest one.
  associatedtype Lanes: SIMD & BitwiseCopyable where Lanes.Scalar == Self
  static func addProduct(_ sum: inout Lanes, _ x: Self, _ y: Lanes)
  static func addProduct(_ sum: inout Lanes, _ x: Lanes, _ y: Lanes)
  static func add(_ x: Lanes, _ y: Lanes) -> Lanes
}

extension Float: TileScalar {
  typealias Lanes = SIMD8<Float>
  @inline(__always)
  static func addProduct(_ sum: inout SIMD8<Float>, _ x: Float, _ y: SIMD8<Float>) {
    sum += SIMD8(repeating: x) * y
  }
  @inline(__always)
  static func addProduct(_ sum: inout SIMD8<Float>, _ x: SIMD8<Float>, _ y: SIMD8<Float>) {
    sum += x * y
  }
  @inline(__always)
  static func add(_ x: SIMD8<Float>, _ y: SIMD8<Float>) -> SIMD8<Float> { x + y }
}

extension Double: TileScalar {
  typealias Lanes = SIMD4<Double>
  @inline(__always)
  static func addProduct(_ sum: inout SIMD4<Double>, _ x: Double, _ y: SIMD4<Double>) {
    sum += SIMD4(repeating: x) * y
  }
  @inline(__always)
  static func addProduct(_ sum: inout SIMD4<Double>, _ x: SIMD4<Double>, _ y: SIMD4<Double>) {
    sum += x * y
  }
  @inline(__always)
  static func add(_ x: SIMD4<Double>, _ y: SIMD4<Double>) -> SIMD4<Double> { x + y }
}

/// Four rows of lanes, which stay in registers while a product of panels is added up.
struct Tile<T: TileScalar> {
  static var rows: Int { 4 }
  static var columns: Int { T.Lanes.scalarCount }

  var first = T.Lanes(repeating: 0)
  var second = T.Lanes(repeating: 0)
  var third = T.Lanes(repeating: 0)
  var fourth = T.Lanes(repeating: 0)

  /// Adds the product of two packed panels: `depth` columns of four, `depth` rows of lanes.
  @inline(__always)
  mutating func addProduct(_ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ depth: Int) {
    let rows = UnsafeRawPointer(b).assumingMemoryBound(to: T.Lanes.self)
    for p in 0..<depth {
      let lanes = rows[p]
      let column = a + 4 * p
      T.addProduct(&first, column[0], lanes)
      T.addProduct(&second, column[1], lanes)
      T.addProduct(&third, column[2], lanes)
      T.addProduct(&fourth, column[3], lanes)
    }
  }

  /// Adds the tile to rows of `sums`, `stride` elements apart.
  @inline(__always)
  func add(to sums: UnsafeMutablePointer<T>, _ stride: Int) {
    func add(_ row: Int, _ lanes: T.Lanes) {
      let target = UnsafeMutableRawPointer(sums + row * stride)
        .assumingMemoryBound(to: T.Lanes.self)
      target.pointee = T.add(target.pointee, lanes)
    }
    add(0, first)
    add(1, second)
    add(2, third)
    add(3, fourth)
  }
}
