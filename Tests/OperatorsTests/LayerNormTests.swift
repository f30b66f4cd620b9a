import Apus
import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

/// Compared with what PyTorch 2.15 printed.
struct LayerNormTests: WithExamples {
  @Test("layer_norm: values")
  func values() {
    pytorch("tensor([[-1.2247,  0.0000,  1.2247], [-1.2247,  0.0000,  1.2247]])") {
      try x.layerNorm(normalizedShape: [3])
    }
    pytorch("tensor([[-1.3525, -0.8115, -0.2705], [ 0.2705,  0.8115,  1.3525]])") {
      try x.layerNorm(normalizedShape: [2, 3], eps: 0.5)
    }
    pytorch("tensor([[-1.2247,  0.0000,  3.6742], [-1.2247,  0.0000,  3.6742]])") {
      try x.layerNorm(normalizedShape: [3], weight: weight)
    }
    pytorch("tensor([[-0.2247,  2.0000,  4.2247], [-0.2247,  2.0000,  4.2247]])") {
      try x.layerNorm(normalizedShape: [3], bias: weight)
    }
    pytorch("tensor([], size=(0, 3))") { try empty.layerNorm(normalizedShape: [3]) }
  }

  @Test("layer_norm: what is refused")
  func refused() {
    pytorch(
      "RuntimeError: Expected normalized_shape to be at least 1-dimensional, i.e., containing at "
        + "least one element, but got normalized_shape = []"
    ) { try x.layerNorm(normalizedShape: []) }
    pytorch(
      "RuntimeError: Given normalized_shape=[1, 2, 3], expected input with shape [*, 1, 2, 3], but "
        + "got input of size[2, 3]"
    ) { try x.layerNorm(normalizedShape: [1, 2, 3]) }
    pytorch(
      "RuntimeError: Expected weight to be of same shape as normalized_shape, but got weight of "
        + "shape [3] and normalized_shape = [2, 3]"
    ) { try x.layerNorm(normalizedShape: [2, 3], weight: weight) }
    pytorch(
      "RuntimeError: Expected bias to be of same shape as normalized_shape, but got bias of "
        + "shape [3] and normalized_shape = [2, 3]"
    ) { try x.layerNorm(normalizedShape: [2, 3], bias: weight) }
    pytorch("NotImplementedError: \"LayerNormKernelImpl\" not implemented for 'Long'") {
      try integers.layerNorm(normalizedShape: [2])
    }
    pytorch("RuntimeError: mixed dtype (CPU): expect parameter to have scalar type of Float") {
      try x.layerNorm(normalizedShape: [3], weight: weight.to(dtype: .float64))
    }
    pytorch("RuntimeError: mixed dtype (CPU): all inputs must share same datatype.") {
      try x.to(dtype: .float64).layerNorm(normalizedShape: [3], weight: weight)
    }
    pytorch("RuntimeError: expected scalar type Float but found Double") {
      try x.layerNorm(
        normalizedShape: [3], weight: weight, bias: weight.to(dtype: .float64))
    }
  }

  @Test("layer_norm: the loop's gradients are the formula's", arguments: [1, 5, 300])
  func gradients(_ rows: Int) throws {
    func gradients(createGraph: Bool) throws -> [[Double]] {
      let x = try Tensor.of(
        (0..<rows * 7).map { .double(Double($0 * $0 % 23)) }, .float64, [rows, 7])
      let weight = try Tensor.of((0..<7).map { .double(Double($0) - 2) }, .float64, [7])
      let bias = try Tensor.of((0..<7).map { .double(Double($0)) }, .float64, [7])
      for leaf in [x, weight, bias] { try leaf.setRequiresGrad(true) }
      let y = try x.layerNorm(normalizedShape: [7], weight: weight, bias: bias)
      #expect(try y.gradFunction?.name == "NativeLayerNormBackward0")
      try (y * y).sum().backward(createGraph: createGraph)
      return try [x, weight, bias].map { leaf in
        let array = try #require(leaf.grad).array
        return (0..<array.count).map { array.element(at: $0).double }
      }
    }
    for (loop, formula) in try zip(gradients(createGraph: false), gradients(createGraph: true)) {
      for (a, b) in zip(loop, formula) { #expect(abs(a - b) < 1e-9 * max(1, abs(b))) }
    }
  }
}
