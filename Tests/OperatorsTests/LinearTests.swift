import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

/// A product of parts of two leaves of twelve numbers each, and the gradients of both.
struct Product: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let run: @Sendable (Tensor, Tensor) throws -> Tensor
  /// Name of the node and of the next ones, sizes and strides.
  let form: String
  let values: [Double]
  let gradients: [[Double]]

  init(
    _ name: String, _ run: @escaping @Sendable (Tensor, Tensor) throws -> Tensor, _ form: String,
    _ values: [Double], _ gradients: [Double]...
  ) {
    testDescription = name
    self.run = run
    self.form = form
    self.values = values
    self.gradients = gradients
  }
}

@Suite struct ProductTests {
  @Test(arguments: products) func product(_ product: Product) throws {
    let x = try countingLeaf([12])
    let y = try countingLeaf([12])
    let result = try product.run(x, y)
    let node = try #require(try result.gradFunction)
    let next = node.edges.map { $0.node?.name ?? "nil" }.joined(separator: ", ")
    #expect("\(node.name)(\(next)) \(result.shape) \(result.strides)" == product.form)
    #expect(result.doubles == product.values)
    #expect(try weightedGradients([result], [x, y]) == product.gradients)
  }

  @Test(arguments: refusals) func refusal(_ refusal: Refusal) { refusal.check() }

  // Recorded from PyTorch.
  static let products: [Product] = [
    Product(
      "x.asStrided([3], stride: [1]).dot(y.asStrided([3], stride: [1]))",
      { try $0.asStrided([3], stride: [1]).dot($1.asStrided([3], stride: [1])) },
      "DotBackward0(AsStridedBackward0, AsStridedBackward0) [] []",
      [5],
      [0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      [0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    Product(
      "x.asStrided([2, 3], stride: [3, 1]).mv(y.asStrided([3], stride: [1]))",
      { try $0.asStrided([2, 3], stride: [3, 1]).mv($1.asStrided([3], stride: [1])) },
      "MvBackward0(AsStridedBackward0, AsStridedBackward0) [2] [1]",
      [5, 14],
      [0, 1, 2, 0, 2, 4, 0, 0, 0, 0, 0, 0],
      [6, 9, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    Product(
      "x.asStrided([2, 3], stride: [3, 1]).mm(y.asStrided([3, 2], stride: [2, 1]))",
      { try $0.asStrided([2, 3], stride: [3, 1]).mm($1.asStrided([3, 2], stride: [2, 1])) },
      "MmBackward0(AsStridedBackward0, AsStridedBackward0) [2, 2] [2, 1]",
      [10, 13, 28, 40],
      [2, 8, 14, 4, 18, 32, 0, 0, 0, 0, 0, 0],
      [9, 12, 13, 18, 17, 24, 0, 0, 0, 0, 0, 0]),
    Product(
      "x.asStrided([2, 2, 3], stride: [6, 3, 1]).bmm(y.asStrided([2, 3, 1], stride: [3, 1, 1]))",
      {
        try $0.asStrided([2, 2, 3], stride: [6, 3, 1]).bmm(
          $1.asStrided([2, 3, 1], stride: [3, 1, 1]))
      },
      "BmmBackward0(AsStridedBackward0, AsStridedBackward0) [2, 2, 1] [2, 1, 1]",
      [5, 14, 86, 122],
      [0, 1, 2, 0, 2, 4, 9, 12, 15, 12, 16, 20],
      [6, 9, 12, 54, 61, 68, 0, 0, 0, 0, 0, 0]),
    Product(
      "x.asStrided([3], stride: [1]).matmul(y.asStrided([3, 2], stride: [2, 1]))",
      { try $0.asStrided([3], stride: [1]).matmul($1.asStrided([3, 2], stride: [2, 1])) },
      "SqueezeBackward4(MmBackward0) [2] [1]",
      [10, 13],
      [2, 8, 14, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      [0, 0, 1, 2, 2, 4, 0, 0, 0, 0, 0, 0]),
    Product(
      "x.asStrided([2, 2, 3], stride: [6, 3, 1]).matmul(y.asStrided([3, 2], stride: [2, 1]))",
      {
        try $0.asStrided([2, 2, 3], stride: [6, 3, 1]).matmul(
          $1.asStrided([3, 2], stride: [2, 1]))
      },
      "UnsafeViewBackward0(MmBackward0) [2, 2, 2] [4, 2, 1]",
      [10, 13, 28, 40, 46, 67, 64, 94],
      [2, 8, 14, 4, 18, 32, 6, 28, 50, 8, 38, 68],
      [102, 120, 118, 140, 134, 160, 0, 0, 0, 0, 0, 0]),
    Product(
      "x.asStrided([2, 2, 3], stride: [6, 3, 1]).matmul(y.asStrided([3], stride: [1]))",
      { try $0.asStrided([2, 2, 3], stride: [6, 3, 1]).matmul($1.asStrided([3], stride: [1])) },
      "UnsafeViewBackward0(MvBackward0) [2, 2] [2, 1]",
      [5, 14, 23, 32],
      [0, 1, 2, 0, 2, 4, 0, 3, 6, 0, 4, 8],
      [60, 70, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    Product(
      "x.asStrided([3], stride: [1]).matmul(y.asStrided([2, 3, 2], stride: [6, 2, 1]))",
      { try $0.asStrided([3], stride: [1]).matmul($1.asStrided([2, 3, 2], stride: [6, 2, 1])) },
      "UnsafeViewBackward0(MvBackward0) [2, 2] [2, 1]",
      [10, 13, 28, 31],
      [48, 68, 88, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      [0, 0, 1, 2, 2, 4, 0, 0, 3, 4, 6, 8]),
    Product(
      "x.asStrided([2, 3], stride: [3, 1]).matmul(y.asStrided([2, 3, 2], stride: [6, 2, 1]))",
      {
        try $0.asStrided([2, 3], stride: [3, 1]).matmul(
          $1.asStrided([2, 3, 2], stride: [6, 2, 1]))
      },
      "CloneBackward0(TransposeBackward0) [2, 2, 2] [4, 2, 1]",
      [10, 13, 28, 40, 28, 31, 100, 112],
      [74, 102, 130, 102, 146, 190, 0, 0, 0, 0, 0, 0],
      [9, 12, 13, 18, 17, 24, 21, 24, 33, 38, 45, 52]),
    Product(
      "x.asStrided([2, 1, 2, 2], stride: [4, 4, 2, 1]).matmul(y.asStrided([3, 2, 1], stride: [2, 1, 1]))",
      {
        try $0.asStrided([2, 1, 2, 2], stride: [4, 4, 2, 1]).matmul(
          $1.asStrided([3, 2, 1], stride: [2, 1, 1]))
      },
      "UnsafeViewBackward0(BmmBackward0) [2, 3, 2, 1] [6, 2, 1, 1]",
      [1, 3, 3, 13, 5, 23, 5, 7, 23, 33, 41, 59],
      [26, 35, 32, 44, 62, 89, 68, 98, 0, 0, 0, 0],
      [80, 98, 104, 130, 128, 162, 0, 0, 0, 0, 0, 0]),
    Product(
      "x.asStrided([1, 2, 3], stride: [6, 3, 1]).matmul(y.asStrided([2, 3, 2], stride: [6, 2, 1]))",
      {
        try $0.asStrided([1, 2, 3], stride: [6, 3, 1]).matmul(
          $1.asStrided([2, 3, 2], stride: [6, 2, 1]))
      },
      "CloneBackward0(TransposeBackward0) [2, 2, 2] [4, 2, 1]",
      [10, 13, 28, 40, 28, 31, 100, 112],
      [74, 102, 130, 102, 146, 190, 0, 0, 0, 0, 0, 0],
      [9, 12, 13, 18, 17, 24, 21, 24, 33, 38, 45, 52]),
    Product(
      "x.asStrided([2], stride: [1]).outer(y.asStrided([3], stride: [1]))",
      { try $0.asStrided([2], stride: [1]).outer($1.asStrided([3], stride: [1])) },
      "MulBackward0(ViewBackward0, AsStridedBackward0) [2, 3] [3, 1]",
      [0, 0, 0, 0, 1, 2],
      [8, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      [4, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    Product(
      "x.asStrided([3, 2], stride: [1, 3]).mm(y.asStrided([2, 3], stride: [1, 2]))",
      { try $0.asStrided([3, 2], stride: [1, 3]).mm($1.asStrided([2, 3], stride: [1, 2])) },
      "MmBackward0(AsStridedBackward0, AsStridedBackward0) [3, 3] [3, 1]",
      [3, 9, 15, 4, 14, 24, 5, 19, 33],
      [16, 34, 52, 22, 49, 76, 0, 0, 0, 0, 0, 0],
      [18, 54, 21, 66, 24, 78, 0, 0, 0, 0, 0, 0]),
    Product(
      "y.asStrided([3], stride: [1], storageOffset: 9).addmm(x.asStrided([2, 2], stride: [2, 1]), y.asStrided([2, 3], stride: [3, 1]), 0.5, -2)",
      {
        try $1.asStrided([3], stride: [1], storageOffset: 9).addmm(
          $0.asStrided([2, 2], stride: [2, 1]), $1.asStrided([2, 3], stride: [3, 1]), 0.5, -2)
      },
      "AddmmBackward0(AsStridedBackward0, AsStridedBackward0, AsStridedBackward0) [2, 3] [3, 1]",
      [-1.5, -3, -4.5, -13.5, -23, -32.5],
      [-16, -52, -34, -124, 0, 0, 0, 0, 0, 0, 0, 0],
      [-16, -20, -24, -26, -34, -42, 0, 0, 0, 2.5, 3.5, 4.5]),
    Product(
      "x.asStrided([2, 3], stride: [3, 1]).linear(y.asStrided([2, 3], stride: [3, 1]), bias: y.asStrided([2], stride: [1], storageOffset: 6))",
      {
        try $0.asStrided([2, 3], stride: [3, 1]).linear(
          $1.asStrided([2, 3], stride: [3, 1]),
          bias: $1.asStrided([2], stride: [1], storageOffset: 6))
      },
      "AddmmBackward0(AsStridedBackward0, AsStridedBackward0, TBackward0) [2, 2] [2, 1]",
      [11, 21, 20, 57],
      [6, 9, 12, 12, 19, 26, 0, 0, 0, 0, 0, 0],
      [9, 13, 17, 12, 18, 24, 4, 6, 0, 0, 0, 0]),
    Product(
      "x.asStrided([2, 2, 3], stride: [6, 3, 1]).linear(y.asStrided([2, 3], stride: [3, 1]), bias: y.asStrided([2], stride: [1], storageOffset: 6))",
      {
        try $0.asStrided([2, 2, 3], stride: [6, 3, 1]).linear(
          $1.asStrided([2, 3], stride: [3, 1]),
          bias: $1.asStrided([2], stride: [1], storageOffset: 6))
      },
      "UnsafeViewBackward0(AddmmBackward0) [2, 2, 2] [4, 2, 1]",
      [11, 21, 20, 57, 29, 93, 38, 129],
      [6, 9, 12, 12, 19, 26, 18, 29, 40, 24, 39, 54],
      [102, 118, 134, 120, 140, 160, 16, 20, 0, 0, 0, 0]),
    Product(
      "x.asStrided([2, 2, 3], stride: [3, 6, 1]).linear(y.asStrided([2, 3], stride: [3, 1]), bias: y.asStrided([2], stride: [1], storageOffset: 6))",
      {
        try $0.asStrided([2, 2, 3], stride: [3, 6, 1]).linear(
          $1.asStrided([2, 3], stride: [3, 1]),
          bias: $1.asStrided([2], stride: [1], storageOffset: 6))
      },
      "AddBackward0(UnsafeViewBackward0, AsStridedBackward0) [2, 2, 2] [4, 2, 1]",
      [11, 21, 29, 93, 20, 57, 38, 129],
      [6, 9, 12, 18, 29, 40, 12, 19, 26, 24, 39, 54],
      [96, 112, 128, 114, 134, 154, 16, 20, 0, 0, 0, 0]),
    Product(
      "x.asStrided([2, 3], stride: [3, 1]).linear(y.asStrided([2, 3], stride: [3, 1]))",
      { try $0.asStrided([2, 3], stride: [3, 1]).linear($1.asStrided([2, 3], stride: [3, 1])) },
      "MmBackward0(AsStridedBackward0, TBackward0) [2, 2] [2, 1]",
      [5, 14, 14, 50],
      [6, 9, 12, 12, 19, 26, 0, 0, 0, 0, 0, 0],
      [9, 13, 17, 12, 18, 24, 0, 0, 0, 0, 0, 0]),
  ]

  static let refusals: [Refusal] = [
    Refusal(
      "x.mm(x)", .runtime, { try $0.x.mm($0.x) },
      "mm: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"),
    Refusal(
      "z.mm(x)", .runtime, { try $0.z.mm($0.x) },
      "mm: self must be a matrix, got 0-D tensor"),
    Refusal(
      "x.mm(c)", .runtime, { try $0.x.mm($0.c) },
      "mm: mat2 must be a matrix, got 3-D tensor"),
    Refusal(
      "x.mm(x.t().to(dtype: .float64))", .runtime, { try $0.x.mm($0.x.t().to(dtype: .float64)) },
      "expected m1 and m2 to have the same dtype, but got: float != double"),
    Refusal(
      "x.to(dtype: .float16).mm(x.t().to(dtype: .int64))", .runtime,
      { try $0.x.to(dtype: .float16).mm($0.x.t().to(dtype: .int64)) },
      "expected m1 and m2 to have the same dtype, but got: c10::Half != long int"),
    Refusal(
      "x.to(dtype: .bool).mm(x.t().to(dtype: .bool))", .notImplemented,
      { try $0.x.to(dtype: .bool).mm($0.x.t().to(dtype: .bool)) },
      "\"addmm_impl_cpu_\" not implemented for 'Bool'"),
    Refusal(
      "x.mv(x)", .runtime, { try $0.x.mv($0.x) },
      "vector + matrix @ vector expected, got 1, 2, 2"),
    Refusal(
      "x.mv(x.select(dim: 1, index: 0))", .runtime, { try $0.x.mv($0.x.select(dim: 1, index: 0)) },
      "size mismatch, got input (2), mat (2x3), vec (2)"),
    Refusal(
      "x.mv(x.select(dim: 0, index: 0).to(dtype: .float64))", .runtime,
      { try $0.x.mv($0.x.select(dim: 0, index: 0).to(dtype: .float64)) },
      "addmv input tensors must have the same dtype, but got Double, Float, and Double"),
    Refusal(
      "x.to(dtype: .bool).mv(x.select(dim: 0, index: 0).to(dtype: .bool))", .notImplemented,
      { try $0.x.to(dtype: .bool).mv($0.x.select(dim: 0, index: 0).to(dtype: .bool)) },
      "\"addmv_impl_cpu\" not implemented for 'Bool'"),
    Refusal(
      "c.bmm(x)", .runtime, { try $0.c.bmm($0.x) },
      "batch2 must be a 3D tensor"),
    Refusal(
      "c.bmm(c)", .runtime, { try $0.c.bmm($0.c) },
      "Expected size for first two dimensions of batch2 tensor to be: [2, 3] but got: [2, "
        + "2]."),
    Refusal(
      "c.bmm(c.transpose(dim0: 1, dim1: 2).to(dtype: .float64))", .runtime,
      { try $0.c.bmm($0.c.transpose(dim0: 1, dim1: 2).to(dtype: .float64)) },
      "expected scalar type Float but found Double"),
    Refusal(
      "c.to(dtype: .bool).bmm(c.transpose(dim0: 1, dim1: 2).to(dtype: .bool))", .notImplemented,
      { try $0.c.to(dtype: .bool).bmm($0.c.transpose(dim0: 1, dim1: 2).to(dtype: .bool)) },
      "\"bmm\" not implemented for 'Bool'"),
    Refusal(
      "x.dot(x)", .runtime, { try $0.x.dot($0.x) },
      "1D tensors expected, but got 2D and 2D tensors"),
    Refusal(
      "z.flatten().dot(z.expand([2]))", .runtime, { try $0.z.flatten().dot($0.z.expand([2])) },
      "inconsistent tensor size, expected tensor [1] and src [2] to have the same number "
        + "of elements, but got 1 and 2 elements respectively"),
    Refusal(
      "z.flatten().dot(z.flatten().to(dtype: .float64))", .runtime,
      { try $0.z.flatten().dot($0.z.flatten().to(dtype: .float64)) },
      "dot : expected both vectors to have same dtype, but found Float and Double"),
    Refusal(
      "z.flatten().to(dtype: .bool).dot(z.flatten().to(dtype: .bool))", .notImplemented,
      { try $0.z.flatten().to(dtype: .bool).dot($0.z.flatten().to(dtype: .bool)) },
      "\"dot\" not implemented for 'Bool'"),
    Refusal(
      "z.matmul(x)", .runtime, { try $0.z.matmul($0.x) },
      "both arguments to matmul need to be at least 1D, but they are 0D and 2D"),
    Refusal(
      "c.matmul(x)", .runtime, { try $0.c.matmul($0.x) },
      "mm: mat1 and mat2 shapes cannot be multiplied (4x3 and 2x3)"),
    Refusal(
      "c.matmul(c)", .runtime, { try $0.c.matmul($0.c) },
      "Expected size for first two dimensions of batch2 tensor to be: [2, 3] but got: [2, "
        + "2]."),
    Refusal(
      "c.expand([3, 2, 2, 3]).matmul(x.t().expand([2, 2, 3, 2]))", .runtime,
      { try $0.c.expand([3, 2, 2, 3]).matmul($0.x.t().expand([2, 2, 3, 2])) },
      "The size of tensor a (3) must match the size of tensor b (2) at non-singleton "
        + "dimension 0"),
    Refusal(
      "x.outer(z.flatten())", .runtime, { try $0.x.outer($0.z.flatten()) },
      "outer: Expected 1-D argument self, but got 2-D"),
    Refusal(
      "z.addmm(x, x)", .runtime, { try $0.z.addmm($0.x, $0.x) },
      "addmm: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"),
    Refusal(
      "z.expand([3]).addmm(x, x.t())", .runtime, { try $0.z.expand([3]).addmm($0.x, $0.x.t()) },
      "The expanded size of the tensor (2) must match the existing size (3) at "
        + "non-singleton dimension 1.  Target sizes: [2, 2].  Tensor sizes: [3]"),
    Refusal(
      "z.to(dtype: .float64).addmm(x, x.t())", .runtime,
      { try $0.z.to(dtype: .float64).addmm($0.x, $0.x.t()) },
      "self and mat2 must have the same dtype, but got Double and Float"),
    Refusal(
      "z.addmm(z, x)", .runtime, { try $0.z.addmm($0.z, $0.x) },
      "addmm: self must be a matrix, got 0-D tensor"),
    Refusal(
      "z.to(dtype: .int8).addmm(x.to(dtype: .int8), x.t().to(dtype: .int8), 1, 300)", .runtime,
      { try $0.z.to(dtype: .int8).addmm($0.x.to(dtype: .int8), $0.x.t().to(dtype: .int8), 1, 300) },
      "value cannot be converted to type int8_t without overflow"),
    Refusal(
      "z.linear(x)", .runtime, { try $0.z.linear($0.x) },
      "both arguments to linear need to be at least 1D, but they are 0D and 2D"),
    Refusal(
      "x.linear(x.t())", .runtime, { try $0.x.linear($0.x.t()) },
      "mm: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"),
    Refusal(
      "x.linear(x, bias: z.expand([3]))", .runtime,
      { try $0.x.linear($0.x, bias: $0.z.expand([3])) },
      "The expanded size of the tensor (2) must match the existing size (3) at "
        + "non-singleton dimension 1.  Target sizes: [2, 2].  Tensor sizes: [3]"),
  ]
}

@Suite struct LinearTests {
  @Test func nothingToAddUp() throws {
    let rows = try counting([2, 0])
    #expect(try rows.mm(counting([0, 2])).doubles == [0, 0, 0, 0])
    #expect(try rows.mv(counting([0])).doubles == [0, 0])
    #expect(try counting([0]).dot(counting([0])).doubles == [0])
    #expect(try counting([1, 2, 0]).matmul(counting([0, 1])).doubles == [0, 0])
    #expect(try counting([0, 2]).matmul(counting([2, 0])).shape == [0, 0])
    #expect(try counting([2, 0], .bool).mm(counting([0, 1], .bool)).elements == [false, false])
    let bias = try counting([2])
    #expect(try bias.addmm(rows, counting([0, 2]), 2).doubles == [0, 2, 0, 2])
  }

  @Test func integersWrap() throws {
    let x = try counting([2, 2], .uint8) * 100
    #expect(try x.mm(counting([2, 2], .uint8)).elements == [200, 44, 88, 76])
    for dtype in DType.allCases where dtype != .bool {
      let x = try counting([2, 2], dtype)
      #expect(try x.mm(x.t()).doubles == [1, 3, 3, 13])
      #expect(try x.select(dim: 0, index: 1).dot(x.select(dim: 1, index: 1)).doubles == [11])
      #expect(try x.mv(x.select(dim: 1, index: 1)).dtype == dtype)
    }
  }

  @Test func repeatedOperands() throws {
    let row = try counting([1, 3]).expand([2, 3])
    #expect(try row.mm(row.t()).doubles == [5, 5, 5, 5])
    let stack = try counting([1, 2, 2]).expand([3, 2, 2])
    #expect(try stack.bmm(stack).shape == [3, 2, 2])
    #expect(try stack.bmm(stack).select(dim: 0, index: 2).doubles == [2, 3, 6, 11])
  }

  @Test func addmmReadsOnlyWhatCounts() throws {
    let x = try counting([2, 2])
    let poison = try x / 0 * 0
    #expect(try poison.addmm(x, x, 0).doubles == [2, 3, 6, 11])
    #expect(try x.addmm(poison, poison, 1, 0).doubles == [0, 1, 2, 3])
    let whole = try counting([2, 2], .int32)
    #expect(try whole.addmm(whole, whole, 2.5, 0.5).elements == [0, 2, 4, 6])
    #expect(try whole.addmm(whole, whole, true, -1).elements == [-2, -2, -4, -8])
  }

  @Test func addmmStretchesSelf() throws {
    let x = try counting([2, 2])
    for shape: Dims in [[], [1], [2], [1, 2], [2, 1], [2, 2]] {
      let bias = try countingLeaf(shape)
      let sum = try bias.addmm(x, x, 3)
      let expected = try x.mm(x) + bias * 3
      #expect(sum.doubles == expected.doubles)
      #expect(try weightedGradients([sum], [bias]) == weightedGradients([expected], [bias]))
    }
  }

  @Test func broadcastBatches() throws {
    let x = try countingLeaf([2, 1, 2, 3])
    let y = try countingLeaf([3, 3, 1])
    let product = try x.matmul(y)
    #expect(product.shape == [2, 3, 2, 1])
    let pairs = try x.unsqueeze(dim: -1) * y.unsqueeze(dim: 1)
    #expect(try product.doubles == pairs.sum(dim: [3]).doubles)
    #expect(
      try weightedGradients([product], [x, y])
        == weightedGradients([pairs.sum(dim: [3])], [x, y]))
  }

  @Test func secondOrder() throws {
    let x = try countingLeaf([2, 2])
    let slope = try grad([x.mm(x)], [x], gradients: [counting([2, 2])], createGraph: true)[0]
    let first = try #require(slope)
    #expect(first.doubles == [5, 9, 9, 23])
    #expect(try weightedGradients([first], [x]) == [[8, 14, 16, 32]])
  }

  @Test func biasOfAnyShape() throws {
    let (x, weight) = (try counting([2, 2, 3]), try counting([2, 3]))
    let product = try x.matmul(weight.t())
    for shape: Dims in [[], [1], [2], [1, 2], [2, 2], [2, 1, 2]] {
      let bias = try counting(shape)
      #expect(try x.linear(weight, bias: bias).doubles == (product + bias).doubles)
    }
    #expect(try x.linear(counting([3])).doubles == x.mv3(counting([3])))
  }
}

extension Tensor {
  fileprivate func mv3(_ vector: Tensor) throws -> [Double] {
    try reshape([-1, 3]).mv(vector).doubles
  }
}
