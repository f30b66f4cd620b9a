import Elements
import KernelChoice

extension NDArray {
  /// True when no element is zero, or false of bool.
  package var isTrueEverywhere: Bool {
    guard let all = Kernels.reduce(.all, dtype) else { return false }
    var result = true
    let x = base
    StridedLoop(sizes, byteStrides).forEachRow { offsets, strides, count in
      var isTrue = false
      all(&isTrue, 1, x + offsets[0], 0, strides[0], 1, count)
      result = result && isTrue
    }
    return result
  }

  /// True when both arrays have the same sizes and, in the dtype they promote to, equal elements.
  package func isEqual(to other: NDArray) throws -> Bool {
    try sizes == other.sizes && binary(.eq, other).isTrueEverywhere
  }
}
