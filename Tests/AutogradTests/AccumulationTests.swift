import Apus
import Testing

@testable import Autograd

@Suite("Accumulation into leaves")
struct AccumulationTests {
  @Test("A second pass adds into the same tensor and counts as a change")
  func inPlace() throws {
    let x = try leaf([1, 2])
    try (x * 3).sum().backward()
    let first = try #require(x.grad)
    let (alias, version) = (first.detach(), first.version)
    try (x * 4).sum().backward()
    #expect(x.grad === first)
    #expect(alias.numbers == [7, 7])
    #expect(first.version == version + 1)
  }

  @Test("With createGraph the sum is a new tensor with a history")
  func outOfPlace() throws {
    let x = try scalarLeaf(3)
    try (x * x).backward(createGraph: true)
    let first = try #require(x.grad)
    #expect(first.description == "tensor(6., grad_fn=<CopyBackwards>)")
    try (x * x).backward(createGraph: true)
    #expect(x.grad !== first)
    #expect(first.numbers == [6])
    #expect(x.grad?.description == "tensor(12., grad_fn=<AddBackward0>)")
  }

  @Test("With createGraph a constant gradient has no history")
  func constantWithGraph() throws {
    let x = try leaf([1, 2])
    try (x * 3).sum().backward(createGraph: true)
    #expect(x.grad?.description == "tensor([3., 3.])")
    #expect(try x.grad?.gradFunction == nil)
  }

  @Test("A gradient that the caller holds is copied")
  func callersGradient() throws {
    let x = try leaf([1, 2])
    let gradient = try tensor([3, 4])
    try x.backward(gradient: gradient)
    #expect(x.grad?.numbers == [3, 4])
    #expect(x.grad?.data != gradient.data)
    try x.backward(gradient: gradient)
    #expect(gradient.numbers == [3, 4])
  }

  @Test("A gradient of the caller's that passes through is copied, also with inputs")
  func callersGradientPassesThrough() throws {
    let (x, y) = (try leaf([1, 2]), try leaf([1, 2]))
    let gradient = try tensor([3, 4])
    try (x + y).backward(gradient: gradient, inputs: [x, y])
    #expect(x.grad?.numbers == [3, 4])
    #expect(x.grad?.data != gradient.data)
    #expect(x.grad?.data != y.grad?.data)
  }

  @Test("Two leaves never share a gradient's memory")
  func twoLeaves() throws {
    let (a, b) = (try leaf([1, 2]), try leaf([1, 2]))
    try (a + b).sum().backward()
    #expect(a.grad?.numbers == [1, 1] && b.grad?.numbers == [1, 1])
    #expect(a.grad?.data != b.grad?.data)
    try (a + b).backward(gradient: tensor([5, 5]))
    #expect(a.grad?.data != b.grad?.data)
    _ = try a.grad?.zero_()
    #expect(b.grad?.numbers == [6, 6])
  }

  @Test("A leaf used twice by one operation gets both gradients")
  func sameInputTwice() throws {
    let x = try leaf([2, 3])
    try (x * x).sum().backward()
    #expect(x.grad?.numbers == [4, 6])
    let y = try leaf([2, 3])
    try (y + y).backward(gradient: tensor([1, 10]))
    #expect(y.grad?.numbers == [2, 20])
  }

  @Test("The gradient lies in memory as a dense leaf does, row-major otherwise")
  func layout() throws {
    let weights = try tensor([0, 1, 2, 3, 4, 5], [2, 3])
    let transposed = try tensor([1, 1, 1, 1, 1, 1], [3, 2]).t().detach()
    try transposed.setRequiresGrad(true)
    try (transposed * weights).sum().backward()
    #expect(transposed.grad?.strides == [1, 2])
    #expect(transposed.grad?.numbers == [0, 1, 2, 3, 4, 5])

    let expanded = try tensor([1, 1, 1], [1, 3]).expand([2, 3]).detach()
    try expanded.setRequiresGrad(true)
    try (expanded * weights).sum().backward()
    #expect(expanded.grad?.strides == [3, 1])

    let stepped = try tensor([Double](repeating: 1, count: 8), [4, 2]).slice(step: 2).detach()
    try stepped.setRequiresGrad(true)
    try (stepped * 2).sum().backward()
    #expect(stepped.grad?.strides == [2, 1])

    let plain = try leaf([Double](repeating: 1, count: 6), [2, 3])
    try plain.sum().backward()
    #expect(plain.grad?.strides == [3, 1])
    let other = try leaf([Double](repeating: 1, count: 6), [2, 3])
    try (other * 2).t().contiguous().sum().backward()
    #expect(other.grad?.strides == [3, 1])
  }

  @Test("With createGraph too")
  func layoutWithGraph() throws {
    let x = try tensor([1, 2, 3, 4, 5, 6], [3, 2]).t().detach()
    try x.setRequiresGrad(true)
    try (x * x.contiguous()).sum().backward(createGraph: true)
    #expect(x.grad?.strides == [1, 2])
    #expect(x.grad?.numbers == [2, 6, 10, 4, 8, 12])
  }

  @Test("A gradient that was set is added to in place")
  func setGradient() throws {
    let x = try leaf([1, 2])
    let own = try tensor([10, 20])
    try x.setGrad(own)
    try (x * 3).sum().backward()
    #expect(x.grad === own)
    #expect(own.numbers == [13, 23])
    try x.setGrad(nil)
    try (x * 3).sum().backward()
    #expect(own.numbers == [13, 23])
    #expect(x.grad?.numbers == [3, 3])
  }

  @Test("A leaf that no longer wants a gradient gets none")
  func toggledOff() throws {
    let x = try leaf([1, 2])
    let y = try x * 2
    try x.setRequiresGrad(false)
    try y.sum().backward()
    #expect(x.grad == nil)
  }

  @Test("Promotion and broadcasting are undone")
  func promotion() throws {
    let a = try leaf([1, 1])
    let b = try leaf([Double](repeating: 1, count: 12), [2, 3, 2], .float64)
    try (a * b).sum().backward()
    #expect(a.grad?.description == "tensor([6., 6.])")
    #expect(b.grad?.dtype == .float64)
    #expect(b.grad?.shape == [2, 3, 2])
    let number = try scalarLeaf(1, .float64)
    let vector = try leaf([1, 1, 1])
    try (number * vector).sum().backward()
    #expect(number.grad?.description == "tensor(3., dtype=torch.float64)")
    #expect(vector.grad?.description == "tensor([1., 1., 1.])")
    let x = try leaf([1, 1])
    try (x.to(dtype: .float64) * 2).sum().backward()
    #expect(x.grad?.dtype == .float32)
  }
}

@Suite("What accumulation shares and what it doesn't")
struct AccumulationSharingTests {
  @Test("A gradient that nobody else has is taken as it is")
  func stolen() throws {
    let x = try leaf([1, 2])
    var address: UnsafeMutableRawPointer?
    let y = try x * 1
    try y.gradFunction?.registerHook { inputs, _ in
      address = inputs[0]?.data
      return nil
    }
    try y.sum().backward()
    #expect(x.grad?.data == address)
  }

  @Test("One that a hook keeps is copied")
  func kept() throws {
    let x = try leaf([1, 2])
    var seen: Tensor?
    try x.registerHook { gradient in
      seen = gradient
      return nil
    }
    try (x * 3).sum().backward()
    let kept = try #require(seen)
    #expect(x.grad?.sharesMemory(with: kept) == false)
    try (x * 3).sum().backward()
    #expect(x.grad?.numbers == [6, 6] && kept.numbers == [3, 3])
  }

  @Test("A pass that is recorded leaves the gradient that there was as it is")
  func recorded() throws {
    let x = try leaf([1, 2])
    try (x * 2).sum().backward()
    let first = try #require(x.grad)
    try (x * x).sum().backward(createGraph: true)
    #expect(x.grad !== first)
    #expect(first.numbers == [2, 2] && first.version == 0)
    #expect(x.grad?.numbers == [4, 6])
    #expect(x.grad?.requiresGrad == true)
  }
}
