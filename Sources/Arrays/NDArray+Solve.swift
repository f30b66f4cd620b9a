import Elements
import MatrixLibraries

// Systems of equations, by LAPACK.

extension NDArray {
  /// What `factorLU` gives: L below the diagonal and U in the rest, with dense columns; the rows
  /// exchanged, int32, counted from one; where the first zero of U's diagonal is, or 0, int32.
  package typealias LU = (factors: NDArray, pivots: NDArray, info: NDArray)

  /// A = P L U for each matrix, of any number of rows and columns.
  ///
  /// - Throws: `TensorError.notImplemented`, `.runtime`, `.outOfMemory`.
  package func factorLU(_ function: String) throws -> LU {
    let lapack = try lapack("lu_cpu", function)
    let (m, n) = (rowCount, columnCount)
    let factors = try columnCopy()
    let pivots = try NDArray(uninitialized: batchSizes + [min(m, n)], .int32)
    let (a, p) = (MatrixStack(factors), MatrixStack(pivots, rank: 1))
    let routine = lapack.factorLU()
    let info = try NDArray.eachMatrix(batchSizes, work: cubes(m, n, min(m, n))) { i, _ in
      routine(m, n, a[i], p[i].assumingMemoryBound(to: Int32.self))
    }
    return (factors, pivots, info)
  }

  /// X of A X = B, or of X A = B, where this array is what `factorLU` made of square A; `adjoint`
  /// stands A^H in the place of A. Batches broadcast.
  ///
  /// - Throws: `TensorError.broadcast`, and what `factorLU` throws.
  package func solveLU(
    _ pivots: NDArray, _ b: NDArray, left: Bool = true, adjoint: Bool = false, _ function: String
  ) throws -> NDArray {
    let lapack = try lapack("lu_solve_cpu", function)
    let batch = try Dims.broadcast(batchSizes, b.batchSizes)
    // X A = B is A^T X^T = B^T.
    let result = try (left ? b : b.transposed(-1, -2)).columnCopy(batch: batch)
    let form: LAPACK.Option = left ? (adjoint ? .adjoint : .no) : adjoint ? .no : .transposed
    let isConjugate = !left && adjoint
    if isConjugate { result.conjugateInPlace() }
    let factors = try denseColumns()
    let a = MatrixStack(factors, batch: batch)
    let p = MatrixStack(try pivots.contiguous(), batch: batch, rank: 1)
    let x = MatrixStack(result)
    let (n, columns) = (rowCount, result.columnCount)
    let routine = lapack.solveLU(form)
    if result.count > 0 {
      _ = try NDArray.eachMatrix(batch, work: cubes(n, n, columns)) { i, _ in
        routine(n, columns, a[i], p[i].assumingMemoryBound(to: Int32.self), x[i])
      }
    }
    if isConjugate { result.conjugateInPlace() }
    return left ? result : try result.transposed(-1, -2)
  }

  /// The inverse of each matrix, and `info` of `factorLU`.
  package func inverse(_ function: String) throws -> (inverse: NDArray, info: NDArray) {
    try checkSquare(function)
    try checkFloat(function, refusesHalf: true)
    let lu = try factorLU(function)
    let identity = try NDArray.columns(batchSizes, rowCount, rowCount, dtype)
    try identity.fillIdentity()
    return (try lu.factors.solveLU(lu.pivots, identity, function), lu.info)
  }

  /// X of A X = B, or of X A = B, for this A.
  package func solve(
    _ b: NDArray, left: Bool, isVector: Bool, _ function: String
  ) throws -> (result: NDArray, lu: LU) {
    try checkFloat(function)
    try checkSameDType(function, b)
    let columns = isVector ? try b.unsqueezed(-1) : b
    try checkRightSide(function, columns, left: left)
    let lu = try factorLU(function)
    let x = try lu.factors.solveLU(lu.pivots, columns, left: left, function)
    return (isVector ? try x.squeezed([-1]) : x, lu)
  }

  /// The determinant of each matrix from what `factorLU` gave: the product of U's diagonal, with the
  /// sign of the exchanges.
  package func determinant(_ pivots: NDArray) throws -> NDArray {
    let diagonal = try diagonal(offset: 0, dim1: -2, dim2: -1)
    return try diagonal.reduced(.prod, [diagonal.rank - 1], keepdim: false)
      .binary(.mul, Self.exchangeSign(pivots, dtype))
  }

  /// The sign of the determinant and the logarithm of its absolute value, in the same way.
  package func logDeterminant(_ pivots: NDArray) throws -> (sign: NDArray, logabs: NDArray) {
    let diagonal = try diagonal(offset: 0, dim1: -2, dim2: -1)
    let dim: Dims = [diagonal.rank - 1]
    let magnitude = try diagonal.unary(.abs)
    let isZero = try magnitude.binary(.eq, .int(0))
    let signs =
      try dtype.isComplex
      ? NDArray.choose(isZero, .number(0, dtype), diagonal.binary(.div, magnitude))
      : diagonal.unary(.sign)
    let sign = try signs.reduced(.prod, dim, keepdim: false)
      .binary(.mul, Self.exchangeSign(pivots, dtype))
    return (sign, try magnitude.unary(.log).reduced(.sum, dim, keepdim: false))
  }

  /// 1 where the number of rows exchanged is even, -1 where it is odd.
  private static func exchangeSign(_ pivots: NDArray, _ dtype: DType) throws -> NDArray {
    let batch = Dims(pivots.sizes.dropLast())
    let signs = try NDArray(uninitialized: batch, .float64)
    let stack = MatrixStack(try pivots.contiguous(), rank: 1)
    let (out, length) = (signs.base.assumingMemoryBound(to: Double.self), pivots.sizes.last ?? 0)
    for i in 0..<signs.count {
      let rows = stack[i].assumingMemoryBound(to: Int32.self)
      var isOdd = false
      for k in 0..<length where rows[k] != k + 1 { isOdd.toggle() }
      out[i] = isOdd ? -1 : 1
    }
    return try signs.cast(to: dtype)
  }

  /// The order of rows that the exchanges of `factorLU` for matrices of m rows lead to: row i of
  /// L U is row `order[i]` of A. int64.
  package static func rowOrder(_ pivots: NDArray, m: Int) throws -> NDArray {
    let order = try NDArray(uninitialized: Dims(pivots.sizes.dropLast()) + [m], .int64)
    let (rows, out) = (
      MatrixStack(try pivots.contiguous(), rank: 1), MatrixStack(order, rank: 1)
    )
    let length = min(pivots.sizes.last ?? 0, m)
    for i in 0..<out.count {
      let order = out[i].assumingMemoryBound(to: Int64.self)
      for k in 0..<m { order[k] = Int64(k) }
      let exchanged = rows[i].assumingMemoryBound(to: Int32.self)
      for k in 0..<length {
        let other = Int(exchanged[k]) - 1
        // Pivots may come from a caller.
        guard other >= 0, other < m else {
          throw TensorError.runtime("pivots passed to lu_unpack must be between 1 and \(m)")
        }
        (order[k], order[other]) = (order[other], order[k])
      }
    }
    return order
  }

  /// P of A = P L U, of m rows and columns, from the exchanges of `factorLU`.
  package static func permutation(_ pivots: NDArray, m: Int, _ dtype: DType) throws -> NDArray {
    let order = try rowOrder(pivots, m: m)
    let result = try NDArray.full(Dims(order.sizes.dropLast()) + [m, m], 0, .uint8)
    let (rows, out) = (MatrixStack(order, rank: 1), MatrixStack(result))
    for i in 0..<out.count {
      let (order, matrix) = (
        rows[i].assumingMemoryBound(to: Int64.self), out[i].assumingMemoryBound(to: UInt8.self)
      )
      for k in 0..<m { matrix[Int(order[k]) * m + k] = 1 }
    }
    return try result.cast(to: dtype)
  }

  /// X of A X = B, or of X A = B, for this triangular A, whose other triangle is not read; with
  /// `unit`, nor is its diagonal, which counts as ones. Batches broadcast.
  package func solveTriangle(
    _ b: NDArray, upper: Bool, left: Bool, unit: Bool, _ function: String
  ) throws -> NDArray {
    try checkRightSide(function, b, left: left)
    try checkSameDType(function, b)
    let lapack = try lapack("triangular_solve_cpu", function)
    let batch = try Dims.broadcast(b.batchSizes, batchSizes)
    let result = try b.columnCopy(batch: batch)
    // Dense rows are the dense columns of the transposed matrix.
    let turned = try transposed(-1, -2)
    let isTurned = !hasDenseColumns && turned.hasDenseColumns
    let a = MatrixStack(try isTurned ? turned : denseColumns(), batch: batch)
    let x = MatrixStack(result)
    let (m, n) = (result.rowCount, result.columnCount)
    let routine = lapack.solveTriangle(
      left: left, upper: upper != isTurned, form: isTurned ? .transposed : .no, unit: unit)
    if result.count > 0 {
      _ = try NDArray.eachMatrix(batch, work: cubes(m, n, rowCount) / 2) { i, _ in
        routine(m, n, a[i], x[i])
      }
    }
    return result
  }

  /// L of A = L L^H, or U of A = U^H U, and for each matrix the order of the first leading minor
  /// that is not positive, or 0. Only one triangle of A is read.
  package func cholesky(upper: Bool, _ function: String) throws -> (
    factor: NDArray, info: NDArray
  ) {
    try checkSquare(function)
    try checkFloat(function)
    let lapack = try lapack("cholesky_cpu", function)
    let (n, factor) = (rowCount, try columnCopy())
    let a = MatrixStack(factor)
    let routine = lapack.factorCholesky(upper: upper)
    let info = try NDArray.eachMatrix(batchSizes, work: cubes(n, n, n) / 3) { i, _ in
      routine(n, a[i])
    }
    factor.clearTriangle(upper: !upper)
    return (factor, info)
  }

  /// X of A X = B, where this array is the factor that `cholesky` gives. Batches broadcast.
  package func solveCholesky(_ b: NDArray, upper: Bool) throws -> NDArray {
    let lapack = try lapack("cholesky_solve_cpu", "cholesky_solve")
    let batch = try Dims.broadcast(batchSizes, b.batchSizes)
    let result = try b.columnCopy(batch: batch)
    let (a, x) = (MatrixStack(try denseColumns(), batch: batch), MatrixStack(result))
    let (n, columns) = (rowCount, b.columnCount)
    let routine = lapack.solveCholesky(upper: upper)
    if result.count > 0 {
      _ = try NDArray.eachMatrix(batch, work: cubes(n, n, columns)) { i, _ in
        routine(n, columns, a[i], x[i])
      }
    }
    return result
  }

  /// The inverse of what `cholesky` gave this factor of.
  package func invertCholesky(upper: Bool) throws -> NDArray {
    let function = "cholesky_inverse"
    try checkSquare(function)
    let lapack = try lapack("cholesky_inverse_out_cpu", function)
    let (n, result, size) = (rowCount, try columnCopy(), dtype.size)
    let a = MatrixStack(result)
    let (routine, isComplex) = (lapack.invertCholesky(upper: upper), dtype.isComplex)
    let info = try NDArray.eachMatrix(batchSizes, work: cubes(n, n, n)) { i, _ in
      let info = routine(n, a[i])
      // The other triangle is the conjugate of this one.
      for j in 0..<n {
        for k in 0..<j {
          let (above, below) = (a[i] + (j * n + k) * size, a[i] + (k * n + j) * size)
          let target = upper ? below : above
          target.copyMemory(from: upper ? above : below, byteCount: size)
          if isComplex { NDArray.negateHalf(target + size / 2, size / 2) }
        }
      }
      return info
    }
    try info.checkInfo { batch, info in
      .linearAlgebra(
        "cholesky_inverse: \(batch)The diagonal element \(info) is zero, the inversion could not be "
          + "completed because the input matrix is singular.")
    }
    return result
  }

  /// Negates a real number of so many bytes.
  private static func negateHalf(_ number: UnsafeMutableRawPointer, _ size: Int) {
    if size == 8 {
      number.assumingMemoryBound(to: Double.self).pointee.negate()
    } else {
      number.assumingMemoryBound(to: Float.self).pointee.negate()
    }
  }
}

/// The product of sizes, which is about the number of multiplications.
func cubes(_ m: Int, _ n: Int, _ k: Int) -> Double { Double(m) * Double(n) * Double(k) }
