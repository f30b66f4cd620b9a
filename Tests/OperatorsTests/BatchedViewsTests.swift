import Apus
import Arrays
import Elements
import Testing

@testable import Autograd
@testable import Operators

@Suite("Views, joins and copies for all examples at once")
struct BatchedViewsTests {
  /// Views of tensors of the shape (2, 3, 1).
  private static let views: [(String, @Sendable (Tensor) throws -> Tensor)] = [
    ("select", { try $0.select(dim: -2, index: -1) }),
    ("slice", { try $0.slice(dim: 1, start: 0, end: 3, step: 2) }),
    ("narrow", { try $0.narrow(dim: 1, start: 1, length: 2) }),
    ("diagonal", { try $0.diagonal(offset: 1, dim1: -3, dim2: 1) }),
    ("transpose", { try $0.transpose(dim0: 0, dim1: -2) }),
    ("t", { try $0.squeeze(dim: -1).t() }),
    ("t of vectors", { try $0.select(dim: 0, index: 0).squeeze().t() }),
    ("permute", { try $0.permute([2, -3, 1]) }),
    ("expand", { try $0.expand([4, -1, 3, 2]) }),
    ("view", { try $0.view([3, -1]) }),
    ("reshape of a transposed", { try $0.transpose(dim0: 0, dim1: 1).reshape([-1]) }),
    ("flatten", { try $0.transpose(dim0: 1, dim1: 2).flatten(startDim: 0, endDim: 1) }),
    ("squeeze", { try $0.squeeze() }),
    ("squeeze, one dimension", { try $0.squeeze(dim: 2).squeeze(dim: 0) }),
    ("squeeze, several dimensions", { try $0.squeeze(dim: [0, -1]) }),
    ("unsqueeze", { try $0.unsqueeze(dim: -1).unsqueeze(dim: 0) }),
    ("unbind", { try $0.unbind(dim: -2)[1] }),
    ("split", { try $0.split(splitSize: 2, dim: 1)[1] }),
    ("split_with_sizes", { try $0.splitWithSizes(splitSizes: [1, 2], dim: 1)[1] }),
    ("chunk", { try $0.chunk(chunks: 2, dim: 1)[0] }),
    ("as_strided", { try $0.asStrided([2, 2], stride: [1, 2]) }),
    ("tril", { try $0.squeeze(dim: 2).tril(diagonal: -1) }),
    ("triu", { try $0.squeeze(dim: 2).triu(diagonal: 1) }),
    ("flip", { try $0.flip([-2, 0]) }),
    ("repeat", { try $0.repeat([2, 1, 2, 3]) }),
    ("clone", { try $0.clone() }),
    ("contiguous", { try $0.transpose(dim0: 0, dim1: 1).contiguous() }),
    ("to", { try $0.to(dtype: .float64, copy: true) }),
  ]

  @Test("A view of each example", arguments: views.indices)
  func view(_ number: Int) throws {
    let (_, view) = Self.views[number]
    try checkBatched([try examples([2, 3, 1])]) { [try view($0[0].tanh()) * 2] }
    // Memory in which the examples are not outermost.
    let inner = try examples([2, 3, 1]).permute([1, 2, 3, 0]).contiguous().permute([3, 0, 1, 2])
    if Self.views[number].0 == "as_strided" { return }
    try checkBatched([inner]) { [try view($0[0])] }
  }

  @Test("Numbers have no dimensions to move")
  func numbers() throws {
    let x = try examples([])
    try checkBatched([x]) { x in
      [
        try x[0].transpose(dim0: 0, dim1: -1), try x[0].permute([]), try x[0].squeeze(dim: 0),
        try x[0].squeeze(), try x[0].t(), try x[0].flip([]), try x[0].unsqueeze(dim: -1),
        try x[0].expand([2]), try x[0].reshape([-1]), try x[0].repeat([2, 1]),
      ]
    }
    // A single example is not taken for a dimension of size one.
    let one = try Func.vmap([x.narrow(dim: 0, start: 0, length: 1)]) { [try $0[0].squeeze(dim: 0)] }
    #expect(one[0].shape == [1])
  }

  @Test("cat and stack, where some tensors differ and others do not")
  func joins() throws {
    let (x, y) = (try examples([2, 3]), try examples([1, 3], 1))
    try checkBatched([x, y]) { [try Tensor.cat([$0[0], $0[1], $0[0]], dim: -2)] }
    try checkBatched([x, try examples([2, 3], 2)]) { [try Tensor.stack($0, dim: -1)] }
    try checkBatched([try examples([]), try examples([], 1)]) { [try Tensor.stack($0)] }
    // Empty vectors are skipped whatever the others' rank.
    try checkBatched([x, try examples([0]), y]) { [try Tensor.cat($0, dim: 0)] }
    try checkBatched([try examples([0]), try examples([0])]) { [try Tensor.cat($0)] }
    let small = try Func.vmap([try x.to(dtype: .float32), try examples([0])]) {
      [try Tensor.cat($0)]
    }
    #expect(small[0].dtype == .float64)
  }

  @Test("No examples at all")
  func none() throws {
    let x = try Tensor.zeros([0, 2, 3], dtype: .float64)
    let found = try Func.vmap([x]) { x in
      [
        try x[0].t().reshape([-1]), try x[0].view([3, -1]), try x[0].select(dim: 1, index: 2),
        try Tensor.stack([x[0], x[0]]), try x[0].mm(x[0].t()),
      ]
    }
    #expect(found.map(\.shape) == [[0, 6], [0, 3, 2], [0, 2], [0, 2, 2, 3], [0, 2, 2]])
  }

  @Test("Integers keep being converted for each example")
  func conversion() throws {
    let x = try Tensor.leaf([1.5, -2.5, 0])
    let found = try Func.vmap([x]) { [try $0[0].to(dtype: .int64), try $0[0].to(dtype: .bool)] }
    #expect(found.map(show) == ["int64 1 -2 0", "bool True True False"])
    #expect(!found[0].requiresGrad)
  }

  @Test("Arguments that no example allows are refused in the words for one")
  func errors() throws {
    let (vector, matrix) = (try examples([2]), try examples([2, 2]))
    #expect(
      batchedFailure([vector]) { try $0[0].tril() }
        == "tril: input tensor must have at least 2 dimensions")
    #expect(
      batchedFailure([try examples([2, 2, 2])]) { try $0[0].t() }
        == "t() expects a tensor with <= 2 dimensions, but self is 3D")
    #expect(
      batchedFailure([try examples([])]) { try $0[0].split(splitSize: 1)[0] }
        == "split expects at least a 1-dimensional tensor")
    #expect(
      batchedFailure([try examples([])]) { try $0[0].unbind()[0] }
        == "Dimension specified as 0 but tensor has no dimensions")
    #expect(
      batchedFailure([matrix]) { try $0[0].view([3, -1]) }
        == "shape '[3, -1]' is invalid for input of size 4")
    #expect(
      batchedFailure([try examples([])]) { try Tensor.cat([$0[0]]) }
        == "zero-dimensional tensor (at position 0) cannot be concatenated")
    #expect(
      batchedFailure([matrix]) { try $0[0].asStrided([3], stride: [2]) }
        == "result = tensor.as_strided([3],[2],0)can access memory outside of `tensor`. `result` can "
        + "access somememory in range [0, 4], but `tensor` can only access some memory in range "
        + "[0, 3]. This is not supported inside of vmap, please try torewrite the `as_strided` call "
        + "as a sequence of PyTorch view operations")
  }

  @Test("A part of each example is changed in place")
  func inPlace() throws {
    let (x, y) = (try examples([2, 3]), try examples([3], 1))
    try checkBatched([x, y], always: [0]) { x in
      let z = try x[0] * 1
      try z.select(dim: 0, index: 1).copy_(x[1])
      return [try z * z]
    }
    try checkBatched([x, y], always: [0]) { x in
      let z = try x[0] * 3
      let column = try z.t().select(dim: 0, index: 2)
      try column.mul_(column.sum())
      try z.narrow(dim: 1, start: 0, length: 2).add_(x[1].sum())
      return [try z * z, try column * 2]
    }
    // The view sees what happens to its base.
    try checkBatched([x, y], always: [0]) { x in
      let z = try x[0] * x[0]
      let part = try z.asStrided([2, 2], stride: [3, 1])
      try z.mul_(x[1])
      return [try part * part, z]
    }
    // Values repeated in memory are changed through a copy of them.
    try checkBatched([x]) { x in
      let z = try x[0].select(dim: 0, index: 0).expand([2, 3]).clone()
      try z.select(dim: 0, index: 0).mul_(2)
      return [z]
    }
  }

  @Test("One tensor for all examples can't take what differs between them")
  func inPlaceOfOne() throws {
    let (x, y) = (try examples([3]), try examples([3], 1))
    #expect(
      batchedFailure([x, y], [nil, 0]) { try ($0[0] * 1).copy_($0[1]) }
        == "vmap: aten::copy_(self, *extra_args) is not possible because there exists a Tensor `other` "
        + "in extra_args that has more elements than `self`. This happened due to `other` being "
        + "vmapped over but `self` not being vmapped over in a vmap. Please try to use out-of-place "
        + "operators instead of aten::copy_. If said operator is being called inside the PyTorch "
        + "framework, please file a bug report instead.")
  }

  @Test("Views within two transforms that batch")
  func nested() throws {
    let x = try direction(like: Tensor.zeros([2, 3, 4, 5], dtype: .float64))
    let found = try Func.vmap([x]) { x in
      try Func.vmap(x, inDims: [1]) { y in
        let z = try y[0].clone()
        try z.select(dim: 1, index: 0).fill_(7)
        return [try z.t().reshape([5, 3]), try z.diagonal()]
      }
    }
    let z = try x.clone()
    try z.select(dim: 3, index: 0).fill_(7)
    let moved = try z.permute([0, 2, 3, 1])
    #expect(found[0].shape == [2, 4, 5, 3])
    #expect(found[0].doubles == moved.doubles)
    #expect(found[1].doubles == (try moved.diagonal(dim1: 3, dim2: 2)).doubles)
  }
}
