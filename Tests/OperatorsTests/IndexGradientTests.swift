import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

struct IndexGradientTests {
  private func leaf(_ shape: Dims) throws -> Tensor {
    let x = Tensor(
      try NDArray.arange(1, .int(Int64(shape.reduce(1, *)) + 1), 1, .float64).viewed(as: shape))
    try x.setRequiresGrad(true)
    return x
  }

  private func list(_ values: Scalar..., shape: Dims? = nil) throws -> Tensor {
    try .of(values, .int64, shape)
  }

  /// The gradients of `y` when its own is 1, 2, 3, … in row-major order.
  private func gradients(_ y: Tensor, _ inputs: Tensor...) throws -> [String] {
    let g = Tensor(try NDArray.arange(1, .int(Int64(y.count) + 1), 1, y.dtype).viewed(as: y.shape))
    return try grad([y], inputs, gradients: [g]).map { $0.map(show) ?? "none" }
  }

  @Test("nodes have PyTorch's names")
  func names() throws {
    let x = try leaf([3])
    let i = try list(0)
    func name(_ y: Tensor) throws -> String? { try y.gradFunction?.name }
    #expect(try name(x.index([i])) == "IndexBackward0")
    #expect(try name(x.indexPut([i], x.index([i]))) == "IndexPutBackward0")
    #expect(try name(x.indexSelect(dim: 0, i)) == "IndexSelectBackward0")
    #expect(try name(x.indexAdd(dim: 0, i, x.index([i]))) == "IndexAddBackward0")
    #expect(try name(x.gather(dim: 0, i)) == "GatherBackward0")
    #expect(try name(x.scatterAdd(dim: 0, i, x)) == "ScatterAddBackward0")
    #expect(try name(x.maskedSelect(.of(true, .bool))) == "MaskedSelectBackward0")
    #expect(try !x.nonzero().requiresGrad)
  }

  @Test("gradients are added where elements come from")
  func index() throws {
    let v = try leaf([3])
    #expect(try gradients(v.index([list(2, 0, 2)]), v) == ["float64 2.0 0.0 4.0"])
    let x = try leaf([2, 2])
    #expect(
      try gradients(x.index([nil, list(1, 1)]), x) == ["float64[2, 2] 0.0 3.0 0.0 7.0"])
    let mask = try Tensor.of([true, false, true, true], .bool, [2, 2])
    #expect(try gradients(x.index([mask]), x) == ["float64[2, 2] 1.0 0.0 2.0 3.0"])
    #expect(try gradients(x.maskedSelect(mask), x) == ["float64[2, 2] 1.0 0.0 2.0 3.0"])
    let column = try Tensor.of([true, false, true], .bool, [3, 1])
    #expect(try gradients(v.maskedSelect(column), v) == ["float64 5.0 7.0 9.0"])
    #expect(
      try gradients(x.indexSelect(dim: 1, list(0, 0)), x) == ["float64[2, 2] 3.0 0.0 7.0 0.0"])
    #expect(
      try gradients(x.gather(dim: 0, list(0, 1, 0, 0, shape: [2, 2])), x)
        == ["float64[2, 2] 4.0 4.0 0.0 2.0"])
  }

  @Test("replaced elements have no gradient, their values do")
  func indexPut() throws {
    let (x, v) = (try leaf([3]), try leaf([2]))
    let i = try list(2, 0)
    #expect(
      try gradients(x.indexPut([i], v), x, v) == ["float64 0.0 2.0 0.0", "float64 3.0 1.0"])
    #expect(
      try gradients(x.indexPut([i], v, accumulate: true), x, v)
        == ["float64 1.0 2.0 3.0", "float64 3.0 1.0"])
    let one = try leaf([1, 1])
    let mask = try Tensor.of([true, false, true], .bool)
    #expect(
      try gradients(x.indexPut([mask], one), x, one)
        == ["float64 0.0 2.0 0.0", "float64[1, 1] 4.0"])
  }

  @Test("what is added has the gradient of where it goes")
  func adding() throws {
    let (x, v) = (try leaf([3]), try leaf([2]))
    let i = try list(2, 0)
    #expect(
      try gradients(x.indexAdd(dim: 0, i, v, 2), x, v)
        == ["float64 1.0 2.0 3.0", "float64 6.0 2.0"])
    #expect(
      try gradients(x.scatterAdd(dim: 0, i, v), x, v)
        == ["float64 1.0 2.0 3.0", "float64 3.0 1.0"])
    // The part of src beyond the index has none.
    #expect(
      try gradients(x.scatterAdd(dim: 0, list(1), v), x, v)
        == ["float64 1.0 2.0 3.0", "float64 2.0 0.0"])
  }

  @Test("in place, gradients go both ways")
  func inPlace() throws {
    let (x, v) = (try leaf([3]), try leaf([2]))
    let y = try x.mul(2)
    try y.indexPut_([list(0, 1)], v)
    #expect(try gradients(y, x, v) == ["float64 0.0 0.0 6.0", "float64 1.0 2.0"])
    #expect(failure { try x.indexPut_([list(0)], .of(1, .float64)) } == .leafInPlace)
    let z = try x.mul(2)
    try z.scatterAdd_(dim: 0, list(1, 1), v)
    #expect(try gradients(z, x, v) == ["float64 2.0 4.0 6.0", "float64 2.0 2.0"])
  }

  @Test("an index changed in place after the call is noticed")
  func changedIndex() throws {
    let x = try leaf([3])
    let i = try list(2, 0)
    let results = [
      try x.index([i]), try x.indexSelect(dim: 0, i), try x.gather(dim: 0, i),
    ]
    try i.zero_()
    for y in results {
      let error = failure { try #require(try grad([y], [x], gradients: [y.detach()])[0]) }
      #expect(
        error?.message.hasPrefix(
          "one of the variables needed for gradient computation has been modified by an inplace "
            + "operation: [torch.LongTensor [2]] is at version 1; expected version 0 instead.")
          == true)
    }
  }
}
