import Elements
import Testing

@testable import Arrays
@testable import KernelsBaseline

/// A filled tensor: what PyTorch 2.15 wrote on x86 after `manual_seed`, as a hash of its bytes.
private struct Filled: Sendable {
  enum Distribution { case uniform, normal }
  let seed: UInt64
  let distribution: Distribution
  let dtype: DType
  let count: Int
  let hash: UInt64

  init(
    _ seed: UInt64, _ distribution: Distribution, _ dtype: DType, _ count: Int, _ hash: UInt64
  ) {
    self.seed = seed
    self.distribution = distribution
    self.dtype = dtype
    self.count = count
    self.hash = hash
  }

  static let all = [
    Filled(0, .uniform, .float32, 5, 0x4530ae1f72c05e76),
    Filled(0, .uniform, .float32, 37, 0x31abd404c1ef4e28),
    Filled(0, .uniform, .float32, 1000, 0xfd45d9e8345f8403),
    Filled(0, .uniform, .float64, 5, 0x15eee16271a18a6c),
    Filled(0, .uniform, .float64, 37, 0xf663f3d23d422ca9),
    Filled(0, .uniform, .float64, 1000, 0x6a804b2b6e4a3918),
    Filled(0, .uniform, .float16, 5, 0xf2897e75569cdc82),
    Filled(0, .uniform, .float16, 37, 0x23bf02e0f62ab319),
    Filled(0, .uniform, .float16, 1000, 0xe1e265f77a906430),
    Filled(0, .uniform, .bfloat16, 5, 0x8376e87d8e0f7a91),
    Filled(0, .uniform, .bfloat16, 37, 0x3aad19afb1d03d31),
    Filled(0, .uniform, .bfloat16, 1000, 0x363b93d6e45ef087),
    Filled(0, .normal, .float32, 5, 0xcec5c9affc020eb6),
    Filled(0, .normal, .float32, 37, 0x395cf516dc267351),
    Filled(0, .normal, .float32, 1000, 0x31ae67821ca5077e),
    Filled(0, .normal, .float64, 5, 0xeec8bec8097190c6),
    Filled(0, .normal, .float64, 37, 0x6b0750dc75ceec1b),
    Filled(0, .normal, .float64, 1000, 0xd6d6b1df372a5a00),
    Filled(0, .normal, .float16, 5, 0xb0ab3d898724cfb4),
    Filled(0, .normal, .float16, 37, 0x3569bcfa4d5e2208),
    Filled(0, .normal, .float16, 1000, 0x3c49c56d051cd657),
    Filled(0, .normal, .bfloat16, 5, 0x3082f7feb64dcbbb),
    Filled(0, .normal, .bfloat16, 37, 0xdb5ba3cdd08495ca),
    Filled(0, .normal, .bfloat16, 1000, 0xd4885ecde06c984c),
    Filled(42, .uniform, .float32, 5, 0x280af9eaf234580c),
    Filled(42, .uniform, .float32, 37, 0xc79527b4c4c047bb),
    Filled(42, .uniform, .float32, 1000, 0x9a09202fcef2a2b8),
    Filled(42, .uniform, .float64, 5, 0xde23955e5d15941b),
    Filled(42, .uniform, .float64, 37, 0x0f80ae02804513a5),
    Filled(42, .uniform, .float64, 1000, 0x632246c6521c0366),
    Filled(42, .uniform, .float16, 5, 0xce7b4334f49d9e77),
    Filled(42, .uniform, .float16, 37, 0xeccc2e6baf4e9b14),
    Filled(42, .uniform, .float16, 1000, 0x49c37f686e67ddb2),
    Filled(42, .uniform, .bfloat16, 5, 0xd7bc4f104df2b3da),
    Filled(42, .uniform, .bfloat16, 37, 0xdbff30567f281a33),
    Filled(42, .uniform, .bfloat16, 1000, 0xfa6f31f8e28e1637),
    Filled(42, .normal, .float32, 5, 0x0db62b496c414f74),
    Filled(42, .normal, .float32, 37, 0x4c7f366c32c80928),
    Filled(42, .normal, .float32, 1000, 0x790c9ebfd52592da),
    Filled(42, .normal, .float64, 5, 0xbe499b105e7a33bf),
    Filled(42, .normal, .float64, 37, 0xfe3ca4276281847e),
    Filled(42, .normal, .float64, 1000, 0xaea38fb68211b7dc),
    Filled(42, .normal, .float16, 5, 0x96c6201dfd060a7a),
    Filled(42, .normal, .float16, 37, 0x47693954b9b29da3),
    Filled(42, .normal, .float16, 1000, 0xc8cb69e8d558c002),
    Filled(42, .normal, .bfloat16, 5, 0x6092bdec9333a534),
    Filled(42, .normal, .bfloat16, 37, 0xe37230d1bf338622),
    Filled(42, .normal, .bfloat16, 1000, 0xa336258110763a3f),
    Filled(67280421310721, .uniform, .float32, 37, 0x678356ea475bbdcf),
    Filled(67280421310721, .uniform, .float64, 37, 0x99ea429bcaf30559),
    Filled(67280421310721, .uniform, .float16, 37, 0xb652e2c460334eed),
    Filled(67280421310721, .uniform, .bfloat16, 37, 0xf46770680d2a721f),
    Filled(67280421310721, .normal, .float32, 37, 0x2cedf353fd2e9f48),
    Filled(67280421310721, .normal, .float64, 37, 0x65d7b630877aa555),
    Filled(67280421310721, .normal, .float16, 37, 0x7bea9a6944f547cc),
    Filled(67280421310721, .normal, .bfloat16, 37, 0x50605ca5a1da83e3),
    Filled(9223372036854775783, .uniform, .float32, 37, 0xefa71c5ec48575d3),
    Filled(9223372036854775783, .uniform, .float64, 37, 0x597a42b0af47c75c),
    Filled(9223372036854775783, .uniform, .float16, 37, 0x11b2e163188a22f0),
    Filled(9223372036854775783, .uniform, .bfloat16, 37, 0xa2afb81a1d71022e),
    Filled(9223372036854775783, .normal, .float32, 37, 0xa30a41a0e5741484),
    Filled(9223372036854775783, .normal, .float64, 37, 0xcfae5a952130be0e),
    Filled(9223372036854775783, .normal, .float16, 37, 0xfed23d7e1e8d8269),
    Filled(9223372036854775783, .normal, .bfloat16, 37, 0x1b8e318b3d3ab32b),
  ]
}

/// `torch.randint(low, high, (100,))`, likewise.
private struct Integers: Sendable {
  let seed: UInt64
  let low: Int64
  let high: Int64
  let dtype: DType
  let hash: UInt64

  init(_ seed: UInt64, _ low: Int64, _ high: Int64, _ dtype: DType, _ hash: UInt64) {
    self.seed = seed
    self.low = low
    self.high = high
    self.dtype = dtype
    self.hash = hash
  }

  static let all = [
    Integers(0, 0, 10, .int64, 0x69623ce3f668014f),
    Integers(0, -5, 5, .int8, 0x79a1009e8602520d),
    Integers(0, 0, 268435455, .int64, 0x6ace94d51414b6e7),
    Integers(0, 0, 268435456, .int64, 0xe8967c39da10f9df),
    Integers(0, .min, .max, .int64, 0xdc75bd72c5b10484),
    Integers(0, 0, 2, .bool, 0x09b3c7087a4a83e3),
    Integers(0, 0, 256, .uint8, 0x69d4016de566e361),
    Integers(0, -100, 100, .float16, 0x1b2e75183c34ea78),
    Integers(42, 0, 10, .int64, 0xef6f19775b47924b),
    Integers(42, -5, 5, .int8, 0xced7981451588ec1),
    Integers(42, 0, 268435455, .int64, 0xb5cfdc83a7800776),
    Integers(42, 0, 268435456, .int64, 0xa90ba5af094cbc98),
    Integers(42, .min, .max, .int64, 0xcd5df26348b7e415),
    Integers(42, 0, 2, .bool, 0xf0c770eba84d8a8f),
    Integers(42, 0, 256, .uint8, 0x00ca279298b2a68f),
    Integers(42, -100, 100, .float16, 0x67a4fc00d6024be8),
  ]
}

/// The hash of Fowler, Noll and Vo, 64 bits, variant 1a.
private func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
  bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}

/// The bytes of `count` elements after `fill`.
private func bytes(
  _ dtype: DType, _ count: Int, _ fill: (UnsafeMutableRawPointer) -> Void
) -> [UInt8] {
  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count * dtype.size, alignment: 64)
  defer { memory.deallocate() }
  if let base = memory.baseAddress { fill(base) }
  return Array(memory)
}

@Suite("Random numbers")
struct RandomTests {
  @Test("rand and randn", arguments: Filled.all)
  private func filled(_ example: Filled) {
    let generator = Generator(seed: example.seed)
    let result = bytes(example.dtype, example.count) { output in
      switch example.distribution {
      case .uniform:
        generator.fillUniform(output, dtype: example.dtype, count: example.count)
      case .normal:
        generator.fillNormal(output, dtype: example.dtype, count: example.count)
      }
    }
    #expect(hash(result) == example.hash)
  }

  @Test("randint", arguments: Integers.all)
  private func integers(_ example: Integers) {
    let generator = Generator(seed: example.seed)
    let result = bytes(example.dtype, 100) {
      generator.fillRandomInteger(
        $0, dtype: example.dtype, count: 100, low: example.low,
        range: UInt64(bitPattern: example.high &- example.low))
    }
    #expect(hash(result) == example.hash)
  }

  @Test("The numbers that the field knows by heart")
  func familiar() {
    let generator = Generator(seed: 0)
    var numbers = [Float](repeating: 0, count: 3)
    generator.fillUniform(&numbers, dtype: .float32, count: 3)
    #expect(numbers == [0.4962566, 0.7682218, 0.08847743])
    var order = [Int64](repeating: 0, count: 10)
    generator.fillRandomPermutation(&order, dtype: .int64, count: 10)
    #expect(order == [0, 8, 5, 9, 2, 7, 3, 6, 1, 4])

    generator.manualSeed(42)
    generator.fillNormal(&numbers, dtype: .float32, count: 3)
    #expect(numbers == [0.33669037, 0.1288094, 0.23446237])
    // The first of these was made with the last of those.
    generator.fillNormal(&numbers, dtype: .float32, count: 2)
    #expect(numbers[..<2] == [0.23033303, -1.1228564])
  }

  @Test("uniform_ and normal_ with parameters")
  func parameters() {
    func filled(
      _ dtype: DType, _ count: Int, _ fill: (Generator, UnsafeMutableRawPointer) -> Void
    ) -> UInt64 {
      hash(bytes(dtype, count) { fill(generator, $0) })
    }
    let generator = Generator(seed: 3)
    let hashes = [
      filled(.float32, 1000) { $0.fillUniform($1, dtype: .float32, count: 1000, from: -3, to: 7) },
      filled(.float32, 1000) {
        $0.fillNormal($1, dtype: .float32, count: 1000, mean: 1.5, deviation: 0.25)
      },
      filled(.float32, 7) {
        $0.fillNormal($1, dtype: .float32, count: 7, mean: 1.5, deviation: 0.25)
      },
      filled(.bfloat16, 1000) {
        $0.fillUniform($1, dtype: .bfloat16, count: 1000, from: -3, to: 7)
      },
      filled(.float64, 1000) {
        $0.fillNormal($1, dtype: .float64, count: 1000, mean: 1.5, deviation: 0.25)
      },
    ]
    let expected: [UInt64] = [
      0x5f50_e42d_84b2_5d88, 0x8b0e_ad1e_3b95_77cf, 0x9ecc_cf1d_05c7_e015,
      0x915d_2005_65b5_73b3, 0xb431_c99c_249a_0a73,
    ]
    #expect(hashes == expected)
  }

  @Test("Numbers do not reach the upper end of their range")
  func halfOpen() {
    var numbers = [Float16](repeating: 0, count: 100_000)
    Generator(seed: 1).fillUniform(&numbers, dtype: .float16, count: numbers.count)
    #expect(numbers.allSatisfy { $0 >= 0 && $0 < 1 })
  }

  @Test("randperm")
  func permutation() {
    let expected: [(Int, UInt64)] = [
      (1, 0xa8c7_f832_281a_39c5), (10, 0xb3f7_6203_9b00_2744), (1000, 0x63c3_1b93_bb6e_d61d),
    ]
    for (count, expected) in expected {
      let generator = Generator(seed: 7)
      let result = bytes(.int64, count) {
        generator.fillRandomPermutation($0, dtype: .int64, count: count)
      }
      #expect(hash(result) == expected)
    }
  }

  @Test("bernoulli")
  func bernoulli() {
    let generator = Generator(seed: 7)
    let scalar = bytes(.float32, 1000) {
      generator.fillBernoulli($0, dtype: .float32, count: 1000, probability: 0.3)
    }
    #expect(hash(scalar) == 0x50e7_dbf5_c79d_af45)
    for (dtype, expected) in [
      (DType.float32, 0x4734_5e42_a91a_a2e8), (.float64, 0x40a6_780d_1c0d_e798),
    ] as [(DType, UInt64)] {
      let probabilities = bytes(dtype, 1000) {
        generator.fillUniform($0, dtype: dtype, count: 1000)
      }
      let result = bytes(dtype, 1000) { output in
        probabilities.withUnsafeBytes {
          guard let base = $0.baseAddress else { return }
          generator.fillBernoulli(
            output, dtype: dtype, count: 1000, probabilities: base, probabilityDType: dtype)
        }
      }
      #expect(hash(result) == expected)
    }
  }

  @Test("Saving and restoring, in PyTorch's layout")
  func state() {
    let generator = Generator(seed: 7)
    _ = bytes(.float32, 3) { generator.fillNormal($0, dtype: .float32, count: 3) }
    _ = bytes(.float32, 700) { generator.fillUniform($0, dtype: .float32, count: 700) }
    let state = generator.state
    #expect(hash(state) == 0xddf9_bc6f_5899_8d99)

    func continued(_ generator: Generator) -> [UInt8] {
      bytes(.float64, 9) { generator.fillNormal($0, dtype: .float64, count: 9) }
    }
    let expected = continued(generator)
    let other = Generator(seed: 1)
    #expect(other.restore(state))
    #expect(continued(other) == expected)
    #expect(other.initialSeed == 7)
  }

  @Test("What is no state is refused and changes nothing")
  func badState() {
    let generator = Generator(seed: 7)
    let state = generator.state
    #expect(!generator.restore([]))
    #expect(!generator.restore(Array(state.dropLast())))
    #expect(!generator.restore([UInt8](repeating: 0, count: Generator.stateSize)))
    #expect(!generator.restore([UInt8](repeating: 255, count: Generator.stateSize)))
    // 624 words left, but only 8 of them after the next one.
    var inconsistent = state
    inconsistent[8...9] = [0x70, 0x02]
    inconsistent[16...17] = [0x68, 0x02]
    #expect(!generator.restore(inconsistent))
    #expect(generator.state == state)
  }

  @Test("Seeds")
  func seeds() {
    let generator = Generator()
    #expect(generator.initialSeed == 67_280_421_310_721)
    let seed = generator.seed()
    #expect(seed < 1 << 53 && generator.initialSeed == seed)
    // As in PyTorch, the upper half of a seed has no influence.
    #expect(Generator(seed: 5).random64() == Generator(seed: 5 + 1 << 32).random64())
  }

  @Test("Empty sizes, and dtypes without such numbers, are left alone")
  func nothing() {
    let generator = Generator(seed: 7)
    let state = generator.state
    var number: Int64 = 5
    generator.fillRandomInteger(&number, dtype: .int64, count: 0, low: 3, range: 4)
    generator.fillUniform(&number, dtype: .int64, count: 1)
    generator.fillNormal(&number, dtype: .int64, count: 1)
    generator.fillNormal(&number, dtype: .float64, count: 0)
    generator.fillUniform(&number, dtype: .float64, count: 0)
    generator.fillRandomPermutation(&number, dtype: .int64, count: 0)
    generator.fillBernoulli(&number, dtype: .int64, count: 0, probability: 0.5)
    #expect(number == 5 && generator.state == state)
  }

  @Test("The fast multiply-add is exact, or says that it may not be")
  func multiplyAdd() {
    let generator = Generator(seed: 7)
    var numbers = [Float](repeating: 0, count: 30_000)
    generator.fillNormal(&numbers, dtype: .float32, count: numbers.count)
    for start in stride(from: 0, to: numbers.count, by: 3) {
      let (x, y, z) = (numbers[start], numbers[start + 1], numbers[start + 2])
      var fast = FastMultiplyAdd()
      let result = fast(x, y, z)
      #expect(fast.doubts != 0 || result == ExactMultiplyAdd()(x, y, z))
    }
    // 1 + 2^-24 is the middle between 1 and its successor, and the product is a little more.
    var fast = FastMultiplyAdd()
    _ = fast(0x1.000002p-12, 0x1.000002p-12, 1)
    #expect(fast.doubts == 0)
    let rounded = fast(0x1.000002p-12, 0x1p-12, 1 + 0x1p-23)
    _ = fast(0x1p-12, 0x1p-12, 1)
    #expect(fast.doubts != 0 && rounded == 1 + 0x1p-22)
  }
}
