import Apus
import Synchronization
import Testing

@testable import Arrays
@testable import Autograd
@testable import Operators

/// Notes the order in which gradients pass.
private final class Log: Sendable {
  private let names = Mutex<[String]>([])
  func note(_ name: String) { names.withLock { $0.append(name) } }
  var all: [String] { names.withLock { $0 } }
}

/// The identity, which says when its derivative is worked out.
private func marked(_ x: Tensor, _ name: String, _ log: Log) throws -> Tensor {
  let mark = Operator<Void>(
    "mark(Tensor self) -> Tensor", "The identity.",
    forward: .one { x, _, _ in try x.copied() },
    derivative: .of(
      .linear { gradient, _ in
        log.note(name)
        return gradient
      }), samples: [])
  return try mark(x, ())
}

@Suite("The order of the backward pass")
struct OrderTests {
  @Test("The node created last runs first")
  func latestFirst() throws {
    let log = Log()
    let x = try leaf([1, 2])
    let a = try marked(x, "a", log)
    let b = try marked(x, "b", log)
    let c = try marked(a + b, "c", log)
    try marked(c, "d", log).sum().backward()
    #expect(log.all == ["d", "c", "b", "a"])
  }

  @Test("Whatever the order of the arguments")
  func argumentOrder() throws {
    let log = Log()
    let x = try leaf([1, 2])
    let b = try marked(x, "b", log)
    let a = try marked(x, "a", log)
    try marked(a + b, "c", log).sum().backward()
    #expect(log.all == ["c", "a", "b"])
  }

  @Test("A node runs once, after all that send to it")
  func once() throws {
    let log = Log()
    let x = try leaf([1, 2])
    let shared = try marked(x, "shared", log)
    let late = try marked(shared, "late", log)
    let later = try marked(late, "later", log)
    try (shared + late + later).sum().backward()
    #expect(log.all == ["later", "late", "shared"])
    #expect(x.grad?.numbers == [3, 3])
  }

  @Test("Only nodes on the way to the inputs run")
  func needed() throws {
    let log = Log()
    let (x, y) = (try leaf([1, 2]), try leaf([1, 2]))
    let a = try marked(x, "a", log)
    let b = try marked(y, "b", log)
    let output = try marked(a * b, "product", log).sum()
    _ = try grad([output], [a], retainGraph: true)
    try output.backward(inputs: [y])
    #expect(log.all == ["product", "product", "b"])
  }

  @Test("A gradient that nobody sends is not waited for")
  func missingGradient() throws {
    let x = try leaf([1, 2, 3])
    let parts = try Twice.several(x)
    try (parts[0] * 2).sum().backward()
    #expect(x.grad?.numbers == [2, 2, 2])
  }
}

/// Two copies of which each has a gradient of its own.
private enum Twice {
  static func several(_ x: Tensor) throws -> [Tensor] {
    try Operator<Void>(
      "twice(Tensor self) -> Tensor[]", "Two copies.",
      forward: .several { x, _ in [try x.copied(), try x.copied()] },
      derivative: .joint(saving: []) { context, _ in
        let present = context.gradients.compactMap { $0 }
        var sum = try present.first ?? context.gradient
        for gradient in present.dropFirst() { sum = try sum + gradient }
        return Gradients(sum)
      }, samples: []
    ).several(x, ())
  }
}
