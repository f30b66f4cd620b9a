import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

private let twoBools = TensorError.unsupported(
  "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
    + "`logical_xor()` operator instead.")
private let oneBool = TensorError.unsupported(
  "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to "
    + "invert a mask, use the `~` or `logical_not()` operator instead.")
private let floatAlpha = TensorError.runtime(
  "For integral input tensors, argument alpha must not be a floating point number.")

struct ArithmeticTests {
  @Test("sums and differences with alpha")
  func alpha() throws {
    let x = try Tensor.of([1, 2, 3])
    let y = try Tensor.of([10, 20, 30])
    #expect(try show(Ops.add(x, y, 2)) == "float32 21.0 42.0 63.0")
    #expect(try show(Ops.sub(x, y, 0.5)) == "float32 -4.0 -8.0 -12.0")
    #expect(try show(Ops.addScalar(x, (1.5, 2))) == "float32 4.0 5.0 6.0")
    #expect(try show(Ops.subScalar(x, (3, 2))) == "float32 -5.0 -4.0 -3.0")
    #expect(try show(Ops.rsubScalar(x, (3, 2))) == "float32 1.0 -1.0 -3.0")
    let i = try Tensor.of([1, 2], .int64)
    #expect(try show(Ops.add(i, .of([1, 2]), 2.5)) == "float32 3.5 7.0")
    #expect(failure { try Ops.add(i, i, 2.5) } == floatAlpha)
    #expect(failure { try Ops.add(i, i, 1.0) } == floatAlpha)
    #expect(failure { try Ops.addScalar(i, (1, 2.5)) } == floatAlpha)
    #expect(
      failure { try Ops.add(x, y, true) }
        == .runtime("Boolean alpha only supported for Boolean results."))
    #expect(
      failure { try Ops.add(.of([1], .int8), .of([1], .int8), 300) }
        == .runtime("value cannot be converted to type int8_t without overflow"))
    // The shapes are looked at before alpha.
    #expect(failure { try Ops.add(i, .of([1, 2, 3], .int64), 2.5) } == .broadcast(2, 3, dim: 0))
  }

  @Test("numbers of integers and floats")
  func promotion() throws {
    let bytes = try Tensor.of([1, 2, 250], .uint8)
    #expect(try show(bytes + -1) == "uint8 0 1 249")
    #expect(try show(bytes + 300) == "uint8 45 46 38")
    #expect(try show(-1 - bytes) == "uint8 254 253 5")
    #expect(try show(bytes * 0.5) == "float32 0.5 1.0 125.0")
    #expect(try show(Tensor.of([1], .int8) + .of([200], .uint8)) == "int16 201")
    #expect(try show(Tensor.of([1], .int8) + .of(200, .int64)) == "int8 -55")
    #expect(try show(Tensor.of([true, false], .bool) + true) == "bool True True")
    #expect(try show(Ops.addScalar(.of([true, false], .bool), (true, 2))) == "bool True True")
    #expect(try show(Tensor.of([true, false], .bool) + 1) == "int64 2 1")
    // A number is not rounded to float16 before it multiplies.
    #expect(try show(Tensor.of([3], .float16) * 0.1) == "float16 0.300048828125")
  }

  @Test("bool is not subtracted")
  func bools() throws {
    let b = try Tensor.of([true, false], .bool)
    let i = try Tensor.of([1, 2], .int64)
    #expect(failure { try b - b } == twoBools)
    #expect(failure { try b - true } == twoBools)
    #expect(failure { try true - b } == twoBools)
    for call in [{ try b - i }, { try i - b }, { try b - 1 }, { try i - true }, { try 2.5 - b }] {
      #expect(failure(call) == oneBool)
    }
  }

  @Test("in place, the dtype stays")
  func inPlace() throws {
    let i = try Tensor.of([1, 2, 3], .int64)
    #expect(try show(i.sub_(1)) == "int64 0 1 2")
    #expect(
      failure { try i.add_(1.5) }
        == .runtime("result type Float can't be cast to the desired output type Long"))
    #expect(
      failure { try Tensor.of([true], .bool).mul_(2) }
        == .runtime("result type Long can't be cast to the desired output type Bool"))
    #expect(
      failure { try i.add_(.of([1, 2, 3], .int64, [1, 3])) }
        == .runtime("output with shape [3] doesn't match the broadcast shape [1, 3]"))
    let tail = Tensor(try i.array.slice(dim: 0, start: 1, end: nil))
    let head = Tensor(try i.array.slice(dim: 0, start: 0, end: 2))
    #expect(failure { try tail.add_(head) } == .overlappingMemory)
    #expect(failure { try Tensor(i.array.expanded(to: [2, 3])).add_(1) } == .repeatedMemory)
    #expect(try show(Tensor.of([1], .float16).add_(.of([2], .float64))) == "float16 3.0")
  }

  @Test("gradients of both operands, broadcast and not")
  func gradients() throws {
    let x = try Tensor.leaf([1, 2])
    let y = try Tensor.leaf([3])
    let z = try Ops.sub(x * y, y, 2)
    let g = try grad([z], [x, y], gradients: [.of([1, 10], .float64)])
    #expect(try show(#require(g[0])) == "float64 3.0 30.0")
    #expect(try show(#require(g[1])) == "float64 -1.0")
    #expect(try z.gradFunction?.name == "SubBackward0")
    #expect(try (1 - x).gradFunction?.name == "RsubBackward1")
    #expect(try slopes(at: [1, 2]) { try Ops.rsubScalar($0, (3, 2)) }.first == [-2, -2])
  }
}
