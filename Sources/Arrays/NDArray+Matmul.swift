import Elements
import KernelChoice

// Products of matrices and vectors. Operands are read by their strides, so a transposed matrix is
// never copied; results are row-major.

extension NDArray {
  /// The product of two matrices.
  ///
  /// - Parameter name: the operator that the messages speak of.
  /// - Throws: `TensorError.matrixExpected`, `.matrixSizes`, `.matrixDTypes`, `.notImplemented`.
  package func mm(_ other: NDArray, name: String = "mm") throws -> NDArray {
    if rank != 2 { throw TensorError.matrixExpected(name, argument: "self", rank: rank) }
    if other.rank != 2 {
      throw TensorError.matrixExpected(name, argument: "mat2", rank: other.rank)
    }
    if sizes[1] != other.sizes[0] {
      throw TensorError.matrixSizes(name, sizes, other.sizes)
    }
    if dtype != other.dtype { throw TensorError.matrixDTypes(dtype, other.dtype) }
    let result = try NDArray(uninitialized: [sizes[0], other.sizes[1]], dtype)
    try Product(
      kernel: "addmm_impl_cpu_", m: sizes[0], k: sizes[1], n: other.sizes[1],
      c: (0, other.sizes[1], 1), a: (0, strides[0], strides[1]),
      b: (0, other.strides[0], other.strides[1])
    ).write(into: result, self, other)
    return result
  }

  /// `beta * self + alpha * (a b)`, where this array stretches to the product.
  ///
  /// - Throws: as `mm`, and `TensorError.runtime`, `.expand`, `.expandRank`.
  package func addmm(
    _ a: NDArray, _ b: NDArray, beta: Scalar, alpha: Scalar
  ) throws -> NDArray {
    for (name, other) in [("self", self), ("mat1", a)] where other.dtype != b.dtype {
      throw TensorError.runtime(
        "\(name) and mat2 must have the same dtype, but got \(other.dtype.scalarTypeName) and "
          + b.dtype.scalarTypeName)
    }
    if a.rank != 2 { throw TensorError.matrixExpected("addmm", argument: "self", rank: a.rank) }
    if b.rank != 2 { throw TensorError.matrixExpected("addmm", argument: "mat2", rank: b.rank) }
    if a.sizes[1] != b.sizes[0] { throw TensorError.matrixSizes("addmm", a.sizes, b.sizes) }
    let addend = try expanded(to: [a.sizes[0], b.sizes[1]])
    var result = try NDArray.full(addend.sizes, 0, dtype)
    if result.count == 0 { return result }
    let beta = try beta.cut(to: dtype)
    let alpha = try a.count == 0 ? 0 : alpha.cut(to: dtype)
    if alpha.double != 0 || dtype == .bool && a.count > 0 {
      result = try a.mm(b, name: "addmm")
      if alpha.double != 1 { result = try result.binary(.mul, alpha, dtype: dtype, into: result) }
    }
    if beta.double == 0 { return result }
    let term = beta.double == 1 ? addend : try binary(.mul, beta, dtype: dtype)
    return try result.binary(.add, term, into: result)
  }

  /// The product of a matrix and a vector.
  ///
  /// - Throws: `TensorError.runtime`, `.notImplemented`.
  package func mv(_ vector: NDArray) throws -> NDArray {
    if rank != 2 || vector.rank != 1 {
      throw TensorError.runtime(
        "vector + matrix @ vector expected, got 1, \(rank), \(vector.rank)")
    }
    if sizes[1] != vector.sizes[0] {
      throw TensorError.runtime(
        "size mismatch, got input (\(sizes[0])), mat (\(sizes[0])x\(sizes[1])), "
          + "vec (\(vector.sizes[0]))")
    }
    if dtype != vector.dtype {
      let (matrix, other) = (dtype.scalarTypeName, vector.dtype.scalarTypeName)
      throw TensorError.runtime(
        "addmv input tensors must have the same dtype, but got \(other), \(matrix), and \(other)")
    }
    let result = try NDArray(uninitialized: [sizes[0]], dtype)
    try Product(
      kernel: "addmv_impl_cpu", m: sizes[0], k: sizes[1], n: 1, c: (0, 1, 0),
      a: (0, strides[0], strides[1]), b: (0, vector.strides[0], 0)
    ).write(into: result, self, vector)
    return result
  }

  /// The products of as many matrices as there are in both stacks.
  ///
  /// - Throws: `TensorError.runtime`, `.notImplemented`.
  package func bmm(_ other: NDArray) throws -> NDArray {
    for (i, stack) in [self, other].enumerated() where stack.rank != 3 {
      throw TensorError.runtime("batch\(i + 1) must be a 3D tensor")
    }
    let expected: Dims = [sizes[0], sizes[2]]
    let given: Dims = [other.sizes[0], other.sizes[1]]
    if expected != given {
      throw TensorError.runtime(
        "Expected size for first two dimensions of batch2 tensor to be: \(expected) "
          + "but got: \(given).")
    }
    if dtype == .bool && count > 0 && other.count > 0 {
      throw TensorError.notImplemented(kernel: "bmm", .bool)
    }
    if dtype != other.dtype {
      throw TensorError.runtime(
        "expected scalar type \(dtype.scalarTypeName) but found \(other.dtype.scalarTypeName)")
    }
    let result = try NDArray(uninitialized: [sizes[0], sizes[1], other.sizes[2]], dtype)
    try Product(
      kernel: "bmm", batches: sizes[0], m: sizes[1], k: sizes[2], n: other.sizes[2],
      c: (result.strides[0], result.strides[1], 1), a: (strides[0], strides[1], strides[2]),
      b: (other.strides[0], other.strides[1], other.strides[2])
    ).write(into: result, self, other)
    return result
  }

  /// The scalar product of two vectors.
  ///
  /// - Throws: `TensorError.runtime`, `.notImplemented`.
  package func dot(_ other: NDArray) throws -> NDArray {
    if rank != 1 || other.rank != 1 {
      throw TensorError.runtime(
        "1D tensors expected, but got \(rank)D and \(other.rank)D tensors")
    }
    if dtype != other.dtype {
      throw TensorError.runtime(
        "dot : expected both vectors to have same dtype, but found \(dtype.scalarTypeName) and "
          + other.dtype.scalarTypeName)
    }
    if count != other.count {
      throw TensorError.runtime(
        "inconsistent tensor size, expected tensor \(sizes) and src \(other.sizes) to have the "
          + "same number of elements, but got \(count) and \(other.count) elements respectively")
    }
    if dtype == .bool { throw TensorError.notImplemented(kernel: "dot", .bool) }
    let result = try NDArray(uninitialized: .scalar, dtype)
    try Product(
      kernel: "dot", m: 1, k: count, n: 1, c: (0, 0, 0), a: (0, 0, strides[0]),
      b: (0, other.strides[0], 0)
    ).write(into: result, self, other)
    return result
  }
}

/// The products of each pair of matrices in two stacks, m by k and k by n. Strides are in elements:
/// those of the stack, of rows and of columns.
private struct Product {
  let kernel: String
  var batches = 1
  let m: Int
  let k: Int
  let n: Int
  let c: (Int, Int, Int)
  let a: (Int, Int, Int)
  let b: (Int, Int, Int)

  /// - Throws: `TensorError.notImplemented` for bool, where there is anything to add up.
  func write(into result: NDArray, _ x: NDArray, _ y: NDArray) throws {
    if result.count == 0 { return }
    if k == 0 { return result.fill(0) }
    guard let loop = Kernels.matmul(result.dtype) else {
      throw TensorError.notImplemented(kernel: kernel, result.dtype)
    }
    // A stride of a single row or column may be any number.
    let size = result.dtype.size
    for i in 0..<batches {
      loop(
        result.base + i &* c.0 &* size, c.1 &* size, c.2 &* size,
        x.base + i &* a.0 &* size, a.1 &* size, a.2 &* size,
        y.base + i &* b.0 &* size, b.1 &* size, b.2 &* size, m, n, k)
    }
  }
}

extension Scalar {
  /// The number as it takes part in arithmetic on elements of `dtype`, which is done in float32 for
  /// 16-bit floats: an integer loses its fraction.
  ///
  /// - Throws: `TensorError.conversionOverflow`.
  fileprivate func cut(to dtype: DType) throws -> Scalar {
    try check(fits: dtype.isFloatingPoint && dtype.size == 2 ? .float32 : dtype)
    return dtype.isInteger ? .int(int64) : self
  }
}
