import Apus
import Arrays
import Elements
import Testing

@testable import Autograd
@testable import Operators

@Suite("Indices for all examples at once")
struct BatchedIndexingTests {
  private func rows() throws -> Tensor { try integers([1, 0, -1, 1, 0, 0], [3, 2]) }
  private func columns() throws -> Tensor { try integers([2, 0, 1, 1, -3, 2], [3, 2]) }
  private func mask(_ values: [Bool], _ shape: Dims) throws -> Tensor {
    try Tensor.of(values.map { .bool($0) }, .bool, shape)
  }

  @Test("index, where the tensor differs between the examples, an index does, or both")
  func index() throws {
    let x = try examples([2, 3, 2])
    let (rows, columns) = (try rows(), try columns())
    try checkBatched([x, rows]) { [try $0[0].index([$0[1]])] }
    try checkBatched([x, rows]) { [try $0[0].index([nil, $0[1]])] }
    try checkBatched([x, rows]) { [try $0[0].index([nil, nil, $0[1]])] }
    try checkBatched([x, rows, columns]) { [try $0[0].index([$0[1], $0[2]])] }
    try checkBatched([x, columns, rows]) { [try $0[0].index([nil, $0[1], $0[2]])] }
    try checkBatched([x, rows, rows]) { [try $0[0].index([$0[1], nil, $0[2]])] }
    // Indices of other ranks, which broadcast, and of another dtype.
    try checkBatched([x, rows, columns]) {
      [try $0[0].index([$0[1].unsqueeze(dim: 1), $0[2].to(dtype: .int32)])]
    }
    try checkBatched([x, try integers([1, 0, 1], [3])]) { [try $0[0].index([nil, $0[1]])] }
    try checkBatched([x, try integers([1, 0, 1], [3])]) { [try $0[0].index([$0[1]])] }
  }

  @Test("Masks that all examples share")
  func masks() throws {
    let x = try examples([2, 3, 2])
    let whole = try mask([true, false, true, true, true, false], [2, 3])
    let row = try mask([true, false, true], [3])
    try checkBatched([x]) { [try $0[0].index([whole])] }
    try checkBatched([x]) { [try $0[0].index([nil, row])] }
    let two = try integers([1, 0, 0, 1, 1, 1], [3, 2])
    try checkBatched([x, two]) { [try $0[0].index([$0[1], row])] }
    try checkBatched([x, two]) { [try $0[0].index([nil, row, $0[1]])] }
    try checkBatched([x, two]) { [try $0[0].index([mask([true], []), $0[1]])] }
  }

  @Test("index_put, with all in turn that may differ")
  func put() throws {
    let x = try examples([2, 3, 2])
    let unique = try integers([1, 0, 0, 1, 1, 0], [3, 2])
    for accumulate in [false, true] {
      try checkBatched([x, unique, try examples([2, 3, 2], 1)]) {
        [try $0[0].indexPut([$0[1]], $0[2], accumulate: accumulate)]
      }
      try checkBatched([x, unique, try examples([2], 1)]) {
        [try $0[0].indexPut([nil, $0[1]], $0[2], accumulate: accumulate)]
      }
      try checkBatched([x, unique, try examples([2, 2, 2], 1)]) {
        [try $0[0].indexPut([nil, $0[1]], $0[2], accumulate: accumulate)]
      }
      try checkBatched([x, unique, try examples([3], 1)]) {
        [try $0[0].indexPut([$0[1], nil, $0[1]], $0[2], accumulate: accumulate)]
      }
      try checkBatched([x, unique, try examples([2, 3, 2], 1)], always: [0]) {
        let z = try $0[0] * 1
        try z.indexPut_([$0[1]], $0[2], accumulate: accumulate)
        return [try z * z]
      }
    }
    let row = try mask([true, false, true], [3])
    try checkBatched([x, try examples([], 1)]) { [try $0[0].indexPut([nil, row], $0[1])] }
    try checkBatched([x, try examples([2], 1)]) { [try $0[0].indexPut([nil, row], $0[1])] }
    // One number of any dtype and rank fills a masked part.
    let number = try Tensor.of([1, 2, 3], .float32, [3, 1, 1])
    let filled = try Func.vmap([x, number]) { [try $0[0].indexPut([nil, row], $0[1])] }
    let expected = try x.clone()
    for k in 0..<3 {
      try expected.select(dim: 0, index: k).indexPut_(
        [nil, row], .of(.int(Int64(k) + 1), .float64))
    }
    #expect(filled[0].doubles == expected.doubles)
  }

  @Test("index_select and index_add")
  func slices() throws {
    let x = try examples([2, 3])
    let index = try integers([2, 0, 1, 1, 0, 2], [3, 2])
    try checkBatched([x, index]) { [try $0[0].indexSelect(dim: -1, $0[1])] }
    try checkBatched([x, try integers([1, 0, 1], [3])]) { [try $0[0].indexSelect(dim: 0, $0[1])] }
    let zero = try integers([0, 0, 0], [3, 1])
    try checkBatched([try examples([]), zero]) { [try $0[0].indexSelect(dim: 0, $0[1])] }
    try checkBatched([x, index, try examples([2, 2], 1)]) {
      [try $0[0].indexAdd(dim: 1, $0[1], $0[2], -1.5)]
    }
    try checkBatched([x, try integers([1, 0, 1], [3]), try examples([1, 3], 1)]) {
      [try $0[0].indexAdd(dim: 0, $0[1], $0[2])]
    }
    try checkBatched([try examples([]), zero, try examples([], 1)]) {
      [try $0[0].indexAdd(dim: 0, $0[1], $0[2], 2)]
    }
    try checkBatched([x, index, try examples([2, 2], 1)], always: [0]) {
      [try ($0[0] * 1).indexAdd_(dim: 1, $0[1], $0[2])]
    }
  }

  @Test("gather and scatter_add")
  func gather() throws {
    let x = try examples([2, 3])
    let index = try integers([2, 0, 1, 1, 0, 2], [3, 1, 2])
    try checkBatched([x, index]) { [try $0[0].gather(dim: -1, $0[1])] }
    try checkBatched([x, index, try examples([2, 2], 1)]) {
      [try $0[0].scatterAdd(dim: 1, $0[1], $0[2])]
    }
    let zero = try integers([0, 0, 0], [3])
    try checkBatched([try examples([]), zero]) { [try $0[0].gather(dim: 0, $0[1])] }
    try checkBatched([try examples([1]), zero]) { [try $0[0].gather(dim: 0, $0[1])] }
    try checkBatched([try examples([]), zero, try examples([], 1)]) {
      [try $0[0].scatterAdd(dim: 0, $0[1], $0[2])]
    }
    try checkBatched([x, index, try examples([2, 2], 1)], always: [0]) {
      [try ($0[0] * 1).scatterAdd_(dim: 1, $0[1], $0[2])]
    }
  }

  @Test("Class numbers, when it is said how many classes there are")
  func oneHot() throws {
    let numbers = try integers([2, 0, 1], [3])
    let found = try Func.vmap([numbers]) { [try $0[0].oneHot(numClasses: 3)] }
    #expect(show(found[0]) == "int64[3, 3] 0 0 1 1 0 0 0 1 0")
    #expect(
      batchedFailure([numbers]) { try $0[0].oneHot() }
        == "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling "
        + ".item() on a Tensor, please try to rewrite what you're doing with other operations. If "
        + "error is occurring somewhere inside PyTorch internals, please file a bug report.")
  }

  @Test("Indices from the outer of two transforms, and from one that differentiates")
  func nested() throws {
    let x = try direction(like: Tensor.zeros([2, 3, 4], dtype: .float64))
    let index = try integers([3, 0, 1, 2], [2, 2])
    // Outer examples share their index among the inner ones.
    let found = try Func.vmap([x, index]) { outer in
      try Func.vmap([outer[0]]) { [try $0[0].index([outer[1]])] }
    }
    #expect(found[0].shape == [2, 3, 2])
    let expected = try (0..<2).map { k in
      try x.select(dim: 0, index: k).indexSelect(dim: 1, index.select(dim: 0, index: k))
    }
    #expect(found[0].doubles == (try Tensor.stack(expected)).doubles)
    // Each level has an index of its own.
    let both = try Func.vmap([x, index]) { outer in
      try Func.vmap([outer[0], integers([0, 2, 1], [3])]) { inner in
        [try inner[0].index([outer[1] * 1]).index([inner[1].clamp(min: nil, max: 1)])]
      }
    }
    let picks = [0, 1, 1]
    for k in 0..<2 {
      for j in 0..<3 {
        let row = try expected[k].select(dim: 0, index: j)
        #expect(both[0].doubles[3 * k + j] == row.doubles[picks[j]])
      }
    }
    // The largest element of each example, found by an index that the inner transform made.
    let vectors = try examples([4])
    let gradients = try Func.vmap([vectors]) { x in
      try Func.grad(x) { y in
        let place = try y[0].argmax(dim: 0)
        let largest = try y[0].index([place])
        return try largest * largest
      }
    }
    let largest = try vectors.amax(dim: [1], keepdim: true)
    let isLargest = try vectors.eq(largest).to(dtype: .float64)
    #expect(near(gradients[0].doubles, try (vectors * isLargest * 2).doubles))
  }

  @Test("What depends on elements is refused")
  func refused() throws {
    let x = try examples([2, 2])
    let masks = try x.gt(0)
    #expect(
      batchedFailure([x, masks]) { try $0[0].index([$0[1]]) }
        == "vmap: We do not support batching operators that can support dynamic shape. Attempting to "
        + "batch over indexing with a boolean mask.")
    for name in ["nonzero", "masked_select"] {
      #expect(
        batchedFailure([x, masks]) {
          try name == "nonzero" ? $0[0].nonzero() : $0[0].maskedSelect($0[1])
        }
          == "vmap: We do not support batching operators that can output dynamic shape. Attempted to "
          + "vmap over aten::\(name). Please file an issue at "
          + "https://github.com/pytorch/pytorch/issues if you need this feature.")
    }
    // A mask for all examples, while only gradients differ between them.
    let leaf = try Tensor.leaf([1, 2, 3])
    let y = try leaf.maskedSelect(mask([true, false, true], [3]))
    let rows = try Func.vmap([Tensor.eye(n: 2, dtype: .float64)]) { seed in
      try grad([y], [leaf], gradients: [seed[0]], retainGraph: true).compactMap(\.self)
    }
    #expect(rows[0].doubles == [1, 0, 0, 0, 0, 1])
    #expect(
      batchedFailure([try examples([2]), try integers([0, 1, 0], [3])], [nil, 0]) {
        try ($0[0] * 1).indexPut_([$0[1]], .of(1, .float64))
      }
        == "vmap: aten::index_put_(self, *extra_args) is not possible because there exists a Tensor "
        + "`other` in extra_args that has more elements than `self`. This happened due to `other` "
        + "being vmapped over but `self` not being vmapped over in a vmap. Please try to use "
        + "out-of-place operators instead of aten::index_put_. If said operator is being called "
        + "inside the PyTorch framework, please file a bug report instead.")
    #expect(
      batchedFailure([try examples([2]), try integers([0, 1, 2], [3])]) { try $0[0].index([$0[1]]) }
        == "index 2 is out of bounds for dimension 1 with size 2")
  }
}
