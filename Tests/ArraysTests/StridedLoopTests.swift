import Testing

@testable import Arrays

@Suite("Strided loops")
struct StridedLoopTests {
  /// The places that a loop visits, as tuples of one offset for each operand.
  private func visits(_ loop: StridedLoop, _ operands: Int) -> (places: [[Int]], rows: Int) {
    var places: [[Int]] = []
    var rows = 0
    loop.forEachRow { offsets, strides, count in
      rows += 1
      for i in 0..<count {
        places.append((0..<operands).map { offsets[$0] + i * strides[$0] })
      }
    }
    return (places, rows)
  }

  /// The same, the long way.
  private func expected(_ sizes: Dims, _ strides: [Dims]) -> [[Int]] {
    var places = [Array(repeating: 0, count: strides.count)]
    for dim in sizes.indices {
      places = places.flatMap { place in
        (0..<sizes[dim]).map { i in place.indices.map { place[$0] + i * strides[$0][dim] } }
      }
    }
    return places
  }

  private func order(_ a: [Int], _ b: [Int]) -> Bool { a.lexicographicallyPrecedes(b) }

  @Test("Every tuple of places is visited once, whatever the strides")
  func everyPlace() {
    var state: UInt64 = 7
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<2000 {
      let sizes = Dims((0..<random(6)).map { _ in random(8) == 0 ? 0 : 1 + random(4) })
      let operands = 1 + random(4)
      let strides = (0..<operands).map { _ in Dims(sizes.map { _ in 4 * (random(9) - 2) }) }
      let loop =
        switch operands {
        case 1: StridedLoop(sizes, strides[0])
        case 2: StridedLoop(sizes, strides[0], strides[1])
        case 3: StridedLoop(sizes, strides[0], strides[1], strides[2])
        default: StridedLoop(sizes, strides[0], strides[1], strides[2], strides[3])
        }
      let visited = visits(loop, operands).places.sorted(by: order)
      #expect(visited == expected(sizes, strides).sorted(by: order), "\(sizes) \(strides)")
    }
  }

  @Test("Contiguous operands of any rank become one row")
  func merged() {
    let sizes: Dims = [2, 3, 4, 5, 2, 2, 2, 3]
    let strides = Dims(sizes.contiguousStrides.map { $0 * 4 })
    let visited = visits(StridedLoop(sizes, strides, strides), 2)
    #expect(visited.rows == 1)
    #expect(visited.places.map { $0[0] } == (0..<sizes.reduce(1, *)).map { $0 * 4 })
  }

  @Test("Operands that are transposed alike become one row too")
  func transposedAlike() {
    let loop = StridedLoop([3, 2, 4], [4, 48, 12], [8, 96, 24])
    #expect(visits(loop, 2).rows == 1)
  }

  @Test("Memory is walked forwards along the first operand")
  func innermost() {
    let visited = visits(StridedLoop([2, 3], [4, 8], [12, 4]), 2)
    #expect(visited.rows == 1 || visited.places.map { $0[0] } == [0, 4, 8, 12, 16, 20])
    #expect(visited.places.map { $0[0] } == [0, 4, 8, 12, 16, 20])
  }

  @Test("A repeated operand is one row where the others allow it")
  func broadcast() {
    #expect(visits(StridedLoop([4, 5], [20, 4], [0, 0]), 2).rows == 1)
    #expect(visits(StridedLoop([4, 5], [20, 4], [0, 4]), 2).rows == 4)
  }

  @Test("Nothing, and one")
  func degenerate() {
    #expect(visits(StridedLoop([3, 0, 2], [8, 8, 4]), 1).rows == 0)
    #expect(visits(StridedLoop([Int.max, 0, Int.max], [8, 8, 4]), 1).rows == 0)
    #expect(visits(StridedLoop([], [], []), 2).places == [[0, 0]])
    #expect(visits(StridedLoop([1, 1], [Int.max, 8]), 1).places == [[0]])
  }
}
