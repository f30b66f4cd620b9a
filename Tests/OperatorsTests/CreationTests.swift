import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

struct CreationTests {
  @Test("zeros, ones and full take sizes and a dtype, or the number's")
  func constants() throws {
    #expect(try show(.zeros([2])) == "float32 0.0 0.0")
    #expect(try show(.ones([1, 2], dtype: .int8)) == "int8[1, 2] 1 1")
    #expect(try show(.full([2], true)) == "bool True True")
    #expect(try show(.full([2], 3)) == "int64 3 3")
    #expect(try show(.full([], 2.5)) == "float32[] 2.5")
    #expect(try show(.full([1], 1.5, dtype: .int64)) == "int64 1")
    #expect(try show(.full([1], -1, dtype: .uint8)) == "uint8 255")
    #expect(try show(.zeros([0, 3])) == "float32[0, 3]")
    #expect(try Tensor.empty([2, 3], dtype: .float16).shape == [2, 3])
  }

  @Test("sizes that no memory has are errors, with and without overflow")
  func sizes() {
    #expect(
      failure { try .zeros([2, -3]) }?.message == "zeros: Dimension size must be non-negative.")
    #expect(
      failure { try .empty([2, -3]) }?.message
        == "Trying to create tensor with negative dimension -3: [2, -3]")
    #expect(
      failure { try .ones([1 << 62, 1 << 62]) }?.message
        == "Storage size calculation overflowed with sizes=[4611686018427387904, "
        + "4611686018427387904]")
    #expect(failure { try .ones([1 << 61]) }?.kind == .runtime)
    #expect(failure { try .ones([1 << 62, 4, 0]) }?.kind == .runtime)
    #expect(
      failure { try .ones([0, 1 << 62, 1 << 62]) }?.message == "Stride calculation overflowed")
    #expect(
      failure { try .ones([1 << 40, 1 << 20]) }?.message
        == "DefaultCPUAllocator: can't allocate memory: you tried to allocate "
        + "4611686018427387904 bytes. Error code 12 (Cannot allocate memory)")
    #expect(
      failure { try .full([2], 300, dtype: .uint8) }?.message
        == "value cannot be converted to type uint8_t without overflow")
  }

  @Test("arange counts up and down, and knows integers beyond 2^53")
  func arange() throws {
    #expect(try show(.arange(0, 3)) == "int64 0 1 2")
    #expect(try show(.arange(5, 0, -2)) == "int64 5 3 1")
    #expect(try show(.arange(0, 2.5)) == "float32 0.0 1.0 2.0")
    #expect(try show(.arange(0, -1, -0.5, dtype: .float64)) == "float64 0.0 -0.5")
    #expect(try show(.arange(0, 5.5, 2, dtype: .int32)) == "int32 0 2 4")
    #expect(try show(.arange(0.9, 3, dtype: .int64)) == "int64 0 1 2")
    #expect(try show(.arange(-2, 1, dtype: .uint8)) == "uint8 254 255 0")
    #expect(try show(.arange(3, 3)) == "int64")
    #expect(
      try show(.arange(9_007_199_254_740_993, 9_007_199_254_740_995))
        == "int64 9007199254740993 9007199254740994")
    #expect(
      try show(.arange(.int(.max - 4), .int(.max), 2))
        == "int64 9223372036854775803 9223372036854775805")
    #expect(
      try show(.arange(.int(.min), .int(.max), .int(1 << 62)))
        == "int64 -9223372036854775808 -4611686018427387904 0 4611686018427387904")
  }

  @Test(
    "arange refuses what makes no sequence",
    arguments: [
      (Scalar.int(0), Scalar.int(3), Scalar.int(0), "step must be nonzero"),
      (0, 3, -2, "upper bound and lower bound inconsistent with step sign"),
      (3, 0, 1, "upper bound and lower bound inconsistent with step sign"),
      (0, infinity, 2, "unsupported range: 0 -> inf"),
      (1.23456789, nan, 1, "unsupported range: 1.23457 -> nan"),
      (0, 1, nan, "step must be finite but got nan"),
      (0, 1e30, 1, "invalid size, possible overflow?"),
      (.int(.min), .int(.max), 1, "invalid size, possible overflow?"),
    ])
  func arangeErrors(_ start: Scalar, _ end: Scalar, _ step: Scalar, _ message: String) {
    #expect(failure { try .arange(start, end, step) } == .runtime(message))
  }

  @Test("arange of bool and of numbers out of range")
  func arangeDTypes() {
    #expect(
      failure { try .arange(0, 2, dtype: .bool) }?.message
        == "\"arange_cpu\" not implemented for 'Bool'")
    #expect(
      failure { try .arange(1e300, 2e300, 1e300, dtype: .int64) }?.message
        == "value cannot be converted to type int64_t without overflow")
  }

  @Test("linspace is symmetric, ends exactly, and truncates integers")
  func linspace() throws {
    #expect(try show(.linspace(-1.5, 2.25, steps: 6)) == "float32 -1.5 -0.75 0.0 0.75 1.5 2.25")
    #expect(try show(.linspace(0, 10, steps: 4, dtype: .int64)) == "int64 0 3 6 10")
    #expect(
      try show(.linspace(0, 1, steps: 4, dtype: .float16))
        == "float16 0.0 0.333251953125 0.66650390625 1.0")
    #expect(try show(.linspace(-3, 3, steps: 4, dtype: .uint8)) == "uint8 253 169 86 3")
    #expect(try show(.linspace(2, 5, steps: 1)) == "float32 2.0")
    #expect(try show(.linspace(2, 5, steps: 0)) == "float32")
    #expect(try show(.linspace(0, 1, steps: 1, dtype: .bool)) == "bool False")
    #expect(
      failure { try .linspace(0, 1, steps: -1) }?.message
        == "number of steps must be non-negative")
    #expect(
      failure { try .linspace(0, 1, steps: 2, dtype: .bool) }?.message
        == "\"linspace_cpu\" not implemented for 'Bool'")
    #expect(failure { try .linspace(0, 300, steps: 3, dtype: .uint8) }?.kind == .runtime)
  }

  @Test("eye may be empty or wide")
  func eye() throws {
    #expect(try show(.eye(n: 2)) == "float32[2, 2] 1.0 0.0 0.0 1.0")
    #expect(try show(.eye(n: 1, m: 3, dtype: .bool)) == "bool[1, 3] True False False")
    #expect(try show(.eye(n: 3, m: 2, dtype: .int8)) == "int8[3, 2] 1 0 0 1 0 0")
    #expect(try show(.eye(n: 0, m: 3)) == "float32[0, 3]")
    #expect(
      failure { try .eye(n: -1) }?.message == "n must be greater or equal to 0, got -1")
    #expect(
      failure { try .eye(n: 2, m: -3) }?.message == "m must be greater or equal to 0, got -3")
    #expect(
      failure { try .eye(n: 1 << 40) }?.message == "numel: integer multiplication overflow")
  }

  @Test("the like of a tensor has its order of dimensions, without gaps and repetitions")
  func like() throws {
    let base = Tensor(try .full([2, 3, 4], 1, .float64))
    func strides(_ view: NDArray) throws -> Dims { try Tensor(view).zerosLike().strides }
    #expect(try strides(base.array.permuted([2, 1, 0])) == [1, 4, 12])
    #expect(
      try strides(base.array.permuted([2, 1, 0]).slice(dim: 0, start: nil, end: nil, step: 2))
        == [1, 2, 6])
    #expect(try strides(base.array.slice(dim: 1, start: 0, end: 2)) == [8, 4, 1])
    #expect(
      try strides(NDArray.full([3, 1, 2], 0, .float32).expanded(to: [3, 4, 2])) == [8, 2, 1])
    let column = try NDArray.full([2, 3], 0, .float32).permuted([1, 0]).unsqueezed(1)
    #expect(try strides(column.expanded(to: [3, 4, 2])) == [1, 3, 12])

    #expect(try base.onesLike(dtype: .int8).dtype == .int8)
    #expect(try show(Tensor.of([1, 2]).fullLike(7)) == "float32 7.0 7.0")
    #expect(try show(Tensor.of([1, 2]).onesLike(dtype: .bool)) == "bool True True")
    #expect(try base.emptyLike().shape == [2, 3, 4])
    let leaf = try Tensor.leaf([1, 2])
    #expect(try !leaf.zerosLike().requiresGrad)
  }

  @Test("a view that repeats one number has a like only if that fits into memory")
  func likeOverflow() throws {
    let huge = Tensor(try NDArray.full([1], 0, .float32).expanded(to: [1 << 62]))
    #expect(failure { try huge.zerosLike() }?.kind == .runtime)
  }
}
