import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

@Suite struct ViewTests {
  @Test(arguments: cases) func view(_ view: Case) throws {
    try view.check()
    #expect(try view.run(counting([2, 2, 3])).isView)
  }

  @Test(arguments: refusals) func refusal(_ refusal: Refusal) { refusal.check() }

  // Recorded from PyTorch.
  static let cases: [Case] = [
    Case(
      "x.select(dim: 1, index: -1)", { try $0.select(dim: 1, index: -1) },
      "SelectBackward0 [2, 3] [6, 1]+3",
      [3, 4, 5, 9, 10, 11],
      [0, 0, 0, 1, 2, 3, 0, 0, 0, 4, 5, 6]),
    Case(
      "x.slice(dim: -1, start: -2, step: 2)", { try $0.slice(dim: -1, start: -2, step: 2) },
      "SliceBackward0 [2, 2, 1] [6, 3, 2]+1",
      [1, 4, 7, 10],
      [0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0]),
    Case(
      "x.slice(dim: 0, start: 5, end: -7)", { try $0.slice(dim: 0, start: 5, end: -7) },
      "SliceBackward0 [0, 2, 3] [6, 3, 1]+12",
      [],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    Case(
      "x.narrow(dim: 2, start: -2, length: 1)", { try $0.narrow(dim: 2, start: -2, length: 1) },
      "SliceBackward0 [2, 2, 1] [6, 3, 1]+1",
      [1, 4, 7, 10],
      [0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0]),
    Case(
      "x.transpose(dim0: 0, dim1: -1)", { try $0.transpose(dim0: 0, dim1: -1) },
      "TransposeBackward0 [3, 2, 2] [1, 3, 6]+0",
      [0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11],
      [1, 5, 9, 3, 7, 11, 2, 6, 10, 4, 8, 12]),
    Case(
      "x.select(dim: 0, index: 1).t()", { try $0.select(dim: 0, index: 1).t() },
      "TBackward0 [3, 2] [1, 3]+6",
      [6, 9, 7, 10, 8, 11],
      [0, 0, 0, 0, 0, 0, 1, 3, 5, 2, 4, 6]),
    Case(
      "x.permute([-1, 0, 1])", { try $0.permute([-1, 0, 1]) },
      "PermuteBackward0 [3, 2, 2] [1, 6, 3]+0",
      [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11],
      [1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12]),
    Case(
      "x.expand([2, -1, 2, 3])", { try $0.expand([2, -1, 2, 3]) },
      "ExpandBackward0 [2, 2, 2, 3] [0, 6, 3, 1]+0",
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      [14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36]),
    Case(
      "x.narrow(dim: 1, start: 0, length: 1).expand([2, 2, -1])",
      { try $0.narrow(dim: 1, start: 0, length: 1).expand([2, 2, -1]) },
      "ExpandBackward0 [2, 2, 3] [6, 0, 1]+0",
      [0, 1, 2, 0, 1, 2, 6, 7, 8, 6, 7, 8],
      [5, 7, 9, 0, 0, 0, 17, 19, 21, 0, 0, 0]),
    Case(
      "x.view([3, -1])", { try $0.view([3, -1]) },
      "ViewBackward0 [3, 4] [4, 1]+0",
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    Case(
      "x.transpose(dim0: 0, dim1: 1).view([2, 2, 3, 1])",
      { try $0.transpose(dim0: 0, dim1: 1).view([2, 2, 3, 1]) },
      "ViewBackward0 [2, 2, 3, 1] [3, 6, 1, 1]+0",
      [0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11],
      [1, 2, 3, 7, 8, 9, 4, 5, 6, 10, 11, 12]),
    Case(
      "x.narrow(dim: 0, start: 1, length: 1).squeeze()",
      { try $0.narrow(dim: 0, start: 1, length: 1).squeeze() },
      "SqueezeBackward0 [2, 3] [3, 1]+6",
      [6, 7, 8, 9, 10, 11],
      [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6]),
    Case(
      "x.narrow(dim: 0, start: 1, length: 1).squeeze(dim: 0)",
      { try $0.narrow(dim: 0, start: 1, length: 1).squeeze(dim: 0) },
      "SqueezeBackward1 [2, 3] [3, 1]+6",
      [6, 7, 8, 9, 10, 11],
      [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6]),
    Case(
      "x.narrow(dim: 1, start: 1, length: 1).squeeze(dim: [0, -2])",
      { try $0.narrow(dim: 1, start: 1, length: 1).squeeze(dim: [0, -2]) },
      "SqueezeBackward2 [2, 3] [6, 1]+3",
      [3, 4, 5, 9, 10, 11],
      [0, 0, 0, 1, 2, 3, 0, 0, 0, 4, 5, 6]),
    Case(
      "x.unsqueeze(dim: -1)", { try $0.unsqueeze(dim: -1) },
      "UnsqueezeBackward0 [2, 2, 3, 1] [6, 3, 1, 1]+0",
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    Case(
      "x.unsqueeze(dim: 1)", { try $0.unsqueeze(dim: 1) },
      "UnsqueezeBackward0 [2, 1, 2, 3] [6, 6, 3, 1]+0",
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    Case(
      "x.diagonal(offset: 1, dim1: 0, dim2: -1)", { try $0.diagonal(offset: 1, dim1: 0, dim2: -1) },
      "DiagonalBackward0 [2, 2] [3, 7]+1",
      [1, 8, 4, 11],
      [0, 1, 0, 0, 3, 0, 0, 0, 2, 0, 0, 4]),
    Case(
      "x.diagonal(offset: -1, dim1: 2, dim2: 1)", { try $0.diagonal(offset: -1, dim1: 2, dim2: 1) },
      "DiagonalBackward0 [2, 2] [6, 4]+1",
      [1, 5, 7, 11],
      [0, 1, 0, 0, 0, 2, 0, 3, 0, 0, 0, 4]),
    Case(
      "x.diagonal(offset: 7)", { try $0.diagonal(offset: 7) },
      "DiagonalBackward0 [3, 0] [1, 9]+0",
      [],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
  ]

  static let refusals: [Refusal] = [
    Refusal(
      "z.select(dim: 0, index: 0)", .index, { try $0.z.select(dim: 0, index: 0) },
      "select() cannot be applied to a 0-dim tensor."),
    Refusal(
      "x.select(dim: 2, index: 0)", .index, { try $0.x.select(dim: 2, index: 0) },
      "Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
    Refusal(
      "x.select(dim: 0, index: 2)", .index, { try $0.x.select(dim: 0, index: 2) },
      "select(): index 2 out of range for tensor of size [2, 3] at dimension 0"),
    Refusal(
      "x.select(dim: 1, index: .max)", .index, { try $0.x.select(dim: 1, index: .max) },
      "select(): index 9223372036854775807 out of range for tensor of size [2, 3] at "
        + "dimension 1"),
    Refusal(
      "x.select(dim: 1, index: .min)", .index, { try $0.x.select(dim: 1, index: .min) },
      "select(): index -9223372036854775808 out of range for tensor of size [2, 3] at "
        + "dimension 1"),
    Refusal(
      "x.select(dim: .min, index: 0)", .index, { try $0.x.select(dim: .min, index: 0) },
      "Dimension out of range (expected to be in range of [-2, 1], but got "
        + "-9223372036854775808)"),
    Refusal(
      "z.slice()", .index, { try $0.z.slice() },
      "slice() cannot be applied to a 0-dim tensor."),
    Refusal(
      "x.slice(step: 0)", .runtime, { try $0.x.slice(step: 0) },
      "slice step must be positive"),
    Refusal(
      "x.slice(step: .min)", .runtime, { try $0.x.slice(step: .min) },
      "slice step must be positive"),
    Refusal(
      "z.narrow(dim: 0, start: 0, length: 0)", .runtime,
      { try $0.z.narrow(dim: 0, start: 0, length: 0) },
      "narrow() cannot be applied to a 0-dim tensor."),
    Refusal(
      "x.narrow(dim: 0, start: 0, length: 3)", .runtime,
      { try $0.x.narrow(dim: 0, start: 0, length: 3) },
      "start (0) + length (3) exceeds dimension size (2)."),
    Refusal(
      "x.narrow(dim: 0, start: 0, length: -1)", .runtime,
      { try $0.x.narrow(dim: 0, start: 0, length: -1) },
      "narrow(): length must be non-negative."),
    Refusal(
      "x.narrow(dim: 0, start: 3, length: 0)", .index,
      { try $0.x.narrow(dim: 0, start: 3, length: 0) },
      "start out of range (expected to be in range of [-2, 2], but got 3)"),
    Refusal(
      "x.narrow(dim: 1, start: 1, length: .max)", .runtime,
      { try $0.x.narrow(dim: 1, start: 1, length: .max) },
      "start (1) + length (9223372036854775807) exceeds dimension size (3)."),
    Refusal(
      "z.transpose(dim0: 0, dim1: 1)", .index, { try $0.z.transpose(dim0: 0, dim1: 1) },
      "Dimension out of range (expected to be in range of [-1, 0], but got 1)"),
    Refusal(
      "c.t()", .runtime, { try $0.c.t() },
      "t() expects a tensor with <= 2 dimensions, but self is 3D"),
    Refusal(
      "x.permute([0])", .runtime, { try $0.x.permute([0]) },
      "permute(sparse_coo): number of dimensions in the tensor input does not match the "
        + "length of the desired ordering of dimensions i.e. input.dim() = 2 is not equal to "
        + "len(dims) = 1"),
    Refusal(
      "c.permute([0, 0, 5])", .runtime, { try $0.c.permute([0, 0, 5]) },
      "permute(): duplicate dims are not allowed."),
    Refusal(
      "c.permute([5, 0, 0])", .index, { try $0.c.permute([5, 0, 0]) },
      "Dimension out of range (expected to be in range of [-3, 2], but got 5)"),
    Refusal(
      "x.expand([3])", .runtime, { try $0.x.expand([3]) },
      "expand(torch.FloatTensor{[2, 3]}, size=[3]): the number of sizes provided (1) must "
        + "be greater or equal to the number of dimensions in the tensor (2)"),
    Refusal(
      "x.to(dtype: .bool).expand([3])", .runtime, { try $0.x.to(dtype: .bool).expand([3]) },
      "expand(CPUBoolType{[2, 3]}, size=[3]): the number of sizes provided (1) must be "
        + "greater or equal to the number of dimensions in the tensor (2)"),
    Refusal(
      "x.expand([-1, 2, 3])", .runtime, { try $0.x.expand([-1, 2, 3]) },
      "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing "
        + "dimension 0"),
    Refusal(
      "x.expand([4, 3])", .runtime, { try $0.x.expand([4, 3]) },
      "The expanded size of the tensor (4) must match the existing size (2) at "
        + "non-singleton dimension 0.  Target sizes: [4, 3].  Tensor sizes: [2, 3]"),
    Refusal(
      "x.expand([-2, 3])", .runtime, { try $0.x.expand([-2, 3]) },
      "The expanded size of the tensor (-2) must match the existing size (2) at "
        + "non-singleton dimension 0.  Target sizes: [-2, 3].  Tensor sizes: [2, 3]"),
    Refusal(
      "z.expand([1 << 62, 1 << 62])", .runtime, { try $0.z.expand([1 << 62, 1 << 62]) },
      "numel: integer multiplication overflow"),
    Refusal(
      "x.view([4])", .runtime, { try $0.x.view([4]) },
      "shape '[4]' is invalid for input of size 6"),
    Refusal(
      "x.view([-1, -1])", .runtime, { try $0.x.view([-1, -1]) },
      "only one dimension can be inferred"),
    Refusal(
      "x.view([-2])", .runtime, { try $0.x.view([-2]) },
      "invalid shape dimension -2 at index 0 of shape [-2]"),
    Refusal(
      "x.view([-1, 0])", .runtime, { try $0.x.view([-1, 0]) },
      "shape '[-1, 0]' is invalid for input of size 6"),
    Refusal(
      "x.narrow(dim: 0, start: 0, length: 0).view([-1, 0])", .runtime,
      { try $0.x.narrow(dim: 0, start: 0, length: 0).view([-1, 0]) },
      "cannot reshape tensor of 0 elements into shape [-1, 0] because the unspecified "
        + "dimension size -1 can be any value and is ambiguous"),
    Refusal(
      "x.t().view([6])", .runtime, { try $0.x.t().view([6]) },
      "view size is not compatible with input tensor's size and stride (at least one "
        + "dimension spans across two contiguous subspaces). Use .reshape(...) instead."),
    Refusal(
      "x.view([1 << 62, 4])", .runtime, { try $0.x.view([1 << 62, 4]) },
      "shape '[4611686018427387904, 4]' is invalid for input of size 6"),
    Refusal(
      "x.squeeze(dim: 2)", .index, { try $0.x.squeeze(dim: 2) },
      "Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
    Refusal(
      "x.squeeze(dim: [1, -1])", .runtime, { try $0.x.squeeze(dim: [1, -1]) },
      "dim 1 appears multiple times in the list of dims"),
    Refusal(
      "x.unsqueeze(dim: 3)", .index, { try $0.x.unsqueeze(dim: 3) },
      "Dimension out of range (expected to be in range of [-3, 2], but got 3)"),
    Refusal(
      "x.diagonal(dim2: -2)", .runtime, { try $0.x.diagonal(dim2: -2) },
      "diagonal dimensions cannot be identical 0, -2"),
    Refusal(
      "x.diagonal(dim2: 2)", .index, { try $0.x.diagonal(dim2: 2) },
      "Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
    Refusal(
      "z.diagonal()", .index, { try $0.z.diagonal() },
      "Dimension out of range (expected to be in range of [-1, 0], but got 1)"),
  ]
}

@Suite struct ViewBehaviourTests {
  @Test func sharesMemory() throws {
    let x = try counting([2, 3])
    let view = try x.t().select(dim: 0, index: 1)
    try view.add_(10)
    #expect(x.doubles == [0, 11, 2, 3, 14, 5])
    #expect(x.version == 1)
    #expect(try x.expandAs(counting([2, 2, 3])).shape == [2, 2, 3])
    #expect(try x.viewAs(counting([6])).shape == [6])
  }

  @Test func changingAViewChangesTheGradientOfItsBase() throws {
    let x = try countingLeaf([2, 3])
    let y = try x * 1
    try y.select(dim: 0, index: 1).narrow(dim: 0, start: 1, length: 2).mul_(counting([2]) + 5)
    #expect(y.doubles == [0, 1, 2, 3, 20, 30])
    #expect(try y.gradFunction?.shortName == "CopySlices")
    #expect(try weightedGradients([y], [x]) == [[1, 2, 3, 4, 25, 36]])
  }

  @Test func numbersHaveViewsToo() throws {
    let z = try counting([])
    #expect(try z.transpose(dim0: 0, dim1: -1).shape == [])
    #expect(try z.t().shape == [])
    #expect(try z.permute([]).shape == [])
    #expect(try z.squeeze(dim: -1).shape == [])
    #expect(try z.unsqueeze(dim: -1).shape == [1])
    #expect(try z.view([1, 1]).shape == [1, 1])
    #expect(try z.expand([2, 1]).strides == [0, 0])
  }

  @Test func noNumberIsTooLarge() throws {
    let x = try counting([2, 3])
    #expect(try x.slice(dim: 1, start: .min, end: .max).shape == [2, 3])
    let first = try x.slice(dim: 0, step: .max)
    #expect(first.doubles == [0, 1, 2])
    #expect(try first.slice(dim: 0, start: 1).clone().shape == [0, 3])
    #expect(try first.unsqueeze(dim: 0).exp().shape == [1, 1, 3])
    #expect(try x.diagonal(offset: .max).shape == [0])
    #expect(try x.diagonal(offset: .min).shape == [0])
    let empty = try x.asStrided([0, 1 << 62], stride: [1, 4])
    #expect(try empty.unsqueeze(dim: 1).clone().shape == [0, 1, 1 << 62])
    let afar = try x.asStrided([0], stride: [1 << 62], storageOffset: 1 << 62)
    #expect(try (afar + 1).count == 0)
    let lone = try x.asStrided([1, 1], stride: [1 << 62, .max])
    #expect(try lone.view([1]).add(1).doubles == [1])
    #expect(try lone.expand([2, -1]).doubles == [0, 0])
  }

  @Test func emptyTensors() throws {
    let x = try countingLeaf([2, 0, 3])
    #expect(try x.view([0, 7]).strides == [7, 1])
    #expect(try x.transpose(dim0: 0, dim1: 2).view([3, 0, 1, 2]).strides == [2, 2, 2, 1])
    let y = try x.select(dim: 0, index: 1)
    #expect(y.shape == [0, 3])
    #expect(try weightedGradients([y], [x]) == [[]])
  }

  @Test func everyDtype() throws {
    for dtype in DType.allCases {
      let x = try counting([2, 2], dtype)
      #expect(try x.t().clone().dtype == dtype)
      #expect(try x.t().reshape([4]).element(at: 2).double == 1)
    }
  }
}
