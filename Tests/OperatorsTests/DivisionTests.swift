import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

private let floats: [Scalar] = [7, -7, 7, -7, 1, 0]
private let divisors: [Scalar] = [2, 2, -2, -2, 0, 0]

struct DivisionTests {
  @Test("quotients of floats, exact and rounded")
  func quotients() throws {
    let x = try Tensor.of(floats)
    let y = try Tensor.of(divisors)
    #expect(try show(x / y) == "float32 3.5 -3.5 -3.5 3.5 inf nan")
    #expect(try show(x.div(y, roundingMode: "floor")) == "float32 3.0 -4.0 -4.0 3.0 inf nan")
    #expect(try show(x.div(y, roundingMode: "trunc")) == "float32 3.0 -3.0 -3.0 3.0 inf nan")
    #expect(try show(x.floorDivide(y)) == "float32 3.0 -4.0 -4.0 3.0 inf nan")
    #expect(try show(x.remainder(y)) == "float32 1.0 1.0 -1.0 -1.0 nan nan")
    // The floor of the rounded quotient would be 10.
    #expect(try show(Tensor.of([1]).floorDivide(0.1)) == "float32 9.0")
  }

  @Test("quotients of integers")
  func integers() throws {
    let x = try Tensor.of([5, -7, 0], .int32)
    #expect(try show(x / 2) == "float32 2.5 -3.5 0.0")
    #expect(try show(x.div(2, roundingMode: "floor")) == "int32 2 -4 0")
    #expect(try show(x.div(2, roundingMode: "trunc")) == "int32 2 -3 0")
    #expect(try show(x.div(-2, roundingMode: "trunc")) == "int32 -2 3 0")
    #expect(try show(x.div(2.5, roundingMode: "trunc")) == "float32 2.0 -2.0 0.0")
    #expect(try show(x.remainder(-3)) == "int32 -1 -1 0")
    #expect(try show(x.floorDivide(.of([2, 2, 2], .int64))) == "int64 2 -4 0")
    let least = try Tensor.of([-128], .int8)
    #expect(try show(least.div(-1, roundingMode: "trunc")) == "int8 -128")
    #expect(try show(least.floorDivide(.of([-1], .int8))) == "int8 -128")
    #expect(try show(least.remainder(-1)) == "int8 0")
    #expect(try show(Tensor.of([1, 250], .uint8).floorDivide(-1)) == "uint8 0 0")
    #expect(try show(Tensor.of([true, false], .bool).remainder(2)) == "int64 1 0")
  }

  @Test("an integer is not divided by zero, unless there is none to divide")
  func zeroDivision() throws {
    let x = try Tensor.of([1, 2], .int64)
    let zero = TensorError.runtime("ZeroDivisionError")
    #expect(failure { try x.floorDivide(0) } == zero)
    #expect(failure { try x.remainder(.of([1, 0], .int64)) } == zero)
    #expect(failure { try x.div(.of(0, .int64), roundingMode: "trunc") } == zero)
    #expect(failure { try Tensor.of([1], .uint8).remainder(256) } == zero)
    #expect(try show(Tensor.of([], .int64).floorDivide(0)) == "int64")
    #expect(try show(Tensor.of([], .int64, [0, 1]).remainder(.of([0], .int64))) == "int64[0, 1]")
    #expect(
      failure { try Tensor.of([true], .bool).floorDivide_(0) }
        == .runtime("result type Long can't be cast to the desired output type Bool"))
  }

  @Test("unknown modes and missing loops")
  func refused() throws {
    let x = try Tensor.of([1, 2], .int64)
    #expect(
      failure { try x.div(x, roundingMode: "up") }
        == .runtime(
          "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found 'up'"))
    #expect(
      failure { try x.div_(2) }
        == .runtime("result type Float can't be cast to the desired output type Long"))
    let b = try Tensor.of([true, true], .bool)
    #expect(
      failure { try b.div(b, roundingMode: "trunc") }
        == .unsupported("\"div_trunc_cpu\" not implemented for 'Bool'"))
    #expect(
      failure { try b.floorDivide(b) }
        == .unsupported("\"div_floor_cpu\" not implemented for 'Bool'"))
    #expect(
      failure { try b.remainder(b) } == .unsupported("\"remainder_cpu\" not implemented for 'Bool'")
    )
  }

  @Test("gradients; rounded quotients have zeros, floor_divide says it has none")
  func gradients() throws {
    let x = try Tensor.leaf([5, -5, 5, 6])
    let y = try Tensor.leaf([3, 3, -3, 3])
    let ones = try Tensor.of([1, 1, 1, 1], .float64)
    func gradients(_ z: Tensor) throws -> [[Double]] {
      try grad([z], [x, y], gradients: [ones]).map { ($0?.elements ?? []).map(\.double) }
    }
    let exact = try gradients(x / y)
    #expect(agree(exact[0], [0.333333, 0.333333, -0.333333, 0.333333]))
    #expect(agree(exact[1], [-0.555556, 0.555556, -0.555556, -0.666667]))
    #expect(try gradients(x.remainder(y)) == [[1, 1, 1, 1], [-1, 2, 2, -2]])
    #expect(try gradients(x.div(y, roundingMode: "floor")) == [[0, 0, 0, 0], [0, 0, 0, 0]])
    #expect(
      failure {
        try x.floorDivide(y).backward(gradient: ones)
        return x
      } == .runtime("derivative for aten::floor_divide is not implemented"))
  }
}
