import Apus
import Testing

@testable import Autograd
@testable import Operators

@Suite("Views and changes in place")
struct ViewTests {
  @Test("Writing through a view gives the base a new history")
  func copySlices() throws {
    let x = try leaf([1, 1])
    let y = try x * 2
    let before = try y.gradFunction
    let view = try y.slice(end: 1)
    try view.mul_(3)
    #expect(y.description == "tensor([6., 2.], grad_fn=<CopySlices>)")
    #expect(view.description == "tensor([6.], grad_fn=<AsStridedBackward0>)")
    let node = try #require(try y.gradFunction)
    #expect(node.name == "torch::autograd::CopySlices")
    #expect(node.edges.count == 1)
    #expect(node.edges[0].node === before)
    #expect(try view.gradFunction?.edges[0].node === node)
    try (y.sum() * 7).backward()
    #expect(x.grad?.numbers == [42, 14])
  }

  @Test("Writing to the base gives its views a new history")
  func regenerated() throws {
    let x = try leaf([1, 1])
    let y = try x * 2
    let view = try y.slice(end: 1)
    let before = try view.gradFunction?.name
    #expect(before == "SliceBackward0")
    try y.mul_(5)
    #expect(view.description == "tensor([10.], grad_fn=<AsStridedBackward0>)")
    try (view * 7).sum().backward()
    #expect(x.grad?.numbers == [70, 0])
    // Also without recording, and through a detached tensor.
    let other = try y.slice(end: 1)
    _ = try noGrad { try y.add_(1) }
    #expect(try other.gradFunction?.name == "AsStridedBackward0")
    #expect(y.description == "tensor([11., 11.], grad_fn=<MulBackward0>)")
  }

  @Test("Writing a value with a gradient into a part of a plain tensor")
  func plainBuffer() throws {
    let x = try leaf([1, 1])
    let buffer = try tensor([0, 0, 0])
    let view = try buffer.slice(start: 1)
    try view.copy_(x)
    #expect(buffer.description == "tensor([0., 1., 1.], grad_fn=<CopySlices>)")
    #expect(view.description == "tensor([1., 1.], grad_fn=<AsStridedBackward0>)")
    let node = try #require(try buffer.gradFunction)
    #expect(node.edges.map { $0.node?.name } == [nil, "torch::autograd::AccumulateGrad"])
    try view.mul_(2)
    #expect(buffer.numbers == [0, 2, 2])
    try (buffer * tensor([1, 10, 100])).sum().backward()
    #expect(x.grad?.numbers == [20, 200])
  }

  @Test("A view of a plain tensor requires a gradient once its base does")
  func plainBase() throws {
    let buffer = try tensor([0, 0, 0])
    let view = try buffer.slice(start: 1)
    #expect(!view.requiresGrad)
    let x = try leaf([1, 1, 1])
    try buffer.copy_(x)
    #expect(view.requiresGrad)
    #expect(try !view.isLeaf)
    #expect(view.description == "tensor([1., 1.], grad_fn=<AsStridedBackward0>)")
    try view.sum().backward()
    #expect(x.grad?.numbers == [0, 1, 1])
  }

  @Test("A view of a view has the root as its base")
  func base() throws {
    let y = try leaf([1, 2, 3, 4]) * 1
    let inner = try y.slice(start: 1).slice(start: 1)
    #expect(inner.viewBase === y)
    #expect(inner.isView && !y.isView)
    #expect(!y.detach().isView)
    try inner.mul_(2)
    #expect(y.numbers == [1, 2, 6, 8])
    #expect(try y.gradFunction?.shortName == "CopySlices")
  }

  @Test("CopySlices never runs twice unless it is kept")
  func twice() throws {
    let x = try leaf([1, 1])
    let y = try x + 2
    try y.slice(end: 1).add_(3)
    let sum = try y.sum()
    try sum.backward(retainGraph: true)
    try sum.backward()
    #expect(x.grad?.numbers == [2, 2])
    #expect(words { try sum.backward() } == Words.freed)
  }

  @Test("A new history that saved nothing may run twice")
  func viewTwice() throws {
    let x = try leaf([1, 1])
    let y = try x + 2
    let view = try y.slice(end: 1)
    try y.add_(3)
    let sum = try view.sum()
    try sum.backward()
    try sum.backward()
    #expect(x.grad?.numbers == [2, 0])
  }

  @Test("A view made without recording can't be changed while recording")
  func withoutRecording() throws {
    let direct =
      "A view was created in no_grad mode and is being modified inplace with grad mode enabled."
      + Words.ambiguous
    let indirect =
      "A view was created in no_grad mode and its base or another view of its base has been "
      + "modified inplace with grad mode enabled." + Words.ambiguous
    let x = try leaf([1, 1])
    let ofLeaf = try noGrad { try x.slice(end: 1) }
    #expect(words { try ofLeaf.add_(1) } == direct)
    let y = try x * 1
    let view = try noGrad { try y.slice(end: 1) }
    #expect(view.description == "tensor([1.], requires_grad=True)")
    #expect(view.requiresGrad)
    #expect(try view.isLeaf)
    #expect(try (view * 2).description == "tensor([2.], grad_fn=<MulBackward0>)")
    #expect(words { try view.add_(1) } == direct)
    let inner = try view.slice(end: 1)
    #expect(
      words { try inner.add_(1) }
        == "Output 0 of Slice is a view of a view which was created in no_grad mode and is being "
        + "modified inplace with grad mode enabled." + Words.ambiguous)
    try y.add_(1)
    #expect(words { _ = try view.gradFunction } == indirect)
    #expect(words { _ = try view.isLeaf } == indirect)
    #expect(words { _ = try view * 2 } == indirect)
    #expect(view.description == "tensor([2.], grad_fn=<Invalid>)")
  }

  @Test("A gradient does not flow through a view made without recording")
  func noFlow() throws {
    let x = try leaf([1, 1])
    let view = try noGrad { try x.slice(end: 1) }
    try (view * 2).sum().backward()
    #expect(x.grad == nil && view.grad == nil)
  }

  @Test("One of several views can't be changed while recording")
  func several() throws {
    let y = try leaf([1, 2, 3, 4]) * 1
    #expect(
      words { try y.split(splitSize: 2)[1].add_(1) }
        == "Output 1 of Split is a view and is being modified inplace." + Words.several)
    #expect(
      words { try y.chunk(chunks: 2)[1].add_(1) }
        == "Output 1 of Split is a view and is being modified inplace." + Words.several)
    #expect(
      words { try y.unbind()[3].add_(1) }
        == "Output 3 of Unbind is a view and is being modified inplace." + Words.several)
    let part = try y.split(splitSize: 2)[0]
    #expect(
      words { try part.slice(end: 1).add_(1) }
        == "Output 0 of Slice is a view and is being modified inplace." + Words.several)
    let hidden = try noGrad { try part.slice(end: 1) }
    #expect(
      words { try hidden.add_(1) }
        == "A view was created in no_grad mode and is being modified inplace with grad mode "
        + "enabled." + Words.ambiguous)
    try y.add_(1)
    #expect(
      words { _ = try part.gradFunction }
        == "Output 0 of Split is a view and its base or another view of its base has been "
        + "modified inplace." + Words.several)
  }

  @Test("Several views of a plain tensor may be changed by plain numbers only")
  func severalOfPlain() throws {
    let plain = try tensor([1, 1, 1, 1])
    let parts = try plain.split(splitSize: 2)
    try parts[1].mul_(3)
    #expect(plain.numbers == [1, 1, 3, 3])
    #expect(
      words { try parts[1].mul_(leaf([1, 1])) }
        == "A view was created in no_grad mode and is being modified inplace with grad mode "
        + "enabled." + Words.several)
  }

  @Test("Transposed, overlapping and stepped views")
  func layouts() throws {
    let x = try leaf([1, 2, 3, 4, 5, 6], [2, 3], .float64)
    let y = try x * 1
    try y.t().slice(start: 1).mul_(10)
    #expect(y.numbers == [1, 20, 30, 4, 50, 60])
    try (y * y).sum().backward()
    #expect(x.grad?.numbers == [2, 400, 600, 8, 1000, 1200])
    let base = try leaf([1, 2, 3, 4, 5], nil, .float64)
    let z = try base * 1
    let view = try z.asStrided([3, 3], stride: [1, 1])
    try z.add_(1)
    try view.sum().backward()
    #expect(base.grad?.numbers == [1, 2, 3, 2, 1])
  }

  @Test("Double backward through changed views")
  func secondOrder() throws {
    let x = try leaf([0.5, 1.5, -0.7, 0.2, 0.9, -1.1], [2, 3], .float64)
    let w = try leaf([2, -1], nil, .float64)
    let functions: [([Tensor]) throws -> [Tensor]] = [
      { inputs in
        let y = try inputs[0] * inputs[0]
        try y.select(dim: 1, index: 1).mul_(inputs[1])
        return [y]
      },
      { inputs in
        let y = try inputs[0] * inputs[0]
        let view = try y.t().slice(start: 1)
        try view.sin_()
        try y.mul_(inputs[0])
        try view.exp_()
        return [y, view]
      },
      { inputs in
        let buffer = try tensor([1, 2, 3, 4, 5, 6], [3, 2], .float64)
        try buffer.select(dim: 0, index: 2).copy_(inputs[1])
        try buffer.slice(end: 2).mul_(inputs[0].slice(dim: 1, end: 2))
        return [try buffer * buffer]
      },
      { inputs in
        let y = try inputs[0] * 2
        let view = try y.asStrided([2, 2], stride: [2, 1], storageOffset: 1)
        try y.mul_(inputs[0] + 1)
        return [try view * inputs[1]]
      },
    ]
    for function in functions {
      try gradcheck([x, w], GradcheckOptions(), function)
      try gradgradcheck([x, w], GradcheckOptions(), function)
    }
  }
}
