import Elements
import MatrixLibraries
import Parallel

/// The matrices in the last two dimensions of an array, one after the other, as LAPACK wants them:
/// with dense columns.
struct MatrixStack: @unchecked Sendable {
  let array: NDArray
  let count: Int
  private let sizes: Dims
  private let strides: Dims
  private let start: UnsafeMutableRawPointer

  /// - Parameter batch: the sizes in front of the last `rank` dimensions, to which the array's
  ///   stretch; its own where nil.
  init(_ array: NDArray, batch: Dims? = nil, rank: Int = 2) {
    let sizes = batch ?? Dims(array.sizes.dropLast(rank))
    let whole = array.stretched(to: sizes + array.sizes.suffix(rank))
    self.array = whole
    self.sizes = sizes
    var strides = Dims(whole.strides.prefix(sizes.count))
    for i in strides.indices { strides[i] &*= whole.dtype.size }
    self.strides = strides
    start = whole.base
    count = sizes.reduce(1, &*)
  }

  /// Where a matrix starts.
  subscript(i: Int) -> UnsafeMutableRawPointer {
    if sizes.count == 1 { return start + i &* strides[0] }
    var (rest, place) = (i, start)
    for dim in sizes.indices.reversed() {
      let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: sizes[dim])
      place += remainder &* strides[dim]
      rest = quotient
    }
    return place
  }
}

extension Dims {
  /// These sizes, and others behind them.
  static func + (a: Dims, b: some Sequence<Int>) -> Dims {
    var sizes = a
    for size in b { sizes.append(size) }
    return sizes
  }
}

extension NDArray {
  /// The sizes in front of those of the matrices.
  package var batchSizes: Dims { Dims(sizes.dropLast(2)) }

  /// Rows and columns of the matrices.
  package var rowCount: Int { sizes[rank - 2] }
  package var columnCount: Int { sizes[rank - 1] }

  /// Fresh matrices with dense columns, not initialised.
  static func columns(_ batch: Dims, _ m: Int, _ n: Int, _ dtype: DType) throws -> NDArray {
    try NDArray(uninitialized: batch + [n, m], dtype).transposed(-1, -2)
  }

  /// A copy with dense columns, stretched to the given sizes in front of the matrices'.
  func columnCopy(batch: Dims? = nil) throws -> NDArray {
    let batch = batch ?? batchSizes
    let result = try NDArray.columns(batch, rowCount, columnCount, dtype)
    result.assign(stretched(to: batch + sizes.suffix(2)))
    return result
  }

  /// True where each matrix has dense columns, one right behind the other.
  var hasDenseColumns: Bool {
    strides[rank - 2] == 1 && strides[rank - 1] == max(rowCount, 1)
  }

  /// This array where it has dense columns, else such a copy.
  func denseColumns() throws -> NDArray { try hasDenseColumns ? self : columnCopy() }

  /// Overwrites matrices with ones on the diagonal, and zeros elsewhere.
  func fillIdentity() throws {
    fill(0)
    try diagonal(offset: 0, dim1: -2, dim2: -1).fill(1)
  }

  /// Overwrites complex numbers, dense, with their conjugates.
  func conjugateInPlace() {
    guard dtype.isComplex else { return }
    func change<T: BinaryFloatingPoint>(_: T.Type) {
      let numbers = base.assumingMemoryBound(to: T.self)
      for i in 0..<count { numbers[2 * i + 1].negate() }
    }
    if dtype.size == 16 { change(Double.self) } else { change(Float.self) }
  }

  /// Overwrites what is above the diagonal of square matrices with dense columns with zeros, or what
  /// is below.
  func clearTriangle(upper: Bool) {
    let (n, stack, size) = (rowCount, MatrixStack(self), dtype.size)
    for i in 0..<stack.count {
      for j in 0..<n {
        let column = stack[i] + j * n * size
        let (first, last) = upper ? (0, j) : (j + 1, n)
        (column + first * size).initializeMemory(
          as: UInt8.self, repeating: 0, count: (last - first) * size)
      }
    }
  }
}

extension NDArray {
  /// LAPACK for this array's dtype.
  ///
  /// - Throws: `TensorError.notImplemented` in the words of `kernel`, for dtypes that it does not
  ///   have; `.runtime` where the library is missing.
  func lapack(_ kernel: String, _ function: String) throws -> LAPACK {
    if let lapack = LAPACK(dtype) { return lapack }
    if !dtype.hasLAPACK { throw TensorError.notImplemented(kernel: kernel, dtype) }
    throw TensorError.runtime(
      "\(function): LAPACK is needed, which is part of OpenBLAS, and \(LAPACK.file) could not be "
        + "opened. Install OpenBLAS; on Debian its package is libopenblas0.")
  }

  /// Calls a routine for each of as many matrices as `batch` has, on several threads, and gives what
  /// it returned: int32 of the sizes of the batch.
  ///
  /// - Parameters:
  ///   - bytes: memory that each call needs.
  ///   - work: multiplications of each call, about.
  /// - Throws: `TensorError.outOfMemory`.
  static func eachMatrix(
    _ batch: Dims, bytes: Int = 0, work: Double,
    _ body: @Sendable (_ i: Int, _ memory: UnsafeMutableRawPointer) -> Int32
  ) throws -> NDArray {
    let info = try NDArray(uninitialized: batch, .int32)
    nonisolated(unsafe) let codes = info.base.assumingMemoryBound(to: Int32.self)
    // Rounded up, so that no two threads write to one line of the cache.
    let share = (bytes + 63) / 64 * 64 + 64
    let memory = try Storage(byteCount: share * Parallel.threads)
    let grain = max(Int(min(Double(1 << 16) / max(work, 1), 4096)), 1)
    let count = info.count
    MatrixLibrary.aside {
      Parallel.forEachNumbered(count, grain: grain) { range, participant in
        let memory = memory.pointer + participant * share
        for i in range { codes[i] = body(i, memory) }
      }
    }
    withExtendedLifetime(memory) {}
    return info
  }
}

extension DType {
  /// True for the types of LAPACK.
  var hasLAPACK: Bool { isComplex || self == .float32 || self == .float64 }
}

// What the operators of linear algebra ask of their arguments, in PyTorch's words.

extension NDArray {
  /// - Throws: `TensorError.runtime` for fewer than two dimensions.
  package func checkMatrices(_ function: String, _ name: String = "A") throws {
    if rank < 2 {
      throw TensorError.runtime(
        "\(function): The input tensor \(name) must have at least 2 dimensions.")
    }
  }

  /// - Throws: `TensorError.runtime` for what is not a stack of square matrices.
  package func checkSquare(_ function: String, _ name: String = "A") throws {
    try checkMatrices(function, name)
    if rowCount != columnCount {
      throw TensorError.runtime(
        "\(function): \(name) must be batches of square matrices, but they are \(rowCount) by "
          + "\(columnCount) matrices")
    }
  }

  /// - Throws: `TensorError.unsupported` for integers, and where `refusesHalf` for 16-bit floats.
  package func checkFloat(_ function: String, refusesHalf: Bool = false) throws {
    if !dtype.isFloatingPoint && !dtype.isComplex {
      throw TensorError.unsupported(
        "\(function): Expected a floating point or complex tensor as input. Got "
          + dtype.scalarTypeName)
    }
    if refusesHalf && !dtype.hasLAPACK {
      throw TensorError.unsupported(
        "\(function): Low precision dtypes not supported. Got \(dtype.scalarTypeName)")
    }
  }

  /// - Throws: `TensorError.runtime` for a right side that does not fit to this array, which is A,
  ///   in AX = B or XA = B.
  package func checkRightSide(_ function: String, _ b: NDArray, left: Bool) throws {
    try checkSquare(function)
    try b.checkMatrices(function, "B")
    if left ? rowCount != b.rowCount : rowCount != b.columnCount {
      throw TensorError.runtime(
        "\(function): Incompatible shapes of A and B for the equation \(left ? "AX" : "XA") = B "
          + "(\(rowCount)x\(columnCount) and \(b.rowCount)x\(b.columnCount))")
    }
  }

  /// - Throws: `TensorError.runtime` for different dtypes.
  package func checkSameDType(_ function: String, _ b: NDArray) throws {
    if dtype != b.dtype {
      throw TensorError.runtime(
        "\(function): Expected A and B to have the same dtype, but found A of type "
          + "\(dtype.scalarTypeName) and B of type \(b.dtype.scalarTypeName) instead")
    }
  }

  /// Throws what `message` says of the first number that is not zero in this array, which is what
  /// `eachMatrix` gave; the message is told which matrix of a batch it is.
  package func checkInfo(
    _ message: (_ batch: String, _ info: Int32) -> TensorError
  ) throws {
    let codes = base.assumingMemoryBound(to: Int32.self)
    for i in 0..<count where codes[i] != 0 {
      throw message(rank == 0 ? "" : "(Batch element \(i)): ", codes[i])
    }
  }
}
