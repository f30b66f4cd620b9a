import Elements
import KernelChoice
import Parallel

extension NDArray {
  /// Writes the elements of `source`, which has the same sizes and dtype, into this memory.
  ///
  /// The two innermost dimensions are given to the kernel together: the one along which this memory
  /// is walked, and that along which the other is dense where it is not the same, so that whole
  /// lines of both are used.
  func assignStrided(_ source: NDArray) {
    if count == 0 { return }
    var (sizes, outStrides, strides) = merged(with: source)
    guard let columns = sizes.popLast(), let outStride = outStrides.popLast(),
      let stride = strides.popLast()
    else { return }
    let size = dtype.size
    let isTransposed = outStride == size && stride != size && stride != 0
    let crossing = isTransposed ? strides.firstIndex { abs($0) == size } : nil
    let row = crossing ?? sizes.indices.last
    var (rows, outRowStride, rowStride) = (1, 0, 0)
    if let row {
      (rows, outRowStride, rowStride) = (sizes[row], outStrides[row], strides[row])
      sizes.remove(at: row)
      outStrides.remove(at: row)
      strides.remove(at: row)
    }
    let loop = Kernels.copy(dtype)
    let (out, x) = (base, source.base)
    let grain = max(16, (1 << 16) / columns & ~15)
    let (rowCount, outRow, sourceRow) = (rows, outRowStride, rowStride)
    StridedLoop(Dims(sizes), Dims(outStrides), Dims(strides)).forEachRow { offsets, steps, count in
      for i in 0..<count {
        let (target, start) = (out + offsets[0] + i * steps[0], x + offsets[1] + i * steps[1])
        Parallel.forEach(rowCount, grain: grain) { range in
          loop(
            target + range.lowerBound * outRow, outRow, outStride,
            start + range.lowerBound * sourceRow, sourceRow, stride, range.count, columns)
        }
      }
    }
  }

  /// Sizes and byte strides of both arrays, without dimensions of size one, ordered so that this
  /// memory is walked forwards, outermost first, and with neighbours merged where both allow it.
  private func merged(
    with source: NDArray
  ) -> (sizes: [Int], outStrides: [Int], strides: [Int]) {
    let (out, x) = (byteStrides, source.byteStrides)
    let order = sizes.indices.filter { sizes[$0] != 1 }.sorted {
      (abs(out[$0]), abs(x[$0]), $1) > (abs(out[$1]), abs(x[$1]), $0)
    }
    var result: (sizes: [Int], outStrides: [Int], strides: [Int]) = ([], [], [])
    for dim in order {
      let last = result.sizes.count - 1
      if last >= 0 && result.outStrides[last] == out[dim] * sizes[dim]
        && result.strides[last] == x[dim] * sizes[dim]
      {
        result.sizes[last] *= sizes[dim]
        result.outStrides[last] = out[dim]
        result.strides[last] = x[dim]
      } else {
        result.sizes.append(sizes[dim])
        result.outStrides.append(out[dim])
        result.strides.append(x[dim])
      }
    }
    if order.isEmpty { return ([1], [dtype.size], [dtype.size]) }
    return result
  }
}
