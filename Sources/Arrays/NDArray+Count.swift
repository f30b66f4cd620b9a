import Elements
import KernelChoice

// Counts of values, and places in sorted rows.

extension NDArray {
  /// How often each number from 0 on occurs, or the sums of the weights of where it does.
  ///
  /// - Throws: `TensorError.runtime`, `.notImplemented`, and what `empty` throws.
  package func occurrences(weights: NDArray?, atLeast minlength: Int) throws -> NDArray {
    if minlength < 0 { throw TensorError.runtime("minlength should be >= 0") }
    let refused = TensorError.runtime("bincount only supports 1-d non-negative integral inputs.")
    if rank == 1 && count == 0 {
      return try .full([minlength], 0, .int64)
    }
    guard rank == 1 else { throw refused }
    guard dtype.isInteger else {
      throw TensorError.notImplemented(kernel: "bincount_cpu", dtype)
    }
    if let weights, weights.rank != 1 || weights.count != count {
      throw TensorError.runtime("weights should be 1-d and have the same length as input")
    }
    let numbers = try cast(to: .int64).contiguous()
    let values = numbers.base.assumingMemoryBound(to: Int.self)
    var largest = 0
    for i in 0..<count {
      if values[i] < 0 { throw refused }
      largest = max(largest, values[i])
    }
    if largest == .max { throw TensorError.storageOverflow([largest]) }
    let length = max(largest + 1, minlength)
    guard let weights else {
      let result = try NDArray.empty([length], .int64)
      result.fill(0)
      let counts = result.base.assumingMemoryBound(to: Int.self)
      for i in 0..<count { counts[values[i]] &+= 1 }
      return result
    }
    func sum<T: Element & BinaryFloatingPoint>(_: T.Type) throws -> NDArray {
      let result = try NDArray.empty([length], T.dtype)
      result.fill(0)
      let list = try weights.cast(to: T.dtype).contiguous()
      let (sums, terms) = (
        result.base.assumingMemoryBound(to: T.self), list.base.assumingMemoryBound(to: T.self)
      )
      for i in 0..<count { sums[values[i]] += terms[i] }
      return withExtendedLifetime(list) { result }
    }
    return try weights.dtype == .float32 ? sum(Float.self) : sum(Double.self)
  }

  /// How many elements lie in each of `bins` equal parts of a range, the last of which includes its
  /// end; where both ends are equal the range is that of the elements.
  ///
  /// - Throws: `TensorError.runtime`, `.notImplemented`, and what `empty` throws.
  package func histogram(bins: Int, from low: Double, to high: Double) throws -> NDArray {
    if dtype.isComplex && low == high {
      throw TensorError.type("aminmax not implemented for \(dtype.scalarTypeName)")
    }
    guard dtype.isFloatingPoint else {
      throw TensorError.notImplemented(kernel: "histogram_cpu", dtype)
    }
    if bins <= 0 {
      throw TensorError.runtime(
        "torch.histogram(): bins must be > 0, but got \(bins) for dimension 0")
    }
    let result = try NDArray.empty([bins], dtype)
    result.fill(0)
    let x = try cast(to: .float64).contiguous()
    let values = x.base.assumingMemoryBound(to: Double.self)
    var (first, last) = (low, high)
    if first == last && count > 0 {
      (first, last) = (values[0], values[0])
      for i in 0..<count {
        let value = values[i]
        if value.isNaN || first.isNaN {
          (first, last) = (.nan, .nan)
          break
        }
        first = min(first, value)
        last = max(last, value)
      }
    }
    if !first.isFinite || !last.isFinite {
      throw TensorError.runtime(
        "torch.histc: range of [\(first.histogramText), \(last.histogramText)] is not finite")
    }
    if first > last { throw TensorError.runtime("torch.histc: max must be larger than min") }
    if first == last {
      first -= 1
      last += 1
    }
    var counts = [Int](repeating: 0, count: bins)
    for i in 0..<count {
      let value = values[i]
      guard value >= first && value <= last else { continue }
      let place = Int((value - first) / (last - first) * Double(bins))
      counts[min(place, bins - 1)] += 1
    }
    let wide = try NDArray(uninitialized: [bins], .float64)
    let target = wide.base.assumingMemoryBound(to: Double.self)
    for i in 0..<bins { target[i] = Double(counts[i]) }
    return try wide.cast(to: dtype)
  }

  /// Where these elements belong in the rows of `sorted`; see `Ops.searchsorted`.
  ///
  /// - Throws: `TensorError.runtime`, `.notImplemented`, `.outOfMemory`.
  package func places(
    in sorted: NDArray, sorter: NDArray?, _ a: (outInt32: Bool, right: Bool, side: String?)
  ) throws -> NDArray {
    func refused(_ words: String) -> TensorError { .runtime("torch.searchsorted(): " + words) }
    if let side = a.side {
      guard side == "left" || side == "right" else {
        throw refused("side can only be 'left' or 'right' but got \(side)")
      }
      if side == "left" && a.right {
        throw refused(
          "side and right can't be set to opposites, got side of left while right was True")
      }
    }
    if rank == 0 && sorted.rank != 1 {
      throw refused(
        "input value can be a scalar only when boundaries tensor dimension is 1, but we got "
          + "boundaries tensor dim(\(sorted.rank)) and input value's dim(\(rank)) numel(\(count))")
    }
    if sorted.rank == 0 {
      throw refused("boundaries tensor should have positive dimension, but got 0 dimension")
    }
    if sorted.rank != 1 && (sorted.rank != rank || sorted.sizes.dropLast() != sizes.dropLast()) {
      throw refused(
        "boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor "
          + "and input value tensor must match, but we got boundaries tensor \(sorted.sizes) and "
          + "input value tensor \(sizes)")
    }
    if let sorter {
      guard sorter.sizes == sorted.sizes else {
        throw refused(
          "boundary and sorter must have the same size, but got boundary tensor \(sorted.sizes)"
            + "and got sorter tensor \(sorter.sizes)")
      }
      guard sorter.dtype == .int64 else {
        throw refused(
          "sorter must be a tensor of long dtype but got dtype \(sorter.dtype.scalarTypeName)")
      }
    }
    let order = try sorter?.contiguous()
    if let order {
      let (list, length) = (order.base.assumingMemoryBound(to: Int.self), order.sizes.last ?? 1)
      for i in 0..<order.count where list[i] < 0 || list[i] >= length {
        throw refused("sorter index out of range")
      }
    }
    if a.outInt32 && (sorted.sizes.last ?? 1) >= Int(Int32.max) {
      throw refused(
        "the size of boundaries' last dimension should be less than \(Int32.max), but we got "
          + "\(sorted.sizes.last ?? 1)")
    }
    let dtype = Promotion.of(sorted, self)
    if dtype == .bool || dtype.isComplex {
      throw TensorError.notImplemented(kernel: "searchsorted_out_cpu", dtype)
    }
    let rows = try sorted.cast(to: dtype).contiguous()
    let isRight = a.right || a.side == "right"
    let found = try cast(to: dtype).contiguous()
      .searched(in: rows, sorter: order, isRight: isRight)
    return try a.outInt32 ? found.cast(to: .int32) : found
  }

  /// Whether each element is among those of `others`, or not; nan equals nothing.
  ///
  /// - Throws: `TensorError.unsupported` for bool, `.outOfMemory`.
  package func isAmong(_ others: NDArray, isInverted: Bool) throws -> NDArray {
    for array in [self, others] where array.dtype == .bool || array.dtype.isComplex {
      throw TensorError.unsupported(
        "Unsupported input type encountered for isin(): \(array.dtype.scalarTypeName)")
    }
    let dtype = Promotion.of(self, others)
    let result = try NDArray(uninitialized: sizes, .bool)
    if count == 0 { return result }
    if others.count == 0 {
      result.fill(.bool(isInverted))
      return result
    }
    let x = try cast(to: dtype).contiguous()
    let list = try others.cast(to: dtype).contiguous().viewed(as: [others.count])
    let sorted = try list.ordered(.sort, dim: 0, k: others.count, results: others.count).values
    // nan is at the end, where nothing finds it: comparisons with it are false.
    let places = try x.searched(in: sorted, sorter: nil, isRight: false)
    let index = places.base.assumingMemoryBound(to: Int.self)
    let last = others.count - 1
    for i in 0..<count { index[i] = min(index[i], last) }
    let found = try sorted.gather(dim: 0, places.viewed(as: [count])).viewed(as: sizes)
    return try found.binary(isInverted ? .ne : .eq, x)
  }
}

extension Double {
  /// As PyTorch writes the ends of a range: every nan has a sign.
  fileprivate var histogramText: String { isNaN ? "-nan" : shortText }
}
