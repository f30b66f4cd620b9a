import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

/// Compared with what PyTorch 2.15 printed.
struct SoftmaxTests: WithExamples {
  @Test("softmax and log_softmax: values")
  func softmaxValues() {
    pytorch("tensor(1.)") { try Tensor.of(3).softmax(dim: 0) }
    pytorch("tensor(1.)") { try Tensor.of(3).softmax(dim: -1) }
    pytorch("tensor([0.2689, 0.7311], dtype=torch.float64)") {
      try integers.softmax(dim: 0, dtype: .float64)
    }
    pytorch(
      "tensor([[0.0474, 0.0474, 0.0474], [0.9526, 0.9526, 0.9526]], "
        + "dtype=torch.float16)"
    ) { try x.softmax(dim: 0, dtype: .float16) }
    pytorch("tensor([[0.0474, 0.0474, 0.0474], [0.9526, 0.9526, 0.9526]])") {
      try x.to(dtype: .float16).softmax(dim: 0, dtype: .float32)
    }
    pytorch("tensor([], size=(0, 3))") { try empty.softmax(dim: 0) }
    pytorch("tensor([], size=(0, 3))") { try empty.softmax(dim: 1) }
    pytorch("tensor([nan, nan])") {
      try Tensor.of([.double(-.infinity), .double(-.infinity)]).softmax(dim: 0)
    }
    pytorch("tensor([nan, nan])") { try Tensor.of([infinity, 1]).softmax(dim: 0) }
    pytorch(
      "tensor([[0.2500, 0.2500, 0.2500, 0.2500], [0.2500, 0.2500, 0.2500, 0.2500], "
        + "[0.2500, 0.2500, 0.2500, 0.2500]])"
    ) { try Tensor.of([3, 1], filledWith: 1, .float32).expand([3, 4]).softmax(dim: 1) }
    pytorch("tensor([], size=(2, 0), dtype=torch.int64)") {
      try Tensor.of([2, 0], filledWith: 1, .int64).logSoftmax(dim: 1)
    }
    pytorch("tensor([-inf, 0.])") { try Tensor.of([.double(-.infinity), 1]).logSoftmax(dim: 0) }
    pytorch("tensor([nan, nan])") { try Tensor.of([nan, 1]).logSoftmax(dim: 0) }
  }

  @Test("softmax and log_softmax: what is refused")
  func softmaxErrors() {
    pytorch("NotImplementedError: \"softmax_lastdim_kernel_impl\" not implemented for 'Long'") {
      try integers.softmax(dim: 0)
    }
    pytorch("NotImplementedError: \"softmax_lastdim_kernel_impl\" not implemented for 'Long'") {
      try integers.softmax(dim: -1)
    }
    pytorch("NotImplementedError: \"softmax_kernel_impl\" not implemented for 'Long'") {
      try Tensor.of([2, 3], filledWith: 1, .int64).softmax(dim: 0)
    }
    pytorch("NotImplementedError: \"softmax_kernel_impl\" not implemented for 'Bool'") {
      try Tensor.of([2, 3], filledWith: 1, .bool).softmax(dim: 0)
    }
    pytorch("NotImplementedError: \"softmax_lastdim_kernel_impl\" not implemented for 'Long'") {
      try Tensor.of(3, .int64).softmax(dim: 0)
    }
    pytorch(
      "IndexError: Dimension out of range (expected to be in range of [-1, 0], but "
        + "got 1)"
    ) { try Tensor.of(3).softmax(dim: 1) }
    pytorch(
      "IndexError: Dimension out of range (expected to be in range of [-2, 1], but "
        + "got 5)"
    ) { try x.softmax(dim: 5) }
    pytorch("NotImplementedError: \"softmax_lastdim_kernel_impl\" not implemented for 'Int'") {
      try integers.softmax(dim: 0, dtype: .int32)
    }
    pytorch("NotImplementedError: \"softmax_kernel_impl\" not implemented for 'Long'") {
      try x.softmax(dim: 0, dtype: .int64)
    }
    pytorch("NotImplementedError: \"log_softmax_kernel_impl\" not implemented for 'Long'") {
      try Tensor.of([2, 3], filledWith: 1, .int64).logSoftmax(dim: 0)
    }
    pytorch(
      "NotImplementedError: \"log_softmax_lastdim_kernel_impl\" not implemented "
        + "for 'Long'"
    ) { try Tensor.of([2, 3], filledWith: 1, .int64).logSoftmax(dim: 1) }
    pytorch(
      "NotImplementedError: \"log_softmax_lastdim_kernel_impl\" not implemented "
        + "for 'Long'"
    ) { try Tensor.of(3, .int64).logSoftmax(dim: 0) }
    pytorch(
      "IndexError: Dimension out of range (expected to be in range of [-1, 0], but "
        + "got -2)"
    ) { try Tensor.of(3).logSoftmax(dim: -2) }
    pytorch(
      "IndexError: Dimension out of range (expected to be in range of [-2, 1], but "
        + "got 5)"
    ) { try x.logSoftmax(dim: 5) }
  }

  @Test("softmax and log_softmax: gradients")
  func softmaxGradients() {
    gradient(
      "tensor([0.2689, 0.7311], dtype=torch.float64, grad_fn=<SoftmaxBackward0>) "
        + "tensor([0., 0.])", of: [1.0, 2.0]
    ) { try $0.softmax(dim: 0, dtype: .float64) }
    gradient(
      "tensor(nan, grad_fn=<SelectBackward0>) tensor([nan, nan])",
      of: [.double(-.infinity), .double(-.infinity)]
    ) { try $0.softmax(dim: 0).select(dim: 0, index: 0) }
    gradient(
      "tensor(-inf, grad_fn=<SelectBackward0>) tensor([ 1., -1.])", of: [.double(-.infinity), 1.0]
    ) { try $0.logSoftmax(dim: 0).select(dim: 0, index: 0) }
  }

  @Test("logsumexp: values")
  func logsumexpValues() {
    pytorch("tensor(2.3133)") { try integers.logsumexp(dim: [0]) }
    pytorch("tensor(1.3133)") { try truths.logsumexp(dim: [0]) }
    pytorch("tensor([[5.4562]])") { try x.logsumexp(dim: [], keepdim: true) }
    pytorch("tensor(3.)") { try Tensor.of(3).logsumexp(dim: []) }
    pytorch("tensor(5.4562)") { try x.logsumexp(dim: [0, 1]) }
    pytorch("tensor([-inf, -inf, -inf])") { try empty.logsumexp(dim: [0]) }
    pytorch("tensor([])") { try empty.logsumexp(dim: [1]) }
    pytorch("tensor(-inf)") { try empty.logsumexp(dim: [0, 1]) }
    pytorch("tensor(3.)") { try Tensor.of(3).logsumexp(dim: [0]) }
    pytorch("tensor(-inf)") {
      try Tensor.of([.double(-.infinity), .double(-.infinity)]).logsumexp(dim: [0])
    }
    pytorch("tensor(inf)") { try Tensor.of([infinity, 1.0]).logsumexp(dim: [0]) }
    pytorch("tensor(inf)") { try Tensor.of([infinity, .double(-.infinity)]).logsumexp(dim: [0]) }
    pytorch("tensor(nan)") { try Tensor.of([infinity, nan]).logsumexp(dim: [0]) }
    pytorch("tensor([3.0488, 4.0469, 5.0469], dtype=torch.float16)") {
      try x.to(dtype: .float16).logsumexp(dim: [0])
    }
  }

  @Test("logsumexp: what is refused")
  func logsumexpErrors() {
    pytorch("RuntimeError: dim 0 appears multiple times in the list of dims") {
      try x.logsumexp(dim: [0, -2])
    }
    pytorch("RuntimeError: output with shape [] doesn't match the broadcast shape [1, 1]") {
      try x.logsumexp(dim: [])
    }
    pytorch(
      "IndexError: Dimension out of range (expected to be in range of [-1, 0], but "
        + "got 1)"
    ) { try Tensor.of(3).logsumexp(dim: [1]) }
  }

  @Test("logsumexp: gradients")
  func logsumexpGradients() {
    gradient("tensor(-inf, grad_fn=<LogsumexpBackward0>) tensor([])", of: []) {
      try $0.logsumexp(dim: [0])
    }
    gradient(
      "tensor(-inf, grad_fn=<LogsumexpBackward0>) tensor([nan, nan])",
      of: [.double(-.infinity), .double(-.infinity)]
    ) { try $0.logsumexp(dim: [0]) }
    gradient("tensor(inf, grad_fn=<LogsumexpBackward0>) tensor([nan, 0.])", of: [infinity, 1.0]) {
      try $0.logsumexp(dim: [0])
    }
    gradient("tensor(3., grad_fn=<LogsumexpBackward0>) tensor(1.)", of: [3.0], []) {
      try $0.logsumexp(dim: [0])
    }
  }
}
