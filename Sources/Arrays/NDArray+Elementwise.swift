import Elements
import KernelChoice
import Parallel

/// The dtype in which an elementwise operation is done, given what its operands promote to.
package enum Promoting: Sendable {
  /// The promoted dtype itself: add, maximum, comparisons.
  case same
  /// The promoted dtype, or float32 when that is not a floating-point type: exp, true division.
  case floating

  package func callAsFunction(_ dtype: DType) -> DType {
    self == .floating && !dtype.isDifferentiable ? .float32 : dtype
  }
}

extension UnaryOperation {
  /// Transcendental functions of integers are computed in float32.
  package var promoting: Promoting {
    rawValue >= UnaryOperation.exp.rawValue && rawValue <= UnaryOperation.digamma.rawValue
      ? .floating : .same
  }

  /// The dtype of the result of what is computed in `dtype`.
  func result(_ dtype: DType) -> DType {
    isPredicate ? .bool : self == .abs ? dtype.real : dtype
  }

  /// What PyTorch says of a dtype for which there is no loop.
  func refusal(_ dtype: DType) -> TensorError {
    guard dtype.isComplex else { return .notImplemented(kernel: kernelName, dtype) }
    switch self {
    case .floor, .ceil, .trunc: return .unsupported("\(self) is not supported for complex inputs")
    case .relu: return .unsupported("clamp is not supported for complex types")
    case .signbit: return .unsupported("signbit is not implemented for complex tensors.")
    case .isPositiveInf: return .type("isposinf does not support complex inputs.")
    case .isNegativeInf: return .type("isneginf does not support complex inputs.")
    default: return .notImplemented(kernel: kernelName, dtype)
    }
  }

  /// PyTorch's name of the loop that does not exist for a dtype.
  private var kernelName: String {
    switch self {
    case .floor, .ceil, .round, .trunc, .erf, .erfc, .erfinv, .lgamma: "\(self)_vml_cpu"
    case .digamma: "digamma"
    case .bitwiseNot: "bitwise_not_cpu"
    default: "\(self)_cpu"
    }
  }
}

extension BinaryOperation {
  /// True division of integers is computed in float32, and so are other functions of floats.
  package var promoting: Promoting {
    switch self {
    case .div, .atan2, .xlogy, .copysign: .floating
    default: .same
    }
  }

  /// PyTorch's name of the loop that does not exist for a dtype.
  var kernelName: String {
    switch self {
    case .pow: "pow"
    case .floorDivide: "div_floor_cpu"
    case .bitwiseAnd: "bitwise_and_cpu"
    case .bitwiseOr: "bitwise_or_cpu"
    case .bitwiseXor: "bitwise_xor_cpu"
    case .shiftLeft: "lshift_cpu"
    case .shiftRight: "rshift_cpu"
    default: "\(self)_cpu"
    }
  }

  /// True where a number times or under a sixteen-bit float is not rounded to sixteen bits first.
  var keepsNumbersWide: Bool { self == .mul || self == .div || self == .floorDivide }
}

extension TernaryOperation {
  /// PyTorch's name of the loop that does not exist for a dtype.
  var kernelName: String {
    switch self {
    case .lerp: "lerp_kernel_tensor"
    case .lerpNumber: "lerp_kernel_scalar"
    case .addcmul: "addcmul_cpu_out"
    case .addcdiv: "addcdiv_cpu_out"
    }
  }
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
    guard storage.sharesMemory(with: operand.storage), !isSame(as: operand), count > 0,
      operand.count > 0,
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

  /// Runs `compute` on an array of the given layout and dtype: `out` itself where that fits, else
  /// fresh memory whose contents are converted into `out` afterwards.
  static func write(
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
  /// - Throws: see `UnaryOperation.refusal`, and what `checkWritable` throws.
  package func unary(_ op: UnaryOperation, into out: NDArray? = nil) throws -> NDArray {
    let dtype = op.promoting(self.dtype)
    guard let loop = Kernels.unary(op, dtype) else {
      throw op.refusal(dtype)
    }
    let result = op.result(dtype)
    if isContiguous, self.dtype == dtype, let out = try target(out, result) {
      let (o, p) = (out.base, base)
      let (outSize, size) = (result.size, dtype.size)
      if count <= Walk.grain {
        loop(o, outSize, p, size, count)
        return out
      }
      Parallel.forEach(count, grain: Walk.grain) { range in
        let start = range.lowerBound
        loop(o + start * outSize, outSize, p + start * size, size, range.count)
      }
      return out
    }
    let x = try cast(to: dtype)
    return try Self.write(layout.preservingOrder, result, into: out, operands: (self, nil)) { out in
      Walk.rows(x.sizes, out, x) { row in
        loop(row.starts[0], row.strides[0], row.starts[1], row.strides[1], row.count)
      }
    }
  }

  /// For an operation on this array, which is contiguous, and others that are like it: fresh
  /// memory of this layout, or `out` where it is this array itself. Nil where there is more to
  /// check.
  @inline(__always)
  private func target(_ out: NDArray?, _ dtype: DType) throws -> NDArray? {
    guard let out else { return try NDArray(uninitialized: layout, dtype) }
    let isSelf =
      out.storage.sharesMemory(with: storage) && out.layout === layout && out.offset == offset
      && out.dtype == dtype
    return isSelf ? out : nil
  }

  /// True when both are row-major and have the same sizes.
  @inline(__always)
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
    let dtype = op.promoting(
      dtype ?? (self.dtype == other.dtype ? self.dtype : Promotion.of(self, other)))
    guard let loop = Kernels.binary(op, dtype) else {
      try checkResult(with: other, op.isPredicate ? .bool : dtype, into: out)
      throw TensorError.notImplemented(kernel: op.kernelName, dtype)
    }
    let result = op.isPredicate ? DType.bool : dtype
    if self.dtype == dtype && other.dtype == dtype {
      if isContiguousLike(other) {
        let isSafe =
          out == nil || !other.storage.sharesMemory(with: storage) || other.offset == offset
        if isSafe, let out = try target(out, result) {
          Self.run(loop, out, base, dtype.size, other.base, dtype.size)
          return out
        }
      } else if other.count == 1 && isContiguous && other.rank <= rank {
        if out == nil || !other.storage.sharesMemory(with: storage),
          let out = try target(out, result)
        {
          Self.run(loop, out, base, dtype.size, other.base, 0)
          return out
        }
      } else if count == 1 && other.isContiguous && rank <= other.rank && out == nil {
        let out = try NDArray(uninitialized: other.layout, result)
        Self.run(loop, out, base, 0, other.base, dtype.size)
        return out
      }
    }
    // PyTorch looks at the memory before it looks at the sizes.
    if let out {
      if out.layout.repeatsElements { throw TensorError.repeatedMemory }
      try out.checkOverlap(self)
      try out.checkOverlap(other)
    }
    let sizes = try Dims.broadcast(self.sizes, other.sizes)
    let x = try cast(to: dtype)
    let y = try other.cast(to: dtype)
    let target = try Self.resultLayout(sizes, x, y)
    return try Self.write(target, result, into: out, operands: (self, other)) { out in
      Walk.rows(sizes, out, x, y) { row in
        loop(
          row.starts[0], row.strides[0], row.starts[1], row.strides[1], row.starts[2],
          row.strides[2], row.count)
      }
    }
  }

  /// The larger or smaller of each pair of elements.
  ///
  /// - Throws: as `binary`, and `TensorError.type` for complex numbers, which have no order.
  package func ordered(_ op: BinaryOperation, _ other: NDArray) throws -> NDArray {
    if dtype.isComplex || other.dtype.isComplex {
      throw TensorError.type("\(op) not implemented for complex tensors.")
    }
    return try binary(op, other)
  }

  /// Runs a loop over dense memory; a stride of zero repeats an operand's only element.
  @inline(__always)
  private static func run(
    _ loop: BinaryLoop, _ out: NDArray, _ x: UnsafeRawPointer, _ xStride: Int,
    _ y: UnsafeRawPointer, _ yStride: Int
  ) {
    let o = out.base
    let size = out.dtype.size
    // Not left to `forEach`, for which a closure would have to be made.
    if out.count <= Walk.grain { return loop(o, size, x, xStride, y, yStride, out.count) }
    Parallel.forEach(out.count, grain: Walk.grain) { range in
      let start = range.lowerBound
      loop(
        o + start * size, size, x + start * xStride, xStride, y + start * yStride, yStride,
        range.count)
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
    let result = op.isPredicate ? DType.bool : dtype
    var element: (UInt64, UInt64) = (0, 0)
    return try withUnsafeMutableBytes(of: &element) { bytes in
      // A tuple of two words is not empty.
      guard let n = bytes.baseAddress else { return self }
      number.store(to: n, as: dtype)
      if isContiguous, self.dtype == dtype, let out = try target(out, result) {
        if reversed {
          Self.run(loop, out, n, 0, base, dtype.size)
        } else {
          Self.run(loop, out, base, dtype.size, n, 0)
        }
        return out
      }
      let x = try cast(to: dtype)
      return try Self.write(layout.preservingOrder, result, into: out, operands: (self, nil)) {
        Walk.rows(x.sizes, $0, x) { row in
          if reversed {
            loop(row.starts[0], row.strides[0], n, 0, row.starts[1], row.strides[1], row.count)
          } else {
            loop(row.starts[0], row.strides[0], row.starts[1], row.strides[1], n, 0, row.count)
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
    let c = try condition.cast(to: .bool)
    let a = try x.cast(to: dtype)
    let b = try y.cast(to: dtype)
    let loop = Kernels.choose(dtype)
    return try write(resultLayout(sizes, a, b), dtype, into: out, operands: (x, y)) { out in
      Walk.rows(sizes, out, c, a, b) { row in
        loop(
          row.starts[0], row.strides[0], row.starts[1], row.strides[1], row.starts[2],
          row.strides[2], row.starts[3], row.strides[3], row.count)
      }
    }
  }

  /// `f(x, y, z, number)` for each triple of elements, after broadcasting, in `dtype`.
  ///
  /// - Throws: `TensorError.broadcast`, `.notImplemented`, and what `checkWritable` throws.
  package static func ternary(
    _ op: TernaryOperation, _ x: NDArray, _ y: NDArray, _ z: NDArray, number: Scalar = 1,
    dtype: DType, into out: NDArray? = nil
  ) throws -> NDArray {
    if let out {
      if out.layout.repeatsElements { throw TensorError.repeatedMemory }
      try [x, y, z].forEach(out.checkOverlap)
    }
    let sizes = try Dims.broadcast(Dims.broadcast(x.sizes, y.sizes), z.sizes)
    try out?.checkWritable(sizes, dtype)
    guard let loop = Kernels.ternary(op, dtype) else {
      throw TensorError.notImplemented(kernel: op.kernelName, dtype)
    }
    let (a, b, c) = (try x.cast(to: dtype), try y.cast(to: dtype), try z.cast(to: dtype))
    var element: (UInt64, UInt64) = (0, 0)
    return try withUnsafeMutableBytes(of: &element) { bytes in
      // A tuple of two words is not empty.
      guard let n = bytes.baseAddress else { return x }
      number.store(to: n, as: dtype.computing)
      let number = UnsafeRawPointer(n)
      return try write(resultLayout(sizes, a, b), dtype, into: out, operands: (x, y)) { out in
        Walk.rows(sizes, out, a, b, c) { row in
          loop(
            row.starts[0], row.strides[0], row.starts[1], row.strides[1], row.starts[2],
            row.strides[2], row.starts[3], row.strides[3], number, row.count)
        }
      }
    }
  }

  /// The layout of a result: that of the operand which has the result's sizes and is dense, else
  /// row-major.
  private static func resultLayout(_ sizes: Dims, _ x: NDArray, _ y: NDArray) throws -> Layout {
    if x.layout.sizes == sizes && x.layout.isNonOverlappingAndDense { return x.layout }
    if y.layout.sizes == sizes && y.layout.isNonOverlappingAndDense { return y.layout }
    return try Layout.contiguous(sizes)
  }
}
