import Apus
import Testing

@testable import Autograd
@testable import Operators

@Suite("In-place operations")
struct InPlaceTests {
  @Test("A leaf that requires a gradient can't be changed while recording")
  func leaves() throws {
    let x = try leaf([1, 2])
    #expect(words { try x.add_(1) } == Words.leaf)
    // This comes before what is wrong with the shapes.
    #expect(words { try x.add_(tensor([1, 2, 3])) } == Words.leaf)
    #expect(words { try x.slice(end: 1).add_(1) } == Words.leafView)
    #expect(words { try x.select(dim: 0, index: 0).fill_(1) } == Words.leafView)
    #expect(words { try leaf([1, 2]).expand([2, 2]).add_(1) } == Words.leafView)
    #expect(x.numbers == [1, 2])
    #expect(x.version == 0)
  }

  @Test("A leaf may be changed without recording, which counts as a change")
  func leavesWithoutRecording() throws {
    let x = try leaf([1, 2])
    _ = try noGrad { try x.add_(1) }
    #expect(x.description == "tensor([2., 3.], requires_grad=True)")
    #expect(x.version == 1)
    try x.detach().add_(1)
    #expect(x.description == "tensor([3., 4.], requires_grad=True)")
    #expect(x.version == 2)
  }

  @Test("The node is replaced and leads to the one before")
  func nodes() throws {
    let x = try leaf([1, 2])
    let y = try x * 2
    let before = try y.gradFunction
    #expect(try y.add_(1) === y)
    let node = try #require(try y.gradFunction)
    #expect(node.name == "AddBackward0")
    #expect(node.edges[0].node === before)
    #expect(y.description == "tensor([3., 5.], grad_fn=<AddBackward0>)")
    try y.sum().backward()
    #expect(x.grad?.numbers == [2, 2])
  }

  @Test("A chain of changes")
  func chain() throws {
    let x = try leaf([1, 2], nil, .float64)
    let y = try x * 1
    try y.mul_(y.detach() + 1)
    try y.add_(x)
    try y.log_()
    try y.mul_(3)
    // y = 3 log(x * c + x), where c = x + 1 is held constant: 3 (c + 1) / (x * c + x).
    try y.sum().backward()
    #expect(x.grad?.numbers == [3, 1.5])
  }

  @Test("Writing a tensor that requires a gradient makes a plain one require it")
  func plainBuffer() throws {
    let x = try leaf([1, 2])
    let buffer = try tensor([0, 0])
    try buffer.copy_(x)
    #expect(buffer.description == "tensor([1., 2.], grad_fn=<CopyBackwards>)")
    #expect(buffer.requiresGrad)
    #expect(try !buffer.isLeaf)
    try (buffer * tensor([3, 4])).sum().backward()
    #expect(x.grad?.numbers == [3, 4])
  }

  @Test("zero_ and fill_ cut the gradient off")
  func cut() throws {
    let x = try leaf([1, 2])
    let y = try x * 2
    try y.zero_()
    #expect(y.description == "tensor([0., 0.], grad_fn=<ZeroBackward0>)")
    try y.sum().backward()
    #expect(x.grad?.numbers == [0, 0])
    let z = try x * 2
    try z.fill_(7)
    #expect(z.requiresGrad)
    try z.sum().backward()
    #expect(x.grad?.numbers == [0, 0])
  }

  @Test("A value that an in-place formula needs is copied before it goes")
  func copiesBefore() throws {
    let x = try leaf([1, 2])
    let w = try leaf([3, 4])
    let y = try x * 1
    try y.mul_(w)
    try y.sum().backward()
    #expect(x.grad?.numbers == [3, 4])
    #expect(w.grad?.numbers == [1, 2])
  }

  @Test("Sizes, dtypes and memory that do not fit")
  func misfits() throws {
    let one = try tensor([1])
    let three = try tensor([1, 2, 3])
    #expect(
      words { try one.add_(three) }
        == "output with shape [1] doesn't match the broadcast shape [3]")
    #expect(
      words { try tensor([1, 2]).add_(tensor([1, 2, 3, 4])) }
        == "The size of tensor a (2) must match the size of tensor b (4) at non-singleton "
        + "dimension 0")
    let integers = try tensor([1, 2, 3], nil, .int64)
    #expect(
      words { try integers.add_(1.5) }
        == "result type Float can't be cast to the desired output type Long")
    #expect(
      words { try tensor([1, 0], nil, .bool).add_(1) }
        == "result type Long can't be cast to the desired output type Bool")
    #expect(
      words { try tensor([1, 0], nil, .int32).exp_() }
        == "result type Float can't be cast to the desired output type Int")
    #expect(
      words { try tensor([1], nil, .int64).add_(three) }
        == "output with shape [1] doesn't match the broadcast shape [3]")
    #expect(one.version == 0 && integers.version == 0)
    let float = try tensor([1, 1])
    try float.add_(tensor([1, 2], nil, .float64))
    #expect(float.description == "tensor([2., 3.])")
  }

  @Test("Memory that is written twice, or read while it is written")
  func memory() throws {
    #expect(words { try tensor([1]).expand([3]).add_(1) } == Words.repeated)
    // The memory comes before shapes and dtypes.
    let expanded = try tensor([1], nil, .int64).expand([3])
    #expect(words { try expanded.add_(tensor([1, 1, 1, 1])) } == Words.repeated)
    #expect(words { try (leaf([1]) * 1).expand([3]).add_(1) } == Words.repeated)
    let a = try tensor([1, 2, 3])
    #expect(
      words { try a.slice(end: 2).add_(a.slice(start: 1)) } == Words.overlapping)
    let matrix = try tensor([1, 2, 3, 4], [2, 2])
    #expect(words { try matrix.add_(matrix.t()) } == Words.overlapping)
    let four = try tensor([1, 2, 3, 4])
    #expect(
      words { try four.slice(end: 2).add_(four.slice(start: 1)) } == Words.overlapping)
    try matrix.add_(matrix)
    #expect(matrix.numbers == [2, 4, 6, 8])
    try a.slice(end: 1).add_(a.slice(start: 2))
    #expect(a.numbers == [4, 2, 3])
  }

  @Test("Double backward through a change in place")
  func secondOrder() throws {
    let x = try leaf([0.5, 1.5, -0.7], nil, .float64)
    let w = try leaf([2, -1, 0.3], nil, .float64)
    let function: ([Tensor]) throws -> [Tensor] = { inputs in
      let y = try inputs[0] * 1
      try y.mul_(inputs[1])
      try y.sin_()
      try y.mul_(inputs[0])
      return [y]
    }
    try gradcheck([x, w], GradcheckOptions(), function)
    try gradgradcheck([x, w], GradcheckOptions(), function)
  }
}
