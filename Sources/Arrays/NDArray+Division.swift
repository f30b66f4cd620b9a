import Elements

/// How a quotient becomes whole: towards minus infinity as in Python, or towards zero as in C.
package enum QuotientRounding: String, Sendable {
  case floor, trunc
}

extension NDArray {
  /// The rounded quotient of each pair of elements, after broadcasting, in the promoted dtype.
  ///
  /// - Throws: `TensorError.broadcast`, `.zeroDivision` for integers, `.notImplemented` for bool.
  package func quotient(
    _ divisor: NDArray, _ rounding: QuotientRounding, into out: NDArray? = nil
  ) throws -> NDArray {
    let dtype = Promotion.of(self, divisor)
    try checkDivisor(divisor, dtype, into: out)
    if rounding == .floor { return try binary(.floorDivide, divisor, dtype: dtype, into: out) }
    if dtype == .bool || dtype.isComplex {
      throw TensorError.notImplemented(kernel: "div_trunc_cpu", dtype)
    }
    if dtype.isFloatingPoint {
      return try binary(.div, divisor, dtype: dtype).unary(.trunc).moved(into: out)
    }
    let multiple = try binary(.sub, binary(.fmod, divisor, dtype: dtype), dtype: dtype)
    return try multiple.binary(.floorDivide, divisor, dtype: dtype, into: out)
  }

  /// The rounded quotient of each element and a number.
  ///
  /// - Throws: as for arrays.
  package func quotient(
    _ divisor: Scalar, _ rounding: QuotientRounding, into out: NDArray? = nil
  ) throws -> NDArray {
    let dtype = Promotion.of(self, divisor)
    guard dtype.isFloatingPoint else {
      return try quotient(.number(divisor, dtype), rounding, into: out)
    }
    if rounding == .floor { return try binary(.floorDivide, divisor, into: out) }
    let quotient = try cast(to: dtype.computing).binary(.div, divisor)
    return try quotient.unary(.trunc).cast(to: dtype).moved(into: out)
  }

  /// What the quotient rounded down leaves, for each pair of elements; it has the divisor's sign.
  ///
  /// - Throws: `TensorError.broadcast`, `.zeroDivision` for integers, `.notImplemented` for bool.
  package func remainder(_ divisor: NDArray, into out: NDArray? = nil) throws -> NDArray {
    let dtype = Promotion.of(self, divisor)
    try checkDivisor(divisor, dtype, into: out)
    return try binary(.remainder, divisor, dtype: dtype, into: out)
  }

  /// What the quotient of each element and a number, rounded down, leaves.
  ///
  /// - Throws: as for arrays.
  package func remainder(_ divisor: Scalar, into out: NDArray? = nil) throws -> NDArray {
    let dtype = Promotion.of(self, divisor)
    if dtype.isFloatingPoint { return try binary(.remainder, divisor, into: out) }
    return try remainder(.number(divisor, dtype), into: out)
  }

  /// What the quotient rounded towards zero leaves, for each pair of elements.
  ///
  /// - Throws: as `remainder`.
  package func fmod(_ divisor: NDArray, into out: NDArray? = nil) throws -> NDArray {
    let dtype = Promotion.of(self, divisor)
    try checkDivisor(divisor, dtype, into: out)
    return try binary(.fmod, divisor, dtype: dtype, into: out)
  }

  /// What the quotient of each element and a number, rounded towards zero, leaves.
  ///
  /// - Throws: as for arrays.
  package func fmod(_ divisor: Scalar, into out: NDArray? = nil) throws -> NDArray {
    let dtype = Promotion.of(self, divisor)
    if dtype.isFloatingPoint { return try binary(.fmod, divisor, into: out) }
    return try fmod(.number(divisor, dtype), into: out)
  }

  /// Checks that the result can be written, and that no integer will be divided by zero.
  ///
  /// - Throws: `TensorError.zeroDivision`, and what `checkResult` throws.
  private func checkDivisor(_ divisor: NDArray, _ dtype: DType, into out: NDArray?) throws {
    try checkResult(with: divisor, dtype, into: out)
    guard dtype.isInteger, try !Dims.broadcast(sizes, divisor.sizes).contains(0) else { return }
    if try !divisor.cast(to: dtype).isTrueEverywhere { throw TensorError.zeroDivision }
  }
}
