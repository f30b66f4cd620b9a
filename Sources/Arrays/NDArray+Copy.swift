import Elements
import KernelChoice
import Parallel

extension NDArray {
  /// A copy in fresh memory, in the given dtype; dense arrays keep the order of their dimensions.
  package func copied(to dtype: DType? = nil) throws -> NDArray {
    let result = try NDArray(uninitialized: layout.preservingOrder, dtype ?? self.dtype)
    result.assign(self)
    return result
  }

  /// This array where it is row-major already, else a row-major copy.
  package func contiguous() throws -> NDArray {
    if isContiguous { return self }
    let result = try NDArray(uninitialized: sizes, dtype)
    result.assign(self)
    return result
  }

  /// This array where it has the dtype already, else a converted copy.
  package func cast(to dtype: DType) throws -> NDArray {
    dtype == self.dtype ? self : try copied(to: dtype)
  }

  /// Writes `source`, which has the same sizes, into this memory, converting.
  package func assign(_ source: NDArray) {
    let loop = Kernels.cast(from: source.dtype, to: dtype)
    let (out, x) = (base, source.base)
    if isContiguous && source.isContiguous {
      return loop(out, dtype.size, x, source.dtype.size, count)
    }
    if dtype == source.dtype { return assignStrided(source) }
    StridedLoop(sizes, byteStrides, source.byteStrides).forEachRow { offsets, strides, count in
      loop(out + offsets[0], strides[0], x + offsets[1], strides[1], count)
    }
  }

  /// Writes one number into every element.
  package func fill(_ value: Scalar) {
    withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { buffer in
      guard let element = buffer.baseAddress else { return }
      value.store(to: element, as: dtype)
      let (out, size) = (base, dtype.size)
      if isContiguous {
        let copies = DenseFill(element, size)
        Parallel.forEach(count, grain: 4 * Walk.grain) { range in
          copies.write(to: out + range.lowerBound * size, range.count)
        }
        return
      }
      let loop = Kernels.cast(from: dtype, to: dtype)
      StridedLoop(sizes, byteStrides).forEachRow { offsets, strides, count in
        loop(out + offsets[0], strides[0], element, 0, count)
      }
    }
  }

  /// Writes the elements of `source`, stretched to these sizes, into this memory, converting.
  ///
  /// - Throws: `TensorError.broadcast`, `.outputShape`, `.repeatedMemory`, `.overlappingMemory`.
  package func overwrite(with source: NDArray) throws {
    if isSame(as: source) { return }
    try checkWritable(Dims.broadcast(sizes, source.sizes), dtype)
    try checkOverlap(source)
    assign(source.stretched(to: sizes))
  }

  /// A new array with every element equal to `value`.
  package static func full(_ sizes: Dims, _ value: Scalar, _ dtype: DType) throws -> NDArray {
    let result = try NDArray(uninitialized: sizes, dtype)
    result.fill(value)
    return result
  }

  /// A 0-d array.
  package static func number(_ value: Scalar, _ dtype: DType) throws -> NDArray {
    try full([], value, dtype)
  }
}

extension Scalar {
  /// Writes the number at `pointer` as one element of `dtype`.
  package func store(to pointer: UnsafeMutableRawPointer, as dtype: DType) {
    func store<T: Element>(_: T.Type) {
      pointer.storeBytes(of: element(T.self), as: T.self)
    }
    dtype.withElement { store($0) }
  }

  /// Reads one element.
  package init(loadingFrom pointer: UnsafeRawPointer, as dtype: DType) {
    func load<T: Element>(_: T.Type) -> T { pointer.loadUnaligned(as: T.self) }
    switch dtype {
    case .bool: self = .bool(pointer.load(as: UInt8.self) != 0)
    case .uint8: self = .int(load(UInt8.self).int64)
    case .int8: self = .int(load(Int8.self).int64)
    case .int16: self = .int(load(Int16.self).int64)
    case .int32: self = .int(load(Int32.self).int64)
    case .int64: self = .int(load(Int64.self))
    case .float16: self = .double(load(Float16.self).double)
    case .bfloat16: self = .double(load(BFloat16.self).double)
    case .float32: self = .double(load(Float.self).double)
    case .float64: self = .double(load(Double.self))
    case .complex64:
      let z = load(Complex<Float>.self)
      self = .complex(z.real.double, z.imaginary.double)
    case .complex128:
      let z = load(Complex<Double>.self)
      self = .complex(z.real, z.imaginary)
    }
  }
}

extension NDArray {
  /// The element at a row-major position that is known to exist.
  package func element(at flatIndex: Int) -> Scalar {
    Scalar(loadingFrom: base + elementOffset(flatIndex) * dtype.size, as: dtype)
  }

  /// Distance of the element at a row-major position from the first one, in elements.
  package func elementOffset(_ flatIndex: Int) -> Int {
    if isContiguous { return flatIndex }
    var rest = flatIndex
    var result = 0
    for i in sizes.indices.reversed() {
      result += rest % sizes[i] * strides[i]
      rest /= sizes[i]
    }
    return result
  }

  /// The only element.
  ///
  /// - Throws: `TensorError.runtime` when there is not exactly one.
  package func item() throws -> Scalar {
    guard count == 1 else {
      throw TensorError.runtime("a Tensor with \(count) elements cannot be converted to Scalar")
    }
    return Scalar(loadingFrom: base, as: dtype)
  }
}

/// Copies of one element, side by side.
private struct DenseFill: @unchecked Sendable {
  private let element: UnsafeRawPointer
  private let size: Int
  /// Elements of equal bytes, zero above all, are what `memset` is for.
  private let byte: UInt8?

  init(_ element: UnsafeRawPointer, _ size: Int) {
    (self.element, self.size) = (element, size)
    let bytes = UnsafeRawBufferPointer(start: element, count: size)
    byte = bytes.allSatisfy { $0 == bytes[0] } ? bytes[0] : nil
  }

  func write(to out: UnsafeMutableRawPointer, _ count: Int) {
    if let byte {
      out.initializeMemory(as: UInt8.self, repeating: byte, count: count &* size)
      return
    }
    switch size {
    case 2: fill(UInt16.self, out, count)
    case 4: fill(UInt32.self, out, count)
    case 8: fill(UInt64.self, out, count)
    default: fillPairs(out.assumingMemoryBound(to: UInt64.self), count)
    }
  }

  private func fillPairs(_ out: UnsafeMutablePointer<UInt64>, _ count: Int) {
    let (first, second) = element.load(as: (UInt64, UInt64).self)
    for i in 0..<count { (out[2 &* i], out[2 &* i &+ 1]) = (first, second) }
  }

  private func fill<T: BitwiseCopyable>(
    _: T.Type, _ out: UnsafeMutableRawPointer, _ count: Int
  ) {
    out.initializeMemory(as: T.self, repeating: element.load(as: T.self), count: count)
  }
}
