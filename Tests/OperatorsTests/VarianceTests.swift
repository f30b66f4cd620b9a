import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

/// Compared with what PyTorch 2.15 printed.
struct VarianceTests: WithExamples {
  @Test("var and std: values")
  func varianceValues() {
    pytorch("tensor(3.5000)") { try x.var(dim: []) }
    pytorch("tensor([[3.5000]])") { try x.var(dim: [], keepdim: true) }
    pytorch("tensor(3.1818)") { try x.var(correction: 0.5) }
    pytorch("tensor(inf)") { try x.var(correction: 100) }
    pytorch("tensor([inf, inf, inf])") { try x.var(dim: [0], correction: 2) }
    pytorch("tensor(nan)") { try empty.var() }
    pytorch("tensor([nan, nan, nan])") { try empty.var(dim: [0]) }
    pytorch("tensor([])") { try empty.var(dim: [1]) }
    pytorch("tensor(nan)") { try Tensor.of(3).var() }
    pytorch("tensor(0.)") { try Tensor.of(3).var(correction: 0) }
    pytorch("tensor(0.)") { try Tensor.of(3).var(dim: [0], correction: 0) }
    pytorch("tensor(nan)") { try Tensor.of([1.0, infinity]).var() }
    pytorch("tensor(nan)") { try empty.var(correction: -1) }
    pytorch("tensor([nan, nan, nan])") { try empty.var(dim: [0], correction: -1) }
    pytorch("tensor(nan)") {
      try Tensor.of([0], filledWith: 0, .float32).var(dim: [0], correction: -1)
    }
    pytorch("tensor([inf, inf, inf])") { try x.std(dim: [0], correction: 2.5) }
    pytorch("tensor([nan, nan, nan])") { try empty.std(dim: [0], correction: 0) }
    pytorch("tensor(nan)") { try Tensor.of(3).std() }
  }

  @Test("var and std: what is refused")
  func varianceErrors() {
    pytorch("RuntimeError: dim 0 appears multiple times in the list of dims") {
      try x.var(dim: [0, -2])
    }
    pytorch(
      "IndexError: Dimension out of range (expected to be in range of [-2, 1], but "
        + "got 2)"
    ) { try x.var(dim: [2]) }
    pytorch("NotImplementedError: std and var only support floating point and complex dtypes") {
      try integers.var()
    }
    pytorch("NotImplementedError: std and var only support floating point and complex dtypes") {
      try truths.var()
    }
    pytorch("NotImplementedError: std and var only support floating point and complex dtypes") {
      try integers.std()
    }
  }

  @Test("var and std: gradients")
  func varianceGradients() {
    gradient("tensor(nan, grad_fn=<VarBackward0>) tensor([nan])", of: [2.0]) { try $0.var() }
    gradient("tensor(inf, grad_fn=<VarBackward0>) tensor([inf, inf, nan])", of: [2.0, 1.0, 1.5]) {
      try $0.var(correction: 3)
    }
    gradient("tensor(inf, grad_fn=<VarBackward0>) tensor([inf, -inf, nan])", of: [2.0, 1.0, 1.5]) {
      try $0.var(dim: [0], correction: 3)
    }
    gradient("tensor(inf, grad_fn=<VarBackward0>) tensor([-1.,  1., -0.])", of: [2.0, 1.0, 1.5]) {
      try $0.var(dim: [0], correction: 4)
    }
    gradient("tensor(nan, grad_fn=<VarBackward0>) tensor(nan)", of: [2.0], []) { try $0.var() }
    gradient("tensor(nan, grad_fn=<VarBackward0>) tensor(nan)", of: [2.0], []) {
      try $0.var(dim: [0])
    }
    gradient("tensor(0., grad_fn=<VarBackward0>) tensor(0.)", of: [2.0], []) {
      try $0.var(correction: 0)
    }
    gradient("tensor(nan, grad_fn=<VarBackward0>) tensor([-inf, nan])", of: [2.0, infinity]) {
      try $0.var()
    }
    gradient("tensor(nan, grad_fn=<VarBackward0>) tensor([])", of: []) { try $0.var() }
    gradient("tensor(inf, grad_fn=<StdBackward0>) tensor([nan, nan, nan])", of: [2.0, 1.0, 1.5]) {
      try $0.std(correction: 3)
    }
    gradient("tensor(inf, grad_fn=<StdBackward0>) tensor([nan, nan])", of: [2.0, 1.0]) {
      try $0.std(dim: [0], correction: 2)
    }
    gradient("tensor(nan, grad_fn=<StdBackward0>) tensor(nan)", of: [2.0], []) { try $0.std() }
    gradient("tensor(nan, grad_fn=<StdBackward0>) tensor(nan)", of: [2.0], []) {
      try $0.std(dim: [0])
    }
    gradient("tensor(0., grad_fn=<StdBackward0>) tensor(0.)", of: [2.0], []) {
      try $0.std(correction: 0)
    }
    gradient("tensor(0., grad_fn=<StdBackward0>) tensor([0., 0.])", of: [1.0, 1.0]) { try $0.std() }
    gradient("tensor(nan, grad_fn=<StdBackward0>) tensor([])", of: []) { try $0.std() }
  }
}
