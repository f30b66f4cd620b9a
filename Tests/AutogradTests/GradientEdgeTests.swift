import Apus
import Testing

@testable import Autograd

@Suite("Places in the graph as inputs and outputs")
struct GradientEdgeTests {
  @Test("An edge stands for the tensor")
  func inputs() throws {
    let x = try leaf([1, 2])
    let y = try x * 3
    let edge = try gradientEdge(of: y)
    #expect(try edge.node === y.gradFunction && edge.index == 0)
    let z = try (y * y).sum()
    #expect(
      try grad([.tensor(z)], [.edge(edge), .tensor(x)], retainGraph: true).map { $0?.numbers }
        == [[6, 12], [18, 36]])
    try backward([.tensor(z)], inputs: [.edge(gradientEdge(of: x))])
    #expect(x.grad?.numbers == [18, 36])
    #expect(y.grad == nil)
  }

  @Test("As outputs they need a gradient unless there is one element")
  func outputs() throws {
    let x = try leaf([1, 2])
    var edge: GradientEdge?
    do { edge = try gradientEdge(of: x * 3) }
    let outputs = [GraphValue.edge(try #require(edge))]
    #expect(words { try backward(outputs) } == Words.notScalar)
    #expect(
      words { try backward(outputs, gradients: [tensor([1])]) }
        == "Mismatch in shape: grad_output[0] has a shape of torch.Size([1]) and output[0] has a "
        + "shape of torch.Size([2]).")
    // The edge keeps the graph, without the tensor.
    try backward(outputs, gradients: [tensor([1, 10])])
    #expect(x.grad?.numbers == [3, 30])
    #expect(
      try grad([.edge(gradientEdge(of: x.sum()))], [.tensor(x)])[0]?.numbers == [1, 1])
  }

  @Test("One result of several")
  func several() throws {
    let x = try leaf([1, 2])
    let parts = try x.unbind()
    let edge = try gradientEdge(of: parts[1])
    #expect(edge.index == 1)
    try backward([.edge(edge)])
    #expect(x.grad?.numbers == [0, 1])
  }

  @Test("What has none, and what can't be done with them")
  func errors() throws {
    let x = try leaf([1, 2])
    #expect(
      words { _ = try gradientEdge(of: tensor([1])) }
        == "It is not possible to get the gradient edge for a Tensor that does not require "
        + "gradients")
    let other = try gradientEdge(of: leaf([1]))
    #expect(
      words { _ = try grad([.tensor(x.sum())], [.edge(other)]) }
        == "The differentiated Tensor at index 0 appears to not have been used in the graph. Set "
        + "allow_unused=True if this is the desired behavior.")
    #expect(
      words { _ = try grad([.tensor(x.sum())], [.edge(other)], materialize: true) }
        == "materialize_grads cannot be used when the given input is a GradientEdge")
    let node = try #require(try x.sum().gradFunction)
    #expect(
      words { _ = try GradientEdge(node, 1) }
        == "index 1 is out of bounds for dimension 0 with size 1")
  }
}

@Suite("Batches of gradients")
struct BatchedGradTests {
  @Test("The rows of a Jacobian in one pass")
  func jacobian() throws {
    let x = try leaf([1, 2])
    let y = try x * x + x.sum()
    let identity = try tensor([1, 0, 0, 1], [2, 2])
    let rows = try grad([y], [x], gradients: [identity], isGradsBatched: true)[0]
    // d(x_i² + x_1 + x_2)/dx_j = 2 x_i δ_ij + 1
    #expect(rows?.shape == [2, 2])
    #expect(rows?.numbers == [3, 1, 1, 5])
  }

  @Test("A gradient that is the same for all, and one that there is not")
  func unbatched() throws {
    let (x, w) = (try leaf([1, 2]), try leaf([3]))
    let y = try x * 2
    let gradients = try grad(
      [y], [x, w], gradients: [tensor([1, 2, 3, 4, 5, 6], [3, 2])], allowUnused: true,
      isGradsBatched: true)
    #expect(gradients[0]?.numbers == [2, 4, 6, 8, 10, 12])
    #expect(gradients[1] == nil)
  }

  @Test("They can be differentiated")
  func secondOrder() throws {
    let x = try leaf([1, 2], nil, .float64)
    let y = try x * x * x
    let rows = try #require(
      try grad(
        [y], [x], gradients: [tensor([1, 0, 0, 1], [2, 2], .float64)], createGraph: true,
        isGradsBatched: true)[0])
    #expect(rows.numbers == [3, 0, 0, 12])
    try rows.sum().backward()
    #expect(x.grad?.numbers == [6, 12])
  }

  @Test("Through changes of views")
  func views() throws {
    let x = try leaf([1, 2, 3])
    let y = try x * 1
    try y.slice(end: 2).mul_(x.slice(start: 1))
    let rows = try grad(
      [y], [x], gradients: [tensor([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3])], isGradsBatched: true)[0]
    #expect(rows?.numbers == [2, 1, 0, 0, 3, 2, 0, 0, 1])
    #expect(Modes.areOff)
  }

  @Test("Sizes that do not fit")
  func errors() throws {
    let x = try leaf([1, 2])
    let y = try x * 2
    #expect(
      words { _ = try grad([y], [x], gradients: [tensor([1, 2, 3])], isGradsBatched: true) }
        == "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as "
        + "the batch dimension. The sizes of the remaining dimensions are expected to match the "
        + "shape of corresponding output, but a mismatch was detected: grad_output[0] has a shape "
        + "of torch.Size([]) and output[0] has a shape of torch.Size([2]). If you only want some "
        + "tensors in `grad_output` to be considered batched, consider using vmap.")
    #expect(
      words { _ = try grad([y], [x], gradients: [tensor([1], [])], isGradsBatched: true) }
        == "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` "
        + "in C++ to convert a 0-dim tensor to a number")
    #expect(words { _ = try grad([y], [x], isGradsBatched: true) } == Words.notScalar)
    #expect(Modes.areOff)
  }

  @Test("Zeros in place of what there is not require a gradient when the pass is recorded")
  func materialized() throws {
    let (x, w) = (try leaf([1, 2]), try leaf([3]))
    for createGraph in [false, true] {
      let zeros = try grad([x.sum()], [w], createGraph: createGraph, materialize: true)[0]
      #expect(zeros?.numbers == [0])
      #expect(zeros?.requiresGrad == createGraph)
    }
  }
}
