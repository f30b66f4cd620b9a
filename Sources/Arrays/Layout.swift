/// Where the elements of an array lie in its storage: sizes and strides.
///
/// Immutable and shared: the result of an elementwise operation has its operand's layout, and a
/// saved value keeps a reference instead of a copy.
public final class Layout: Sendable {
  /// Elements along each dimension.
  public let sizes: Dims
  /// Distance between neighbours along each dimension, in elements.
  public let strides: Dims
  /// Number of elements.
  public let count: Int
  /// True when the elements follow each other in row-major order without a gap.
  public let isContiguous: Bool

  /// The caller has checked that the product of `sizes` is `count`.
  private init(sizes: Dims, strides: Dims, count: Int, isContiguous: Bool) {
    self.sizes = sizes
    self.strides = strides
    self.count = count
    self.isContiguous = isContiguous
  }

  /// The layout of a number.
  public static let scalar = Layout(sizes: [], strides: [], count: 1, isContiguous: true)

  /// Row-major, without gaps.
  ///
  /// - Throws: `TensorError.negativeSize`, `.sizeOverflow`.
  public static func contiguous(_ sizes: Dims) throws -> Layout {
    if sizes.isEmpty { return scalar }
    if let negative = sizes.first(where: { $0 < 0 }) {
      throw TensorError.negativeSize(negative, sizes: sizes)
    }
    guard let count = sizes.checkedProduct else { throw TensorError.sizeOverflow }
    return Layout(
      sizes: sizes, strides: sizes.contiguousStrides, count: count, isContiguous: true)
  }

  /// Any strides over sizes whose product has been checked before.
  package static func strided(_ sizes: Dims, _ strides: Dims) -> Layout {
    let count = sizes.reduce(1, &*)
    return Layout(
      sizes: sizes, strides: strides, count: count,
      isContiguous: isContiguous(sizes, strides, count))
  }

  private static func isContiguous(_ sizes: Dims, _ strides: Dims, _ count: Int) -> Bool {
    if count == 0 { return true }
    var expected = 1
    for i in sizes.indices.reversed() where sizes[i] != 1 {
      if strides[i] != expected { return false }
      expected *= sizes[i]
    }
    return true
  }

  /// Number of dimensions.
  @inlinable public var rank: Int { sizes.count }

  /// Elements from the first in memory to the last, counting both; zero when there are none.
  package var extent: Int {
    if count == 0 { return 0 }
    return zip(sizes, strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }
  }

  /// True when every place between the first and the last element is taken exactly once, in
  /// whatever order of dimensions.
  package var isNonOverlappingAndDense: Bool {
    if isContiguous { return true }
    let order = sizes.indices.filter { sizes[$0] != 1 }.sorted { strides[$0] < strides[$1] }
    var expected = 1
    for i in order {
      if strides[i] != expected { return false }
      expected *= sizes[i]
    }
    return true
  }

  /// True when a dimension longer than one has stride zero, so that elements share memory.
  package var repeatsElements: Bool {
    count > 0 && sizes.indices.contains { sizes[$0] > 1 && strides[$0] == 0 }
  }
}

extension Layout {
  /// The layout that a copy gets: dense, with dimensions in the order in memory where the
  /// original is dense and does not overlap, row-major otherwise.
  package var preservingOrder: Layout {
    isNonOverlappingAndDense ? self : Layout.strided(sizes, sizes.contiguousStrides)
  }
}
