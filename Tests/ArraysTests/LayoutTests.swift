import Testing

@testable import Arrays

@Suite("Layouts")
struct LayoutTests {
  @Test("Row-major layouts and what they refuse")
  func contiguous() throws {
    let layout = try Arrays.Layout.contiguous([2, 3])
    #expect(layout.strides == [3, 1] && layout.count == 6 && layout.isContiguous)
    #expect(try Arrays.Layout.contiguous([]).count == 1)
    #expect(try Arrays.Layout.contiguous([0, Int.max]).count == 0)
    #expect(
      words { _ = try Arrays.Layout.contiguous([2, -1]) }
        == "Trying to create tensor with negative dimension -1: [2, -1]")
    #expect(words { _ = try Arrays.Layout.contiguous([1 << 62, 1 << 62]) } != "no error")
  }

  @Test(
    "Contiguous, dense, extent, repetition and overlap",
    arguments: [
      // sizes, strides, contiguous, dense, extent, repeats, may overlap
      Case([2, 3], [3, 1], true, true, 6, false, false),
      Case([2, 3], [1, 2], false, true, 6, false, false),
      Case([2, 3], [4, 1], false, false, 7, false, false),
      Case([2, 3], [0, 1], false, false, 3, true, true),
      Case([2, 3], [1, 1], false, false, 4, false, true),
      Case([1, 3], [99, 1], true, true, 3, false, false),
      Case([1, 3], [0, 1], true, true, 3, false, false),
      Case([2, 1, 3], [3, 0, 1], true, true, 6, false, false),
      Case([0, 3], [7, 7], true, true, 0, false, false),
      Case([], [], true, true, 1, false, false),
      Case([1], [Int.max], true, true, 1, false, false),
      Case([2, 2, 2], [1, 2, 4], false, true, 8, false, false),
      Case([3, 3], [2, 3], false, false, 11, false, true),
      Case([2, 3], [2, 1], false, false, 5, false, true),
      Case([4], [2], false, false, 7, false, false),
    ])
  func properties(_ example: Case) {
    let layout = Arrays.Layout.strided(example.sizes, example.strides)
    #expect(layout.isContiguous == example.isContiguous)
    #expect(layout.isNonOverlappingAndDense == example.isDense)
    #expect(layout.extent == example.extent)
    #expect(layout.repeatsElements == example.repeats)
    #expect(layout.mayOverlap == example.mayOverlap)
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let sizes, strides: Dims
    let isContiguous, isDense: Bool
    let extent: Int
    let repeats, mayOverlap: Bool

    init(
      _ sizes: Dims, _ strides: Dims, _ isContiguous: Bool, _ isDense: Bool, _ extent: Int,
      _ repeats: Bool, _ mayOverlap: Bool
    ) {
      self.sizes = sizes
      self.strides = strides
      self.isContiguous = isContiguous
      self.isDense = isDense
      self.extent = extent
      self.repeats = repeats
      self.mayOverlap = mayOverlap
    }

    var testDescription: String { "\(sizes) by \(strides)" }
  }

  @Test("No layout that shares memory is missed")
  func overlapIsSafe() {
    for a in 0...4 {
      for b in 0...4 {
        for c in 0...4 {
          let layout = Arrays.Layout.strided([2, 3, 2], [a, b, c])
          var places: Set<Int> = []
          for i in 0..<2 {
            for j in 0..<3 { for k in 0..<2 { places.insert(i * a + j * b + k * c) } }
          }
          if places.count < 12 { #expect(layout.mayOverlap, "\(layout.strides)") }
          #expect(
            layout.isNonOverlappingAndDense == (places.count == 12 && layout.extent == 12),
            "\(layout.strides)")
        }
      }
    }
  }

  @Test("A copy keeps the order of a dense array, and is row-major otherwise")
  func preservingOrder() {
    #expect(Arrays.Layout.strided([2, 3], [1, 2]).preservingOrder.strides == [1, 2])
    #expect(Arrays.Layout.strided([2, 3], [1, 4]).preservingOrder.strides == [3, 1])
    #expect(Arrays.Layout.strided([2, 3], [0, 1]).preservingOrder.strides == [3, 1])
  }
}
