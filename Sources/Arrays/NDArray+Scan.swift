import Elements
import KernelChoice

// Running folds along one dimension, and sums of functions of elements.

extension NDArray {
  /// Products of the first element, the first two, … along one dimension, in `dtype`: by default in
  /// int64 for integers and bool.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.notImplemented` for bool as the result's dtype.
  package func cumprod(dim: Int, dtype: DType?) throws -> NDArray {
    let dim = try Dims.wrap(dim, rank: rank)
    let x = try cast(to: dtype ?? self.dtype.accumulating)
    if rank == 0 { return try x.copied() }
    if count == 0 { return try NDArray(uninitialized: sizes, x.dtype) }
    guard let loop = Kernels.cumprod(x.dtype) else {
      throw TensorError.notImplemented(kernel: "cumprod_out_cpu", x.dtype)
    }
    return try x.mapRows(loop, dim: dim)
  }

  /// Logarithms of running sums of exponentials along one dimension.
  ///
  /// - Throws: `TensorError.dimOutOfRange`, `.notImplemented` for integers and bool.
  package func logCumSumExp(dim: Int) throws -> NDArray {
    let dim = try Dims.wrap(dim, rank: rank)
    let complex: RowLoop? =
      switch dtype {
      case .complex64: Complex<Float>.runningLogarithms
      case .complex128: Complex<Double>.runningLogarithms
      default: nil
      }
    guard let loop = complex ?? Kernels.logCumSumExp(dtype) else {
      throw TensorError.notImplemented(kernel: "logcumsumexp_out_cpu", dtype)
    }
    if rank == 0 { return try copied() }
    if count == 0 { return try NDArray(uninitialized: sizes, dtype) }
    return try mapRows(loop, dim: dim)
  }

  /// The sum of a function of each element along `dims`, which are wrapped and distinct.
  ///
  /// - Throws: `TensorError.notImplemented` for dtypes that have no such sum, `.outOfMemory`.
  package func powerSum(_ op: PowerSum, _ dims: Dims, keepdim: Bool) throws -> NDArray {
    if op == .nonZeros && dtype.isComplex {
      return try cast(to: .bool).powerSum(op, dims, keepdim: keepdim)
    }
    guard let loop = Kernels.power(op, dtype) else {
      throw TensorError.notImplemented(kernel: "\(op)", dtype)
    }
    if op == .nonZeros { return try folded(loop, .int64, dims, keepdim, joining: .sum) }
    // Partial results of 16 bits would be rounded once more at every step.
    let isShort = dtype.size == 2
    return try folded(loop, dtype, dims, keepdim, joining: isShort ? nil : .sum)
  }

  /// sum(|x|^ord)^(1 / ord) along `dims`, which are wrapped and distinct; for infinite `ord` the
  /// largest or smallest magnitude, for 0 the number of elements that are not zero. This array is of
  /// the dtype that is computed in, a float or complex; 16-bit floats are rounded once, at the end.
  ///
  /// - Throws: `TensorError.outOfMemory`.
  package func vectorNorm(_ ord: Double, _ dims: Dims, keepdim: Bool) throws -> NDArray {
    if dtype.isComplex {
      return try unary(.abs).vectorNorm(ord, dims, keepdim: keepdim)
    }
    let x = try cast(to: dtype.computing)
    let norm: NDArray
    switch ord {
    case 0:
      norm = try x.powerSum(.nonZeros, dims, keepdim: keepdim).cast(to: x.dtype)
    case 1:
      norm = try x.powerSum(.magnitudes, dims, keepdim: keepdim)
    case 2:
      norm = try x.euclideanNorm(dims, keepdim: keepdim)
    case .infinity, -.infinity:
      if dims.contains(where: { sizes[$0] == 0 }) {
        norm = try .full(sizes.reducing(dims, keepdim: keepdim), 0, x.dtype)
      } else {
        let magnitudes = try x.unary(.abs)
        norm = try magnitudes.reduced(ord > 0 ? .max : .min, dims, keepdim: keepdim)
      }
    default:
      let powers = try x.unary(.abs).power(.double(ord))
      let sum = try powers.reduced(.sum, dims, keepdim: keepdim)
      norm = try sum.power(.double(1 / ord))
    }
    return try norm.cast(to: dtype)
  }

  private func euclideanNorm(_ dims: Dims, keepdim: Bool) throws -> NDArray {
    let sum = try powerSum(.squares, dims, keepdim: keepdim)
    return try sum.unary(.sqrt, into: sum)
  }
}
