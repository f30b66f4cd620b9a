import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

struct IndexingTests {
  /// [[[0, 1, 2, 3], [4, …], [8, …]], [[12, …], …]]
  private func cube() throws -> Tensor {
    Tensor(try NDArray.arange(0, 24, 1, .float64).viewed(as: [2, 3, 4]))
  }

  private func list(_ values: Scalar..., dtype: DType = .int64) throws -> Tensor {
    try .of(values, dtype)
  }

  @Test("indices of rows wrap, repeat and broadcast")
  func rows() throws {
    let v = try Tensor.of([10, 11, 12], .int64)
    #expect(try show(v.index([list(2, 0, -1, 2)])) == "int64 12 10 12 12")
    #expect(try show(v.index([list(1, dtype: .int32)])) == "int64 11")
    #expect(try show(v.index([Tensor.of(1, .int64)])) == "int64[] 11")
    #expect(
      try show(v.index([Tensor.of([0, 2, 1, 1], .int64, [2, 2])])) == "int64[2, 2] 10 12 11 11")
    #expect(try show(v.index([Tensor.of([], .int64)])) == "int64")
    let x = try cube()
    #expect(try show(x.index([list(1, 0), list(2), list(3, -4)])) == "float64 23.0 8.0")
    let column = try Tensor.of([0, 1], .int64, [2, 1])
    #expect(
      try show(x.index([list(1), column, list(0, 1)])) == "float64[2, 2] 12.0 13.0 16.0 17.0")
  }

  @Test("neighbouring indices stay in place, separated ones come first")
  func places() throws {
    let x = try cube()
    let two = try list(0, 1)
    #expect(try x.index([nil, two, two]).shape == [2, 2])
    #expect(try x.index([two, two]).shape == [2, 4])
    #expect(try show(x.index([two, nil, two])) == "float64[2, 3] 0.0 4.0 8.0 13.0 17.0 21.0")
    let square = try Tensor.of([0, 3, 1, 2], .int64, [2, 2])
    #expect(try x.index([nil, nil, square]).shape == [2, 3, 2, 2])
    #expect(
      try show(x.index([nil, list(2), square]))
        == "float64[2, 2, 2] 8.0 11.0 9.0 10.0 20.0 23.0 21.0 22.0")
    let transposed = Tensor(try x.array.permuted([2, 1, 0]))
    #expect(try show(transposed.index([list(3), list(0)])) == "float64[1, 2] 3.0 15.0")
  }

  @Test("many indices of the last dimension are walked along it")
  func longLists() throws {
    let x = try cube()
    let many = Tensor(try NDArray.arange(0, 20, 1, .int64).binary(.remainder, 4))
    let picked = try x.index([nil, nil, many])
    #expect(picked.shape == [2, 3, 20])
    #expect(picked.elements[20 * 4 + 7] == 19.0)
  }

  @Test("masks stand for their dimensions")
  func masks() throws {
    let x = try cube()
    let rows = try Tensor.of([true, false, false, false, true, false], .bool, [2, 3])
    #expect(try show(x.index([rows, list(3)])) == "float64 3.0 19.0")
    #expect(try x.index([rows]).shape == [2, 4])
    let plane = try Tensor.of([true, false, false, true], .uint8)
    #expect(try x.index([nil, nil, plane]).shape == [2, 3, 2])
    let transposed = Tensor(try x.array.permuted([1, 0, 2]))
    let mask = Tensor(try rows.array.permuted([1, 0]))
    #expect(try show(transposed.index([mask, list(0)])) == "float64 0.0 16.0")
    // A mask without dimensions keeps or drops what the others pick.
    let (yes, no) = (try Tensor.of(true, .bool), try Tensor.of(false, .bool))
    #expect(try show(Tensor.of(5, .int8).index([yes])) == "int8 5")
    #expect(try x.index([yes, list(1)]).shape == [1, 3, 4])
    #expect(try x.index([no]).shape == [0, 2, 3, 4])
  }

  @Test("what can't be an index is refused in PyTorch's words")
  func errors() throws {
    let x = try cube()
    let zero = try list(0)
    func message(_ indices: [Tensor?]) -> String? {
      let error = failure { try x.index(indices) }
      return error?.kind == .index ? error?.message : nil
    }
    #expect(message([]) == "at least one index must be provided")
    #expect(
      message([zero, zero, zero, zero]) == "too many indices for tensor of dimension 3 (got 4)")
    let words = "tensors used as indices must be long, int, byte or bool tensors"
    #expect(try message([list(0, dtype: .int16)]) == words)
    #expect(try message([list(0, dtype: .float32)]) == words)
    #expect(
      try message([list(2)]) == "index 2 is out of bounds for dimension 0 with size 2")
    #expect(
      try message([nil, zero, list(-5)])
        == "index -5 is out of bounds for dimension 1 with size 4")
    #expect(
      try message([list(.int(.min))])
        == "index -9223372036854775808 is out of bounds for dimension 0 with size 2")
    #expect(
      try message([list(0, 1), list(0, 1, 2)])
        == "shape mismatch: indexing tensors could not be broadcast together with shapes [2], [3]")
    #expect(
      try message([nil, Tensor.of([true, true], .bool)])
        == "The shape of the mask [2] at index 0 does not match the shape of the indexed tensor "
        + "[2, 3, 4] at index 1")
    let mask = Tensor(try .full([2, 3], true, .bool))
    #expect(
      message([mask, zero, zero])
        == "Dimension out of range (expected to be in range of [-3, 2], but got 3)")
    let empty = Tensor(try .full([0, 2], 0, .float32))
    #expect(
      failure { try empty.index([zero]) }?.message
        == "index is out of bounds for dimension with size 0")
    #expect(try empty.index([nil, list(9)]).shape == [0, 1])
  }

  @Test("indices that broadcast to more than memory holds are errors")
  func overflow() throws {
    let column = Tensor(try NDArray.full([1, 1], 0, .int64).expanded(to: [1 << 40, 1]))
    let row = Tensor(try NDArray.full([1, 1], 0, .int64).expanded(to: [1, 1 << 40]))
    let x = try cube()
    #expect(failure { try x.index([column, row]) } != nil)
    #expect(failure { try x.indexPut([column, row], .of(1, .float64)) } != nil)
    let long = Tensor(try NDArray.full([1], 0, .int64).expanded(to: [1 << 59]))
    #expect(failure { try x.index([long]) } != nil)
    #expect(failure { try x.gather(dim: 0, long) } != nil)
  }

  @Test("index_put replaces, adds, and fills masks with a number of any dtype")
  func indexPut() throws {
    let v = try Tensor.of([0, 1, 2, 3])
    #expect(try show(v.indexPut([list(0, -1)], .of(9))) == "float32 9.0 1.0 2.0 9.0")
    #expect(
      try show(v.indexPut([list(1, 1, 1)], .of([1, 2, 3]), accumulate: true))
        == "float32 0.0 7.0 2.0 3.0")
    #expect(try show(v.indexPut([list(1, 1)], .of([5, 6]))) == "float32 0.0 6.0 2.0 3.0")
    let mask = try Tensor.of([false, true, false, true], .bool)
    #expect(try show(v.indexPut([mask], .of([7, 8]))) == "float32 0.0 7.0 2.0 8.0")
    #expect(try show(v.indexPut([mask], .of([1], .int64, [1, 1]))) == "float32 0.0 1.0 2.0 1.0")
    let x = try cube()
    let filled = try x.indexPut([nil, list(0, 2)], .of([-1, -2], .float64, [2, 1]))
    #expect(
      Array(filled.elements.prefix(12))
        == [-1.0, -1.0, -1.0, -1.0, 4.0, 5.0, 6.0, 7.0, -2.0, -2.0, -2.0, -2.0])
    #expect(try show(v.indexPut_([list(0)], .of(4))) == "float32 4.0 1.0 2.0 3.0")
    #expect(v.version == 1)
    let every = Tensor(try v.array.slice(dim: 0, start: 0, end: nil, step: 2))
    #expect(try show(every.indexPut_([list(1)], .of(8))) == "float32 4.0 8.0")
    #expect(show(v) == "float32 4.0 1.0 8.0 3.0")
  }

  @Test("index_put refuses values that do not fit")
  func indexPutErrors() throws {
    let v = try Tensor.of([0, 1, 2, 3])
    let two = try list(0, 1)
    #expect(
      failure { try v.indexPut([two], .of([1, 2, 3])) }?.message
        == "shape mismatch: value tensor of shape [3] cannot be broadcast to indexing result of "
        + "shape [2]")
    #expect(
      failure { try v.indexPut([two], .of(1, .int64)) }?.message
        == "Index put requires the source and destination dtypes match, got Float for the "
        + "destination and Long for the source.")
    let part = Tensor(try v.array.slice(dim: 0, start: 1, end: 3))
    #expect(failure { try v.indexPut_([two], part) } == .overlappingMemory)
    #expect(failure { try two.indexPut_([two], .of(1, .int64)) } == .overlappingMemory)
    #expect(failure { try v.indexPut_([list(7)], .of(1)) }?.kind == .index)
    #expect(show(v) == "float32 0.0 1.0 2.0 3.0")
  }

  @Test("masked_select broadcasts both and goes row by row")
  func maskedSelect() throws {
    let x = try cube()
    let columns = try Tensor.of([true, false, false, true], .bool)
    #expect(
      try Array(x.maskedSelect(columns).elements.prefix(4)) == [0.0, 3.0, 4.0, 7.0])
    let transposed = Tensor(try x.array.permuted([2, 1, 0]))
    #expect(
      try Array(transposed.maskedSelect(.of([true, false], .bool)).elements.prefix(4))
        == [0.0, 4.0, 8.0, 1.0])
    #expect(
      try show(Tensor.of(3).maskedSelect(.of([true, false, true], .bool))) == "float32 3.0 3.0")
    #expect(try show(Tensor.of(3).maskedSelect(.of(false, .bool))) == "float32")
    #expect(
      failure { try x.maskedSelect(.of([1, 0, 1, 0], .uint8)) }?.message
        == "masked_select: expected BoolTensor for mask")
  }

  @Test("nonzero lists positions row by row")
  func nonzero() throws {
    let x = try Tensor.of([1, 0, 0, nan], .float32, [2, 2])
    #expect(try show(x.nonzero()) == "int64[2, 2] 0 0 1 1")
    #expect(try Tensor.of(3).nonzero().shape == [1, 0])
    #expect(try Tensor.of(0).nonzero().shape == [0, 0])
    #expect(try Tensor(.full([2, 0], 0, .bool)).nonzero().shape == [0, 2])
    let transposed = Tensor(try x.array.permuted([1, 0]).slice(dim: 0, start: 1, end: nil))
    #expect(try show(transposed.nonzero()) == "int64[1, 2] 0 1")
  }
}
