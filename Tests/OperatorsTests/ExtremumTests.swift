import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

/// Compared with what PyTorch 2.15 printed.
struct ExtremumTests: WithExamples {
  @Test("max and min: values")
  func extremaValues() {
    pytorch("tensor([]) tensor([], dtype=torch.int64)") { try empty.max(dim: 1) }
    pytorch("tensor(3.) tensor(0)") { try Tensor.of(3).max(dim: 0) }
    pytorch("tensor(True)") { try truths.max() }
    pytorch("tensor(True) tensor(0)") { try truths.max(dim: 0) }
    pytorch("tensor(2)") { try integers.max() }
    pytorch("tensor([1, 1]) tensor([0, 0])") {
      try Tensor.of([2, 3], filledWith: 1, .int64).max(dim: 1)
    }
    pytorch("tensor([nan, nan]) tensor([1, 0])") {
      try Tensor.of([1.0, nan, 3, nan, 2, nan], .float32, [2, 3]).max(dim: 1)
    }
    pytorch("tensor(nan)") { try Tensor.of([1.0, nan, 3]).max() }
    pytorch("tensor(True) tensor(0)") { try Tensor.of([true, true], .bool).max(dim: 0) }
    pytorch("tensor(0.) tensor(0)") { try Tensor.of([0.0, -0.0]).max(dim: 0) }
    pytorch("tensor(-0.) tensor(0)") { try Tensor.of([-0.0, 0.0]).max(dim: 0) }
    pytorch("tensor(False) tensor(0)") { try Tensor.of([false, true], .bool).min(dim: 0) }
  }

  @Test("max and min: what is refused")
  func extremaErrors() {
    pytorch(
      "RuntimeError: max(): Expected reduction dim to be specified for "
        + "input.numel() == 0. Specify the reduction dim with the 'dim' argument."
    ) { try empty.max() }
    pytorch("IndexError: max(): Expected reduction dim 0 to have non-zero size.") {
      try empty.max(dim: 0)
    }
    pytorch(
      "IndexError: Dimension out of range (expected to be in range of [-1, 0], but "
        + "got 1)"
    ) { try Tensor.of(3).max(dim: 1) }
    pytorch(
      "IndexError: Dimension out of range (expected to be in range of [-2, 1], but "
        + "got 2)"
    ) { try x.max(dim: 2) }
    pytorch("IndexError: max(): Expected reduction dim 0 to have non-zero size.") {
      try empty.max(dim: -2)
    }
    pytorch(
      "RuntimeError: min(): Expected reduction dim to be specified for "
        + "input.numel() == 0. Specify the reduction dim with the 'dim' argument."
    ) { try empty.min() }
    pytorch("IndexError: min(): Expected reduction dim 0 to have non-zero size.") {
      try empty.min(dim: 0)
    }
  }

  @Test("max and min: gradients")
  func extremaGradients() {
    gradient(
      "tensor(nan, grad_fn=<MaxBackward1>) tensor([0., 0., 1., 0.])", of: [2.0, 2.0, nan, 1]
    ) { try $0.max() }
    gradient(
      "tensor(nan, grad_fn=<MaxBackward0>) tensor([0., 0., 1., 0.])", of: [2.0, 2.0, nan, 1]
    ) { try $0.max(dim: 0).values }
    gradient("tensor(2., grad_fn=<MaxBackward0>) tensor(1.)", of: [2.0], []) {
      try $0.max(dim: 0).values
    }
    gradient("tensor(1., grad_fn=<MinBackward0>) tensor([0., 0., 1., 0.])", of: [2.0, 2.0, 1, 1]) {
      try $0.min(dim: 0).values
    }
    gradient("tensor(2., grad_fn=<MinBackward1>) tensor(1.)", of: [2.0], []) { try $0.min() }
  }

  @Test("amax and amin: values")
  func extremaOfSeveralValues() {
    pytorch("tensor([])") { try empty.amax(dim: [1]) }
    pytorch("tensor(True)") { try truths.amax() }
    pytorch("tensor(False)") { try truths.amin(dim: [0]) }
    pytorch("tensor(nan)") { try Tensor.of([1.0, nan, 3]).amin() }
  }

  @Test("amax and amin: what is refused")
  func extremaOfSeveralErrors() {
    pytorch("RuntimeError: dim 0 appears multiple times in the list of dims") {
      try x.amax(dim: [0, -2])
    }
    pytorch(
      "RuntimeError: amax(): Expected reduction dim to be specified for "
        + "input.numel() == 0. Specify the reduction dim with the 'dim' argument."
    ) { try empty.amax() }
    pytorch("IndexError: amax(): Expected reduction dim 0 to have non-zero size.") {
      try empty.amax(dim: [0])
    }
    pytorch("IndexError: amax(): Expected reduction dim 0 to have non-zero size.") {
      try empty.amax(dim: [0, 1])
    }
    pytorch("IndexError: amax(): Expected reduction dim -2 to have non-zero size.") {
      try empty.amax(dim: [-2])
    }
    pytorch("IndexError: amax(): Expected reduction dim -2 to have non-zero size.") {
      try empty.amax(dim: [1, -2])
    }
    pytorch("IndexError: amax(): Expected reduction dim 1 to have non-zero size.") {
      try Tensor.of([0, 0], filledWith: 0, .float32).amax(dim: [1, 0])
    }
    pytorch(
      "RuntimeError: amin(): Expected reduction dim to be specified for "
        + "input.numel() == 0. Specify the reduction dim with the 'dim' argument."
    ) { try empty.amin(dim: []) }
    pytorch("IndexError: amin(): Expected reduction dim 0 to have non-zero size.") {
      try empty.amin(dim: [0])
    }
  }

  @Test("amax and amin: gradients")
  func extremaOfSeveralGradients() {
    gradient(
      "tensor(nan, grad_fn=<AmaxBackward0>) tensor([nan, nan, nan, nan])", of: [2.0, 2.0, nan, 1]
    ) { try $0.amax() }
    gradient("tensor(2., grad_fn=<AmaxBackward0>) tensor(1.)", of: [2.0], []) {
      try $0.amax(dim: [0], keepdim: true)
    }
    gradient("tensor(2., grad_fn=<AminBackward0>) tensor(1.)", of: [2.0], []) { try $0.amin() }
  }

  @Test("argmax and argmin: values")
  func positionsValues() {
    pytorch("tensor([], dtype=torch.int64)") { try empty.argmax(dim: 1) }
    pytorch("tensor([[5]])") { try x.argmax(keepdim: true) }
    pytorch("tensor([[5]])") { try x.argmax(dim: nil, keepdim: true) }
    pytorch("tensor(0)") { try Tensor.of(3).argmax() }
    pytorch("tensor(0)") { try Tensor.of(3).argmax(dim: 0) }
    pytorch("tensor(0)") { try Tensor.of(3).argmax(dim: -1, keepdim: true) }
    pytorch("tensor([1, 0, 1])") {
      try Tensor.of([1.0, nan, 3, nan, 2, nan], .float32, [2, 3]).argmin(dim: 0)
    }
    pytorch("tensor(1)") { try Tensor.of([1.0, nan, 3]).argmin() }
  }

  @Test("argmax and argmin: what is refused")
  func positionsErrors() {
    pytorch(
      "IndexError: argmax(): Expected reduction dim to be specified for "
        + "input.numel() == 0."
    ) { try empty.argmax() }
    pytorch("IndexError: argmax(): Expected reduction dim 0 to have non-zero size.") {
      try empty.argmax(dim: 0)
    }
    pytorch(
      "IndexError: Dimension out of range (expected to be in range of [-2, 1], but "
        + "got 2)"
    ) { try x.argmax(dim: 2) }
    pytorch("NotImplementedError: argmax(): does not support bool input") { try truths.argmax() }
    pytorch("NotImplementedError: argmax(): does not support bool input") {
      try truths.argmax(dim: 0)
    }
    pytorch("IndexError: argmax(): Expected reduction dim 0 to have non-zero size.") {
      try empty.argmax(dim: -2)
    }
    pytorch("NotImplementedError: argmax(): does not support bool input") {
      try empty.to(dtype: .bool).argmax()
    }
    pytorch(
      "IndexError: argmin(): Expected reduction dim to be specified for "
        + "input.numel() == 0."
    ) { try empty.argmin() }
    pytorch("NotImplementedError: argmin(): does not support bool input") { try truths.argmin() }
  }

  @Test("argmax and argmin: gradients")
  func positionsGradients() {
    gradient(
      "RuntimeError: element 0 of tensors does not require grad and does not have "
        + "a grad_fn", of: [1.0]
    ) { try $0.argmax() }
  }
}
