import Elements
import KernelChoice
import Testing

/// Matrix products of every shape and layout against double.
@Suite struct KernelMatmulTests {
  @Test(arguments: [
    (1, 1, 1), (1, 9, 5), (9, 1, 300), (3, 5, 7), (4, 8, 16), (5, 9, 33), (17, 33, 9), (32, 32, 32),
    (33, 32, 40), (70, 270, 300), (2, 3, 0), (0, 3, 2), (65, 17, 513),
    (1, 300, 39), (300, 1, 70), (1, 1, 131),
  ])
  func agreesWithReference(_ m: Int, _ n: Int, _ k: Int) {
    for dtype in DType.allCases where dtype != .bool {
      func check<S: Element>(_: S.Type) {
        for layout in 0..<8 where m * n * k < 100_000 || layout % 7 == 0 {
          product(S.self, m, n, k, layout & 1 != 0, layout & 2 != 0, layout & 4 != 0)
        }
      }
      dtype.withElement { check($0) }
    }
    #expect(Kernels.matmul(.bool) == nil)
  }

  /// Small whole numbers, so that every sum is exact in the type in which it is made.
  private func product<S: Element>(
    _: S.Type, _ m: Int, _ n: Int, _ k: Int, _ isAT: Bool, _ isBT: Bool, _ isCT: Bool
  ) {
    let size = MemoryLayout<S>.stride
    let a = Cells(smallNumbers(S.self, m * k, -3...3))
    let b = Cells(smallNumbers(S.self, k * n, -2...4))
    let c = Cells([S](repeating: S(int64: 9), count: m * n), stride: 2 * size)
    let (aRow, aColumn) = isAT ? (1, m) : (k, 1)
    let (bRow, bColumn) = isBT ? (1, k) : (n, 1)
    let (cRow, cColumn) = isCT ? (1, m) : (n, 1)
    Kernels.matmul(S.dtype)?(
      c.start, cRow * 2 * size, cColumn * 2 * size, a.start, aRow * size, aColumn * size,
      b.start, bRow * size, bColumn * size, m, n, k)
    #expect(c.isIntact)
    let left = a.values.map(\.int64)
    let right = b.values.map(\.int64)
    var agrees = true
    for i in 0..<m {
      for j in 0..<n {
        var sum: Int64 = 0
        for p in 0..<k { sum &+= left[i * aRow + p * aColumn] &* right[p * bRow + j * bColumn] }
        agrees = agrees && ulps(c[i * cRow + j * cColumn], S(int64: sum)) == 0
      }
    }
    #expect(agrees, "\(S.self) \(m) \(n) \(k) \(isAT) \(isBT) \(isCT)")
  }

  /// Rounding stays within the classical bound, k units of the sum of magnitudes.
  @Test(arguments: [(20, 20, 20), (60, 50, 700), (1, 40, 700), (40, 1, 700)])
  func roundsLittle(_ m: Int, _ n: Int, _ k: Int) throws {
    var random = Scrambler()
    let a = Cells((0..<m * k).map { _ in Float.random(in: -1...1, using: &random) })
    let b = Cells((0..<k * n).map { _ in Float.random(in: -1...1, using: &random) })
    let c = Cells([Float](repeating: .nan, count: m * n))
    let loop = try #require(Kernels.matmul(.float32))
    loop(c.start, 4 * n, 4, a.start, 4 * k, 4, b.start, 4 * n, 4, m, n, k)
    var worst = 0.0
    for i in 0..<m {
      for j in 0..<n {
        var (sum, magnitude) = (0.0, 0.0)
        for p in 0..<k {
          let term = Double(a[i * k + p]) * Double(b[p * n + j])
          sum += term
          magnitude += abs(term)
        }
        worst = max(worst, abs(Double(c[i * n + j]) - sum) / magnitude)
      }
    }
    #expect(worst < Double(k) * 0x1p-24)
  }
}
