import Testing

@testable import Arrays

@Suite("Dims")
struct DimsTests {
  @Test("A list of any length is what was put into it", arguments: 0...14)
  func contents(_ count: Int) {
    let list = (0..<count).map { $0 * 3 - 5 }
    let dims = Dims(list)
    #expect(Array(dims) == list)
    #expect(dims.count == count && dims.isEmpty == list.isEmpty)
    #expect(dims.description == "\(list)")
    #expect(Array(Dims(repeating: 7, count: count)) == Array(repeating: 7, count: count))
    #expect(Array(dims.reversed()) == list.reversed())
  }

  @Test("Elements are appended, inserted, removed and replaced as in an array", arguments: 0...9)
  func editing(_ count: Int) {
    for place in 0...count {
      var list = Array(0..<count)
      var dims = Dims(list)
      dims.insert(99, at: place)
      list.insert(99, at: place)
      #expect(Array(dims) == list)
      dims.append(-1)
      list.append(-1)
      #expect(Array(dims) == list)
      dims[place] = 42
      list[place] = 42
      #expect(Array(dims) == list)
      dims.remove(at: place)
      list.remove(at: place)
      #expect(Array(dims) == list)
    }
  }

  @Test("Where the elements are kept does not matter to equality")
  func equality() {
    var long = Dims(0..<8)
    for _ in 0..<5 { long.remove(at: 3) }
    #expect(long == [0, 1, 2])
    #expect(long.hashValue == Dims([0, 1, 2]).hashValue)
    #expect(long != [0, 1])
    #expect(long != [0, 1, 3])
    #expect(Dims() == [])
    long.append(5)
    #expect(long == [0, 1, 2, 5])
  }

  @Test("Copies are independent")
  func copies() {
    for count in [3, 9] {
      let original = Dims(0..<count)
      var copy = original
      copy[0] = 77
      copy.append(1)
      #expect(Array(original) == Array(0..<count))
    }
  }

  @Test("The product, where it exists")
  func product() {
    #expect(Dims().checkedProduct == 1)
    #expect(Dims([2, 3, 4]).checkedProduct == 24)
    #expect(Dims([2, -1]).checkedProduct == nil)
    #expect(Dims([1 << 32, 1 << 31]).checkedProduct == nil)
    #expect(Dims([1 << 31, 1 << 31]).checkedProduct == 1 << 62)
    #expect(Dims([Int.max, Int.max, 0]).checkedProduct == 0)
    #expect(Dims([0, Int.max, Int.max]).checkedProduct == 0)
    #expect(Dims([0, -1]).checkedProduct == nil)
    #expect(Dims([-1, -1]).checkedProduct == nil)
  }

  @Test("Strides of a row-major array")
  func contiguousStrides() {
    #expect(Dims().contiguousStrides == [])
    #expect(Dims([2, 3, 4]).contiguousStrides == [12, 4, 1])
    #expect(Dims([2, 0, 4]).contiguousStrides == [4, 4, 1])
    #expect(Dims([0]).contiguousStrides == [1])
    // Sizes whose product does not fit must not trap.
    _ = Dims([Int.max, Int.max, 0]).contiguousStrides
  }

  @Test("A dimension counts from either end; a 0-d tensor has one")
  func wrap() throws {
    #expect(try Dims.wrap(2, rank: 3) == 2)
    #expect(try Dims.wrap(-1, rank: 3) == 2)
    #expect(try Dims.wrap(-3, rank: 3) == 0)
    #expect(try Dims.wrap(0, rank: 0) == 0)
    #expect(try Dims.wrap(-1, rank: 0) == 0)
    for (dim, rank, range) in [
      (3, 3, "[-3, 2]"), (-4, 3, "[-3, 2]"), (1, 0, "[-1, 0]"), (Int.max, 2, "[-2, 1]"),
      (Int.min, 2, "[-2, 1]"),
    ] {
      #expect(
        words { _ = try Dims.wrap(dim, rank: rank) }
          == "Dimension out of range (expected to be in range of \(range), but got \(dim))")
    }
    #expect(try Dims([-1, 0]).wrapped(rank: 3) == [2, 0])
    #expect(
      words { _ = try Dims([0, -3]).wrapped(rank: 3) }
        == "dim 0 appears multiple times in the list of dims")
  }
}
