import Elements
import KernelChoice
import MatrixLibraries
import Parallel

// Convolutions whose groups have one channel each ("depthwise"): every plane is by itself, and what
// other ways do first, a copy of all elements under each window or another order of the channels,
// would take longer than the sums.

extension ConvolutionShape {
  /// Computes into `result`, which is dense, as both operands are; false where the shape has another
  /// kind of group, or is not one that the kernel is good at.
  func runByPlanes(_ first: NDArray, _ second: NDArray, bias: NDArray?, into result: NDArray)
    -> Bool
  {
    guard channels == groups, filters == groups, product != .weight, x.count <= 2,
      stride.allSatisfy({ $0 == 1 }), let loop = Kernels.planeConvolution(first.dtype)
    else { return false }
    func pair(_ sizes: [Int], _ missing: Int) -> (Int, Int) {
      sizes.count == 2 ? (sizes[0], sizes[1]) : (missing, sizes[0])
    }
    let (w, dilation) = (pair(w, 1), pair(dilation, 1))
    var (source, target, padding) = (pair(x, 1), pair(y, 1), pair(padding, 0))
    // Buffers are some rows long.
    let most = 1 << 12
    for size in [w.0, w.1, dilation.0, dilation.1, padding.0, padding.1] where size > most {
      return false
    }
    let reach = ((w.0 - 1) * dilation.0, (w.1 - 1) * dilation.1)
    if reach.0 > most || reach.1 > most || source.1 > most || target.1 > most || w.0 * w.1 == 0 {
      return false
    }
    if product == .input {
      // The gradient is a convolution with the window turned, from the other side.
      (source, target) = (target, source)
      padding = (reach.0 - padding.0, reach.1 - padding.1)
      if padding.0 < 0 || padding.1 < 0 { return false }
    }
    let convolution = PlaneConvolution(
      x: first.base, w: second.base, bias: bias?.base, out: result.base, channels: channels,
      sizes: source, outSizes: target, window: w, dilation: dilation, padding: padding,
      isTurned: product == .input)
    let planeWork = max(1, target.0 * target.1 * w.0 * w.1)
    Parallel.forEach(images * channels, grain: max(1, (1 << 16) / planeWork)) { planes in
      loop(convolution, planes)
    }
    withExtendedLifetime((first, second, bias, result)) {}
    return true
  }
}
