import Elements

/// How several numbers that go to one place become one.
package enum Collecting: String, Sendable {
  case sum, prod, mean, amax, amin

  /// What each number does to the one that is there.
  fileprivate var placing: Placing {
    switch self {
    case .sum, .mean: .adding
    case .prod: .folding(.multiply)
    case .amax: .folding(.maximum)
    case .amin: .folding(.minimum)
    }
  }

  /// The number that changes nothing.
  fileprivate func identity(_ dtype: DType) -> Scalar {
    switch self {
    case .sum, .mean: return .int(0)
    case .prod: return .int(1)
    case .amax, .amin:
      let isLowest = self == .amax
      if dtype == .bool { return .bool(!isLowest) }
      guard let range = dtype.integerRange else {
        return .double(isLowest ? -Double.infinity : .infinity)
      }
      return .int(isLowest ? range.lowerBound : range.upperBound)
    }
  }
}

extension NDArray {
  /// A copy of this array, or `out` itself, in which the elements of `source` are collected where
  /// `scattered` would put them.
  ///
  /// - Parameter includesSelf: whether an element that is hit counts as one of those numbers.
  /// - Throws: what `scattered` throws.
  package func scatterReduced(
    dim: Int, _ index: NDArray, _ source: NDArray, _ how: Collecting, includesSelf: Bool,
    into out: NDArray?
  ) throws -> NDArray {
    // What is wrong is said before anything is written.
    _ = try checkScattered(dim: dim, index, source, into: out)
    let source = try out.map { try source.kept(apartFrom: $0) } ?? source
    return try collected(how, includesSelf: includesSelf, source, into: out) {
      target, part, placing in
      _ = try target.scattered(
        dim: dim, index, part.stretched(to: source.sizes), placing, into: target)
    }
  }

  /// The same for the slices of a dimension that `index`, 0-d or 1-D, names.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.index`, `.runtime`, `.notImplemented`,
  ///   `.repeatedMemory`, `.overlappingMemory`.
  package func indexReduced(
    dim: Int, _ index: NDArray, _ source: NDArray, _ how: Collecting, includesSelf: Bool,
    into out: NDArray?
  ) throws -> NDArray {
    let dim = try Dims.wrap(dim, rank: rank)
    try checkSlices("index_reduce_", dim, index, source)
    if let out {
      try out.checkWritable(sizes, dtype)
      _ = try index.kept(apartFrom: out)
    }
    let source = try out.map { try source.kept(apartFrom: $0) } ?? source
    return try collected(how, includesSelf: includesSelf, source, into: out) {
      target, part, placing in
      try target.write(part.stretched(to: source.sizes), dim: dim, index, placing)
    }
  }

  /// - Parameter place: puts an array, of the source's sizes or of one element, where the indices
  ///   say.
  private func collected(
    _ how: Collecting, includesSelf: Bool, _ source: NDArray, into out: NDArray?,
    _ place: (_ target: NDArray, _ part: NDArray, Placing) throws -> Void
  ) throws -> NDArray {
    let result = try out ?? copied()
    if !includesSelf { try place(result, .number(how.identity(dtype), dtype), .replacing) }
    try place(result, source, how.placing)
    guard how == .mean else { return result }
    let counts = try NDArray.full(sizes, includesSelf ? 1 : 0, dtype.real)
    let one = try NDArray.number(1, dtype.real)
    try place(counts, one, .adding)
    let divisors = includesSelf ? counts : try counts.binary(.maximum, one)
    let division: BinaryOperation = dtype.isDifferentiable ? .div : .floorDivide
    return try result.binary(division, divisors, into: result)
  }
}
