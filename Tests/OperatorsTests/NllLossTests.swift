import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

/// Compared with what PyTorch 2.15 printed.
struct NllLossTests: WithExamples {
  @Test("nll_loss: values")
  func nllLossValues() {
    pytorch("tensor(-2.5000)") { try x.nllLoss(classes) }
    pytorch("tensor(0.)") { try x.nllLoss(.of([0, -100], .int64)) }
    pytorch("tensor(nan)") { try x.nllLoss(.of([-100, -100], .int64)) }
    pytorch("tensor(0.)") { try x.nllLoss(.of([-100, -100], .int64), reduction: "sum") }
    pytorch("tensor([-0., 0.])") { try x.nllLoss(.of([0, -100], .int64), reduction: "none") }
    pytorch("tensor(-2.5000)") { try x.nllLoss(classes.to(dtype: .uint8)) }
    pytorch("tensor(-3.7500)") { try x.nllLoss(classes, weight: weight) }
    pytorch("tensor(-1.)") { try x.select(dim: 0, index: 0).nllLoss(.of(1, .int64)) }
    pytorch("tensor(-1.)") { try x.select(dim: 0, index: 0).nllLoss(.of([1], .int64)) }
    pytorch("tensor(-1.)") {
      try x.select(dim: 0, index: 0).nllLoss(.of([1], .int64), reduction: "none")
    }
    pytorch("tensor(-1.)") {
      try x.select(dim: 0, index: 0).nllLoss(.of(1, .int64), reduction: "none")
    }
    pytorch("tensor(nan)") { try x.select(dim: 0, index: 0).nllLoss(.of(-100, .int64)) }
    pytorch("tensor(0.)") {
      try x.select(dim: 0, index: 0).nllLoss(.of(-100, .int64), reduction: "sum")
    }
    pytorch("tensor(nan)") { try empty.nllLoss(.of([0], filledWith: 0, .int64)) }
    pytorch("tensor(0.)") { try empty.nllLoss(.of([0], filledWith: 0, .int64), reduction: "sum") }
    pytorch("tensor([])") { try empty.nllLoss(.of([0], filledWith: 0, .int64), reduction: "none") }
    pytorch("tensor(-5.5000)") { try cube.nllLoss(.of([0, 1, 2, 1], .int64, [2, 2])) }
    pytorch("tensor([[ -0.,  -3.], [-10.,  -9.]])") {
      try cube.nllLoss(.of([0, 1, 2, 1], .int64, [2, 2]), reduction: "none")
    }
    pytorch("tensor(-4.3333)") { try cube.nllLoss(.of([0, 1, 2, -100], .int64, [2, 2])) }
    pytorch("tensor(-5.5000)") {
      try cube.unsqueeze(dim: 3).nllLoss(.of([0, 1, 2, 1], .int64, [2, 2, 1]))
    }
    pytorch("tensor(-6.7500)") {
      try cube.nllLoss(.of([0, 1, 2, 1], .int64, [2, 2]), weight: weight)
    }
    pytorch("tensor(nan)") {
      try Tensor.of([0, 3, 2], filledWith: 0, .float32).nllLoss(.of([0, 2], filledWith: 0, .int64))
    }
    pytorch("tensor(0.)") {
      try Tensor.of([0, 3, 2], filledWith: 0, .float32).nllLoss(
        .of([0, 2], filledWith: 0, .int64), reduction: "sum")
    }
    pytorch("tensor([], size=(0, 2))") {
      try Tensor.of([0, 3, 2], filledWith: 0, .float32).nllLoss(
        .of([0, 2], filledWith: 0, .int64), reduction: "none")
    }
    pytorch("tensor(nan)") {
      try Tensor.of([2, 0], filledWith: 0, .float32).nllLoss(.of([-100, -100], .int64))
    }
    pytorch("tensor(-5.5000)") {
      try cube.reshape([2, 3, 2, 1, 1]).nllLoss(
        Tensor.of([0, 1, 2, 1], .int64, [2, 2]).reshape([2, 2, 1, 1]))
    }
    pytorch("tensor(-2.5000, dtype=torch.float16)") { try x.to(dtype: .float16).nllLoss(classes) }
    pytorch("tensor(0.)") { try x.nllLoss(classes, weight: weight, ignoreIndex: 2) }
    pytorch("tensor(0.)") { try x.nllLoss(.of([0, 4], .int64), ignoreIndex: 4) }
    pytorch("tensor(-2.)") {
      try Tensor.of([.double(-.infinity), 0.0, 1.0, 1.0, 2.0, 3.0], .float32, [2, 3]).nllLoss(
        .of([-100, 1], .int64))
    }
    pytorch("tensor(nan)") {
      try Tensor.of([.double(-.infinity), 0.0, 1.0, 1.0, 2.0, 3.0], .float32, [2, 3]).nllLoss(
        .of([0, 1], .int64), weight: .of([0.0, 1.0, 1.0]))
    }
  }

  @Test("nll_loss: what is refused")
  func nllLossErrors() {
    pytorch("ValueError: foo is not a valid value for reduction") {
      try x.nllLoss(classes, reduction: "foo")
    }
    pytorch("IndexError: Target 5 is out of bounds.") { try x.nllLoss(.of([0, 5], .int64)) }
    pytorch("IndexError: Target -1 is out of bounds.") { try x.nllLoss(.of([0, -1], .int64)) }
    pytorch("ValueError: Expected input batch_size (2) to match target batch_size (3).") {
      try x.nllLoss(.of([0, 1, 2], .int64))
    }
    pytorch("ValueError: Expected input batch_size (2) to match target batch_size (0).") {
      try x.nllLoss(.of(1, .int64))
    }
    pytorch("RuntimeError: 0D or 1D target tensor expected, multi-target not supported") {
      try x.nllLoss(.of([0, 1], .int64, [2, 1]))
    }
    pytorch("RuntimeError: expected target dtype to be Long or Byte, but got Int") {
      try x.nllLoss(classes.to(dtype: .int32))
    }
    pytorch("RuntimeError: expected target dtype to be Long or Byte, but got Short") {
      try x.nllLoss(classes.to(dtype: .int16))
    }
    pytorch("RuntimeError: expected target dtype to be Long or Byte, but got Float") {
      try x.nllLoss(classes.to(dtype: .float32))
    }
    pytorch("RuntimeError: expected target dtype to be Long or Byte, but got Bool") {
      try x.nllLoss(classes.to(dtype: .bool))
    }
    pytorch("NotImplementedError: \"nll_loss_out_frame\" not implemented for 'Long'") {
      try x.to(dtype: .int64).nllLoss(classes)
    }
    pytorch(
      "RuntimeError: weight tensor should be defined either for all 3 classes or "
        + "no classes but got weight tensor of shape: [2]"
    ) { try x.nllLoss(classes, weight: weight.narrow(dim: 0, start: 0, length: 2)) }
    pytorch("RuntimeError: expected scalar type Float but found Double") {
      try x.nllLoss(classes, weight: weight.to(dtype: .float64))
    }
    pytorch(
      "RuntimeError: weight tensor should be defined either for all 3 classes or "
        + "no classes but got weight tensor of shape: [1, 3]"
    ) { try x.nllLoss(classes, weight: weight.reshape([1, 3])) }
    pytorch("RuntimeError: expected scalar type Float but found Long") {
      try x.nllLoss(classes, weight: weight.to(dtype: .int64))
    }
    pytorch("ValueError: For 1D input, 1D target must have size 1, but got target size: 2") {
      try x.select(dim: 0, index: 0).nllLoss(.of([1, 2], .int64))
    }
    pytorch("IndexError: Target 3 is out of bounds.") {
      try x.select(dim: 0, index: 0).nllLoss(.of(3, .int64))
    }
    pytorch("ValueError: Expected 1 or more dimensions (got 0)") {
      try Tensor.of(1.0).nllLoss(.of(0, .int64))
    }
    pytorch("IndexError: Target 5 is out of bounds.") {
      try cube.nllLoss(.of([0, 1, 2, 5], .int64, [2, 2]))
    }
    pytorch("RuntimeError: Expected target size [2, 2], got [2]") { try cube.nllLoss(classes) }
    pytorch("RuntimeError: Expected target size [2, 2], got [2, 3]") {
      try cube.nllLoss(.of([0, 1, 1, 2, 1, 1], .int64, [2, 3]))
    }
    pytorch("ValueError: Expected input batch_size (2) to match target batch_size (3).") {
      try cube.nllLoss(.of([0, 1, 2, 1, 0, 0], .int64, [3, 2]))
    }
    pytorch(
      "RuntimeError: only batches of spatial targets supported (3D tensors) but "
        + "got targets of dimension: 2"
    ) { try cube.unsqueeze(dim: 3).nllLoss(.of([0, 1, 2, 1], .int64, [2, 2])) }
    pytorch("RuntimeError: expected target dtype to be Long or Byte, but got Int") {
      try cube.unsqueeze(dim: 3).nllLoss(
        Tensor.of([0, 1, 2, 1], .int64, [2, 2, 1]).to(dtype: .int32))
    }
    pytorch("RuntimeError: size mismatch (got input: [2, 3, 2, 1] , target: [2, 2, 2]") {
      try cube.unsqueeze(dim: 3).nllLoss(.of([0, 1, 1, 1, 2, 1, 1, 1], .int64, [2, 2, 2]))
    }
    pytorch("RuntimeError: weight tensor should be defined either for all or no classes") {
      try cube.nllLoss(
        .of([0, 1, 2, 1], .int64, [2, 2]), weight: weight.narrow(dim: 0, start: 0, length: 2))
    }
    pytorch("NotImplementedError: \"nll_loss2d_forward_out_frame\" not implemented for 'Long'") {
      try cube.to(dtype: .int64).nllLoss(.of([0, 1, 2, 1], .int64, [2, 2]))
    }
    pytorch("IndexError: Target 0 is out of bounds.") {
      try Tensor.of([2, 0], filledWith: 0, .float32).nllLoss(classes)
    }
    pytorch(
      "RuntimeError: The function 'nll_loss_forward' is not differentiable with "
        + "respect to argument 'weight'. This input cannot have requires_grad True."
    ) { try x.nllLoss(classes, weight: leafWeight) }
  }

  @Test("nll_loss: gradients")
  func nllLossGradients() {
    gradient(
      "tensor(-1., grad_fn=<NllLossBackward0>) tensor([[-1.,  0.], [ 0.,  0.]])",
      of: [1.0, 2, 3, 4], [2, 2]
    ) { try $0.nllLoss(.of([0, -100], .int64)) }
    gradient(
      "tensor(nan, grad_fn=<NllLossBackward0>) tensor([[0., 0.], [0., 0.]])", of: [1.0, 2, 3, 4],
      [2, 2]
    ) { try $0.nllLoss(.of([-100, -100], .int64)) }
    gradient(
      "tensor(-2.5000, grad_fn=<NllLoss2DBackward0>) tensor([[[-0.5000], [ "
        + "0.0000]], [[ 0.0000], [-0.5000]]])", of: [1.0, 2, 3, 4], [2, 2, 1]
    ) { try $0.nllLoss(.of([0, 1], .int64, [2, 1])) }
  }
}
