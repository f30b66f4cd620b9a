import Elements
import Glibc
import KernelChoice
import Testing

/// Functions of whole rows against double.
@Suite struct KernelRowTests {
  static let shapes = [(1, 1), (2, 7), (3, 129), (200, 5), (2, 1500)]
  static let floats: [DType] = [.float16, .bfloat16, .float32, .float64]

  /// The relative error of one rounding.
  private func epsilon(_ dtype: DType) -> Double {
    switch dtype {
    case .float16: 0x1p-11
    case .bfloat16: 0x1p-8
    case .float32: 0x1p-24
    default: 0x1p-53
    }
  }

  /// The reference itself adds up a thousand rounding errors in float64.
  private func close(
    _ x: Double, _ y: Double, _ dtype: DType, _ factor: Double, absolute: Double = 0
  ) -> Bool {
    let relative = (dtype == .float64 ? 1000 : factor) * epsilon(dtype)
    let least = dtype == .float16 ? 0x1p-24 : 1e-37
    return abs(x - y) <= relative * abs(y) + absolute * epsilon(dtype) + least
  }

  private func run<S: Element>(
    _ loop: RowLoop?, _: S.Type, factor: Double, absolute: Double = 0,
    reference: ([Double]) -> [Double]
  ) throws {
    let loop = try #require(loop)
    for (outer, inner) in Self.shapes {
      let values = smallNumbers(S.self, outer * inner, -5...5)
      for (from, to) in [(Layout.rows, Layout.rows), (.columns, .columns), (.spread, .rows)] {
        let x = Rows(values, outer, inner, from)
        let out = Rows([S](repeating: S(int64: 0), count: outer * inner), outer, inner, to)
        loop(
          out.cells.start, out.outerStride, out.innerStride, x.cells.start, x.outerStride,
          x.innerStride, outer, inner)
        #expect(out.cells.isIntact)
        for i in 0..<outer {
          let expected = reference(x.row(i, inner).map(\.double))
          let close = zip(out.row(i, inner), expected).allSatisfy {
            self.close($0.double, $1, S.dtype, factor, absolute: absolute)
          }
          #expect(close, "\(S.self) \(outer) \(inner) \(from)")
        }
        guard from == to else { continue }
        loop(
          x.cells.start, x.outerStride, x.innerStride, x.cells.start, x.outerStride, x.innerStride,
          outer, inner)
        #expect(zip(x.cells.values, out.cells.values).allSatisfy { ulps($0, $1) == 0 }, "in place")
      }
    }
  }

  @Test(arguments: floats) func softmax(_ dtype: DType) throws {
    try dtype.withElement { type in
      func check<S: Element>(_: S.Type) throws {
        try run(Kernels.softmax(dtype), S.self, factor: 8) { row in
          let largest = row.max() ?? 0
          let exponentials = row.map { exp($0 - largest) }
          let sum = exponentials.reduce(0, +)
          return exponentials.map { $0 / sum }
        }
      }
      try check(type)
    }
  }

  @Test(arguments: floats) func logSoftmax(_ dtype: DType) throws {
    try dtype.withElement { type in
      func check<S: Element>(_: S.Type) throws {
        // Near zero it is a difference of numbers near ten.
        try run(Kernels.logSoftmax(dtype), S.self, factor: 4, absolute: 16) { row in
          let largest = row.max() ?? 0
          let logarithm = log(row.map { exp($0 - largest) }.reduce(0, +))
          return row.map { $0 - largest - logarithm }
        }
      }
      try check(type)
    }
  }

  @Test(arguments: DType.allCases) func cumsum(_ dtype: DType) throws {
    guard dtype != .bool else {
      #expect(Kernels.cumsum(.bool) == nil)
      return
    }
    try dtype.withElement { type in
      func check<S: Element>(_: S.Type) throws {
        try run(Kernels.cumsum(dtype), S.self, factor: dtype.isFloatingPoint ? 1 : 0) { row in
          var sum = 0.0
          return row.map {
            sum += $0
            return dtype.isInteger ? S(int64: Int64(sum)).double : sum
          }
        }
      }
      try check(type)
    }
  }

  @Test func softmaxOfLargeAndInfiniteValues() throws {
    let x = Cells<Float>([1e4, 1e4, -.infinity, -1e4])
    let out = Cells<Float>([0, 0, 0, 0])
    try #require(Kernels.softmax(.float32) != nil)
    Kernels.softmax(.float32)?(out.start, 0, 4, x.start, 0, 4, 1, 4)
    #expect(out.values == [0.5, 0.5, 0, 0])
    Kernels.logSoftmax(.float32)?(out.start, 0, 4, x.start, 0, 4, 1, 4)
    #expect(abs(out[0] + 0.6931472) < 1e-6 && out[2] == -.infinity)
  }

  @Test(arguments: floats, Layout.allCases)
  func squaredDeviations(_ dtype: DType, _ layout: Layout) throws {
    try dtype.withElement { type in
      func check<S: Element>(_: S.Type) throws {
        let loop = try #require(Kernels.squaredDeviations(dtype))
        for (outer, inner) in Self.shapes {
          let values = smallNumbers(S.self, outer * inner, 90...110)
          let x = Rows(values, outer, inner, layout)
          let out = Cells([S](repeating: S(int64: 7), count: outer))
          loop(out.start, out.stride, x.cells.start, x.outerStride, x.innerStride, outer, inner)
          for i in 0..<outer {
            let row = x.row(i, inner).map(\.double)
            let mean = row.reduce(0, +) / Double(inner)
            let expected = row.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
            // The largest value of float16 is 65504.
            if dtype == .float16 && expected > 65504 { continue }
            #expect(close(out[i].double, expected, dtype, 4), "\(out[i].double) \(expected)")
          }
        }
      }
      try check(type)
    }
  }

  /// The mean is a million times the deviations, so that a difference of squares would be noise.
  @Test func deviationsSurviveALargeMean() throws {
    let x = Cells((0..<100_000).map { Float(1_000_000 + $0 % 2) })
    let out = Cells<Float>([0])
    let loop = try #require(Kernels.squaredDeviations(.float32))
    loop(out.start, 4, x.start, 0, 4, 1, 100_000)
    #expect(abs(out[0] - 25000) < 0.01)
    let bad = Cells<Float>([1, .nan, 2, .infinity])
    loop(out.start, 4, bad.start, 0, 4, 1, 3)
    #expect(out[0].isNaN)
    loop(out.start, 4, bad.start + 8, 0, 4, 1, 2)
    #expect(out[0].isNaN)
  }
}
