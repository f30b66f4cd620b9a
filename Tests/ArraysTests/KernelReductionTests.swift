import Elements
import Glibc
import KernelChoice
import Testing

/// The shapes of rows that the reductions have paths for: dense rows, dense columns, neither.
enum Layout: CaseIterable { case rows, columns, spread }

/// `outer` rows of `inner` elements in one of the layouts.
struct Rows<S: Element> {
  let cells: Cells<S>
  let outerStride: Int
  let innerStride: Int
  let order: (Int, Int) -> Int

  init(_ values: [S], _ outer: Int, _ inner: Int, _ layout: Layout) {
    let size = MemoryLayout<S>.stride
    switch layout {
    case .rows:
      (outerStride, innerStride) = (inner * size, size)
      order = { $0 * inner + $1 }
    case .columns:
      (outerStride, innerStride) = (size, outer * size)
      order = { $1 * outer + $0 }
    case .spread:
      (outerStride, innerStride) = (2 * size, 2 * outer * size)
      order = { $1 * outer + $0 }
    }
    cells = Cells(values, stride: layout == .spread ? 2 * size : size)
  }

  func row(_ i: Int, _ inner: Int) -> [S] { (0..<inner).map { cells[order(i, $0)] } }
}

/// Folds of rows against exact sums of small whole numbers.
@Suite struct KernelReductionTests {
  static let shapes = [
    (1, 1), (1, 5000), (3, 31), (2, 33), (7, 129), (150, 3), (300, 200), (5, 1000),
  ]

  @Test(arguments: ReductionOperation.allCases, DType.realCases)
  func agreesWithReference(_ op: ReductionOperation, _ dtype: DType) {
    func check<S: Element>(_: S.Type) {
      guard let loop = Kernels.reduce(op, dtype) else {
        #expect(dtype == .bool && (op == .sum || op == .prod))
        return
      }
      let range: ClosedRange<Int64> =
        op == .prod ? -1...1 : op == .any ? 0...0 : op == .all ? 1...1 : -9...9
      for (outer, inner) in Self.shapes {
        var values = smallNumbers(S.self, outer * inner, op == .prod ? 1...1 : range)
        values[values.count / 2] = S(int64: op == .all ? 0 : op == .prod ? 2 : 1)
        for layout in Layout.allCases {
          let x = Rows(values, outer, inner, layout)
          func fold<R: BitwiseCopyable & Equatable>(_ expected: ([S]) -> R, _ blank: R) {
            let out = Cells([R](repeating: blank, count: outer), stride: 2 * MemoryLayout<R>.stride)
            loop(out.start, out.stride, x.cells.start, x.outerStride, x.innerStride, outer, inner)
            let wanted = (0..<outer).map { expected(x.row($0, inner)) }
            #expect(out.values == wanted, "\(op) \(dtype) \(outer) \(inner) \(layout)")
            #expect(out.isIntact)
          }
          switch op {
          case .any: fold({ UInt8($0.contains { $0.double != 0 } ? 1 : 0) }, 7)
          case .all: fold({ UInt8($0.contains { $0.double == 0 } ? 0 : 1) }, 7)
          case .argmax, .argmin: fold({ position(op, $0) }, -1)
          default: fold({ bits(number(op, $0)) }, bits(S(int64: 1)))
          }
        }
      }
    }
    dtype.withElement { check($0) }
  }

  private func bits<S: Element>(_ x: S) -> Bits<S> { Bits(value: x) }

  private struct Bits<S: Element>: BitwiseCopyable, Equatable {
    var value: S
    static func == (x: Self, y: Self) -> Bool { x.value.double == y.value.double }
  }

  private func number<S: Element>(_ op: ReductionOperation, _ row: [S]) -> S {
    switch op {
    case .sum: S(int64: row.reduce(0) { $0 + $1.int64 })
    case .prod: S(int64: row.reduce(1) { $0 * $1.int64 })
    case .max: S(int64: row.reduce(Int64.min) { max($0, $1.int64) })
    default: S(int64: row.reduce(Int64.max) { min($0, $1.int64) })
    }
  }

  private func position<S: Element>(_ op: ReductionOperation, _ row: [S]) -> Int64 {
    var best = 0
    for (i, x) in row.enumerated()
    where op == .argmax ? x.double > row[best].double : x.double < row[best].double {
      best = i
    }
    return Int64(best)
  }

  @Test func emptyRowsGiveTheIdentity() throws {
    let out = Cells<Float>([5, 5])
    try reduce(.sum)(out.start, 4, out.base, 4, 4, 2, 0)
    #expect(out.values == [0, 0])
    try reduce(.prod)(out.start, 4, out.base, 4, 4, 2, 0)
    #expect(out.values == [1, 1])
    let truths = Cells<UInt8>([9])
    try reduce(.any)(truths.start, 1, out.base, 4, 4, 1, 0)
    #expect(truths[0] == 0)
    try reduce(.all)(truths.start, 1, out.base, 4, 4, 1, 0)
    #expect(truths[0] == 1)
  }

  private func reduce(_ op: ReductionOperation) throws -> ReductionLoop {
    try #require(Kernels.reduce(op, .float32))
  }

  @Test(arguments: [1, 5, 40, 5000], Layout.allCases)
  func nanWins(_ inner: Int, _ layout: Layout) throws {
    var values = smallNumbers(Float.self, 3 * inner, -9...9)
    let probe = Rows(values, 3, inner, layout)
    let place = inner * 2 / 3
    values[probe.order(1, place)] = .nan
    values[probe.order(1, inner - 1)] = .nan
    let x = Rows(values, 3, inner, layout)
    for op in [ReductionOperation.max, .min] {
      let out = Cells<Float>([0, 0, 0])
      try reduce(op)(out.start, 4, x.cells.start, x.outerStride, x.innerStride, 3, inner)
      #expect(out.values.map(\.isNaN) == [false, true, false])
    }
    for op in [ReductionOperation.argmax, .argmin] {
      let out = Cells<Int64>([0, 0, 0])
      try reduce(op)(out.start, 8, x.cells.start, x.outerStride, x.innerStride, 3, inner)
      #expect(out[1] == Int64(place))
    }
  }

  @Test func extremesOfInfinitiesAreFound() throws {
    let x = Cells<Float>([-.infinity, -.infinity])
    let out = Cells<Int64>([7])
    try reduce(.argmax)(out.start, 8, x.start, 8, 4, 1, 2)
    #expect(out[0] == 0)
  }

  /// Ten million tenths: one running float32 sum is off by 9 %.
  @Test func longSumsStayAccurate() throws {
    let count = 10_000_000
    let x = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer { x.deallocate() }
    x.initialize(repeating: 0.1, count: count)
    let out = Cells<Float>([0, 0, 0, 0])
    try reduce(.sum)(out.start, 4, x, 0, 4, 1, count)
    #expect(abs(out[0] / 1_000_000 - 1) < 1e-6)
    try reduce(.sum)(out.start, 4, x, 4, 16, 4, count / 4)
    #expect(out.values.allSatisfy { abs($0 / 250_000 - 1) < 1e-6 })
    try reduce(.sum)(out.start, 4, x, 0, 8, 1, count / 2)
    #expect(abs(out[0] / 500_000 - 1) < 1e-6)
  }

  @Test func sixteenBitSumsAreRoundedOnce() throws {
    let x = Cells([BFloat16](repeating: BFloat16(1), count: 1000))
    let out = Cells([BFloat16(0)])
    let loop = try #require(Kernels.reduce(.sum, .bfloat16))
    loop(out.start, 2, x.start, 0, 2, 1, 1000)
    #expect(out[0].float == 1000)
  }

  @Test(arguments: [DType.bool, .uint8, .int8, .int16, .int32, .int64], Layout.allCases)
  func wideSums(_ dtype: DType, _ layout: Layout) throws {
    func check<S: Element>(_: S.Type) throws {
      let loop = try #require(Kernels.wideSum(dtype))
      for (outer, inner) in Self.shapes + [(4, 5000), (2, 0)] {
        let values = smallNumbers(S.self, outer * inner, dtype.isSigned ? -99...99 : 0...99)
        let x = Rows(values, outer, inner, layout)
        let out = Cells([Int64](repeating: 7, count: outer))
        loop(out.start, 8, x.cells.start, x.outerStride, x.innerStride, outer, inner)
        let expected = (0..<outer).map { x.row($0, inner).reduce(0) { $0 + $1.int64 } }
        #expect(out.values == expected, "\(dtype) \(outer) \(inner)")
      }
    }
    try dtype.withElement { try check($0) }
    #expect(Kernels.wideSum(.float32) == nil)
  }

  @Test(arguments: [DType.float16, .bfloat16, .float32, .float64], Layout.allCases)
  func means(_ dtype: DType, _ layout: Layout) throws {
    func check<S: Element>(_: S.Type) throws {
      let loop = try #require(Kernels.mean(dtype))
      for (outer, inner) in Self.shapes {
        let x = Rows(smallNumbers(S.self, outer * inner, -9...9), outer, inner, layout)
        let out = Cells([S](repeating: S(int64: 7), count: outer))
        loop(out.start, out.stride, x.cells.start, x.outerStride, x.innerStride, outer, inner)
        for i in 0..<outer {
          let sum = x.row(i, inner).reduce(0.0) { $0 + $1.double }
          // The sum is exact; the quotient is rounded, for 16 bits twice.
          let expected =
            S.Compute.dtype == .float32
            ? S(compute: S.Compute(double: Double(Float(sum) / Float(inner))))
            : S(double: sum / Double(inner))
          #expect(ulps(out[i], expected) == 0)
        }
      }
    }
    try dtype.withElement { try check($0) }
  }

  /// The first of equal zeros, whatever their signs; the first nan, whatever its sign.
  @Test(arguments: [3, 33, 300], Layout.allCases)
  func positionsOfZerosAndNegativeNan(_ inner: Int, _ layout: Layout) throws {
    var values = [Float](repeating: -1, count: 9 * inner)
    let probe = Rows(values, 9, inner, layout)
    for i in 0..<9 {
      values[probe.order(i, inner / 2)] = i % 2 == 0 ? -0.0 : -.nan
      values[probe.order(i, inner - 1)] = i % 2 == 0 ? 0 : .infinity
    }
    let x = Rows(values, 9, inner, layout)
    let out = Cells([Int64](repeating: -1, count: 9))
    try reduce(.argmax)(out.start, 8, x.cells.start, x.outerStride, x.innerStride, 9, inner)
    #expect(out.values == [Int64](repeating: Int64(inner / 2), count: 9))
    let largest = Cells([Float](repeating: 7, count: 9))
    try reduce(.max)(largest.start, 4, x.cells.start, x.outerStride, x.innerStride, 9, inner)
    for i in 0..<9 { #expect(i % 2 == 0 ? largest[i] == 0 : largest[i].isNaN) }
  }

  /// Columns of ten million tenths, in every direction that has a path of its own.
  @Test func longColumnsStayAccurate() throws {
    let count = 10_000_000
    let x = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer { x.deallocate() }
    x.initialize(repeating: 0.1, count: count)
    for outer in [2, 10, 100, 1000] {
      let out = Cells([Float](repeating: 0, count: outer))
      try reduce(.sum)(out.start, 4, x, 4, 4 * outer, outer, count / outer)
      let expected = Float(count / outer) / 10
      #expect(out.values.allSatisfy { abs($0 / expected - 1) < 1e-6 }, "\(outer)")
    }
  }
}
