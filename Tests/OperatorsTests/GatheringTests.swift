import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

struct GatheringTests {
  /// [[0, 1, 2], [3, 4, 5]]
  private func table() throws -> Tensor { try .of([0, 1, 2, 3, 4, 5], .float32, [2, 3]) }

  private func list(_ values: Scalar..., shape: Dims? = nil) throws -> Tensor {
    try .of(values, .int64, shape)
  }

  @Test("index_select takes slices in the order of the index")
  func indexSelect() throws {
    let x = try table()
    #expect(try show(x.indexSelect(dim: 1, list(2, 0))) == "float32[2, 2] 2.0 0.0 5.0 3.0")
    #expect(try show(x.indexSelect(dim: -2, .of(1, .int32))) == "float32[1, 3] 3.0 4.0 5.0")
    #expect(try show(Tensor.of(7).indexSelect(dim: 0, list(0))) == "float32[] 7.0")
    let transposed = Tensor(try x.array.permuted([1, 0]))
    #expect(try show(transposed.indexSelect(dim: 0, list(1, 1))) == "float32[2, 2] 1.0 4.0 1.0 4.0")
  }

  @Test("index_select refuses other indices")
  func indexSelectErrors() throws {
    let x = try table()
    func error(_ x: Tensor, _ dim: Int, _ index: Tensor) -> TensorError? {
      failure { try x.indexSelect(dim: dim, index) }
    }
    #expect(try error(x, 2, list(0)) == .dimOutOfRange(2, rank: 2))
    #expect(try error(x, 0, list(2)) == .index("index out of range in self"))
    #expect(try error(x, 0, list(-1)) == .index("index out of range in self"))
    #expect(
      try error(x, 1, list(3)) == .runtime("INDICES element is out of DATA bounds, id=3 axis_dim=3")
    )
    #expect(
      try error(x, 0, list(0, shape: [1, 1]))
        == .index("index_select(): Index is supposed to be a vector"))
    #expect(
      try error(x, 0, .of([0], .int16))
        == .runtime("index_select(): Expected dtype int32 or int64 for index"))
    #expect(
      try error(.of(7), 0, list(0, 0))
        == .runtime("index_select(): Index to scalar can have only 1 value, got 2 value(s)"))
  }

  @Test("index_add adds slices, repeatedly where the index repeats")
  func indexAdd() throws {
    let x = try table()
    let source = try Tensor.of([10, 20, 30, 40], .float32, [2, 2])
    #expect(
      try show(x.indexAdd(dim: 1, list(2, 2), source, 0.5))
        == "float32[2, 3] 0.0 1.0 17.0 3.0 4.0 40.0")
    #expect(
      try show(Tensor.of([1, 2], .uint8).indexAdd(dim: 0, list(1, 1), .of([200, 100], .uint8), 3))
        == "uint8 1 134")
    #expect(
      try show(Tensor.of([true, false], .bool).indexAdd(dim: 0, list(1), .of([true], .bool)))
        == "bool True True")
    #expect(try show(Tensor.of(3).indexAdd(dim: 0, list(0), .of(2), 2)) == "float32[] 7.0")
    let v = try Tensor.of([0, 0])
    #expect(try show(v.indexAdd_(dim: 0, list(1), .of([5]))) == "float32 0.0 5.0")
    #expect(v.version == 1)
  }

  @Test("index_add refuses operands that do not fit")
  func indexAddErrors() throws {
    let v = try Tensor.of([0, 1, 2])
    func message(_ index: Tensor, _ source: Tensor, alpha: Scalar = 1) -> String? {
      failure { try v.indexAdd_(dim: 0, index, source, alpha) }?.message
    }
    #expect(
      try message(list(0), .of([1, 2]))
        == "index_add_(): Number of indices (1) should be equal to source.size(dim): (2), for "
        + "dim: 0")
    #expect(
      try message(list(0, 1), .of([1, 2], .int64))
        == "index_add_(): self (Float) and source (Long) must have the same scalar type")
    #expect(
      try message(.of([0], .float32), .of([1]))
        == "index_add_(): Expected dtype int32/int64 for index but got: Float")
    #expect(
      try message(list(0, shape: [1, 1]), .of([1]))
        == "index_add_(): Index is supposed to be a vector, but got dim: 2 with type: Long and "
        + "size: [1, 1]")
    #expect(
      try message(list(0), .of(1))
        == "source tensor shape must match self tensor shape, excluding the specified dimension. "
        + "Got self.shape = [3] source.shape = []")
    #expect(try message(list(3), .of([1])) == "index out of range in self")
    #expect(
      try message(list(0), .of([1]), alpha: 1e300)
        == "value cannot be converted to type float without overflow")
    #expect(try message(list(0, 1, 2), v)?.hasPrefix("unsupported operation: some") == true)
    #expect(show(v) == "float32 0.0 1.0 2.0")
    let one = Tensor(try NDArray.full([1], 0, .float32).expanded(to: [2]))
    #expect(failure { try one.indexAdd_(dim: 0, list(0), .of([1])) } == .repeatedMemory)
  }

  @Test("gather takes one element for each position of the index")
  func gather() throws {
    let x = try table()
    #expect(
      try show(x.gather(dim: 0, list(1, 0, 1, 0, shape: [2, 2]))) == "float32[2, 2] 3.0 1.0 3.0 1.0"
    )
    #expect(
      try show(x.gather(dim: -1, list(2, 2, 0, 1, shape: [1, 4])))
        == "float32[1, 4] 2.0 2.0 0.0 1.0")
    #expect(try show(Tensor.of(7).gather(dim: 0, list(0, 0))) == "float32 7.0 7.0")
    #expect(try show(Tensor.of([7, 8]).gather(dim: 0, .of(1, .int32))) == "float32[] 8.0")
    #expect(try x.gather(dim: 0, .of([], .float32, [0, 9])).shape == [0, 9])
    let long = Tensor(
      try NDArray.arange(0, 1200, 1, .int64).binary(.remainder, 2).viewed(as: [2, 600]))
    let wide = Tensor(try NDArray.arange(0, 1200, 1, .float32).viewed(as: [2, 600]))
    #expect(try wide.gather(dim: 0, long).elements[599] == 1199.0)
    #expect(try wide.gather(dim: 1, long).elements[600] == 600.0)
  }

  @Test("gather and scatter_add refuse other indices")
  func gatherErrors() throws {
    let x = try table()
    func gather(_ dim: Int, _ index: Tensor) -> TensorError? {
      failure { try x.gather(dim: dim, index) }
    }
    #expect(try gather(2, list(0, shape: [1, 1])) == .dimOutOfRange(2, rank: 2))
    #expect(
      try gather(0, list(2, shape: [1, 1]))
        == .runtime("index 2 is out of bounds for dimension 0 with size 2"))
    #expect(
      try gather(1, list(-1, shape: [1, 1]))
        == .runtime("index -1 is out of bounds for dimension 1 with size 3"))
    #expect(
      try gather(0, list(0))
        == .runtime("Index tensor must have the same number of dimensions as input tensor"))
    #expect(
      try gather(0, .of([0], .int16, [1, 1]))
        == .runtime("gather(): Expected dtype int32/int64 for index"))
    #expect(
      try gather(1, list(0, 0, 0, shape: [3, 1]))
        == .runtime(
          "Size does not match at dimension 0 expected index [3, 1] to be no larger than self "
            + "[2, 3] apart from dimension 1"))
    func scatter(_ index: Tensor, _ source: Tensor) -> String? {
      failure { try x.scatterAdd_(dim: 0, index, source) }?.message
    }
    let row = try list(0, 1, shape: [1, 2])
    #expect(
      try scatter(row, .of([1], .float32, [1, 1]))
        == "Expected index [1, 2] to be no larger than self [2, 3] apart from dimension 0 and to "
        + "be no larger size than src [1, 1]")
    #expect(
      try scatter(row, .of([1, 1], .int64, [1, 2]))
        == "scatter(): Expected self.dtype to be equal to src.dtype")
    #expect(
      try scatter(list(0, 9, shape: [1, 2]), .of([1, 1], .float32, [1, 2]))
        == "index 9 is out of bounds for dimension 0 with size 2")
    #expect(show(x) == "float32[2, 3] 0.0 1.0 2.0 3.0 4.0 5.0")
  }

  @Test("scatter_add adds to the elements that gather takes")
  func scatterAdd() throws {
    let x = try table()
    let index = try list(1, 0, shape: [1, 2])
    #expect(
      try show(x.scatterAdd(dim: 0, index, .of([10, 20, 30], .float32, [1, 3])))
        == "float32[2, 3] 0.0 21.0 2.0 13.0 4.0 5.0")
    #expect(
      try show(Tensor.of([1, 2], .int64).scatterAdd(dim: 0, list(1, 1), .of([5, 7], .int64)))
        == "int64 1 14")
    #expect(try show(Tensor.of(3).scatterAdd(dim: 0, list(0, 0), .of([2, 4]))) == "float32[] 9.0")
    #expect(
      try show(x.scatterAdd_(dim: 0, .of([], .int64, [0]), .of([1]))).hasPrefix("float32[2, 3]"))
    #expect(x.version == 1)
  }

  @Test("one_hot puts a one into each row")
  func oneHot() throws {
    #expect(try show(list(2, 0).oneHot()) == "int64[2, 3] 0 0 1 1 0 0")
    #expect(try show(Tensor.of(1, .int64).oneHot(numClasses: 3)) == "int64 0 1 0")
    #expect(try Tensor.of([], .int64).oneHot(numClasses: 4).shape == [0, 4])
    func message(_ x: Tensor, _ classes: Int = -1) -> String? {
      failure { try x.oneHot(numClasses: classes) }?.message
    }
    #expect(
      try message(.of([0], .int32))
        == "one_hot is only applicable to index tensor of type LongTensor.")
    #expect(try message(list(0, -1), 3) == "Class values must be non-negative.")
    #expect(try message(list(0, 2), 2) == "Class values must be smaller than num_classes.")
    #expect(
      try message(.of([], .int64)) == "Can not infer total number of classes from empty tensor.")
    #expect(
      try message(list(.int(.max))) == "zeros: Dimension size must be non-negative.")
  }
}
