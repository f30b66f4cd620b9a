import Arrays
import Autograd
import Elements

// Tensors of random numbers: those that PyTorch draws from a generator with the same seed.

extension Ops {
  package static let random: [any AnyOperator] = [rand, randn, randint, randperm]

  package static let rand = Operator<(size: Dims, generator: Generator?, dtype: DType?)>(
    "rand(int[] size, *, Generator? generator=None, ScalarType? dtype=None) -> Tensor",
    """
    Uniform random numbers from [0, 1), float32 unless another floating-point dtype is given.

    Errors: a negative size, and a dtype that is not a floating-point one.
    """,
    forward: .none { a in
      try .empty(a.size, a.dtype ?? .float32).uniform(from: a.generator ?? .default)
    },
    derivative: .none(because: drawn),
    batching: .rule { batch, a in
      [try .rand(a.size.following(batch.size), generator: a.generator, dtype: a.dtype)]
    },
    samples: [Sample(attributes: ([2, 3], nil, nil)), Sample(attributes: ([0], nil, nil))])

  package static let randn = Operator<(size: Dims, generator: Generator?, dtype: DType?)>(
    "randn(int[] size, *, Generator? generator=None, ScalarType? dtype=None) -> Tensor",
    """
    Random numbers from the standard normal distribution, float32 unless another floating-point
    dtype is given.

    Errors: a negative size, and a dtype that is not a floating-point one.
    Source: Box and Muller, A note on the generation of random normal deviates, 1958.
    """,
    forward: .none { a in
      try .empty(a.size, a.dtype ?? .float32).normal(from: a.generator ?? .default)
    },
    derivative: .none(because: drawn),
    batching: .rule { batch, a in
      [try .randn(a.size.following(batch.size), generator: a.generator, dtype: a.dtype)]
    },
    samples: [Sample(attributes: ([2, 3], nil, nil)), Sample(attributes: ([0], nil, nil))])

  package static let randint = Operator<
    (low: Int, high: Int, size: Dims, generator: Generator?, dtype: DType?)
  >(
    "randint(int low, int high, int[] size, *, Generator? generator=None, "
      + "ScalarType? dtype=None) -> Tensor",
    """
    Random whole numbers from low up to but not including high, int64 unless a dtype is given.

    Errors: a negative size, low not below high, and bounds that the dtype can't hold.
    """,
    forward: .none { a in
      try .empty(a.size, a.dtype ?? .int64)
        .integers(from: a.generator ?? .default, Int64(a.low), Int64(a.high))
    },
    derivative: .none(because: drawn),
    batching: .rule { batch, a in
      let size = a.size.following(batch.size)
      return [
        try .randint(low: a.low, high: a.high, size, generator: a.generator, dtype: a.dtype)
      ]
    },
    samples: [
      Sample(attributes: (0, 10, [2, 3], nil, nil)),
      Sample(attributes: (-1, 2, [4], nil, .float32)),
    ])

  package static let randperm = Operator<(n: Int, generator: Generator?, dtype: DType?)>(
    "randperm(int n, *, Generator? generator=None, ScalarType? dtype=None) -> Tensor",
    """
    The numbers from 0 to n - 1 in random order, int64 unless a dtype is given.

    Errors: a negative n, dtype bool, and an n that the dtype can't count to.
    Source: the shuffle of Fisher and Yates, 1938.
    """,
    forward: .none { a in
      try .empty([a.n], a.dtype ?? .int64).permutation(from: a.generator ?? .default)
    },
    derivative: .none(because: drawn),
    samples: [Sample(attributes: (5, nil, nil)), Sample(attributes: (0, nil, nil))])

  private static let drawn = "random numbers do not depend on any tensor"
}

extension NDArray {
  /// This array, which is dense, filled with uniform numbers in the order of memory.
  func uniform(from generator: Generator) throws -> NDArray {
    guard dtype.isFloatingPoint else {
      throw TensorError.notImplemented(kernel: "check_uniform_bounds", dtype)
    }
    generator.fillUniform(base, dtype: dtype, count: count)
    return self
  }

  /// This array, which is dense, filled with normal numbers in the order of memory.
  func normal(from generator: Generator) throws -> NDArray {
    guard dtype.isFloatingPoint || count == 0 else {
      throw TensorError.notImplemented(kernel: "normal_kernel_cpu", dtype)
    }
    if isContiguous {
      generator.fillNormal(base, dtype: dtype, count: count)
    } else {
      // PyTorch draws in blocks for contiguous memory only; less than a block is drawn singly.
      for start in stride(from: 0, to: count, by: 8) {
        generator.fillNormal(
          base + start * dtype.size, dtype: dtype, count: min(8, count - start))
      }
    }
    return self
  }

  /// This array filled with whole numbers from `low` up to but not including `high`.
  fileprivate func integers(
    from generator: Generator, _ low: Int64, _ high: Int64
  ) throws -> NDArray {
    guard low < high else {
      throw TensorError.runtime(
        "random_ expects 'from' to be less than 'to', but got from=\(low) >= to=\(high)")
    }
    let (low, high) = (dtype.lowerBound(low), dtype.upperBound(high))
    guard low < high else {
      throw TensorError.runtime(
        "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but got "
          + "from=\(low) >= to=\(high)")
    }
    for (name, bound) in [("from", low), ("to - 1", high - 1)] where !dtype.contains(bound) {
      throw TensorError.runtime("\(name) is out of bounds for \(dtype.demangledName)")
    }
    generator.fillRandomInteger(base, dtype: dtype, count: count, low: low, high: high)
    return self
  }

  /// This 1-D array filled with a permutation of its positions.
  fileprivate func permutation(from generator: Generator) throws -> NDArray {
    if dtype == .bool { throw TensorError.notImplemented(kernel: "randperm", dtype) }
    let limit: (count: Int, text: String)? =
      switch dtype {
      case .float16: (1 << 11 + 1, "2049 for Half")
      case .float32: (1 << 24 + 1, "2^24+1 for Float")
      case .float64: (1 << 53 + 1, "2^53+1 for Double")
      default: nil
      }
    if let limit, count > limit.count {
      throw TensorError.runtime("n cannot be greater than \(limit.text) type.")
    }
    if count > 0 { try Scalar.int(Int64(count - 1)).check(fits: dtype) }
    generator.fillRandomPermutation(base, dtype: dtype, count: count)
    return self
  }
}

extension DType {
  /// True when the number lies between the smallest and the largest finite one of this dtype.
  fileprivate func contains(_ value: Int64) -> Bool {
    switch self {
    case .bool: 0...1 ~= value
    case .uint8: 0...255 ~= value
    default: (try? Scalar.int(value).check(fits: self)) != nil
    }
  }

  /// The bound itself, or the next one above it whose successor does not round below it.
  fileprivate func lowerBound(_ bound: Int64) -> Int64 {
    let successor = rounded(bound &+ 1)
    return successor < bound ? successor &+ spacing(near: bound &+ 1) : bound
  }

  /// The bound itself, or the next one below it whose predecessor does not round up to it.
  fileprivate func upperBound(_ bound: Int64) -> Int64 {
    let predecessor = rounded(bound &- 1)
    return predecessor >= bound ? predecessor &- spacing(near: bound &- 1) : bound
  }

  /// The number that an element becomes.
  private func rounded(_ value: Int64) -> Int64 {
    guard isFloatingPoint else { return value }
    var result = value
    withElement { result = $0.init(int64: value).int64 }
    return result
  }

  /// How far a number of that size is from its neighbour.
  private func spacing(near value: Int64) -> Int64 {
    let digits: Int =
      switch self {
      case .float16: 11
      case .bfloat16: 8
      case .float32: 24
      default: 53
      }
    let exponent = 63 - value.magnitude.leadingZeroBitCount
    return 1 << max(exponent - digits + 1, 0)
  }

  /// The C++ type that PyTorch's messages about ranges of random numbers name.
  fileprivate var demangledName: String {
    switch self {
    case .bool: "bool"
    case .uint8: "unsigned char"
    case .int8: "signed char"
    case .int16: "short int"
    case .int32: "int"
    case .int64: "long int"
    case .float16: "c10::Half"
    case .bfloat16: "c10::BFloat16"
    case .float32: "float"
    case .float64: "double"
    default: fixedWidthName
    }
  }
}
