import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

/// Compared with what PyTorch 2.15 printed.
struct LossTests: WithExamples {
  @Test("cross_entropy: values")
  func crossEntropyValues() {
    pytorch("tensor(1.4076)") { try x.crossEntropy(classes) }
    pytorch("tensor(1.4076)") { try x.crossEntropy(classes, labelSmoothing: 0.1) }
    pytorch("tensor(1.4076)") { try x.crossEntropy(classes, labelSmoothing: -0.1) }
    pytorch("tensor(8.5570)") { try x.crossEntropy(x, labelSmoothing: -0.1) }
    pytorch("tensor(14.9293)") { try x.crossEntropy(x, weight: weight) }
    pytorch("tensor(1.4076)") { try x.select(dim: 0, index: 0).crossEntropy(.of(1, .int64)) }
    pytorch("tensor(2.2228)") {
      try x.select(dim: 0, index: 0).crossEntropy(x.select(dim: 0, index: 0))
    }
    pytorch("tensor(nan)") { try empty.crossEntropy(.of([0], filledWith: 0, .int64)) }
    pytorch("tensor(nan)") { try empty.crossEntropy(empty) }
    pytorch("tensor(-0.)") { try empty.crossEntropy(empty, reduction: "sum") }
    pytorch("tensor(nan)") {
      try Tensor.of([2, 0], filledWith: 0, .float32).crossEntropy(
        .of([2, 0], filledWith: 0, .float32))
    }
    pytorch("tensor(0.9409)") { try x.crossEntropy(classes, weight: weight, labelSmoothing: 0.2) }
    pytorch("tensor(2.3558)") {
      try x.crossEntropy(.of([0, -100], .int64), weight: weight, labelSmoothing: 0.2)
    }
    pytorch("tensor(2.2076)") { try x.crossEntropy(.of([0, -100], .int64), labelSmoothing: 0.2) }
    pytorch("tensor(nan)") { try x.crossEntropy(.of([-100, -100], .int64), labelSmoothing: 0.2) }
    pytorch("tensor(1.4076)") {
      try x.select(dim: 0, index: 0).crossEntropy(.of(1, .int64), labelSmoothing: 0.2)
    }
    pytorch("tensor(1.3409)") {
      try x.select(dim: 0, index: 0).crossEntropy(
        .of(1, .int64), weight: weight, labelSmoothing: 0.2)
    }
    pytorch("tensor(2.1429)") {
      try cube.crossEntropy(.of([0, 1, 2, 1], .int64, [2, 2]), labelSmoothing: 0.2)
    }
    pytorch("tensor([[3.9049, 4.0192], [0.9335, 4.0192]])") {
      try cube.crossEntropy(
        .of([0, 1, 2, 1], .int64, [2, 2]), weight: weight, reduction: "none", labelSmoothing: 0.2)
    }
    pytorch("tensor(1.4076)") { try x.crossEntropy(classes.to(dtype: .uint8), labelSmoothing: 0.1) }
  }

  @Test("cross_entropy: what is refused")
  func crossEntropyErrors() {
    pytorch(
      "RuntimeError: The function 'nll_loss_forward' is not differentiable with "
        + "respect to argument 'weight'. This input cannot have requires_grad True."
    ) { try x.crossEntropy(classes, weight: leafWeight) }
    pytorch(
      "RuntimeError: The function 'nll_loss2d_forward' is not differentiable with "
        + "respect to argument 'weight'. This input cannot have requires_grad True."
    ) {
      try cube.crossEntropy(
        .of([0, 1, 2, 1], .int64, [2, 2]), weight: leafWeight, reduction: "none",
        labelSmoothing: 0.2)
    }
    pytorch("ValueError: foo is not a valid value for reduction") {
      try x.crossEntropy(classes, reduction: "foo")
    }
    pytorch("RuntimeError: label_smoothing must be between 0.0 and 1.0. Got: 1.1") {
      try x.crossEntropy(classes, labelSmoothing: 1.1)
    }
    pytorch("RuntimeError: label_smoothing must be between 0.0 and 1.0. Got: 2") {
      try x.crossEntropy(classes, labelSmoothing: 2)
    }
    pytorch("RuntimeError: label_smoothing must be between 0.0 and 1.0. Got: 1.1") {
      try x.crossEntropy(x, labelSmoothing: 1.1)
    }
    pytorch(
      "RuntimeError: Expected floating point type for target with class "
        + "probabilities, got Long"
    ) { try x.crossEntropy(x.to(dtype: .int64)) }
    pytorch("RuntimeError: ignore_index is not supported for floating point target") {
      try x.crossEntropy(x, ignoreIndex: 3)
    }
    pytorch(
      "RuntimeError: cross_entropy: weight tensor should be defined either for all "
        + "3 classes or no classes but got weight tensor of shape: [2]"
    ) { try x.crossEntropy(x, weight: weight.narrow(dim: 0, start: 0, length: 2)) }
    pytorch(
      "RuntimeError: cross_entropy: weight tensor should be defined either for all "
        + "3 classes or no classes but got weight tensor of shape: [1, 3]"
    ) { try x.crossEntropy(x, weight: weight.reshape([1, 3])) }
    pytorch("ValueError: Expected input batch_size (2) to match target batch_size (1).") {
      try x.crossEntropy(x.narrow(dim: 0, start: 0, length: 1))
    }
    pytorch("ValueError: Expected input batch_size (2) to match target batch_size (3).") {
      try x.crossEntropy(.of([0, 1, 2], .int64))
    }
    pytorch("IndexError: Target 5 is out of bounds.") { try x.crossEntropy(.of([0, 5], .int64)) }
    pytorch("IndexError: Dimension specified as 1 but tensor has no dimensions") {
      try Tensor.of(1.0).crossEntropy(.of(1.0))
    }
    pytorch(
      "RuntimeError: Expected floating point type for target with class "
        + "probabilities, got Long"
    ) { try Tensor.of(1.0).crossEntropy(.of(1, .int64)) }
    pytorch(
      "IndexError: Dimension out of range (expected to be in range of [-1, 0], but "
        + "got 1)"
    ) { try Tensor.of(1.0).crossEntropy(.of([1], .int64)) }
    pytorch(
      "NotImplementedError: \"log_softmax_lastdim_kernel_impl\" not implemented "
        + "for 'Long'"
    ) { try x.to(dtype: .int64).crossEntropy(classes) }
    pytorch(
      "NotImplementedError: \"log_softmax_lastdim_kernel_impl\" not implemented "
        + "for 'Long'"
    ) { try x.to(dtype: .int64).crossEntropy(x) }
    pytorch("IndexError: Target 0 is out of bounds.") {
      try Tensor.of([2, 0], filledWith: 0, .float32).crossEntropy(classes)
    }
    pytorch("RuntimeError: expected target dtype to be Long or Byte, but got Int") {
      try x.crossEntropy(classes.to(dtype: .int32))
    }
    pytorch("RuntimeError: expected target dtype to be Long or Byte, but got Int") {
      try x.crossEntropy(classes.to(dtype: .int32), labelSmoothing: 0.1)
    }
    pytorch("RuntimeError: gather(): Expected dtype int32/int64 for index") {
      try x.crossEntropy(classes.to(dtype: .uint8), weight: weight, labelSmoothing: 0.1)
    }
    pytorch("RuntimeError: expected target dtype to be Long or Byte, but got Float") {
      try x.crossEntropy(classes.to(dtype: .float32))
    }
  }

  @Test("cross_entropy: gradients")
  func crossEntropyGradients() {
    gradient(
      "tensor(nan, grad_fn=<NllLossBackward0>) tensor([[0., 0.], [0., 0.]])", of: [1.0, 2, 3, 4],
      [2, 2]
    ) { try $0.crossEntropy(.of([-100, -100], .int64)) }
    gradient(
      "tensor(0.3633, grad_fn=<AddBackward0>) tensor([[ 0.0000,  0.0000], [ "
        + "0.2189, -0.2189]])", of: [1.0, 2, 3, 4], [2, 2]
    ) { try $0.crossEntropy(.of([-100, 1], .int64), labelSmoothing: 0.1) }
  }

  @Test("mse_loss: values")
  func mseLossValues() {
    pytorch("tensor(0.)") { try x.mseLoss(x) }
    pytorch("tensor(4.5000)") { try x.mseLoss(x.select(dim: 0, index: 0)) }
    pytorch("tensor(0.)") { try x.mseLoss(x.to(dtype: .int64)) }
    pytorch("tensor(0.)") { try x.to(dtype: .int64).mseLoss(x) }
    pytorch("tensor(0., dtype=torch.float64)") { try x.mseLoss(x.to(dtype: .float64)) }
    pytorch("tensor(0.)") { try x.to(dtype: .float16).mseLoss(x) }
    pytorch("tensor(nan)") { try empty.mseLoss(empty) }
    pytorch("tensor(0.)") { try empty.mseLoss(empty, reduction: "sum") }
    pytorch("tensor(5.1667)") { try x.mseLoss(.of(1, .int64)) }
    pytorch("tensor([[ 1.,  0.,  1.], [ 4.,  9., 16.]])") {
      try x.mseLoss(.of(1.0), reduction: "none")
    }
    pytorch("tensor([[ 1.,  0.,  1.], [ 4.,  9., 16.]], dtype=torch.float64)") {
      try x.to(dtype: .int64).mseLoss(.of(1.0, .float64), reduction: "none")
    }
    pytorch("tensor(5.1667, dtype=torch.float64)") {
      try x.mseLoss(.of(1.0, .float64), reduction: "mean")
    }
  }

  @Test("mse_loss: what is refused")
  func mseLossErrors() {
    pytorch("ValueError: foo is not a valid value for reduction") {
      try x.mseLoss(x, reduction: "foo")
    }
    pytorch("NotImplementedError: \"mse_cpu\" not implemented for 'Long'") {
      try x.to(dtype: .int64).mseLoss(x.to(dtype: .int64))
    }
  }

  @Test("mse_loss: gradients")
  func mseLossGradients() {
    gradient("tensor(1.6667, grad_fn=<MseLossBackward0>) tensor([-2.])", of: [1.0]) {
      try $0.mseLoss(.of([1.0, 2, 3]))
    }
    gradient("tensor(5., grad_fn=<MseLossBackward0>) tensor([-6.])", of: [1.0]) {
      try Tensor.of([1.0, 2, 3]).mseLoss($0, reduction: "sum")
    }
    gradient(
      "tensor([[0., 1., 4.], [1., 0., 1.]], grad_fn=<MseLossBackward0>) "
        + "tensor([[-6.], [ 0.]])", of: [1.0, 2.0], [2, 1]
    ) { try $0.mseLoss(.of([1.0, 2, 3]), reduction: "none") }
    gradient("tensor(nan, grad_fn=<MseLossBackward0>) tensor([])", of: []) { try $0.mseLoss($0) }
  }
}
