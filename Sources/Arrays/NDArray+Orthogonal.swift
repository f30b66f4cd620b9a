import Elements
import MatrixLibraries

// Orthogonal factors, by LAPACK.

extension NDArray {
  /// Which parts of A = Q R are wanted.
  package enum QRMode: String, Sendable {
    /// As many columns of Q and rows of R as the smaller size of A.
    case reduced
    /// A square Q.
    case complete
    /// R alone, as in `reduced`.
    case r
  }

  /// Q with orthonormal columns and R, an upper triangle, whose product is A; Q is empty where only
  /// R is wanted.
  ///
  /// - Throws: `TensorError.notImplemented`, `.runtime`, `.outOfMemory`.
  package func qr(_ mode: QRMode) throws -> (q: NDArray, r: NDArray) {
    let function = "linalg.qr"
    try checkMatrices(function)
    try checkFloat(function)
    let lapack = try lapack("geqrf_cpu", function)
    let (m, n, size) = (rowCount, columnCount, dtype.size)
    let least = min(m, n)
    let width = mode == .complete ? m : least
    let work = try columnCopy()
    let q =
      try mode == .r
      ? NDArray(uninitialized: [0], dtype) : NDArray.columns(batchSizes, m, width, dtype)
    let r = try NDArray.columns(batchSizes, width, n, dtype)
    r.fill(0)
    let (a, rows) = (MatrixStack(work), MatrixStack(r))
    let columns = mode == .r ? nil : MatrixStack(q)
    let room = LAPACK.blocked(max(n, width))
    let tau = (least * size + 63) / 64 * 64
    let (factor, form) = (lapack.factorQR(), lapack.formQ())
    _ = try NDArray.eachMatrix(
      batchSizes, bytes: tau + room * size, work: 2 * cubes(m, n, width)
    ) { i, memory in
      let scratch = memory + tau
      if least > 0 { _ = factor(m, n, a[i], memory, scratch, room) }
      for j in 0..<n {
        (rows[i] + j * width * size).copyMemory(
          from: a[i] + j * m * size, byteCount: min(j + 1, least) * size)
      }
      guard let columns, m > 0, width > 0 else { return 0 }
      columns[i].copyMemory(from: a[i], byteCount: m * least * size)
      return form(m, width, least, columns[i], memory, scratch, room)
    }
    return (q, r)
  }

  /// The first columns of the product of reflections I - tau v v^H, whose vectors stand below the
  /// diagonal of this array.
  package func householderProduct(_ tau: NDArray) throws -> NDArray {
    let function = "torch.linalg.householder_product"
    let lapack = try lapack("orgqr_cpu", function)
    let (m, n, k, size) = (rowCount, columnCount, tau.sizes[tau.rank - 1], dtype.size)
    let result = try columnCopy()
    let scalars = try tau.contiguous()
    let (a, t) = (MatrixStack(result), MatrixStack(scalars, rank: 1))
    let (room, form) = (LAPACK.blocked(n), lapack.formQ())
    if result.count > 0 {
      _ = try NDArray.eachMatrix(batchSizes, bytes: room * size, work: 2 * cubes(m, n, n)) {
        i, memory in form(m, n, k, a[i], t[i], memory, room)
      }
    }
    return result
  }
}
