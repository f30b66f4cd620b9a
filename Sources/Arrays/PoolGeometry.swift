import Elements
import Glibc
import KernelChoice
import Parallel

/// The windows of a pooling along one dimension, as they are asked for.
package struct PoolSide: @unchecked Sendable {
  /// For each window: its first element, the end behind its last one, and how long it counts as.
  private let bounds: Storage
  private let size: Int
  private let step: Int
  private var inside = 0..<0
  private var stride = 1
  private var length = 0
  /// Windows.
  package let count: Int

  /// Windows of `length` elements, `dilation` apart, each `stride` behind the one before, of which
  /// the first begins `padding` before the first element; of such a window only what lies on the
  /// `size` elements is looked at. All numbers are checked.
  ///
  /// - Parameter countsPadding: whether a window is as long as if padding were elements.
  /// - Throws: `TensorError.outOfMemory`, `.sizeOverflow`.
  package init(
    size: Int, count: Int, length: Int, stride: Int, padding: Int, dilation: Int,
    countsPadding: Bool = true
  ) throws {
    (self.size, self.count, self.stride, self.length) = (size, count, stride, length)
    step = dilation
    var (first, last) = (count, 0)
    bounds = try Self.bounds(count) { i in
      var start = i * stride - padding
      // Sums that have no number are larger than any plane.
      let (final, isBeyond) = start.addingReportingOverflow((length - 1) * dilation)
      let end = isBeyond || final >= size ? size : final + 1
      let (next, isFar) = start.addingReportingOverflow(length)
      let padded = (isFar ? size + padding : min(next, size + padding)) - start
      if start >= 0 && !isBeyond && final < size {
        first = min(first, i)
        last = i + 1
      }
      if start < 0 { start += ((-start - 1) / dilation + 1) * dilation }
      // A window whose elements all lie beside the plane is empty.
      start = min(start, size - 1)
      let length = max(end - start, 0)
      return (start, start + length, max(countsPadding ? padded : length, 1))
    }
    if first < last { inside = first..<last }
  }

  /// So many windows, as equal as can be, that together cover `size` elements.
  ///
  /// - Throws: `TensorError.outOfMemory`, `.sizeOverflow`.
  package init(size: Int, adaptive count: Int) throws {
    (self.size, self.count) = (size, count)
    step = 1
    bounds = try Self.bounds(count) { i in
      // floor(i size / count) and ceil((i + 1) size / count), without a product of both.
      let (quotient, rest) = size.quotientAndRemainder(dividingBy: count)
      let start = i * quotient + i * rest / count
      let end = (i + 1) * quotient + ((i + 1) * rest + count - 1) / count
      return (start, end, end - start)
    }
    if count > 0 && size % count == 0 {
      (inside, stride, length) = (0..<count, size / count, size / count)
    }
  }

  private static func bounds(
    _ count: Int, _ bound: (Int) -> (Int, Int, Int)
  ) throws -> Storage {
    if count > 1 << 31 { throw TensorError.sizeOverflow }
    let storage = try Storage(byteCount: max(count, 1) * 24)
    let numbers = storage.pointer.assumingMemoryBound(to: Int.self)
    for i in 0..<count { (numbers[3 * i], numbers[3 * i + 1], numbers[3 * i + 2]) = bound(i) }
    return storage
  }

  /// The windows as kernels see them, as long as this lives.
  fileprivate var axis: PoolAxis {
    PoolAxis(
      size: size, count: count, step: step,
      bounds: UnsafePointer(bounds.pointer.assumingMemoryBound(to: Int.self)), inside: inside,
      stride: stride, length: length)
  }
}

/// The windows of a pooling over the last one, two or three dimensions.
package struct PoolGeometry: Sendable {
  package let sides: [PoolSide]
  /// What sums are divided by; nil for the number of elements.
  package var divisor: Int?

  package init(_ sides: [PoolSide], divisor: Int? = nil) {
    (self.sides, self.divisor) = (sides, divisor)
  }

  /// Sizes of the result's last dimensions.
  package var places: Dims { Dims(sides.map(\.count)) }

  /// Calls `body` with the windows as kernels see them.
  fileprivate func withWindows(_ body: (PoolWindows) -> Void) throws {
    let single = try PoolSide(size: 1, adaptive: 1)
    let all = Array(repeating: single, count: 3 - sides.count) + sides
    var windows = PoolWindows(all[0].axis, all[1].axis, all[2].axis)
    windows.divisor = divisor ?? 0
    withExtendedLifetime(all) { body(windows) }
  }
}

extension NDArray {
  /// The largest elements under windows over the last dimensions, and where they are: the place of
  /// each in its plane, int64.
  ///
  /// - Throws: `TensorError.notImplemented` for bool.
  package func maxPool(
    _ geometry: PoolGeometry, kernel: String, wantsIndices: Bool = true
  ) throws -> [NDArray] {
    guard let loop = Kernels.maxPool(dtype) else {
      throw TensorError.notImplemented(kernel: kernel, dtype)
    }
    let sizes = pooled(geometry)
    let result = try NDArray.empty(sizes, dtype)
    let indices = wantsIndices ? try NDArray.empty(sizes, .int64) : nil
    let x = try contiguous()
    let (out, places, source, size) = (result.base, indices?.base, x.base, dtype.size)
    try forEachPlanes(geometry, result.count) { planes, windows in
      let first = planes.lowerBound
      loop(
        out + first * windows.count * size, places.map { $0 + first * windows.count * 8 },
        source + first * windows.size * size, planes.count, windows)
    }
    withExtendedLifetime(x) {}
    return indices.map { [result, $0] } ?? [result]
  }

  /// The means of the elements under windows over the last dimensions.
  ///
  /// - Throws: `TensorError.notImplemented` for integers but int64.
  package func meanPool(_ geometry: PoolGeometry, kernel: String) throws -> NDArray {
    guard let loop = Kernels.meanPool(dtype) else {
      throw TensorError.notImplemented(kernel: kernel, dtype)
    }
    let result = try NDArray.empty(pooled(geometry), dtype)
    let x = try contiguous()
    let (out, source, size) = (result.base, x.base, dtype.size)
    try forEachPlanes(geometry, result.count) { planes, windows in
      let first = planes.lowerBound
      loop(
        out + first * windows.count * size, source + first * windows.size * size, planes.count,
        windows)
    }
    withExtendedLifetime(x) {}
    return result
  }

  /// The gradient of `meanPool` of an array of these sizes, where this is that of its result.
  package func meanPoolGradient(_ geometry: PoolGeometry, of sizes: Dims) throws -> NDArray {
    guard let loop = Kernels.meanPoolGradient(dtype) else {
      throw TensorError.notImplemented(kernel: "avg_pool_backward", dtype)
    }
    let result = try NDArray.empty(sizes, dtype)
    if count == 0 { result.fill(0) }
    let g = try contiguous()
    let (out, source, size) = (result.base, g.base, dtype.size)
    try result.forEachPlanes(geometry, count) { planes, windows in
      let first = planes.lowerBound
      loop(
        out + first * windows.size * size, source + first * windows.count * size, planes.count,
        windows)
    }
    withExtendedLifetime(g) {}
    return result
  }

  /// Numbers added to the places of planes, of `sizes` behind the leading dimensions, that
  /// `indices`, of this array's sizes, say: the gradient of `maxPool`.
  package func addedToPlaces(_ indices: NDArray, _ sizes: Dims) throws -> NDArray {
    let rank = sizes.count
    let result = try NDArray.empty(Dims(self.sizes.dropLast(rank) + sizes), dtype)
    if count == 0 || result.count == 0 {
      result.fill(0)
      return result
    }
    let places = self.sizes.suffix(rank).reduce(1, *)
    let plane = sizes.reduce(1, *)
    let (g, index) = (try contiguous(), try indices.contiguous())
    let loop = Kernels.scatterAdd(dtype)
    let (out, source, at, size) = (result.base, g.base, index.base, dtype.size)
    Parallel.forEach(count / places, grain: max(1, Self.poolBlock / plane)) { planes in
      for i in planes {
        // Zeros of every dtype are zero bytes.
        memset(out + i * plane * size, 0, plane * size)
        loop(
          out + i * plane * size, size, size, source + i * places * size, size, size,
          at + i * places * 8, 8, places, 1)
      }
    }
    withExtendedLifetime((g, index)) {}
    return result
  }

  /// Zeros, with this array's elements at the places of planes, of `sizes` behind the leading
  /// dimensions, that `indices`, of this array's sizes, say.
  ///
  /// - Throws: `TensorError.runtime` for a place beyond the plane.
  package func putInPlaces(_ indices: NDArray, _ sizes: Dims) throws -> NDArray {
    let rank = sizes.count
    let result = try NDArray.empty(Dims(self.sizes.dropLast(rank) + sizes), dtype)
    result.fill(0)
    if count == 0 { return result }
    let places = self.sizes.suffix(rank).reduce(1, *)
    let plane = sizes.reduce(1, *)
    let (x, index) = (try contiguous(), try indices.contiguous())
    let numbers = index.base.assumingMemoryBound(to: Int64.self)
    for i in 0..<count where numbers[i] < 0 || numbers[i] >= plane {
      throw TensorError.runtime(
        "Found an invalid max index: \(numbers[i]) (output volumes are of size "
          + sizes.map(String.init).joined(separator: "x") + ")")
    }
    let loop = Kernels.scatter(dtype)
    let (out, source, at, size) = (result.base, x.base, index.base, dtype.size)
    for i in 0..<count / places {
      loop(
        out + i * plane * size, size, size, source + i * places * size, size, size,
        at + i * places * 8, 8, places, 1)
    }
    withExtendedLifetime((x, index)) {}
    return result
  }

  private func pooled(_ geometry: PoolGeometry) -> Dims {
    Dims(sizes.dropLast(geometry.sides.count) + geometry.places)
  }

  /// Calls `body` with ranges of this array's planes, where there are windows at all.
  private func forEachPlanes(
    _ geometry: PoolGeometry, _ windows: Int, _ body: (Range<Int>, PoolWindows) -> Void
  ) throws {
    if windows == 0 || count == 0 { return }
    let plane = sizes.suffix(geometry.sides.count).reduce(1, *)
    try geometry.withWindows { windows in
      Parallel.forEach(count / plane, grain: max(1, Self.poolBlock / plane)) { planes in
        body(planes, windows)
      }
    }
  }

  /// Elements of planes that are worth another thread.
  private static var poolBlock: Int { 1 << 14 }
}
