/// A matrix product as kernels see it: the `m` by `n` matrix `c` becomes `alpha a b + beta d`, with
/// `a` of `m` by `k`, `b` of `k` by `n`, and a `d` that may be absent.
///
/// Strides are in bytes, of any sign, zero included for what is read. `c` overlaps nothing else.
public struct MatrixProduct {
  /// The result, of which nothing is read.
  public var c: Operand
  /// The left factor.
  public var a: Operand
  /// The right factor.
  public var b: Operand
  /// Rows of `c` and of `a`.
  public var m: Int
  /// Columns of `c` and of `b`.
  public var n: Int
  /// Columns of `a`, rows of `b`: terms of each sum.
  public var k: Int

  /// Multiplies the product of floats; one for integers.
  public var alpha = 1.0
  /// Multiplies `d`.
  public var beta = 1.0
  /// What is added to a product of floats; integers have none.
  public var d: Operand?

  /// Memory for panels, aligned to 64 bytes; as much as `workspaceBytes` says.
  public var workspace: UnsafeMutableRawPointer?

  /// A matrix in memory.
  public struct Operand {
    /// The first element.
    public let start: UnsafeMutableRawPointer
    /// From one row to the next, in bytes.
    public let rowStride: Int
    /// From one column to the next.
    public let columnStride: Int

    /// A matrix whose first element is at `start`.
    @inlinable
    public init(_ start: UnsafeMutableRawPointer, _ rowStride: Int, _ columnStride: Int) {
      self.start = start
      self.rowStride = rowStride
      self.columnStride = columnStride
    }

    /// The same elements with rows as columns.
    @inlinable public var transposed: Operand { Operand(start, columnStride, rowStride) }

    /// The address of an element.
    @inlinable
    public func at(_ row: Int, _ column: Int) -> UnsafeMutableRawPointer {
      start + (row &* rowStride &+ column &* columnStride)
    }

    /// The part from an element on.
    @inlinable
    public func from(_ row: Int, _ column: Int) -> Operand {
      Operand(at(row, column), rowStride, columnStride)
    }
  }

  /// The product alone.
  @inlinable
  public init(c: Operand, a: Operand, b: Operand, m: Int, n: Int, k: Int) {
    self.c = c
    self.a = a
    self.b = b
    self.m = m
    self.n = n
    self.k = k
  }

  /// The transpose of `c`, which is the product of the transposes in the other order.
  @inlinable public var transposed: MatrixProduct {
    var result = self
    (result.c, result.a, result.b) = (c.transposed, b.transposed, a.transposed)
    (result.m, result.n, result.d) = (n, m, d?.transposed)
    return result
  }

  /// The part of the product that is some rows and columns of `c`.
  @inlinable
  public func part(rows: Range<Int>, columns: Range<Int>) -> MatrixProduct {
    var result = self
    result.c = c.from(rows.lowerBound, columns.lowerBound)
    result.a = a.from(rows.lowerBound, 0)
    result.b = b.from(0, columns.lowerBound)
    result.d = d?.from(rows.lowerBound, columns.lowerBound)
    (result.m, result.n) = (rows.count, columns.count)
    return result
  }
}

/// Does a matrix product, or a part of one.
public typealias MatmulLoop = @Sendable (_ product: MatrixProduct) -> Void

// How float kernels cut a product into blocks, and what memory that takes. A sum depends on where
// the depth is cut, which is the same for all parts of a product, and on no other cut.

extension MatrixProduct {
  /// The depth of a pair of panels.
  public static var blockDepth: Int { 256 }
  /// Columns of `b` that are in panels at a time, for elements computed in `size` bytes: half a
  /// megabyte, which the second cache holds together with the rows.
  public static func blockColumns(size: Int) -> Int { 2048 / size }
  /// Rows of `a` that are in panels at a time.
  public static func blockRows(size: Int) -> Int { 1024 / size }
  /// What kernels keep on the stack.
  private static var stackBytes: Int { 1024 }

  /// The same product with dense rows in `c`, where its columns are dense: that of the transposes.
  public func oriented(size: Int) -> MatrixProduct {
    c.columnStride != size && c.rowStride == size ? transposed : self
  }

  /// True where the kernels read `b` where it is, but for columns that fill no vector: its rows are
  /// dense, and packing would cost more than it saves.
  public func readsRows(size: Int) -> Bool {
    b.columnStride == size && (m <= 64 || k &* b.rowStride <= 1 << 18)
  }

  /// True where the kernels read `a` where it is. Rows that lie far apart meet at the same places of
  /// the cache, and so does, worse, each element of a column of a wide matrix.
  public func readsColumns(size: Int) -> Bool {
    if n <= 128 { return true }
    if a.columnStride == size { return m &* abs(a.rowStride) <= 1 << 19 }
    return abs(a.columnStride) &* min(k, Self.blockDepth) <= 1 << 17
  }

  /// True where sums go to `c` at once, without a block in between.
  public func writesRows(size: Int, computeSize: Int) -> Bool {
    size == computeSize && (c.columnStride == size || n == 1)
  }

  /// Bytes of workspace for elements of `size` bytes that are computed in `computeSize`.
  public func workspaceBytes(size: Int, computeSize: Int) -> Int {
    let lanes = 64 / computeSize
    if writesRows(size: size, computeSize: computeSize) && readsColumns(size: size) {
      if readsRows(size: size) && n % lanes == 0 { return 0 }
      let width = n <= lanes ? lanes : 2 * lanes
      let isOnePanel = n <= width || readsRows(size: size)
      if isOnePanel && k &* width &* size <= Self.stackBytes { return 0 }
    }
    let depth = min(k, Self.blockDepth)
    let rows = (min(m, Self.blockRows(size: computeSize)) + 15) / 16 * 16
    let columns =
      (min(n, Self.blockColumns(size: computeSize)) + 2 * lanes - 1) / (2 * lanes) * (2 * lanes)
    return (depth * (columns + rows) + rows * columns) * computeSize
  }
}
