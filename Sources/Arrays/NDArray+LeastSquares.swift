import Elements
import MatrixLibraries

// Least squares and pseudoinverses, by LAPACK.

extension NDArray {
  /// LAPACK's routines for least squares.
  package typealias LeastSquaresDriver = LAPACK.LeastSquares

  /// X of least squares ||A X - B|| for each pair of matrices of the same batch, with what the driver
  /// tells beside: rank (int64) and singular values, empty where it does not.
  ///
  /// - Parameter rcond: singular values below this part of the largest count as zero.
  /// - Throws: `TensorError.linearAlgebra` where the singular values do not converge, `.runtime`,
  ///   `.notImplemented`, `.outOfMemory`.
  package func leastSquares(
    _ b: NDArray, rcond: Double, _ driver: LeastSquaresDriver
  ) throws -> (solution: NDArray, rank: NDArray, singular: NDArray, residue: NDArray) {
    let function = "torch.linalg.lstsq"
    let lapack = try lapack("linalg_lstsq_cpu", function)
    let (m, n, columns, real) = (rowCount, columnCount, b.columnCount, dtype.real)
    let batch = batchSizes
    let (least, tall) = (min(m, n), max(m, n))
    let matrices = try columnCopy()
    let right = try NDArray.columns(batch, tall, columns, dtype)
    right.fill(0)
    if least > 0 { try right.narrow(dim: -2, start: 0, length: m).assign(b) }
    let isRanked = driver != .gels
    let hasSingular = driver == .gelsd || driver == .gelss
    let ranks = try NDArray.full(batch, 0, .int32)
    let singular = try NDArray(uninitialized: batch + [least], real)
    singular.fill(0)
    if least > 0 && columns > 0 && matrices.count > 0 {
      let (a, x) = (MatrixStack(matrices), MatrixStack(right))
      let (s, r) = (MatrixStack(singular, rank: 1), MatrixStack(ranks, rank: 0))
      let routine = lapack.solveLeastSquares(driver)
      let sizes = (m: m, n: n, columns: columns)
      let space = try workspace(lapack, routine, sizes, a[0], x[0])
      let isDouble = real == .float64
      let info = try NDArray.eachMatrix(
        batch, bytes: space.bytes(lapack) + 64, work: 10 * cubes(m, n, tall)
      ) { i, memory in
        // The routines may change the bound.
        if isDouble {
          memory.storeBytes(of: rcond, as: Double.self)
        } else {
          memory.storeBytes(of: Float(rcond), as: Float.self)
        }
        let (work, reals, integers) = space.parts(memory + 64, lapack)
        return routine(
          sizes, a[i], x[i], s[i], memory, r[i].assumingMemoryBound(to: Int32.self), work,
          space.elements, reals, integers)
      }
      try info.checkInfo { batch, info in
        .linearAlgebra(
          "\(function): \(batch)The least squares solution could not be computed because the input "
            + "matrix does not have full rank (error code: \(info)).")
      }
    }
    let none = try NDArray(uninitialized: [0], .int64)
    return (
      try right.narrow(dim: -2, start: 0, length: n),
      isRanked ? try ranks.cast(to: .int64) : none,
      hasSingular ? singular : try NDArray(uninitialized: [0], real),
      try right.narrow(dim: -2, start: n < m ? n : m, length: n < m ? m - n : 0)
    )
  }

  /// What the routine asks for; enough for the reals and integers of complex matrices, too.
  private func workspace(
    _ lapack: LAPACK, _ routine: LAPACK.LeastSquaresRoutine,
    _ sizes: (m: Int, n: Int, columns: Int),
    _ a: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer
  ) throws -> LAPACKWorkspace {
    let memory = try Storage(byteCount: 256)
    let base = memory.pointer
    base.initializeMemory(as: UInt8.self, repeating: 0, count: 256)
    MatrixLibrary.aside {
      _ = routine(
        sizes, a, b, base, base + 64, (base + 80).assumingMemoryBound(to: Int32.self), base + 96,
        -1,
        base + 128, (base + 192).assumingMemoryBound(to: Int32.self))
    }
    func real(_ offset: Int) -> Int {
      lapack.realSize == 8
        ? Int(base.load(fromByteOffset: offset, as: Double.self))
        : Int(base.load(fromByteOffset: offset, as: Float.self))
    }
    let (least, most) = (min(sizes.m, sizes.n), max(sizes.m, sizes.n))
    let integers = Int(base.load(fromByteOffset: 192, as: Int32.self))
    let space = LAPACKWorkspace(
      elements: real(96) + 64,
      reals: max(real(128), 5 * least, 2 * most) + 64, integers: max(integers, most) + 64)
    withExtendedLifetime(memory) {}
    return space
  }

  /// The pseudoinverse of each matrix: V diag(1/s) U^H, without the singular values up to `max(atol,
  /// rtol * the largest)`; with `isHermitian` of eigenvalues.
  package func pseudoInverse(
    atol: NDArray?, rtol: NDArray?, isHermitian: Bool
  ) throws -> NDArray {
    let real = dtype.real
    let (batch, m, n) = (batchSizes, rowCount, columnCount)
    if count == 0 { return try NDArray(uninitialized: batch + [n, m], dtype) }
    let (u, values, vh): (NDArray, NDArray, NDArray)
    if isHermitian {
      let (w, v) = try eigenHermitian(upper: false, wantsVectors: true)
      guard let v else { preconditionFailure("eigenvectors were asked for") }
      (u, values, vh) = (v, w, try (dtype.isComplex ? v.unary(.conj) : v).transposed(-1, -2))
    } else {
      let (left, s, right) = try singular(.reduced)
      guard let left, let right else { preconditionFailure("singular vectors were asked for") }
      (u, values, vh) = (left, s, right)
    }
    let sizes = try values.unary(.abs)
    let isSmall = try sizes.isBelow(atol: atol, rtol: rtol, m: m, n: n)
    let inverse = try NDArray.choose(isSmall, .number(0, real), values.unary(.reciprocal))
    func adjoint(_ x: NDArray) throws -> NDArray {
      try (dtype.isComplex ? x.unary(.conj) : x).transposed(-1, -2)
    }
    let left = try adjoint(vh).binary(.mul, inverse.unsqueezed(-2))
    return try left.stackProduct(adjoint(u))
  }

  /// Which of these values, in rows, falling or of any order, are no larger than `max(atol, rtol *
  /// the largest)`. Without either rtol is the precision times the larger size.
  package func isBelow(atol: NDArray?, rtol: NDArray?, m: Int, n: Int) throws -> NDArray {
    let largest = try reduced(.max, [rank - 1], keepdim: true)
    let epsilon = dtype == .float64 ? 0x1p-52 : 0x1p-23
    var relative: NDArray
    if let rtol {
      relative = rtol
    } else {
      let precision = try NDArray.number(.double(epsilon * Double(max(m, n))), dtype)
      relative = precision
      if let atol {
        // With an absolute bound there is no relative one unless it is zero.
        let isGiven = try atol.binary(.gt, .int(0))
        relative = try NDArray.choose(isGiven, .number(0, dtype), precision)
      }
    }
    let bound = try relative.cast(to: dtype).unsqueezed(-1).binary(.mul, largest)
    let least = try (atol ?? .number(0, dtype)).cast(to: dtype).unsqueezed(-1)
    return try binary(.le, bound.binary(.maximum, least))
  }

  /// The product of matrices of two arrays with the same sizes in front.
  private func stackProduct(_ other: NDArray) throws -> NDArray {
    let batch = batchSizes
    let count = batch.reduce(1, &*)
    let x = try contiguous().viewed(as: [count, rowCount, columnCount])
    let y = try other.contiguous().viewed(as: [count, other.rowCount, other.columnCount])
    return try x.bmm(y).viewed(as: batch + [rowCount, other.columnCount])
  }

  /// L D L^T, or L D L^H, of each symmetric or Hermitian matrix, in its lower triangle.
  package func factorLDL(hermitian: Bool) throws -> LU {
    let function = "torch.linalg.ldl_factor_ex"
    try checkSquare(function)
    try checkFloat(function)
    let lapack = try lapack("ldl_factor_kernel_cpu", function)
    let n = rowCount
    let factors = try columnCopy()
    factors.clearTriangle(upper: true)
    let pivots = try NDArray(uninitialized: batchSizes + [n], .int32)
    let (a, p) = (MatrixStack(factors), MatrixStack(pivots, rank: 1))
    let room = LAPACK.blocked(n)
    let routine = lapack.factorLDL(hermitian: hermitian)
    let info = try NDArray.eachMatrix(
      batchSizes, bytes: room * dtype.size, work: cubes(n, n, n) / 3
    ) { i, memory in
      routine(n, a[i], p[i].assumingMemoryBound(to: Int32.self), memory, room)
    }
    return (factors, pivots, info)
  }

  /// X of A X = B with the factors of `factorLDL`.
  package func solveLDL(_ pivots: NDArray, _ b: NDArray, hermitian: Bool) throws -> NDArray {
    let lapack = try lapack("ldl_solve_kernel_cpu", "torch.linalg.ldl_solve")
    let batch = try Dims.broadcast(batchSizes, b.batchSizes)
    let result = try b.columnCopy(batch: batch)
    let a = MatrixStack(try denseColumns(), batch: batch)
    let p = MatrixStack(try pivots.contiguous(), batch: batch, rank: 1)
    let (x, n, columns) = (MatrixStack(result), rowCount, b.columnCount)
    let routine = lapack.solveLDL(hermitian: hermitian)
    if result.count > 0 {
      _ = try NDArray.eachMatrix(batch, work: cubes(n, n, columns)) { i, _ in
        routine(n, columns, a[i], p[i].assumingMemoryBound(to: Int32.self), x[i])
      }
    }
    return result
  }
}
