import Elements
import KernelChoice

/// Part of an array, as a view sees it: which elements, relative to the whole's first one.
package struct Window: Sendable {
  /// The layout of the whole.
  package let whole: Layout
  /// The layout of the part.
  package let part: Layout
  /// Elements from the first one of the whole to the first one of the part; may be negative.
  package let offset: Int

  package init(whole: Layout, part: Layout, offset: Int) {
    self.whole = whole
    self.part = part
    self.offset = offset
  }

  /// What `part`, a view of `whole`, shows of it.
  package init(_ part: NDArray, of whole: NDArray) {
    self.init(whole: whole.layout, part: part.layout, offset: part.offset &- whole.offset)
  }

  /// The same window on each of several examples, which a new first dimension counts.
  ///
  /// - Parameter stride: from one example to the next; as much as one takes when nil.
  /// - Throws: `TensorError.countOverflow`.
  package func following(_ size: Int, stride: Int? = nil) throws -> Window {
    let end = max(whole.extent, part.count == 0 ? 0 : offset &+ part.extent)
    let stride = stride ?? max(part.count == 0 ? end : lead &+ end, 1)
    if stride.multipliedReportingOverflow(by: size).overflow { throw TensorError.countOverflow }
    func extended(_ layout: Layout) -> Layout {
      var (sizes, strides) = (Dims([size]), Dims([stride]))
      for i in layout.sizes.indices {
        sizes.append(layout.sizes[i])
        strides.append(layout.strides[i])
      }
      return .strided(sizes, strides)
    }
    return Window(whole: extended(whole), part: extended(part), offset: offset)
  }

  /// Elements of memory before the whole's first one that the part reaches.
  private var lead: Int { max(0, -offset) }

  /// Memory that holds whole and part, filled with zeros, seen as each of them.
  private func memory(_ dtype: DType) throws -> (whole: NDArray, part: NDArray) {
    if part.count == 0 {
      // Its offset, which nobody follows, may be of any size.
      let zeros = try NDArray.full([whole.extent], 0, dtype)
      return (zeros.with(whole), zeros.with(part))
    }
    let end = max(whole.extent, offset + part.extent)
    let zeros = try NDArray.full([lead + end], 0, dtype)
    return (
      zeros.with(whole, offset: lead), zeros.with(part, offset: lead + offset)
    )
  }

  /// The elements of the part, given those of the whole.
  package func read(_ whole: NDArray) throws -> NDArray {
    let memory = try memory(whole.dtype)
    try memory.whole.addShares(of: whole)
    return try memory.part.copied()
  }

  /// Zeros of the whole's sizes, to which the given elements of the part are added. Where elements
  /// of the whole share memory, each gets its share.
  package func scatter(_ part: NDArray) throws -> NDArray {
    let memory = try memory(part.dtype)
    try memory.part.accumulate(part)
    return try memory.whole.dividedByRepeats()
  }

  /// A copy of the whole, in its own layout, in which the elements of the part are given ones.
  package func place(_ part: NDArray, in whole: NDArray) throws -> NDArray {
    let memory = try memory(whole.dtype)
    memory.whole.assign(whole)
    memory.part.assign(part)
    return memory.whole
  }

  /// A copy of the whole in which the elements of the part are zero.
  package func clear(_ whole: NDArray) throws -> NDArray {
    let memory = try memory(whole.dtype)
    memory.whole.assign(whole)
    memory.part.fill(0)
    return try memory.whole.copied()
  }
}

extension NDArray {
  /// Adds each element of `source`, also where elements of this array share memory.
  fileprivate func accumulate(_ source: NDArray) throws {
    if layout.isNonOverlappingAndDense || !layout.mayOverlap { return assign(source) }
    let positions = try NDArray(uninitialized: [count], .int64)
    let index = positions.base.assumingMemoryBound(to: Int64.self)
    for i in 0..<count { index[i] = Int64(elementOffset(i)) }
    let values = try source.contiguous()
    Kernels.scatterAdd(dtype)(
      base, dtype.size, dtype.size, values.base, dtype.size, dtype.size, positions.base, 8, count, 1
    )
  }

  /// As `accumulate`, each element divided by the number of elements that share its place.
  fileprivate func addShares(of source: NDArray) throws {
    if !layout.mayOverlap { return assign(source) }
    try accumulate(source.binary(.div, repeats()))
  }

  /// A copy, each element divided by the number of elements that share its place.
  fileprivate func dividedByRepeats() throws -> NDArray {
    layout.mayOverlap ? try binary(.div, repeats()) : try copied()
  }

  /// For each element, how many elements lie in the same place.
  private func repeats() throws -> NDArray {
    let counts = try NDArray.full([layout.extent], 0, dtype).with(layout, offset: 0)
    try counts.accumulate(NDArray.full(sizes, 1, dtype))
    return try counts.copied()
  }
}

extension Layout {
  /// False when it is certain that no two elements share memory: every dimension steps over all
  /// that the inner ones reach.
  package var mayOverlap: Bool {
    if count <= 1 || isContiguous { return false }
    let order = sizes.indices.filter { sizes[$0] != 1 }.sorted { strides[$0] < strides[$1] }
    var reach = 0
    for i in order {
      if strides[i] <= reach { return true }
      reach += (sizes[i] - 1) * strides[i]
    }
    return false
  }
}
