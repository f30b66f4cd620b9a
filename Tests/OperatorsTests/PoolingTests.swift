import Apus
import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

/// Compared with what PyTorch 2.15 printed.
@Suite("Pooling") struct PoolingTests: WithExamples {
  /// 1 to 12 in three rows.
  private func rows() throws -> Tensor {
    try Tensor.arange(1, 13, dtype: .float32).reshape([1, 3, 4])
  }

  @Test("The largest element and its place")
  func largest() throws {
    let (values, indices) = try rows().maxPool2dWithIndices(kernelSize: [2])
    #expect(values.doubles == [6, 8])
    #expect(indices.doubles == [5, 7])
    let padded = try rows().maxPool2dWithIndices(
      kernelSize: [2], stride: [2], padding: [1], ceilMode: true)
    #expect(padded.0.doubles == [1, 3, 4, 9, 11, 12])
    #expect(padded.1.doubles == [0, 2, 3, 8, 10, 11])
  }

  @Test("Of equal elements the first, of nans the last, zeros as they come")
  func ties() throws {
    let nan = Double.nan
    let x = try Tensor.of(
      [1, .double(nan), 3, 2, .double(nan), 2, 5, 5, 0, 0, -0.0, 0, 0, 0, 0, -0.0], .float32,
      [1, 4, 4])
    let (values, indices) = try x.maxPool2dWithIndices(kernelSize: [2])
    #expect(values.doubles[0].isNaN && values.doubles[1...] == [5, 0, 0])
    #expect(indices.doubles == [4, 6, 8, 10])
    let low = try Tensor.full([1, 4, 4], .double(-.infinity), dtype: .float32)
    let corners = try low.maxPool2dWithIndices(kernelSize: [2], padding: [1])
    #expect(corners.1.doubles == [0, 1, 3, 4, 5, 7, 12, 13, 15])
  }

  @Test("Means")
  func means() throws {
    #expect(try rows().avgPool2d(kernelSize: [2]).doubles == [3.5, 5.5])
    #expect(
      try rows().avgPool2d(kernelSize: [2], padding: [1], ceilMode: true).doubles
        == [0.25, 1.25, 1, 3.5, 8.5, 5])
    #expect(
      try rows().avgPool2d(kernelSize: [2], padding: [1], ceilMode: true, countIncludePad: false)
        .doubles == [1, 2.5, 4, 7, 8.5, 10])
    #expect(try rows().avgPool2d(kernelSize: [2], divisorOverride: 2).doubles == [7, 11])
    let integers = try Tensor.of([-7, 1, 2, 1], .int64, [1, 2, 2])
    #expect(try integers.avgPool2d(kernelSize: [2]).doubles == [0])
    #expect(
      try rows().adaptiveAvgPool2d(outputSize: [2, 3]).doubles == [3.5, 4.5, 5.5, 7.5, 8.5, 9.5])
    #expect(try rows().adaptiveAvgPool2d(outputSize: [1, 1]).doubles == [6.5])
  }

  /// The gradients are compared for all dtypes with those of float64, which are checked by finite
  /// differences.
  @Test("Gradients of every dtype", arguments: [DType.float32, .float16, .bfloat16])
  func gradients(_ dtype: DType) throws {
    typealias Call = (Tensor) throws -> Tensor
    let calls: [Call] = [
      { try $0.maxPool2d(kernelSize: [3], stride: [2], padding: [1]) },
      { try $0.avgPool2d(kernelSize: [3], stride: [2], padding: [1], ceilMode: true) },
      { try $0.avgPool3d(kernelSize: [2], stride: [1]) },
      { try $0.adaptiveAvgPool2d(outputSize: [3, 5]) },
      { try $0.adaptiveMaxPool3d(outputSize: [1, 2, 3]).0 },
    ]
    for (i, call) in calls.enumerated() where i != 2 || dtype == .float32 {
      func gradient(_ dtype: DType) throws -> [Double] {
        let x = try ConvolutionTests.numbers([2, 3, 9, 7], dtype)
        try x.setRequiresGrad(true)
        let y = try call(x)
        try y.backward(gradient: ConvolutionTests.numbers(y.shape, dtype, seed: 3))
        return x.grad?.doubles ?? []
      }
      let (found, expected) = (try gradient(dtype), try gradient(.float64))
      let bound = dtype == .float32 ? 1e-5 : dtype == .float16 ? 4e-3 : 3e-2
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= bound * (1 + abs($1)) }, "\(i)")
    }
  }

  @Test("What is refused")
  func refused() throws {
    let x = try rows()
    pytorch(
      "RuntimeError: Given input size: (1x3x4). Calculated output size: (1x0x1). Output size is too "
        + "small"
    ) { try x.maxPool2d(kernelSize: [4]) }
    pytorch(
      "RuntimeError: pad should be at most half of effective kernel size, but got pad=2, "
        + "kernel_size=2 and dilation=1"
    ) { try x.avgPool2d(kernelSize: [2], padding: [2]) }
    pytorch("RuntimeError: stride should not be zero") {
      try x.maxPool2d(kernelSize: [2], stride: [0])
    }
    pytorch("RuntimeError: max_pool1d() Invalid computed output size: -4") {
      try x.maxPool1d(kernelSize: [9], stride: [1])
    }
    pytorch("RuntimeError: divisor must be not zero") {
      try x.avgPool2d(kernelSize: [2], divisorOverride: 0)
    }
    pytorch("RuntimeError: adaptive_avg_pool2d: output_size must be 2") {
      try x.adaptiveAvgPool2d(outputSize: [2])
    }
    pytorch("NotImplementedError: \"max_pool2d\" not implemented for 'Bool'") {
      try x.to(dtype: .bool).maxPool2d(kernelSize: [2])
    }
  }
}
