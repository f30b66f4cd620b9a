import Testing

@testable import Arrays

@Suite("Broadcasting")
struct BroadcastingTests {
  @Test("Shapes are aligned at the end, and a one stretches")
  func shapes() throws {
    #expect(try Dims.broadcast([2, 3], [2, 3]) == [2, 3])
    #expect(try Dims.broadcast([2, 1], [3]) == [2, 3])
    #expect(try Dims.broadcast([], [4]) == [4])
    #expect(try Dims.broadcast([5, 1, 2], [1, 7, 1]) == [5, 7, 2])
    #expect(try Dims.broadcast([0, 1], [3]) == [0, 3])
    #expect(try Dims.broadcast([1], [0]) == [0])
  }

  @Test("Shapes that do not fit")
  func misfits() {
    for (a, b, x, y, dim) in [
      ([2, 3], [3, 2], 3, 2, 1), ([2], [3, 1, 4], 2, 4, 2), ([0], [3], 0, 3, 0),
      ([2, 1, 5], [3, 1, 1], 2, 3, 0),
    ] as [(Dims, Dims, Int, Int, Int)] {
      #expect(
        words { _ = try Dims.broadcast(a, b) }
          == "The size of tensor a (\(x)) must match the size of tensor b (\(y)) at "
          + "non-singleton dimension \(dim)")
    }
  }

  @Test("expand repeats by strides of zero")
  func expand() throws {
    let column = try counting([2, 1])
    let expanded = try column.expanded(to: [3, 2, 4])
    #expect(expanded.sizes == [3, 2, 4] && expanded.strides == [0, 1, 0])
    #expect(expanded.storage === column.storage)
    #expect(expanded.numbers.prefix(8) == [0, 0, 0, 0, 1, 1, 1, 1])
    #expect(try column.expanded(to: [-1, 3]).sizes == [2, 3])
    #expect(try counting([1, 1]).expanded(to: [1, 5]).strides == [1, 0])
    #expect(try counting([3]).expanded(to: [1, 3]).strides == [3, 1])
    #expect(try counting([1]).expanded(to: [0]).sizes == [0])
  }

  @Test("expand to what does not fit")
  func expandErrors() throws {
    let two = try counting([2])
    #expect(
      words { _ = try two.expanded(to: [-1, 2]) }
        == "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing "
        + "dimension 0")
    #expect(
      words { _ = try two.expanded(to: [3]) }
        == "The expanded size of the tensor (3) must match the existing size (2) at "
        + "non-singleton dimension 0.  Target sizes: [3].  Tensor sizes: [2]")
    #expect(
      words { _ = try counting([2, 2]).expanded(to: [2]) }
        == "expand(torch.FloatTensor{[2, 2]}, size=[2]): the number of sizes provided (1) must "
        + "be greater or equal to the number of dimensions in the tensor (2)")
    #expect(
      words { _ = try two.expanded(to: [-2]) }
        == "The expanded size of the tensor (-2) must match the existing size (2) at "
        + "non-singleton dimension 0.  Target sizes: [-2].  Tensor sizes: [2]")
    let overflow = "numel: integer multiplication overflow"
    #expect(words { _ = try counting([1]).expanded(to: [-2]) } == overflow)
    #expect(words { _ = try counting([1]).expanded(to: [1 << 62, 1 << 62]) } == overflow)
  }

  @Test("What can be stretched to what")
  func isExpandable() {
    #expect(Dims([2, 1]).isExpandable(to: [5, 2, 3]))
    #expect(Dims([]).isExpandable(to: [2]))
    #expect(!Dims([2]).isExpandable(to: []))
    #expect(!Dims([2]).isExpandable(to: [3]))
    #expect(!Dims([3]).isExpandable(to: [1]))
  }

  @Test("Elementwise results of operands in every layout")
  func elementwise() throws {
    let base = try counting([4, 3], .float64)
    let layouts: [NDArray] = [
      base, try counting([3, 4], .float64).transposed(0, 1), try counting([4, 1], .float64),
      try counting([3], .float64), try counting([], .float64),
      try counting([4, 6], .float64).slice(dim: 1, start: 1, end: nil, step: 2),
      try counting([1], .float64).expanded(to: [4, 3]),
    ]
    for x in layouts {
      for y in layouts {
        let sum = try x.binary(.add, y)
        let sizes = try Dims.broadcast(x.sizes, y.sizes)
        let (a, b) = (x.stretched(to: sizes).numbers, y.stretched(to: sizes).numbers)
        #expect(sum.sizes == sizes)
        #expect(sum.numbers == zip(a, b).map { $0 + $1 })
      }
    }
  }
}
