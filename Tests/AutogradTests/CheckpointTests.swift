import Apus
import Testing

@testable import Arrays
@testable import Autograd
@testable import Operators

// Serialized: they use the default generator.
@Suite("Checkpoints", .serialized)
struct CheckpointTests {
  private let tip =
    "\nTip: To see a more detailed error message, either pass `debug=True` to\n"
    + "`torch.utils.checkpoint.checkpoint(...)` or wrap the code block\n"
    + "with `with torch.utils.checkpoint.set_checkpoint_debug_enabled(True):` to\n"
    + "enable checkpoint\u{2011}debug mode globally.\n"

  private func options(
    random: Bool = true, check: Bool = true, early: Bool = true
  ) -> CheckpointOptions {
    var options = CheckpointOptions()
    options.preservesRandomState = random
    options.checksDeterminism = check
    options.stopsEarly = early
    return options
  }

  @Test("The gradients are those of the function, of any order")
  func gradients() throws {
    let x = try leaf([0.3, -1.2, 0.7], nil, .float64)
    let y = try leaf([1.1, 0.4, -0.8], nil, .float64)
    let function = { (inputs: [Tensor]) in
      [try (inputs[0] * inputs[1]).tanh() * inputs[0].exp(), try inputs[1].sin()]
    }
    try gradcheck([x, y]) { try checkpoint($0, CheckpointOptions(), function) }
    try gradgradcheck([x, y]) { try checkpoint($0, CheckpointOptions(), function) }
    try gradgradcheck([x, y]) { try checkpoint($0, options(early: false), function) }
    let plain = try grad([function([x, y])[0].sum()], [x, y]).map { $0?.numbers }
    let kept = try grad([checkpoint([x, y], CheckpointOptions(), function)[0].sum()], [x, y])
    #expect(kept.map { $0?.numbers } == plain)
  }

  @Test("The function is called once more in each pass")
  func count() throws {
    let calls = Notes<Int>()
    let x = try leaf([1, 2])
    let y = try checkpoint([x]) { x in
      calls.values.append(1)
      return [try x[0].exp().sin().tanh()]
    }[0].sum()
    #expect(calls.values.count == 1)
    try y.backward(retainGraph: true)
    #expect(calls.values.count == 2)
    let first = try #require(x.grad?.numbers)
    try y.backward()
    #expect(calls.values.count == 3)
    #expect(x.grad?.numbers == first.map { $0 * 2 })
    #expect(words { try y.backward() } == Words.freed)
    #expect(calls.values.count == 3)
  }

  @Test("It ends as soon as the last tensor is there, or where it ended before")
  func earlyStop() throws {
    for early in [true, false] {
      let ends = Notes<Int>()
      let x = try leaf([1, 2])
      let y = try checkpoint([x], options(early: early)) { x in
        let y = try x[0].exp()
        ends.values.append(1)
        return [try y + 1]
      }[0]
      try y.sum().backward()
      #expect(ends.values.count == (early ? 1 : 2))
      #expect(try x.grad?.isEqual(to: x.exp()) == true)
    }
  }

  @Test("A function that catches the end goes on without being heard")
  func swallowed() throws {
    let x = try leaf([1, 2])
    let y = try checkpoint([x]) { x in
      let y = (try? x[0].exp()) ?? x[0]
      let z = (try? y.sin()) ?? x[0]
      return [try z * 1]
    }[0]
    try y.sum().backward()
    #expect(x.grad?.numbers == (try (x.exp().cos() * x.exp())).numbers)
  }

  @Test("Random numbers come again, and others go on where they were")
  func random() throws {
    let function = { (x: [Tensor]) in [try x[0] * Tensor.rand([100]).exp()] }
    let x = try leaf(Array(repeating: 1, count: 100))
    let y = try checkpoint([x], CheckpointOptions(), function)[0]
    let state = Generator.default.state
    try y.sum().backward()
    // The derivative is the random factor, and so is the result at 1.
    #expect(x.grad?.numbers == y.numbers)
    #expect(Generator.default.state == state)
    let z = try checkpoint([x], options(random: false), function)[0]
    try x.setGrad(nil)
    try z.sum().backward()
    #expect(x.grad?.numbers != z.numbers)
  }

  @Test("Recording is on the second time, and what is not recorded is called once")
  func modes() throws {
    let seen = Notes<Bool>()
    let function = { (x: [Tensor]) in
      seen.values.append(GradMode.isEnabled)
      return [try x[0].exp()]
    }
    let x = try leaf([1])
    let y = try checkpoint([x], CheckpointOptions(), function)[0]
    try y.backward()
    #expect(seen.values == [true, true])
    let plain = try noGrad { try checkpoint([x], CheckpointOptions(), function)[0] }
    #expect(plain.requiresGrad == false)
    #expect(seen.values == [true, true, false])
  }

  @Test("Tensors that the function captures get their gradients")
  func captured() throws {
    let weight = try leaf([3, 4])
    let x = try tensor([1, 2])
    let y = try checkpoint([x]) { [try ($0[0] * weight).exp()] }[0]
    try y.sum().backward()
    #expect(weight.grad?.numbers == (try x * y).numbers)
  }

  @Test("Checkpoints within checkpoints")
  func nested() throws {
    let calls = Notes<String>()
    let inner = { (x: [Tensor]) in
      calls.values.append("inner")
      return [try x[0].tanh().exp()]
    }
    let outer = { (x: [Tensor]) in
      calls.values.append("outer")
      return [try checkpoint([x[0].exp()], CheckpointOptions(), inner)[0].sin()]
    }
    let x = try leaf([0.2, -0.4], nil, .float64)
    let y = try checkpoint([x], CheckpointOptions(), outer)[0]
    #expect(calls.values == ["outer", "inner"])
    try y.sum().backward()
    // Of the outer one all is recomputed, and then what the inner one needs.
    #expect(calls.values == ["outer", "inner", "outer", "inner", "inner"])
    let plain = try #require(try grad([inner([x.exp()])[0].sin().sum()], [x])[0])
    #expect(x.grad?.numbers == plain.numbers)
    try gradgradcheck([x]) { try checkpoint($0, CheckpointOptions(), outer) }
  }

  @Test("A pass within the function")
  func innerPass() throws {
    for early in [true, false] {
      let x = try leaf([0.5, 2], nil, .float64)
      let y = try checkpoint([x], options(early: early)) { x in
        let cube = try x[0] * x[0] * x[0]
        let first = try grad([cube.sum()], [x[0]], createGraph: true)[0]
        return [try #require(first).exp()]
      }[0]
      try y.sum().backward()
      // exp(3x²), whose derivative is 6x of it.
      let expected = try (x * x * 3).exp() * x * 6
      let found = try #require(x.grad)
      for (a, b) in zip(found.numbers, expected.numbers) { #expect(abs(a - b) <= 1e-12 * b) }
    }
  }

  @Test("Custom functions, which may read what they saved as often as they like")
  func functions() throws {
    let a = function(
      forward: { context, x in
        context.saveForBackward(x)
        return [try x[0] * x[0]]
      },
      backward: { context, gradients in
        guard let gradient = gradients[0], let x = try context.savedTensors[0],
          let again = try context.savedTensors[0]
        else { return [nil] }
        return [try gradient * (x + again)]
      })
    let x = try leaf([1, 2])
    let y = try checkpoint([x]) { x in try a.apply([x[0].exp()]) }[0]
    try y.sum().backward()
    let expected = try x.exp() * x.exp() * 2
    #expect(x.grad?.numbers == expected.numbers)
  }

  @Test("Outside of a pass each look recomputes")
  func outside() throws {
    let calls = Notes<Int>()
    let x = try leaf([2])
    let y = try checkpoint([x]) { x in
      calls.values.append(1)
      return try Cube.apply(x)
    }[0]
    let node = try #require(try y.gradFunction as? FunctionNode)
    for _ in 0..<2 { #expect(try node.context.savedTensors[0]?.numbers == [2]) }
    #expect(calls.values.count == 3)
  }

  /// A checkpoint whose function does something else the second time.
  private func changing(
    _ x: Tensor, with options: CheckpointOptions = CheckpointOptions(),
    _ first: @escaping (Tensor) throws -> Tensor, then second: @escaping (Tensor) throws -> Tensor
  ) throws -> Tensor {
    let calls = Notes<Int>()
    return try checkpoint([x], options) { x in
      calls.values.append(1)
      return [try calls.values.count == 1 ? first(x[0]) : second(x[0])]
    }[0].sum()
  }

  @Test("Fewer tensors, or more")
  func otherCount() throws {
    let x = try leaf([1, 2])
    let fewer = try changing(x, { try $0.exp().sin().exp() }, then: { try $0.exp() })
    #expect(
      words { try fewer.backward() }
        == "torch.utils.checkpoint: A different number of tensors was saved during the original "
        + "forward and recomputation.\nNumber of tensors saved during forward: 3\nNumber of tensors "
        + "saved during recomputation: 1.\n" + tip)
    let more = try changing(
      x, with: options(early: false), { try $0.exp() }, then: { try $0.exp().sin().exp() })
    #expect(
      words { try more.backward() }
        == "torch.utils.checkpoint: trying to save more tensors during recomputation than during the "
        + "original forward pass.\n" + tip)
    // Who stops early doesn't see them.
    try changing(x, { try $0.exp() }, then: { try $0.exp().sin().exp() }).backward()
  }

  @Test("Tensors of other shapes and dtypes")
  func otherMetadata() throws {
    let x = try leaf([1, 2])
    let other = { (x: Tensor) in try x.slice(end: 1).exp().to(dtype: .float64).sin() }
    let y = try changing(x, { try $0.exp().to(dtype: .float32).sin() }, then: other)
    #expect(
      words { try y.backward() }
        == "torch.utils.checkpoint: Recomputed values for the following tensors have different "
        + "metadata than during the forward pass.\ntensor at position 0:\nsaved metadata: {'shape': "
        + "torch.Size([2]), 'dtype': torch.float32, 'device': device(type='cpu')}\nrecomputed "
        + "metadata: {'shape': torch.Size([1]), 'dtype': torch.float32, 'device': "
        + "device(type='cpu')}\ntensor at position 1:\nsaved metadata: {'shape': torch.Size([2]), "
        + "'dtype': torch.float32, 'device': device(type='cpu')}\nrecomputed metadata: {'shape': "
        + "torch.Size([1]), 'dtype': torch.float64, 'device': device(type='cpu')}\n.\n" + tip)
    let unchecked = try changing(
      x, with: options(check: false), { try $0.exp() }, then: { try $0.slice(end: 1).exp() })
    try unchecked.backward()
    #expect(x.grad?.numbers == (try x.slice(end: 1).exp().expand([2])).numbers)
  }

  @Test("What the function throws the second time")
  func thrown() throws {
    struct Mine: Error, Equatable {}
    let y = try changing(leaf([1]), { try $0.exp() }, then: { _ in throw Mine() })
    let state = Generator.default.state
    #expect(throws: Mine()) { try y.backward() }
    #expect(Generator.default.state == state)
    #expect(SavedTensorHooks.current == nil)
    #expect(GradMode.isEnabled)
  }

  @Test("An input that was changed since")
  func changed() throws {
    let x = try leaf([1, 2])
    let y = try x * 1
    let z = try checkpoint([y]) { [try $0[0].exp()] }[0]
    try y.add_(1)
    #expect(
      words { try z.sum().backward() }
        == Words.changed("torch.FloatTensor [2]", by: "0 of Add", at: 1, expected: 0))
  }

  @Test("Where hooks for saved tensors are refused")
  func refused() throws {
    try SavedTensorHooks.disable("not here")
    defer { SavedTensorHooks.enable() }
    #expect(words { _ = try checkpoint([leaf([1])]) { [try $0[0].exp()] } } == "not here")
  }

  @Test("Transforms within the function")
  func transforms() throws {
    let x = try leaf([0.5, -1, 2, 0.3], [2, 2], .float64)
    let gradient = { (x: [Tensor]) in
      let rows = try Func.vmap([x[0].sin()]) { row in
        try Func.grad(row) { try ($0[0] * $0[0] * $0[0].exp()).sum() }
      }
      return [try rows[0].tanh()]
    }
    for early in [true, false] {
      let plain = try #require(try grad([gradient([x])[0].sum()], [x])[0])
      let calls = Notes<Int>()
      let y = try checkpoint([x], options(early: early)) { x in
        calls.values.append(1)
        return try gradient(x)
      }[0]
      try x.setGrad(nil)
      try y.sum().backward()
      #expect(x.grad?.numbers == plain.numbers)
      #expect(calls.values.count == 2)
    }
    try gradcheck([x]) { try checkpoint($0, CheckpointOptions(), gradient) }
  }

  @Test("Transforms of a function with a checkpoint")
  func underTransforms() throws {
    let x = try tensor([1, 2])
    let function = { (x: [Tensor]) in try checkpoint(x) { [try $0[0].exp().sum()] } }
    #expect(
      words { _ = try Func.grad([x]) { try function($0)[0] } }
        == "torch.func.{grad, vjp, jacrev, hessian} don't yet support saved tensor hooks. Please "
        + "open an issue with your use case.")
    #expect(
      words { _ = try Func.vmap([x], function) }
        == "You tried to vmap over _NoopSaveInputs, but it does not have vmap support. Please "
        + "override and implement the vmap staticmethod or set generate_vmap_rule=True. For more "
        + "details, please see https://pytorch.org/docs/main/notes/extending.func.html")
    // Without recording there is nothing to recompute.
    let values = try noGrad { try Func.vmap([x], function) }
    #expect(values[0].numbers == (try x.exp()).numbers)
  }

  @Test("Nothing is kept but inputs, and after the pass nothing")
  func lifetime() throws {
    weak var intermediate: Storage?
    weak var output: Tensor?
    let x = try leaf([1, 2])
    let run = { (passes: Bool) in
      let y = try checkpoint([x]) { x in
        let y = try x[0].exp()
        intermediate = y.array.storage
        return [try y.sin()]
      }[0]
      output = y
      #expect(intermediate == nil)
      if passes { try y.sum().backward(createGraph: true) }
      try x.setGrad(nil)
    }
    for passes in [false, true] {
      try run(passes)
      #expect(intermediate == nil)
      #expect(output == nil)
    }
  }

  @Test("A row of 50,000")
  func row() throws {
    let x = try leaf([0.5])
    do {
      var y = try x * 1
      for _ in 0..<50_000 {
        y = try checkpoint([y], options(random: false)) { [try $0[0].relu()] }[0]
      }
      try y.backward(retainGraph: true)
    }
    #expect(x.grad?.numbers == [1])
  }

  @Test("The most memory in use is that of the inputs and of one function")
  func memory() throws {
    let size = 1 << 16
    let bytes = 4 * size
    let x = Tensor(try NDArray.full([size], 0.5, .float32))
    try x.setRequiresGrad(true)
    let segment = { (x: [Tensor]) in
      var y = x[0]
      for _ in 0..<6 { y = try y.tanh() }
      return [y]
    }
    func peak(retains: Bool, _ wrap: (Tensor) throws -> Tensor) throws -> Int {
      try x.setGrad(nil)
      return try LiveBytes.peak {
        var y = x
        for _ in 0..<8 { y = try wrap(y) }
        try y.sum().backward(retainGraph: retains)
      }
    }
    let plain = try peak(retains: false) { try segment([$0])[0] }
    let gradient = x.grad?.numbers
    // Each result of 48 functions.
    #expect(plain >= 48 * bytes)
    for retains in [false, true] {
      let kept = try peak(retains: retains) {
        try checkpoint([$0], options(random: false), segment)[0]
      }
      #expect(x.grad?.numbers == gradient)
      // Eight outputs, six results of one segment, and the few that are being computed.
      #expect(kept <= 18 * bytes)
    }
  }
}
