import Elements

/// Convolutions as products of matrices, for every dtype that has those: the elements under each
/// window become a column, and the weight multiplies all columns at once.
///
/// Columns of one image at a time are in memory. Each is as tall as the weight's filters are long.
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
    let padded = try padded(x)
    let columns = try emptyColumns(x.dtype)
    for n in 0..<images {
      columns.assign(try windows(of: padded, n))
      try Products(
        kernel: kernel, batches: groups, m: filters / groups, k: height, n: placeCount,
        c: stack(result, n), a: weights(w, isTransposed: false),
        b: .init(columns, batches: height * placeCount, rows: placeCount, columns: 1)
      ).run(into: try result.narrow(dim: 0, start: n, length: 1))
    }
  }

  /// Each number of `y` spread over its window.
  func input(_ y: NDArray, _ w: NDArray, into result: NDArray) throws {
    guard let extents = geometry.extents(windows: places, window: window) else {
      throw TensorError.sizeOverflow
    }
    let columns = try emptyColumns(y.dtype)
    let whole = try NDArray.empty(Dims([1, channels] + extents), y.dtype)
    result.fill(0)
    for n in 0..<images {
      try Products(
        kernel: kernel, batches: groups, m: height, k: filters / groups, n: placeCount,
        c: .init(columns, batches: height * placeCount, rows: placeCount, columns: 1),
        a: weights(w, isTransposed: true), b: stack(y, n)
      ).run(into: columns)
      whole.fill(0)
      try addWindows(columns, to: whole)
      let image = try result.narrow(dim: 0, start: n, length: 1)
      if let (inside, source) = try overlap(image, whole) { inside.assign(source) }
    }
  }

  /// The gradient for the weight.
  func weight(_ x: NDArray, _ y: NDArray, into result: NDArray) throws {
    let padded = try padded(x)
    let columns = try emptyColumns(x.dtype)
    let sum = images > 1 ? try NDArray(uninitialized: result.sizes, x.dtype) : result
    for n in 0..<images {
      columns.assign(try windows(of: padded, n))
      let target = n == 0 ? result : sum
      try Products(
        kernel: kernel, batches: groups, m: filters / groups, k: placeCount, n: height,
        c: weights(target, isTransposed: false), a: stack(y, n),
        b: .init(columns, batches: height * placeCount, rows: 1, columns: placeCount)
      ).run(into: target)
      if n > 0 { _ = try result.binary(.add, sum, into: result) }
    }
  }

  /// The columns of one image: (channels, window…, places…).
  private func emptyColumns(_ dtype: DType) throws -> NDArray {
    try .empty(Dims([channels] + window + places), dtype)
  }

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

  /// The elements under the windows on image `n` of `whole`, as a view: (channels, window…,
  /// places…).
  private func windows(of whole: NDArray, _ n: Int) throws -> NDArray {
    var strides = Dims([whole.strides[1]])
    for i in window.indices { strides.append(whole.strides[i + 2] &* geometry.dilation[i]) }
    for i in window.indices { strides.append(whole.strides[i + 2] &* geometry.stride[i]) }
    return whole.with(
      .strided(Dims([channels] + window + places), strides),
      offset: whole.offset + n * whole.strides[0])
  }

  /// Adds columns to the elements under the windows on `whole`, window element by element, as
  /// windows overlap each other.
  private func addWindows(_ columns: NDArray, to whole: NDArray) throws {
    let view = try windows(of: whole, 0)
    let rank = window.count
    var position = Dims(repeating: 0, count: rank)
    for _ in 0..<window.reduce(1, &*) {
      var (target, source) = (view, columns)
      for i in 0..<rank {
        target = try target.select(dim: 1, index: position[i])
        source = try source.select(dim: 1, index: position[i])
      }
      _ = try target.binary(.add, source, into: target)
      for i in (0..<rank).reversed() {
        position[i] += 1
        if position[i] < window[i] { break }
        position[i] = 0
      }
    }
  }

  /// `x` with as many zeros around it as windows need, or itself where they need none.
  private func padded(_ x: NDArray) throws -> NDArray {
    guard let extents = geometry.extents(windows: places, window: window) else {
      throw TensorError.sizeOverflow
    }
    let isInside = extents.indices.allSatisfy {
      geometry.padding[$0] == 0 && extents[$0] <= x.sizes[$0 + 2]
    }
    if isInside { return x }
    let whole = try NDArray.empty(Dims([images, channels] + extents), x.dtype)
    whole.fill(0)
    if let (source, inside) = try overlap(x, whole) { inside.assign(source) }
    return whole
  }

  /// The parts of `x` and `whole`, which has the padding, that are the same elements.
  private func overlap(_ x: NDArray, _ whole: NDArray) throws -> (NDArray, NDArray)? {
    var (part, inside) = (x, whole)
    for i in window.indices {
      let dim = i + 2
      let padding = geometry.padding[i]
      // A negative padding leaves out elements at the front.
      let (from, to) = (max(-padding, 0), max(padding, 0))
      let length = min(x.sizes[dim] - from, whole.sizes[dim] - to)
      if length <= 0 { return nil }
      part = try part.narrow(dim: dim, start: from, length: length)
      inside = try inside.narrow(dim: dim, start: to, length: length)
    }
    return (part, inside)
  }
}

// Windows of images as columns, for `unfold` and `fold`.

extension ConvolutionColumns {
  /// The elements under the windows: (n, channels, window…, places…).
  func unfolded(_ x: NDArray) throws -> NDArray {
    let result = try NDArray.empty(Dims([images, channels] + window + places), x.dtype)
    if result.count == 0 { return result }
    let padded = try padded(x)
    for n in 0..<images {
      try result.select(dim: 0, index: n).assign(windows(of: padded, n))
    }
    return result
  }

  /// The sums of what lies in the columns for each element.
  func folded(_ columns: NDArray) throws -> NDArray {
    let result = try NDArray.empty(x, columns.dtype)
    if result.count == 0 { return result }
    guard let extents = geometry.extents(windows: places, window: window) else {
      throw TensorError.sizeOverflow
    }
    let whole = try NDArray.empty(Dims([1, channels] + extents), columns.dtype)
    result.fill(0)
    for n in 0..<images {
      whole.fill(0)
      try addWindows(columns.select(dim: 0, index: n), to: whole)
      let image = try result.narrow(dim: 0, start: n, length: 1)
      if let (inside, source) = try overlap(image, whole) { inside.assign(source) }
    }
    return result
  }
}

extension DType {
  /// True for the two floats that are computed in float32.
  var isNarrowFloat: Bool { self == .float16 || self == .bfloat16 }
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
