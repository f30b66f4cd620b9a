import Apus
import Testing

@testable import Autograd
@testable import Operators

/// A box that a hook packs something into.
private final class Box {
  let tensor: Tensor
  init(_ tensor: Tensor) { self.tensor = tensor }
}

private func unbox(_ packed: AnyObject) throws -> Tensor {
  guard let box = packed as? Box else { throw Boom() }
  return box.tensor
}

/// Runs `body` with hooks in force.
private func withHooks<Result>(
  _ pack: @escaping (Tensor) throws -> AnyObject, _ unpack: @escaping (AnyObject) throws -> Tensor,
  _ body: () throws -> Result
) throws -> Result {
  try SavedTensorHooks(pack: pack, unpack: unpack).push()
  defer { SavedTensorHooks.pop() }
  return try body()
}

@Suite("Hooks on saved tensors")
struct SavedTensorHookTests {
  @Test("Every saved tensor is packed, and unpacked once for each use")
  func packing() throws {
    let events = Events()
    let x = try leaf([1, 2])
    let output = try withHooks {
      events.note("pack \($0 === x) \($0.numbers)")
      return Box($0)
    } _: {
      events.note("unpack")
      return try unbox($0)
    } _: {
      try (x * x).sum()
    }
    #expect(events.all == ["pack true [1.0, 2.0]", "pack true [1.0, 2.0]"])
    try output.backward(retainGraph: true)
    #expect(events.all.count == 4)
    try output.backward()
    #expect(events.all.count == 6)
    #expect(x.grad?.numbers == [4, 8])
    #expect(words { try output.backward() } == Words.freed)
  }

  @Test("What unpacking returns is what is used")
  func replaced() throws {
    let x = try leaf([1, 2])
    let y = try withHooks({ Box(try $0 * 10) }, unbox) { try x * x }
    try y.sum().backward()
    #expect(x.grad?.numbers == [20, 40])
  }

  @Test("Only the innermost pair is called, and it ends with its scope")
  func innermost() throws {
    let events = Events()
    let x = try leaf([1, 2])
    func noting(_ name: String, _ body: () throws -> Void) throws {
      try withHooks(
        { tensor in
          events.note(name)
          return Box(tensor)
        }, unbox, body)
    }
    try noting("outer") {
      _ = try x.exp()
      try noting("inner") { _ = try x.exp() }
      _ = try x.exp()
    }
    _ = try x.exp()
    #expect(events.all == ["outer", "inner", "outer"])
  }

  @Test("What a hook computes is neither recorded nor packed")
  func within() throws {
    let events = Events()
    let x = try leaf([1, 2])
    _ = try withHooks { tensor in
      let copy = try tensor * tensor
      events.note("\(copy.requiresGrad)")
      return Box(copy)
    } _: {
      try unbox($0)
    } _: {
      try x.exp()
    }
    #expect(events.all == ["false"])
  }

  @Test("Double backward goes through packed tensors")
  func secondOrder() throws {
    let x = try leaf([0.5, 1.5], nil, .float64)
    try withHooks({ Box($0) }, unbox) {
      try gradgradcheck([x]) { [try $0[0].exp() * $0[0] * $0[0].sin()] }
    }
  }

  @Test("Packed tensors may be changed, which nobody checks")
  func changed() throws {
    let x = try leaf([1, 2])
    let y = try withHooks({ Box(try $0.clone()) }, unbox) { try x.exp() }
    let before = y.numbers
    try y.mul_(0)
    try y.sum().backward()
    #expect(x.grad?.numbers == [0, 0])
    try x.setGrad(nil)
    let z = try withHooks({ Box(try $0.clone()) }, unbox) { try x.exp() }
    let output = try z.sum()
    try noGrad { _ = try z.zero_() }
    try output.backward()
    #expect(x.grad?.numbers == before)
  }

  @Test("A pack hook may not change what it is given")
  func inPlace() throws {
    let x = try leaf([1, 2])
    #expect(
      words {
        _ = try withHooks({ Box(try $0.add_(1)) }, unbox) { try x.exp() }
      }
        == "A saved tensor pack hook is modifying its input in place. Tensors provided as input to "
        + "pack hook cannot be modified by in-place operations as this can lead to unexpected "
        + "side-effects. Please open an issue if you need to perform in-place operations on the "
        + "input to a pack hook.")
    #expect(Modes.areOff && GradMode.isEnabled)
  }

  @Test("Errors of hooks come out as they are")
  func errors() throws {
    let x = try leaf([1, 2])
    #expect(throws: Boom.self) {
      try withHooks({ _ in throw Boom() }, unbox) { try x.exp() }
    }
    let y = try withHooks({ Box($0) }, { _ in throw Boom() }) { try x.exp() }
    #expect(throws: Boom.self) { try y.sum().backward() }
  }

  @Test("Hooks may be forbidden")
  func disabled() throws {
    try SavedTensorHooks.disable("not here")
    let x = try leaf([1, 2])
    #expect(words { _ = try withHooks({ Box($0) }, unbox) { try x.exp() } } == "not here")
    SavedTensorHooks.enable()
    try withHooks({ Box($0) }, unbox) {
      #expect(words { try SavedTensorHooks.disable("nor here") } == "nor here")
    }
    _ = try withHooks({ Box($0) }, unbox) { try x.exp() }
  }

  @Test("Hooks of one saved tensor")
  func single() throws {
    let x = try leaf([1, 2])
    let y = try x * x
    let node = try #require(try y.gradFunction as? OperatorNode)
    let events = Events()
    try node.registerHooks(onSaved: .x) { tensor in
      events.note("pack \(tensor.numbers)")
      return Box(try tensor * 100)
    } unpack: {
      events.note("unpack")
      return try unbox($0)
    }
    #expect(events.all == ["pack [1.0, 2.0]"])
    try y.sum().backward()
    #expect(events.all.last == "unpack")
    // 100 x + x
    #expect(x.grad?.numbers == [101, 202])
  }

  @Test("Hooks of one saved tensor: twice, of nothing, too late, in place")
  func singleErrors() throws {
    let x = try leaf([1, 2])
    let y = try x * tensor([3, 4])
    let node = try #require(try y.gradFunction as? OperatorNode)
    func message(_ slot: Slots, _ pack: @escaping (Tensor) throws -> Tensor = { $0 }) -> String {
      words { try node.registerHooks(onSaved: slot, pack: { Box(try pack($0)) }, unpack: unbox) }
    }
    #expect(
      message(.x) == "Calling register_hooks on a saved tensor with value None is forbidden")
    #expect(
      message(.y) { try $0.add_(1) }
        == "A saved tensor pack hook is modifying its input in place. Tensors provided as input to "
        + "pack hook cannot be modified by in-place operations as this can lead to unexpected "
        + "side-effects. Please open an issue if you need to perform in-place operations on the "
        + "input to a pack hook.")
    let z = try x.exp()
    let other = try #require(try z.gradFunction as? OperatorNode)
    try other.registerHooks(onSaved: .result, pack: { Box($0) }, unpack: unbox)
    #expect(
      words { try other.registerHooks(onSaved: .result, pack: { Box($0) }, unpack: unbox) }
        == "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only "
        + "one pair of hooks is allowed at a time.")
    try z.sum().backward()
    #expect(
      words { try other.registerHooks(onSaved: .result, pack: { Box($0) }, unpack: unbox) }
        == "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate "
        + "values of the graph are freed when you call .backward() or autograd.grad(). Specify "
        + "retain_graph=True if you need to backward through the graph a second time or if you "
        + "need to access saved variables after calling backward.")
  }
}

@Suite("Changing saved tensors where that is allowed")
struct SavedTensorsGuardTests {
  @Test("Nodes use what was saved")
  func copies() throws {
    let x = try leaf([1, 2])
    try allowMutationOnSavedTensors {
      let y = try x * 1
      let z = try y * y
      try y.zero_()
      try y.add_(5)
      try z.sum().backward()
      #expect(x.grad?.numbers == [2, 4])
      try x.setGrad(nil)
      let own = try x * 1
      try own.mul_(own)
      try own.sum().backward()
      #expect(x.grad?.numbers == [2, 4])
    }
  }

  @Test("Also through views, detached tensors and data, and results")
  func aliases() throws {
    let x = try leaf([1, 2])
    for change: (Tensor) throws -> Void in [
      { try $0.slice(end: 1).zero_() }, { try $0.detach().zero_() },
      { try $0.variableData.zero_() }, { y in try noGrad { _ = try y.copy_(tensor([7, 8])) } },
    ] {
      try allowMutationOnSavedTensors {
        try x.setGrad(nil)
        let y = try x.square()
        let output = try y.square().sum()
        try change(y)
        try output.backward()
        #expect(x.grad?.numbers == [4, 32])
      }
    }
  }

  @Test("Not nested, and not run outside")
  func errors() throws {
    let x = try leaf([1, 2])
    let y = try allowMutationOnSavedTensors { try x.exp() }
    #expect(
      words { try y.sum().backward() }
        == "Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin which "
        + "the graph was originally recorded.")
    #expect(
      words { try allowMutationOnSavedTensors { try allowMutationOnSavedTensors {} } }
        == "allow_mutation_on_saved_tensors contexts cannot be nested")
    #expect(Modes.areOff)
  }
}
