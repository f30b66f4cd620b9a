import Apus
import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

/// Compared with sums written out, and with what PyTorch 2.15 says.
@Suite("Convolutions") struct ConvolutionTests: WithExamples {
  /// Numbers that are not alike, the same in every run.
  static func numbers(_ sizes: Dims, _ dtype: DType, seed: Int = 0) throws -> Tensor {
    let array = try NDArray(uninitialized: sizes, dtype)
    for i in 0..<array.count {
      let number = Double((i * 7 + seed * 5 + 3) % 13 - 6)
      Scalar.double(number).store(to: array.base + i * dtype.size, as: dtype)
    }
    return Tensor(array)
  }

  /// The sum over a window, for two dimensions.
  private func sums(
    _ x: Tensor, _ w: Tensor, stride: Int, padding: Int, dilation: Int, groups: Int
  ) -> [Double] {
    let (xs, ws) = (x.doubles, w.doubles)
    let (channels, height, width) = (x.shape[1], x.shape[2], x.shape[3])
    let (filters, inner, window) = (w.shape[0], w.shape[1], w.shape[2])
    func count(_ size: Int) -> Int {
      (size + 2 * padding - dilation * (window - 1) - 1) / stride + 1
    }
    var result: [Double] = []
    for n in 0..<x.shape[0] {
      for f in 0..<filters {
        for row in 0..<count(height) {
          for column in 0..<count(width) {
            var sum = 0.0
            for c in 0..<inner {
              let channel = f / (filters / groups) * inner + c
              for i in 0..<window {
                for j in 0..<window {
                  let y = row * stride + i * dilation - padding
                  let z = column * stride + j * dilation - padding
                  guard (0..<height).contains(y), (0..<width).contains(z) else { continue }
                  sum +=
                    xs[((n * channels + channel) * height + y) * width + z]
                    * ws[((f * inner + c) * window + i) * window + j]
                }
              }
            }
            result.append(sum)
          }
        }
      }
    }
    return result
  }

  /// float32 goes to a library where there is one; small integers have exact sums in every dtype.
  @Test(
    "Values of every dtype",
    arguments: [DType.float32, .float64, .float16, .bfloat16, .int64, .int32])
  func values(_ dtype: DType) throws {
    for (images, channels, filters, groups) in [(1, 2, 4, 1), (3, 6, 4, 2), (5, 3, 3, 3)] {
      for (stride, padding, dilation) in [(1, 0, 1), (2, 1, 1), (1, 2, 2), (3, 1, 1)] {
        if dtype == .int32 && dilation > 1 { continue }
        let x = try Self.numbers([images, channels, 7, 6], dtype)
        let w = try Self.numbers([filters, channels / groups, 3, 3], dtype, seed: 1)
        let y = try x.conv2d(
          w, stride: [stride], padding: [padding], dilation: [dilation], groups: groups)
        let expected = sums(
          x, w, stride: stride, padding: padding, dilation: dilation, groups: groups)
        // A bfloat16 has eight bits.
        let bound = dtype == .bfloat16 ? 0x1p-8 : dtype == .float16 ? 0x1p-11 : 0
        #expect(
          zip(y.doubles, expected).allSatisfy { abs($0 - $1) <= bound * abs($1) },
          "\(dtype) \(images) \(groups) \(stride) \(padding) \(dilation)")
      }
    }
  }

  /// The gradients of sizes that are cut into pieces equal those of the other way to compute them.
  @Test("Gradients of float32 and float64 agree")
  func gradients() throws {
    for (images, channels, filters, groups) in [
      (1, 64, 64, 1), (7, 16, 32, 1), (64, 3, 5, 1), (4, 32, 32, 32), (13, 8, 16, 4),
    ] {
      func gradients(_ dtype: DType) throws -> [[Double]] {
        let x = try Self.numbers([images, channels, 12, 9], dtype)
        let w = try Self.numbers([filters, channels / groups, 3, 3], dtype, seed: 1)
        let b = try Self.numbers([filters], dtype, seed: 2)
        for leaf in [x, w, b] { try leaf.setRequiresGrad(true) }
        let y = try x.conv2d(w, bias: b, padding: [1], groups: groups)
        try y.backward(gradient: Self.numbers(y.shape, dtype, seed: 3))
        return [y.doubles] + [x, w, b].map { $0.grad?.doubles ?? [] }
      }
      let (single, double) = (try gradients(.float32), try gradients(.float64))
      for (a, b) in zip(single, double) {
        #expect(a.count == b.count)
        #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-5 * (abs($1) + 100) })
      }
    }
  }

  @Test("What is refused")
  func refused() throws {
    let x = try Self.numbers([1, 2, 5, 5], .float32)
    let w = try Self.numbers([3, 2, 3, 3], .float32)
    pytorch(
      "RuntimeError: Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of "
        + "size: [2, 5]"
    ) { try x.select(dim: 0, index: 0).select(dim: 1, index: 0).conv2d(w) }
    pytorch(
      "RuntimeError: Given groups=1, weight of size [3, 2, 3, 3], expected input[1, 1, 5, 5] to have "
        + "2 channels, but got 1 channels instead"
    ) { try x.narrow(dim: 1, start: 0, length: 1).conv2d(w) }
    pytorch(
      "RuntimeError: Calculated padded input size per channel: (2 x 5). Kernel size: (3 x 3). Kernel "
        + "size can't be greater than actual input size"
    ) { try x.narrow(dim: 2, start: 0, length: 2).conv2d(w) }
    pytorch("RuntimeError: non-positive stride is not supported") {
      try x.conv2d(w, stride: [0])
    }
    pytorch("RuntimeError: negative padding is not supported") { try x.conv2d(w, padding: [-1]) }
    pytorch("RuntimeError: Invalid padding string: 'half'") { try x.conv2d(w, padding: "half") }
    pytorch("RuntimeError: padding='same' is not supported for strided convolutions") {
      try x.conv2d(w, stride: [2], padding: "same")
    }
    pytorch("RuntimeError: Storage size calculation overflowed") {
      try x.convTranspose2d(x.transpose(dim0: 0, dim1: 1), stride: [.max])
    }
  }

  /// The numbers may be any: none of them may end the process.
  @Test("Numbers of any size throw")
  func extremes() throws {
    let x = try Self.numbers([1, 1, 3, 3], .float32)
    let numbers = [Int.min, -1, 0, 1, 1 << 31, 1 << 32, 1 << 62, Int.max]
    for a in numbers {
      for b in numbers {
        for c in numbers {
          _ = try? x.conv2d(x, stride: [a], padding: [b], dilation: [c])
          _ = try? x.convTranspose2d(x, stride: [a], padding: [b], dilation: [c])
          _ = try? x.im2col(
            kernelSize: [a, 1], dilation: [b, 1], padding: [c, 1], stride: [a, 1])
          _ = try? x.maxPool2d(kernelSize: [a], stride: [b], padding: [c])
          _ = try? x.maxPool2d(kernelSize: [2], stride: [a], dilation: [b], ceilMode: true)
          _ = try? x.flatten(startDim: 1, endDim: 2).maxPool1d(
            kernelSize: [a], stride: [b], padding: [c])
          _ = try? x.flatten(startDim: 1, endDim: 2).maxPool1d(
            kernelSize: [2], stride: [a], dilation: [b], ceilMode: true)
          _ = try? x.avgPool2d(kernelSize: [a], stride: [b], padding: [c], divisorOverride: a)
        }
      }
    }
    for a in numbers {
      _ = try? x.adaptiveAvgPool2d(outputSize: [a, 1])
      _ = try? x.adaptiveMaxPool2d(outputSize: [1, a])
    }
  }

  @Test("All examples at once, whichever operand differs between them")
  func batched() throws {
    for groups in [1, 2] {
      let (x, w) = (Dims([2, 4, 5, 4]), Dims([6, 4 / groups, 3, 2]))
      try checkBatched([examples(x), examples(w, 1)]) { [try $0[0].conv2d($0[1], groups: groups)] }
      try checkBatched([examples(x), examples(w, 1), examples([6], 2)]) {
        [try $0[0].conv2d($0[1], bias: $0[2], stride: [2], padding: [1], groups: groups)]
      }
      let turned = Dims([4, 6 / groups, 3, 2])
      try checkBatched([examples(x), examples(turned, 1), examples([6], 2)]) {
        [try $0[0].convTranspose2d($0[1], bias: $0[2], stride: [2], groups: groups)]
      }
    }
    try checkBatched([examples([2, 4, 5, 4])]) {
      [try $0[0].im2col(kernelSize: [2, 2], dilation: [1, 1], padding: [0, 1], stride: [1, 2])]
    }
    try checkBatched([examples([2, 4, 5, 4])]) { [try $0[0].maxPool2d(kernelSize: [2])] }
    try checkBatched([examples([4, 5, 4])]) { [try $0[0].avgPool2d(kernelSize: [2], stride: [1])] }
  }
}
