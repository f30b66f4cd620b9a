import Testing

@testable import Arrays

@Suite("Views")
struct ViewStrideTests {
  /// Recorded from PyTorch; nil where it needs a copy.
  private static let views: [(sizes: Dims, strides: Dims, target: Dims, result: Dims?)] = [
    ([2, 3], [3, 1], [3, 2], [2, 1]),
    ([2, 3], [1, 2], [3, 2], nil),
    ([2, 3], [1, 2], [6], nil),
    ([2, 3, 4], [12, 4, 1], [6, 4], [4, 1]),
    ([2, 3, 4], [24, 4, 1], [2, 12], [24, 1]),
    ([2, 3, 4], [24, 4, 1], [6, 4], nil),
    ([2, 1, 3], [3, 7, 1], [2, 3], [3, 1]),
    ([2, 1, 3], [3, 7, 1], [1, 2, 1, 3, 1], [6, 3, 3, 1, 1]),
    ([4, 3], [6, 1], [2, 2, 3], [12, 6, 1]),
    ([4, 3], [6, 2], [2, 2, 3], [12, 6, 2]),
    ([2, 3], [0, 1], [2, 3, 1], [0, 1, 1]),
    ([2, 3], [0, 1], [6], nil),
    ([1, 3], [9, 2], [3], [2]),
    ([0, 3], [3, 1], [3, 0], [1, 1]),
    ([2, 2, 2], [1, 2, 4], [2, 2, 2], [1, 2, 4]),
    ([2, 2, 2], [1, 2, 4], [4, 2], nil),
    ([2, 2, 2], [4, 1, 2], [2, 4], nil),
    ([6], [2], [2, 3], [6, 2]),
    ([6], [2], [1, 2, 3, 1], [12, 6, 2, 2]),
  ]

  @Test("Other sizes over the same memory", arguments: views.indices)
  func viewed(_ index: Int) throws {
    let example = Self.views[index]
    let x = try counting([100]).asStrided(example.sizes, example.strides, offset: nil)
    guard let strides = example.result else {
      #expect(
        words { _ = try x.viewed(as: example.target) }
          == "view size is not compatible with input tensor's size and stride (at least one "
          + "dimension spans across two contiguous subspaces). Use .reshape(...) instead.")
      return
    }
    let view = try x.viewed(as: example.target)
    #expect(view.strides == strides)
    #expect(view.numbers == x.numbers)
  }

  @Test("One size may be left open")
  func inferred() throws {
    #expect(try Dims([-1]).inferred(count: 6) == [6])
    #expect(try Dims([2, -1]).inferred(count: 6) == [2, 3])
    #expect(try Dims([-1]).inferred(count: 0) == [0])
    #expect(try Dims([2, -1]).inferred(count: 0) == [2, 0])
    #expect(try Dims([0, 5]).inferred(count: 0) == [0, 5])
    for (sizes, count, message) in [
      ([-1, -1], 6, "only one dimension can be inferred"),
      ([4], 6, "shape '[4]' is invalid for input of size 6"),
      ([-1, 4], 6, "shape '[-1, 4]' is invalid for input of size 6"),
      ([-2, 3], 6, "invalid shape dimension -2 at index 0 of shape [-2, 3]"),
      ([1 << 62, 2], 6, "shape '[4611686018427387904, 2]' is invalid for input of size 6"),
      ([0, -1], 6, "shape '[0, -1]' is invalid for input of size 6"),
      (
        [-1, 0], 0,
        "cannot reshape tensor of 0 elements into shape [-1, 0] because the unspecified dimension "
          + "size -1 can be any value and is ambiguous"
      ),
    ] as [(Dims, Int, String)] {
      #expect(words { _ = try sizes.inferred(count: count) } == message)
    }
  }

  @Test("Slices, with Python's clamping")
  func slices() throws {
    let x = try counting([2, 3, 4])
    let stepped = try x.slice(dim: 1, start: 1, end: 3, step: 2)
    #expect(stepped.sizes == [2, 1, 4] && stepped.strides == [12, 8, 1])
    #expect(stepped.numbers == [4, 5, 6, 7, 16, 17, 18, 19])
    #expect(try x.slice(dim: 1, start: 5, end: nil).sizes == [2, 0, 4])
    #expect(try x.slice(dim: 1, start: -2, end: nil).offset == 4)
    #expect(try x.slice(dim: -1, start: -99, end: 99).sizes == [2, 3, 4])
    #expect(try x.slice(dim: 0, start: Int.min, end: Int.max).sizes == [2, 3, 4])
    let huge = try x.slice(dim: 2, start: 1, end: nil, step: .max)
    #expect(huge.numbers == [1, 5, 9, 13, 17, 21])
    #expect(try huge.binary(.add, huge).numbers == [2, 10, 18, 26, 34, 42])
    #expect(
      words { _ = try x.slice(dim: 0, start: 0, end: 1, step: 0) }
        == "slice step must be positive")
  }

  @Test("One position of a dimension")
  func select() throws {
    let x = try counting([2, 3, 4])
    #expect(try x.select(dim: 1, index: -1).numbers == [8, 9, 10, 11, 20, 21, 22, 23])
    #expect(try x.select(dim: -1, index: 2).numbers == [2, 6, 10, 14, 18, 22])
    let range = "Dimension out of range (expected to be in range of [-3, 2], but got 3)"
    #expect(words { _ = try x.select(dim: 3, index: 0) } == range)
    for index in [3, -4, Int.max, Int.min] {
      #expect(
        words { _ = try x.select(dim: 1, index: index) }
          == "select(): index \(index) out of range for tensor of size [2, 3, 4] at dimension 1")
    }
    #expect(
      words { _ = try counting([]).select(dim: 0, index: 0) }
        == "select() cannot be applied to a 0-dim tensor.")
  }

  @Test("Orders of dimensions")
  func permuted() throws {
    let x = try counting([2, 3, 4])
    #expect(try x.permuted([2, 0, -2]).strides == [1, 12, 4])
    #expect(try x.transposed(0, -1).sizes == [4, 3, 2])
    #expect(
      words { _ = try x.permuted([0, 1]) }
        == "permute(sparse_coo): number of dimensions in the tensor input does not match the "
        + "length of the desired ordering of dimensions i.e. input.dim() = 3 is not equal to "
        + "len(dims) = 2")
    #expect(
      words { _ = try x.permuted([0, 1, 1]) } == "permute(): duplicate dims are not allowed.")
    #expect(
      words { _ = try x.permuted([0, 1, 3]) }
        == "Dimension out of range (expected to be in range of [-3, 2], but got 3)")
  }

  @Test("Dimensions of size one come and go")
  func squeezing() throws {
    let x = try counting([2, 3, 4])
    #expect(try x.unsqueezed(0).strides == [24, 12, 4, 1])
    #expect(try x.unsqueezed(1).strides == [12, 12, 4, 1])
    #expect(try x.unsqueezed(-1).strides == [12, 4, 1, 1])
    #expect(
      words { _ = try x.unsqueezed(4) }
        == "Dimension out of range (expected to be in range of [-4, 3], but got 4)")
    let y = try counting([1, 2, 1])
    #expect(try y.squeezed(nil).sizes == [2])
    #expect(try y.squeezed([0]).sizes == [2, 1])
    #expect(try y.squeezed([1]).sizes == [1, 2, 1])
    #expect(try y.squeezed([0, 2]).sizes == [2])
    #expect(
      words { _ = try y.squeezed([0, -3]) } == "dim 0 appears multiple times in the list of dims")
  }

  @Test("Any strides, within the storage")
  func asStrided() throws {
    let x = try counting([2, 3, 4])
    #expect(try x.asStrided([2, 2], [1, 5], offset: 3).numbers == [3, 8, 4, 9])
    #expect(try x.asStrided([0], [1], offset: 1 << 62).count == 0)
    for (sizes, strides, offset, message) in [
      (
        [2, 2], [12, 30], nil,
        "setStorage: sizes [2, 2], strides [12, 30], storage offset 0, and itemsize 4 requiring a "
          + "storage size of 172 are out of bounds for storage of size 96"
      ),
      ([2], [1, 1], nil, "mismatch in length of strides and shape"),
      (
        [2], [-1], nil,
        "as_strided: Negative strides are not supported at the moment, got strides: [-1]"
      ),
      ([-2], [1], nil, "Storage size calculation overflowed with sizes=[-2] and strides=[1]"),
      ([2], [1], -1, "Tensor: invalid storage offset -1"),
      (
        [2], [1 << 62], nil,
        "Storage size calculation overflowed with sizes=[2] and strides=[4611686018427387904]"
      ),
    ] as [(Dims, Dims, Int?, String)] {
      #expect(words { _ = try x.asStrided(sizes, strides, offset: offset) } == message)
    }
  }
}
