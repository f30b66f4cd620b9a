import Apus
import Synchronization
import Testing

@testable import Autograd

@Suite("Passes within passes", .serialized)
struct ReentrantTests {
  @Test("A hook may run another pass, also into the same leaf")
  func inner() throws {
    let x = try leaf([1, 2])
    let y = try x * 2
    try y.registerHook { gradient in
      try enableGrad { try (x * x).sum().backward() }
      return nil
    }
    try y.sum().backward()
    #expect(x.grad?.numbers == [4, 6])
  }

  @Test("A hook may ask for gradients and use them")
  func innerGrad() throws {
    let x = try leaf([3], [])
    let y = try x * 2
    try y.registerHook { gradient in
      let inner = try enableGrad { try grad([x * x], [x])[0] }
      return try inner.map { try gradient * $0 }
    }
    try y.backward()
    #expect(x.grad?.numbers == [12])
  }

  @Test("A hook may run the same graph again")
  func sameGraph() throws {
    let x = try leaf([1, 2])
    let depth = Mutex(0)
    let y = try x * x
    let output = try y.sum()
    try y.registerHook { _ in
      let current = depth.withLock { depth in
        depth += 1
        return depth
      }
      if current < 3 { try output.backward(retainGraph: true) }
      return nil
    }
    try output.backward(retainGraph: true)
    #expect(x.grad?.numbers == [6, 12])
  }

  @Test("Passes nest thousands deep")
  func deep() throws {
    try onThreads(1, stackSize: 64 << 20) { _ in
      let x = try leaf([1])
      let depth = Mutex(0)
      @Sendable func next() throws {
        let y = try x * 1
        try y.registerHook { _ in
          let current = depth.withLock { depth in
            depth += 1
            return depth
          }
          if current < 5_000 { try enableGrad { try next() } }
          return nil
        }
        try y.backward()
      }
      try next()
      #expect(x.grad?.numbers == [5_000])
    }
  }

  @Test("An error within comes out, and leaves nothing behind")
  func errors() throws {
    let x = try leaf([1, 2])
    let y = try x * 2
    try y.registerHook { _ in
      try enableGrad {
        let z = try x * x
        try z.registerHook { _ in throw Boom() }
        try z.sum().backward()
      }
      return nil
    }
    #expect(throws: Boom.self) { try y.sum().backward() }
    #expect(GradMode.isEnabled && ThreadContext.current.passes.isEmpty)
    try (x * 3).sum().backward()
    #expect(x.grad?.numbers == [3, 3])
  }

  @Test("Callbacks run when the pass that they were queued in ends, whose gradients are there")
  func callbacks() throws {
    let events = Events()
    let x = try leaf([1, 2])
    let y = try x * 2
    try y.registerHook { _ in
      try Pass.queueCallback {
        events.note("outer \(x.grad?.numbers ?? [])")
        try Pass.queueCallback { events.note("queued by a callback") }
      }
      try enableGrad {
        let z = try x * 3
        try z.registerHook { _ in
          try Pass.queueCallback { events.note("inner \(x.grad?.numbers ?? [])") }
          return nil
        }
        try z.sum().backward()
      }
      events.note("after the inner pass")
      return nil
    }
    try y.sum().backward()
    #expect(
      events.all == [
        "inner [3.0, 3.0]", "after the inner pass", "outer [5.0, 5.0]", "queued by a callback",
      ])
  }

  @Test("An error of a callback comes out; outside of a pass none can be queued")
  func callbackErrors() throws {
    #expect(
      words { try Pass.queueCallback {} }
        == "Final callbacks can only be installed during backward pass.")
    let x = try leaf([1])
    try x.registerHook { _ in
      try Pass.queueCallback { throw Boom() }
      return nil
    }
    #expect(throws: Boom.self) { try x.backward() }
    #expect(ThreadContext.current.passes.isEmpty)
  }

  @Test("Passes of several threads with hooks that run passes")
  func threads() throws {
    let x = try leaf([1, 2])
    try onThreads(4) { _ in
      for _ in 0..<50 {
        let y = try x * 2
        try y.registerHook { _ in
          try enableGrad { try (x * 3).sum().backward() }
          return nil
        }
        try y.sum().backward()
      }
    }
    #expect(x.grad?.numbers == [1000, 1000])
  }
}

@Suite("Passes to tensors within")
struct InnerInputTests {
  @Test("The node of a tensor within runs too, as in PyTorch, and frees what it saved")
  func runsNode() throws {
    let events = Events()
    let x = try leaf([1, 2])
    let y = try x * x
    try y.gradFunction?.registerHook { inputs, _ in
      events.note("node")
      return nil
    }
    try (y * 3).sum().backward(inputs: [y])
    #expect(events.all == ["node"])
    #expect(y.grad?.numbers == [3, 3] && x.grad == nil)
    #expect(words { try y.sum().backward() } == Words.freed)
  }

  @Test("grad does not run it")
  func grads() throws {
    let x = try leaf([1, 2])
    let y = try x * x
    #expect(try grad([(y * 3).sum()], [y])[0]?.numbers == [3, 3])
    try y.sum().backward()
    #expect(x.grad?.numbers == [2, 4])
  }
}
