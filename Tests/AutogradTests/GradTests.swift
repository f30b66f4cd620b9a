import Apus
import Testing

@testable import Autograd

@Suite("grad()")
struct GradTests {
  @Test("Gradients are returned and nothing is accumulated")
  func returns() throws {
    let (x, y) = (try leaf([1, 2]), try leaf([3, 4]))
    let gradients = try grad([(x * y).sum()], [y, x])
    #expect(gradients.map { $0?.numbers } == [[1, 2], [3, 4]])
    #expect(x.grad == nil && y.grad == nil)
  }

  @Test("Of the same input twice, of itself, of a tensor within")
  func specialInputs() throws {
    let x = try leaf([1, 2])
    #expect(try grad([(x * x).sum()], [x, x]).map { $0?.numbers } == [[2, 4], [2, 4]])
    let s = try scalarLeaf(5)
    #expect(try grad([s], [s]).map { $0?.numbers } == [[1]])
    let inner = try x * x
    let outer = try (inner * 3).sum()
    #expect(try grad([outer], [inner, x]).map { $0?.numbers } == [[3, 3], [6, 12]])
    let y = try s * 2
    #expect(try grad([y], [y]).map { $0?.numbers } == [[1]])
  }

  @Test("An input that the output does not depend on")
  func unused() throws {
    let (x, y) = (try leaf([1, 2]), try leaf([3, 4, 5], nil, .float64))
    let output = { try x.sum() }
    #expect(
      words { _ = try grad([output()], [x, y]) }
        == "The differentiated Tensor at index 1 appears to not have been used in the graph. Set "
        + "allow_unused=True if this is the desired behavior.")
    let allowed = try grad([output()], [x, y], allowUnused: true)
    #expect(allowed[0]?.numbers == [1, 1] && allowed[1] == nil)
    let zeros = try grad([output()], [x, y], materialize: true)
    #expect(zeros[1]?.description == "tensor([0., 0., 0.], dtype=torch.float64)")
    #expect(
      words { _ = try grad([output()], [x], allowUnused: false, materialize: true) }
        == "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
        + "allow_unused=False.")
  }

  @Test("Inputs that make no sense")
  func wrongInputs() throws {
    let plain = try tensor([1, 2])
    let y = try leaf([1, 2]) * 1
    let empty = "`inputs` argument to `grad()` cannot be empty."
    #expect(words { _ = try grad([plain], []) } == empty)
    #expect(words { _ = try grad([y], []) } == empty)
    #expect(
      words { _ = try grad([y.sum()], [plain]) }
        == "One of the differentiated Tensors does not require grad")
    #expect(words { _ = try grad([plain], [plain]) } == Words.noGradient(0))
  }

  @Test("The graph of a gradient is differentiated again, as often as wished")
  func higherOrder() throws {
    let x = try scalarLeaf(2, .float64)
    var y = try x * x * x * x
    var values: [Double] = []
    for _ in 0..<4 {
      y = try #require(try grad([y], [x], createGraph: true)[0])
      values += y.numbers
    }
    #expect(values == [32, 48, 48, 24])
    #expect(
      words { _ = try grad([grad([x * 2], [x], createGraph: true)[0] ?? x], [x]) }
        == Words.noGradient(0))
  }

  @Test("A gradient that requires a gradient is differentiable only with createGraph")
  func differentiableSeed() throws {
    let x = try leaf([1, 2])
    let seed = try leaf([3, 3])
    let plain = try grad([x * 2], [x], gradients: [seed])[0]
    #expect(plain?.description == "tensor([6., 6.])")
    let recorded = try #require(try grad([x * 2], [x], gradients: [seed], createGraph: true)[0])
    #expect(recorded.description == "tensor([6., 6.], grad_fn=<MulBackward0>)")
    #expect(try grad([recorded.sum()], [seed]).map { $0?.numbers } == [[2, 2]])
  }

  @Test("Nodes that do not lead to an input are not run")
  func onlyNeededNodes() throws {
    let (x, y) = (try leaf([1, 2]), try leaf([3, 4]))
    let side = try y.exp()
    try side.retainGrad()
    let main = try x * x
    try main.retainGrad()
    let output = try (main + side).sum()
    #expect(try grad([output], [x], retainGraph: true)[0]?.numbers == [2, 4])
    #expect(side.grad == nil)
    #expect(main.grad?.numbers == [1, 1])
    // exp was not run, so what it saved is still there.
    _ = try grad([side.sum()], [y])
  }

  @Test("A requested gradient within is also kept where it should be")
  func retainedAndRequested() throws {
    let x = try leaf([1, 1])
    let y = try x * 2
    try y.retainGrad()
    _ = try grad([(y * y).sum()], [y])
    #expect(y.grad?.numbers == [4, 4])
  }
}
