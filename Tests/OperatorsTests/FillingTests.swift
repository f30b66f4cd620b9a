import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

struct FillingTests {
  @Test("fill_ cuts fractions off and wraps negative bytes")
  func fill() throws {
    #expect(try show(Tensor.of([0, 0], .int64).fill_(1.5)) == "int64 1 1")
    #expect(try show(Tensor.of([0], .uint8).fill_(-255)) == "uint8 1")
    #expect(try show(Tensor.of([0], .uint8).fill_(255.9)) == "uint8 255")
    #expect(try show(Tensor.of([false], .bool).fill_(nan)) == "bool True")
    #expect(try show(Tensor.of([0], .float16).fill_(infinity)) == "float16 inf")
    #expect(try show(Tensor.of([0, 0], .int32).zero_()) == "int32 0 0")
    let row = try Tensor.of([1, 2], .float32, [1, 2])
    #expect(
      try show(Tensor(row.array.expanded(to: [2, 2])).fill_(3)) == "float32[2, 2] 3.0 3.0 3.0 3.0")
    #expect(show(row) == "float32[1, 2] 3.0 3.0")
  }

  @Test(
    "fill_ refuses what the dtype can't hold",
    arguments: [
      (DType.uint8, Scalar.int(256), "uint8_t"), (.uint8, -256, "uint8_t"),
      (.uint8, -0.5, "uint8_t"),
      (.int8, 128, "int8_t"), (.int8, -128.9, "int8_t"), (.int16, 1e9, "int16_t"),
      (.int32, 2_147_483_648.0, "int"), (.int64, 9.3e18, "int64_t"), (.int64, nan, "int64_t"),
      (.float16, 65505, "c10::Half"), (.bfloat16, 3.39e38, "c10::BFloat16"),
      (.float32, -1e39, "float"),
    ])
  func overflow(_ dtype: DType, _ value: Scalar, _ name: String) throws {
    for sizes in [[2], [0]] as [Dims] {
      let x = Tensor(try .full(sizes, 0, dtype))
      #expect(
        failure { try x.fill_(value) }
          == .runtime("value cannot be converted to type \(name) without overflow"))
    }
  }

  @Test("copy_ stretches and converts")
  func copy() throws {
    #expect(
      try show(Tensor.of([0, 0, 0], .int8).copy_(.of([1000, -1000, 5], .int64))) == "int8 -24 24 5")
    #expect(try show(Tensor.of([0, 0], .int64).copy_(.of([2.9, -2.9]))) == "int64 2 -2")
    #expect(try show(Tensor.of([false, true], .bool).copy_(.of([0.5, 0]))) == "bool True False")
    #expect(
      try show(Tensor.of([0, 0, 0, 0], .float32, [2, 2]).copy_(.of([1, 2])))
        == "float32[2, 2] 1.0 2.0 1.0 2.0")
    let x = try Tensor.of([1, 2, 3])
    #expect(try x.copy_(x) === x)
  }

  @Test("copy_ refuses shapes that do not fit and memory that overlaps")
  func copyErrors() throws {
    let x = try Tensor.of([1, 2, 3])
    #expect(failure { try x.copy_(.of([1, 2])) } == .broadcast(3, 2, dim: 0))
    #expect(
      failure { try x.copy_(.of([1, 2, 3], .float32, [1, 3])) }
        == .runtime("output with shape [3] doesn't match the broadcast shape [1, 3]"))
    #expect(
      failure { try Tensor.of(5).copy_(.of([6])) }
        == .runtime("output with shape [] doesn't match the broadcast shape [1]"))
    let tail = Tensor(try x.array.slice(dim: 0, start: 1, end: nil))
    let head = Tensor(try x.array.slice(dim: 0, start: 0, end: 2))
    #expect(failure { try tail.copy_(head) } == .overlappingMemory)
    #expect(failure { try Tensor(x.array.expanded(to: [2, 3])).copy_(x) } == .repeatedMemory)
  }

  @Test("gradients: nothing for what was overwritten, everything for its source")
  func gradients() throws {
    let x = try Tensor.leaf([1, 2])
    let y = try Tensor.leaf([3])
    let ones = try Tensor.of([1, 10], .float64)
    let copied = try (x * 1).copy_(y)
    #expect(try copied.gradFunction?.shortName == "CopyBackwards")
    let g = try grad([copied], [x, y], gradients: [ones])
    #expect(try show(#require(g[0])) == "float64 0.0 0.0")
    #expect(try show(#require(g[1])) == "float64 11.0")
    #expect(try slopes(at: [1, 2]) { try ($0 * 1).fill_(3) }.first == [0, 0])
    #expect(try slopes(at: [1, 2]) { try ($0 * 1).zero_() }.first == [0, 0])
    #expect(try (x * 1).fill_(0).gradFunction?.name == "FillBackward2")
    for call in [{ try x.fill_(1) }, { try x.zero_() }, { try x.copy_(y) }] {
      #expect(failure(call) == .leafInPlace)
    }
  }
}
