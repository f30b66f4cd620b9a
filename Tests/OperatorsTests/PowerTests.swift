import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

struct PowerTests {
  @Test("powers of floats")
  func floats() throws {
    let x = try Tensor.of([0, -0.0, nan, -1, .double(-.infinity)])
    #expect(try show(x.pow(0)) == "float32 1.0 1.0 1.0 1.0 1.0")
    #expect(try show(x.pow(0.5)) == "float32 0.0 -0.0 nan nan nan")
    #expect(try show(x.pow(-0.5)) == "float32 inf -inf nan nan nan")
    #expect(try show(x.pow(-1)) == "float32 inf -inf nan -1.0 -0.0")
    #expect(try show(x.pow(-2)) == "float32 inf inf nan 1.0 0.0")
    #expect(try show(x.pow(3)) == "float32 0.0 -0.0 nan -1.0 -inf")
    #expect(try show(Tensor.of([2, 3]).pow(.double(.infinity))) == "float32 inf inf")
    #expect(try show(Ops.powBase(.of([1, -2]), 2)) == "float32 2.0 0.25")
    #expect(try show(Ops.powBase(.of([nan, 3]), 1)) == "float32 1.0 1.0")
  }

  @Test("powers of integers wrap; negative ones are refused as numbers only")
  func integers() throws {
    let x = try Tensor.of([0, 1, -1, 2], .int64)
    #expect(try show(x.pow(.of([-1, -1, -1, -2], .int64))) == "int64 0 1 -1 0")
    #expect(try show(x.pow(2.5).pow(0)) == "float32 1.0 1.0 1.0 1.0")
    #expect(try show(Tensor.of([1, 2, 250], .uint8).pow(3)) == "uint8 1 8 40")
    #expect(try show(Ops.powBase(.of([5, -7, 0], .int32), 2)) == "int32 32 0 1")
    #expect(try show(Ops.powBase(.of([1, 2], .uint8), 300)) == "uint8 44 144")
    #expect(
      failure { try x.pow(-1) } == .runtime("Integers to negative integer powers are not allowed."))
    #expect(
      failure { try Tensor.of([1], .uint8).pow(256) }
        == .runtime("value cannot be converted to type uint8_t without overflow"))
    #expect(
      failure { try Tensor.of([1], .float16).pow(65505) }
        == .runtime("value cannot be converted to type c10::Half without overflow"))
  }

  @Test("powers of bool")
  func bools() throws {
    let b = try Tensor.of([true, false], .bool)
    #expect(try show(b.pow(2)) == "int64 1 0")
    #expect(try show(b.pow(0)) == "int64 1 1")
    #expect(try show(b.pow(true)) == "bool True False")
    #expect(try show(Ops.powBase(b, 2)) == "int64 2 1")
    #expect(failure { try b.pow(b) } == .unsupported("\"pow\" not implemented for 'Bool'"))
    #expect(
      failure { try Ops.powBase(b, true) } == .unsupported("\"pow\" not implemented for 'Bool'"))
    #expect(
      failure { try b.pow_(2) }
        == .runtime("result type Long can't be cast to the desired output type Bool"))
  }

  @Test("gradients for a number as exponent", arguments: [true, false])
  func exponentNumber(_ isInteger: Bool) throws {
    let points: [Scalar] = [0, -1, 2.5]
    func both(_ exponent: Int64) throws -> (first: [Double], second: [Double]?) {
      try slopes(at: points) { try $0.pow(isInteger ? .int(exponent) : .double(Double(exponent))) }
    }
    #expect(try both(0).first == [0, 0, 0])
    #expect(try both(0).second == nil)
    #expect(try both(1).first == [1, 1, 1])
    #expect(try both(2).first == [0, -2, 5])
    #expect(try both(3).first == [0, 3, 18.75])
    #expect(try both(3).second == [0, -6, 15])
    #expect(try agree(both(-1).first, [-.infinity, -1, -0.16]))
    #expect(try slopes(at: [0]) { try $0.pow(0.5) }.first == [.infinity])
  }

  @Test("gradients for tensors as base and exponent, with zeros")
  func tensors() throws {
    let x = try Tensor.leaf([0, 0, 0, 2, -2, 0])
    let y = try Tensor.leaf([0, 2, -1, 0, 2, 1])
    let ones = try Tensor.of([1, 1, 1, 1, 1, 1], .float64)
    let z = try x.pow(y)
    #expect(try z.gradFunction?.name == "PowBackward1")
    let g = try grad([z], [x, y], gradients: [ones]).map { ($0?.elements ?? []).map(\.double) }
    #expect(agree(g[0], [0, 0, -.infinity, 0, -4, 1]))
    #expect(agree(g[1], [0, 0, -.infinity, 0.693147, .nan, 0]))
  }

  @Test("gradients for a number as base")
  func base() throws {
    func slope(_ base: Scalar) throws -> [Double] {
      try slopes(at: [0, 1, -1]) { try Ops.powBase($0, base) }.first
    }
    #expect(try agree(slope(2), [0.693147, 1.386294, 0.346574]))
    #expect(try slope(1) == [0, 0, 0])
    #expect(try slope(0) == [0, 0, -.infinity])
    #expect(try agree(slope(-2), [.nan, .nan, .nan]))
  }
}
