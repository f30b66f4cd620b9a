import Elements

/// What becomes of the losses of a batch.
package enum LossReduction: String, Sendable {
  case none, mean, sum

  /// - Throws: `TensorError.value` for any other word.
  package init(named name: String) throws {
    switch name {
    case "mean": self = .mean
    case "sum": self = .sum
    case "none": self = .none
    default: throw TensorError.value("\(name) is not a valid value for reduction")
    }
  }
}

extension NDArray {
  /// The losses, all of them or reduced; the mean of none is nan.
  package func reduced(_ reduction: LossReduction) throws -> NDArray {
    switch reduction {
    case .none: self
    case .mean: try mean(Dims(sizes.indices), keepdim: false)
    case .sum: try sum(Dims(sizes.indices), keepdim: false)
    }
  }

  /// The squares of the differences, after broadcasting and then promotion: a 0-d operand counts
  /// as one that has dimensions.
  ///
  /// - Throws: `TensorError.broadcast`, `.notImplemented` for dtypes that are not floating-point.
  package func squaredDifferences(_ other: NDArray) throws -> NDArray {
    let dtype = DType.promote(self.dtype, other.dtype)
    if !dtype.isFloatingPoint { throw TensorError.notImplemented(kernel: "mse_cpu", dtype) }
    let difference = try binary(.sub, other, dtype: dtype)
    return try difference.unary(.square, into: difference)
  }
}

/// Negative log likelihood: for each place of a batch one of the classes, with a weight.
///
/// The losses are a linear function of the log-probabilities. This is that function's matrix, of
/// one number in each row; `losses` multiplies by it and `gradient` by its transpose.
package struct ClassSelection: Sendable {
  /// Of the log-probabilities: [N, C, …] or [C].
  private let layout: Layout
  /// Of the log-probabilities.
  package let dtype: DType
  package let target: NDArray
  package let weight: NDArray?
  package let reduction: LossReduction
  package let ignored: Int64

  private let classes: Int
  /// Places of one batch element.
  private let inner: Int

  /// - Parameters:
  ///   - x: the log-probabilities, of which sizes and dtype matter.
  ///   - target: classes, int64 or uint8, one for each place.
  ///   - weight: a factor for each class.
  ///   - ignored: the class of places that don't count.
  /// - Throws: `TensorError.runtime` for other dtypes, `.index` for a class that there is not.
  package init(
    of x: NDArray, _ target: NDArray, _ weight: NDArray?, _ reduction: LossReduction, ignored: Int
  ) throws {
    try Self.checkDTypes(x.dtype, target: target.dtype, weight: weight?.dtype)
    dtype = x.dtype
    layout = x.isContiguous ? x.layout : try Layout.contiguous(x.sizes)
    self.target = try target.cast(to: .int64).contiguous()
    self.weight = try weight?.contiguous()
    self.reduction = reduction
    self.ignored = Int64(ignored)
    let rank = layout.rank
    classes = rank > 1 ? layout.sizes[1] : layout.sizes[0]
    var inner = 1
    for i in stride(from: 2, to: rank, by: 1) { inner &*= layout.sizes[i] }
    self.inner = inner
    let places = self.target.base.assumingMemoryBound(to: Int64.self)
    let (count, bound, ignored) = (self.target.count, UInt64(classes), Int64(ignored))
    for i in 0..<count where UInt64(bitPattern: places[i]) >= bound && places[i] != ignored {
      throw TensorError.index("Target \(places[i]) is out of bounds.")
    }
  }

  /// - Throws: `TensorError.runtime` for a target that is not int64 or uint8, and for a weight of
  ///   another dtype than the log-probabilities.
  package static func checkDTypes(_ x: DType, target: DType, weight: DType?) throws {
    guard target == .int64 || target == .uint8 else {
      throw TensorError.runtime(
        "expected target dtype to be Long or Byte, but got \(target.scalarTypeName)")
    }
    if let weight, weight != x {
      throw TensorError.runtime(
        "expected scalar type \(x.scalarTypeName) but found \(weight.scalarTypeName)")
    }
  }

  /// Sizes of the log-probabilities.
  package var sizes: Dims { layout.sizes }

  /// Sizes of the losses before they are reduced.
  private var lossSizes: Dims {
    layout.rank > 1 ? layout.sizes.reducing([1], keepdim: false) : []
  }

  /// Calls `body` for each place that counts: its number, that of its log-probability, its weight.
  @inline(__always)
  private func forEachPlace<T: Element>(
    weights _: T.Type, _ body: (_ place: Int, _ position: Int, _ weight: Double) -> Void
  ) {
    let places = target.base.assumingMemoryBound(to: Int64.self)
    let factors = weight?.base.assumingMemoryBound(to: T.self)
    let (count, inner, ignored) = (target.count, inner, ignored)
    let jump = (classes - 1) &* inner
    var start = 0
    var untilJump = inner
    for place in 0..<count {
      let chosen = places[place]
      if chosen != ignored {
        let number = Int(truncatingIfNeeded: chosen)
        body(place, start &+ number &* inner, factors.map { $0[number].double } ?? 1)
      }
      start &+= 1
      untilJump &-= 1
      if untilJump == 0 {
        start &+= jump
        untilJump = inner
      }
    }
  }

  /// -x[target] * weight[target] for each place, 0 where it is ignored; their sum; or that
  /// divided by the sum of weights.
  ///
  /// - Throws: `TensorError.notImplemented` for dtypes that are not floating-point.
  package func losses(_ x: NDArray) throws -> NDArray {
    switch x.dtype {
    case .float16: try losses(x, Float16.self)
    case .bfloat16: try losses(x, BFloat16.self)
    case .float32: try losses(x, Float.self)
    case .float64: try losses(x, Double.self)
    default: throw notImplemented("out_frame", "forward_out_frame", x.dtype)
    }
  }

  private func losses<T: Element>(_ x: NDArray, _: T.Type) throws -> NDArray {
    let row = try x.contiguous()
    let elements = row.base.assumingMemoryBound(to: T.self)
    if reduction == .none {
      let result = try NDArray.full(lossSizes, 0, x.dtype)
      let losses = result.base.assumingMemoryBound(to: T.self)
      forEachPlace(weights: T.self) { place, position, weight in
        losses[place] = T(double: -elements[position].double * weight)
      }
      return result
    }
    var (sum, total) = (0.0, 0.0)
    forEachPlace(weights: T.self) { _, position, weight in
      sum -= elements[position].double * weight
      total += weight
    }
    let result = try NDArray(uninitialized: .scalar, x.dtype)
    let loss = T(double: reduction == .mean ? sum / total : sum)
    result.base.storeBytes(of: loss, as: T.self)
    return result
  }

  /// Zeros with the sizes of the log-probabilities, but for the chosen ones, which get the
  /// gradient `g` of their loss times what they were multiplied by.
  ///
  /// - Throws: `TensorError.notImplemented` for dtypes that are not floating-point.
  package func gradient(_ g: NDArray) throws -> NDArray {
    switch g.dtype {
    case .float16: try gradient(g, Float16.self)
    case .bfloat16: try gradient(g, BFloat16.self)
    case .float32: try gradient(g, Float.self)
    case .float64: try gradient(g, Double.self)
    default: throw notImplemented("backward_out_frame", "backward_out_frame", g.dtype)
    }
  }

  private func gradient<T: Element>(_ g: NDArray, _: T.Type) throws -> NDArray {
    let result = try NDArray(uninitialized: layout, g.dtype)
    // In every dtype, zero is made of zero bytes.
    result.base.initializeMemory(as: UInt8.self, repeating: 0, count: result.count * g.dtype.size)
    let elements = result.base.assumingMemoryBound(to: T.self)
    let row = try g.contiguous()
    let gradients = row.base.assumingMemoryBound(to: T.self)
    // A reduced loss has one gradient for all places.
    let step = reduction == .none ? 1 : 0
    var total = 1.0
    if reduction == .mean {
      total = 0
      forEachPlace(weights: T.self) { _, _, weight in total += weight }
    }
    forEachPlace(weights: T.self) { place, position, weight in
      elements[position] = T(double: -gradients[place &* step].double * weight / total)
    }
    return result
  }

  private func notImplemented(_ flat: String, _ spatial: String, _ dtype: DType) -> TensorError {
    let kernel = layout.rank <= 2 ? "nll_loss_\(flat)" : "nll_loss2d_\(spatial)"
    return .notImplemented(kernel: kernel, dtype)
  }
}
