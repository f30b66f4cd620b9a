import Apus
import Testing

@testable import Autograd

@Suite("What tensors look like")
struct DescriptionTests {
  @Test("The suffix says where a tensor comes from")
  func suffixes() throws {
    let x = try leaf([0, 1, 2, 3])
    #expect(x.description == "tensor([0., 1., 2., 3.], requires_grad=True)")
    #expect(try (2 * x).description == "tensor([0., 2., 4., 6.], grad_fn=<MulBackward0>)")
    #expect(x.detach().description == "tensor([0., 1., 2., 3.])")
    #expect(try noGrad { try x + 1 }.description == "tensor([1., 2., 3., 4.])")
    #expect(try x.dot(x).description == "tensor(14., grad_fn=<DotBackward0>)")
    #expect(try scalarLeaf(3.5).description == "tensor(3.5000, requires_grad=True)")
  }

  @Test("Dtype and size come before it")
  func otherSuffixes() throws {
    let x = try leaf([1.5, 2], nil, .float64)
    #expect(
      x.description == "tensor([1.5000, 2.0000], dtype=torch.float64, requires_grad=True)")
    let empty = try leaf([], [2, 0])
    #expect(empty.description == "tensor([], size=(2, 0), requires_grad=True)")
    #expect(
      try (empty * 2).description == "tensor([], size=(2, 0), grad_fn=<MulBackward0>)")
    #expect(try tensor([1], nil, .bfloat16).description == "tensor([1.], dtype=torch.bfloat16)")
    #expect(try tensor([1, 0], nil, .bool).description == "tensor([ True, False])")
  }

  @Test("A long line breaks before the suffix")
  func longLines() throws {
    let x = try leaf((0..<11).map(Double.init), nil, .float64)
    #expect(
      try (x * 1.5).description == """
        tensor([ 0.0000,  1.5000,  3.0000,  4.5000,  6.0000,  7.5000,  9.0000, 10.5000,
                12.0000, 13.5000, 15.0000], dtype=torch.float64,
               grad_fn=<MulBackward0>)
        """)
  }

  @Test("A name within a namespace loses it")
  func namespaces() throws {
    let y = try leaf([1, 1, 1]) * 1
    try y.slice(end: 1).mul_(3)
    #expect(y.description == "tensor([3., 1., 1.], grad_fn=<CopySlices>)")
    #expect(try y.gradFunction?.name == "torch::autograd::CopySlices")
    #expect(try y.gradFunction?.shortName == "CopySlices")
  }

  @Test("The only element as Python prints it")
  func items() throws {
    #expect(try scalarLeaf(3.5).itemDescription == "3.5")
    #expect(try tensor([2], [1, 1]).itemDescription == "2.0")
    #expect(try tensor([5], [], .int64).itemDescription == "5")
    #expect(try tensor([1], [], .bool).itemDescription == "True")
    #expect(
      words { _ = try tensor([1, 2]).itemDescription }
        == "a Tensor with 2 elements cannot be converted to Scalar")
  }

  @Test("Views print their own elements")
  func views() throws {
    let x = try tensor([1, 2, 3, 4, 5, 6], [2, 3])
    #expect(
      try x.t().description == """
        tensor([[1., 4.],
                [2., 5.],
                [3., 6.]])
        """)
    #expect(try x.select(dim: 1, index: 1).description == "tensor([2., 5.])")
  }
}
