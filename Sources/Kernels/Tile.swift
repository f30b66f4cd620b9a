/// A float that register tiles are made of.
///
/// The arithmetic is a requirement of its own because that of a generic `SIMD` type compiles to
/// loops over its elements, and that of a concrete one to instructions.
protocol TileScalar: Real, SIMDScalar, Codable {
  /// As many elements as one register holds.
  associatedtype Lanes: SIMD & BitwiseCopyable where Lanes.Scalar == Self
  static func addProduct(_ sum: inout Lanes, _ x: Self, _ y: Lanes)
  static func add(_ x: Lanes, _ y: Lanes) -> Lanes
  /// Adds the products of two vectors in memory.
  static func addProduct(_ sum: inout Lanes, at x: UnsafeRawPointer, _ y: UnsafeRawPointer)
  /// `c` becomes `alpha (sums + c) + beta d`, without `c` when it `isFirst`, without `d` when there
  /// is none.
  static func finish(
    _ c: UnsafeMutableRawPointer, _ sums: UnsafeRawPointer, _ d: UnsafeRawPointer?, isFirst: Bool,
    alpha: Self, beta: Self)
  static func load(_ source: UnsafeRawPointer) -> Lanes
  static func store(_ x: Lanes, _ target: UnsafeMutableRawPointer)
  static func copyFour(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Self>)
  /// Four columns of four elements from lines that are `stride` bytes apart, each to `width`
  /// elements after the one before.
  static func transpose(
    _ lines: UnsafeRawPointer, _ stride: Int, _ target: UnsafeMutablePointer<Self>, _ width: Int)
}

/// A vector from anywhere. `loadUnaligned` may come out as an instruction that wants alignment: the
/// compiler (6.3) loses what it knows of an address when it takes the value apart.
@inline(__always)
private func loadUnaligned<V: SIMD & BitwiseCopyable>(_: V.Type, _ source: UnsafeRawPointer) -> V {
  var value = V()
  withUnsafeMutableBytes(of: &value) { bytes in
    bytes.baseAddress?.copyMemory(from: source, byteCount: MemoryLayout<V>.size)
  }
  return value
}

/// Writes a vector anywhere.
@inline(__always)
private func storeUnaligned<V: BitwiseCopyable>(_ value: V, _ target: UnsafeMutableRawPointer) {
  withUnsafeBytes(of: value) { bytes in
    if let bytes = bytes.baseAddress {
      target.copyMemory(from: bytes, byteCount: MemoryLayout<V>.size)
    }
  }
}

/// `sum + x * y`, rounded once where the processor can, and as the baseline can elsewhere.
@inline(__always)
private func fusedSum<V: SIMD>(_ sum: V, _ x: V, _ y: V) -> V where V.Scalar: FloatingPoint {
  #if APUS_FMA || arch(arm64)
    sum.addingProduct(x, y)
  #else
    sum + x * y
  #endif
}

extension Float: TileScalar {
  #if APUS_AVX512
    typealias Lanes = SIMD16<Float>
  #elseif APUS_FMA
    typealias Lanes = SIMD8<Float>
  #else
    typealias Lanes = SIMD4<Float>
  #endif

  @inline(__always)
  static func addProduct(_ sum: inout Lanes, _ x: Float, _ y: Lanes) {
    sum = fusedSum(sum, Lanes(repeating: x), y)
  }
  @inline(__always)
  static func add(_ x: Lanes, _ y: Lanes) -> Lanes { x + y }
  @inline(__always)
  static func addProduct(_ sum: inout Lanes, at x: UnsafeRawPointer, _ y: UnsafeRawPointer) {
    sum = fusedSum(sum, load(x), load(y))
  }
  @inline(__always)
  static func finish(
    _ c: UnsafeMutableRawPointer, _ sums: UnsafeRawPointer, _ d: UnsafeRawPointer?, isFirst: Bool,
    alpha: Float, beta: Float
  ) {
    var sum = load(sums)
    if !isFirst { sum += load(c) }
    if alpha != 1 { sum *= alpha }
    if let d { sum += beta == 1 ? load(d) : beta * load(d) }
    store(sum, c)
  }
  @inline(__always)
  static func load(_ source: UnsafeRawPointer) -> Lanes { loadUnaligned(Lanes.self, source) }
  @inline(__always)
  static func store(_ x: Lanes, _ target: UnsafeMutableRawPointer) { storeUnaligned(x, target) }
  @inline(__always)
  static func copyFour(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
    storeUnaligned(loadUnaligned(SIMD4<Float>.self, source), target)
  }
  @inline(__always)
  static func transpose(
    _ lines: UnsafeRawPointer, _ stride: Int, _ target: UnsafeMutablePointer<Float>, _ width: Int
  ) {
    func line(_ i: Int) -> SIMD4<Float> {
      loadUnaligned(SIMD4<Float>.self, lines + i &* stride)
    }
    func store(_ p: Int, _ x: SIMD4<Float>) {
      storeUnaligned(x, target + p &* width)
    }
    let (a, b, c, d) = (line(0), line(1), line(2), line(3))
    let (ab, cd) = (SIMD4(a[0], b[0], a[1], b[1]), SIMD4(c[0], d[0], c[1], d[1]))
    let (ef, gh) = (SIMD4(a[2], b[2], a[3], b[3]), SIMD4(c[2], d[2], c[3], d[3]))
    store(0, SIMD4(lowHalf: ab.lowHalf, highHalf: cd.lowHalf))
    store(1, SIMD4(lowHalf: ab.highHalf, highHalf: cd.highHalf))
    store(2, SIMD4(lowHalf: ef.lowHalf, highHalf: gh.lowHalf))
    store(3, SIMD4(lowHalf: ef.highHalf, highHalf: gh.highHalf))
  }
}

extension Double: TileScalar {
  #if APUS_AVX512
    typealias Lanes = SIMD8<Double>
  #elseif APUS_FMA
    typealias Lanes = SIMD4<Double>
  #else
    typealias Lanes = SIMD2<Double>
  #endif

  @inline(__always)
  static func addProduct(_ sum: inout Lanes, _ x: Double, _ y: Lanes) {
    sum = fusedSum(sum, Lanes(repeating: x), y)
  }
  @inline(__always)
  static func add(_ x: Lanes, _ y: Lanes) -> Lanes { x + y }
  @inline(__always)
  static func addProduct(_ sum: inout Lanes, at x: UnsafeRawPointer, _ y: UnsafeRawPointer) {
    sum = fusedSum(sum, load(x), load(y))
  }
  @inline(__always)
  static func finish(
    _ c: UnsafeMutableRawPointer, _ sums: UnsafeRawPointer, _ d: UnsafeRawPointer?, isFirst: Bool,
    alpha: Double, beta: Double
  ) {
    var sum = load(sums)
    if !isFirst { sum += load(c) }
    if alpha != 1 { sum *= alpha }
    if let d { sum += beta == 1 ? load(d) : beta * load(d) }
    store(sum, c)
  }
  @inline(__always)
  static func load(_ source: UnsafeRawPointer) -> Lanes { loadUnaligned(Lanes.self, source) }
  @inline(__always)
  static func store(_ x: Lanes, _ target: UnsafeMutableRawPointer) { storeUnaligned(x, target) }
  @inline(__always)
  static func copyFour(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Double>) {
    storeUnaligned(loadUnaligned(SIMD4<Double>.self, source), target)
  }
  @inline(__always)
  static func transpose(
    _ lines: UnsafeRawPointer, _ stride: Int, _ target: UnsafeMutablePointer<Double>, _ width: Int
  ) {
    func line(_ i: Int) -> SIMD4<Double> {
      loadUnaligned(SIMD4<Double>.self, lines + i &* stride)
    }
    let (a, b, c, d) = (line(0), line(1), line(2), line(3))
    for p in 0..<4 {
      storeUnaligned(SIMD4(a[p], b[p], c[p], d[p]), target + p &* width)
    }
  }
}

/// One row of a tile: the vectors that stay in registers while a product is added up.
struct TileRow<T: TileScalar> {
  var left = T.Lanes(repeating: 0)
  var right = T.Lanes(repeating: 0)

  @inline(__always)
  mutating func addProduct(_ x: T, _ left: T.Lanes, _ right: T.Lanes) {
    T.addProduct(&self.left, x, left)
    T.addProduct(&self.right, x, right)
  }
}

/// Four rows of two vectors. Eight sums hide the latency of the multiplier, and with what they are
/// made of they fill no more than the sixteen registers of AVX2; see `hasManyRegisters`.
struct Tile<T: TileScalar> {
  static var rows: Int { 4 }
  static var lanes: Int { T.Lanes.scalarCount }

  /// True where two tiles together fit into the registers, which halves the loads.
  static var hasManyRegisters: Bool {
    #if APUS_AVX512 || arch(arm64)
      true
    #else
      false
    #endif
  }

  var first = TileRow<T>()
  var second = TileRow<T>()
  var third = TileRow<T>()
  var fourth = TileRow<T>()
}
