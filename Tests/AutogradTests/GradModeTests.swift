import Apus
import Synchronization
import Testing

@testable import Autograd

@Suite("Grad modes")
struct GradModeTests {
  @Test("They nest and are restored, also after an error")
  func nesting() throws {
    #expect(GradMode.isEnabled)
    noGrad {
      #expect(!GradMode.isEnabled)
      enableGrad { #expect(GradMode.isEnabled) }
      #expect(!GradMode.isEnabled)
    }
    #expect(GradMode.isEnabled)
    _ = words { try noGrad { throw TensorError.freedGraph } }
    #expect(GradMode.isEnabled)
  }

  @Test("A failing backward pass leaves recording on")
  func afterFailure() throws {
    let y = try (leaf([1, 2]) * leaf([3, 4])).sum()
    try y.backward()
    #expect(words { try y.backward() } == Words.freed)
    #expect(GradMode.isEnabled)
  }

  @Test("A new thread records, whatever others do")
  func perThread() throws {
    let seen = Mutex<[Bool]>([])
    try noGrad {
      try onThreads(2) { _ in
        seen.withLock { $0.append(GradMode.isEnabled) }
        GradMode.isEnabled = false
      }
      #expect(!GradMode.isEnabled)
    }
    #expect(seen.withLock { $0 } == [true, true])
    #expect(GradMode.isEnabled)
  }

  @Test("Without recording nothing is kept")
  func nothingKept() throws {
    let x = try leaf([1, 2])
    let y = try noGrad { try x * 2 }
    #expect(y.description == "tensor([2., 4.])")
    #expect(try y.gradFunction == nil)
    #expect(try enableGrad { try noGrad { try enableGrad { try x * 2 } } }.requiresGrad)
  }
}

@Suite("What grad modes leave alone")
struct GradModeLimitTests {
  @Test("A leaf may be made and asked for a gradient without recording")
  func leaves() throws {
    let x = try noGrad { try leaf([1, 2]) }
    #expect(x.requiresGrad)
    try (x * 2).sum().backward()
    #expect(x.grad?.numbers == [2, 2])
  }

  @Test("A change without recording counts, and gives no history")
  func changes() throws {
    let x = try leaf([1, 2])
    let y = try x * 2
    let node = try y.gradFunction
    try noGrad { _ = try y.add_(1) }
    #expect(y.version == 1)
    #expect(try y.gradFunction === node)
    let plain = try tensor([0, 0])
    try noGrad { _ = try plain.copy_(x) }
    #expect(!plain.requiresGrad)
  }

  @Test("A pass records nothing unless asked to, whatever the mode it is started in")
  func passes() throws {
    let x = try leaf([3], [])
    let y = try x * x
    let plain = try #require(try grad([y], [x], retainGraph: true)[0])
    #expect(!plain.requiresGrad)
    let recorded = try #require(try noGrad { try grad([y], [x], createGraph: true)[0] })
    #expect(recorded.requiresGrad)
    try recorded.backward()
    #expect(x.grad?.numbers == [2])
  }
}
