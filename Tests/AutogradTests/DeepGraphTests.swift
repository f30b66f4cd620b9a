import Apus
import Glibc
import Testing

@testable import Autograd

/// Runs `body` on a thread with a stack of 256 KB, where a recursion of some thousands of calls
/// would crash.
private func onSmallStack(_ body: @escaping @Sendable () throws -> Void) throws {
  try onThreads(1, stackSize: 256 << 10) { _ in try body() }
}

@Suite("Graphs of a million nodes", .serialized)
struct DeepGraphTests {
  @Test("A chain is built, run and released")
  func chain() throws {
    try onSmallStack {
      let x = try leaf([1])
      var y = x
      for _ in 0..<1_000_000 { y = try y + x }
      try y.backward()
      #expect(x.grad?.numbers == [1_000_001])
    }
  }

  @Test("A chain that saves its results, released without being run")
  func chainOfSavedTensors() throws {
    try onSmallStack {
      let x = try leaf([0.5])
      weak var last: Node?
      do {
        var y = try x * x
        for _ in 0..<300_000 { y = try y.sin() * y }
        last = try y.gradFunction
        #expect(last != nil)
      }
      #expect(last == nil)
    }
  }

  @Test("The graph of a gradient is as deep again")
  func secondOrder() throws {
    try onSmallStack {
      let x = try scalarLeaf(1, .float64)
      var y = try x * 1
      for _ in 0..<100_000 { y = try y * x }
      let first = try #require(try grad([y], [x], createGraph: true)[0])
      #expect(first.numbers == [100_001])
      try first.backward()
      #expect(x.grad?.numbers == [100_001 * 100_000])
    }
  }

  @Test("A chain of changes in place, through a view too")
  func inPlace() throws {
    try onSmallStack {
      let x = try leaf([1, 1])
      let y = try x * 1
      for _ in 0..<200_000 { try y.add_(x) }
      try y.sum().backward()
      #expect(x.grad?.numbers == [200_001, 200_001])
      let z = try x * 1
      let view = try z.slice(end: 1)
      for _ in 0..<50_000 { try view.add_(1) }
      try z.sum().backward()
      #expect(x.grad?.numbers == [200_002, 200_002])
    }
  }

  @Test("A leaf that a million operations use, whose results one takes in")
  func fanIn() throws {
    try onSmallStack {
      let x = try leaf([2])
      let parts = try (0..<1_000_000).map { _ in try x * 3 }
      try Tensor.cat(parts).sum().backward()
      #expect(x.grad?.numbers == [3_000_000])
    }
  }

  @Test("A tensor within that a million operations use")
  func innerFanIn() throws {
    try onSmallStack {
      let x = try leaf([2])
      let y = try x * 1
      let parts = try (0..<1_000_000).map { _ in try y * 3 }
      try Tensor.cat(parts).sum().backward()
      #expect(x.grad?.numbers == [3_000_000])
    }
  }

  @Test("A chain whose gradient is asked for in the middle")
  func restricted() throws {
    try onSmallStack {
      let x = try leaf([1])
      var y = try x * 1
      var middle = y
      for i in 0..<200_000 {
        y = try y * 1
        if i == 100_000 { middle = y }
      }
      #expect(try grad([y], [middle])[0]?.numbers == [1])
      // The first half has not been run.
      try middle.backward()
      #expect(x.grad?.numbers == [1])
    }
  }
}
