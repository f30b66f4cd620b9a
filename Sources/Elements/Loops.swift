/// One function of rows: for each `i` below `outer`, the `inner` elements that start at
/// `out + i * outOuterStride` become a function of those at `x + i * xOuterStride`; strides are in
/// bytes. `out` may be `x` where the strides agree.
public typealias RowLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ outOuterStride: Int, _ outInnerStride: Int,
    _ x: UnsafeRawPointer, _ xOuterStride: Int, _ xInnerStride: Int,
    _ outer: Int, _ inner: Int
  ) -> Void

/// A matrix product: the `m` by `n` matrix `c` becomes `a` (`m` by `k`) times `b` (`k` by `n`).
/// Strides are in bytes, of any sign, zero included for `a` and `b`. `c` overlaps neither.
public typealias MatmulLoop =
  @Sendable (
    _ c: UnsafeMutableRawPointer, _ cRowStride: Int, _ cColumnStride: Int,
    _ a: UnsafeRawPointer, _ aRowStride: Int, _ aColumnStride: Int,
    _ b: UnsafeRawPointer, _ bRowStride: Int, _ bColumnStride: Int,
    _ m: Int, _ n: Int, _ k: Int
  ) -> Void

/// A transfer of rows chosen by int64 indices, for each `i` below `count` and `j` below `width`.
///
/// - gather: `out[i][j] = x[index[i]][j]`
/// - scatter: `out[index[i]][j] = x[i][j]`, in the order of `i`
/// - scatterAdd: `out[index[i]][j] += x[i][j]`, in the order of `i`
///
/// `out[i]` is `i * outStride` bytes from `out`, its elements are `outInnerStride` bytes apart, and
/// the same for `x`. The caller has checked the indices and made them non-negative. `out` and `x`
/// do not overlap.
public typealias IndexLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ outStride: Int, _ outInnerStride: Int,
    _ x: UnsafeRawPointer, _ xStride: Int, _ xInnerStride: Int,
    _ index: UnsafeRawPointer, _ indexStride: Int,
    _ count: Int, _ width: Int
  ) -> Void

/// Every loop of one build of the kernels: what the rest of the engine sees of an instruction set.
///
/// The kernels' sources are compiled once per instruction set, each time into a module of its own;
/// this value is how the chosen one is passed around. The members are documented at `Kernels`.
public struct KernelSet: Sendable {
  /// Functions of one element; nil where there is none for the dtype.
  public let unary: @Sendable (UnaryOperation, DType) -> UnaryLoop?
  /// Functions of two elements of one dtype.
  public let binary: @Sendable (BinaryOperation, DType) -> BinaryLoop?
  /// Conversions from the first dtype to the second.
  public let cast: @Sendable (_ source: DType, _ target: DType) -> UnaryLoop
  /// `condition ? x : y`.
  public let choose: @Sendable (DType) -> TernaryLoop
  /// Folds of rows.
  public let reduce: @Sendable (ReductionOperation, DType) -> ReductionLoop?
  /// Sums of squared deviations from the row's mean.
  public let squaredDeviations: @Sendable (DType) -> ReductionLoop?
  /// Softmax of rows.
  public let softmax: @Sendable (DType) -> RowLoop?
  /// Logarithm of softmax of rows.
  public let logSoftmax: @Sendable (DType) -> RowLoop?
  /// Running sums of rows.
  public let cumsum: @Sendable (DType) -> RowLoop?
  /// Matrix products.
  public let matmul: @Sendable (DType) -> MatmulLoop?
  /// Reads of indexed rows.
  public let gather: @Sendable (DType) -> IndexLoop
  /// Writes of indexed rows.
  public let scatter: @Sendable (DType) -> IndexLoop
  /// Additions to indexed rows.
  public let scatterAdd: @Sendable (DType) -> IndexLoop

  /// Only a build of the kernels makes one.
  public init(
    unary: @escaping @Sendable (UnaryOperation, DType) -> UnaryLoop?,
    binary: @escaping @Sendable (BinaryOperation, DType) -> BinaryLoop?,
    cast: @escaping @Sendable (DType, DType) -> UnaryLoop,
    choose: @escaping @Sendable (DType) -> TernaryLoop,
    reduce: @escaping @Sendable (ReductionOperation, DType) -> ReductionLoop?,
    squaredDeviations: @escaping @Sendable (DType) -> ReductionLoop?,
    softmax: @escaping @Sendable (DType) -> RowLoop?,
    logSoftmax: @escaping @Sendable (DType) -> RowLoop?,
    cumsum: @escaping @Sendable (DType) -> RowLoop?,
    matmul: @escaping @Sendable (DType) -> MatmulLoop?,
    gather: @escaping @Sendable (DType) -> IndexLoop,
    scatter: @escaping @Sendable (DType) -> IndexLoop,
    scatterAdd: @escaping @Sendable (DType) -> IndexLoop
  ) {
    self.unary = unary
    self.binary = binary
    self.cast = cast
    self.choose = choose
    self.reduce = reduce
    self.squaredDeviations = squaredDeviations
    self.softmax = softmax
    self.logSoftmax = logSoftmax
    self.cumsum = cumsum
    self.matmul = matmul
    self.gather = gather
    self.scatter = scatter
    self.scatterAdd = scatterAdd
  }
}
