import Elements
import Kernels

extension NDArray {
  /// For each position of `index`, the element of this array whose coordinate in dimension `dim`
  /// is what stands there; the other coordinates are those of the position.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.runtime`.
  package func gather(dim: Int, _ index: NDArray) throws -> NDArray {
    let dim = try Dims.wrap(dim, rank: rank)
    let result = try NDArray.empty(index.sizes, dtype)
    if index.count == 0 { return result }
    guard index.isPosition else {
      throw TensorError.runtime("gather(): Expected dtype int32/int64 for index")
    }
    guard max(rank, 1) == max(index.rank, 1) else {
      throw TensorError.runtime(
        "Index tensor must have the same number of dimensions as input tensor")
    }
    let whole = withDimension
    let list = index.withDimension
    for i in whole.sizes.indices where i != dim && list.sizes[i] > whole.sizes[i] {
      throw TensorError.runtime(
        "Size does not match at dimension \(i) expected index \(index.sizes) to be no larger than "
          + "self \(sizes) apart from dimension \(dim)")
    }
    let positions = try list.positions(alongDim: dim, of: whole)
    let loop = Kernels.gather(dtype)
    forEachLine(result.withDimension, whole, positions, dim) {
      part, partStride, whole, offsets, count in
      loop(part, partStride, 0, whole, 1, 0, offsets, 8, count, 1)
    }
    return result
  }

  /// A copy of this array, or `out` itself, in which each element of `source` at a position of
  /// `index` is added to the element that `gather` would take there.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.runtime`, `.repeatedMemory`, `.overlappingMemory`.
  package func scatterAdd(
    dim: Int, _ index: NDArray, _ source: NDArray, into out: NDArray?
  ) throws -> NDArray {
    let dim = try Dims.wrap(dim, rank: rank)
    guard index.isPosition || index.count == 0 else {
      throw TensorError.runtime("scatter(): Expected dtype int32/int64 for index")
    }
    guard dtype == source.dtype else {
      throw TensorError.runtime("scatter(): Expected self.dtype to be equal to src.dtype")
    }
    if index.count > 0 { try checkScatter(dim, index, source) }
    if let out {
      try out.checkWritable(sizes, dtype)
      _ = try index.kept(apartFrom: out)
    }
    let source = try out.map { try source.kept(apartFrom: $0) } ?? source
    if index.count == 0 { return try out ?? copied() }
    let list = index.withDimension
    let positions = try list.positions(alongDim: dim, of: withDimension)
    let result = try out ?? copied()
    let term = source.withDimension
    let loop = Kernels.scatterAdd(dtype)
    forEachLine(term.with(.strided(list.sizes, term.strides)), result.withDimension, positions, dim)
    { part, partStride, whole, offsets, count in
      loop(whole, 1, 0, part, partStride, 0, offsets, 8, count, 1)
    }
    return result
  }

  private func checkScatter(_ dim: Int, _ index: NDArray, _ source: NDArray) throws {
    guard max(rank, 1) == max(index.rank, 1) else {
      throw TensorError.runtime(
        "Index tensor must have the same number of dimensions as self tensor")
    }
    let (target, list) = (withDimension.sizes, index.withDimension.sizes)
    var fits = target.indices.allSatisfy { $0 == dim || list[$0] <= target[$0] }
    if fits {
      let given = source.withDimension.sizes
      for i in target.indices where fits {
        if i >= given.count { throw TensorError.dimOutOfRange(i, rank: source.rank) }
        fits = list[i] <= given[i]
      }
    }
    guard max(source.rank, 1) == max(index.rank, 1) else {
      throw TensorError.runtime(
        "Index tensor must have the same number of dimensions as src tensor")
    }
    if !fits {
      throw TensorError.runtime(
        "Expected index \(index.sizes) to be no larger than self \(sizes) apart from dimension "
          + "\(dim) and to be no larger size than src \(source.sizes)")
    }
  }

  /// These positions in a dimension of `whole`, checked.
  private func positions(alongDim dim: Int, of whole: NDArray) throws -> NDArray {
    try positions(in: whole.sizes[dim]) {
      .runtime("index \($0) is out of bounds for dimension \(dim) with size \($1)")
    }
  }

  /// This array; a number as an array of one dimension.
  private var withDimension: NDArray { rank == 0 ? with(.strided([1], [1])) : self }
}

/// Calls `body` for lines of `part`, which has the sizes of `positions`: where the line begins, its
/// byte stride, where its first element's coordinates apart from `dim` lie in `whole`, and, for each
/// element, the bytes from there to the element that its position names.
private func forEachLine(
  _ part: NDArray, _ whole: NDArray, _ positions: NDArray, _ dim: Int,
  _ body: (
    _ part: UnsafeMutableRawPointer, _ partStride: Int, _ whole: UnsafeMutableRawPointer,
    _ offsets: UnsafeMutablePointer<Int>, _ count: Int
  ) -> Void
) {
  let block = 512
  let step = whole.byteStrides[dim]
  var others = whole.byteStrides
  others[dim] = 0
  let (partBase, wholeBase, index) = (part.base, whole.base, positions.base)
  withUnsafeTemporaryAllocation(of: Int.self, capacity: block) { buffer in
    guard let offsets = buffer.baseAddress else { return }
    StridedLoop(part.sizes, part.byteStrides, others, positions.byteStrides).forEachRow {
      starts, strides, count in
      for first in stride(from: 0, to: count, by: block) {
        let length = min(block, count - first)
        let position = index + starts[2] + first * strides[2]
        for i in 0..<length {
          offsets[i] = (position + i * strides[2]).load(as: Int.self) * step + i * strides[1]
        }
        body(
          partBase + starts[0] + first * strides[0], strides[0],
          wholeBase + starts[1] + first * strides[1], offsets, length)
      }
    }
  }
}

extension NDArray {
  /// For each class number, a row of zeros with a one in that place.
  ///
  /// - Parameter classes: how many places, or -1 for one more than the largest number.
  /// - Throws: `TensorError.runtime`, and what `empty` throws.
  package func oneHot(classes: Int) throws -> NDArray {
    guard dtype == .int64 else {
      throw TensorError.runtime("one_hot is only applicable to index tensor of type LongTensor.")
    }
    if count == 0 && classes <= 0 {
      throw TensorError.runtime("Can not infer total number of classes from empty tensor.")
    }
    let numbers = try contiguous()
    let values = numbers.base.assumingMemoryBound(to: Int.self)
    var (smallest, largest) = (0, -1)
    for i in 0..<count {
      smallest = min(smallest, values[i])
      largest = max(largest, values[i])
    }
    if smallest < 0 { throw TensorError.runtime("Class values must be non-negative.") }
    if largest == .max {
      throw TensorError.runtime("zeros: Dimension size must be non-negative.")
    }
    let classes = classes == -1 ? largest + 1 : classes
    if largest >= classes {
      throw TensorError.runtime("Class values must be smaller than num_classes.")
    }
    let result = try NDArray.empty(Dims(Array(sizes) + [classes]), .int64)
    result.fill(0)
    let ones = result.base.assumingMemoryBound(to: Int.self)
    for i in 0..<count { ones[i * classes + values[i]] = 1 }
    return result
  }
}
