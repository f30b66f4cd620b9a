import Apus
import Synchronization
import Testing

@testable import Autograd

/// Notes what happens, in its order.
final class Events: Sendable {
  private let events = Mutex<[String]>([])
  func note(_ event: String) { events.withLock { $0.append(event) } }
  var all: [String] { events.withLock { $0 } }
}

/// An error of the program's own.
struct Boom: Error, CustomStringConvertible { let description = "boom" }

@Suite("Hooks on tensors")
struct HookTests {
  @Test("A hook sees the gradient, and what it returns takes its place; several chain in order")
  func chaining() throws {
    let events = Events()
    let x = try leaf([1, 2])
    let y = try x * 3
    try y.registerHook { gradient in
      events.note("\(gradient.numbers)")
      return try gradient * 2
    }
    try y.registerHook { gradient in
      events.note("\(gradient.numbers)")
      return nil
    }
    try y.registerHook { try $0 + 1 }
    try y.sum().backward()
    #expect(events.all == ["[1.0, 1.0]", "[2.0, 2.0]"])
    #expect(x.grad?.numbers == [9, 9])
  }

  @Test("The order of everything that sees a gradient")
  func order() throws {
    let events = Events()
    let x = try leaf([1, 2])
    let y = try x * 3
    try y.retainGrad()
    let node = try #require(try y.gradFunction)
    let sink = try gradientEdge(of: x).node
    node.registerHook { _, _ in
      events.note("posthook")
      return nil
    }
    node.registerPrehook { _ in
      events.note("prehook")
      return nil
    }
    try x.registerPostAccumulateGradHook { x in
      events.note("accumulated \(x.grad?.numbers ?? [])")
    }
    sink.registerPrehook { _ in
      events.note("accumulator's prehook")
      return nil
    }
    sink.registerHook { inputs, outputs in
      events.note("accumulator's posthook \(inputs.count) \(outputs.count)")
      return nil
    }
    try x.registerHook { _ in
      events.note("leaf \(x.grad?.numbers ?? [])")
      return nil
    }
    for number in [1, 2] {
      try y.registerHook { gradient in
        events.note("tensor \(number)")
        return try gradient * 2
      }
    }
    try y.sum().backward()
    #expect(
      events.all == [
        "tensor 1", "tensor 2", "prehook", "posthook", "leaf []", "accumulator's prehook",
        "accumulated [12.0, 12.0]", "accumulator's posthook 0 1",
      ])
    // It is kept as all hooks leave it, also those that were registered later.
    #expect(y.grad?.numbers == [4, 4])
  }

  @Test("A hook stays with the value that it was registered for")
  func inPlace() throws {
    let events = Events()
    let x = try leaf([1, 2])
    let y = try x * 1
    try y.registerHook { gradient in
      events.note("before \(gradient.numbers)")
      return nil
    }
    try y.mul_(3)
    try y.registerHook { gradient in
      events.note("after \(gradient.numbers)")
      return nil
    }
    try y.sum().backward()
    #expect(events.all == ["after [1.0, 1.0]", "before [3.0, 3.0]"])
  }

  @Test("A hook is called in every pass until it is removed, which may happen twice")
  func removal() throws {
    let events = Events()
    let x = try leaf([1, 2])
    let handle = try x.registerHook { _ in
      events.note("called")
      return nil
    }
    for _ in 0..<2 { try (x * 2).sum().backward() }
    handle.remove()
    handle.remove()
    try (x * 2).sum().backward()
    #expect(events.all.count == 2)
  }

  @Test("Hooks that are removed or registered while hooks run take effect with the next pass")
  func removalDuringPass() throws {
    let events = Events()
    let handles = Mutex<[HookHandle]>([])
    let x = try leaf([1, 2])
    try x.registerHook { _ in
      events.note("first")
      handles.withLock { $0 }.forEach { $0.remove() }
      try x.registerHook { _ in
        events.note("new")
        return nil
      }
      return nil
    }
    let handle = try x.registerHook { _ in
      events.note("second")
      return nil
    }
    handles.withLock { $0.append(handle) }
    try (x * 2).sum().backward()
    #expect(events.all == ["first", "second"])
    try (x * 2).sum().backward()
    #expect(events.all == ["first", "second", "first", "new"])
  }

  @Test("grad runs the hooks of what it is asked for, but not those after accumulation")
  func captured() throws {
    let events = Events()
    let x = try leaf([1, 2])
    try x.registerHook { gradient in
      events.note("hook")
      return try gradient * 10
    }
    try x.registerPostAccumulateGradHook { _ in events.note("accumulated") }
    #expect(try grad([(x * 2).sum()], [x])[0]?.numbers == [20, 20])
    #expect(events.all == ["hook"])
    // Where the node runs as well, PyTorch gives out what arrived.
    let y = try x * 2
    try y.registerHook { try $0 * 10 }
    let both = try grad([(y * 3).sum()], [y, x])
    #expect(both.map { $0?.numbers } == [[3, 3], [600, 600]])
  }

  @Test("Hooks of nodes that are not on the way are not called")
  func restricted() throws {
    let events = Events()
    let (x, w) = (try leaf([1, 2]), try leaf([3, 4]))
    let (a, b) = (try x * 2, try w * 2)
    for (tensor, name) in [(x, "x"), (w, "w"), (a, "a"), (b, "b")] {
      try tensor.registerHook { _ in
        events.note(name)
        return nil
      }
    }
    let output = try (a + b).sum()
    try output.backward(retainGraph: true, inputs: [x])
    #expect(events.all == ["a", "x"])
    #expect(w.grad == nil)
  }

  @Test("A hook after accumulation sees the gradient, may drop it, and is not called without one")
  func postAccumulate() throws {
    let events = Events()
    let x = try leaf([1, 2])
    let handle = try x.registerPostAccumulateGradHook { x in
      events.note("\(x.grad?.numbers ?? [])")
      try x.setGrad(nil)
    }
    let y = try x * 2
    try y.sum().backward()
    #expect(events.all == ["[2.0, 2.0]"] && x.grad == nil)
    try x.setRequiresGrad(false)
    try y.sum().backward()
    #expect(events.all.count == 1)
    try x.setRequiresGrad(true)
    handle.remove()
    try (x * 2).sum().backward()
    #expect(events.all.count == 1 && x.grad?.numbers == [2, 2])
  }

  @Test("Where hooks can't be registered")
  func refused() throws {
    let plain = try tensor([1])
    let none = "cannot register a hook on a tensor that doesn't require gradient"
    #expect(words { try plain.registerHook { _ in nil } } == none)
    #expect(
      words { try leaf([1]).detach().registerHook { _ in nil } } == none)
    #expect(
      words { try (leaf([1]) * 2).registerPostAccumulateGradHook { _ in } }
        == "post accumulate grad hooks cannot be registered on non-leaf tensors")
  }

  @Test("What a hook returns must fit")
  func misfits() throws {
    func message(_ hook: @escaping TensorHook) -> String {
      words {
        let y = try leaf([1, 2]) * 2
        try y.registerHook(name: "<lambda>", hook)
        try y.sum().backward()
      }
    }
    #expect(
      message { _ in try tensor([1, 2, 3]) } == "hook '<lambda>' has changed the size of value")
    #expect(
      message { try $0.to(dtype: .float64) }
        == "hook '<lambda>' has changed the type of value (was torch.FloatTensor got "
        + "torch.DoubleTensor)")
    // The type comes first.
    #expect(
      message { _ in try tensor([1, 2, 3], nil, .float64) }
        == "hook '<lambda>' has changed the type of value (was torch.FloatTensor got "
        + "torch.DoubleTensor)")
  }

  @Test("An error of a hook comes out of the pass as it is, and stops it")
  func errors() throws {
    let x = try leaf([1, 2])
    for register: (Tensor) throws -> Void in [
      { try $0.registerHook { _ in throw Boom() } },
      { try $0.gradFunction?.registerPrehook { _ in throw Boom() } },
      { try $0.gradFunction?.registerHook { _, _ in throw Boom() } },
    ] {
      let y = try x * 2
      try register(y)
      #expect(throws: Boom.self) { try y.sum().backward() }
      #expect(GradMode.isEnabled && x.grad == nil)
    }
    try x.registerPostAccumulateGradHook { _ in throw Boom() }
    #expect(throws: Boom.self) { try (x * 2).sum().backward() }
    #expect(x.grad?.numbers == [2, 2])
  }

  @Test("Recording is off in a hook unless the pass is recorded")
  func recording() throws {
    let events = Events()
    let x = try leaf([1, 2])
    try x.registerHook { _ in
      events.note("\(GradMode.isEnabled)")
      return nil
    }
    try (x * 2).sum().backward()
    try (x * 2).sum().backward(createGraph: true)
    #expect(events.all == ["false", "true"])
  }
}
