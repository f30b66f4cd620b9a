import Elements
import KernelChoice

/// Which elements of an array a list of indices picks, as NumPy and PyTorch pick them, worked out
/// once for the operation and its derivative.
///
/// Indices broadcast against each other. The dimensions of what they broadcast to stand in the
/// result where the indexed dimensions stood when those are neighbours, else in front.
package struct IndexPlan: Sendable {
  /// One index: for each element of the indices' common shape, a position in dimension `dim`, or,
  /// for a mask, in `span` dimensions from there on, counted in row-major order.
  fileprivate struct Entry: Sendable {
    let dim: Int
    let span: Int
    var positions: NDArray
  }

  /// Sizes of the array that is indexed.
  package let sizes: Dims
  /// Sizes of what is picked.
  package let resultSizes: Dims
  /// What the indices broadcast to.
  fileprivate let shape: Dims
  /// The dimensions without an index.
  fileprivate let kept: Dims
  /// How many of those come before the indices' dimensions in the result.
  fileprivate let lead: Int
  fileprivate var entries: [Entry]
  /// The indices as they were given, with the versions of their storages.
  private var sources: [(index: NDArray, version: Int32)]

  /// A plan for a list of int64, int32, bool and uint8 indices, of which the last two are masks;
  /// nil stands for a whole dimension. Positions are not checked yet: see `resolve`.
  ///
  /// - Throws: `TensorError.index`, `.tooManyIndexTensors`, `.dimOutOfRange`, `.maskShape`,
  ///   `.indexBroadcast`.
  package init(_ sizes: Dims, _ indices: [NDArray?]) throws {
    if indices.isEmpty { throw TensorError.index("at least one index must be provided") }
    // A mask without dimensions indexes none: it only keeps or drops what the others pick.
    let consuming = indices.count { $0?.isMask != true || $0?.rank != 0 }
    if consuming > sizes.count {
      throw TensorError.tooManyIndexTensors(rank: sizes.count, given: indices.count)
    }
    for case let index? in indices where !index.isMask && !index.isPosition {
      throw TensorError.index("tensors used as indices must be long, int, byte or bool tensors")
    }
    var entries: [Entry] = []
    var kept = Dims()
    var lead = 0
    var isAdjacent = true
    var dim = 0
    for index in indices {
      guard let index else {
        if dim < sizes.count { kept.append(dim) }
        dim += 1
        continue
      }
      if entries.isEmpty { lead = kept.count } else if lead != kept.count { isAdjacent = false }
      let span = index.isMask ? index.rank : 1
      for i in 0..<span {
        if dim + i >= sizes.count { throw TensorError.dimOutOfRange(dim + i, rank: sizes.count) }
        if index.isMask && index.sizes[i] != sizes[dim + i] {
          throw TensorError.maskShape(mask: index.sizes, maskDim: i, sizes: sizes, dim: dim + i)
        }
      }
      let positions = try index.isMask ? index.truePositions() : index.cast(to: .int64)
      entries.append(Entry(dim: dim, span: span, positions: positions))
      dim += span
    }
    if dim > sizes.count { throw TensorError.dimOutOfRange(sizes.count, rank: sizes.count) }
    for rest in dim..<sizes.count { kept.append(rest) }
    try self.init(
      sizes, entries, kept, lead: isAdjacent ? lead : 0, indices.compactMap { $0 })
  }

  /// A plan for positions in one dimension that were checked: see `NDArray.positions`.
  package init(_ sizes: Dims, dim: Int, checked positions: NDArray) throws {
    var kept = Dims(sizes.indices)
    kept.remove(at: dim)
    let entry = Entry(dim: dim, span: 1, positions: positions)
    try self.init(sizes, [entry], kept, lead: dim, [])
  }

  private init(
    _ sizes: Dims, _ entries: [Entry], _ kept: Dims, lead: Int, _ sources: [NDArray]
  ) throws {
    var shape = Dims()
    do {
      for entry in entries { shape = try .broadcast(shape, entry.positions.sizes) }
    } catch {
      // A mask counts as one index for each of its dimensions.
      throw TensorError.indexBroadcast(
        entries.flatMap { Array(repeating: $0.positions.sizes, count: $0.span) })
    }
    self.sizes = sizes
    self.kept = kept
    self.lead = lead
    self.shape = shape
    self.entries = entries
    self.sources = sources.map { ($0, $0.storage.version) }
    let keptSizes = kept.map { sizes[$0] }
    resultSizes = Dims(keptSizes[..<lead] + Array(shape) + keptSizes[lead...])
    try resultSizes.checkStorage(.bool)
    let isEmptied = entries.contains { e in (e.dim..<e.dim + e.span).contains { sizes[$0] == 0 } }
    if isEmptied && !shape.contains(0) {
      throw TensorError.index("index is out of bounds for dimension with size 0")
    }
  }

  /// The same for several examples at once, which a new first dimension counts.
  ///
  /// - Throws: `TensorError.storageOverflow`.
  package func following(_ size: Int) throws -> IndexPlan {
    var sizes = Dims([size])
    for size in self.sizes { sizes.append(size) }
    let kept = Dims([0] + self.kept.map { $0 + 1 })
    let entries = entries.map { Entry(dim: $0.dim + 1, span: $0.span, positions: $0.positions) }
    var plan = try IndexPlan(sizes, entries, kept, lead: lead + 1, [])
    plan.sources = sources
    return plan
  }

  /// Checks every position, unless nothing is picked, and counts negative ones from the front.
  ///
  /// - Throws: `TensorError.indexOutOfRange`.
  package mutating func resolve() throws {
    if resultSizes.contains(0) { return }
    var ordinal = 0
    for i in entries.indices {
      let entry = entries[i]
      if entry.span == 1 {
        // PyTorch counts the indices here, not the dimensions.
        entries[i].positions = try entry.positions.positions(
          in: sizes[entry.dim], allowsNegative: true
        ) { .indexOutOfRange($0, dim: ordinal, size: $1) }
      }
      ordinal += entry.span
    }
  }

  /// Checks that no index was changed in place since the plan was made.
  ///
  /// - Throws: `TensorError.modifiedInPlace`.
  package func checkVersions() throws {
    for (index, version) in sources where index.storage.version != version {
      throw TensorError.modifiedInPlace(
        type: index.dtype, sizes: index.sizes, output: nil, version: index.storage.version,
        expected: version)
    }
  }
}

extension IndexPlan {
  /// The elements that are picked.
  ///
  /// - Throws: `TensorError.storageOverflow`, `.outOfMemory`.
  package func read(_ whole: NDArray) throws -> NDArray {
    let part = try NDArray.empty(resultSizes, whole.dtype)
    let loop = Kernels.gather(part.dtype)
    try forEachBlock(whole, part) { whole, part, positions, count, width in
      loop(
        part.pointer, part.outer, part.inner, whole.pointer, whole.outer, whole.inner,
        positions.base, 8, count, width)
    }
    return part
  }

  /// Writes the elements of `part`, whose sizes broadcast to those of the result, to where they
  /// are picked from, or adds them there. Where a place is picked twice the last one wins.
  ///
  /// - Throws: `TensorError.outOfMemory`.
  package func write(_ part: NDArray, into whole: NDArray, adding: Bool) throws {
    try write(part, into: whole, adding ? .adding : .replacing)
  }

  /// The same, for whatever is to become of the elements that are there.
  ///
  /// - Throws: `TensorError.outOfMemory`, `.notImplemented`.
  package func write(_ part: NDArray, into whole: NDArray, _ placing: Placing) throws {
    var part = part.stretched(to: resultSizes)
    if step(of: part) == nil { part = try part.contiguous() }
    let loop = try placing.loop(whole.dtype)
    try forEachBlock(whole, part) { whole, part, positions, count, width in
      loop(
        whole.pointer, whole.outer, whole.inner, part.pointer, part.outer, part.inner,
        positions.base, 8, count, width)
    }
  }

  /// Where a block begins, and the byte strides from one index to the next and along a kept
  /// dimension.
  private typealias Side = (pointer: UnsafeMutableRawPointer, outer: Int, inner: Int)

  /// Calls `body` until every element that is picked was covered: for each of `count` indices, a
  /// row of `width` elements.
  private func forEachBlock(
    _ whole: NDArray, _ part: NDArray,
    _ body: (_ whole: Side, _ part: Side, _ positions: NDArray, _ count: Int, _ width: Int) -> Void
  ) throws {
    guard part.count > 0, let partStep = step(of: part) else { return }
    let (positions, wholeStep) = try flattened(whole)
    let count = positions.count
    let (wholeBase, partBase) = (whole.base, part.base)
    let (wholeStrides, partStrides) = (whole.byteStrides, part.byteStrides)
    let partDims = kept.indices.map { $0 < lead ? $0 : $0 + shape.count }
    StridedLoop(
      Dims(kept.map { sizes[$0] }), Dims(partDims.map { partStrides[$0] }),
      Dims(kept.map { wholeStrides[$0] })
    ).forEachRow { offsets, strides, width in
      let (partRow, wholeRow) = (partBase + offsets[0], wholeBase + offsets[1])
      if count >= 16 && strides[0] > partStep {
        // Neighbours in `part` belong to neighbouring indices: one walk for each of the others.
        for i in 0..<width {
          body(
            (wholeRow + i * strides[1], wholeStep, 0), (partRow + i * strides[0], partStep, 0),
            positions, count, 1)
        }
      } else {
        body(
          (wholeRow, wholeStep, strides[1]), (partRow, partStep, strides[0]), positions, count,
          width)
      }
    }
  }

  /// The byte stride of `part` from one index to the next, or nil when there is no single one.
  private func step(of part: NDArray) -> Int? {
    part.layout.stride(merging: lead, shape.count).map { $0 * part.dtype.size }
  }

  /// One position in `whole` for each index, contiguous, and the bytes that each counts.
  private func flattened(_ whole: NDArray) throws -> (positions: NDArray, step: Int) {
    if entries.count == 1, let entry = entries.first,
      let stride = whole.layout.stride(merging: entry.dim, entry.span)
    {
      return (entry.positions, stride * whole.dtype.size)
    }
    let sum = try NDArray.full(shape, 0, .int64)
    for entry in entries { entry.addOffsets(in: whole, to: sum) }
    return (sum, whole.dtype.size)
  }
}

extension IndexPlan.Entry {
  /// Adds how far each position is from the first element of `whole`, in elements.
  fileprivate func addOffsets(in whole: NDArray, to sum: NDArray) {
    let positions = positions.stretched(to: sum.sizes)
    let (total, index) = (sum.base, positions.base)
    let stride = whole.layout.stride(merging: dim, span)
    let dims = (dim..<dim + span).reversed()
    StridedLoop(sum.sizes, sum.byteStrides, positions.byteStrides).forEachRow {
      offsets, strides, count in
      for i in 0..<count {
        let target = (total + offsets[0] + i * strides[0]).assumingMemoryBound(to: Int.self)
        let position = (index + offsets[1] + i * strides[1]).load(as: Int.self)
        if let stride {
          target.pointee += position * stride
        } else {
          var rest = position
          for dim in dims {
            target.pointee += rest % whole.sizes[dim] * whole.strides[dim]
            rest /= whole.sizes[dim]
          }
        }
      }
    }
  }
}

extension Layout {
  /// The stride of neighbouring dimensions taken as one, or nil when their strides do not allow
  /// it; zero where there is nothing to step over.
  fileprivate func stride(merging first: Int, _ count: Int) -> Int? {
    let dims = (first..<first + count).filter { sizes[$0] != 1 }
    for (outer, inner) in zip(dims, dims.dropFirst())
    where strides[outer] != strides[inner] * sizes[inner] { return nil }
    return dims.last.map { strides[$0] } ?? 0
  }
}
