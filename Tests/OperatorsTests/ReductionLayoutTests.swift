import Arrays
import Autograd
import Elements
import Testing

@testable import Operators

/// Reductions don't depend on how their argument lies in memory, nor on how it is divided.
struct ReductionLayoutTests {
  /// The same elements in different memory: permuted, every other one, repeated, from the middle.
  private static func arrangements(of dtype: DType) throws -> [Tensor] {
    let values = (0..<480).map { Scalar.int(Int64(($0 * 37) % 11) - 4) }
    let memory = try Tensor.of(values, dtype, [4, 5, 6, 4])
    return [
      memory,
      try memory.permute([3, 1, 0, 2]),
      try memory.slice(dim: 3, start: 1, end: nil, step: 2),
      try memory.slice(dim: 2, start: 0, end: nil, step: 3).permute([2, 3, 0, 1]),
      try memory.narrow(dim: 1, start: 1, length: 1).expand([4, 3, 6, 4]),
      try memory.narrow(dim: 0, start: 1, length: 2).transpose(dim0: 0, dim1: 2),
    ]
  }

  private static let dtypes: [DType] = [.float64, .float16, .int64, .int8, .bool]
  private static let dims: [Dims] = [[0], [2], [-1], [0, 1], [1, 3], [0, 2], [0, 3, 1], []]

  @Test("several dimensions in any memory", arguments: dtypes)
  func several(dtype: DType) throws {
    for x in try Self.arrangements(of: dtype) {
      let dense = try x.contiguous()
      for dim in Self.dims {
        for keepdim in [false, true] {
          #expect(
            try show(x.sum(dim: dim, keepdim: keepdim))
              == show(dense.sum(dim: dim, keepdim: keepdim)))
          #expect(
            try show(x.amax(dim: dim, keepdim: keepdim))
              == show(dense.amax(dim: dim, keepdim: keepdim)))
        }
        if dtype == .float64 {
          // A variance depends on the order of additions in its last digits.
          let variance = try x.var(dim: dim) - dense.var(dim: dim)
          #expect(try variance.abs().max().item().double < 1e-12)
        }
      }
    }
  }

  @Test("one dimension in any memory", arguments: dtypes)
  func single(dtype: DType) throws {
    for x in try Self.arrangements(of: dtype) {
      let dense = try x.contiguous()
      for dim in 0..<4 {
        #expect(try show(x.cumsum(dim: dim)) == show(dense.cumsum(dim: dim)))
        #expect(try show(x.prod(dim: dim)) == show(dense.prod(dim: dim)))
        #expect(try show(x.any(dim: dim)) == show(dense.any(dim: dim)))
        #expect(try show(x.all(dim: dim)) == show(dense.all(dim: dim)))
        let (values, indices) = try x.max(dim: dim)
        let (denseValues, denseIndices) = try dense.max(dim: dim)
        #expect(show(values) == show(denseValues))
        #expect(show(indices) == show(denseIndices))
        if dtype != .bool {
          #expect(try show(x.argmin(dim: dim)) == show(dense.argmin(dim: dim)))
          #expect(try show(x.argmax()) == show(dense.argmax()))
        }
        if dtype.isFloatingPoint {
          // So does the sum of exponentials.
          let difference = try x.softmax(dim: dim) - dense.softmax(dim: dim)
          #expect(try difference.abs().max().item().double < 1e-12)
        }
      }
    }
  }

  @Test("a sum of sums is the sum of all")
  func associativity() throws {
    let x = try Self.arrangements(of: .int64)[1]
    let total = try show(x.sum())
    for dim in Self.dims { #expect(try show(x.sum(dim: dim).sum()) == total) }
  }

  @Test("many small numbers don't get lost, whatever the strides")
  func accuracy() throws {
    // Added one by one in float32, they would stop at 2^24.
    let ones = try Tensor.of([5000, 4000], filledWith: 1)
    #expect(try show(ones.sum()) == "float32[] 20000000.0")
    let columns = try ones.t().slice(dim: 0, start: 0, end: nil, step: 2)
    #expect(try show(columns.sum()) == "float32[] 10000000.0")
    // Partial sums of 16 bits would be rounded: 2049 is not a float16.
    let halves = try Tensor.of([3, 2, 683], filledWith: 1, .float16)
    #expect(try show(halves.sum(dim: [0, 2])) == "float16 2048.0 2048.0")
    // The mean is larger than the deviations by seven digits.
    let offsets = try Tensor.of([10_000_000, 10_000_001, 10_000_002, 10_000_003]).var()
    #expect(agree([try offsets.item().double], [5.0 / 3.0]))
  }

  @Test("sizes whose product doesn't fit are refused or reduced to nothing")
  func hugeSizes() throws {
    let huge = Tensor(try NDArray(uninitialized: [0, 1 << 40, 1 << 40], .float32))
    #expect(try huge.sum().item().double == 0)
    #expect(try huge.mean().item().double.isNaN)
    #expect(try huge.sum(dim: [1, 2]).shape == [0])
    #expect(try huge.softmax(dim: 1).shape == huge.shape)
    #expect(try huge.max(dim: 2).indices.shape == [0, 1 << 40])
    #expect(failure { try huge.sum(dim: [0]) } == .sizeOverflow)
    #expect(failure { try huge.sum(dim: [.max]) } == .dimOutOfRange(.max, rank: 3))
    #expect(failure { try huge.sum(dim: [.min]) } == .dimOutOfRange(.min, rank: 3))
  }

  @Test("products with zeros have derivatives of any order")
  func productsOfZeros() throws {
    let x = try Tensor.leaf([0, 2, 0, 3])
    let first = try #require(try grad([x.prod()], [x], createGraph: true)[0])
    #expect(first.elements.map(\.double) == [0, 0, 0, 0])
    let weights = try Tensor.of([1, 10, 100, 1000], .float64)
    let second = try #require(try grad([(first * weights).sum()], [x], createGraph: true)[0])
    // d²/dx₀dx₂ = x₁x₃ = 6; all others have a zero left.
    #expect(second.elements.map(\.double) == [600, 0, 6, 0])
    let third = try #require(try grad([second.sum()], [x])[0])
    #expect(third.elements.map(\.double) == [2530, 303, 2035, 202])
  }

  @Test("a gradient of nll_loss doesn't depend on its argument, but may be asked")
  func lossSecondOrder() throws {
    let x = try Tensor.leaf([1, 2, 3])
    let target = try Tensor.of(2, .int64)
    let first = try #require(try grad([x.nllLoss(target)], [x], createGraph: true)[0])
    #expect(first.elements.map(\.double) == [0, 0, -1])
    #expect(try grad([first.sum()], [x])[0]?.elements.map(\.double) == [0, 0, 0])
    let entropy = try x.crossEntropy(target)
    let slope = try #require(try grad([entropy], [x], createGraph: true)[0])
    let curvature = try #require(
      try grad([slope.select(dim: 0, index: 0)], [x])[0]?.elements.map(\.double))
    #expect(agree(curvature, [0.0819251, -0.0220330, -0.0598921]))
  }
}
