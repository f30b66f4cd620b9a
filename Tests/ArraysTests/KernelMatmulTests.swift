import Elements
import KernelChoice
import Testing

/// Matrix products of every shape and layout against double.
@Suite struct KernelMatmulTests {
  @Test(arguments: [
    (1, 1, 1), (1, 9, 5), (9, 1, 300), (3, 5, 7), (4, 8, 16), (5, 9, 33), (17, 33, 9), (32, 32, 32),
    (33, 32, 40), (70, 270, 300), (2, 3, 0), (0, 3, 2), (65, 17, 513), (32, 3, 16), (16, 4, 32),
    (1, 300, 39), (300, 1, 70), (1, 1, 131), (8, 31, 17), (9, 33, 15), (7, 48, 3), (12, 63, 64),
    (130, 140, 270),
  ])
  func agreesWithReference(_ m: Int, _ n: Int, _ k: Int) {
    for dtype in DType.allCases where dtype != .bool {
      func check<S: Element>(_: S.Type) {
        for layout in 0..<16 where m * n * k < 100_000 || layout % 5 == 0 {
          product(
            S.self, m, n, k, layout & 1 != 0, layout & 2 != 0, layout & 4 != 0, layout & 8 != 0)
        }
      }
      dtype.withElement { check($0) }
    }
    #expect(Kernels.matmul(.bool) == nil)
  }

  /// Small whole numbers, so that every sum is exact in the type in which it is made.
  private func product<S: Element>(
    _: S.Type, _ m: Int, _ n: Int, _ k: Int, _ isAT: Bool, _ isBT: Bool, _ isCT: Bool,
    _ isSpread: Bool
  ) {
    let size = MemoryLayout<S>.stride
    let a = Cells(smallNumbers(S.self, m * k, -3...3))
    let b = Cells(smallNumbers(S.self, k * n, -2...4))
    let cSize = isSpread ? 2 * size : size
    let c = Cells([S](repeating: S(int64: 9), count: m * n), stride: cSize)
    let (aRow, aColumn) = isAT ? (1, m) : (k, 1)
    let (bRow, bColumn) = isBT ? (1, k) : (n, 1)
    let (cRow, cColumn) = isCT ? (1, m) : (n, 1)
    multiply(
      S.self,
      MatrixProduct(
        c: .init(c.start, cRow * cSize, cColumn * cSize),
        a: .init(a.start, aRow * size, aColumn * size),
        b: .init(b.start, bRow * size, bColumn * size), m: m, n: n, k: k))
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
    #expect(agrees, "\(S.self) \(m) \(n) \(k) \(isAT) \(isBT) \(isCT) \(isSpread)")
  }

  /// Rounding stays within the classical bound, k units of the sum of magnitudes.
  @Test(arguments: [
    (20, 20, 20), (60, 50, 700), (1, 40, 700), (40, 1, 700), (33, 65, 300), (300, 600, 40),
  ])
  func roundsLittle(_ m: Int, _ n: Int, _ k: Int) {
    bounded(Float.self, m, n, k, unit: 0x1p-24)
    bounded(Double.self, m, n, k, unit: 0x1p-51)
    bounded(BFloat16.self, m, n, k, unit: 0x1p-24, rounding: 0x1p-8)
    bounded(Float16.self, m, n, k, unit: 0x1p-24, rounding: 0x1p-11)
  }

  /// Every layout of the operands, with factors and an addend, against double.
  private func bounded<S: Element>(
    _: S.Type, _ m: Int, _ n: Int, _ k: Int, unit: Double, rounding: Double = 0
  ) {
    let size = MemoryLayout<S>.stride
    var random = Scrambler()
    func cells(_ count: Int) -> Cells<S> {
      Cells((0..<count).map { _ in S(double: Double.random(in: -1...1, using: &random)) })
    }
    let (a, b, d) = (cells(m * k), cells(k * n), cells(m * n))
    for layout in 0..<8 {
      let (aRow, aColumn) = layout & 1 != 0 ? (1, m) : (k, 1)
      let (bRow, bColumn) = layout & 2 != 0 ? (1, k) : (n, 1)
      let (dRow, dColumn) = [(n, 1), (1, m), (0, 1), (1, 0)][layout / 2]
      let c = Cells([S](repeating: S(double: .nan), count: m * n))
      var product = MatrixProduct(
        c: .init(c.start, n * size, size), a: .init(a.start, aRow * size, aColumn * size),
        b: .init(b.start, bRow * size, bColumn * size), m: m, n: n, k: k)
      let (alpha, beta) = layout & 1 != 0 ? (1.0, 1.0) : (0.5, -2.0)
      if layout != 7 {
        (product.alpha, product.beta) = (alpha, beta)
        product.d = .init(d.start, dRow * size, dColumn * size)
      }
      multiply(S.self, product)
      var worst = 0.0
      for i in 0..<m {
        for j in 0..<n {
          let addend = layout != 7 ? beta * d[i * dRow + j * dColumn].double : 0
          var (sum, magnitude) = (addend, abs(addend))
          let factor = layout != 7 ? alpha : 1
          for p in 0..<k {
            let term = factor * a[i * aRow + p * aColumn].double * b[p * bRow + j * bColumn].double
            sum += term
            magnitude += abs(term)
          }
          let error = abs(c[i * n + j].double - sum) - rounding * abs(sum)
          worst = max(worst, error / magnitude)
        }
      }
      #expect(worst < Double(k + 3) * unit, "\(S.self) \(m) \(n) \(k) \(layout)")
    }
  }

  /// The kernel, with as much workspace as it says it needs and no more.
  private func multiply<S: Element>(_: S.Type, _ product: MatrixProduct) {
    let size = MemoryLayout<S>.stride
    var product = product
    let bytes =
      S.dtype.isFloatingPoint
      ? product.workspaceBytes(size: size, computeSize: MemoryLayout<S.Compute>.stride) : 0
    let memory = Cells([UInt8](repeating: 0, count: bytes))
    if bytes > 0 { product.workspace = memory.start }
    Kernels.matmul(S.dtype)?(product)
    #expect(bytes == 0 || bytes > 1 << 20 || memory.isIntact)
  }
}
