/// One function of rows: for each `i` below `outer`, the `inner` elements that start at
/// `out + i * outOuterStride` become a function of those at `x + i * xOuterStride`; strides are in
/// bytes. `out` may be `x` where the strides agree.
public typealias RowLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ outOuterStride: Int, _ outInnerStride: Int,
    _ x: UnsafeRawPointer, _ xOuterStride: Int, _ xInnerStride: Int,
    _ outer: Int, _ inner: Int
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

/// Pairs of uniform numbers from [0, 1), `distances` and `turns`, become `count` pairs of normal
/// ones. No two of the arrays overlap.
public typealias NormalLoop =
  @Sendable (
    _ sines: UnsafeMutablePointer<Float>, _ cosines: UnsafeMutablePointer<Float>,
    _ distances: UnsafePointer<Float>, _ turns: UnsafePointer<Float>, _ count: Int,
    _ mean: Float, _ deviation: Float
  ) -> Void

/// A row of dense elements, `out[i] = start + step * (first + i * direction)`.
public typealias RampLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ start: Double, _ step: Double,
    _ first: Int, _ direction: Int, _ count: Int
  ) -> Void

/// A copy of rows: `out[i][j] = x[i][j]` for each `i` below `rows` and `j` below `columns`. Strides
/// are in bytes, of any sign, zero included for `x`. `out` and `x` do not overlap.
public typealias CopyLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ outRowStride: Int, _ outStride: Int,
    _ x: UnsafeRawPointer, _ xRowStride: Int, _ xStride: Int,
    _ rows: Int, _ columns: Int
  ) -> Void

/// A function of pairs of rows: as `RowLoop`, with a second argument `y`.
public typealias PairLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ outOuterStride: Int, _ outInnerStride: Int,
    _ x: UnsafeRawPointer, _ xOuterStride: Int, _ xInnerStride: Int,
    _ y: UnsafeRawPointer, _ yOuterStride: Int, _ yInnerStride: Int,
    _ outer: Int, _ inner: Int
  ) -> Void

/// The normalisation of `rows` dense rows of `count` elements, one after the other:
/// `out = (x - mean(x)) / sqrt(var(x) + epsilon) * weight + bias`, with the variance of the whole,
/// not of a sample. Weight and bias are one row each of the computing type, or nil. Where it is not
/// `isCentered` the mean is taken for zero.
public typealias NormLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ weight: UnsafeRawPointer?,
    _ bias: UnsafeRawPointer?, _ rows: Int, _ count: Int, _ epsilon: Double, _ isCentered: Bool
  ) -> Void

/// The gradient of a normalisation, where `g` is that of its result: for `x` in `out`, and added up
/// over the rows for weight and bias, in the computing type. What is nil is left out; a weight that
/// is nil is one.
public typealias NormGradientLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer?, _ weightSums: UnsafeMutableRawPointer?,
    _ biasSums: UnsafeMutableRawPointer?, _ g: UnsafeRawPointer, _ x: UnsafeRawPointer,
    _ weight: UnsafeRawPointer?, _ rows: Int, _ count: Int, _ epsilon: Double, _ isCentered: Bool
  ) -> Void

/// A matrix with few elements that are not zero: row `i` has those from `starts[i]` up to
/// `starts[i + 1]`, each with its column and value.
public struct SparseRows {
  /// Where each row begins, and the last one ends.
  public let starts: UnsafePointer<Int>
  /// The column of each element.
  public let columns: UnsafePointer<Int>
  /// The elements.
  public let values: UnsafePointer<Double>

  /// A matrix in memory that outlives it.
  public init(
    starts: UnsafePointer<Int>, columns: UnsafePointer<Int>, values: UnsafePointer<Double>
  ) {
    self.starts = starts
    self.columns = columns
    self.values = values
  }
}

/// The product of a sparse matrix of `rows` rows and each of `outer` dense matrices, one after the
/// other, of `length` rows of `inner` elements. `out` and `x` do not overlap.
public typealias ResampleLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ matrix: SparseRows,
    _ outer: Int, _ rows: Int, _ length: Int, _ inner: Int
  ) -> Void

/// How the pixels of dense images are looked up at coordinates between -1 and 1.
public struct GridLookup: Sendable {
  /// From which pixels a value is made.
  public enum Interpolation: Sendable { case linear, nearest, cubic }
  /// What lies outside of an image.
  public enum Padding: Sendable { case zeros, border, reflection }

  /// From which pixels a value is made.
  public var interpolation: Interpolation
  /// What lies outside.
  public var padding: Padding
  /// Whether -1 and 1 are the centres of the outermost pixels, or their outer edges.
  public var alignsCorners: Bool
  /// The sizes of an image, the last dimension first; 1 where there is no third.
  public var sizes: (Int, Int, Int)
  /// How many coordinates a point has: 2 or 3. The first is for the last dimension.
  public var axes: Int
  /// How often the weights are differentiated in each coordinate.
  public var orders: (Int, Int, Int)
  /// How many channels an image has.
  public var channels: Int
  /// How many points there are for each image.
  public var points: Int

  /// A way to look pixels up.
  public init(
    _ interpolation: Interpolation, _ padding: Padding, alignsCorners: Bool,
    sizes: (Int, Int, Int), axes: Int, orders: (Int, Int, Int), channels: Int, points: Int
  ) {
    self.interpolation = interpolation
    self.padding = padding
    self.alignsCorners = alignsCorners
    self.sizes = sizes
    self.axes = axes
    self.orders = orders
    self.channels = channels
    self.points = points
  }
}

/// Looks up images, or spreads numbers over them: for each image and point,
///
/// - sample: `out[c][point] = sum over pixels of weight * x[c][pixel]`
/// - spread: `out[c][pixel] += weight * x[c][point]`
///
/// for the channels of a range, where `out` and `x` begin with channel 0 of the first of `images`
/// images. The grid is dense, `axes` coordinates for each point of each image.
public typealias GridLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ grid: UnsafeRawPointer,
    _ lookup: GridLookup, _ images: Int, _ channels: Range<Int>
  ) -> Void
