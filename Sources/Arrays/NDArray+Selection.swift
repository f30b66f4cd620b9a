import Elements
import Glibc

extension NDArray {
  /// Each element, but not below `low` and not above `high`, of which at least one is given. Where
  /// `low` is above `high`, `high` wins; nan stays, and a bound that is nan makes everything nan.
  ///
  /// - Throws: `TensorError.runtime`, `.notImplemented` for bool, `.conversionOverflow`.
  package func clamped(
    _ low: Scalar?, _ high: Scalar?, into out: NDArray? = nil
  ) throws -> NDArray {
    if low == nil && high == nil {
      throw TensorError.runtime("torch.clamp: At least one of 'min' or 'max' must not be None")
    }
    try refuseComplex()
    var promotion = Promotion()
    promotion.add(self)
    for bound in [low, high] { if let bound { promotion.add(bound) } }
    let dtype = promotion.result
    if let out, !dtype.canCast(to: out.dtype) {
      throw TensorError.runtime(
        "result type \(dtype.scalarTypeName) can't be cast to the desired output type "
          + out.dtype.compilerName)
    }
    if dtype == .bool {
      let bounds = low == nil ? "max_" : high == nil ? "min_" : ""
      throw TensorError.notImplemented(kernel: "clamp_\(bounds)scalar_cpu", dtype)
    }
    if low?.double.isNaN ?? false || high?.double.isNaN ?? false {
      return try binary(.mul, .double(.nan), dtype: dtype, into: out)
    }
    let lower = try low?.lowerBound(of: dtype)
    let upper = try high?.upperBound(of: dtype)
    guard let lower else {
      guard let upper else { return try out ?? copied(to: dtype) }
      return try binary(.minimum, upper, dtype: dtype, into: out)
    }
    if let upper, dtype == self.dtype, dtype.isFloatingPoint {
      return try activation(.hardtanh, ActivationNumbers(lower.double, upper.double), into: out)
    }
    let raised = try binary(.maximum, lower, dtype: dtype, into: out)
    guard let upper else { return raised }
    return try raised.binary(.minimum, upper, dtype: dtype, into: raised)
  }

  /// Each element, but not below that of `low` and not above that of `high`, after broadcasting and
  /// promotion.
  ///
  /// - Throws: `TensorError.runtime` without a bound, `.broadcast`, `.notImplemented` for bool with
  ///   two bounds.
  package func clamped(_ low: NDArray?, _ high: NDArray?) throws -> NDArray {
    try refuseComplex()
    guard let low else {
      guard let high else {
        throw TensorError.runtime("torch.clamp: At least one of 'min' or 'max' must not be None")
      }
      return try binary(.minimum, high)
    }
    guard let high else { return try binary(.maximum, low) }
    var promotion = Promotion()
    for array in [self, low, high] { promotion.add(array) }
    let dtype = promotion.result
    _ = try Dims.broadcast(Dims.broadcast(sizes, low.sizes), high.sizes)
    if dtype == .bool { throw TensorError.notImplemented(kernel: "clamp_cpu", dtype) }
    return try binary(.maximum, low, dtype: dtype).binary(.minimum, high, dtype: dtype)
  }

  /// - Throws: `TensorError.unsupported` for complex numbers, which have no order.
  private func refuseComplex() throws {
    if dtype.isComplex {
      throw TensorError.unsupported("clamp is not supported for complex types")
    }
  }

  /// Each element, or `value` where the mask is true, after broadcasting.
  ///
  /// - Throws: `TensorError.broadcast`, `.outputShape`, `.conversionOverflow`, `.runtime` for a mask
  ///   that is not bool.
  package func maskFilled(
    _ mask: NDArray, _ value: Scalar, into out: NDArray? = nil
  ) throws -> NDArray {
    if let out {
      let sizes = try Dims.broadcast(sizes, mask.sizes)
      if sizes != out.sizes { throw TensorError.outputShape(out.sizes, broadcast: sizes) }
      try out.checkOverlap(mask)
    } else {
      _ = try Dims.broadcast(mask.sizes, sizes)
    }
    guard mask.dtype == .bool else {
      throw TensorError.runtime(
        "masked_fill_ only supports boolean masks, but got mask with dtype "
          + mask.dtype.compilerName)
    }
    try value.check(fits: dtype)
    return try .choose(mask, .number(value, dtype), self, into: out)
  }
}

extension Scalar {
  /// This number as a lower bound of elements of `dtype`, nil where all of them are above it.
  ///
  /// - Throws: `TensorError.runtime` when all integers are below, `.conversionOverflow` for floats.
  fileprivate func lowerBound(of dtype: DType) throws -> Scalar? {
    guard let range = dtype.integerRange else {
      try check(fits: dtype)
      return self
    }
    if int64 > range.upperBound { throw outside("min", dtype) }
    return int64 < range.lowerBound ? nil : self
  }

  /// This number as an upper bound of elements of `dtype`, nil where all of them are below it.
  ///
  /// - Throws: `TensorError.runtime` when all integers are above, `.conversionOverflow` for floats.
  fileprivate func upperBound(of dtype: DType) throws -> Scalar? {
    guard let range = dtype.integerRange else {
      try check(fits: dtype)
      return self
    }
    if int64 < range.lowerBound { throw outside("max", dtype) }
    return int64 > range.upperBound ? nil : self
  }

  private func outside(_ bound: String, _ dtype: DType) -> TensorError {
    .runtime(
      "Clamp \(bound) value \(sixDigits(double)) is outside the representable range of "
        + dtype.scalarTypeName)
  }
}

/// A number as a C++ stream writes it.
package func sixDigits(_ value: Double) -> String {
  var text = [CChar](repeating: 0, count: 32)
  let length = withCLocale {
    withVaList([value]) { Int(vsnprintf(&text, text.count, "%g", $0)) }
  }
  return String(decoding: text.prefix(max(length, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
