import Elements

// Products of matrices and vectors. Operands are read by their strides, so a transposed matrix is
// never copied; results are row-major.

extension NDArray {
  /// The product of two matrices.
  ///
  /// - Parameters:
  ///   - name: the operator that the messages speak of.
  ///   - hasDenseColumns: whether the result is column-major.
  /// - Throws: `TensorError.matrixExpected`, `.matrixSizes`, `.matrixDTypes`, `.notImplemented`.
  package func mm(
    _ other: NDArray, name: String = "mm", hasDenseColumns: Bool = false
  ) throws -> NDArray {
    if rank != 2 { throw TensorError.matrixExpected(name, argument: "self", rank: rank) }
    if other.rank != 2 {
      throw TensorError.matrixExpected(name, argument: "mat2", rank: other.rank)
    }
    if sizes[1] != other.sizes[0] {
      throw TensorError.matrixSizes(name, sizes, other.sizes)
    }
    if dtype != other.dtype { throw TensorError.matrixDTypes(dtype, other.dtype) }
    var result = try NDArray(uninitialized: [sizes[0], other.sizes[1]], dtype)
    if hasDenseColumns { result = result.with(.strided(result.sizes, [1, sizes[0]])) }
    try Products(
      kernel: "addmm_impl_cpu_", m: sizes[0], k: sizes[1], n: other.sizes[1],
      c: .init(result, rows: result.strides[0], columns: result.strides[1]),
      a: .init(self, rows: strides[0], columns: strides[1]),
      b: .init(other, rows: other.strides[0], columns: other.strides[1])
    ).run(into: result)
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
    let beta = try beta.cut(to: dtype)
    let alpha = try alpha.cut(to: dtype)
    let hasProduct = a.count > 0 && (!alpha.isZero || dtype == .bool)
    if addend.count > 0 && !(hasProduct && dtype.isFloatingPoint) {
      return try addend.plusInteger(hasProduct ? a.mm(b, name: "addmm") : nil, beta, alpha)
    }
    let result = try NDArray(uninitialized: addend.sizes, dtype)
    var products = Products(
      kernel: "addmm_impl_cpu_", m: a.sizes[0], k: a.sizes[1], n: b.sizes[1],
      c: .init(result, rows: b.sizes[1], columns: 1),
      a: .init(a, rows: a.strides[0], columns: a.strides[1]),
      b: .init(b, rows: b.strides[0], columns: b.strides[1]))
    (products.alpha, products.beta) = (alpha.double, beta.double)
    if beta.double != 0 {
      products.d = .init(addend, rows: addend.strides[0], columns: addend.strides[1])
    }
    try products.run(into: result)
    return result
  }

  /// `beta * self + alpha * product` in one operation after the other, as integers and complex
  /// numbers want it, and where there is no product.
  func plusInteger(
    _ product: NDArray?, _ beta: Scalar, _ alpha: Scalar
  ) throws -> NDArray {
    guard var product else {
      return try beta.isZero ? .full(sizes, 0, dtype) : binary(.mul, beta, dtype: dtype)
    }
    if !alpha.isOne { product = try product.binary(.mul, alpha, dtype: dtype, into: product) }
    if beta.isZero { return product }
    let term = beta.isOne ? self : try binary(.mul, beta, dtype: dtype)
    return try product.binary(.add, term, into: product)
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
    try Products(
      kernel: "addmv_impl_cpu", m: sizes[0], k: sizes[1], n: 1,
      c: .init(result, rows: 1, columns: 0),
      a: .init(self, rows: strides[0], columns: strides[1]),
      b: .init(vector, rows: vector.strides[0], columns: 0)
    ).run(into: result)
    return result
  }

  /// The products of as many matrices as there are in both stacks.
  ///
  /// - Throws: `TensorError.runtime`, `.notImplemented`.
  package func bmm(_ other: NDArray) throws -> NDArray {
    try checkStacks(other, "bmm")
    let result = try NDArray(uninitialized: [sizes[0], sizes[1], other.sizes[2]], dtype)
    try Products(
      kernel: "bmm", batches: sizes[0], m: sizes[1], k: sizes[2], n: other.sizes[2],
      c: .init(result, batches: result.strides[0], rows: result.strides[1], columns: 1),
      a: .init(self, batches: strides[0], rows: strides[1], columns: strides[2]),
      b: .init(
        other, batches: other.strides[0], rows: other.strides[1], columns: other.strides[2])
    ).run(into: result)
    return result
  }

  /// - Throws: `TensorError.runtime`, `.notImplemented` for stacks that can't be multiplied.
  func checkStacks(_ other: NDArray, _ kernel: String) throws {
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
      throw TensorError.notImplemented(kernel: kernel, .bool)
    }
    if dtype != other.dtype {
      throw TensorError.runtime(
        "expected scalar type \(dtype.scalarTypeName) but found \(other.dtype.scalarTypeName)")
    }
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
    try Products(
      kernel: "dot", m: 1, k: count, n: 1, c: .init(result, rows: 0, columns: 0),
      a: .init(self, rows: 0, columns: strides[0]),
      b: .init(other, rows: other.strides[0], columns: 0)
    ).run(into: result)
    return result
  }
}

extension Scalar {
  /// True for a zero without an imaginary part.
  package var isZero: Bool { double == 0 && imaginary == 0 }

  /// True for a one without an imaginary part.
  package var isOne: Bool { double == 1 && imaginary == 0 }

  /// The number as it takes part in arithmetic on elements of `dtype`, which is done in float32 for
  /// 16-bit floats: an integer loses its fraction.
  ///
  /// - Throws: `TensorError.conversionOverflow`.
  package func cut(to dtype: DType) throws -> Scalar {
    try check(fits: dtype.isFloatingPoint && dtype.size == 2 ? .float32 : dtype)
    return dtype.isInteger ? .int(int64) : self
  }
}
