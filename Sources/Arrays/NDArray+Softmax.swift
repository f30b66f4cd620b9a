import Elements
import KernelChoice
import Parallel

extension NDArray {
  /// exp(x - max) / sum(exp(x - max)) along one dimension, or the logarithm of it.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.notImplemented` for dtypes that are not
  ///   floating-point.
  package func softmax(dim: Int, isLog: Bool) throws -> NDArray {
    let dim = try Dims.wrap(dim, rank: rank)
    if count == 0 { return try NDArray(uninitialized: sizes, dtype) }
    guard let loop = isLog ? Kernels.logSoftmax(dtype) : Kernels.softmax(dtype) else {
      let kernel = isLog ? "log_softmax" : "softmax"
      let place = dim >= rank - 1 ? "lastdim_kernel_impl" : "kernel_impl"
      throw TensorError.notImplemented(kernel: "\(kernel)_\(place)", dtype)
    }
    return try mapRows(loop, dim: dim)
  }

  /// Sums of the first element, the first two, … along one dimension, in `dtype`: by default in
  /// int64 for integers and bool.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.notImplemented` for bool as the result's dtype.
  package func cumsum(dim: Int, dtype: DType?) throws -> NDArray {
    let dim = try Dims.wrap(dim, rank: rank)
    let x = try cast(to: dtype ?? self.dtype.accumulating)
    if rank == 0 { return try x.copied() }
    if count == 0 { return try NDArray(uninitialized: sizes, x.dtype) }
    guard let loop = Kernels.cumsum(x.dtype) else {
      throw TensorError.notImplemented(kernel: "cumsum_out_cpu", x.dtype)
    }
    return try x.mapRows(loop, dim: dim)
  }

  /// log(sum(exp(x))) along `dims`, which are wrapped and distinct: the largest element is taken
  /// out first, so that the exponentials neither overflow nor all vanish. 16-bit floats are
  /// rounded once, at the end; integers become float32.
  package func logSumExp(_ dims: Dims, keepdim: Bool) throws -> NDArray {
    let target = dtype.isDifferentiable ? dtype : .float32
    let x = try cast(to: target.computing)
    if dims.contains(where: { sizes[$0] == 0 }) {
      return try .full(sizes.reducing(dims, keepdim: keepdim), .double(-.infinity), target)
    }
    // Of complex numbers the real part is what exponentials grow with.
    let sizesOf = x.dtype.isComplex ? try x.parts.select(dim: -1, index: 0) : x
    var largest = try sizesOf.reduced(.max, dims, keepdim: true)
    // An infinite element can't be taken out: inf - inf is not a number.
    let isInfinite = try largest.unary(.isInf)
    largest = try .choose(isInfinite, .number(0, largest.dtype), largest)
    let exponentials = try x.binary(.sub, largest)
    _ = try exponentials.unary(.exp, into: exponentials)
    let sum = try exponentials.reduced(.sum, dims, keepdim: keepdim)
    _ = try sum.unary(.log, into: sum)
    return try sum.binary(.add, largest.viewed(as: sum.sizes), into: sum).cast(to: target)
  }

  /// A contiguous array in which each row along `dim`, which is wrapped, is a function of this
  /// array's row.
  func mapRows(_ loop: RowLoop, dim: Int) throws -> NDArray {
    let result = try NDArray(uninitialized: contiguousLayout, dtype)
    let (o, x) = (result.base, base)
    let size = dtype.size
    if isContiguous && dim >= rank - 1 {
      let length = rank == 0 ? 1 : sizes[dim]
      let step = length * size
      let grain = max(16, Self.rowBlock / length)
      Parallel.forEach(count / length, grain: grain, atLeast: 16) { rows in
        let first = rows.lowerBound * step
        loop(o + first, step, size, x + first, step, size, rows.count, length)
      }
      return result
    }
    var (outer, outStrides, strides) = (sizes, result.byteStrides, byteStrides)
    let (length, outStride, stride) = (sizes[dim], outStrides[dim], strides[dim])
    outer.remove(at: dim)
    outStrides.remove(at: dim)
    strides.remove(at: dim)
    let grain = max(16, Self.rowBlock / length)
    StridedLoop(outer, outStrides, strides).forEachRow { offsets, strides, count in
      Parallel.forEach(count, grain: grain, atLeast: 16) { rows in
        loop(
          o + offsets[0] + rows.lowerBound * strides[0], strides[0], outStride,
          x + offsets[1] + rows.lowerBound * strides[1], strides[1], stride, rows.count, length)
      }
    }
    return result
  }

  /// The row-major layout of these sizes.
  private var contiguousLayout: Layout {
    get throws { try isContiguous ? layout : Layout.contiguous(sizes) }
  }

  /// Elements of rows that are worth another thread.
  private static var rowBlock: Int { 1 << 14 }

  /// What the gradient of softmax's result, or of its logarithm's, comes to before it; this is that
  /// gradient, and `result`, of the same sizes and dtype, what softmax gave.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.notImplemented`.
  package func softmaxGradient(_ result: NDArray, dim: Int, isLog: Bool) throws -> NDArray {
    let dim = try Dims.wrap(dim, rank: rank)
    let out = try NDArray(uninitialized: contiguousLayout, dtype)
    if count == 0 { return out }
    guard let loop = isLog ? Kernels.logSoftmaxGradient(dtype) : Kernels.softmaxGradient(dtype)
    else { throw TensorError.notImplemented(kernel: "softmax_backward", dtype) }
    let (o, x, y, size) = (out.base, base, result.base, dtype.size)
    if isContiguous && result.isContiguous && dim >= rank - 1 {
      let length = rank == 0 ? 1 : sizes[dim]
      let step = length * size
      let grain = max(16, Self.rowBlock / length)
      Parallel.forEach(count / length, grain: grain, atLeast: 16) { rows in
        let first = rows.lowerBound * step
        loop(
          o + first, step, size, x + first, step, size, y + first, step, size, rows.count, length)
      }
      return out
    }
    var (outer, outStrides) = (sizes, out.byteStrides)
    var (strides, others) = (byteStrides, result.byteStrides)
    let (outStride, stride, other) = (outStrides[dim], strides[dim], others[dim])
    let length = sizes[dim]
    outer.remove(at: dim)
    outStrides.remove(at: dim)
    strides.remove(at: dim)
    others.remove(at: dim)
    let grain = max(16, Self.rowBlock / length)
    StridedLoop(outer, outStrides, strides, others).forEachRow { at, by, count in
      Parallel.forEach(count, grain: grain, atLeast: 16) { rows in
        let first = rows.lowerBound
        loop(
          o + at[0] + first * by[0], by[0], outStride, x + at[1] + first * by[1], by[1], stride,
          y + at[2] + first * by[2], by[2], other, rows.count, length)
      }
    }
    return out
  }
}
