import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

@Suite struct ReshapingTests {
  @Test(arguments: cases) func result(_ result: Case) throws { try result.check() }

  @Test(arguments: refusals) func refusal(_ refusal: Refusal) { refusal.check() }

  @Test func whatIsRightAlreadyIsReturned() throws {
    let x = try countingLeaf([2, 3])
    #expect(try x.contiguous() === x)
    #expect(try x.to(dtype: .float64) === x)
    #expect(try x.flatten(startDim: 1, endDim: 1) === x)
    #expect(try x.reshape([2, 3]) !== x)
    #expect(try x.reshape([2, 3]).isView)
    #expect(try x.to(dtype: .float64, copy: true) !== x)
    let vector = try counting([3])
    #expect(try vector.flatten() === vector)
    #expect(try counting([]).flatten().shape == [1])
  }

  @Test func aCopyIsNoView() throws {
    let x = try countingLeaf([2, 3])
    let y = try x.t().reshape([6])
    #expect(!y.isView)
    try y.mul_(2)
    #expect(x.doubles == [0, 1, 2, 3, 4, 5])
    #expect(try weightedGradients([y], [x]) == [[2, 6, 10, 4, 8, 12]])
  }

  @Test func conversion() throws {
    let x = try (counting([4], .float32) - 1.5) * 2
    #expect(try x.to(dtype: .int8).elements == [-3, -1, 1, 3])
    #expect(try x.to(dtype: .uint8).elements == [253, 255, 1, 3])
    #expect(try (x + 1).to(dtype: .bool).elements == [true, false, true, true])
    for dtype in DType.allCases {
      #expect(try counting([2], dtype).to(dtype: .float64).doubles == [0, 1])
    }
  }

  @Test func trianglesOfStacksAndEdges() throws {
    let x = try counting([2, 2, 2])
    #expect(try x.tril().doubles == [0, 0, 2, 3, 4, 0, 6, 7])
    #expect(try x.triu(diagonal: .max).doubles == Array(repeating: 0, count: 8))
    #expect(try x.triu(diagonal: .min).doubles == x.doubles)
    #expect(try x.tril(diagonal: .max).doubles == x.doubles)
    #expect(try x.tril(diagonal: .min).doubles == Array(repeating: 0, count: 8))
    #expect(try counting([0, 3]).tril().shape == [0, 3])
    for dtype in DType.allCases {
      #expect(try counting([2, 2], dtype).triu().element(at: 2).double == 0)
    }
  }

  @Test func nothingToRearrange() throws {
    let z = try counting([])
    #expect(try z.flip([0]).shape == [])
    #expect(try z.repeat([]).shape == [])
    #expect(try z.repeat([3]).doubles == [0, 0, 0])
    #expect(try counting([0, 3]).repeat([2, 2]).shape == [0, 6])
    #expect(try counting([2, 0]).flip([0, 1]).shape == [2, 0])
  }

  // Recorded from PyTorch.
  static let cases: [Case] = [
    Case(
      "x.reshape([4, 3])", { try $0.reshape([4, 3]) },
      "ViewBackward0 [4, 3] [3, 1]+0",
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    Case(
      "x.select(dim: 2, index: 0).reshape([4])", { try $0.select(dim: 2, index: 0).reshape([4]) },
      "ReshapeAliasBackward0 [4] [3]+0",
      [0, 3, 6, 9],
      [1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0, 0]),
    Case(
      "x.transpose(dim0: 0, dim1: 2).reshape([6, -1])",
      { try $0.transpose(dim0: 0, dim1: 2).reshape([6, -1]) },
      "UnsafeViewBackward0 [6, 2] [2, 1]+0",
      [0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11],
      [1, 5, 9, 3, 7, 11, 2, 6, 10, 4, 8, 12]),
    Case(
      "x.flatten(startDim: 1)", { try $0.flatten(startDim: 1) },
      "ViewBackward0 [2, 6] [6, 1]+0",
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    Case(
      "x.permute([2, 0, 1]).flatten()", { try $0.permute([2, 0, 1]).flatten() },
      "UnsafeViewBackward0 [12] [1]+0",
      [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11],
      [1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12]),
    Case(
      "x.permute([2, 0, 1]).contiguous()", { try $0.permute([2, 0, 1]).contiguous() },
      "CloneBackward0 [3, 2, 2] [4, 2, 1]+0",
      [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11],
      [1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12]),
    Case(
      "x.permute([2, 0, 1]).clone()", { try $0.permute([2, 0, 1]).clone() },
      "CloneBackward0 [3, 2, 2] [1, 6, 3]+0",
      [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11],
      [1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12]),
    Case(
      "x.to(dtype: .float64, copy: true)", { try $0.to(dtype: .float64, copy: true) },
      "ToCopyBackward0 [2, 2, 3] [6, 3, 1]+0",
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    Case(
      "x.to(dtype: .float32)", { try $0.to(dtype: .float32) },
      "ToCopyBackward0 [2, 2, 3] [6, 3, 1]+0",
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    Case(
      "x.to(dtype: .int32)", { try $0.to(dtype: .int32) },
      "nil [2, 2, 3] [6, 3, 1]+0",
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], nil),
    Case(
      "x.tril()", { try $0.tril() },
      "TrilBackward0 [2, 2, 3] [6, 3, 1]+0",
      [0, 0, 0, 3, 4, 0, 6, 0, 0, 9, 10, 0],
      [1, 0, 0, 4, 5, 0, 7, 0, 0, 10, 11, 0]),
    Case(
      "x.triu(diagonal: 1)", { try $0.triu(diagonal: 1) },
      "TriuBackward0 [2, 2, 3] [6, 3, 1]+0",
      [0, 1, 2, 0, 0, 5, 0, 7, 8, 0, 0, 11],
      [0, 2, 3, 0, 0, 6, 0, 8, 9, 0, 0, 12]),
    Case(
      "x.tril(diagonal: -1)", { try $0.tril(diagonal: -1) },
      "TrilBackward0 [2, 2, 3] [6, 3, 1]+0",
      [0, 0, 0, 3, 0, 0, 0, 0, 0, 9, 0, 0],
      [0, 0, 0, 4, 0, 0, 0, 0, 0, 10, 0, 0]),
    Case(
      "x.flip([0, -1])", { try $0.flip([0, -1]) },
      "FlipBackward0 [2, 2, 3] [6, 3, 1]+0",
      [8, 7, 6, 11, 10, 9, 2, 1, 0, 5, 4, 3],
      [9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4]),
    Case(
      "x.transpose(dim0: 0, dim1: 2).flip([1])", { try $0.transpose(dim0: 0, dim1: 2).flip([1]) },
      "FlipBackward0 [3, 2, 2] [1, 3, 6]+0",
      [3, 9, 0, 6, 4, 10, 1, 7, 5, 11, 2, 8],
      [3, 7, 11, 1, 5, 9, 4, 8, 12, 2, 6, 10]),
    Case(
      "x.select(dim: 0, index: 0).repeat([2, 1, 2])",
      { try $0.select(dim: 0, index: 0).repeat([2, 1, 2]) },
      "RepeatBackward0 [2, 2, 6] [12, 6, 1]+0",
      [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5, 0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5],
      [34, 38, 42, 58, 62, 66, 0, 0, 0, 0, 0, 0]),
    Case(
      "x.select(dim: 0, index: 0).repeat([0, 1])",
      { try $0.select(dim: 0, index: 0).repeat([0, 1]) },
      "RepeatBackward0 [0, 3] [3, 1]+0",
      [],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
  ]

  static let refusals: [Refusal] = [
    Refusal(
      "x.reshape([4])", .runtime, { try $0.x.reshape([4]) },
      "shape '[4]' is invalid for input of size 6"),
    Refusal(
      "x.reshape([-1, -1])", .runtime, { try $0.x.reshape([-1, -1]) },
      "only one dimension can be inferred"),
    Refusal(
      "x.reshape([.max, 2])", .runtime, { try $0.x.reshape([.max, 2]) },
      "shape '[9223372036854775807, 2]' is invalid for input of size 6"),
    Refusal(
      "x.flatten(startDim: 1, endDim: 0)", .runtime, { try $0.x.flatten(startDim: 1, endDim: 0) },
      "flatten() has invalid args: start_dim cannot come after end_dim"),
    Refusal(
      "x.flatten(endDim: 2)", .index, { try $0.x.flatten(endDim: 2) },
      "Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
    Refusal(
      "z.flatten(startDim: 1)", .index, { try $0.z.flatten(startDim: 1) },
      "Dimension out of range (expected to be in range of [-1, 0], but got 1)"),
    Refusal(
      "z.tril()", .runtime, { try $0.z.tril() },
      "tril: input tensor must have at least 2 dimensions"),
    Refusal(
      "x.select(dim: 0, index: 0).triu()", .runtime, { try $0.x.select(dim: 0, index: 0).triu() },
      "triu: input tensor must have at least 2 dimensions"),
    Refusal(
      "x.flip([0, -2])", .runtime, { try $0.x.flip([0, -2]) },
      "dim 0 appears multiple times in the list of dims"),
    Refusal(
      "x.flip([2])", .index, { try $0.x.flip([2]) },
      "Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
    Refusal(
      "x.repeat([2])", .runtime, { try $0.x.repeat([2]) },
      "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
        + "tensor"),
    Refusal(
      "x.repeat([2, -1])", .runtime, { try $0.x.repeat([2, -1]) },
      "Trying to create tensor with negative dimension -3: [4, -3]"),
  ]
}
