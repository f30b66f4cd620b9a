import Elements
import Glibc
import KernelChoice
import Testing

/// Layer normalisation and the gradients of row functions, against float64.
@Suite struct KernelNormTests {
  static let floats: [DType] = [.float16, .bfloat16, .float32, .float64]
  static let lengths = [1, 3, 7, 10, 15, 16, 17, 31, 33, 47, 48, 64, 65, 129, 1000]

  /// What a few roundings of numbers near ten come to.
  private func bound(_ dtype: DType) -> Double {
    switch dtype {
    case .float16: 0x1p-8
    case .bfloat16: 0x1p-5
    case .float32: 0x1p-18
    default: 0x1p-45
    }
  }

  @Test(arguments: floats) func layerNorm(_ dtype: DType) throws {
    func check<S: Element>(_: S.Type) throws {
      let loop = try #require(Kernels.layerNorm(dtype))
      for length in Self.lengths {
        let x = Cells(smallNumbers(S.self, 3 * length, -9...9))
        let weight = Cells(smallNumbers(S.Compute.self, length, -2...2))
        let bias = Cells(smallNumbers(S.Compute.self, length, -2...2))
        let out = Cells([S](repeating: S(int64: 7), count: 3 * length))
        for (hasWeight, hasBias) in [(true, true), (true, false), (false, true), (false, false)] {
          loop(
            out.start, x.start, hasWeight ? weight.start : nil, hasBias ? bias.start : nil, 3,
            length, 0.1, true)
          #expect(out.isIntact)
          for i in 0..<3 {
            let row = (0..<length).map { x[i * length + $0].double }
            for (j, y) in normal(row).enumerated() {
              let expected =
                y * (hasWeight ? weight[j].double : 1) + (hasBias ? bias[j].double : 0)
              #expect(
                abs(out[i * length + j].double - expected) <= bound(dtype),
                "\(dtype) \(length) \(i) \(j)")
            }
          }
        }
      }
    }
    try dtype.withElement { try check($0) }
  }

  private func normal(_ row: [Double]) -> [Double] {
    let mean = row.reduce(0, +) / Double(row.count)
    let variance = row.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(row.count)
    return row.map { ($0 - mean) / (variance + 0.1).squareRoot() }
  }

  @Test(arguments: floats) func layerNormGradient(_ dtype: DType) throws {
    func check<S: Element>(_: S.Type) throws {
      let loop = try #require(Kernels.layerNormGradient(dtype))
      for length in Self.lengths {
        let x = Cells(smallNumbers(S.self, 2 * length, -9...9))
        let g = Cells(smallNumbers(S.self, 2 * length, -2...2))
        let weight = Cells(smallNumbers(S.Compute.self, length, -2...2))
        let out = Cells([S](repeating: S(int64: 7), count: 2 * length))
        let sums = Cells([S.Compute](repeating: S.Compute(int64: 7), count: length))
        let biases = Cells([S.Compute](repeating: S.Compute(int64: 7), count: length))
        loop(
          out.start, sums.start, biases.start, g.start, x.start, weight.start, 2, length, 0.1,
          true)
        #expect(out.isIntact && sums.isIntact && biases.isIntact)
        var weightGradient = [Double](repeating: 0, count: length)
        for i in 0..<2 {
          let row = (0..<length).map { x[i * length + $0].double }
          let y = normal(row)
          let h = (0..<length).map { g[i * length + $0].double * weight[$0].double }
          let mean = h.reduce(0, +) / Double(length)
          let slope = zip(h, y).map(*).reduce(0, +) / Double(length)
          let center = row.reduce(0, +) / Double(length)
          let variance =
            row.map { ($0 - center) * ($0 - center) }.reduce(0, +) / Double(length)
          for j in 0..<length {
            weightGradient[j] += g[i * length + j].double * y[j]
            let expected = (h[j] - mean - y[j] * slope) / (variance + 0.1).squareRoot()
            let scale = max(1, 4 / (variance + 0.1).squareRoot())
            #expect(
              abs(out[i * length + j].double - expected) <= bound(dtype) * scale,
              "\(dtype) \(length) \(i) \(j)")
          }
        }
        for j in 0..<length {
          #expect(abs(sums[j].double - weightGradient[j]) <= bound(dtype) * 4)
          #expect(biases[j].double == g[j].double + g[length + j].double)
        }
      }
    }
    try dtype.withElement { try check($0) }
  }

  @Test(arguments: floats, [false, true]) func softmaxGradient(_ dtype: DType, _ isLog: Bool) throws
  {
    func check<S: Element>(_: S.Type) throws {
      let loop = try #require(
        isLog ? Kernels.logSoftmaxGradient(dtype) : Kernels.softmaxGradient(dtype))
      for (outer, inner) in [(1, 1), (3, 17), (9, 10), (20, 49), (130, 3), (9, 200)] {
        let gradients = smallNumbers(S.self, outer * inner, -2...2)
        // Eighths: probabilities need not add up for the formula to hold.
        let results = smallNumbers(S.self, outer * inner, isLog ? -8...0 : 0...8)
          .map { S(double: $0.double / 8) }
        for layout in Layout.allCases {
          let g = Rows(gradients, outer, inner, layout)
          let y = Rows(results, outer, inner, layout)
          let out = Rows(
            [S](repeating: S(int64: 0), count: outer * inner), outer, inner, layout)
          loop(
            out.cells.start, out.outerStride, out.innerStride, g.cells.start, g.outerStride,
            g.innerStride, y.cells.start, y.outerStride, y.innerStride, outer, inner)
          #expect(out.cells.isIntact)
          for i in 0..<outer {
            let (gs, ys) = (g.row(i, inner).map(\.double), y.row(i, inner).map(\.double))
            let sum = isLog ? gs.reduce(0, +) : zip(gs, ys).map(*).reduce(0, +)
            let expected = zip(gs, ys).map {
              isLog ? $0 - exp($1) * sum : $1 * ($0 - sum)
            }
            // A result is rounded in proportion to itself, and may be larger than the sum.
            let close = zip(out.row(i, inner), expected).allSatisfy {
              abs($0.double - $1) <= bound(dtype) / 8 * max(1, abs(sum), abs($1))
            }
            #expect(close, "\(dtype) \(outer) \(inner) \(layout)")
          }
        }
      }
    }
    try dtype.withElement { try check($0) }
  }

  /// A hidden place of an attention mask has a probability of zero, not of almost zero.
  @Test(arguments: [4, 100]) func softmaxOfMaskedAndLowValues(_ count: Int) throws {
    var values = [Float](repeating: 0, count: count)
    (values[0], values[1], values[2]) = (-.infinity, -1000, -87.5)
    let x = Cells(values)
    let out = Cells([Float](repeating: 7, count: count))
    let loop = try #require(Kernels.softmax(.float32))
    loop(out.start, 4 * count, 4, x.start, 4 * count, 4, 1, count)
    #expect(out[0] == 0 && out[1] == 0)
    let expected = exp(-87.5) / Double(count - 3 + 0)
    #expect(abs(Double(out[2]) - expected) <= 2e-38)
    values[0] = .nan
    let bad = Cells(values)
    loop(out.start, 4 * count, 4, bad.start, 4 * count, 4, 1, count)
    #expect(out.values.allSatisfy { $0.isNaN })
    values[0] = .infinity
    let infinite = Cells(values)
    loop(out.start, 4 * count, 4, infinite.start, 4 * count, 4, 1, count)
    #expect(out[0].isNaN)
    let none = Cells([Float](repeating: -.infinity, count: count))
    loop(out.start, 4 * count, 4, none.start, 4 * count, 4, 1, count)
    #expect(out.values.allSatisfy { $0.isNaN })
  }
}
