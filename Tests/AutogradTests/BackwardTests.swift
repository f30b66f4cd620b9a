import Apus
import Testing

@testable import Autograd

@Suite("Backward")
struct BackwardTests {
  @Test("A graph that saved something runs once")
  func freed() throws {
    let x = try leaf([1, 2])
    let y = try (x * x).sum()
    try y.backward()
    #expect(words { try y.backward() } == Words.freed)
    #expect(x.grad?.numbers == [2, 4])
  }

  @Test("A graph that saved nothing runs again")
  func nothingSaved() throws {
    let x = try leaf([1, 2])
    let y = try x.sum()
    try y.backward()
    try y.backward()
    #expect(x.grad?.numbers == [2, 2])
  }

  @Test("retainGraph keeps it for another pass")
  func retained() throws {
    let x = try leaf([1, 2])
    let y = try (x * x).sum()
    try y.backward(retainGraph: true)
    try y.backward()
    #expect(x.grad?.numbers == [4, 8])
    #expect(words { try y.backward() } == Words.freed)
  }

  @Test("createGraph keeps it unless told otherwise")
  func createGraphRetains() throws {
    let x = try leaf([1, 2])
    let y = try (x * x).sum()
    try y.backward(createGraph: true)
    try y.backward(retainGraph: false, createGraph: true)
    #expect(words { try y.backward() } == Words.freed)
  }

  @Test("A shared part that was freed stops another graph")
  func sharedPart() throws {
    let x = try leaf([1, 2])
    let shared = try x.exp()
    try (shared * 2).sum().backward()
    #expect(words { try (shared * 3).sum().backward() } == Words.freed)
  }

  @Test("Only one element goes without a gradient, whatever the rank")
  func implicitGradient() throws {
    let x = try leaf([1, 2])
    #expect(words { try (x * 2).backward() } == Words.notScalar)
    try (x * 2).sum().reshape([1, 1]).backward()
    #expect(x.grad?.numbers == [2, 2])
    let empty = try leaf([], [0])
    #expect(words { try (empty * 2).backward() } == Words.notScalar)
    try (empty * 2).backward(gradient: tensor([], [0]))
    #expect(empty.grad?.description == "tensor([])")
  }

  @Test("Nothing to differentiate")
  func noGraph() throws {
    let plain = try tensor([1])
    #expect(words { try plain.backward() } == Words.noGradient(0))
    let x = try leaf([1])
    #expect(words { try x.detach().backward() } == Words.noGradient(0))
    #expect(words { try noGrad { try x * 2 }.backward() } == Words.noGradient(0))
    #expect(words { try tensor([1, 2], nil, .int64).sum().backward() } == Words.noGradient(0))
    #expect(words { try backward([x * 2, plain]) } == Words.noGradient(1))
  }

  @Test("Of two faults PyTorch names the size first")
  func orderOfChecks() throws {
    let plain = try tensor([1, 2])
    let y = try leaf([1, 2]) * 1
    #expect(words { try backward([plain, y]) } == Words.notScalar)
    let one = try tensor([1], [])
    #expect(
      words { try backward([one, y.sum()], gradients: [nil, tensor([1, 1, 1])]) }
        == "Mismatch in shape: grad_output[1] has a shape of torch.Size([3]) and output[1] has a "
        + "shape of torch.Size([]).")
    #expect(
      words { try plain.backward(gradient: tensor([1, 1, 1])) }
        == "Mismatch in shape: grad_output[0] has a shape of torch.Size([3]) and output[0] has a "
        + "shape of torch.Size([2]).")
  }

  @Test("A gradient must have the output's shape, and a list the same length")
  func gradientShape() throws {
    let x = try leaf([1, 2, 3, 4, 5, 6], [2, 3])
    #expect(
      words { try (x * 2).backward(gradient: tensor([1, 1, 1])) }
        == "Mismatch in shape: grad_output[0] has a shape of torch.Size([3]) and output[0] has a "
        + "shape of torch.Size([2, 3]).")
    #expect(
      words { try backward([x, x], gradients: [tensor([1])]) } == "got 2 tensors and 1 gradients")
  }

  @Test("A gradient of another dtype is converted")
  func gradientDType() throws {
    let x = try leaf([1, 2])
    try (x * 2).backward(gradient: tensor([3, 4], nil, .int64))
    #expect(x.grad?.description == "tensor([6., 8.])")
    try (x * 2).backward(gradient: tensor([3, 4], nil, .float64))
    #expect(x.grad?.description == "tensor([12., 16.])")
  }

  @Test("Several roots, some with a gradient")
  func severalRoots() throws {
    let x = try leaf([1, 2])
    try backward([x * 2, (x * x).sum()], gradients: [tensor([1, 10]), nil])
    #expect(x.grad?.numbers == [4, 24])
    let y = try scalarLeaf(3)
    let square = try y * y
    try backward([square, square])
    #expect(y.grad?.numbers == [12])
    let z = try scalarLeaf(3)
    let inner = try z * z
    try backward([inner * 2, inner])
    #expect(z.grad?.numbers == [18])
  }

  @Test("A leaf is its own root")
  func leafAsRoot() throws {
    let x = try scalarLeaf(3)
    try x.backward()
    try x.backward()
    #expect(x.grad?.numbers == [2])
  }

  @Test("inputs restricts accumulation, and adds in place")
  func inputs() throws {
    let (x, y) = (try leaf([1, 2]), try leaf([3, 4]))
    try (x * y).sum().backward(inputs: [x])
    #expect(x.grad?.numbers == [3, 4])
    #expect(y.grad == nil)
    let first = x.grad
    try (x * y).sum().backward(inputs: [x, x])
    #expect(x.grad === first)
    #expect(x.grad?.numbers == [6, 8])
  }

  @Test("inputs may be made by operations, which then keep their gradient")
  func innerInputs() throws {
    let x = try leaf([1, 2])
    var y = try x * 2
    try (y * 3).sum().backward(inputs: [y])
    #expect(y.grad?.numbers == [3, 3])
    #expect(x.grad == nil)
    #expect(y.retainsGrad)
    y = try x * 2
    try (y * 3).sum().backward(inputs: [y, x])
    #expect(y.grad?.numbers == [3, 3])
    #expect(x.grad?.numbers == [6, 6])
  }

  @Test("inputs that make no sense")
  func wrongInputs() throws {
    let x = try leaf([1, 2])
    #expect(
      words { try x.sum().backward(inputs: []) }
        == "`inputs` argument to `backward()` cannot be empty.")
    #expect(words { try x.sum().backward(inputs: [tensor([1])]) } == Words.noRetain)
    let unused = try leaf([1])
    try x.sum().backward(inputs: [unused])
    #expect(unused.grad == nil)
  }
}
