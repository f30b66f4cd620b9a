import Apus
import Testing

@testable import Autograd

@Suite("Tensors within a graph that keep their gradient")
struct RetainGradTests {
  @Test("What they keep, and that nobody shares it")
  func keeps() throws {
    let x = try leaf([1, 1])
    let y = try x * 1
    try y.retainGrad()
    let gradient = try tensor([3, 4])
    try y.backward(gradient: gradient)
    #expect(y.grad?.numbers == [3, 4])
    #expect(y.grad?.data != gradient.data)
    #expect(y.grad?.data != x.grad?.data)
  }

  @Test("Without it there is nothing, and asking twice is the same as once")
  func without() throws {
    let x = try leaf([1, 1])
    let (y, z) = (try x * 2, try x * 3)
    try z.retainGrad()
    try z.retainGrad()
    try (y + z).sum().backward()
    #expect(y.grad == nil && !y.retainsGrad)
    #expect(z.grad?.numbers == [1, 1] && z.retainsGrad)
  }

  @Test("A second pass adds to it in a new tensor")
  func accumulates() throws {
    let x = try leaf([1, 1])
    let y = try x * 2
    try y.retainGrad()
    try y.sum().backward(retainGraph: true)
    let first = try #require(y.grad)
    try y.sum().backward()
    #expect(y.grad?.numbers == [2, 2])
    #expect(first.numbers == [1, 1])
  }

  @Test("On a leaf it does nothing, without a gradient it is refused")
  func leaves() throws {
    let x = try leaf([1, 1])
    try x.retainGrad()
    #expect(!x.retainsGrad)
    #expect(words { try tensor([1]).retainGrad() } == Words.noRetain)
  }

  @Test("It follows the tensor through changes in place")
  func inPlace() throws {
    let x = try leaf([1, 1])
    let y = try x * 2
    try y.retainGrad()
    let before = try y * 3
    try y.mul_(5)
    try (y.sum() * 7 + before.sum()).backward()
    #expect(y.grad?.numbers == [7, 7])
    #expect(x.grad?.numbers == [76, 76])
  }

  @Test("And through changes of its views and of its base")
  func views() throws {
    let x = try leaf([1, 1])
    var y = try x * 2
    try y.retainGrad()
    try y.slice(end: 1).mul_(5)
    try (y.sum() * 7).backward()
    #expect(y.grad?.numbers == [7, 7])
    #expect(x.grad?.numbers == [70, 14])

    try x.setGrad(nil)
    y = try x * 2
    let view = try y.slice(end: 1)
    try view.retainGrad()
    let before = try view * 3
    try y.mul_(5)
    let after = try view * 7
    try (before.sum() + after.sum()).backward()
    #expect(view.grad?.numbers == [7])
    #expect(x.grad?.numbers == [76, 0])

    y = try x * 2
    let written = try y.slice(end: 1)
    try written.retainGrad()
    try written.mul_(5)
    try (y.sum() * 7).backward()
    #expect(written.grad == nil)
    y = try x * 2
    let used = try y.slice(end: 1)
    try used.retainGrad()
    try used.mul_(5)
    try (y.sum() * 7 + used.sum() * 2).backward()
    #expect(used.grad?.numbers == [2])
  }

  @Test("A tensor that is gone when its gradient arrives")
  func gone() throws {
    let x = try leaf([1, 1])
    func graph() throws -> Tensor {
      let y = try x * 2
      try y.retainGrad()
      let view = try y.slice(end: 1)
      try view.retainGrad()
      let outputs = try view.sum() + y.sum()
      try y.add_(1)
      _ = try view.gradFunction
      return outputs
    }
    try graph().backward()
    #expect(x.grad?.numbers == [4, 2])
  }
}
