import Apus
import Testing

@testable import Arrays
@testable import Autograd
@testable import Operators

/// Remembers objects without keeping them.
private struct Watched {
  private struct Reference { weak var object: AnyObject? }
  private var references: [Reference] = []

  mutating func watch(_ object: AnyObject?) { references.append(Reference(object: object)) }
  mutating func watch(_ tensor: Tensor?) throws {
    watch(tensor as AnyObject?)
    watch(tensor?.array.storage as AnyObject?)
    watch(try tensor?.gradFunction as AnyObject?)
  }
  var alive: Int { references.count { $0.object != nil } }
  var count: Int { references.count }
}

@Suite("Nothing is kept longer than it is used")
struct LifetimeTests {
  @Test("A graph and its tensors, with or without a pass")
  func plain() throws {
    var watched = Watched()
    for runs in [false, true] {
      let x = try leaf([1, 2])
      try watched.watch(x)
      let y = try x * x
      try watched.watch(y)
      let z = try y.exp()
      try watched.watch(z)
      let s = try z.sum()
      try watched.watch(s)
      if runs { try s.backward(retainGraph: true) }
      try watched.watch(x.grad)
    }
    #expect(watched.count > 12)
    #expect(watched.alive == 0)
  }

  @Test("A gradient whose graph leads back to its leaf")
  func gradientGraph() throws {
    var watched = Watched()
    do {
      let x = try leaf([1, 2])
      try watched.watch(x)
      try (x * x * x).sum().backward(createGraph: true)
      try watched.watch(x.grad)
      let first = try #require(x.grad)
      let twice = try #require(try grad([first.sum()], [x], createGraph: true)[0])
      try x.setGrad(twice)
      try watched.watch(x.grad)
      #expect(watched.alive > 3)
    }
    #expect(watched.alive == 0)
  }

  @Test("A result that its own node saved")
  func savedResult() throws {
    var watched = Watched()
    do {
      let y = try leaf([1, 2]).exp()
      try watched.watch(y)
      let z = try (y * y).tanh()
      try watched.watch(z)
    }
    #expect(watched.alive == 0)
  }

  @Test("Views, and tensors that were changed in place")
  func inPlace() throws {
    var watched = Watched()
    do {
      let x = try leaf([1, 2, 3])
      try watched.watch(x)
      let y = try x * 2
      let view = try y.slice(end: 2)
      try watched.watch(view)
      try view.mul_(tensor([2, 3]))
      try watched.watch(view)
      try watched.watch(y)
      try y.exp_()
      try watched.watch(y)
      try watched.watch(view)
      let buffer = try tensor([0, 0])
      try buffer.select(dim: 0, index: 0).copy_(y.sum())
      try watched.watch(buffer)
      try buffer.sum().backward(createGraph: true)
      try watched.watch(x.grad)
    }
    #expect(watched.alive == 0)
  }

  @Test("Tensors that retain their gradient")
  func retained() throws {
    var watched = Watched()
    do {
      let x = try leaf([1, 2])
      let y = try x * x
      try y.retainGrad()
      try (y * y).sum().backward(createGraph: true)
      try watched.watch(x)
      try watched.watch(y)
      try watched.watch(y.grad)
    }
    #expect(watched.alive == 0)
  }

  @Test("What was saved goes with the pass, unless it is kept")
  func savedTensors() throws {
    let x = try leaf([1, 2])
    let outputs = try [false, true].map { keeps in
      let y = try x * 2
      weak let storage = y.array.storage
      let output = try { try (y * y).sum() }()
      return (output, { storage != nil }, keeps)
    }
    for (output, isAlive, keeps) in outputs {
      #expect(isAlive())
      try output.backward(retainGraph: keeps)
      #expect(isAlive() == keeps)
    }
  }

  @Test("An intermediate that nobody saved is gone at once")
  func intermediates() throws {
    let x = try leaf([1, 2])
    weak var storage: Storage?
    let output = try {
      let y = try x + 1
      storage = y.array.storage
      return try (y + 1).sum()
    }()
    #expect(storage == nil)
    try output.backward()
    #expect(x.grad?.numbers == [1, 1])
  }

  @Test("A leaf that is gone before the pass")
  func goneLeaf() throws {
    weak var gone: Tensor?
    let y = try leaf([3, 4])
    let output = try {
      let x = try leaf([1, 2])
      gone = x
      return try (x * x * y).sum()
    }()
    #expect(gone == nil)
    try output.backward()
    #expect(y.grad?.numbers == [1, 4])
  }

  @Test("A pass that fails keeps nothing")
  func failure() throws {
    var watched = Watched()
    do {
      let x = try leaf([1, 2])
      let y = try x * 2
      let z = try y * y
      try y.zero_()
      #expect(words { try z.sum().backward() } != "no error")
      for tensor in [x, y, z] { try watched.watch(tensor) }
    }
    #expect(watched.alive == 0)
  }
}
