import Testing

@testable import Arrays

@Suite("Windows: a part of an array as linear maps")
struct WindowTests {
  private static let parts: [(Dims, Dims, Int)] = [
    ([2], [1], 0), ([2], [1], 3), ([2, 2], [3, 1], 1), ([3, 2], [1, 3], 0), ([4], [0], 2),
    ([3, 3], [1, 1], 0), ([2, 2], [2, 1], 1), ([], [], 5), ([0], [1], 0), ([1, 3], [9, 2], 0),
  ]

  @Test("Reading gives what the view shows, for arrays in any layout")
  func read() throws {
    for whole in [try counting([6]), try counting([2, 3]), try counting([3, 2]).transposed(0, 1)] {
      for (sizes, strides, offset) in Self.parts {
        let part = try whole.asStrided(sizes, strides, offset: offset)
        let window = Window(part, of: whole)
        #expect(try window.read(whole).numbers == part.numbers)
        // An array of the same sizes whose elements lie elsewhere.
        let other = try whole.contiguous().copied()
        #expect(try window.read(other).numbers == part.numbers)
      }
    }
  }

  @Test("Scattering is the transpose of reading")
  func adjoint() throws {
    let wholes: [NDArray] = [
      try counting([2, 3], .float64), try counting([3, 2], .float64).transposed(0, 1),
      try counting([3], .float64).expanded(to: [2, 3]),
      try counting([4], .float64).asStrided([2, 3], [1, 1], offset: 0),
      try counting([9], .float64).asStrided([2, 3], [5, 1], offset: 1),
    ]
    for whole in wholes {
      for (sizes, strides, offset) in Self.parts {
        guard let part = try? whole.asStrided(sizes, strides, offset: offset) else { continue }
        let window = Window(part, of: whole)
        for i in 0..<whole.count {
          var unit = [Double](repeating: 0, count: whole.count)
          unit[i] = 1
          let column = try window.read(array(unit, whole.sizes, .float64)).numbers
          for j in 0..<part.count {
            var seed = [Double](repeating: 0, count: part.count)
            seed[j] = 1
            let row = try window.scatter(array(seed, part.sizes, .float64)).numbers
            #expect(row[i] == column[j], "\(whole.strides) \(strides) \(i) \(j)")
          }
        }
      }
    }
  }

  @Test("Clearing leaves the rest")
  func clear() throws {
    let whole = try counting([2, 3])
    let window = Window(try whole.select(dim: 1, index: 1), of: whole)
    #expect(try window.clear(whole).numbers == [0, 0, 2, 3, 0, 5])
    #expect(whole.numbers == [0, 1, 2, 3, 4, 5])
  }

  @Test("Elements that share memory add up, and share what arrives")
  func shared() throws {
    let whole = try counting([4])
    let window = Window(try whole.asStrided([3, 2], [1, 1], offset: 0), of: whole)
    #expect(try window.scatter(array([1, 1, 1, 1, 1, 1], [3, 2])).numbers == [1, 2, 2, 1])
    let expanded = try counting([1]).expanded(to: [4])
    let part = Window(try expanded.asStrided([1], [1], offset: 0), of: expanded)
    #expect(try part.scatter(array([8])).numbers == [2, 2, 2, 2])
  }

  @Test("A part before the whole, and one beside it")
  func outside() throws {
    let storage = try counting([10])
    let whole = try storage.slice(dim: 0, start: 4, end: 8)
    let before = Window(try storage.slice(dim: 0, start: 2, end: 6), of: whole)
    #expect(before.offset == -2)
    #expect(try before.scatter(array([1, 2, 3, 4])).numbers == [3, 4, 0, 0])
    #expect(try before.read(array([5, 6, 7, 8])).numbers == [0, 0, 5, 6])
    let beside = Window(try storage.slice(dim: 0, start: 9, end: 10), of: whole)
    #expect(try beside.scatter(array([1])).numbers == [0, 0, 0, 0])
  }

  @Test("An empty part may lie anywhere")
  func empty() throws {
    let whole = try counting([3])
    for offset in [0, 3, Int.max] {
      let window = Window(try whole.asStrided([0], [1], offset: offset), of: whole)
      #expect(try window.scatter(array([])).numbers == [0, 0, 0])
      #expect(try window.read(whole).count == 0)
    }
  }
}
