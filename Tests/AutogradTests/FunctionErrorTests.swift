import Apus
import Testing

@testable import Arrays
@testable import Autograd
@testable import Operators

@Suite("Custom functions: what can go wrong")
struct FunctionErrorTests {
  /// A function of one or more inputs, whose backward returns what it is told to.
  private func returning(_ gradients: [Tensor?]) -> CustomFunction {
    function(forward: { [try $1[0] * 1] }, backward: { _, _ in gradients })
  }

  @Test("The number of gradients")
  func count() throws {
    let x = try leaf([1, 2])
    let g = try tensor([1, 1])
    #expect(
      words { try call(returning([g, g]), x).sum().backward() }
        == "function ABackward returned an incorrect number of gradients (expected 1, got 2)")
    #expect(
      words { try returning([g]).apply([x, x])[0].sum().backward() }
        == "function ABackward returned an incorrect number of gradients (expected 2, got 1)")
    #expect(x.grad == nil)
  }

  @Test("The shape of a gradient")
  func shape() throws {
    let x = try leaf([1, 2])
    let g = try tensor([1, 1, 1])
    #expect(
      words { try call(returning([g]), x).sum().backward() }
        == "Function ABackward returned an invalid gradient at index 0 - got [3] but expected shape "
        + "compatible with [2]")
    #expect(
      words { try returning([nil, g]).apply([x, x])[0].sum().backward() }
        == "Function ABackward returned an invalid gradient at index 1 - got [3] but expected shape "
        + "compatible with [2]")
  }

  @Test("A gradient for an argument that is not a tensor")
  func argument() throws {
    let x = try leaf([1, 2])
    let g = try tensor([1, 1])
    let a = returning([g, g])
    #expect(
      words { try a.apply([x], arguments: [true, false], .operators)[0].sum().backward() }
        == "function ABackward returned a gradient different than None at position 2, but the "
        + "corresponding forward input was not a Variable")
    #expect(
      words { try a.apply([x], arguments: [false, true], .operators)[0].sum().backward() }
        == "function ABackward returned a gradient different than None at position 1, but the "
        + "corresponding forward input was not a Variable")
    #expect(
      words {
        try returning([g, g, g]).apply([x], arguments: [true, false], .operators)[0].sum()
          .backward()
      } == "function ABackward returned an incorrect number of gradients (expected 2, got 3)")
    try returning([g, nil, nil]).apply([x], arguments: [true, false], .operators)[0].sum()
      .backward()
    #expect(x.grad?.numbers == [1, 1])
  }

  @Test("Parts that are missing")
  func missing() throws {
    var a = CustomFunction(name: "A")
    let x = try leaf([1])
    do {
      _ = try a.apply([x])
      Issue.record("no error")
    } catch let error as TensorError {
      #expect(error.kind == .notImplemented)
      #expect(
        error.message == "You must implement the forward function for custom autograd.Function.")
    }
    a.forward = { [try $1[0] * 2] }
    let y = try call(a, x)
    #expect(y.numbers == [2])
    do {
      try y.backward()
      Issue.record("no error")
    } catch let error as TensorError {
      #expect(error.kind == .notImplemented)
      #expect(
        error.message
          == "You must implement either the backward or vjp method for your custom "
          + "autograd.Function to use it with backward mode AD.")
    }
  }

  @Test("What callbacks throw comes out unchanged")
  func thrown() throws {
    struct Mine: Error, Equatable {}
    let x = try leaf([1])
    let forward = function(forward: { _, _ in throw Mine() }, backward: { $1 })
    #expect(throws: Mine()) { try call(forward, x) }
    #expect(GradMode.isEnabled)
    let backward = function(forward: { [try $1[0] * 1] }, backward: { _, _ in throw Mine() })
    #expect(throws: Mine()) { try call(backward, x).backward() }
    #expect(GradMode.isEnabled)
  }

  @Test("Saved tensors are gone after a pass that didn't keep the graph")
  func freed() throws {
    let x = try leaf([1, 2])
    let y = try Cube.apply([x])[0]
    let node = try #require(try y.gradFunction as? FunctionNode)
    #expect(try node.context.savedTensors.map { $0?.numbers } == [[1, 2]])
    try y.sum().backward(retainGraph: true)
    try y.sum().backward()
    #expect(x.grad?.numbers == [6, 24])
    #expect(words { try y.sum().backward() } == Words.freed)
    #expect(words { _ = try node.context.savedTensors } == Words.freed)
    // One that saved nothing runs as often as is wanted.
    let plain = try call(returning([tensor([1, 1])]), x)
    try plain.backward(gradient: tensor([1, 1]))
    try plain.backward(gradient: tensor([1, 1]))
    #expect(x.grad?.numbers == [8, 26])
  }

  @Test("Saved tensors that were changed")
  func changed() throws {
    let cube = { (x: Tensor) in try Cube.apply([x])[0] }
    let x = try leaf([1, 2])
    let ofLeaf = try cube(x)
    _ = try noGrad { try x.mul_(2) }
    #expect(
      words { try ofLeaf.sum().backward() }
        == Words.changed("torch.FloatTensor [2]", at: 1, expected: 0))
    let y = try x.exp()
    let ofResult = try cube(y)
    try y.add_(1)
    #expect(
      words { try ofResult.sum().backward() }
        == Words.changed("torch.FloatTensor [2]", by: "0 of Add", at: 1, expected: 0))
    let z = try MyExp.apply([x])[0]
    let kept = try z * 2
    _ = try z.detach().add_(1)
    #expect(
      words { try kept.sum().backward() }
        == Words.changed("torch.FloatTensor [2]", by: "0 of MyExp", at: 1, expected: 0))
  }

  @Test("Inference tensors can't be saved")
  func inference() throws {
    let a = function(
      forward: { context, x in
        context.saveForBackward(x)
        return [try x[0] * x[1]]
      }, backward: { [$1[0], nil] })
    let constant = try inferenceMode { try tensor([1]) * 2 }
    #expect(
      words { _ = try a.apply([leaf([1]), constant]) }
        == "Inference tensors cannot be saved for backward. Please do not use Tensors created in "
        + "inference mode in computation tracked by autograd. To work around this, you can make a "
        + "clone to get a normal tensor and use it in autograd, or use `torch.no_grad()` instead of "
        + "`torch.inference_mode()`.")
  }

  @Test("Once differentiable")
  func onceDifferentiable() throws {
    var cube = CustomFunction(Cube.self)
    cube.onceDifferentiable = true
    let x = try leaf([2], nil, .float64)
    let weight = try leaf([1], nil, .float64)
    try call(cube, x).backward()
    #expect(x.grad?.numbers == [12])
    // Without a gradient that wants one, the result is a constant.
    let constant = try #require(try grad([call(cube, x)], [x], createGraph: true)[0])
    #expect(words { try constant.backward() } == Words.noGradient(0))
    let first = try #require(try grad([call(cube, x) * weight], [x], createGraph: true)[0])
    #expect(first.numbers == [12])
    #expect(try first.gradFunction?.name == "torch::autograd::Error")
    let message =
      "trying to differentiate twice a function that was marked with @once_differentiable"
    #expect(words { try first.backward() } == message)
  }
}
