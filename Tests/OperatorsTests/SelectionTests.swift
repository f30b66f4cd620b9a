import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

struct SelectionTests {
  @Test("clamp keeps nan and the sign of zero, and lets max win")
  func clamp() throws {
    let x = try Tensor.of([-1, -0.0, 0.5, 2, nan])
    #expect(try show(x.clamp(min: 0, max: 1)) == "float32 0.0 -0.0 0.5 1.0 nan")
    #expect(try show(x.clamp(min: 2, max: 1)) == "float32 1.0 1.0 1.0 1.0 nan")
    #expect(try show(x.clamp(max: 0)) == "float32 -1.0 -0.0 0.0 0.0 nan")
    #expect(try show(x.clamp(min: nan, max: 1)) == "float32 nan nan nan nan nan")
    #expect(
      failure { try x.clamp(min: nil as Scalar?) }
        == .runtime("torch.clamp: At least one of 'min' or 'max' must not be None"))
    #expect(
      failure { try x.clamp(max: 1e39) }
        == .runtime("value cannot be converted to type float without overflow"))
  }

  @Test("clamp of integers: float bounds promote, bounds out of range bind nothing or fail")
  func clampIntegers() throws {
    let bytes = try Tensor.of([1, 2, 250], .uint8)
    #expect(try show(bytes.clamp(min: -1, max: 300)) == "uint8 1 2 250")
    #expect(try show(bytes.clamp(min: 1.5)) == "float32 1.5 2.0 250.0")
    #expect(
      failure { try bytes.clamp(min: 1_234_567) }
        == .runtime("Clamp min value 1.23457e+06 is outside the representable range of Byte"))
    #expect(
      failure { try bytes.clamp(min: 2, max: -1) }
        == .runtime("Clamp max value -1 is outside the representable range of Byte"))
    #expect(
      failure { try Tensor.of([1], .int64).clamp_(min: 0.5) }
        == .runtime("result type Float can't be cast to the desired output type long int"))
    let b = try Tensor.of([true, false], .bool)
    #expect(try show(b.clamp(min: 1)) == "int64 1 1")
    #expect(
      failure { try b.clamp(max: true) }
        == .unsupported("\"clamp_max_scalar_cpu\" not implemented for 'Bool'"))
  }

  @Test("clamp passes nothing at a bound, and nothing for nan")
  func clampGradient() throws {
    let points: [Scalar] = [0, 0.5, 1, 2, nan]
    let both = try slopes(at: points) { try $0.clamp(min: 0, max: 1) }
    #expect(both.first == [0, 1, 0, 0, 0])
    #expect(try slopes(at: points) { try $0.clamp(max: 1) }.first == [1, 1, 0, 0, 0])
    #expect(try slopes(at: points) { try $0.clamp(min: 0) }.first == [0, 1, 1, 1, 0])
    let x = try Tensor.leaf([1])
    #expect(try x.clamp(min: 0).gradFunction?.name == "ClampBackward1")
  }

  @Test("the larger and the smaller; ties share")
  func extremes() throws {
    let x = try Tensor.leaf([1, 1, nan, 1])
    let y = try Tensor.leaf([1, 2, 1, nan])
    let ones = try Tensor.of([1, 1, 1, 1], .float64)
    func gradients(_ z: Tensor) throws -> [[Double]] {
      try grad([z], [x, y], gradients: [ones]).map { ($0?.elements ?? []).map(\.double) }
    }
    #expect(try show(x.maximum(y)) == "float64 1.0 2.0 nan nan")
    #expect(try show(x.minimum(y)) == "float64 1.0 1.0 nan nan")
    #expect(try gradients(x.maximum(y)) == [[0.5, 0, 1, 1], [0.5, 1, 1, 1]])
    #expect(try gradients(x.minimum(y)) == [[0.5, 1, 1, 1], [0.5, 0, 1, 1]])
    #expect(
      try show(Tensor.of([true, false], .bool).maximum(.of([0, 3], .int64))) == "int64 1 3")
  }

  @Test("where: dtypes, shapes, errors")
  func condition() throws {
    let c = try Tensor.of([true, false, true], .bool)
    let i = try Tensor.of([1, 2, 3], .int64)
    #expect(try show(Ops.where(c, i, .of(2.5), ())) == "float32 1.0 2.5 3.0")
    #expect(
      try show(Ops.where(.of(true, .bool), .of(1, .int64), .of(2, .int64), ())) == "int64[] 1")
    #expect(try show(Ops.where(.of([2, 0, 1], .uint8), i, i + 10, ())) == "int64 1 12 3")
    #expect(
      failure { try Ops.where(i, i, i, ()) }
        == .runtime(
          "where expected condition to be a boolean tensor, but got a tensor with dtype Long"))
    #expect(failure { try Ops.where(c, .of([1, 2]), i, ()) } == .broadcast(3, 2, dim: 0))
  }

  @Test("where: an infinite gradient of what was not chosen does not show")
  func conditionGradient() throws {
    let c = try Tensor.of([true, false], .bool)
    let x = try Tensor.leaf([1, nan])
    let y = try Tensor.leaf([nan, 2])
    let z = try Ops.where(c, x, y, ())
    let g = try grad([z], [x, y], gradients: [.of([infinity, 5], .float64)])
    #expect(try show(#require(g[0])) == "float64 inf 0.0")
    #expect(try show(#require(g[1])) == "float64 0.0 5.0")
  }

  @Test("masked_fill")
  func maskedFill() throws {
    let x = try Tensor.of([1, 2, 3], .int64)
    let mask = try Tensor.of([true, false, true], .bool)
    #expect(try show(x.maskedFill(mask, 7.9)) == "int64 7 2 7")
    #expect(
      try show(x.maskedFill(.of([true, false], .bool, [2, 1]), 0)) == "int64[2, 3] 0 0 0 1 2 3")
    #expect(try show(Tensor.of([1, 2, 3], .uint8).maskedFill(mask, -1)) == "uint8 255 2 255")
    #expect(try show(x.maskedFill_(mask, 9)) == "int64 9 2 9")
    #expect(
      failure { try x.maskedFill_(.of([true, false], .bool, [2, 1]), 0) }
        == .runtime("output with shape [3] doesn't match the broadcast shape [2, 3]"))
    #expect(failure { try x.maskedFill(.of([true, false], .bool), 0) } == .broadcast(2, 3, dim: 0))
    #expect(
      failure { try x.maskedFill_(.of([true, false], .bool), 0) } == .broadcast(3, 2, dim: 0))
    #expect(
      failure { try x.maskedFill(x, 0) }
        == .runtime("masked_fill_ only supports boolean masks, but got mask with dtype long int"))
    #expect(
      failure { try x.maskedFill(mask, nan) }
        == .runtime("value cannot be converted to type int64_t without overflow"))
    #expect(try slopes(at: [nan, 1, 2]) { try $0.maskedFill(mask, 3) }.first == [0, 1, 0])
  }
}
