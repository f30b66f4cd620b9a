import Apus
import Testing

@testable import Arrays
@testable import Autograd
@testable import Operators

@Suite("Custom functions keep nothing longer than it is used")
struct FunctionLifetimeTests {
  private final class Watched {
    private struct Reference { weak var object: AnyObject? }
    private var references: [Reference] = []
    func watch(_ object: AnyObject?) { references.append(Reference(object: object)) }
    var alive: Int { references.count { $0.object != nil } }
    var count: Int { references.count }
  }

  @Test("An output that its own node saved, with and without a pass, and with hooks")
  func savedOutput() throws {
    let watched = Watched()
    final class Box { let tensor: Tensor; init(_ tensor: Tensor) { self.tensor = tensor } }
    let hooks = SavedTensorHooks(
      pack: { Box($0) },
      unpack: { object in
        let box = try #require(object as? Box)
        return box.tensor
      })
    for runs in [false, true] {
      for packs in [false, true] {
        let x = try leaf([1, 2])
        let make = { try MyExp.apply([x])[0] }
        let y = packs ? try hooks.during(make) : try make()
        watched.watch(y)
        watched.watch(y.array.storage)
        watched.watch(try y.gradFunction)
        if runs { try y.sum().backward(createGraph: true) }
        watched.watch(x.grad)
        try x.setGrad(nil)
      }
    }
    #expect(watched.count == 16)
    #expect(watched.alive == 0)
  }

  @Test("A changed view that its own node saved")
  func savedView() throws {
    let watched = Watched()
    let a = function(
      forward: { context, x in
        try x[0].mul_(2)
        context.markDirty(x)
        context.saveForBackward(x)
        return x
      }, backward: { $1 })
    do {
      let y = try leaf([1, 2]) * 1
      let view = try y.slice(end: 1)
      _ = try call(a, view)
      watched.watch(y)
      watched.watch(view)
      watched.watch(try y.gradFunction)
      watched.watch(try view.gradFunction)
    }
    #expect(watched.alive == 0)
  }

  @Test("What forward marked is let go with the call, and what it saved with the pass")
  func marked() throws {
    let x = try leaf([1, 2])
    weak var constant: Storage?
    let a = function(
      forward: { context, x in
        let mask = try x[0] * 3
        constant = mask.array.storage
        context.saveForBackward([mask])
        let other = try x[0] * 2
        context.markNonDifferentiable([other])
        return [try x[0] * 1, other]
      }, backward: { [$1[0]] })
    let y = try {
      let outputs = try a.apply([x])
      weak let other = outputs[1]
      #expect(other != nil)
      return outputs[0]
    }()
    #expect(constant != nil)
    try y.sum().backward()
    #expect(constant == nil)
  }

  @Test("A context without its node")
  func contextAlone() throws {
    let contexts = Notes<FunctionContext>()
    let a = function(
      forward: { context, x in
        contexts.values.append(context)
        context.saveForBackward(x)
        return [try x[0] * 1]
      }, backward: { $1 })
    do { _ = try call(a, leaf([1, 2])) }
    #expect(try contexts.values[0].savedTensors.isEmpty)
  }

  @Test("A chain of 200,000, each of which saved its input")
  func chain() throws {
    let a = function(
      forward: { context, x in
        context.saveForBackward(x)
        return [try x[0] * 1]
      },
      backward: { $1 })
    let x = try leaf([1])
    do {
      var y = try x * 1
      for _ in 0..<200_000 { y = try call(a, y) }
      try y.backward(retainGraph: true)
      #expect(x.grad?.numbers == [1])
    }
    #expect(x.grad != nil)
  }
}
