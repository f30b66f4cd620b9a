import Elements
import Testing

@testable import Arrays

@Suite("Conversions of elements")
struct ConversionTests {
  private func convert(_ numbers: [Double], _ from: DType = .float64, to: DType) throws -> [Double]
  {
    try array(numbers, nil, from).copied(to: to).numbers
  }

  @Test("Floats become integers by truncation, and what does not fit is the least int64")
  func floatToInteger() throws {
    let least = -9.223372036854775808e18
    #expect(
      try convert([300, -1.7, .nan, .infinity, -129, 1e20, -0.5], to: .int64)
        == [300, -1, least, least, -129, least, 0])
    #expect(try convert([2.9, -2.9, 255], .float32, to: .uint8) == [2, 254, 255])
    #expect(try convert([40000, -1], .float16, to: .int32) == [40000, -1])
  }

  @Test("Integers wrap")
  func integers() throws {
    #expect(try convert([300, -1, 1_099_511_627_781], .int64, to: .uint8) == [44, 255, 5])
    #expect(try convert([200, -129], .int64, to: .int8) == [-56, 127])
    #expect(try convert([255], .uint8, to: .int8) == [-1])
    #expect(try convert([1, 0], .bool, to: .int16) == [1, 0])
  }

  @Test("Everything but zero is true, nan too")
  func bools() throws {
    #expect(try convert([0, -0.0, 0.1, .nan], to: .bool) == [0, 0, 1, 1])
    #expect(try convert([0, -3], .int8, to: .bool) == [0, 1])
  }

  @Test("Floats are rounded to the nearest, ties to even")
  func rounding() throws {
    let halves = try convert([65519, 65520, 1e-8, 5.97e-8, 2049, 2051], .float32, to: .float16)
    #expect(halves == [65504, .infinity, 0, 5.9604644775390625e-08, 2048, 2052])
    let brains = try convert([1.00390625, 1.01171875, 3.4e38, 1e-40], .float32, to: .bfloat16)
    #expect(brains == [1, 1.015625, .infinity, 9.183549615799121e-41])
    #expect(try convert([9_007_199_254_740_992], .int64, to: .float64) == [9_007_199_254_740_992])
    #expect(
      try convert([16_777_217, 33_554_435], .int64, to: .float32) == [16_777_216, 33_554_436])
    #expect(try convert([.nan], to: .float16)[0].isNaN)
    #expect(try convert([.nan], to: .bfloat16)[0].isNaN)
    #expect(try convert([-0.0], to: .float16)[0].sign == .minus)
  }

  @Test("Every pair of dtypes keeps small numbers, in every layout")
  func pairs() throws {
    for from in DType.allCases {
      for to in DType.allCases {
        let x = try array([0, 1, 1, 0, 1, 0], [2, 3], from)
        #expect(try x.copied(to: to).numbers == [0, 1, 1, 0, 1, 0])
        #expect(try x.transposed(0, 1).copied(to: to).numbers == [0, 0, 1, 1, 1, 0])
        let stepped = try x.slice(dim: 1, start: 0, end: nil, step: 2)
        #expect(try stepped.copied(to: to).numbers == [0, 1, 0, 0])
        let target = try array([7, 7, 7, 7, 7, 7], [3, 2], to).transposed(0, 1)
        target.assign(x)
        #expect(target.numbers == [0, 1, 1, 0, 1, 0])
      }
    }
  }

  @Test("Numbers of Python's kinds are stored as a C cast would")
  func scalars() throws {
    let x = try NDArray.full([2], 300, .uint8)
    #expect(x.numbers == [44, 44])
    #expect(try NDArray.full([1], -1.9, .int32).numbers == [-1])
    #expect(try NDArray.full([1], true, .float16).numbers == [1])
    #expect(try NDArray.full([1], 0.5, .bool).numbers == [1])
    #expect(try NDArray.full([1], .int(.max), .int64).element(at: 0) == .int(.max))
    #expect(Scalar.double(.nan).int64 == .min)
    #expect(Scalar.double(1e300).int64 == .min)
  }

  @Test("A copy keeps a dense array's order of dimensions")
  func copies() throws {
    let x = try counting([2, 3]).transposed(0, 1)
    let copy = try x.copied()
    #expect(copy.strides == [1, 3] && copy.storage !== x.storage)
    #expect(copy.numbers == x.numbers)
    #expect(try x.contiguous().strides == [2, 1])
    #expect(try x.contiguous().numbers == [0, 3, 1, 4, 2, 5])
    #expect(try counting([2]).contiguous().isContiguous)
    let expanded = try counting([1]).expanded(to: [2, 2])
    #expect(try expanded.copied().strides == [2, 1])
  }

  @Test("The only element")
  func items() throws {
    #expect(try array([2.5], [1, 1]).item() == .double(2.5))
    #expect(try array([7], [], .int8).item() == .int(7))
    #expect(try array([1], [], .bool).item() == .bool(true))
    #expect(
      words { _ = try counting([2]).item() }
        == "a Tensor with 2 elements cannot be converted to Scalar")
    #expect(
      words { _ = try counting([0]).item() }
        == "a Tensor with 0 elements cannot be converted to Scalar")
  }
}
