import Elements
import KernelChoice
import Parallel

extension NDArray {
  /// What an operation on the order of rows along `dim`, which is wrapped, gives, and where in their
  /// rows these elements stand, in int64.
  ///
  /// - Parameters:
  ///   - results: how many each row has; nil for one, whose dimension disappears without `keepdim`.
  ///   - k: how many are wanted, or which.
  /// - Throws: `TensorError.notImplemented` for complex numbers, `.outOfMemory`.
  package func ordered(
    _ op: OrderOperation, dim: Int, k: Int, results: Int?, keepdim: Bool = true
  ) throws -> (values: NDArray, indices: NDArray) {
    guard let loop = Kernels.order(op, dtype) else {
      throw TensorError.notImplemented(kernel: "\(op)_cpu", dtype)
    }
    let last = max(rank - 1, 0)
    var kept = sizes
    if rank > 0 { kept[dim] = results ?? 1 }
    let length = rank == 0 ? 1 : sizes[dim]
    var order = Dims(0..<rank)
    var moved = kept
    if dim != last {
      order.remove(at: dim)
      order.append(dim)
      moved = Dims(order.map { kept[$0] })
    }
    let values = try NDArray(uninitialized: moved, dtype)
    let indices = try NDArray(uninitialized: moved, .int64)
    if values.count > 0 {
      let x = try dim == last ? contiguous() : permuted(order).contiguous()
      let each = results ?? 1
      let rows = values.count / each
      let size = dtype.size
      let (v, p, source) = (
        values.base, indices.base.assumingMemoryBound(to: Int64.self), x.base
      )
      Parallel.forEach(rows, grain: max(1, Self.orderBlock / max(length, 1))) { range in
        let first = range.lowerBound
        loop(
          v + first * each * size, p + first * each, source + first * length * size, range.count,
          length, k)
      }
      withExtendedLifetime(x) {}
    }
    func placed(_ array: NDArray) throws -> NDArray {
      if rank == 0 { return array }
      if results == nil && !keepdim {
        var sizes = kept
        sizes.remove(at: dim)
        return try array.viewed(as: sizes)
      }
      if dim == last { return array }
      var back = Dims(0..<last)
      back.insert(last, at: dim)
      return try array.permuted(back).contiguous()
    }
    return (try placed(values), try placed(indices))
  }

  /// Elements of rows that are worth another thread.
  private static var orderBlock: Int { 1 << 12 }

  /// Where this array's elements, which are dense, belong in the rows of `sorted`, as int64.
  ///
  /// - Parameters:
  ///   - sorted: sorted along its last dimension, dense, of this dtype: one row for all elements, or
  ///     as many rows as this array has along its last dimension.
  ///   - sorter: dense, the places of the rows' elements in order.
  package func searched(
    in sorted: NDArray, sorter: NDArray?, isRight: Bool
  ) throws -> NDArray {
    let result = try NDArray(uninitialized: sizes, .int64)
    if count == 0 { return result }
    guard let loop = Kernels.search(dtype) else {
      throw TensorError.notImplemented(kernel: "searchsorted_out_cpu", dtype)
    }
    let length = sorted.sizes.last ?? 1
    let isShared = sorted.rank <= 1
    let width = isShared ? count : sizes.last ?? 1
    let out = result.base.assumingMemoryBound(to: Int64.self)
    let places = sorter?.base.assumingMemoryBound(to: Int64.self)
    let (row, x, size) = (sorted.base, base, dtype.size)
    if isShared {
      Parallel.forEach(count, grain: 1024) { range in
        let first = range.lowerBound
        loop(out + first, row, length, places, x + first * size, range.count, isRight)
      }
    } else {
      for i in 0..<count / width {
        loop(
          out + i * width, row + i * length * size, length, places.map { $0 + i * length },
          x + i * width * size, width, isRight)
      }
    }
    return result
  }
}
