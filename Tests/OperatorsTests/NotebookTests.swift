import Apus
import Testing

/// The first steps with autograd, as a notebook shows them; every line is PyTorch's.
@Suite("The notebook")
struct NotebookTests {
  @Test("Every step prints what it should")
  func steps() throws {
    let x = try Tensor.arange(0, 4, 1, dtype: .float32)
    #expect("\(x)" == "tensor([0., 1., 2., 3.])")
    try x.setRequiresGrad(true)
    #expect(x.grad == nil)

    var y = try 2 * x.dot(x)
    #expect("\(y)" == "tensor(28., grad_fn=<MulBackward0>)")
    try y.backward()
    let gradient = try #require(x.grad)
    #expect("\(gradient)" == "tensor([ 0.,  4.,  8., 12.])")
    #expect("\(try gradient.eq(4 * x))" == "tensor([True, True, True, True])")

    try gradient.zero_()
    y = try x.sum()
    try y.backward()
    #expect("\(gradient)" == "tensor([1., 1., 1., 1.])")
    try x.sum().backward()
    #expect("\(gradient)" == "tensor([2., 2., 2., 2.])")
    try x.sum().backward()
    #expect("\(gradient)" == "tensor([3., 3., 3., 3.])")

    try gradient.zero_()
    y = try x * x
    try y.sum().backward()
    #expect("\(gradient)" == "tensor([0., 2., 4., 6.])")
    #expect(x.grad === gradient)
    #expect("\(x)" == "tensor([0., 1., 2., 3.], requires_grad=True)")
  }

  @Test("A variable detached within a graph")
  func detached() throws {
    let x = try Tensor.arange(0, 4, 1, dtype: .float32)
    try x.setRequiresGrad(true)
    let y = try x * x
    let u = y.detach()
    try (u * x).sum().backward()
    #expect(try x.grad?.isEqual(to: u) == true)
    try x.grad?.zero_()
    try y.sum().backward()
    #expect(try x.grad?.isEqual(to: 2 * x) == true)
  }

  @Test("A function with a loop and a branch")
  func controlFlow() throws {
    func f(_ a: Tensor) throws -> Tensor {
      var b = try a * 2
      while try (b * b).sum().item().double < 1_000_000 { b = try b * 2 }
      return try b.sum().item().double > 0 ? b : b * 100
    }
    for start: Scalar in [0.7, -1.3] {
      let a = try Tensor.full([], start)
      try a.setRequiresGrad(true)
      let d = try f(a)
      try d.backward()
      #expect(try a.grad?.isEqual(to: d / a) == true)
    }
  }
}
