import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

/// Compared with what PyTorch 2.15 printed.
struct ReductionTests: WithExamples {
  @Test("sum: values")
  func sumValues() {
    pytorch("tensor(15.)") { try x.sum(dim: []) }
    pytorch("tensor(15.)") { try x.sum(dim: nil) }
    pytorch("tensor([[15.]])") { try x.sum(dim: [], keepdim: true) }
    pytorch("tensor([0., 0., 0.])") { try empty.sum(dim: [0]) }
    pytorch("tensor(1)") { try truths.sum() }
    pytorch("tensor(True)") { try truths.sum(dtype: .bool) }
    pytorch("tensor(True)") { try integers.sum(dtype: .bool) }
    pytorch("tensor(3, dtype=torch.int32)") { try integers.sum(dtype: .int32) }
    pytorch("tensor(3)") { try integers.to(dtype: .uint8).sum() }
    pytorch("tensor(1, dtype=torch.uint8)") { try truths.sum(dtype: .uint8) }
    pytorch("tensor(True)") { try truths.sum(dim: [0], dtype: .bool) }
    pytorch("tensor(15)") { try x.sum(dtype: .int64) }
    pytorch("tensor(3.)") { try Tensor.of(3).sum(dim: [0], keepdim: true) }
    pytorch("tensor(3., dtype=torch.float16)") {
      try Tensor.of([1, 2], .int64).sum(dtype: .float16)
    }
    pytorch("tensor(4096., dtype=torch.float16)") {
      try Tensor.of([4096], filledWith: 1, .float16).sum()
    }
    pytorch("tensor(inf, dtype=torch.float16)") {
      try Tensor.of([300, 300], filledWith: 1, .float16).sum(dim: [0, 1])
    }
    pytorch("tensor([90112., 90112., 90112.], dtype=torch.bfloat16)") {
      try Tensor.of([300, 3, 300], filledWith: 1, .bfloat16).sum(dim: [0, 2])
    }
    pytorch("tensor([2., 2., 2.])") {
      try Tensor.of([3], filledWith: 1, .float32).expand([2, 3]).sum(dim: [0])
    }
    pytorch("tensor(6.)") { try Tensor.of([3], filledWith: 1, .float32).expand([2, 3]).sum() }
  }

  @Test("sum: what is refused")
  func sumErrors() {
    pytorch("RuntimeError: dim 0 appears multiple times in the list of dims") {
      try x.sum(dim: [0, 0])
    }
    pytorch("RuntimeError: dim 0 appears multiple times in the list of dims") {
      try x.sum(dim: [0, -2])
    }
    pytorch(
      "IndexError: Dimension out of range (expected to be in range of [-2, 1], but "
        + "got 2)"
    ) { try x.sum(dim: [2]) }
    pytorch("RuntimeError: dim 0 appears multiple times in the list of dims") {
      try Tensor.of(3).sum(dim: [0, 0])
    }
    pytorch("RuntimeError: dim 0 appears multiple times in the list of dims") {
      try Tensor.of(3).sum(dim: [0, -1])
    }
  }

  @Test("sum: gradients")
  func sumGradients() {
    gradient(
      "tensor(3., dtype=torch.float64, grad_fn=<SumBackward0>) tensor([1., 1.])", of: [1.0, 2.0]
    ) { try $0.sum(dtype: .float64) }
    gradient(
      "tensor(3., dtype=torch.float64, grad_fn=<SumBackward1>) tensor([1., 1.])", of: [1.0, 2.0]
    ) { try $0.sum(dim: [0], dtype: .float64) }
    gradient("tensor(2., grad_fn=<SumBackward1>) tensor(1.)", of: [2.0], []) {
      try $0.sum(dim: [0], keepdim: true)
    }
  }

  @Test("mean: values")
  func meanValues() {
    pytorch("tensor(2.5000)") { try x.mean(dim: []) }
    pytorch("tensor(1.5000)") { try integers.mean(dtype: .float32) }
    pytorch("tensor(2.5000, dtype=torch.float16)") { try x.mean(dtype: .float16) }
    pytorch("tensor(nan)") { try empty.mean() }
    pytorch("tensor([nan, nan, nan])") { try empty.mean(dim: [0]) }
  }

  @Test("mean: what is refused")
  func meanErrors() {
    pytorch("RuntimeError: dim 0 appears multiple times in the list of dims") {
      try x.mean(dim: [0, -2])
    }
    pytorch(
      "NotImplementedError: mean(): could not infer output dtype. Input dtype must "
        + "be either a floating point or complex dtype. Got: Long"
    ) { try integers.mean() }
    pytorch(
      "NotImplementedError: mean(): could not infer output dtype. Input dtype must "
        + "be either a floating point or complex dtype. Got: Long"
    ) { try integers.mean(dim: [0]) }
    pytorch(
      "NotImplementedError: mean(): could not infer output dtype. Input dtype must "
        + "be either a floating point or complex dtype. Got: Bool"
    ) { try truths.mean() }
    pytorch(
      "NotImplementedError: mean(): could not infer output dtype. Optional dtype "
        + "must be either a floating point or complex dtype. Got: Long"
    ) { try x.mean(dtype: .int64) }
    pytorch(
      "NotImplementedError: mean(): could not infer output dtype. Optional dtype "
        + "must be either a floating point or complex dtype. Got: Long"
    ) { try x.mean(dim: [0], dtype: .int64) }
    pytorch(
      "NotImplementedError: mean(): could not infer output dtype. Optional dtype "
        + "must be either a floating point or complex dtype. Got: Long"
    ) { try integers.mean(dtype: .int64) }
  }

  @Test("mean: gradients")
  func meanGradients() {
    gradient("tensor(nan, grad_fn=<MeanBackward0>) tensor([])", of: []) { try $0.mean() }
  }

  @Test("prod: values")
  func prodValues() {
    pytorch("tensor(1.)") { try empty.prod() }
    pytorch("tensor([1., 1., 1.])") { try empty.prod(dim: 0) }
    pytorch("tensor(0)") { try truths.prod() }
    pytorch("tensor(2)") { try integers.to(dtype: .int32).prod(dim: 0) }
    pytorch("tensor(False)") { try truths.prod(dtype: .bool) }
    pytorch("tensor(False)") { try truths.prod(dim: 0, dtype: .bool) }
    pytorch("tensor([1, 1, 1])") { try Tensor.of([2, 3], filledWith: 1, .int64).prod(dim: 0) }
  }

  @Test("prod: what is refused")
  func prodErrors() {
    pytorch(
      "IndexError: Dimension out of range (expected to be in range of [-2, 1], but "
        + "got 2)"
    ) { try x.prod(dim: 2) }
  }

  @Test("prod: gradients")
  func prodGradients() {
    gradient("tensor(1., grad_fn=<ProdBackward0>) tensor([])", of: []) { try $0.prod() }
    gradient("tensor(0., grad_fn=<ProdBackward0>) tensor([6., 0., 0.])", of: [0.0, 2, 3]) {
      try $0.prod()
    }
    gradient("tensor(0., grad_fn=<ProdBackward1>) tensor([0., 0., 0.])", of: [0.0, 0, 3]) {
      try $0.prod(dim: 0)
    }
    gradient("tensor(nan, grad_fn=<ProdBackward1>) tensor([0., nan, nan])", of: [nan, 0, 3]) {
      try $0.prod(dim: 0)
    }
    gradient("tensor(nan, grad_fn=<ProdBackward1>) tensor([0., inf, nan])", of: [infinity, 0, 3]) {
      try $0.prod(dim: 0)
    }
    gradient("tensor(inf, grad_fn=<ProdBackward1>) tensor([nan, inf, inf])", of: [infinity, 2, 3]) {
      try $0.prod(dim: 0)
    }
    gradient("tensor(3., grad_fn=<ProdBackward1>) tensor(1.)", of: [3.0], []) {
      try $0.prod(dim: 0)
    }
    gradient("tensor(0., grad_fn=<ProdBackward0>) tensor(1.)", of: [0.0], []) { try $0.prod() }
    gradient(
      "tensor([0., 6., 0.], grad_fn=<ProdBackward1>) tensor([[6., 0., 0.], [6., "
        + "3., 2.], [0., 0., 0.]])", of: [0.0, 2, 3, 1, 2, 3, 0, 0, 4], [3, 3]
    ) { try $0.prod(dim: 1) }
    gradient(
      "tensor([[ 0.,  0., 36.]], grad_fn=<ProdBackward1>) tensor([[ 0.,  0., 12.], "
        + "[ 0.,  0., 12.], [ 0.,  4.,  9.]])", of: [0.0, 2, 3, 1, 2, 3, 0, 0, 4], [3, 3]
    ) { try $0.prod(dim: -2, keepdim: true) }
  }

  @Test("any and all: values")
  func truthValues() {
    pytorch("tensor(True)") { try x.any() }
    pytorch("tensor(1, dtype=torch.uint8)") { try integers.to(dtype: .uint8).any() }
    pytorch("tensor(False)") { try empty.any() }
    pytorch("tensor([False, False, False])") { try empty.any(dim: 0) }
    pytorch("tensor(True)") { try Tensor.of(nan).any() }
    pytorch("tensor(1, dtype=torch.uint8)") { try integers.to(dtype: .uint8).all(dim: 0) }
    pytorch("tensor(True)") { try integers.to(dtype: .int8).all(dim: 0) }
    pytorch("tensor(True)") { try empty.all() }
    pytorch("tensor([], dtype=torch.bool)") { try empty.all(dim: 1) }
    pytorch("tensor(False)") { try Tensor.of(0.0).all(dim: -1) }
  }

  @Test("any and all: what is refused")
  func truthErrors() {
    pytorch(
      "IndexError: Dimension out of range (expected to be in range of [-2, 1], but "
        + "got 2)"
    ) { try x.any(dim: 2) }
  }

  @Test("any and all: gradients")
  func truthGradients() {
    gradient(
      "RuntimeError: element 0 of tensors does not require grad and does not have "
        + "a grad_fn", of: [1.0]
    ) { try $0.any() }
  }

  @Test("cumsum: values")
  func cumsumValues() {
    pytorch("tensor([1, 1])") { try truths.cumsum(dim: 0) }
    pytorch("tensor([1, 3])") { try integers.to(dtype: .int8).cumsum(dim: 0) }
    pytorch("tensor(3.)") { try Tensor.of(3).cumsum(dim: 0) }
    pytorch("tensor(1)") { try Tensor.of(true, .bool).cumsum(dim: 0) }
    pytorch("tensor(True)") { try Tensor.of(3, .int64).cumsum(dim: 0, dtype: .bool) }
    pytorch("tensor([], size=(0, 3), dtype=torch.bool)") { try empty.cumsum(dim: 0, dtype: .bool) }
    pytorch("tensor([[0, 1, 2], [3, 5, 7]], dtype=torch.int32)") {
      try x.cumsum(dim: 0, dtype: .int32)
    }
    pytorch("tensor([], size=(0, 3))") { try empty.cumsum(dim: 0) }
    pytorch("tensor([[1., 2., 3., 4.], [1., 2., 3., 4.], [1., 2., 3., 4.]])") {
      try Tensor.of([3, 1], filledWith: 1, .float32).expand([3, 4]).cumsum(dim: 1)
    }
  }

  @Test("cumsum: what is refused")
  func cumsumErrors() {
    pytorch("NotImplementedError: \"cumsum_out_cpu\" not implemented for 'Bool'") {
      try truths.cumsum(dim: 0, dtype: .bool)
    }
    pytorch(
      "IndexError: Dimension out of range (expected to be in range of [-1, 0], but "
        + "got 2)"
    ) { try integers.cumsum(dim: 2) }
  }

  @Test("cumsum: gradients")
  func cumsumGradients() {
    gradient("tensor([1., 3.], grad_fn=<CumsumBackward0>) tensor([2., 1.])", of: [1.0, 2.0]) {
      try $0.cumsum(dim: 0)
    }
    gradient("tensor(1., grad_fn=<CumsumBackward0>) tensor(1.)", of: [1.0], []) {
      try $0.cumsum(dim: 0)
    }
  }
}
