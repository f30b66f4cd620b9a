import Apus
import Arrays
import Elements
import Testing

@testable import Autograd
@testable import Operators

@Suite("Products of matrices for all examples at once")
struct BatchedProductsTests {
  @Test("Vectors and matrices, where one differs between the examples or both do")
  func products() throws {
    try checkBatched([examples([3]), examples([3], 1)]) { [try $0[0].dot($0[1])] }
    try checkBatched([examples([2, 3]), examples([3], 1)]) { [try $0[0].mv($0[1])] }
    try checkBatched([examples([2, 3]), examples([3, 4], 1)]) { [try $0[0].mm($0[1])] }
    try checkBatched([examples([3, 2]), examples([4, 3], 1)]) { [try $0[0].t().mm($0[1].t())] }
    try checkBatched([examples([2, 2, 3]), examples([2, 3, 4], 1)]) { [try $0[0].bmm($0[1])] }
    try checkBatched([examples([2]), examples([3], 1)]) { [try $0[0].outer($0[1])] }
    try checkBatched([examples([2, 0]), examples([0, 3], 1)]) { [try $0[0].mm($0[1])] }
  }

  @Test("matmul of any ranks")
  func matmul() throws {
    let shapes: [(Dims, Dims)] = [
      ([3], [3]), ([2, 3], [3]), ([3], [3, 2]), ([2, 3], [3, 2]), ([2, 2, 3], [3, 2]),
      ([2, 3], [2, 3, 2]), ([2, 1, 3], [3]), ([3], [2, 3, 2]), ([2, 1, 2, 3], [2, 3, 1]),
    ]
    for (left, right) in shapes {
      try checkBatched([examples(left), examples(right, 1)]) { [try $0[0].matmul($0[1])] }
    }
  }

  @Test("A tensor plus a product")
  func addmm() throws {
    for shape in [[], [4], [1, 4], [2, 1], [2, 4]] as [Dims] {
      try checkBatched([examples(shape, 2), examples([2, 3]), examples([3, 4], 1)]) {
        [try $0[0].addmm($0[1], $0[2], 0.5, -2)]
      }
    }
    // What is not read doesn't spread its nan.
    let broken = try examples([4]) * .double(.nan)
    let (x, y) = (try examples([2, 3]), try examples([3, 4], 1))
    let first = try Func.vmap([broken, x, y]) { [try $0[0].addmm($0[1], $0[2], 0)] }
    #expect(near(first[0].doubles, try x.bmm(y).doubles))
    let second = try Func.vmap([try examples([4], 2), try x * .double(.nan), y]) {
      [try $0[0].addmm($0[1], $0[2], 2, 0)]
    }
    let expected = try (examples([4], 2) * 2).unsqueeze(dim: 1).expand([3, 2, 4])
    #expect(second[0].doubles == expected.doubles)
    let third = try Func.vmap([broken, x, y]) { [try $0[0].addmm($0[1], $0[2], 0, 0)] }
    #expect(third[0].doubles == Array(repeating: 0, count: 24))
    // Integers take the integer parts of the factors.
    let whole = try integers([1, 2, 3], [3, 1, 1])
    let fourth = try Func.vmap([whole, whole, whole]) {
      [try $0[0].addmm($0[1], $0[2], 2.5, 3.9)]
    }
    #expect(show(fourth[0]) == "int64[3, 1, 1] 5 16 33")
  }

  @Test("linear, with weights that differ between the examples and without")
  func linear() throws {
    for shape in [[3], [2, 3], [2, 2, 3]] as [Dims] {
      try checkBatched([examples(shape), examples([4, 3], 1), examples([4], 2)]) {
        [try $0[0].linear($0[1], bias: $0[2])]
      }
    }
    try checkBatched([examples([3, 2, 2]), examples([4, 3], 1), examples([4], 2)]) {
      [try $0[0].transpose(dim0: 0, dim1: 2).linear($0[1], bias: $0[2])]
    }
    try checkBatched([examples([2, 3]), examples([4, 3], 1)]) { [try $0[0].linear($0[1])] }
  }

  @Test("Products for all examples are single calls")
  func calls() throws {
    let (x, weight) = (try examples([2, 3]), try examples([4, 3], 1).select(dim: 0, index: 0))
    try weight.setRequiresGrad(true)
    let y = try Func.vmap([x], inDims: [0]) { [try $0[0].mm(weight.t())] }[0]
    // One matrix product, with the examples' rows below each other.
    #expect(try y.gradFunction?.name == "ViewBackward0")
    #expect(near(y.doubles, try x.matmul(weight.t()).doubles))
  }

  @Test("Sizes that do not fit are refused in the words for one example")
  func errors() throws {
    let (x, y) = (try examples([2, 3]), try examples([2, 3], 1))
    func words(_ body: () throws -> Tensor) -> String? { failure(body)?.message }
    let (a, b) = (try x.select(dim: 0, index: 0), try y.select(dim: 0, index: 0))
    #expect(batchedFailure([x, y]) { try $0[0].mm($0[1]) } == words { try a.mm(b) })
    #expect(batchedFailure([x, y], [0, nil]) { try $0[0].dot($0[1]) } == words { try a.dot(y) })
    #expect(batchedFailure([x, y]) { try $0[0].mv($0[1]) } == words { try a.mv(b) })
    #expect(batchedFailure([x, y]) { try $0[0].bmm($0[1]) } == words { try a.bmm(b) })
    #expect(
      batchedFailure([x, y]) { try $0[0].addmm($0[0], $0[1]) } == words { try a.addmm(a, b) })
    #expect(
      batchedFailure([x, try y.to(dtype: .float32)]) { try $0[0].mm($0[1].t()) }
        == words { try a.mm(b.to(dtype: .float32).t()) })
    #expect(words { try a.mm(b) } == "mm: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)")
  }
}
