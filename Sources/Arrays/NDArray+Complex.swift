import Elements

extension NDArray {
  /// The parts of complex numbers along a new last dimension of size two, in the same memory; a real
  /// array itself.
  package var parts: NDArray {
    guard dtype.isComplex else { return self }
    var (sizes, strides) = (sizes, strides)
    for i in strides.indices { strides[i] = strides[i] &* 2 }
    sizes.append(2)
    strides.append(1)
    return NDArray(
      storage: storage, layout: .strided(sizes, strides), offset: offset &* 2, dtype: dtype.real)
  }

  /// Pairs of floats along the last dimension as complex numbers, in the same memory.
  ///
  /// - Throws: `TensorError.type`, `.unsupported` for other dtypes, `.runtime` where the last size or
  ///   the strides don't allow it.
  package func joinedParts() throws -> NDArray {
    if dtype.isComplex {
      throw TensorError.type("view_as_complex is not supported for complex tensors")
    }
    guard dtype == .float32 || dtype == .float64 else {
      throw TensorError.unsupported(
        "view_as_complex is only supported for half, float and double tensors, but got a tensor of "
          + "scalar type: \(dtype.scalarTypeName)")
    }
    guard let last = sizes.last else {
      throw TensorError.runtime("Input tensor must have one or more dimensions")
    }
    if last != 2 { throw TensorError.runtime("Tensor must have a last dimension of size 2") }
    if strides[rank - 1] != 1 {
      throw TensorError.runtime("Tensor must have a last dimension with stride 1")
    }
    var strides = strides
    strides.remove(at: rank - 1)
    if strides.contains(where: { $0 % 2 != 0 }) {
      throw TensorError.runtime(
        "Tensor must have a stride divisible by 2 for all but last dimension")
    }
    if offset % 2 != 0 {
      throw TensorError.runtime("Tensor must have a storage_offset divisible by 2")
    }
    for i in strides.indices { strides[i] /= 2 }
    return NDArray(
      storage: storage, layout: .strided(Dims(sizes.dropLast()), strides), offset: offset / 2,
      dtype: dtype.complex)
  }

  /// Complex numbers with the given parts, which broadcast.
  ///
  /// - Throws: `TensorError.runtime` for other dtypes, `.broadcast`.
  package static func complex(_ real: NDArray, _ imaginary: NDArray) throws -> NDArray {
    let floats: [DType] = [.float16, .float32, .float64]
    guard floats.contains(real.dtype), floats.contains(imaginary.dtype) else {
      throw TensorError.unsupported(
        "Expected both inputs to be Half, Float or Double tensors but got "
          + "\(real.dtype.scalarTypeName) and \(imaginary.dtype.scalarTypeName)")
    }
    guard real.dtype == imaginary.dtype else {
      throw TensorError.runtime(
        "Expected object of scalar type \(real.dtype.scalarTypeName) but got scalar type "
          + "\(imaginary.dtype.scalarTypeName) for second argument")
    }
    let result = try NDArray(
      uninitialized: Dims.broadcast(real.sizes, imaginary.sizes), real.dtype.complex)
    let parts = result.parts
    try parts.select(dim: -1, index: 0).assign(real.expanded(to: result.sizes))
    try parts.select(dim: -1, index: 1).assign(imaginary.expanded(to: result.sizes))
    return result
  }
}
