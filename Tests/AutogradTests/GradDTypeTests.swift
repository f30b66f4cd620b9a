import Apus
import Testing

@testable import Autograd

@Suite("The dtype of a leaf's gradient")
struct GradDTypeTests {
  @Test("It is the leaf's unless another is chosen")
  func ordinary() throws {
    let x = try leaf([1, 2])
    #expect(try x.gradDType == .float32)
    #expect(try tensor([1], nil, .int64).gradDType == .int64)
    try (x * 2).sum().backward()
    #expect(x.grad?.dtype == .float32)
  }

  @Test("What arrives is converted to the one that was chosen")
  func chosen() throws {
    let x = try leaf([1, 2])
    try x.setGradDType(.float64)
    #expect(try x.gradDType == .float64)
    try (x * 2).sum().backward()
    #expect(x.grad?.description == "tensor([2., 2.], dtype=torch.float64)")
    try (x * 3).sum().backward()
    #expect(x.grad?.description == "tensor([5., 5.], dtype=torch.float64)")
    try x.setGrad(tensor([1, 2], nil, .float64))
    #expect(x.grad?.numbers == [1, 2])
    try x.setGrad(nil)
    try x.backward(gradient: tensor([3, 4]))
    #expect(x.grad?.description == "tensor([3., 4.], dtype=torch.float64)")
  }

  @Test("Any dtype")
  func any() throws {
    let x = try leaf([1, 2])
    try x.setGradDType(nil)
    #expect(try x.gradDType == nil)
    try x.backward(gradient: tensor([3, 4], nil, .float64))
    #expect(x.grad?.dtype == .float64)
    try x.setGrad(tensor([1, 2], nil, .int32))
    #expect(x.grad?.dtype == .int32)
  }

  @Test("The words of errors")
  func errors() throws {
    let x = try leaf([1, 2])
    let y = try x * 2
    #expect(
      words { _ = try y.gradDType } == "grad_dtype can only be accessed on leaf tensors.")
    #expect(
      words { try y.setGradDType(.float64) } == "grad_dtype can only be set on leaf tensors.")
    try x.setGradDType(.float64)
    #expect(
      words { try x.setGrad(tensor([1, 2])) }
        == "attempting to assign a gradient with dtype 'float' to a tensor with grad_dtype "
        + "'Double'. The gradient must match the tensor's grad_dtype (defaults to the tensor's "
        + "dtype). You can set the tensor's grad_dtype attribute with a specific dtype, or None to "
        + "allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor and its "
        + "gradient may break downstream systems that assume they match.")
    try y.sum().backward()
    #expect(
      words { try x.setGradDType(.float32) }
        == "Cannot set grad_dtype to 'Float' because there is already a gradient with dtype "
        + "'double'. Please clear the gradient (.grad = None) before changing grad_dtype, or "
        + "ensure the new grad_dtype matches the existing gradient's dtype.")
  }
}
