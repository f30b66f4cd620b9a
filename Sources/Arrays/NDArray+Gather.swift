import Elements
import KernelChoice

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
    forEachLine(result.withDimension, whole, positions, dim) { part, whole, index, count in
      loop(part.start, part.step, 0, whole.start, whole.step, 0, index.start, index.step, count, 1)
    }
    return result
  }

  /// A copy of this array, or `out` itself, in which each element of `source` at a position of
  /// `index` takes the place of the element that `gather` would take there, is added to it or
  /// folded into it. Those of one place come in the order of the positions.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.runtime`, `.notImplemented`, `.repeatedMemory`,
  ///   `.overlappingMemory`.
  package func scattered(
    dim: Int, _ index: NDArray, _ source: NDArray, _ placing: Placing, into out: NDArray?
  ) throws -> NDArray {
    let dim = try checkScattered(dim: dim, index, source, into: out)
    let source = try out.map { try source.kept(apartFrom: $0) } ?? source
    if index.count == 0 { return try out ?? copied() }
    let loop = try placing.loop(dtype)
    let list = index.withDimension
    let positions = try list.positions(alongDim: dim, of: withDimension)
    let result = try out ?? copied()
    let term = source.withDimension
    forEachLine(term.with(.strided(list.sizes, term.strides)), result.withDimension, positions, dim)
    { part, whole, index, count in
      loop(whole.start, whole.step, 0, part.start, part.step, 0, index.start, index.step, count, 1)
    }
    return result
  }

  /// Checks the arguments of `scattered`, apart from the positions.
  ///
  /// - Returns: the dimension counted from the front.
  /// - Throws: `TensorError.dimOutOfRange`, `.runtime`, `.repeatedMemory`, `.overlappingMemory`.
  func checkScattered(
    dim: Int, _ index: NDArray, _ source: NDArray, into out: NDArray?
  ) throws -> Int {
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
    return dim
  }

  private func checkScatter(_ dim: Int, _ index: NDArray, _ source: NDArray) throws {
    guard max(rank, 1) == max(index.rank, 1) else {
      throw TensorError.runtime(
        "Index tensor must have the same number of dimensions as self tensor")
    }
    let (target, list) = (withDimension.sizes, index.withDimension.sizes)
    var fits = target.indices.allSatisfy { $0 == dim || list[$0] <= target[$0] }
    if fits {
      for i in target.indices where fits {
        if source.rank > 0 && i >= source.rank {
          throw TensorError.dimOutOfRange(i, rank: source.rank)
        }
        fits = list[i] <= (source.rank == 0 ? 1 : source.sizes[i])
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

/// What an element that is written by an index does to the one that is there.
package enum Placing: Sendable {
  case replacing, adding
  case folding(IndexedFold)

  /// The loop that does it.
  ///
  /// - Throws: `TensorError.notImplemented` where the dtype has no such fold.
  func loop(_ dtype: DType) throws -> IndexLoop {
    switch self {
    case .replacing: return Kernels.scatter(dtype)
    case .adding: return Kernels.scatterAdd(dtype)
    case .folding(let fold):
      if let loop = Kernels.scatterFold(fold, dtype) { return loop }
      throw TensorError.notImplemented(kernel: "scatter_gather_tensor_cpu", dtype)
    }
  }
}

/// Where elements begin, and the bytes from one to the next.
private typealias Line = (start: UnsafeMutableRawPointer, step: Int)

/// Calls `body` for lines of `part`, which has the sizes of `positions`. An element belongs to the
/// one of `whole` that is as many steps from the start there as the index says.
private func forEachLine(
  _ part: NDArray, _ whole: NDArray, _ positions: NDArray, _ dim: Int,
  _ body: (_ part: Line, _ whole: Line, _ index: Line, _ count: Int) -> Void
) {
  let block = 512
  let step = whole.byteStrides[dim]
  var others = whole.byteStrides
  others[dim] = 0
  let (partBase, wholeBase, positionBase) = (part.base, whole.base, positions.base)
  withUnsafeTemporaryAllocation(of: Int.self, capacity: block) { buffer in
    guard let offsets = buffer.baseAddress else { return }
    StridedLoop(part.sizes, part.byteStrides, others, positions.byteStrides).forEachRow {
      starts, strides, count in
      let part = partBase + starts[0]
      let whole = wholeBase + starts[1]
      let index = positionBase + starts[2]
      if strides[1] == 0 {
        // The line runs along `dim`: its indices count from one place.
        return body((part, strides[0]), (whole, step), (index, strides[2]), count)
      }
      for first in stride(from: 0, to: count, by: block) {
        let length = min(block, count - first)
        for i in 0..<length {
          let position = (index + (first &+ i) &* strides[2]).load(as: Int.self)
          offsets[i] = position &* step &+ (first &+ i) &* strides[1]
        }
        body(
          (part + first * strides[0], strides[0]), (whole, 1),
          (UnsafeMutableRawPointer(offsets), 8), length)
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
