import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

@Suite struct SplittingTests {
  @Test(arguments: refusals) func refusal(_ refusal: Refusal) { refusal.check() }

  @Test func sizes() throws {
    let x = try counting([5, 2])
    #expect(try x.split(splitSize: 2).map(\.shape) == [[2, 2], [2, 2], [1, 2]])
    #expect(try x.split(splitSize: .max).map(\.shape) == [[5, 2]])
    #expect(try x.split(splitSize: 1, dim: -1).map(\.doubles)[1] == [1, 3, 5, 7, 9])
    #expect(try x.chunk(chunks: 3).map(\.shape) == [[2, 2], [2, 2], [1, 2]])
    #expect(try x.chunk(chunks: 4).map(\.shape) == [[2, 2], [2, 2], [1, 2]])
    #expect(try x.chunk(chunks: .max).count == 5)
    #expect(
      try x.splitWithSizes(splitSizes: [2, 0, 3]).map(\.shape) == [[2, 2], [0, 2], [3, 2]])
    #expect(try x.unbind(dim: 1).map(\.doubles) == [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]])
    let empty = try counting([0, 2])
    #expect(try empty.split(splitSize: 0).map(\.shape) == [[0, 2]])
    #expect(try empty.chunk(chunks: 3).map(\.shape) == [[0, 2], [0, 2], [0, 2]])
    #expect(try empty.unbind().isEmpty)
    #expect(try empty.splitWithSizes(splitSizes: []).isEmpty)
  }

  @Test func tooManyViews() throws {
    let long = try counting([]).expand([1 << 62])
    for call in [{ try long.unbind() }, { try long.split(splitSize: 1) }] {
      #expect(throws: TensorError.self) { _ = try call() }
    }
    #expect(throws: TensorError.self) { _ = try counting([0]).chunk(chunks: 1 << 62) }
  }

  @Test func names() throws {
    let x = try countingLeaf([4, 2])
    func name(_ views: [Tensor]) throws -> String? { try views.last?.gradFunction?.name }
    #expect(try name(x.split(splitSize: 3)) == "SplitBackward0")
    #expect(try name(x.chunk(chunks: 2)) == "SplitBackward0")
    #expect(try name(x.splitWithSizes(splitSizes: [1, 3])) == "SplitWithSizesBackward0")
    #expect(try name(x.unbind()) == "UnbindBackward0")
  }

  @Test func viewsThatNobodyUsesCountAsZeros() throws {
    let x = try countingLeaf([3, 2])
    let middle = try x.split(splitSize: 1)[1]
    #expect(try weightedGradients([middle], [x]) == [[0, 0, 1, 2, 0, 0]])
    let outer = try x.unbind(dim: -1)
    #expect(try weightedGradients([outer[1]], [x]) == [[0, 1, 0, 2, 0, 3]])
    let parts = try x.splitWithSizes(splitSizes: [2, 0, 1])
    #expect(try weightedGradients([parts[2], parts[0]], [x]) == [[1, 2, 3, 4, 1, 2]])
  }

  @Test func oneOfSeveralViewsStaysAsItIs() throws {
    let y = try countingLeaf([4]) * 1
    let views = try [y.split(splitSize: 2)[1], y.chunk(chunks: 2)[1], y.unbind()[1]]
    for (view, name) in zip(views, ["Split", "Split", "Unbind"]) {
      #expect {
        try view.add_(1)
      } throws: { error in
        (error as? TensorError)?.message
          == "Output 1 of \(name) is a view and is being modified inplace. This view is the output "
          + "of a function that returns multiple views. Such functions do not allow the output "
          + "views to be modified inplace. You should replace the inplace operation by an "
          + "out-of-place one."
      }
    }
    #expect(try y.detach().split(splitSize: 2)[1].add_(1).doubles == [3, 4])
  }

  // Recorded from PyTorch.
  static let refusals: [Refusal] = [
    Refusal(
      "z.unbind()[0]", .index, { try $0.z.unbind()[0] },
      "Dimension specified as 0 but tensor has no dimensions"),
    Refusal(
      "x.unbind(dim: 2)[0]", .index, { try $0.x.unbind(dim: 2)[0] },
      "Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
    Refusal(
      "z.split(splitSize: 1)[0]", .runtime, { try $0.z.split(splitSize: 1)[0] },
      "split expects at least a 1-dimensional tensor"),
    Refusal(
      "x.split(splitSize: 0)[0]", .runtime, { try $0.x.split(splitSize: 0)[0] },
      "split_size can only be 0 if dimension size is 0, but got dimension size of 2"),
    Refusal(
      "x.split(splitSize: -1)[0]", .runtime, { try $0.x.split(splitSize: -1)[0] },
      "split expects split_size be non-negative, but got split_size=-1"),
    Refusal(
      "x.split(splitSize: 1, dim: 2)[0]", .index, { try $0.x.split(splitSize: 1, dim: 2)[0] },
      "Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
    Refusal(
      "x.splitWithSizes(splitSizes: [1, 1], dim: -1)[0]", .runtime,
      { try $0.x.splitWithSizes(splitSizes: [1, 1], dim: -1)[0] },
      "split_with_sizes expects split_sizes to sum exactly to 3 (input tensor's size at "
        + "dimension -1), but got split_sizes=[1, 1]"),
    Refusal(
      "x.splitWithSizes(splitSizes: [3, -1])[0]", .runtime,
      { try $0.x.splitWithSizes(splitSizes: [3, -1])[0] },
      "split_with_sizes expects split_sizes have only non-negative entries, but got "
        + "split_sizes=[3, -1]"),
    Refusal(
      "z.chunk(chunks: 1)[0]", .runtime, { try $0.z.chunk(chunks: 1)[0] },
      "chunk expects at least a 1-dimensional tensor"),
    Refusal(
      "x.chunk(chunks: 0)[0]", .runtime, { try $0.x.chunk(chunks: 0)[0] },
      "chunk expects `chunks` to be greater than 0, got: 0"),
    Refusal(
      "x.chunk(chunks: 2, dim: 5)[0]", .index, { try $0.x.chunk(chunks: 2, dim: 5)[0] },
      "Dimension out of range (expected to be in range of [-2, 1], but got 5)"),
    Refusal(
      "Tensor.cat([])", .value, { _ in try Tensor.cat([]) },
      "torch.cat(): expected a non-empty list of Tensors"),
    Refusal(
      "Tensor.cat([x, z])", .runtime, { try Tensor.cat([$0.x, $0.z]) },
      "zero-dimensional tensor (at position 1) cannot be concatenated"),
    Refusal(
      "Tensor.cat([x, x.t()], dim: 1)", .runtime, { try Tensor.cat([$0.x, $0.x.t()], dim: 1) },
      "Sizes of tensors must match except in dimension 1. Expected size 2 but got size 3 "
        + "for tensor number 1 in the list."),
    Refusal(
      "Tensor.cat([x, c])", .runtime, { try Tensor.cat([$0.x, $0.c]) },
      "Tensors must have same number of dimensions: got 2 and 3"),
    Refusal(
      "Tensor.cat([x, x], dim: 2)", .index, { try Tensor.cat([$0.x, $0.x], dim: 2) },
      "Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
    Refusal(
      "Tensor.stack([])", .runtime, { _ in try Tensor.stack([]) },
      "stack expects a non-empty TensorList"),
    Refusal(
      "Tensor.stack([x, x.t()])", .runtime, { try Tensor.stack([$0.x, $0.x.t()]) },
      "stack expects each tensor to be equal size, but got [2, 3] at entry 0 and [3, 2] at "
        + "entry 1"),
    Refusal(
      "Tensor.stack([x, c], dim: 3)", .index, { try Tensor.stack([$0.x, $0.c], dim: 3) },
      "Dimension out of range (expected to be in range of [-3, 2], but got 3)"),
  ]
}

@Suite struct JoiningTests {
  @Test func cat() throws {
    let x = try countingLeaf([2, 2])
    let y = try countingLeaf([2, 1])
    let joined = try Tensor.cat([x.t(), y, x], dim: -1)
    #expect(joined.doubles == [0, 2, 0, 0, 1, 1, 3, 1, 2, 3])
    #expect(try joined.gradFunction?.name == "CatBackward0")
    #expect(try weightedGradients([joined], [x, y]) == [[5, 11, 11, 17], [3, 8]])
    #expect(try Tensor.cat([x]) !== x)
  }

  @Test func emptyVectorsGoWithEverything() throws {
    let x = try countingLeaf([1, 2])
    let nothing = try countingLeaf([0])
    let joined = try Tensor.cat([nothing, x, nothing, x], dim: 1)
    #expect(joined.doubles == [0, 1, 0, 1])
    #expect(try weightedGradients([joined], [x, nothing]) == [[4, 6], []])
    #expect(try Tensor.cat([nothing, nothing], dim: 5).shape == [0])
    #expect(try Tensor.cat([counting([0, 5]), nothing]).shape == [0, 5])
    #expect(try Tensor.cat([x, counting([0], .int8)], dim: 0).dtype == .float64)
  }

  @Test func partsWithoutGradient() throws {
    let x = try countingLeaf([2])
    let joined = try Tensor.cat([counting([3]), x, counting([1], .int32)])
    #expect(joined.dtype == .float64)
    #expect(try weightedGradients([joined], [x]) == [[4, 5]])
    let stacked = try Tensor.stack([counting([2]), x], dim: 1)
    #expect(try weightedGradients([stacked], [x]) == [[2, 4]])
  }

  @Test func promotion() throws {
    func dtype(_ a: DType, _ b: DType) throws -> DType {
      try Tensor.cat([counting([2], a), counting([1], b)]).dtype
    }
    #expect(try dtype(.int32, .float16) == .float16)
    #expect(try dtype(.float16, .bfloat16) == .float32)
    #expect(try dtype(.bool, .uint8) == .uint8)
    #expect(try dtype(.uint8, .int8) == .int16)
    #expect(try Tensor.stack([counting([], .int64), counting([], .bool)]).dtype == .int64)
  }

  @Test func gradientsComeBackInTheirDtype() throws {
    let x = try counting([2], .float32)
    try x.setRequiresGrad(true)
    let joined = try Tensor.cat([x, counting([1])])
    let gradient = try grad([joined], [x], gradients: [counting([3])])[0]
    #expect(gradient?.dtype == .float32)
  }

  @Test func stack() throws {
    let x = try countingLeaf([2])
    let y = try countingLeaf([2])
    #expect(try Tensor.stack([x, y]).doubles == [0, 1, 0, 1])
    let columns = try Tensor.stack([x, y], dim: -1)
    #expect(columns.doubles == [0, 0, 1, 1])
    #expect(try columns.gradFunction?.name == "StackBackward0")
    #expect(try weightedGradients([columns], [x, y]) == [[1, 3], [2, 4]])
    #expect(try Tensor.stack([counting([]), counting([])]).shape == [2])
    #expect(try Tensor.stack([counting([0])], dim: 1).shape == [0, 1])
  }

  @Test func secondOrder() throws {
    let x = try countingLeaf([3])
    let squares = try Tensor.cat([x * x, x])
    let weights = try counting([6]) + 1
    let first = try grad([squares], [x], gradients: [weights], createGraph: true)[0]
    #expect(first?.doubles == [4, 9, 18])
    let slope = try #require(first)
    #expect(try weightedGradients([slope], [x]) == [[2, 8, 18]])
  }
}
