import Elements

extension NDArray {
  /// Has `fill` write all elements, in the order in which they lie in memory.
  ///
  /// `fill` gets dense memory for `count` elements, and whether these are this array's own and
  /// row-major, which some distributions are drawn by. What is not dense is filled as PyTorch does:
  /// the dimension with the least stride runs fastest.
  ///
  /// - Throws: `TensorError.repeatedMemory`.
  package func draw(
    _ fill: (_ memory: UnsafeMutableRawPointer, _ isContiguous: Bool) throws -> Void
  ) throws {
    if layout.repeatsElements { throw TensorError.repeatedMemory }
    if count == 0 { return }
    if layout.isNonOverlappingAndDense { return try fill(base, isContiguous) }
    let target = try inOrderOfMemory()
    let numbers = try NDArray(uninitialized: target.sizes, dtype)
    try fill(numbers.base, false)
    target.assign(numbers)
  }

  /// The same where each element depends on one of another array, which is stretched to these
  /// sizes, in its own dtype.
  package func draw(
    with other: NDArray,
    _ fill: (_ memory: UnsafeMutableRawPointer, _ other: UnsafeRawPointer) throws -> Void
  ) throws {
    if layout.repeatsElements { throw TensorError.repeatedMemory }
    if count == 0 { return }
    let order = orderOfMemory
    let target = try permuted(order)
    let source = try other.stretched(to: sizes).permuted(order).contiguous()
    if target.isContiguous {
      try fill(target.base, source.base)
    } else {
      let numbers = try NDArray(uninitialized: target.sizes, dtype)
      try fill(numbers.base, source.base)
      target.assign(numbers)
    }
    withExtendedLifetime(source) {}
  }

  /// The dimensions from the greatest stride to the least.
  private var orderOfMemory: Dims {
    Dims(sizes.indices.sorted { strides[$0] > strides[$1] })
  }

  private func inOrderOfMemory() throws -> NDArray { try permuted(orderOfMemory) }

  /// Positions of a row, drawn without replacement with these probabilities: those of the largest
  /// quotients of a probability and an exponential number, which are drawn in the order of memory.
  ///
  /// Source: Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006.
  package func drawnWithoutReplacement(_ samples: Int, from generator: Generator) throws -> NDArray
  {
    let (rows, length) = rowsOfLast
    let result = try NDArray.empty(Dims(Array(sizes.dropLast()) + [samples]), .int64)
    let drawn = try emptyLike()
    generator.fill(drawn.base, dtype: dtype, count: count, from: .exponential(rate: 1))
    let (weights, noise) = (try contiguous(), try drawn.contiguous())
    let out = result.base.assumingMemoryBound(to: Int64.self)
    func choose<E: Element>(_: E.Type) {
      let weights = weights.base.assumingMemoryBound(to: E.self)
      let noise = noise.base.assumingMemoryBound(to: E.self)
      for row in 0..<rows {
        let start = row * length
        let keys = (start..<start + length).map {
          E(double: weights[$0].double / noise[$0].double).double
        }
        // Sorting is stable: of equal keys, the first comes first.
        let order = keys.indices.sorted { (keys[$0], $1) > (keys[$1], $0) }
        for k in 0..<samples { out[row * samples + k] = Int64(order[k]) }
      }
    }
    dtype.withElement { choose($0) }
    return result
  }

  /// Positions of a row, drawn with replacement with these probabilities, which are contiguous, by
  /// looking up uniform numbers among their running sums.
  ///
  /// - Throws: `TensorError.runtime` for probabilities that are none.
  package func drawnWithReplacement(_ samples: Int, from generator: Generator) throws -> NDArray {
    let (rows, length) = rowsOfLast
    let result = try NDArray.empty(Dims(Array(sizes.dropLast()) + [samples]), .int64)
    let out = result.base.assumingMemoryBound(to: Int64.self)
    func choose<E: Element, Sum: BinaryFloatingPoint>(_: E.Type, _: Sum.Type) throws {
      let weights = base.assumingMemoryBound(to: E.self)
      var sums = [Sum](repeating: 0, count: length)
      for row in 0..<rows {
        var sum: Sum = 0
        for k in 0..<length {
          let weight = Sum(weights[row * length + k].double)
          if !(weight >= 0) { throw Self.invalidProbability("entry < 0") }
          if !weight.isFinite { throw Self.invalidProbability("entry = infinity or NaN") }
          sum += weight
          sums[k] = sum
        }
        if !(sum > 0) { throw Self.noProbability }
        for k in 0..<length { sums[k] /= sum }
        sums[length - 1] = 1
        generator.withState { state in
          for k in 0..<samples {
            let number = state.engine.uniformDouble()
            var (left, right) = (0, length)
            while left < right {
              let middle = left + (right - left) / 2
              if Double(sums[middle]) < number { left = middle + 1 } else { right = middle }
            }
            out[row * samples + k] = Int64(left)
          }
        }
      }
    }
    func open<E: Element>(_ element: E.Type) throws {
      if E.dtype == .float64 {
        try choose(element, Double.self)
      } else {
        try choose(element, Float.self)
      }
    }
    if length > 0 { try dtype.withElement { try open($0) } }
    return result
  }

  private var rowsOfLast: (rows: Int, length: Int) {
    let length = sizes.last ?? 0
    return (length == 0 ? 0 : count / length, length)
  }

  private static func invalidProbability(_ what: String) -> TensorError {
    .runtime("invalid multinomial distribution (encountering probability \(what))")
  }

  /// The error for a row of zeros.
  package static var noProbability: TensorError {
    .runtime("invalid multinomial distribution (sum of probabilities <= 0)")
  }
}
