import Elements
import Glibc
import KernelChoice

// Arrays made from sizes and numbers that a caller gives.

extension NDArray {
  /// Fresh contiguous memory, not initialised.
  ///
  /// - Throws: `TensorError.negativeSize`, `.storageOverflow`, `.outOfMemory`.
  package static func empty(_ sizes: Dims, _ dtype: DType) throws -> NDArray {
    if let negative = sizes.first(where: { $0 < 0 }) {
      throw TensorError.negativeSize(negative, sizes: sizes)
    }
    try sizes.checkStorage(dtype)
    return try NDArray(uninitialized: sizes, dtype)
  }

  /// Fresh memory of this array's sizes, dense, with its dimensions in this array's order.
  ///
  /// - Throws: `TensorError.storageOverflow`, `.outOfMemory`.
  package func emptyLike(_ dtype: DType? = nil) throws -> NDArray {
    try sizes.checkStorage(dtype ?? self.dtype)
    return try NDArray(uninitialized: layout.densified, dtype ?? self.dtype)
  }

  /// This array, after every element became `value`.
  ///
  /// - Throws: `TensorError.conversionOverflow` when the dtype can't hold the value.
  package func filled(with value: Scalar) throws -> NDArray {
    try value.check(fits: dtype)
    fill(value)
    return self
  }

  /// Ones on the diagonal of `n` rows and `m` columns, zeros elsewhere.
  ///
  /// - Throws: `TensorError.runtime`, and what `empty` throws.
  package static func eye(_ n: Int, _ m: Int, _ dtype: DType) throws -> NDArray {
    if n < 0 { throw TensorError.runtime("n must be greater or equal to 0, got \(n)") }
    if m < 0 { throw TensorError.runtime("m must be greater or equal to 0, got \(m)") }
    if n.multipliedReportingOverflow(by: m).overflow {
      throw TensorError.runtime("numel: integer multiplication overflow")
    }
    let result = try empty([n, m], dtype)
    result.fill(0)
    if result.count > 0 { result.with(.strided([min(n, m)], [m + 1])).fill(1) }
    return result
  }
}

extension NDArray {
  /// `start + i * step` for as many `i` as stay before `end`.
  ///
  /// Integers are exact. float32 and float64 are computed in double, the 16-bit types in float32.
  /// - Throws: `TensorError.runtime` for a step or bounds that make no sequence, and what `empty`
  ///   throws.
  package static func arange(
    _ start: Scalar, _ end: Scalar, _ step: Scalar, _ dtype: DType
  ) throws -> NDArray {
    if [start, end, step].contains(where: \.isComplex) {
      throw TensorError.conversionOverflow(.float64)
    }
    if dtype == .bool || dtype.isComplex {
      throw TensorError.notImplemented(kernel: "arange_cpu", dtype)
    }
    let count = try arangeCount(start, end, step, isExact: dtype == .int64)
    let result = try empty([count], dtype)
    let computing = dtype.isInteger ? DType.int64 : dtype.size == 2 ? .float32 : .float64
    for number in [start, end, step] { try number.check(fits: computing) }
    func fill<T: Element>(_: T.Type) {
      let elements = result.base.assumingMemoryBound(to: T.self)
      switch computing {
      case .int64:
        let (first, distance) = (start.int64, step.int64)
        for i in 0..<count { elements[i] = T(int64: first &+ distance &* Int64(i)) }
      case .float32:
        let (first, distance) = (Float(start.double), Float(step.double))
        for i in 0..<count { elements[i] = T(double: Double(first + distance * Float(i))) }
      default:
        let (first, distance) = (start.double, step.double)
        for i in 0..<count { elements[i] = T(double: first + distance * Double(i)) }
      }
    }
    dtype.withElement { fill($0) }
    return result
  }

  /// The number of elements of `arange`: the distance divided by the step, rounded up.
  private static func arangeCount(
    _ start: Scalar, _ end: Scalar, _ step: Scalar, isExact: Bool
  ) throws -> Int {
    let (first, last, distance) = (start.double, end.double, step.double)
    guard distance.isFinite else {
      throw TensorError.runtime("step must be finite but got \(distance.shortText)")
    }
    guard distance != 0 else { throw TensorError.runtime("step must be nonzero") }
    guard first.isFinite && last.isFinite else {
      throw TensorError.runtime("unsupported range: \(first.shortText) -> \(last.shortText)")
    }
    guard distance > 0 ? last >= first : last <= first else {
      throw TensorError.runtime("upper bound and lower bound inconsistent with step sign")
    }
    if isExact && ![start, end, step].contains(where: \.isFloatingPoint) {
      // Beyond 2^53 a double would miscount.
      let distance = Int128(step.int64)
      let rounding = distance - distance.signum()
      let count = (Int128(end.int64) - Int128(start.int64) + rounding) / distance
      if let count = Int(exactly: count) { return count }
    } else {
      let count = ((last - first) / distance).rounded(.up)
      if count >= 0 && count < 0x1p63 { return Int(count) }
    }
    throw TensorError.runtime("invalid size, possible overflow?")
  }

  /// `steps` numbers at equal distances, both ends included. The upper half is counted from the
  /// end, so that the sequence is symmetric and its last number exact.
  ///
  /// - Throws: `TensorError.runtime` for a negative count, `.conversionOverflow`, and what `empty`
  ///   throws.
  package static func linspace(
    _ start: Scalar, _ end: Scalar, steps: Int, _ dtype: DType
  ) throws -> NDArray {
    if steps < 0 { throw TensorError.runtime("number of steps must be non-negative") }
    if dtype.isComplex {
      let real = try linspace(
        .double(start.double), .double(end.double), steps: steps, dtype.real)
      return try complex(
        real, linspace(.double(start.imaginary), .double(end.imaginary), steps: steps, dtype.real))
    }
    let result = try empty([steps], dtype)
    if steps == 0 { return result }
    if steps == 1 { return try result.filled(with: start) }
    guard let loop = Kernels.ramp(dtype) else {
      throw TensorError.notImplemented(kernel: "linspace_cpu", dtype)
    }
    try start.check(fits: dtype)
    try end.check(fits: dtype)
    // From both ends, so that both are exact.
    func fill<T: Element, Real: Element & BinaryFloatingPoint>(_: T.Type, in _: Real.Type) {
      let first = Real(double: start.element(T.self).double)
      let last = Real(double: end.element(T.self).double)
      let distance = ((last - first) / Real(steps - 1)).double
      let half = steps / 2
      loop(result.base, first.double, distance, 0, 1, half)
      loop(
        result.base + half * dtype.size, last.double, -distance, steps - 1 - half, -1, steps - half)
    }
    switch dtype {
    case .float16, .bfloat16, .float32:
      func open<T: Element>(_: T.Type) { fill(T.self, in: Float.self) }
      dtype.withElement { open($0) }
    default:
      func open<T: Element>(_: T.Type) { fill(T.self, in: Double.self) }
      dtype.withElement { open($0) }
    }
    return result
  }
}

extension NDArray {
  /// Powers of `base` whose exponents are `steps` numbers at equal distances, both ends included.
  ///
  /// - Throws: as `linspace`.
  package static func logspace(
    _ start: Scalar, _ end: Scalar, steps: Int, base: Double, _ dtype: DType
  ) throws -> NDArray {
    if steps < 0 { throw TensorError.runtime("number of steps must be non-negative") }
    let result = try empty([steps], dtype)
    if steps == 0 { return result }
    if steps == 1 { return try result.filled(with: .double(Glibc.pow(base, start.double))) }
    if dtype == .bool { throw TensorError.notImplemented(kernel: "logspace_cpu", dtype) }
    try start.check(fits: dtype)
    try end.check(fits: dtype)
    func fill<T: Element>(_: T.Type) {
      let elements = result.base.assumingMemoryBound(to: T.self)
      let (first, last) = (start.element(T.self).double, end.element(T.self).double)
      let distance = T(double: last - first).double / Double(steps - 1)
      for i in 0..<steps {
        let exponent =
          i < steps / 2
          ? first + distance * Double(i) : last - distance * Double(steps - i - 1)
        elements[i] = T(double: Glibc.pow(base, exponent))
      }
    }
    dtype.withElement { fill($0) }
    return result
  }

  /// The indices of a triangle of a matrix, row by row: those not above the diagonal `offset`, or
  /// those not below it.
  ///
  /// - Throws: `TensorError.runtime`, `.notImplemented`, and what `empty` throws.
  package static func triangleIndices(
    _ rows: Int, _ columns: Int, _ offset: Int, isLower: Bool, _ dtype: DType
  ) throws -> NDArray {
    if rows < 0 { throw TensorError.runtime("row must be non-negative, got\(rows)") }
    if columns < 0 { throw TensorError.runtime("col must be non-negative, got\(columns)") }
    if dtype != .int64 && dtype != .int32 {
      throw TensorError.notImplemented(kernel: isLower ? "tril_indices" : "triu_indices", dtype)
    }
    /// The columns of a row that belong to the triangle.
    func range(_ row: Int) -> Range<Int> {
      // Sums that overflow lie outside of the matrix in any case.
      let (sum, overflows) = row.addingReportingOverflow(offset)
      let diagonal = overflows ? (offset > 0 ? columns : 0) : sum
      if isLower {
        let (end, overflows) = diagonal.addingReportingOverflow(1)
        return 0..<Swift.max(0, Swift.min(overflows ? columns : end, columns))
      }
      return Swift.max(0, Swift.min(diagonal, columns))..<columns
    }
    // The rows that have elements; that there are too many shows before they are walked.
    let (lead, leads) = (0).subtractingReportingOverflow(offset)
    let (reach, reaches) = columns.subtractingReportingOverflow(offset)
    let first = isLower ? Swift.min(Swift.max(leads ? rows : lead, 0), rows) : 0
    let last = isLower ? rows : Swift.min(Swift.max(reaches ? rows : reach, 0), rows)
    let walked = columns == 0 || last < first ? 0..<0 : first..<last
    if walked.count > 1 << 24 { _ = try empty([2, walked.count], dtype) }
    var count = 0
    for row in walked {
      let (sum, overflows) = count.addingReportingOverflow(range(row).count)
      if overflows { throw TensorError.countOverflow }
      count = sum
    }
    let result = try empty([2, count], dtype)
    func fill<T: Element>(_: T.Type) {
      let elements = result.base.assumingMemoryBound(to: T.self)
      var place = 0
      for row in walked {
        for column in range(row) {
          elements[place] = T(int64: Int64(row))
          elements[count + place] = T(int64: Int64(column))
          place += 1
        }
      }
    }
    dtype.withElement { fill($0) }
    return result
  }
}

extension Dims {
  /// Checks that memory for these sizes, none of which is negative, can be counted in bytes.
  ///
  /// - Throws: `TensorError.storageOverflow`, `.runtime`.
  package func checkStorage(_ dtype: DType) throws {
    var bytes = UInt(dtype.size)
    var overflows = false
    for size in self {
      let product = bytes.multipliedReportingOverflow(by: UInt(bitPattern: size))
      overflows = overflows || product.overflow
      bytes = product.partialValue
    }
    if overflows || bytes > UInt(Int.max) { throw TensorError.storageOverflow(self) }
    if !contains(0) { return }
    // A zero makes any product zero, but strides are products of the other sizes, and are counted
    // in bytes of some dtype sooner or later.
    var stride = DType.float64.size
    for size in self {
      let product = stride.multipliedReportingOverflow(by: Swift.max(size, 1))
      if product.overflow { throw TensorError.runtime("Stride calculation overflowed") }
      stride = product.partialValue
    }
  }
}

extension Layout {
  /// True where the strides are those of a memory format already; what is no other format counts as
  /// row-major.
  ///
  /// - Throws: as `arranged`.
  package func suggests(_ format: Int) throws -> Bool {
    if try strides == arranged(format).strides { return true }
    guard format == 0, rank == 4 || rank == 5 else { return format == 0 }
    return try strides != arranged(rank == 4 ? 2 : 3).strides
  }

  /// These sizes in one of PyTorch's memory formats, by its number: 0 is row-major order, 1 the
  /// present order, 2 and 3 channels behind the dimensions of an image or a volume.
  ///
  /// - Throws: `TensorError.runtime` for another number of dimensions, or another format.
  package func arranged(_ format: Int) throws -> Layout {
    let order: Dims
    switch format {
    case 0: return try .contiguous(sizes)
    case 1: return densified
    case 2:
      if rank != 4 {
        throw TensorError.runtime("required rank 4 tensor to use channels_last format")
      }
      order = [1, 3, 2, 0]
    case 3:
      if rank != 5 {
        throw TensorError.runtime("required rank 5 tensor to use channels_last_3d format")
      }
      order = [1, 4, 3, 2, 0]
    default: throw TensorError.runtime("unsupported memory format option")
    }
    return packed(order)
  }

  /// These sizes without gaps, the dimensions in memory from the innermost to the outermost.
  private func packed(_ order: Dims) -> Layout {
    var newStrides = strides
    var stride = 1
    for dim in order {
      newStrides[dim] = stride
      stride *= max(sizes[dim], 1)
    }
    return .strided(sizes, newStrides)
  }

  /// This layout without gaps and repetitions, its dimensions in the same order in memory where
  /// the strides tell one; a dimension of stride zero stays where it is.
  package var densified: Layout {
    if isNonOverlappingAndDense { return self }
    var order = Dims(sizes.indices.reversed())
    func isOuter(_ a: Int, than b: Int) -> Bool? {
      if strides[a] == 0 || strides[b] == 0 { return nil }
      if strides[a] != strides[b] { return strides[a] > strides[b] }
      return sizes[a] > sizes[b] ? true : nil
    }
    // Innermost first, by insertion; what can't be compared is passed over.
    for i in order.indices.dropFirst() {
      var moving = i
      for j in (0..<i).reversed() {
        guard let isOuter = isOuter(order[j], than: order[moving]) else { continue }
        if !isOuter { break }
        order.swapAt(j, moving)
        moving = j
      }
    }
    return packed(order)
  }
}
