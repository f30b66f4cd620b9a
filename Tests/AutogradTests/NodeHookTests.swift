import Apus
import Testing

@testable import Autograd

@Suite("Hooks on nodes")
struct NodeHookTests {
  @Test("A prehook replaces the gradients of results, a posthook those of arguments")
  func replacement() throws {
    let (x, w) = (try leaf([1, 2]), try leaf([3, 4]))
    let y = try x * w
    let node = try #require(try y.gradFunction)
    node.registerPrehook { outputs in
      try outputs.map { try $0.map { try $0 * 10 } }
    }
    let events = Events()
    node.registerHook { inputs, outputs in
      events.note("\(inputs.map { $0?.numbers ?? [] }) \(outputs.map { $0?.numbers ?? [] })")
      return [inputs[0], try inputs[1].map { try $0 * 2 }]
    }
    try y.sum().backward()
    #expect(events.all == ["[[30.0, 40.0], [10.0, 20.0]] [[10.0, 10.0]]"])
    #expect(x.grad?.numbers == [30, 40])
    #expect(w.grad?.numbers == [20, 40])
  }

  @Test("A posthook sees gradients as the arguments are: sizes and dtype")
  func fitted() throws {
    let (x, w) = (try leaf([1, 2, 3, 4], [2, 2], .float64), try leaf([3, 4]))
    let y = try x + w
    let events = Events()
    try y.gradFunction?.registerHook { inputs, _ in
      events.note(inputs.compactMap { $0?.description }.joined(separator: " "))
      return nil
    }
    try y.sum().backward()
    #expect(
      events.all == [
        "tensor([[1., 1.],\n        [1., 1.]], dtype=torch.float64) tensor([2., 2.])"
      ])
  }

  @Test("What is returned must be of the same number, sizes and types, and not in place of nothing")
  func misfits() throws {
    let x = try leaf([1, 2])
    func message(_ plain: Tensor, _ hook: @escaping PostHook) -> String {
      words {
        let y = try x * plain
        try y.gradFunction?.registerHook(name: "<lambda>", hook)
        try y.sum().backward()
      }
    }
    let w = try leaf([3, 4])
    #expect(
      message(w) { inputs, _ in [inputs[0]] }
        == "hook '<lambda>' has returned an incorrect number of values (got 1, but expected 2)")
    #expect(
      message(w) { inputs, _ in [try tensor([1, 2, 3]), inputs[1]] }
        == "hook '<lambda>' has changed the size of value")
    #expect(
      message(w) { inputs, _ in [try inputs[0]?.to(dtype: .float64), inputs[1]] }
        == "hook '<lambda>' has changed the type of value (was torch.FloatTensor got "
        + "torch.DoubleTensor)")
    #expect(
      message(try tensor([3, 4])) { inputs, _ in [inputs[0], inputs[0]] }
        == "can't replace a None gradient with a non-None value")
    #expect(
      words {
        let y = try x * w
        try y.gradFunction?.registerPrehook(name: "<lambda>") { outputs in outputs + outputs }
        try y.sum().backward()
      } == "hook '<lambda>' has returned an incorrect number of values (got 2, but expected 1)")
  }

  @Test("An argument that needs no gradient has none, and a replacement may be nothing")
  func missing() throws {
    let x = try leaf([1, 2])
    let y = try x * tensor([3, 4])
    let events = Events()
    try y.gradFunction?.registerHook { inputs, _ in
      events.note("\(inputs.map { $0 != nil })")
      return [nil, nil]
    }
    try y.sum().backward()
    #expect(events.all == ["[true, false]"])
    #expect(x.grad == nil)
  }

  @Test("Hooks of nodes that nothing arrives at are called with nothing")
  func nothingArrives() throws {
    let x = try leaf([1, 2])
    let y = try x * 2
    let z = try y * 3
    let events = Events()
    try z.gradFunction?.registerHook { inputs, _ in inputs.map { _ in nil } }
    try y.gradFunction?.registerPrehook { outputs in
      events.note("prehook \(outputs.map { $0 != nil })")
      return nil
    }
    try y.gradFunction?.registerHook { inputs, outputs in
      events.note("posthook \(inputs.map { $0 != nil }) \(outputs.map { $0 != nil })")
      return nil
    }
    try z.sum().backward()
    #expect(events.all == ["prehook [false]", "posthook [false] [false]"])
    #expect(x.grad == nil)
  }

  @Test("They can be removed")
  func removal() throws {
    let events = Events()
    let y = try leaf([1, 2]) * 2
    let node = try #require(try y.gradFunction)
    let handles = [
      node.registerPrehook { _ in
        events.note("prehook")
        return nil
      },
      node.registerHook { _, _ in
        events.note("posthook")
        return nil
      },
    ]
    let output = try y.sum()
    try output.backward(retainGraph: true)
    handles.forEach { $0.remove() }
    try output.backward()
    #expect(events.all == ["prehook", "posthook"])
  }

  @Test("A node has room for what the program keeps with it")
  func metadata() throws {
    let y = try leaf([1, 2]) * 2
    let events = Events()
    try y.gradFunction?.metadata = events
    #expect(try y.gradFunction?.metadata === events)
  }
}

@Suite("Hooks on several tensors")
struct MultiGradHookTests {
  @Test("Called once all gradients of a pass have arrived, with those that there are")
  func all() throws {
    let events = Events()
    let (a, b, c) = (try leaf([1]), try leaf([2]), try leaf([3]))
    let handle = try registerMultiGradHook([a, b, c]) { gradients in
      events.note("\(gradients.map { $0?.numbers })")
    }
    try (a * 2 + b * 3 + c * 4).sum().backward()
    try (a * c).sum().backward()
    _ = try grad([(a * b).sum()], [b])
    #expect(
      events.all == [
        "[Optional([2.0]), Optional([3.0]), Optional([4.0])]",
        "[Optional([3.0]), nil, Optional([1.0])]", "[nil, Optional([1.0]), nil]",
      ])
    handle.remove()
    try (a * b * c).sum().backward()
    #expect(events.all.count == 3)
  }

  @Test("Called with the first gradient of a pass")
  func any() throws {
    let events = Events()
    let (a, b) = (try leaf([1]), try leaf([2]))
    let (x, y) = (try a * 2, try b * 2)
    try registerMultiGradHook([x, y, tensor([1])], .any) { gradients in
      events.note("\(gradients.map { $0?.numbers ?? [] })")
    }
    let output = try (x * 3 + y * 5).sum()
    try output.backward(retainGraph: true)
    try output.backward(inputs: [a])
    #expect(events.all == ["[[5.0]]", "[[3.0]]"])
  }

  @Test("A result of several that no gradient arrives at counts as nothing")
  func missing() throws {
    let events = Events()
    let parts = try (leaf([1, 2]) * 1).unbind()
    try registerMultiGradHook(parts) { gradients in
      events.note("\(gradients.map { $0 != nil })")
    }
    try parts[1].backward()
    #expect(events.all == ["[false, true]"])
  }

  @Test("All must require a gradient, and there are two modes")
  func errors() throws {
    let events = Events()
    let x = try leaf([1])
    #expect(
      words { try registerMultiGradHook([x, tensor([1])]) { _ in events.note("called") } }
        == "cannot register a hook on a tensor that doesn't require gradient")
    try x.sum().backward()
    #expect(events.all == [])
    #expect(try MultiGradMode("any") == .any)
    #expect(
      words { _ = try MultiGradMode("some") }
        == "Expects mode to be one of ('all', 'any') but got some")
    try registerMultiGradHook([x]) { _ in throw Boom() }
    #expect(throws: Boom.self) { try x.sum().backward() }
  }
}
