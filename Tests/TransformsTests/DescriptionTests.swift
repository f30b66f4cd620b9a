import Apus
import Testing

@testable import Autograd
@testable import Transforms

// The texts are what torch 2.15 prints.

@Suite("Printing of tensors under transforms and with tangents")
struct TransformDescriptionTests {
  private func ones(_ shape: Dims) throws -> Tensor { try Tensor.ones(shape) }

  @Test("Levels show their values")
  func levels() throws {
    var texts: [String] = []
    _ = try Func.vmap([ones([2, 3])]) { x in
      texts.append("\(x[0])")
      return x
    }
    #expect(
      texts.last == """
        BatchedTensor(lvl=1, bdim=0, value=
            tensor([[1., 1., 1.],
                    [1., 1., 1.]])
        )
        """)
    _ = try Func.vmap([ones([2, 3])]) { x in
      try Func.grad(x) { x in
        texts.append("\(try x[0] * 2)")
        return try x[0].sum()
      }
    }
    #expect(
      texts.last == """
        GradTrackingTensor(lvl=2, value=
            BatchedTensor(lvl=1, bdim=0, value=
                tensor([[2., 2., 2.],
                        [2., 2., 2.]])
            )
        )
        """)
    let leaf = try ones([2, 3])
    try leaf.setRequiresGrad(true)
    _ = try Func.grad([leaf]) { x in
      try Func.vmap(x) { y in
        texts.append("\(y[0])")
        return [try y[0].sum()]
      }[0].sum()
    }
    #expect(
      texts.last == """
        BatchedTensor(lvl=2, bdim=0, value=
            GradTrackingTensor(lvl=1, value=
                tensor([[1., 1., 1.],
                        [1., 1., 1.]], requires_grad=True)
            )
        )
        """)
  }

  @Test("Dual tensors show their tangents")
  func tangents() throws {
    try ForwardMode.enter(.operators)
    defer { try? ForwardMode.exit() }
    let x = try ones([3])
    try x.setRequiresGrad(true)
    let dual = try ForwardMode.makeDual(x, Tensor.arange(0, 3, dtype: .float32))
    #expect(
      "\(dual)" == "tensor([1., 1., 1.], grad_fn=<ViewBackward0>, tangent=tensor([0., 1., 2.]))")
    #expect("\(dual.detach())" == "tensor([1., 1., 1.])")
    let two = try Tensor.full([], 2.0)
    #expect(
      "\(try ForwardMode.makeDual(two, Tensor.ones([])))" == "tensor(2., tangent=1.0)")
    let buffer = try Tensor.zeros([4])
    let part = try buffer.narrow(dim: 0, start: 0, length: 3)
    _ = try part.add_(ForwardMode.makeDual(ones([3]), Tensor.arange(0, 3, dtype: .float32)))
    #expect("\(buffer)" == "tensor([1., 1., 1., 0.], tangent=tensor([0., 1., 2., 0.]))")
  }
}
