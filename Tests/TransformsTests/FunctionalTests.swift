import Apus
import Testing

@testable import Autograd
@testable import Transforms

@Suite("autograd.functional")
struct FunctionalTests {
  // x ↦ Σx³, whose gradient is 3x² and whose Hessian is diag(6x).
  private let cubes: TensorFunction = { [try $0[0].pow(3).sum()] }
  private let squares: TensorFunction = { [try $0[0] * $0[0]] }

  @Test("Products")
  func products() throws {
    let x = try tensor([1, 2])
    let v = try tensor([10, 1])
    let (y, vjp) = try Functional.vjp([x], [v], squares)
    #expect(y[0].numbers == [1, 4] && vjp[0].numbers == [20, 4] && !y[0].requiresGrad)
    #expect(try Functional.jvp([x], [v], squares).jvp[0].numbers == [20, 4])
    let (value, vhp) = try Functional.vhp([x], [v], cubes)
    #expect(value.numbers == [9] && vhp[0].numbers == [60, 12])
    #expect(try Functional.hvp([x], [v], cubes).hvp[0].numbers == [60, 12])
    #expect(try Functional.vjp([x], nil, cubes).vjp[0].numbers == [3, 12])
  }

  @Test("Jacobians and Hessians by every strategy")
  func jacobians() throws {
    let x = try tensor([1, 2])
    for vectorize in [false, true] {
      let jacobian = try Functional.jacobian([x], vectorize: vectorize, squares)[0][0]
      #expect(jacobian.shape == [2, 2] && jacobian.numbers == [2, 0, 0, 4])
      let hessian = try Functional.hessian([x], vectorize: vectorize, cubes)[0][0]
      #expect(hessian.numbers == [6, 0, 0, 12])
    }
    #expect(
      try Functional.jacobian([x], vectorize: true, strategy: .forward, squares)[0][0].numbers
        == [2, 0, 0, 4])
    #expect(
      try Functional.hessian([x], vectorize: true, outerStrategy: .forward, cubes)[0][0].numbers
        == [6, 0, 0, 12])
    let two = try Functional.jacobian([x, tensor([5])]) { [try $0[0] * $0[1]] }
    #expect(two[0][0].numbers == [5, 0, 0, 5] && two[0][1].numbers == [1, 2])
    #expect(two[0][1].shape == [2, 1])
  }

  @Test("createGraph keeps the way back to the inputs")
  func graph() throws {
    let x = try tensor([1, 2])
    try x.setRequiresGrad(true)
    let jacobian = try Functional.jacobian([x], createGraph: true, squares)[0][0]
    #expect(jacobian.requiresGrad)
    #expect(try grad([jacobian.sum()], [x])[0]?.numbers == [2, 2])
    #expect(try !Functional.jacobian([x], squares)[0][0].requiresGrad)
  }

  @Test("Errors, in PyTorch's words")
  func errors() throws {
    let x = try tensor([1, 2])
    #expect(
      words { _ = try Functional.vjp([x], [tensor([1, 2, 3])], squares) }
        == "v has invalid size: should be torch.Size([2]) but got torch.Size([3]).")
    #expect(
      words { _ = try Functional.vjp([x], nil, squares) }
        == "The vector v can only be None if the user-provided function returns a single Tensor "
        + "with a single element.")
    #expect(
      words { _ = try Functional.hessian([x], squares) }
        == "The Tensor returned by the function given to hessian should contain a single element")
    #expect(
      words { _ = try Functional.jacobian([x, x], strict: true) { [try $0[0] * 2] } }
        == "Output 0 of the user-provided function is independent of input 1. This is not allowed "
        + "in strict mode.")
    #expect(
      words { _ = try Functional.vjp([x], [x], strict: true) { _ in [x] } }
        == "Output 0 of the user-provided function does not require gradients. The outputs must be "
        + "computed in a differentiable manner from the input when running in strict mode.")
    #expect(
      words { _ = try Functional.vhp([x], [x], strict: true) { [try $0[0].sum()] } }
        == Functional.linear(0))
    // Without strictness all of them are zeros.
    #expect(try Functional.vhp([x], [x]) { [try $0[0].sum()] }.vhp[0].numbers == [0, 0])
  }
}
