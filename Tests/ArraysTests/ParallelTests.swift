import Elements
import Parallel
import Synchronization
import Testing

@testable import Arrays

/// The pool of threads, and that nothing depends on how many there are. One test at a time, since
/// the number is the process's.
@Suite(.serialized) struct ParallelTests {
  private func withThreads<R>(_ count: Int, _ body: () throws -> R) rethrows -> R {
    let before = Parallel.threads
    Parallel.threads = count
    defer { Parallel.threads = before }
    return try body()
  }

  @Test func everyElementOnce() {
    for threads in [1, 2, 3, 8] {
      withThreads(threads) {
        for count in [0, 1, 2, 63, 64, 65, 1000, 10_007] {
          for grain in [1, 7, 64, 5000, 20_000] {
            let visits = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count)
            visits.initialize(repeating: 0)
            defer { visits.deallocate() }
            let isAligned = Atomic(true)
            Parallel.forEach(count, grain: grain) { range in
              for i in range { visits[i] += 1 }
              if range.lowerBound % grain != 0 { isAligned.store(false, ordering: .relaxed) }
            }
            #expect(visits.allSatisfy { $0 == 1 })
            let aligned = isAligned.load(ordering: .relaxed)
            #expect(aligned)
          }
        }
      }
    }
  }

  @Test func loopsWithinLoops() {
    withThreads(3) {
      let sum = Atomic(0)
      Parallel.forEach(40, grain: 1) { outer in
        for _ in outer {
          Parallel.forEach(40, grain: 1) { inner in sum.add(inner.count, ordering: .relaxed) }
        }
      }
      let total = sum.load(ordering: .relaxed)
      #expect(total == 1600)
    }
  }

  @Test func manyCallers() async {
    let before = Parallel.threads
    Parallel.threads = 4
    defer { Parallel.threads = before }
    let visits = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask {
          var visits = 0
          for _ in 0..<200 {
            let own = Atomic(0)
            Parallel.forEach(100, grain: 3) { own.add($0.count, ordering: .relaxed) }
            visits += own.load(ordering: .relaxed)
          }
          return visits
        }
      }
      return await group.reduce(0, +)
    }
    #expect(visits == 8 * 200 * 100)
  }

  @Test func participantsHaveNumbers() {
    withThreads(4) {
      let isBelow = Atomic(true)
      Parallel.forEachNumbered(1000, grain: 1) { _, participant in
        if !(0..<4).contains(participant) { isBelow.store(false, ordering: .relaxed) }
      }
      let below = isBelow.load(ordering: .relaxed)
      #expect(below)
    }
  }

  /// Sizes that are cut in many ways, and vectors.
  @Test(arguments: [
    (1, 300, 301, 259), (1, 17, 600, 300), (1, 2000, 33, 40), (40, 70, 33, 65), (1, 1, 2000, 600),
    (1, 2000, 1, 600), (3, 129, 257, 64),
  ])
  func sameBitsOnAnyNumberOfThreads(_ batches: Int, _ m: Int, _ n: Int, _ k: Int) throws {
    for dtype in [DType.float32, .float64, .bfloat16, .int32] {
      let count = batches * k * (m + n)
      let numbers = (0..<count).map { (Double($0) * 0.7).truncatingRemainder(dividingBy: 1.3) * 9 }
      let values = try array(numbers, nil, dtype)
      let a = values.with(.strided([batches, m, k], [m * k, k, 1]))
      let rows = values.with(
        .strided([batches, k, n], [k * n, n, 1]), offset: batches * m * k)
      let columns = values.with(
        .strided([batches, k, n], [k * n, 1, k]), offset: batches * m * k)
      for b in [rows, columns] {
        let alone = try withThreads(1) { try a.bmm(b) }
        for threads in [2, 3, 7] {
          let together = try withThreads(threads) { try a.bmm(b) }
          #expect(together.bytes == alone.bytes)
        }
      }
    }
  }

  /// Rows and columns of which the last piece would be a single one, and few columns.
  @Test(arguments: [
    [5000, 33], [3000, 129], [10_000, 100], [3, 2000, 33], [33, 5000], [1029, 16],
  ])
  func sameBitsOfRowFunctions(_ sizes: Dims) throws {
    let last = sizes.count - 1
    for dtype in [DType.float32, .float16] {
      let count = sizes.reduce(1, *)
      let numbers = (0..<count).map { (Double($0) * 0.7).truncatingRemainder(dividingBy: 1.3) * 9 }
      let x = try array(numbers, nil, dtype).viewed(as: sizes)
      func results() throws -> [[UInt8]] {
        try [last - 1, last].flatMap { dim in
          let softmax = try x.softmax(dim: dim, isLog: false)
          let logarithm = try x.softmax(dim: dim, isLog: true)
          return try [
            softmax, logarithm, x.softmaxGradient(softmax, dim: dim, isLog: false),
            x.softmaxGradient(logarithm, dim: dim, isLog: true), x.cumsum(dim: dim, dtype: nil),
            x.sum([dim], keepdim: false), x.mean([dim], keepdim: false),
            x.logSumExp([dim], keepdim: false),
            x.variance([dim], keepdim: false, correction: 1, isRoot: false),
          ].map(\.bytes)
        }
      }
      let alone = try withThreads(1) { try results() }
      for threads in [2, 3, 7] {
        for (i, bytes) in try withThreads(threads, results).enumerated() {
          #expect(bytes == alone[i], "\(dtype) \(threads) \(i)")
        }
      }
    }
  }
}

extension NDArray {
  fileprivate var bytes: [UInt8] {
    Array(UnsafeRawBufferPointer(start: base, count: count * dtype.size))
  }
}
