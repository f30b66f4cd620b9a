import Arrays
import Autograd
import Elements

extension NDArray {
  /// How many real numbers it holds: two for each complex one.
  private var parts: Int { dtype.isComplex ? 2 * count : count }

  /// This array filled with uniform numbers; of complex ones, both parts are drawn.
  ///
  /// - Throws: `TensorError` for a dtype that is not floating-point, bounds in the wrong order or
  ///   too far for the dtype, and memory that repeats.
  func uniform(from generator: Generator?, low: Double = 0, high: Double = 1) throws -> NDArray {
    guard dtype.isDifferentiable else {
      throw TensorError.notImplemented(kernel: "check_uniform_bounds", dtype)
    }
    let dtype = self.dtype.real
    let limit = dtype.largest
    for (name, bound) in [("from", low), ("to", high)] where !(-limit...limit ~= bound) {
      throw TensorError.runtime("\(name) is out of bounds for \(dtype.compilerName)")
    }
    if low > high {
      throw TensorError.runtime(
        "uniform_ expects to return a [from, to) range, but found from=\(low.shortText) > "
          + "to=\(high.shortText)")
    }
    if high - low > limit {
      throw TensorError.runtime(
        "uniform_ expects to-from <= std::numeric_limits<\(dtype.scalarTypeName)>::max(), but "
          + "found to=\(high.shortText) and from=\(low.shortText) which result in to-from to "
          + "exceed the limit")
    }
    try draw { memory, _ in
      (generator ?? .default).fillUniform(
        memory, dtype: dtype, count: parts, from: low, to: high)
    }
    return self
  }

  /// This array filled with normal numbers; of complex ones, both parts are drawn, with half of the
  /// variance each.
  ///
  /// - Throws: `TensorError` for a dtype that is not floating-point, a negative deviation, and
  ///   memory that repeats.
  func normal(from generator: Generator?, mean: Double = 0, deviation: Double = 1) throws -> NDArray
  {
    if !(deviation >= 0) {
      throw TensorError.runtime("normal expects std >= 0.0, but found std \(deviation.shortText)")
    }
    guard dtype.isDifferentiable || count == 0 else {
      throw TensorError.notImplemented(kernel: "normal_kernel_cpu", dtype)
    }
    let generator = generator ?? .default
    let count = parts
    let deviation = dtype.isComplex ? deviation / 2.0.squareRoot() : deviation
    let dtype = self.dtype.real
    try draw { memory, isContiguous in
      if isContiguous {
        return generator.fillNormal(
          memory, dtype: dtype, count: count, mean: mean, deviation: deviation)
      }
      // PyTorch draws in blocks for contiguous memory only; less than a block is drawn singly.
      for start in stride(from: 0, to: count, by: 8) {
        generator.fillNormal(
          memory + start * dtype.size, dtype: dtype, count: min(8, count - start), mean: mean,
          deviation: deviation)
      }
    }
    return self
  }

  /// This array filled with numbers of a distribution, for a dtype that has been checked.
  func filled(from generator: Generator?, _ distribution: RandomDistribution) throws -> NDArray {
    try draw { memory, _ in
      (generator ?? .default).fill(memory, dtype: dtype, count: count, from: distribution)
    }
    return self
  }

  /// This array filled with whole numbers.
  ///
  /// - Throws: `TensorError` for empty ranges, bounds that the dtype can't hold, and memory that
  ///   repeats.
  func integers(from generator: Generator?, _ bounds: RandomBounds) throws -> NDArray {
    let generator = generator ?? .default
    if dtype.isComplex {
      if case .all = bounds { throw TensorError.notImplemented(kernel: "random_kernel_cpu", dtype) }
      let function = if case .from = bounds { "random_from_to_impl" } else { "check_random_bounds" }
      throw TensorError.runtime(
        "\(function) handles only integral, floating-point and boolean types")
    }
    if case .all = bounds {
      try draw { memory, _ in
        generator.fillRandomInteger(memory, dtype: dtype, count: count)
      }
      return self
    }
    let (low, range) = try bounds.checked(for: dtype)
    try draw { memory, _ in
      generator.fillRandomInteger(memory, dtype: dtype, count: count, low: low, range: range)
    }
    return self
  }
}

/// From where to where whole numbers are drawn.
enum RandomBounds {
  /// Whatever the dtype holds without a gap, from 0 on.
  case all
  /// Up to but not including the second.
  case between(Int64, Int64)
  /// Up to the largest number of the dtype.
  case from(Int64)

  /// The least number, and how many there are; 0 stands for 2^64.
  ///
  /// - Throws: `TensorError.runtime`.
  fileprivate func checked(for dtype: DType) throws -> (low: Int64, range: UInt64) {
    switch self {
    case .all: return (0, 0)
    case .between(let low, let high):
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
      try dtype.check([("from", low), ("to - 1", high - 1)])
      return (low, UInt64(bitPattern: high &- low))
    case .from(let bound):
      if bound == .min {
        try dtype.checkHoldsAllBits()
        return (0, 0)
      }
      let low = dtype.lowerBound(bound)
      let high = dtype.largestInteger
      guard low < high || !dtype.isFloatingPoint else {
        throw TensorError.runtime(
          "random_ expects 'from' casted to dtype to be less than or equal to 'to_inc' casted to "
            + "dtype, but got from=\(low) > to_inc=\(high)")
      }
      try dtype.check([("from", low), ("to - 1", high)])
      return (low, UInt64(bitPattern: high &- low &+ 1))
    }
  }
}

extension DType {
  /// The largest finite number of a floating-point dtype.
  fileprivate var largest: Double {
    switch self {
    case .float16: 65504
    case .bfloat16: Double(sign: .plus, exponent: 127, significand: 1.9921875)
    case .float32: Double(Float.greatestFiniteMagnitude)
    default: .greatestFiniteMagnitude
    }
  }

  /// The largest whole number of the dtype, or the one below which it has all.
  fileprivate var largestInteger: Int64 {
    switch self {
    case .bool: 1
    case .uint8: 255
    case .int8: 127
    case .int16: 32767
    case .int32: 1 << 31 - 1
    case .bfloat16: 1 << 8
    case .float16: 1 << 11
    case .float32: 1 << 24
    case .float64: 1 << 53
    default: .max
    }
  }

  /// Throws for the first bound that is not between the smallest and the largest number.
  fileprivate func check(_ bounds: [(name: String, value: Int64)]) throws {
    for (name, value) in bounds where !contains(value) {
      throw TensorError.runtime("\(name) is out of bounds for \(compilerName)")
    }
    guard isFloatingPoint else { return }
    for (name, value) in bounds where !(-largestInteger...largestInteger ~= value) {
      let power = "2^\(largestInteger.trailingZeroBitCount)"
      ThreadContext.current.warn(
        "\(name) is out of bounds [-(\(power)), \(power)]. Due to precision limitations "
          + "\(compilerName) can support discrete uniform distribution only within this range. "
          + "This warning will become an error in version 1.7 release, please fix the code in "
          + "advance")
    }
  }

  /// Throws where the 64 bits of any integer are more than the dtype is for.
  fileprivate func checkHoldsAllBits() throws {
    let kernel = "random_full_64_bits_range_kernel_cpu"
    switch self {
    case .int64, .float64, .float32, .bfloat16: return
    case .bool, .float16: throw TensorError.notImplemented(kernel: kernel, self)
    default:
      throw TensorError.runtime("\(kernel) handles only int64, double, float and bfloat16")
    }
  }

  /// True when the number lies between the smallest and the largest finite one of this dtype.
  private func contains(_ value: Int64) -> Bool {
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
}
