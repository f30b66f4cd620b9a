import Apus
import Testing

@testable import Autograd
@testable import Operators

@Suite("What vmap does with elements, random numbers and dtypes")
struct BatchingTests {
  private let readingWords =
    "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling "
    + ".item() on a Tensor, please try to rewrite what you're doing with other operations. If error "
    + "is occurring somewhere inside PyTorch internals, please file a bug report."

  @Test("Elements of an example can't be read")
  func reading() throws {
    let x = try Tensor.of([1, 2, 3], .float64)
    let reads: [(Tensor) throws -> Void] = [
      { _ = try $0.item() }, { _ = try $0.element(at: 0) }, { _ = try $0.equal(x) },
      { _ = try x.equal($0) }, { _ = try $0.isEqual(to: x) }, { _ = try x.isEqual(to: $0) },
      { _ = try $0.to(dtype: .int64).oneHot() },
      // A differentiating transform inside does not change that.
      { x in _ = try Func.jvp([x], [x]) { [try $0[0] * $0[0].item()] } },
    ]
    for read in reads {
      let error = failure {
        try Func.vmap([x]) {
          try read($0[0])
          return $0
        }[0]
      }
      #expect(error?.message == readingWords && error?.kind == .runtime)
    }
    let error = failure { try Func.vmap([x]) { [try $0[0].isTrue() ? $0[0] : x] }[0] }
    #expect(
      error?.message
        == "vmap: It looks like you're attempting to use a Tensor in some data-dependent control "
        + "flow. We don't support that yet, please file an issue at "
        + "https://github.com/pytorch/pytorch/issues .")
    _ = try Func.vmap([x]) { x in
      #expect(x[0].elements.isEmpty)
      return x
    }
  }

  @Test("Random numbers are refused, shared or drawn for each example")
  func random() throws {
    let x = try Tensor.of([1, 2, 3, 4, 5, 6], .float64, [2, 3])
    let generator = Generator(seed: 7)
    let draws: [(Tensor) throws -> Tensor] = [
      { try $0.randLike() }, { try $0.randnLike() },
      { _ in try .rand([3], generator: generator) },
      { _ in try .randn([3], generator: generator) },
      { _ in try .randint(low: 0, high: 1 << 30, [3], generator: generator) },
      { _ in try .randperm(n: 30, generator: generator) },
    ]
    for draw in draws {
      let error = failure { try Func.vmap([x]) { [try draw($0[0])] }[0] }
      #expect(
        error?.message
          == "vmap: called random operation while in randomness error mode. Please either use the "
          + "'same' or 'different' randomness flags on vmap or perform the randomness operation out "
          + "of vmap")
      let same = try Func.vmap([x], randomness: .same) { [try draw($0[0])] }[0]
      #expect(same.shape.first == 2)
      #expect(try same.select(dim: 0, index: 0).doubles == same.select(dim: 0, index: 1).doubles)
      let different = try Func.vmap([x], randomness: .different) { [try draw($0[0])] }[0]
      #expect(different.shape == same.shape)
      #expect(
        try different.select(dim: 0, index: 0).doubles
          != different.select(dim: 0, index: 1).doubles)
      // Also where the call sees nothing of the examples.
      let captured = try Func.vmap([x], randomness: .different) { _ in
        [try draw(Tensor.of([1, 2, 3], .float64))]
      }[0]
      #expect(
        try captured.select(dim: 0, index: 0).doubles != captured.select(dim: 0, index: 1).doubles)
    }
  }

  @Test("Numbers for all examples are those of one call")
  func sequence() throws {
    let x = try Tensor.of([1, 2])
    func pair(_ draw: (Generator, Dims) throws -> Tensor, _ size: Dims) throws -> (Tensor, Tensor) {
      let (generator, again) = (Generator(seed: 3), Generator(seed: 3))
      return (
        try Func.vmap([x], randomness: .different) { _ in [try draw(generator, size)] }[0],
        try draw(again, size.following(2))
      )
    }
    let (a, b) = try pair({ try .rand($1, generator: $0) }, [2, 3])
    #expect(a.doubles == b.doubles && a.shape == b.shape)
    let (c, d) = try pair({ try .randn($1, generator: $0, dtype: .float64) }, [40])
    #expect(c.doubles == d.doubles && c.dtype == .float64)
    let (e, f) = try pair({ try .randint(low: -5, high: 5, $1, generator: $0) }, [])
    #expect(e.doubles == f.doubles && e.dtype == .int64)
  }

  @Test("Examples without dimensions promote as single calls do")
  func promotion() throws {
    for first in [DType.float32, .float16, .int32, .uint8, .bool] {
      for second in [DType.float64, .float32, .int64, .int16, .bool] {
        let (x, y) = (try Tensor.of([1, 0, 1], first), try Tensor.of([1, 1, 0], second))
        for (inputs, dims) in [([x, y], [nil, 0]), ([y, x], [0, nil])] as [([Tensor], [Int?])] {
          let found = try Func.vmap(inputs, inDims: dims) { [try $0[0] * $0[1]] }[0]
          let single = try inputs.enumerated().map { i, input in
            dims[i] == nil ? input : try input.select(dim: 0, index: 0)
          }
          #expect(try found.dtype == (single[0] * single[1]).dtype, "\(first) \(second)")
          #expect(found.doubles == [1, 0, 1, 1, 0, 1, 0, 0, 0])
        }
      }
    }
  }

  @Test("Zeros in one example leave the others' products as they are")
  func products() throws {
    let x = try Tensor.of([2, 3, 4, 0, 3, 4, 0, 0, 4], .float64, [3, 3])
    let expected: [Double] = [12, 8, 6, 12, 0, 0, 0, 0, 0]
    let whole = try Func.vmap([x]) { x in try Func.grad(x) { try $0[0].prod() } }[0]
    #expect(whole.doubles == expected)
    let rows = try Func.vmap([x]) { x in
      try Func.vjp(x) { [try $0[0].prod(dim: 0)] }.pullback([.ones([], dtype: .float64)])
    }[0]
    #expect(rows.doubles == expected)
    let tangents = try Func.vmap([x]) { x in
      try Func.jvp(x, [.of([1, 10, 100], .float64)]) { [try $0[0].prod()] }.tangents
    }[0]
    #expect(tangents.doubles == [692, 12, 0])
  }

  @Test("nan is the largest and the smallest element of its own example only")
  func extremes() throws {
    let x = try Tensor.of([1, 2, 2, nan, 5, nan], .float64, [2, 3])
    let found = try Func.vmap([x]) { x in
      let (gradients, value) = try Func.gradAndValue(x) { try $0[0].max() }
      return gradients + [value]
    }
    #expect(found[0].doubles == [0, 0.5, 0.5, 0.5, 0, 0.5])
    #expect(found[1].doubles[0] == 2 && found[1].doubles[1].isNaN)
  }

  @Test("An example all of whose classes are ignored has a loss of nan and no gradient")
  func ignored() throws {
    let x = try Tensor.of([0, 1, 2, 3, 1, 5, 0, 1], .float64, [2, 2, 2])
    let target = try Tensor.of([0, 1, 7, 7], .int64, [2, 2])
    let found = try Func.vmap([x, target]) { inputs in
      let (gradients, value) = try Func.gradAndValue([inputs[0]]) {
        try $0[0].nllLoss(inputs[1], ignoreIndex: 7)
      }
      return gradients + [value]
    }
    #expect(found[0].doubles == [-0.5, 0, 0, -0.5, 0, 0, 0, 0])
    #expect(found[1].doubles[0] == -1.5 && found[1].doubles[1].isNaN)
    // The class of an example is out of bounds.
    #expect(
      failure { try Func.vmap([x, target]) { [try $0[0].nllLoss($0[1])] }[0] }?.message
        .hasPrefix("index 7 is out of bounds for dimension ") == true)
    #expect(
      failure { try Func.vmap([x, x]) { [try $0[0].nllLoss($0[1].select(dim: 0, index: 0))] }[0] }?
        .message == "expected target dtype to be Long or Byte, but got Double")
  }

  @Test("Parameters of a normalisation may differ between the examples")
  func normalisation() throws {
    let x = try Tensor.of([1, 2, 3, 4, 8, 6], .float32, [2, 3])
    let weight = try Tensor.of([1, 2, 3, 1, 1, 1], .float32, [2, 3])
    let found = try Func.vmap([x, weight]) {
      [try $0[0].layerNorm(normalizedShape: [3], weight: $0[1])]
    }
    let single = try (0..<2).flatMap { k in
      try x.select(dim: 0, index: k)
        .layerNorm(normalizedShape: [3], weight: weight.select(dim: 0, index: k)).doubles
    }
    #expect(agree(found[0].doubles, single))
  }

  @Test("A tangent of zeros can be written over under vmap")
  func zeroTangents() throws {
    let x = try Tensor.of([1.5, 2.5], .float64)
    let found = try Func.vmap([x]) { x in
      try Func.jvp(x, [.ones([], dtype: .float64)]) { x in
        let y = try x[0].floor()
        return [try y.add_(x[0].square())]
      }.tangents
    }
    #expect(found[0].doubles == [3, 5])
  }
}
