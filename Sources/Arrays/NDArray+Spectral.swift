import Elements
import Glibc
import MatrixLibraries

// Eigenvalues and singular values, by LAPACK.

extension NDArray {
  /// The eigenvalues of symmetric or Hermitian matrices, rising, and their eigenvectors as columns;
  /// these are nil where they are not wanted. One triangle is read.
  ///
  /// - Throws: `TensorError.linearAlgebra` where the algorithm does not converge, `.runtime`,
  ///   `.notImplemented`, `.outOfMemory`.
  package func eigenHermitian(
    upper: Bool, wantsVectors: Bool
  ) throws -> (values: NDArray, vectors: NDArray?) {
    let function = "linalg.eigh"
    try checkSquare(function)
    let lapack = try lapack("linalg_eigh_cpu", function)
    let (n, vectors) = (rowCount, try columnCopy())
    let values = try NDArray(uninitialized: batchSizes + [n], dtype.real)
    if values.count > 0 {
      let (a, w) = (MatrixStack(vectors), MatrixStack(values, rank: 1))
      let space = lapack.workspaceHermitian(n, vectors: wantsVectors)
      let routine = lapack.eigenHermitian(upper: upper, vectors: wantsVectors)
      let isFinite = finiteCheck
      let info = try NDArray.eachMatrix(
        batchSizes, bytes: space.bytes(lapack), work: 9 * cubes(n, n, n)
      ) { i, memory in
        // What is not finite may keep the iteration going for ever.
        isFinite(a[i], n * n) ? routine(n, a[i], w[i], space, memory) : 1
      }
      try info.checkInfo { batch, info in
        .linearAlgebra(
          "linalg.eigh: \(batch)The algorithm failed to converge because the input matrix is "
            + "ill-conditioned or has too many repeated eigenvalues (error code: \(info)).")
      }
    }
    return (values, wantsVectors ? vectors : nil)
  }

  /// Whether so many numbers of this array's dtype, one behind the other, are all finite.
  private var finiteCheck: @Sendable (UnsafeMutableRawPointer, Int) -> Bool {
    let (isDouble, parts) = (dtype.real == .float64, dtype.isComplex ? 2 : 1)
    return { start, count in
      // The sum of differences is not a number as soon as one element isn't finite.
      if isDouble {
        let numbers = start.assumingMemoryBound(to: Double.self)
        return (0..<count * parts).reduce(0.0) { $0 + (numbers[$1] - numbers[$1]) } == 0
      }
      let numbers = start.assumingMemoryBound(to: Float.self)
      return (0..<count * parts).reduce(Float(0)) { $0 + (numbers[$1] - numbers[$1]) } == 0
    }
  }

  /// Which singular vectors are wanted.
  package enum SingularVectors: Sendable { case none, reduced, complete }

  /// A = U diag(s) V^H for each matrix, with s falling; u and vh are nil where they are not wanted.
  ///
  /// - Throws: as `eigenHermitian`.
  package func singular(
    _ wanted: SingularVectors
  ) throws -> (u: NDArray?, s: NDArray, vh: NDArray?) {
    let function = "linalg.svd"
    try checkMatrices(function)
    try checkFloat(function)
    let lapack = try lapack("linalg_svd_cpu", function)
    let (m, n) = (rowCount, columnCount)
    let least = min(m, n)
    let isComplete = wanted == .complete
    let values = try NDArray(uninitialized: batchSizes + [least], dtype.real)
    let hasVectors = wanted != .none
    let empty = Dims(repeating: 0, count: 2)
    let u =
      try hasVectors
      ? NDArray.columns(batchSizes, m, isComplete ? m : least, dtype)
      : NDArray(uninitialized: empty, dtype)
    let vh =
      try hasVectors
      ? NDArray.columns(batchSizes, isComplete ? n : least, n, dtype)
      : NDArray(uninitialized: empty, dtype)
    if values.count == 0 {
      if hasVectors && u.count > 0 { try u.fillIdentity() }
      if hasVectors && vh.count > 0 { try vh.fillIdentity() }
      return hasVectors ? (u, values, vh) : (nil, values, nil)
    }
    let a = MatrixStack(try columnCopy())
    let s = MatrixStack(values, rank: 1)
    let batch = hasVectors ? nil : batchSizes
    let (left, right) = (MatrixStack(u, batch: batch), MatrixStack(vh, batch: batch))
    let space = lapack.workspaceSingular(m, n, vectors: hasVectors)
    let routine = lapack.singular(isComplete ? .all : hasVectors ? .some : .no)
    let isFinite = finiteCheck
    let info = try NDArray.eachMatrix(
      batchSizes, bytes: space.bytes(lapack), work: 20 * cubes(m, n, least)
    ) { i, memory in
      isFinite(a[i], m * n)
        ? routine(m, n, a[i], s[i], left[i], right[i], space, memory) : notFinite
    }
    try info.checkInfo { batch, info in
      .linearAlgebra(
        "linalg.svd: \(batch)The algorithm failed to converge because the input matrix "
          + (info == notFinite
            ? "contained non-finite values."
            : "is ill-conditioned or has too many repeated singular values (error code: \(info))."))
    }
    return hasVectors ? (u, values, vh) : (nil, values, nil)
  }

  /// The eigenvalues of square matrices and their eigenvectors of length one as columns, both
  /// complex; vectors are nil where they are not wanted.
  ///
  /// - Throws: as `eigenHermitian`.
  package func eigen(
    wantsVectors: Bool, _ function: String
  ) throws -> (values: NDArray, vectors: NDArray?) {
    try checkSquare(function)
    let lapack = try lapack("linalg_eig_out_cpu", function)
    let (n, type) = (rowCount, dtype.complex)
    let values = try NDArray(uninitialized: batchSizes + [n], type)
    let vectors = try wantsVectors ? NDArray.columns(batchSizes, n, n, type) : nil
    if values.count == 0 { return (values, vectors) }
    let a = MatrixStack(try columnCopy())
    let w = MatrixStack(values, rank: 1)
    let v = vectors.map { MatrixStack($0) }
    let space = lapack.workspaceEigen(n)
    let routine = lapack.eigen(vectors: wantsVectors)
    let (isFinite, isComplex, size) = (finiteCheck, dtype.isComplex, dtype.size)
    let room = (space.bytes(lapack) + 63) / 64 * 64
    let info = try NDArray.eachMatrix(
      batchSizes, bytes: room + (2 * n + (wantsVectors ? n * n : 0)) * size,
      work: 25 * cubes(n, n, n)
    ) { i, memory in
      if !isFinite(a[i], n * n) { return notFinite }
      if isComplex { return routine(n, a[i], w[i], w[i], v?[i] ?? w[i], space, memory) }
      let real = memory + room
      let (imaginary, packed) = (real + n * size, real + 2 * n * size)
      let info = routine(n, a[i], real, imaginary, packed, space, memory)
      if size == 8 {
        unpack(Double.self, n, real, imaginary, packed, w[i], v?[i])
      } else {
        unpack(Float.self, n, real, imaginary, packed, w[i], v?[i])
      }
      return info
    }
    try info.checkInfo { batch, info in
      info == notFinite
        ? .runtime("torch.linalg.eig: input tensor should not contain infs or NaNs.")
        : .linearAlgebra(
          "\(function): \(batch)The algorithm failed to converge because the input matrix is "
            + "ill-conditioned or has too many repeated eigenvalues (error code: \(info)).")
    }
    return (values, vectors)
  }
}

/// In place of LAPACK's code for a matrix that it was not given.
private let notFinite = Int32.min

/// Real and imaginary parts as complex numbers. A pair of conjugate eigenvalues has a column for the
/// real part and one for the imaginary part of the first one's vector.
private func unpack<T: BinaryFloatingPoint>(
  _: T.Type, _ n: Int, _ real: UnsafeMutableRawPointer, _ imaginary: UnsafeMutableRawPointer,
  _ packed: UnsafeMutableRawPointer, _ values: UnsafeMutableRawPointer,
  _ vectors: UnsafeMutableRawPointer?
) {
  let real = real.assumingMemoryBound(to: T.self)
  let imaginary = imaginary.assumingMemoryBound(to: T.self)
  let values = values.assumingMemoryBound(to: T.self)
  for k in 0..<n { (values[2 * k], values[2 * k + 1]) = (real[k], imaginary[k]) }
  guard let vectors = vectors?.assumingMemoryBound(to: T.self) else { return }
  let packed = packed.assumingMemoryBound(to: T.self)
  var j = 0
  while j < n {
    let isPair = imaginary[j] != 0 && j + 1 < n
    for k in 0..<n {
      let (x, y) = (packed[j * n + k], isPair ? packed[(j + 1) * n + k] : 0)
      (vectors[2 * (j * n + k)], vectors[2 * (j * n + k) + 1]) = (x, y)
      guard isPair else { continue }
      let other = 2 * ((j + 1) * n + k)
      (vectors[other], vectors[other + 1]) = (x, -y)
    }
    j += isPair ? 2 : 1
  }
}
