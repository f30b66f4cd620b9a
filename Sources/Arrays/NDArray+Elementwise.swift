import Elements
import KernelChoice

/// The dtype in which an elementwise operation is done, given what its operands promote to.
package enum Promoting: Sendable {
  /// The promoted dtype itself: add, maximum, comparisons.
  case same
  /// The promoted dtype, or float32 when that is not a floating-point type: exp, true division.
  case floating

  package func callAsFunction(_ dtype: DType) -> DType {
    self == .floating && !dtype.isFloatingPoint ? .float32 : dtype
  }
}

extension UnaryOperation {
  /// Transcendental functions of integers are computed in float32.
  package var promoting: Promoting {
    rawValue >= UnaryOperation.exp.rawValue && rawValue <= UnaryOperation.erf.rawValue
      ? .floating : .same
  }

  /// PyTorch's name of the loop that does not exist for a dtype.
  var kernelName: String {
    switch self {
    case .floor, .ceil, .round, .trunc: "\(self)_vml_cpu"
    case .bitwiseNot: "bitwise_not_cpu"
    default: "\(self)_cpu"
    }
  }
}

extension BinaryOperation {
  /// True division of integers is computed in float32.
  package var promoting: Promoting {
    self == .div || self == .atan2 ? .floating : .same
  }

  /// PyTorch's name of the loop that does not exist for a dtype.
  var kernelName: String {
    switch self {
    case .pow: "pow"
    case .floorDivide: "div_floor_cpu"
    case .bitwiseAnd: "bitwise_and_cpu"
    case .bitwiseOr: "bitwise_or_cpu"
    case .bitwiseXor: "bitwise_xor_cpu"
    default: "\(self)_cpu"
    }
  }

  /// True where a number times or under a sixteen-bit float is not rounded to sixteen bits first.
  var keepsNumbersWide: Bool { self == .mul || self == .div || self == .floorDivide }
}

extension NDArray {
  /// Checks that a result of the given sizes and dtype may be written into this array.
  ///
  /// - Throws: `TensorError.outputShape`, `.cannotCast`, `.repeatedMemory`.
  package func checkWritable(_ sizes: Dims, _ dtype: DType) throws {
    if layout.repeatsElements { throw TensorError.repeatedMemory }
    if sizes != self.sizes { throw TensorError.outputShape(self.sizes, broadcast: sizes) }
    if !dtype.canCast(to: self.dtype) { throw TensorError.cannotCast(dtype, to: self.dtype) }
  }

  /// Checks that an operand may be read while this array is being written.
  ///
  /// - Throws: `TensorError.overlappingMemory` when both share part of their memory, or all of it
  ///   in another order.
  package func checkOverlap(_ operand: NDArray) throws {
    guard storage === operand.storage, !isSame(as: operand), count > 0, operand.count > 0,
      layout.isNonOverlappingAndDense, operand.layout.isNonOverlappingAndDense
    else { return }
    let end = base + layout.extent * dtype.size
    let operandEnd = operand.base + operand.layout.extent * operand.dtype.size
    if base < operandEnd && operand.base < end { throw TensorError.overlappingMemory }
  }

  /// Checks that an operation with `other` has a shape and that its result fits into `out`, for
  /// operations that check something else before they compute.
  ///
  /// - Throws: `TensorError.broadcast`, and what `checkWritable` throws.
  package func checkResult(with other: NDArray, _ dtype: DType, into out: NDArray?) throws {
    let sizes = try Dims.broadcast(sizes, other.sizes)
    try out?.checkWritable(sizes, dtype)
  }

  /// This array, or `out` with this array's elements converted into it where it is given.
  ///
  /// - Throws: what `checkWritable` throws.
  package func moved(into out: NDArray?) throws -> NDArray {
    guard let out else { return self }
    try out.checkWritable(sizes, dtype)
    out.assign(self)
    return out
  }

  /// Runs `compute` on an array of the given sizes and dtype: `into` itself where that fits, else
  /// fresh memory whose contents are converted into `into` afterwards.
  private static func write(
    _ layout: Layout, _ dtype: DType, into out: NDArray?, operands: (NDArray, NDArray?),
    _ compute: (NDArray) -> Void
  ) throws -> NDArray {
    guard let out else {
      let result = try NDArray(uninitialized: layout, dtype)
      compute(result)
      return result
    }
    try out.checkWritable(layout.sizes, dtype)
    try out.checkOverlap(operands.0)
    if let other = operands.1 { try out.checkOverlap(other) }
    if out.dtype == dtype {
      compute(out)
    } else {
      let result = try NDArray(uninitialized: layout.sizes, dtype)
      compute(result)
      out.assign(result)
    }
    return out
  }

  /// `f(x)` for each element; see `UnaryOperation` for dtypes.
  ///
  /// - Throws: `TensorError.notImplemented`, and what `checkWritable` throws.
  package func unary(_ op: UnaryOperation, into out: NDArray? = nil) throws -> NDArray {
    let dtype = op.promoting(self.dtype)
    guard let loop = Kernels.unary(op, dtype) else {
      throw TensorError.notImplemented(kernel: op.kernelName, dtype)
    }
    let x = try cast(to: dtype)
    let result = op.isPredicate ? DType.bool : dtype
    return try Self.write(layout.preservingOrder, result, into: out, operands: (self, nil)) { out in
      let (o, p) = (out.base, x.base)
      if out.isContiguous && x.isContiguous {
        return loop(o, out.dtype.size, p, dtype.size, x.count)
      }
      StridedLoop(x.sizes, out.byteStrides, x.byteStrides).forEachRow { offsets, strides, count in
        loop(o + offsets[0], strides[0], p + offsets[1], strides[1], count)
      }
    }
  }

  /// True when both are row-major and have the same sizes.
  private func isContiguousLike(_ other: NDArray) -> Bool {
    isContiguous && other.isContiguous
      && (layout === other.layout || layout.sizes == other.layout.sizes)
  }

  /// `f(x, y)` for each pair of elements, after broadcasting and promotion.
  ///
  /// - Parameter dtype: the dtype of the operation, where it is not what the operands promote to.
  /// - Throws: `TensorError.broadcast`, `.notImplemented`, and what `checkWritable` throws.
  package func binary(
    _ op: BinaryOperation, _ other: NDArray, dtype: DType? = nil, into out: NDArray? = nil
  ) throws -> NDArray {
    let dtype = op.promoting(dtype ?? Promotion.of(self, other))
    guard let loop = Kernels.binary(op, dtype) else {
      try checkResult(with: other, op.isPredicate ? .bool : dtype, into: out)
      throw TensorError.notImplemented(kernel: op.kernelName, dtype)
    }
    let result = op.isPredicate ? DType.bool : dtype
    if out == nil && self.dtype == dtype && other.dtype == dtype && isContiguousLike(other) {
      let out = try NDArray(uninitialized: layout, result)
      loop(out.base, result.size, base, dtype.size, other.base, dtype.size, count)
      return out
    }
    // PyTorch looks at the memory before it looks at the sizes.
    if let out {
      if out.layout.repeatsElements { throw TensorError.repeatedMemory }
      try out.checkOverlap(self)
      try out.checkOverlap(other)
    }
    let sizes = try Dims.broadcast(self.sizes, other.sizes)
    let x = try cast(to: dtype).stretched(to: sizes)
    let y = try other.cast(to: dtype).stretched(to: sizes)
    let target = try Self.resultLayout(sizes, x, y)
    return try Self.write(target, result, into: out, operands: (self, other)) { out in
      let (o, p, q) = (out.base, x.base, y.base)
      StridedLoop(sizes, out.byteStrides, x.byteStrides, y.byteStrides).forEachRow {
        offsets, strides, count in
        loop(
          o + offsets[0], strides[0], p + offsets[1], strides[1], q + offsets[2], strides[2], count)
      }
    }
  }

  /// `f(x, number)` for each element; `reversed` gives `f(number, x)`.
  ///
  /// - Throws: `TensorError.notImplemented`, and what `checkWritable` throws.
  package func binary(
    _ op: BinaryOperation, _ number: Scalar, reversed: Bool = false, dtype: DType? = nil,
    into out: NDArray? = nil
  ) throws -> NDArray {
    let dtype = op.promoting(dtype ?? Promotion.of(self, number))
    if op.keepsNumbersWide, dtype == .float16 || dtype == .bfloat16 {
      let wide = try cast(to: .float32).binary(op, number, reversed: reversed)
      return try wide.cast(to: dtype).moved(into: out)
    }
    guard let loop = Kernels.binary(op, dtype) else {
      try out?.checkWritable(sizes, op.isPredicate ? .bool : dtype)
      throw TensorError.notImplemented(kernel: op.kernelName, dtype)
    }
    let x = try cast(to: dtype)
    let result = op.isPredicate ? DType.bool : dtype
    return try Self.write(layout.preservingOrder, result, into: out, operands: (self, nil)) { out in
      withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { buffer in
        guard let n = buffer.baseAddress else { return }
        number.store(to: n, as: dtype)
        let (o, p) = (out.base, x.base)
        StridedLoop(x.sizes, out.byteStrides, x.byteStrides).forEachRow {
          offsets, strides, count in
          let (xs, xStride) = (p + offsets[1], strides[1])
          if reversed {
            loop(o + offsets[0], strides[0], n, 0, xs, xStride, count)
          } else {
            loop(o + offsets[0], strides[0], xs, xStride, n, 0, count)
          }
        }
      }
    }
  }

  /// `condition ? x : y` for each triple of elements, after broadcasting; a condition that is not
  /// bool counts as true where it is not zero.
  ///
  /// - Throws: `TensorError.broadcast`.
  package static func choose(
    _ condition: NDArray, _ x: NDArray, _ y: NDArray, into out: NDArray? = nil
  ) throws -> NDArray {
    let dtype = Promotion.of(x, y)
    let sizes = try Dims.broadcast(Dims.broadcast(condition.sizes, x.sizes), y.sizes)
    let c = try condition.cast(to: .bool).stretched(to: sizes)
    let a = try x.cast(to: dtype).stretched(to: sizes)
    let b = try y.cast(to: dtype).stretched(to: sizes)
    let loop = Kernels.choose(dtype)
    return try write(resultLayout(sizes, a, b), dtype, into: out, operands: (x, y)) { out in
      let (o, k, p, q) = (out.base, c.base, a.base, b.base)
      StridedLoop(sizes, out.byteStrides, c.byteStrides, a.byteStrides, b.byteStrides).forEachRow {
        at, by, count in
        loop(
          o + at[0], by[0], k + at[1], by[1], p + at[2], by[2], q + at[3], by[3], count)
      }
    }
  }

  /// The layout of a result: that of the operand which has the result's sizes and is dense, else
  /// row-major.
  private static func resultLayout(_ sizes: Dims, _ x: NDArray, _ y: NDArray) throws -> Layout {
    for operand in [x, y] where operand.layout.isNonOverlappingAndDense {
      if operand.layout.sizes == sizes { return operand.layout }
    }
    return try Layout.contiguous(sizes)
  }
}
