import Elements

/// Convolutions as products of matrices, for every dtype that has those: the elements under each
/// window become a column, and the weight multiplies all columns at once.
///
/// Columns of a few images at a time are in memory: (images, channels, window…, places…).
struct ConvolutionColumns {
  private let geometry: ConvolutionGeometry
  private let x: Dims
  private let w: Dims
  private let y: Dims

  /// Sizes of the operands, of which none is empty but perhaps the weight.
  init(_ geometry: ConvolutionGeometry, _ x: Dims, _ w: Dims, _ y: Dims) {
    (self.geometry, self.x, self.w, self.y) = (geometry, x, w, y)
  }

  private var images: Int { x[0] }
  private var channels: Int { x[1] }
  private var filters: Int { y[1] }
  private var groups: Int { geometry.groups }
  private var places: Dims { Dims(y.dropFirst(2)) }
  private var window: Dims { Dims(w.dropFirst(2)) }
  private var placeCount: Int { places.reduce(1, &*) }
  /// Rows of the columns of one group.
  private var height: Int { w.dropFirst().reduce(1, &*) }
  private var kernel: StaticString { x.count == 5 ? "slow_conv3d_cpu" : "slow_conv2d_cpu" }

  /// The convolution of `x` with `w`.
  func output(_ x: NDArray, _ w: NDArray, into result: NDArray) throws {
    try forEachBlock(x.dtype) { block, columns in
      try take(x.narrow(dim: 0, start: block.lowerBound, length: block.count), into: columns)
      for n in block {
        try Products(
          kernel: kernel, batches: groups, m: filters / groups, k: height, n: placeCount,
          c: stack(result, n), a: weights(w, isTransposed: false),
          b: matrices(columns, n - block.lowerBound, isTransposed: false)
        ).run(into: try result.narrow(dim: 0, start: n, length: 1))
      }
    }
  }

  /// Each number of `y` spread over its window.
  func input(_ y: NDArray, _ w: NDArray, into result: NDArray) throws {
    result.fill(0)
    try forEachBlock(y.dtype) { block, columns in
      for n in block {
        let i = n - block.lowerBound
        try Products(
          kernel: kernel, batches: groups, m: height, k: filters / groups, n: placeCount,
          c: matrices(columns, i, isTransposed: false), a: weights(w, isTransposed: true),
          b: stack(y, n)
        ).run(into: try columns.narrow(dim: 0, start: i, length: 1))
      }
      try add(columns, to: result.narrow(dim: 0, start: block.lowerBound, length: block.count))
    }
  }

  /// The gradient for the weight.
  func weight(_ x: NDArray, _ y: NDArray, into result: NDArray) throws {
    let sum = images > 1 ? try NDArray(uninitialized: result.sizes, x.dtype) : result
    try forEachBlock(x.dtype) { block, columns in
      try take(x.narrow(dim: 0, start: block.lowerBound, length: block.count), into: columns)
      for n in block {
        let target = n == 0 ? result : sum
        try Products(
          kernel: kernel, batches: groups, m: filters / groups, k: placeCount, n: height,
          c: weights(target, isTransposed: false), a: stack(y, n),
          b: matrices(columns, n - block.lowerBound, isTransposed: true)
        ).run(into: target)
        if n > 0 { _ = try result.binary(.add, sum, into: result) }
      }
    }
  }

  /// Calls `body` with some images at a time, and memory for their columns.
  private func forEachBlock(
    _ dtype: DType, _ body: (Range<Int>, _ columns: NDArray) throws -> Void
  ) throws {
    let one = try NDArray.empty(Dims([1, channels] + window + places), dtype)
    let block = min(images, max(1, Self.blockBytes / max(one.count * dtype.size, 1)))
    let memory =
      block == 1 ? one : try NDArray.empty(Dims([block, channels] + window + places), dtype)
    for start in Swift.stride(from: 0, to: images, by: block) {
      let count = min(block, images - start)
      try body(start..<start + count, memory.narrow(dim: 0, start: 0, length: count))
    }
  }

  /// Bytes of columns that the cache holds.
  private static let blockBytes = 1 << 20

  /// The filters of each group as a matrix.
  private func weights(_ w: NDArray, isTransposed: Bool) -> Products.Stack {
    .init(
      w, batches: filters / groups * height, rows: isTransposed ? 1 : height,
      columns: isTransposed ? height : 1)
  }

  /// The filters' results for image `n`, as a matrix for each group.
  private func stack(_ y: NDArray, _ n: Int) -> Products.Stack {
    let image = y.with(y.layout, offset: y.offset + n * filters * placeCount)
    return .init(image, batches: filters / groups * placeCount, rows: placeCount, columns: 1)
  }

  /// The columns of image `n`, as a matrix for each group.
  private func matrices(_ columns: NDArray, _ n: Int, isTransposed: Bool) -> Products.Stack {
    let image = columns.with(
      columns.layout, offset: columns.offset + n * groups * height * placeCount)
    return .init(
      image, batches: height * placeCount, rows: isTransposed ? 1 : placeCount,
      columns: isTransposed ? placeCount : 1)
  }

  /// The elements under the windows on images, and zeros where a window reaches beyond them.
  private func take(_ images: NDArray, into columns: NDArray) throws {
    if geometry.padding.contains(where: { $0 != 0 }) || !isInside { columns.fill(0) }
    try forEachElement(columns, images) { column, image in column.assign(image) }
  }

  /// Adds columns to the elements under the windows on images. Windows overlap each other, but not
  /// in one and the same of their elements.
  private func add(_ columns: NDArray, to images: NDArray) throws {
    try forEachElement(columns, images) { column, image in
      _ = try image.binary(.add, column, into: image)
    }
  }

  /// True where no window reaches beyond the end.
  private var isInside: Bool {
    places.indices.allSatisfy { i in
      Int128(places[i] - 1) * Int128(geometry.stride[i])
        + Int128(window[i] - 1) * Int128(geometry.dilation[i]) < Int128(x[i + 2])
    }
  }

  /// Calls `body` for each element of the window with the columns' numbers for it, and those of the
  /// images, for all places where that element lies on the images.
  private func forEachElement(
    _ columns: NDArray, _ images: NDArray, _ body: (NDArray, NDArray) throws -> Void
  ) throws {
    let rank = window.count
    var position = Dims(repeating: 0, count: rank)
    for _ in 0..<window.reduce(1, &*) {
      if let (column, image) = parts(columns, images, position) { try body(column, image) }
      for i in (0..<rank).reversed() {
        position[i] += 1
        if position[i] < window[i] { break }
        position[i] = 0
      }
    }
  }

  /// The numbers of both for one element of the window; nil where it lies beside the images
  /// everywhere.
  private func parts(
    _ columns: NDArray, _ images: NDArray, _ position: Dims
  ) -> (column: NDArray, image: NDArray)? {
    let rank = window.count
    var sizes = Dims([columns.sizes[0], channels])
    var columnStrides = Dims([columns.strides[0], columns.strides[1]])
    var imageStrides = Dims([images.strides[0], images.strides[1]])
    var (columnOffset, imageOffset) = (columns.offset, images.offset)
    for i in 0..<rank {
      // The place o has this element at o * step + shift.
      let step = Int128(geometry.stride[i])
      let shift =
        Int128(position[i]) * Int128(geometry.dilation[i]) - Int128(geometry.padding[i])
      let first = shift >= 0 ? 0 : (-shift + step - 1) / step
      let room = Int128(x[i + 2]) - 1 - shift
      let end = room < 0 ? 0 : min(room / step + 1, Int128(places[i]))
      guard first < end, let start = Int(exactly: first), let count = Int(exactly: end - first),
        let at = Int(exactly: first * step + shift)
      else { return nil }
      sizes.append(count)
      columnStrides.append(columns.strides[2 + rank + i])
      // A stride that nobody follows may be of any size.
      imageStrides.append(images.strides[2 + i] &* geometry.stride[i])
      columnOffset += position[i] * columns.strides[2 + i] + start * columns.strides[2 + rank + i]
      imageOffset += at * images.strides[2 + i]
    }
    return (
      columns.with(.strided(sizes, columnStrides), offset: columnOffset),
      images.with(.strided(sizes, imageStrides), offset: imageOffset)
    )
  }
}

// Windows of images as columns, for `unfold` and `fold`.

extension ConvolutionColumns {
  /// The elements under the windows: (n, channels, window…, places…).
  fileprivate func unfolded(_ x: NDArray) throws -> NDArray {
    let result = try NDArray.empty(Dims([images, channels] + window + places), x.dtype)
    if result.count > 0 { try take(x, into: result) }
    return result
  }

  /// The sums of what lies in the columns for each element.
  fileprivate func folded(_ columns: NDArray) throws -> NDArray {
    let result = try NDArray.empty(x, columns.dtype)
    result.fill(0)
    if result.count > 0 { try add(columns, to: result) }
    return result
  }
}

extension NDArray {
  /// The elements of images under windows: (n, channels, window…, places…).
  package func unfolded(
    _ geometry: ConvolutionGeometry, window: Dims, places: Dims
  ) throws -> NDArray {
    try ConvolutionColumns(
      geometry, sizes, Dims([0, 0] + window), Dims([0, 0] + places)
    ).unfolded(self)
  }

  /// The sums of what lies in these columns for each element of images of these sizes.
  package func folded(
    _ geometry: ConvolutionGeometry, window: Dims, places: Dims, into images: Dims
  ) throws -> NDArray {
    try ConvolutionColumns(
      geometry, images, Dims([0, 0] + window), Dims([0, 0] + places)
    ).folded(self)
  }
}

extension DType {
  /// True for the two floats that are computed in float32.
  var isNarrowFloat: Bool { self == .float16 || self == .bfloat16 }
}
