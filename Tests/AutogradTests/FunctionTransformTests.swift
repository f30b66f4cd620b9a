import Apus
import Testing

@testable import Arrays
@testable import Autograd
@testable import Operators

@Suite("Custom functions under transforms")
struct FunctionTransformTests {
  private let details =
    "For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"

  private func f64(_ numbers: [Double], _ shape: Dims? = nil) throws -> Tensor {
    try tensor(numbers, shape, .float64)
  }

  private func close(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-12 * max(1, abs($1)) }
  }

  @Test("grad, and grad of grad")
  func grad() throws {
    let x = try f64([2, 3])
    let y = try f64([5, 7])
    let sum = { (inputs: [Tensor]) in try SquareTimes.apply(inputs)[0].sum() }
    let gradients = try Func.grad([x, y], argnums: [0, 1], sum)
    #expect(gradients.map(\.numbers) == [[20, 42], [4, 9]])
    let second = try Func.grad([x]) { x in
      try Func.grad([x[0], y], sum)[0].sum()
    }
    #expect(second[0].numbers == [10, 14])
    let third = try Func.grad([f64([0.5])]) { x in
      try Func.grad(x) { x in try Func.grad(x) { try MyExp.apply($0)[0].sum() }[0].sum() }[0].sum()
    }
    #expect(close(third[0].numbers, try f64([0.5]).exp().numbers))
  }

  @Test("The names that nodes have there, and that an outer graph goes through")
  func names() throws {
    let x = try leaf([2], nil, .float64)
    let seen = Notes<String?>()
    let gradient = try Func.grad([x]) { x in
      let y = try MyExp.apply(x)[0]
      seen.values.append(try y.gradFunction?.name)
      return try y.sum()
    }[0]
    #expect(seen.values == ["MyExpGeneratedBackward"])
    try gradient.backward()
    #expect(x.grad?.numbers == (try f64([2]).exp().numbers))
  }

  @Test("vjp, jvp and jvp of grad")
  func products() throws {
    let x = try f64([2, 3])
    let y = try f64([5, 7])
    let (outputs, pullback) = try Func.vjp([x, y]) { try SquareTimes.apply($0) }
    #expect(outputs[0].numbers == [20, 63])
    #expect(try pullback([f64([1, 10])]).map(\.numbers) == [[20, 420], [4, 90]])
    let (values, tangents) = try Func.jvp([x, y], [f64([1, 0]), f64([0, 1])]) {
      try SquareTimes.apply($0)
    }
    #expect(values[0].numbers == [20, 63])
    #expect(tangents[0].numbers == [20, 9])
    let (_, hessianProduct) = try Func.jvp([x], [f64([1, 10])]) { x in
      try Func.grad([x[0], y]) { try SquareTimes.apply($0)[0].sum() }
    }
    #expect(hessianProduct[0].numbers == [10, 140])
    #expect(
      words {
        _ = try Func.jvp([x], [x]) { inputs in
          var cube = CustomFunction(Cube.self)
          cube.setupContext = { context, inputs, _ in context.saveForBackward(inputs) }
          cube.forward = { [try $1[0] * 1] }
          return try cube.apply(inputs)
        }
      }
        == "You must implement the jvp function for custom autograd.Function to use it with "
        + "forward mode AD.")
  }

  @Test("Without setupContext")
  func withoutSetup() throws {
    let message =
      "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, "
      + "...), it must override the setup_context staticmethod. " + details
    let x = try f64([2])
    #expect(words { _ = try Func.grad([x]) { try Cube.apply($0)[0].sum() } } == message)
    #expect(words { _ = try Func.vmap([x]) { try Cube.apply($0) } } == message)
  }

  @Test("vmap by the generated rule, over any of the inputs")
  func generated() throws {
    let x = try f64([1, 2, 3, 4, 5, 6], [3, 2])
    let y = try f64([10, 100])
    let apply = { (inputs: [Tensor]) in try SquareTimes.apply(inputs) }
    #expect(
      try Func.vmap([x, y], inDims: [0, nil], apply)[0].numbers == [10, 400, 90, 1600, 250, 3600])
    #expect(
      try Func.vmap([y, x], inDims: [nil, 0], apply)[0].numbers
        == [100, 20000, 300, 40000, 500, 60000])
    #expect(try Func.vmap([x, x], inDims: [0, 0], apply)[0].numbers == [1, 8, 27, 64, 125, 216])
    let columns = try Func.vmap([x], inDims: [1], outDims: [1]) { try MyExp.apply($0) }[0]
    #expect(columns.numbers == (try x.exp()).numbers)
    // None of the examples' own.
    let constant = try Func.vmap([x], outDims: [nil]) { _ in try SquareTimes.apply([y, y]) }
    #expect(constant[0].numbers == [1000, 1_000_000])
  }

  @Test("vmap of vmap")
  func nested() throws {
    let x = try f64([1, 2, 3, 4, 5, 6], [3, 2])
    let y = try f64([10, 20])
    let all = try Func.vmap([x]) { rows in
      try Func.vmap([rows[0], y], inDims: [0, 0]) { try SquareTimes.apply($0) }
    }
    #expect(all[0].numbers == [10, 80, 90, 320, 250, 720])
  }

  @Test("Gradients of vmap: summed for inputs that examples share")
  func gradientOfVmap() throws {
    let x = try f64([1, 2, 3, 4, 5, 6], [3, 2])
    let y = try f64([10, 100])
    let gradients = try Func.grad([x, y], argnums: [0, 1]) { inputs in
      try Func.vmap(inputs, inDims: [0, nil]) { try SquareTimes.apply($0) }[0].sum()
    }
    #expect(gradients[0].numbers == [20, 400, 60, 800, 100, 1200])
    #expect(gradients[1].numbers == [35, 56])
    // The same outside of transforms.
    let leaves = (try leaf(x.numbers, [3, 2], .float64), try leaf(y.numbers, nil, .float64))
    let z = try Func.vmap([leaves.0, leaves.1], inDims: [0, nil]) { try SquareTimes.apply($0) }[0]
    #expect(try z.gradFunction != nil)
    try z.sum().backward()
    #expect(leaves.0.grad?.numbers == [20, 400, 60, 800, 100, 1200])
    #expect(leaves.1.grad?.numbers == [35, 56])
    try gradcheck([leaves.0, leaves.1]) {
      try Func.vmap($0, inDims: [0, nil]) { try SquareTimes.apply($0) }
    }
    try gradgradcheck([leaves.0, leaves.1]) {
      try Func.vmap($0, inDims: [0, nil]) { try SquareTimes.apply($0) }
    }
  }

  @Test("vmap of gradients, and Hessians")
  func vmapOfGradient() throws {
    let x = try f64([1, 2, 3, 4, 5, 6], [3, 2])
    let y = try f64([10, 100])
    let perExample = try Func.vmap([x, y], inDims: [0, nil]) { inputs in
      try Func.grad(inputs, argnums: [0, 1]) { try SquareTimes.apply($0)[0].sum() }
    }
    #expect(perExample[0].numbers == [20, 400, 60, 800, 100, 1200])
    #expect(perExample[1].numbers == [1, 4, 9, 16, 25, 36])
    let directional = try Func.vmap([x, y], inDims: [0, nil]) { inputs in
      try Func.jvp(inputs, [f64([1, 1]), f64([0, 1])]) { try SquareTimes.apply($0) }.tangents
    }
    #expect(directional[0].numbers == [20, 404, 60, 816, 100, 1236])
  }

  @Test("A gradient that is wider than the input of one example")
  func wide() throws {
    var widens = function(
      forward: { [try $1[0].expand([3, 2]).clone()] }, backward: { $1 })
    widens.setupContext = { _, _, _ in }
    widens.generateVmapRule = true
    let x = try leaf([1, 2, 3, 4], [2, 2], .float64)
    let y = try Func.vmap([x]) { try widens.apply($0) }[0]
    #expect(y.shape == [2, 3, 2])
    try y.sum().backward()
    #expect(x.grad?.numbers == [3, 3, 3, 3])
    #expect(x.grad?.shape == [2, 2])
  }

  @Test("Arguments that are not tensors, in the generated rule")
  func arguments() throws {
    var a = function(
      forward: { [try $1[0] * $1[1]] },
      backward: { context, gradients in
        let saved = try context.savedTensors
        guard let x = saved[0], let y = saved[1], let gradient = gradients[0] else { return [] }
        return [try gradient * y, nil, try gradient * x]
      })
    a.setupContext = { context, inputs, _ in context.saveForBackward(inputs) }
    a.generateVmapRule = true
    let x = try leaf([1, 2, 3, 4], [2, 2], .float64)
    let y = try leaf([10, 100], nil, .float64)
    let z = try Func.vmap([x, y], inDims: [0, nil]) {
      try a.apply($0, arguments: [true, false, true], .operators)
    }[0]
    #expect(z.numbers == [10, 200, 30, 400])
    try z.sum().backward()
    #expect(x.grad?.numbers == [10, 100, 10, 100])
    #expect(y.grad?.numbers == [4, 6])
    a.backward = { context, gradients in [gradients[0], gradients[0], nil] }
    let wrong = try Func.vmap([x, y], inDims: [0, nil]) {
      try a.apply($0, arguments: [true, false, true], .operators)
    }[0]
    #expect(
      words { try wrong.sum().backward() }
        == "function VmappedABackward returned a gradient different than None at position 2, but the "
        + "corresponding forward input was not a Variable")
  }

  @Test("Changes in place, at every level")
  func inPlace() throws {
    var double = function(
      forward: { [try $1[0].mul_(2)] }, backward: { [try $1[0].map { try $0 * 2 }] })
    double.setupContext = { context, inputs, _ in context.markDirty(inputs) }
    double.generateVmapRule = true
    let x = try f64([1, 2, 3, 4], [2, 2])
    let function = { (x: [Tensor]) in
      let y = try x[0] * 3
      let z = try double.apply([y])[0]
      #expect(z === y)
      return try (z * z).sum()
    }
    // 36x², whose derivative is 72x.
    #expect(try Func.grad([x], function)[0].numbers == [72, 144, 216, 288])
    let perExample = try Func.vmap([x]) { try Func.grad($0, function) }
    #expect(perExample[0].numbers == [72, 144, 216, 288])
    let whole = try Func.grad([x]) { x in try Func.vmap(x) { [try function($0)] }[0].sum() }
    #expect(whole[0].numbers == [72, 144, 216, 288])
  }

  /// Twice its input, with a rule for vmap that tells what it got.
  private func ruled(_ seen: Notes<[Int?]>, _ outDim: Int?) -> CustomFunction {
    var a = function(
      forward: { [try $1[0] * 2] }, backward: { [try $1[0].map { try $0 * 2 }, nil] })
    a.setupContext = { _, _, _ in }
    a.vmap = { info, dims, inputs in
      seen.values.append([info.batchSize] + dims)
      let whole = try inputs[0] * 2
      return ([outDim == nil ? try whole.sum() : outDim == 1 ? try whole.t() : whole], [outDim])
    }
    return a
  }

  @Test("vmap by the function's own rule")
  func ownRule() throws {
    let x = try f64([1, 2, 3, 4, 5, 6], [3, 2])
    let y = try f64([1])
    let seen = Notes<[Int?]>()
    let map = { (outDim: Int?) in
      try Func.vmap([x, y], inDims: [0, nil], outDims: [outDim == nil ? nil : 0]) {
        try self.ruled(seen, outDim).apply($0)
      }[0]
    }
    for dim in [0, 1] {
      #expect(try map(dim).numbers == [2, 4, 6, 8, 10, 12])
      #expect(try map(dim).shape == [3, 2])
    }
    #expect(try map(nil).numbers == [42])
    #expect(seen.values == Array(repeating: [3, 0, nil], count: 5))
  }

  @Test("Rules that are missing, doubled or wrong")
  func ruleErrors() throws {
    let x = try f64([1, 2, 3])
    var a = function(forward: { [try $1[0] * 2] }, backward: { $1 })
    a.setupContext = { _, _, _ in }
    let map = { (a: CustomFunction) in words { _ = try Func.vmap([x]) { try a.apply($0) } } }
    #expect(
      map(a) == "You tried to vmap over A, but it does not have vmap support. Please override and "
        + "implement the vmap staticmethod or set generate_vmap_rule=True. " + details)
    a.vmap = { _, _, inputs in (inputs, []) }
    #expect(
      map(a)
        == "The autograd.Function's vmap staticmethod returned an incompatible (output, "
        + "out_dims) tuple. Expected out_dims=() to be compatible with the structure of `output`. "
        + "out_dims has 0 elements but output has 1. " + details)
    a.vmap = { _, _, inputs in (inputs, [3]) }
    #expect(
      map(a) == "Dimension out of range (expected to be in range of [-1, 0], but got 3)")
    a.generateVmapRule = true
    #expect(
      map(a)
        == "You tried to vmap over A, but it has both generate_vmap_rule=True and an overriden "
        + "vmap staticmethod. Please set generate_vmap_rule=False or delete the overriden vmap "
        + "staticmethod to avoid ambiguity. " + details)
  }
}
