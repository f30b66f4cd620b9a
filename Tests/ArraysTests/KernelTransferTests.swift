import Elements
import KernelChoice
import Testing

/// Casts, choices and indexed transfers.
@Suite struct KernelTransferTests {
  @Test(arguments: DType.realCases, DType.realCases)
  func castsAsCDoes(_ source: DType, _ target: DType) {
    func check<S: Element, T: Element>(_: S.Type, _: T.Type) {
      let edges = edgeValues(S.self)
      for (xStride, outStride) in [(1, 1), (2, 1), (-1, 3)] {
        let x = Cells(edges, stride: xStride * MemoryLayout<S>.stride)
        let out = Cells(
          [T](repeating: T(int64: 0), count: edges.count),
          stride: outStride * MemoryLayout<T>.stride)
        Kernels.cast(from: source, to: target)(
          out.start, out.stride, x.start, x.stride, edges.count)
        #expect(out.isIntact)
        for (i, value) in edges.enumerated() {
          let expected = converted(value, to: T.self)
          #expect(ulps(out[i], expected) == 0, "\(S.self)(\(value)) to \(T.self): \(out[i])")
        }
      }
    }
    source.withElement { s in target.withElement { t in check(s, t) } }
  }

  private func converted<S: Element, T: Element>(_ x: S, to: T.Type) -> T {
    if T.dtype == .bool { return T(int64: x.double != 0 ? 1 : 0) }
    if !S.dtype.isFloatingPoint { return T(int64: x.int64) }
    if T.dtype.isFloatingPoint { return T(double: x.double) }
    return T(int64: Int64(exactly: x.double.rounded(.towardZero)) ?? .min)
  }

  @Test(arguments: DType.allCases) func choosesBySize(_ dtype: DType) {
    func check<S: Element>(_: S.Type) {
      let size = MemoryLayout<S>.stride
      for length in oddLengths {
        let condition = Cells(
          (0..<length).map { (i: Int) -> UInt8 in
            i % 3 == 0 ? 0 : UInt8(i % 2 + 1)
          })
        let x = Cells(smallNumbers(S.self, length + 1, 0...9))
        let y = Cells(smallNumbers(S.self, length + 1, 10...19), stride: 2 * size)
        for (xStride, yStride) in [(size, 2 * size), (0, 2 * size), (size, 0)] {
          let out = Cells([S](repeating: S(int64: 0), count: length))
          Kernels.choose(dtype)(
            out.start, size, condition.start, 1, x.start, xStride, y.start, yStride, length)
          var agrees = true
          for i in 0..<length {
            let chosen = condition[i] != 0 ? x[xStride == 0 ? 0 : i] : y[yStride == 0 ? 0 : i]
            agrees = agrees && ulps(out[i], chosen) == 0
          }
          #expect(agrees && out.isIntact)
        }
        let dense = Cells(y.values)
        Kernels.choose(dtype)(
          x.start, size, condition.start, 1, x.start, size, dense.start, size, length)
        var agrees = true
        for i in 0..<length where condition[i] == 0 { agrees = agrees && ulps(x[i], y[i]) == 0 }
        #expect(agrees, "in place")
      }
    }
    dtype.withElement { check($0) }
  }

  @Test(arguments: DType.allCases, [1, 2]) func movesIndexedRows(_ dtype: DType, _ spread: Int) {
    func check<S: Element>(_: S.Type) {
      let (rows, width, size) = (5, 3, MemoryLayout<S>.stride * spread)
      let indices: [Int64] = [4, 0, 0, 2, 4, 4]
      let index = Cells(indices, stride: 16)
      let x = Cells(smallNumbers(S.self, rows * width, 0...9), stride: size)
      let out = Cells([S](repeating: S(int64: 0), count: indices.count * width), stride: size)
      Kernels.gather(dtype)(
        out.start, width * size, size, x.start, width * size, size, index.start, 16, 6, width)
      for (i, from) in indices.enumerated() {
        for j in 0..<width { #expect(ulps(out[i * width + j], x[Int(from) * width + j]) == 0) }
      }
      let sums = Cells([S](repeating: S(int64: 1), count: rows * width), stride: size)
      let last = Cells([S](repeating: S(int64: 1), count: rows * width), stride: size)
      Kernels.scatterAdd(dtype)(
        sums.start, width * size, size, out.start, width * size, size, index.start, 16, 6, width)
      Kernels.scatter(dtype)(
        last.start, width * size, size, out.start, width * size, size, index.start, 16, 6, width)
      for row in 0..<rows {
        let times = Int64(indices.filter { $0 == row }.count)
        for j in 0..<width {
          let value = x[row * width + j]
          #expect(ulps(sums[row * width + j], S(int64: 1 + times * value.int64)) == 0)
          #expect(ulps(last[row * width + j], times > 0 ? value : S(int64: 1)) == 0)
        }
      }
      #expect(sums.isIntact && last.isIntact && out.isIntact)
    }
    dtype.withElement { check($0) }
  }
}
