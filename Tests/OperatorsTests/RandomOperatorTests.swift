import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

/// Numbers were recorded from PyTorch 2.15 with `torch.Generator().manual_seed(7)`.
struct RandomOperatorTests {
  private var seven: Generator { Generator(seed: 7) }

  @Test("rand gives PyTorch's numbers")
  func rand() throws {
    #expect(
      try Tensor.rand([3], generator: seven).elements == [
        0.5349225401878357, 0.19880318641662598, 0.6592116951942444,
      ])
    #expect(
      try Tensor.rand([2], generator: seven, dtype: .float64).elements == [
        0.279380429906404, 0.27369371365176565,
      ])
    #expect(
      try Tensor.rand([3], generator: seven, dtype: .bfloat16).elements
        == [0.53515625, 0.19921875, 0.66015625])
  }

  @Test("randn gives PyTorch's numbers, singly and in blocks")
  func randn() throws {
    #expect(
      try Tensor.randn([3], generator: seven).elements
        == [-0.1467950940132141, 0.7861412763595581, 0.9468216300010681])
    #expect(
      try Array(Tensor.randn([17], generator: seven).elements.suffix(3))
        == [-1.3233457803726196, -1.3597689867019653, -0.866701602935791])
  }

  @Test("randint and randperm give PyTorch's numbers")
  func integers() throws {
    #expect(
      try show(.randint(low: 0, high: 10, [6], generator: seven)) == "int64 5 2 1 6 3 7")
    #expect(
      try show(.randint(low: -5, high: 1 << 40, [2], generator: seven))
        == "int64 752589289487 108678733351")
    // The upper bound rounds up to 300, so it is lowered.
    #expect(
      try show(.randint(low: 0, high: 300, [3], generator: seven, dtype: .bfloat16))
        == "bfloat16 23.0 204.0 101.0")
    #expect(try show(.randperm(n: 8, generator: seven)) == "int64 7 0 3 4 1 5 2 6")
    #expect(try show(.randperm(n: 0)) == "int64")
    #expect(try Tensor.randint(low: .min, high: .max, [4]).count == 4)
  }

  @Test("the like of a transposed tensor is filled in the order of memory")
  func like() throws {
    Generator.default.manualSeed(7)
    let square = Tensor(try NDArray.full([2, 2], 0, .float32).permuted([1, 0]))
    let uniform = try square.randLike()
    #expect(uniform.strides == [1, 2])
    #expect(
      uniform.elements == [
        0.5349225401878357, 0.6592116951942444, 0.19880318641662598, 0.6568902730941772,
      ])
    Generator.default.manualSeed(7)
    let wide = Tensor(try NDArray.full([5, 4], 0, .float32).permuted([1, 0]))
    let normal = try wide.randnLike()
    #expect(
      Array(normal.elements.prefix(3)) == [
        -0.1467950940132141, 1.6907901763916016, 0.13817265629768372,
      ])
  }

  @Test("random numbers are floating-point")
  func dtypes() throws {
    #expect(
      failure { try .rand([2], dtype: .int64) }?.message
        == "\"check_uniform_bounds\" not implemented for 'Long'")
    #expect(failure { try .rand([0], dtype: .bool) }?.kind == .notImplemented)
    #expect(
      failure { try .randn([2], dtype: .int32) }?.message
        == "\"normal_kernel_cpu\" not implemented for 'Int'")
    #expect(try show(.randn([0], dtype: .int32)) == "int32")
    #expect(failure { try .rand([-1]) }?.kind == .runtime)
  }

  @Test(
    "randint refuses empty ranges and bounds that the dtype can't hold",
    arguments: [
      (5, 5, DType.int64, "random_ expects 'from' to be less than 'to', but got from=5 >= to=5"),
      (-1, 2, .uint8, "from is out of bounds for unsigned char"),
      (0, 257, .uint8, "to - 1 is out of bounds for unsigned char"),
      (0, 129, .int8, "to - 1 is out of bounds for signed char"),
      (0, 1 << 20, .int16, "to - 1 is out of bounds for short int"),
      (0, 1 << 40, .int32, "to - 1 is out of bounds for int"),
      (0, 3, .bool, "to - 1 is out of bounds for bool"),
      (0, 300_000, .float16, "to - 1 is out of bounds for c10::Half"),
    ])
  func randintErrors(_ low: Int, _ high: Int, _ dtype: DType, _ message: String) {
    #expect(failure { try .randint(low: low, high: high, [2], dtype: dtype) } == .runtime(message))
  }

  @Test("randperm refuses what the dtype can't count to")
  func randpermErrors() throws {
    #expect(
      failure { try .randperm(n: -1) }?.message
        == "Trying to create tensor with negative dimension -1: [-1]")
    #expect(
      failure { try .randperm(n: 5, dtype: .bool) }?.message
        == "\"randperm\" not implemented for 'Bool'")
    #expect(
      failure { try .randperm(n: 257, dtype: .uint8) }?.message
        == "value cannot be converted to type uint8_t without overflow")
    #expect(
      failure { try .randperm(n: 2050, dtype: .float16) }?.message
        == "n cannot be greater than 2049 for Half type.")
    #expect(try Tensor.randperm(n: 256, dtype: .uint8).count == 256)
  }
}
