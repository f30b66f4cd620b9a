import Apus
import Synchronization
import Testing

@testable import Autograd

@Suite("Threads", .serialized)
struct ThreadTests {
  @Test("Passes on several threads into one leaf lose nothing")
  func sharedLeaf() throws {
    let x = try leaf([1, 2])
    try onThreads(8) { _ in
      for _ in 0..<500 { try (x * 2).sum().backward() }
    }
    #expect(x.grad?.numbers == [8000, 8000])
  }

  @Test("A leaf's first use may be on several threads")
  func firstUse() throws {
    for _ in 0..<200 {
      let x = try leaf([1, 2])
      let view = try noGrad { try x.slice(end: 1) }
      try onThreads(4) { _ in
        try (x * x).sum().backward()
        _ = try view * 2
      }
      #expect(x.grad?.numbers == [8, 16])
    }
  }

  @Test("One graph run on several threads at once")
  func sharedGraph() throws {
    let x = try leaf([1, 2])
    var y = try x * x
    for _ in 0..<20 { y = try y + x }
    let output = try y.sum()
    try onThreads(4) { _ in
      for _ in 0..<50 { try output.backward(retainGraph: true) }
    }
    #expect(x.grad?.numbers == [200 * 22, 200 * 24])
  }

  @Test("A leaf may end on one thread while its graph runs on another")
  func endingLeaf() throws {
    for _ in 0..<300 {
      let owner = Mutex<Tensor?>(try leaf([1, 2]))
      let inner = Mutex<Tensor?>(nil)
      let output = try owner.withLock { x in
        guard let x else { throw TensorError.freedGraph }
        let y = try x * x
        try y.retainGrad()
        inner.withLock { $0 = y }
        return try (y * x).sum()
      }
      try onThreads(2) { i in
        if i == 0 {
          owner.withLock { $0 = nil }
          inner.withLock { $0 = nil }
        } else {
          try output.backward()
        }
      }
    }
  }
}
