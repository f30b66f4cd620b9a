import Elements

/// Numbers in memory: storage, where in it the elements lie, and their type. A value; copies share
/// the storage. Knows nothing of gradients.
package struct NDArray: @unchecked Sendable {
  package var storage: Storage
  @usableFromInline package let layout: Layout
  /// Elements before the first one.
  package let offset: Int
  package let dtype: DType

  /// Describes storage that is known to be large enough.
  package init(storage: Storage, layout: Layout, offset: Int = 0, dtype: DType) {
    self.storage = storage
    self.layout = layout
    self.offset = offset
    self.dtype = dtype
  }

  /// Fresh memory of the given layout, which is dense, not initialised.
  package init(uninitialized layout: Layout, _ dtype: DType) throws {
    let (bytes, overflow) = layout.count.multipliedReportingOverflow(by: dtype.size)
    if overflow { throw TensorError.sizeOverflow }
    self.init(storage: try Storage(byteCount: bytes), layout: layout, dtype: dtype)
  }

  /// Fresh contiguous memory, not initialised.
  package init(uninitialized sizes: Dims, _ dtype: DType) throws {
    try self.init(uninitialized: Layout.contiguous(sizes), dtype)
  }

  @inlinable package var sizes: Dims { layout.sizes }
  @inlinable package var strides: Dims { layout.strides }
  @inlinable package var rank: Int { layout.rank }
  @inlinable package var count: Int { layout.count }
  @inlinable package var isContiguous: Bool { layout.isContiguous }

  /// The address of the first element: the one accessor through which kernels reach data.
  package var base: UnsafeMutableRawPointer { storage.pointer + offset &* dtype.size }

  /// Strides in bytes, as kernels want them. A stride that nobody follows may be of any size.
  package var byteStrides: Dims {
    var strides = layout.strides
    let size = dtype.size
    for i in strides.indices { strides[i] &*= size }
    return strides
  }

  /// The same storage under another layout and offset.
  package func with(_ layout: Layout, offset: Int? = nil) -> NDArray {
    NDArray(storage: storage, layout: layout, offset: offset ?? self.offset, dtype: dtype)
  }

  /// True when both arrays describe the same bytes in the same way.
  package func isSame(as other: NDArray) -> Bool {
    storage.sharesMemory(with: other.storage) && offset == other.offset && dtype == other.dtype
      && (layout === other.layout
        || (layout.sizes == other.layout.sizes && layout.strides == other.layout.strides))
  }
}

extension Dims {
  /// `dim` counted from the front, where negative numbers count from the back.
  ///
  /// A 0-d tensor is treated as having one dimension, as PyTorch does.
  /// - Throws: `TensorError.dimOutOfRange`.
  package static func wrap(_ dim: Int, rank: Int) throws -> Int {
    let bound = Swift.max(rank, 1)
    guard dim >= -bound, dim < bound else {
      throw TensorError.dimOutOfRange(dim, rank: rank)
    }
    return dim < 0 ? dim + bound : dim
  }

  /// Each dim wrapped, none twice.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.dimRepeated`.
  package func wrapped(rank: Int) throws -> Dims {
    var result = Dims()
    for dim in self {
      let wrapped = try Dims.wrap(dim, rank: rank)
      if result.contains(wrapped) { throw TensorError.dimRepeated(wrapped) }
      result.append(wrapped)
    }
    return result
  }
}
