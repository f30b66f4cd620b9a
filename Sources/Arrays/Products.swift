import Elements
import KernelChoice
import MatrixLibraries
import Parallel

/// The products of each pair of matrices in two stacks, m by k and k by n, as one piece of work.
struct Products {
  /// A stack of matrices in an array, which the caller keeps alive. Strides are in elements; one
  /// that nobody follows may be any number.
  struct Stack {
    private let start: UnsafeMutableRawPointer
    private let batchStride: Int
    private let rowStride: Int
    private let columnStride: Int

    init(_ array: NDArray, batches: Int = 0, rows: Int, columns: Int) {
      let size = array.dtype.size
      start = array.base
      (batchStride, rowStride, columnStride) = (batches &* size, rows &* size, columns &* size)
    }

    func matrix(_ i: Int) -> MatrixProduct.Operand {
      .init(start + i &* batchStride, rowStride, columnStride)
    }
  }

  /// The operator that an error speaks of.
  let kernel: StaticString
  var batches = 1
  let m: Int
  let k: Int
  let n: Int
  let c: Stack
  let a: Stack
  let b: Stack
  /// Floats only: `alpha a b + beta d`.
  var alpha = 1.0
  var beta = 1.0
  var d: Stack?

  init(
    kernel: StaticString, batches: Int = 1, m: Int, k: Int, n: Int, c: Stack, a: Stack, b: Stack
  ) {
    (self.kernel, self.batches, self.m, self.k, self.n) = (kernel, batches, m, k, n)
    (self.c, self.a, self.b) = (c, a, b)
  }

  /// What is worth another thread, in multiplications: some five microseconds of work, and as much
  /// where each element is read for one multiplication.
  private static let grain = 1 << 19
  private static let vectorGrain = 1 << 16

  /// Overwrites `result`, the array of `c`.
  ///
  /// - Throws: `TensorError.notImplemented` for bool, where there is anything to add up;
  ///   `.outOfMemory`.
  func run(into result: NDArray) throws {
    let dtype = result.dtype
    if result.count == 0 { return }
    if k == 0 { return result.fill(0) }
    guard let loop = Kernels.matmul(dtype) else {
      throw TensorError.notImplemented(kernel: "\(kernel)", dtype)
    }
    // Sizes are those of arrays, so m k and k n do not overflow, but all three together may.
    let work = Double(m) * Double(n) * Double(k) * Double(batches)
    let isVector = m == 1 || n == 1
    let pieces = min(work / Double(isVector ? Self.vectorGrain : Self.grain), 4096)
    let product = matrix(0, dtype)
    let bytes =
      dtype.isFloatingPoint
      ? product.workspaceBytes(size: dtype.size, computeSize: max(dtype.size, 4)) : 0
    if let library = ProductLibrary.loop(dtype, work: work) {
      let parts = ProductLibrary.parts(work: work / Double(batches))
      let either: MatmulLoop = { if !library($0) { loop($0) } }
      try runDivided(product, dtype, bytes, parts, either, around: MatrixLibrary.aside)
    } else if pieces < 2 || Parallel.threads == 1 {
      try runHere(product, dtype, bytes, loop)
    } else {
      let parts = 2 * Parallel.threads
      try runDivided(product, dtype, bytes, min(Int(pieces), parts) / min(batches, parts), loop)
    }
  }

  /// One of the products.
  private func matrix(_ i: Int, _ dtype: DType) -> MatrixProduct {
    var product = MatrixProduct(
      c: c.matrix(i), a: a.matrix(i), b: b.matrix(i), m: m, n: n, k: k)
    (product.alpha, product.beta, product.d) = (alpha, beta, d?.matrix(i))
    return product.oriented(size: dtype.size)
  }

  private func runHere(
    _ first: MatrixProduct, _ dtype: DType, _ bytes: Int, _ loop: MatmulLoop
  ) throws {
    let memory = try bytes > 0 ? Storage(byteCount: bytes) : nil
    for i in 0..<batches {
      var product = i == 0 ? first : matrix(i, dtype)
      product.workspace = memory?.pointer
      loop(product)
    }
    withExtendedLifetime(memory) {}
  }

  /// Cuts each product into a grid of some `parts`, and divides these among the threads.
  private func runDivided(
    _ first: MatrixProduct, _ dtype: DType, _ bytes: Int, _ parts: Int,
    _ loop: @escaping MatmulLoop, around: (_ body: () -> Void) -> Void = { $0() }
  ) throws {
    let threads = Parallel.threads
    // Rounded up, so that no two threads write to one line of the cache.
    let share = (bytes + 63) / 64 * 64
    let memory = try share > 0 ? Storage(byteCount: share * threads) : nil
    let grid = Grid(first, parts: parts)
    around {
      Parallel.forEachNumbered(batches * grid.count, grain: 1) { range, participant in
        for part in range {
          let (i, j) = part.quotientAndRemainder(dividingBy: grid.count)
          var product = grid.part(j, of: i == 0 ? first : matrix(i, dtype))
          product.workspace = memory.map { $0.pointer + participant * share }
          loop(product)
        }
      }
    }
    withExtendedLifetime(memory) {}
  }
}

/// A division of a matrix into parts of about the same size, none so thin that it would be another
/// kind of product, whose sums are in another order.
private struct Grid {
  private let rows: Int
  private let columns: Int

  /// Rows and columns of a part are multiples of these; the last part has the rest, too.
  private static let rowUnit = 16
  private static let columnUnit = 64

  var count: Int { rows * columns }

  /// Cuts so that parts are as square as can be, because a part's operands are read by each.
  init(_ product: MatrixProduct, parts: Int) {
    let mostRows = max(product.m / Self.rowUnit, 1)
    let mostColumns = max(product.n / Self.columnUnit, 1)
    var best = (rows: 1, columns: 1, perimeter: Double.infinity)
    for rows in 1...max(min(parts, mostRows), 1) {
      let columns = max(min(parts / rows, mostColumns), 1)
      if rows * columns * 2 <= parts && rows < mostRows { continue }
      let perimeter =
        Double(product.m) / Double(rows) + Double(product.n) / Double(columns)
      if perimeter < best.perimeter { best = (rows, columns, perimeter) }
    }
    (rows, columns) = (best.rows, best.columns)
  }

  func part(_ i: Int, of product: MatrixProduct) -> MatrixProduct {
    let (row, column) = i.quotientAndRemainder(dividingBy: columns)
    return product.part(
      rows: Self.range(row, rows, product.m, Self.rowUnit),
      columns: Self.range(column, columns, product.n, Self.columnUnit))
  }

  private static func range(_ i: Int, _ parts: Int, _ count: Int, _ unit: Int) -> Range<Int> {
    func cut(_ i: Int) -> Int { i == parts ? count : count / unit * i / parts * unit }
    return cut(i)..<cut(i + 1)
  }
}
