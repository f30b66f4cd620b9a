import Elements
import KernelChoice

/// The largest or the smallest.
package enum Extremum: String, Sendable {
  case max, min

  /// The fold of values.
  var value: ReductionOperation { self == .max ? .max : .min }
  /// The fold that gives positions.
  var position: ReductionOperation { self == .max ? .argmax : .argmin }
}

extension NDArray {
  /// The largest or smallest element of all; nan where one is nan.
  ///
  /// - Throws: `TensorError.emptyReduction`.
  package func extremum(_ which: Extremum) throws -> NDArray {
    if count == 0 { throw TensorError.emptyReduction("\(which)", dim: nil) }
    if dtype.isComplex { throw TensorError.notImplemented(kernel: "\(which)_all", dtype) }
    return try reduced(which.value, Dims(sizes.indices), keepdim: false)
  }

  /// The largest or smallest elements along several dimensions; all where none is given.
  ///
  /// - Throws: `TensorError.emptyReduction`, `.dimOutOfRange`, `.dimRepeated`.
  package func extremum(_ which: Extremum, dims: Dims, keepdim: Bool) throws -> NDArray {
    let wrapped = try Dims.reduced(dims, rank: rank)
    if count == 0 {
      if dims.isEmpty { throw TensorError.emptyReduction("a\(which)", dim: nil) }
      for (given, dim) in zip(dims, wrapped) where sizes[dim] == 0 {
        throw TensorError.emptyReduction("a\(which)", dim: given)
      }
      // No rows: nobody compares anything, whatever the dtype.
      return try NDArray(uninitialized: sizes.reducing(wrapped, keepdim: keepdim), dtype)
    }
    if dtype.isComplex {
      throw TensorError.notImplemented(kernel: "\(which)_values_cpu", dtype)
    }
    return try reduced(which.value, wrapped, keepdim: keepdim)
  }

  /// The largest or smallest elements along one dimension, and the first place of each; nan is
  /// larger and smaller than every number.
  ///
  /// - Throws: `TensorError.emptyReduction`, `.dimOutOfRange`.
  package func extremum(
    _ which: Extremum, dim: Int, keepdim: Bool
  ) throws -> (values: NDArray, indices: NDArray) {
    let dim = try nonEmpty(dim, "\(which)")
    if dtype.isComplex {
      throw TensorError.type("\(which)(): does not support complex input")
    }
    let dims: Dims = rank == 0 ? [] : [dim]
    let indices = try reduced(which.position, dims, keepdim: keepdim)
    return (try picked(indices, dim: dim, keepdim: keepdim), indices)
  }

  /// Where the first largest or smallest element stands: along `dim`, or among all elements in
  /// row-major order.
  ///
  /// - Throws: `TensorError.emptyReduction`, `.dimOutOfRange`, `.index` of nothing at all,
  ///   `.unsupported` for bool.
  package func position(_ which: Extremum, dim: Int?, keepdim: Bool) throws -> NDArray {
    if dtype.isComplex {
      throw TensorError.type("arg\(which)(): does not support complex input")
    }
    if dtype == .bool {
      throw TensorError.unsupported("arg\(which)(): does not support bool input")
    }
    guard let dim else {
      if count == 0 {
        throw TensorError.index(
          "arg\(which)(): Expected reduction dim to be specified for input.numel() == 0.")
      }
      return try reduced(which.position, Dims(sizes.indices), keepdim: keepdim)
    }
    let wrapped = try nonEmpty(dim, "arg\(which)")
    return try reduced(which.position, rank == 0 ? [] : [wrapped], keepdim: keepdim)
  }

  /// `dim`, wrapped.
  ///
  /// - Throws: `TensorError.emptyReduction` where it has no elements.
  private func nonEmpty(_ dim: Int, _ function: String) throws -> Int {
    let dim = try Dims.wrap(dim, rank: rank)
    if rank > 0 && sizes[dim] == 0 { throw TensorError.emptyReduction(function, dim: dim) }
    return dim
  }

  /// For each row along `dim`, the element at the row's index.
  private func picked(_ indices: NDArray, dim: Int, keepdim: Bool) throws -> NDArray {
    let result = try NDArray(uninitialized: indices.sizes, dtype)
    if result.count == 0 { return result }
    var (outer, strides) = (sizes, byteStrides)
    var stride = 0
    if rank > 0 {
      stride = strides[dim]
      outer.remove(at: dim)
      strides.remove(at: dim)
    }
    let row = outer.contiguousStrides
    let outStrides = Dims(row.map { $0 * dtype.size })
    let indexStrides = Dims(row.map { $0 * 8 })
    let (o, x, index) = (result.base, base, indices.base)
    func pick<T: BitwiseCopyable>(_: T.Type) {
      StridedLoop(outer, outStrides, strides, indexStrides).forEachRow { offsets, strides, count in
        for i in 0..<count {
          let place = (index + offsets[2] + i * strides[2]).load(as: Int64.self)
          (o + offsets[0] + i * strides[0]).assumingMemoryBound(to: T.self).pointee =
            (x + offsets[1] + i * strides[1] + Int(place) * stride).load(as: T.self)
        }
      }
    }
    switch dtype.size {
    case 1: pick(UInt8.self)
    case 2: pick(UInt16.self)
    case 4: pick(UInt32.self)
    default: pick(UInt64.self)
    }
    return result
  }
}
