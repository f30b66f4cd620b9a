import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

struct ComparisonTests {
  @Test("six comparisons, of which only ne is true of nan")
  func six() throws {
    let x = try Tensor.of([1, 2, 3, nan])
    let y = try Tensor.of([2, 2, 2, 2])
    #expect(try show(x.eq(y)) == "bool False True False False")
    #expect(try show(x.ne(y)) == "bool True False True True")
    #expect(try show(x.lt(y)) == "bool True False False False")
    #expect(try show(x.le(y)) == "bool True True False False")
    #expect(try show(x.gt(y)) == "bool False False True False")
    #expect(try show(x.ge(y)) == "bool False True True False")
    #expect(try show(x.gt(2)) == show(x.gt(y)))
    #expect(try show(x.eq(.of([2], .int64, [1, 1]))) == "bool[1, 4] False True False False")
    #expect(failure { try x.eq(.of([1, 2])) } == .broadcast(4, 2, dim: 0))
  }

  @Test("numbers are compared in the dtype that both promote to")
  func promotion() throws {
    let bytes = try Tensor.of([1, 2, 250], .uint8)
    #expect(try show(bytes.eq(-1)) == "bool False False False")
    #expect(try show(bytes.eq(-6)) == "bool False False True")
    #expect(try show(bytes.lt(-1)) == "bool True True True")
    #expect(try show(bytes.lt(2.5)) == "bool True True False")
    // In float32, 16777217 is 16777216.
    #expect(try show(Tensor.of([16_777_217], .int64).eq(16_777_216.0)) == "bool True")
    #expect(try show(Tensor.of([true, false], .bool).eq(2)) == "bool False False")
    #expect(try show(Tensor.of([true, false], .bool).gt(0.5)) == "bool True False")
    #expect(try show(Tensor.of([0.1], .float16).eq(0.1)) == "bool True")
  }

  @Test("equal: one answer")
  func equal() throws {
    let x = try Tensor.of([1, 2, 3])
    #expect(try x.equal(.of([1, 2, 3], .int64)))
    #expect(try !x.equal(.of([1, 2, 4])))
    #expect(try !x.equal(.of([1, 2])))
    #expect(try !x.equal(.of([1, 2, 3], .float32, [1, 3])))
    #expect(try Tensor.of([]).equal(.of([])))
    let n = try Tensor.of([nan])
    #expect(try !n.equal(n))
    let columns = Tensor(try Tensor.of([1, 2, 3, 4], .float32, [2, 2]).array.transposed(0, 1))
    #expect(try columns.equal(.of([1, 3, 2, 4], .float32, [2, 2])))
  }

  @Test("truth values and bits")
  func logic() throws {
    let x = try Tensor.of([nan, 0, -0.0, 2])
    let y = try Tensor.of([1, 1, 0, 0], .int64)
    #expect(try show(x.logicalAnd(y)) == "bool True False False False")
    #expect(try show(x.logicalOr(y)) == "bool True True False True")
    #expect(try show(x.logicalXor(y)) == "bool False True False True")
    #expect(try show(x.logicalNot()) == "bool False True True False")
    let i = try Tensor.of([5, -7], .int8)
    #expect(try show(i.bitwiseAnd(.of([3, 3], .int32))) == "int32 1 1")
    #expect(try show(i.bitwiseOr(.of([true, false], .bool))) == "int8 5 -7")
    #expect(try show(i.bitwiseXor(.of([1, 2], .uint8))) == "int16 4 -5")
    #expect(try show(i.bitwiseNot()) == "int8 -6 6")
    #expect(try show(Tensor.of([true, false], .bool).bitwiseNot()) == "bool False True")
    #expect(
      failure { try x.bitwiseAnd(y) }
        == .unsupported("\"bitwise_and_cpu\" not implemented for 'Float'"))
    #expect(
      failure { try x.bitwiseNot() }
        == .unsupported("\"bitwise_not_cpu\" not implemented for 'Float'"))
  }

  @Test("nan and infinity")
  func special() throws {
    let x = try Tensor.of([nan, infinity, .double(-.infinity), 1], .bfloat16)
    #expect(try show(x.isnan()) == "bool True False False False")
    #expect(try show(x.isinf()) == "bool False True True False")
    #expect(try show(x.isfinite()) == "bool False False False True")
    #expect(try show(Tensor.of([1, 0], .int16).isfinite()) == "bool True True")
    #expect(try show(Tensor.of([true], .bool).isnan()) == "bool False")
  }

  @Test("truth values want no gradient")
  func gradients() throws {
    let x = try Tensor.leaf([1, 2])
    for y in try [x.eq(x), x.lt(1.5), x.logicalNot(), x.isnan(), x.logicalAnd(x)] {
      #expect(!y.requiresGrad)
    }
  }
}
