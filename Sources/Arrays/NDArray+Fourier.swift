import CFFT
import Elements
import Parallel

// Discrete Fourier transforms along dimensions, which are wrapped and distinct. Forward is the sign
// minus in the exponent. In the result's memory the dimensions that are transformed run fastest; among
// them, and among the others, the order is that of the argument's memory.

extension NDArray {
  /// The transform of complex numbers, times `scale`.
  ///
  /// - Throws: `TensorError.outOfMemory`.
  package func fourier(_ dims: Dims, isInverse: Bool, scale: Double) throws -> NDArray {
    let order = transformOrder(dims, keepsLast: false)
    var x = try permuted(order)
    for k in 0..<dims.count {
      x = try x.fourierRows(
        APUS_FFT_COMPLEX, rank - 1 - k, isInverse, scale: k == 0 ? scale : 1)
    }
    // Nothing to transform is copied and scaled all the same.
    x = try dims.isEmpty ? x.copied() : x.contiguous()
    return try x.permuted(order.inverse)
  }

  /// The transform of real numbers, times `scale`: complex; along the last of the dimensions, of
  /// which there is at least one, only the first half where that is asked for.
  ///
  /// - Throws: `TensorError.outOfMemory`.
  package func fourierOfReal(
    _ dims: Dims, isHalf: Bool, isInverse: Bool, scale: Double
  ) throws -> NDArray {
    let order = transformOrder(dims, keepsLast: true)
    var x = try permuted(order)
      .fourierRows(
        isHalf ? APUS_FFT_REAL : APUS_FFT_REAL_TO_ALL, rank - 1, isInverse, scale: scale)
    for k in 1..<max(dims.count, 1) {
      x = try x.fourierRows(APUS_FFT_COMPLEX, rank - 1 - k, isInverse, scale: 1)
    }
    return try x.contiguous().permuted(order.inverse)
  }

  /// The inverse transform, times `scale`, of complex numbers of which it is known to be real; of
  /// the last dimension they are the first half, and the result has `length` numbers.
  ///
  /// - Throws: `TensorError.outOfMemory`.
  package func fourierToReal(_ dims: Dims, length: Int, scale: Double) throws -> NDArray {
    let order = transformOrder(dims, keepsLast: true)
    var x = try permuted(order)
    for k in stride(from: dims.count - 1, to: 0, by: -1) {
      x = try x.fourierRows(APUS_FFT_COMPLEX, rank - 1 - k, true, scale: 1)
    }
    x = try x.fourierRows(APUS_FFT_HERMITIAN, rank - 1, true, scale: scale, length: length)
    return try x.contiguous().permuted(order.inverse)
  }

  /// The dimensions in the order of the result's memory.
  ///
  /// - Parameter keepsLast: whether the last dimension to transform is the last in memory too.
  private func transformOrder(_ dims: Dims, keepsLast: Bool) -> Dims {
    func sorted(_ dims: some Sequence<Int>) -> [Int] { dims.sorted { strides[$0] > strides[$1] } }
    let last = keepsLast ? dims.suffix(1) : dims.suffix(0)
    let others = sizes.indices.filter { !dims.contains($0) }
    return Dims(sorted(others) + sorted(dims.prefix(dims.count - last.count)) + Array(last))
  }

  /// The transform along one dimension; this may have any strides.
  private func fourierRows(
    _ kind: apus_fft_kind, _ dim: Int, _ isInverse: Bool, scale: Double, length: Int? = nil
  ) throws -> NDArray {
    let last = rank - 1
    let x = try transposed(dim, last).contiguous()
    let length = length ?? x.sizes[last]
    var sizes = x.sizes
    let isReal = kind == APUS_FFT_REAL || kind == APUS_FFT_REAL_TO_ALL
    if kind == APUS_FFT_REAL { sizes[last] = length / 2 + 1 }
    if kind == APUS_FFT_HERMITIAN { sizes[last] = length }
    let result = try NDArray.empty(
      sizes, kind == APUS_FFT_HERMITIAN ? dtype.real : isReal ? dtype.complex : dtype)
    if result.count == 0 { return try result.transposed(dim, last) }
    let rows = result.count / sizes[last]
    let (source, target) = (x.base, result.base)
    let sourceStep = x.count / rows * dtype.size
    let targetStep = sizes[last] * result.dtype.size
    let isDouble = dtype.real == .float64
    let failures = UnsafeMutablePointer<Bool>.allocate(capacity: 1)
    defer { failures.deallocate() }
    failures.initialize(to: false)
    Parallel.forEach(rows, grain: max(1, (1 << 12) / length)) { range in
      let isDone = apus_fft_rows(
        kind, isInverse, isDouble, source + range.lowerBound * sourceStep,
        target + range.lowerBound * targetStep, range.count, length, scale)
      // Whoever fails writes the same.
      if !isDone { failures.pointee = true }
    }
    withExtendedLifetime(x) {}
    if failures.pointee { throw TensorError.outOfMemory(bytes: 64 * length) }
    return try result.transposed(dim, last)
  }
}

extension Dims {
  /// The order of dimensions that undoes this one.
  fileprivate var inverse: Dims {
    var result = self
    for (place, dim) in enumerated() { result[dim] = place }
    return result
  }
}
