import Elements

// Arrays plus products of matrices and vectors: beta * self + alpha * product.

extension NDArray {
  /// This array, written into `out` where it is given, which has to have these sizes.
  ///
  /// - Throws: `TensorError.runtime`.
  package func replacing(_ out: NDArray?) throws -> NDArray {
    guard let out else { return self }
    if out.sizes != sizes {
      throw TensorError.runtime(
        "Bad in-place call: input tensor size \(out.sizes) and output tensor size \(sizes) should "
          + "match")
    }
    return try moved(into: out)
  }

  /// `beta * self + alpha * (matrix vector)`, where a single element stretches to the product.
  ///
  /// - Throws: `TensorError.runtime`, `.notImplemented`, `.conversionOverflow`.
  package func addmv(
    _ matrix: NDArray, _ vector: NDArray, beta: Scalar, alpha: Scalar
  ) throws -> NDArray {
    if matrix.rank != 2 || vector.rank != 1 || rank > 1 {
      throw TensorError.runtime(
        "vector + matrix @ vector expected, got \(rank), \(matrix.rank), \(vector.rank)")
    }
    let (m, k) = (matrix.sizes[0], matrix.sizes[1])
    if k != vector.sizes[0] || (count != m && count != 1) {
      throw TensorError.runtime(
        "size mismatch, got input (\(count)), mat (\(m)x\(k)), vec (\(vector.sizes[0]))")
    }
    if dtype != matrix.dtype || dtype != vector.dtype {
      throw TensorError.runtime(
        "addmv input tensors must have the same dtype, but got \(dtype.scalarTypeName), "
          + "\(matrix.dtype.scalarTypeName), and \(vector.dtype.scalarTypeName)")
    }
    let addend = try (rank == 0 ? unsqueezed(0) : self).expanded(to: [m])
    let (beta, alpha) = (try beta.cut(to: dtype), try alpha.cut(to: dtype))
    let hasProduct = matrix.count > 0 && (!alpha.isZero || dtype == .bool)
    if addend.count > 0 && !(hasProduct && dtype.isFloatingPoint) {
      return try addend.plusInteger(hasProduct ? matrix.mv(vector) : nil, beta, alpha)
    }
    let result = try NDArray(uninitialized: [m], dtype)
    var products = Products(
      kernel: "addmv_impl_cpu", m: m, k: k, n: 1, c: .init(result, rows: 1, columns: 0),
      a: .init(matrix, rows: matrix.strides[0], columns: matrix.strides[1]),
      b: .init(vector, rows: vector.strides[0], columns: 0))
    (products.alpha, products.beta) = (alpha.double, beta.double)
    if !beta.isZero { products.d = .init(addend, rows: addend.strides[0], columns: 0) }
    try products.run(into: result)
    return result
  }

  /// `beta * self + alpha * (a b)` for stacks of matrices, where this array stretches to the product.
  ///
  /// - Throws: as `bmm`, and `TensorError.expand`, `.dimOutOfRange`.
  package func baddbmm(
    _ a: NDArray, _ b: NDArray, beta: Scalar, alpha: Scalar
  ) throws -> NDArray {
    for (array, least) in [(a, 2), (b, 3)] where array.rank < least {
      throw TensorError.dimOutOfRange(least - 1, rank: array.rank)
    }
    let addend = try expanded(to: [a.sizes[0], a.sizes[1], b.sizes[2]])
    if dtype != a.dtype {
      throw TensorError.runtime(
        "Input dtypes must be the same, got: input \(dtype.compilerName), batch1: "
          + "\(a.dtype.compilerName), batch2: \(b.dtype.compilerName)")
    }
    try a.checkStacks(b, "baddbmm")
    let (beta, alpha) = (try beta.cut(to: dtype), try alpha.cut(to: dtype))
    let hasProduct = a.count > 0 && !alpha.isZero
    if addend.count > 0 && !(hasProduct && dtype.isFloatingPoint) {
      return try addend.plusInteger(hasProduct ? a.bmm(b) : nil, beta, alpha)
    }
    let result = try NDArray(uninitialized: addend.sizes, dtype)
    func stack(_ x: NDArray) -> Products.Stack {
      .init(x, batches: x.strides[0], rows: x.strides[1], columns: x.strides[2])
    }
    var products = Products(
      kernel: "baddbmm", batches: a.sizes[0], m: a.sizes[1], k: a.sizes[2], n: b.sizes[2],
      c: stack(result), a: stack(a), b: stack(b))
    (products.alpha, products.beta) = (alpha.double, beta.double)
    if !beta.isZero { products.d = stack(addend) }
    try products.run(into: result)
    return result
  }

  /// `beta * self + alpha * (sum of a[i] b[i])` for stacks of matrices.
  ///
  /// - Throws: as `addmm`, and `TensorError.runtime`.
  package func addbmm(
    _ a: NDArray, _ b: NDArray, beta: Scalar, alpha: Scalar
  ) throws -> NDArray {
    for (array, least) in [(a, 2), (b, 3)] where array.rank < least {
      throw TensorError.dimOutOfRange(least - 1, rank: array.rank)
    }
    let addend = try expanded(to: [a.sizes[1], b.sizes[2]])
    for (i, stack) in [a, b].enumerated() where stack.rank != 3 {
      throw TensorError.runtime("batch\(i + 1) must be a 3D tensor")
    }
    if a.sizes[0] != b.sizes[0] {
      throw TensorError.runtime(
        "batch1 and batch2 must have same number of batches, got \(a.sizes[0]) and \(b.sizes[0])")
    }
    if a.sizes[2] != b.sizes[1] {
      throw TensorError.runtime(
        "Incompatible matrix sizes for bmm (\(a.sizes[1])x\(a.sizes[2]) and "
          + "\(b.sizes[1])x\(b.sizes[2]))")
    }
    // The matrices of a beside one another, times those of b below one another.
    let inner = a.sizes[0] &* a.sizes[2]
    let left = try a.permuted([1, 0, 2]).contiguous().viewed(as: [a.sizes[1], inner])
    let right = try b.contiguous().viewed(as: [inner, b.sizes[2]])
    return try addend.addmm(left, right, beta: beta, alpha: alpha)
  }

  /// `beta * self + alpha * (x y^T)` of two vectors, in the dtype that the three promote to.
  ///
  /// - Throws: `TensorError.runtime`, `.expand`, `.expandRank`.
  package func addr(
    _ x: NDArray, _ y: NDArray, beta: Scalar, alpha: Scalar
  ) throws -> NDArray {
    for (name, vector) in [("vec1", x), ("vec2", y)] where vector.rank != 1 {
      throw TensorError.runtime("addr: Expected 1-D argument \(name), but got \(vector.rank)-D")
    }
    let addend = try expanded(to: [x.sizes[0], y.sizes[0]])
    var promotion = Promotion()
    for array in [self, x, y] { promotion.add(array) }
    let dtype = promotion.result
    for (name, number) in [("beta", beta), ("alpha", alpha)] {
      if case .bool = number, dtype != .bool {
        throw TensorError.runtime("Boolean \(name) only supported for Boolean results.")
      }
      if dtype.isFloatingPoint && number.isComplex {
        throw TensorError.runtime(
          "For non-complex input tensors, argument \(name) must not be a complex number.")
      }
      if !dtype.isDifferentiable && (number.isFloatingPoint || number.isComplex) {
        throw TensorError.runtime(
          "For integral input tensors, argument \(name) must not be a floating point number.")
      }
    }
    let column = try x.cast(to: dtype).unsqueezed(1)
    let row = try y.cast(to: dtype)
    let matrix = try addend.cast(to: dtype)
    if dtype == .bool {
      let product =
        try alpha.isZero
        ? .full(addend.sizes, 0, .bool) : column.binary(.mul, row)
      return beta.isZero ? product : try product.binary(.maximum, matrix)
    }
    return try matrix.plusInteger(
      column.binary(.mul, row), beta.cut(to: dtype), alpha.cut(to: dtype))
  }
}
