import Arrays
import Autograd
import Elements

/// A pooling by windows that somebody asks for: what is checked of it, in PyTorch's order.
struct WindowPooling {
  /// `max_pool2d`, `avg_pool3d`.
  let name: String
  let isMax: Bool
  let rank: Int
  let kernelSize: Dims
  let stride: Dims
  let padding: Dims
  var dilation: Dims = [1]
  let ceilMode: Bool
  var countsPadding = true
  var divisor: Int?

  /// The pooling of the last dimensions of `x`.
  func pooling(of x: Tensor) throws -> Pooling {
    let kernel = try expanded(kernelSize, "kernel_size")
    let stride = stride.isEmpty ? kernel : try expanded(stride, "stride", isOptional: true)
    let padding = try expanded(padding, "padding")
    let dilation = try expanded(dilation, "dilation")
    if !isMax && rank == 2 {
      if divisor == 0 { throw TensorError.runtime("divisor must be not zero") }
      if x.rank == 0 {
        throw TensorError.index("Dimension specified as -3 but tensor has no dimensions")
      }
      if x.rank < 3 { throw TensorError.dimOutOfRange(-3, rank: x.rank) }
    } else if x.rank != rank + 1 && x.rank != rank + 2 {
      throw TensorError.runtime(
        "non-empty \(rank + 1)D or \(rank + 2)D (batch mode) tensor expected for input")
    }
    if divisor == 0 { throw TensorError.runtime("divisor must be not zero") }
    let planes = Dims(x.shape.suffix(rank))
    var places: [Int128] = []
    for i in 0..<rank {
      let side = PoolCount(
        size: planes[i], length: kernel[i], stride: stride[i], padding: padding[i],
        dilation: dilation[i])
      places.append(try side.count(ceilMode: ceilMode))
    }
    try checkNumbers(kernel, stride, dilation)
    try checkImages(x)
    try checkPlanes(planes, kernel)
    try checkPadding(kernel, padding)
    if places.contains(where: { $0 < 1 }) {
      let channels = Int128(x.shape[x.rank - rank - 1])
      let input = ([channels] + planes.map { Int128($0) }).map(\.description)
      let output = ([channels] + places).map(\.description)
      throw TensorError.runtime(
        "Given input size: (\(input.joined(separator: "x"))). Calculated output size: "
          + "(\(output.joined(separator: "x"))). Output size is too small")
    }
    return Pooling(
      sides: (0..<rank).map {
        .window(
          length: kernel[$0], stride: stride[$0], padding: padding[$0], dilation: dilation[$0])
      },
      places: Dims(try places.map { try $0.narrowed() }), countsPadding: countsPadding,
      divisor: divisor,
      node: isMax ? "MaxPool\(rank)DWithIndices" : "AvgPool\(rank)D",
      kernel: !isMax && rank == 3 ? "avg_pool3d_out_frame" : name)
  }

  private func expanded(_ list: Dims, _ what: String, isOptional: Bool = false) throws -> Dims {
    let numbers = list.repeated(rank)
    if numbers.count != rank {
      let count = rank == 2 ? "two" : "three"
      let either = !isMax && rank == 3 ? "" : what == "dilation" ? "" : "either "
      let tail = what == "dilation" ? "be either" : either + "be"
      let omitted = isOptional ? "omitted, a single int" : "a single int"
      throw TensorError.runtime(
        "\(name): \(what) must \(tail) \(omitted), or a tuple of \(count) ints")
    }
    if numbers.contains(where: { Int32(exactly: $0) == nil }) {
      throw TensorError.runtime("value cannot be converted to type int without overflow")
    }
    return numbers
  }

  /// "kH: 2 kW: 2".
  private func named(_ prefix: String, _ numbers: Dims) -> String {
    zip(["T", "H", "W"].suffix(rank), numbers).map { "\(prefix)\($0): \($1)" }
      .joined(separator: " ")
  }

  private func checkNumbers(_ kernel: Dims, _ stride: Dims, _ dilation: Dims) throws {
    for (words, prefix, numbers) in [
      ("kernel size", "k", kernel), ("stride", "d", stride), ("dilation", "dilation", dilation),
    ] where numbers.contains(where: { $0 <= 0 }) {
      throw TensorError.runtime(
        "\(words) should be greater than zero, but got \(named(prefix, numbers))")
    }
  }

  private func checkImages(_ x: Tensor) throws {
    if rank == 3 {
      let function =
        isMax ? "max_pool3d_with_indices_out_cpu_template()" : "avg_pool3d()"
      return try x.checkFilled(function, from: x.rank == 5 ? 1 : 0)
    }
    let isFilled = !x.shape.suffix(2).contains(0) && (x.rank == 3 ? x.shape[0] : x.shape[1]) != 0
    if x.rank > 4 || !isFilled {
      throw TensorError.runtime(
        "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:"
          + "\(x.shape)")
    }
  }

  private func checkPlanes(_ planes: Dims, _ kernel: Dims) throws {
    if isMax || rank != 3 || zip(planes, kernel).allSatisfy({ $0 >= $1 }) { return }
    throw TensorError.runtime(
      "input image (\(named("", planes))) smaller than kernel size (\(named("k", kernel)))")
  }

  private func checkPadding(_ kernel: Dims, _ padding: Dims) throws {
    if zip(kernel, padding).allSatisfy({ $0 / 2 >= $1 }) { return }
    let words =
      rank == 2
      ? "padW = \(padding[1]), padH = \(padding[0]), kW = \(kernel[1]), kH = \(kernel[0])"
      : "kT: \(kernel[0]) kW: \(kernel[2]) kH: \(kernel[1]) padT: \(padding[0]) padW: "
        + "\(padding[2]) padH: \(padding[1])"
    throw TensorError.runtime(
      "pad should be smaller than or equal to half of kernel size, but got " + words)
  }
}

/// How many windows there are along one dimension.
struct PoolCount {
  let size: Int
  let length: Int
  let stride: Int
  let padding: Int
  let dilation: Int

  /// The number, which is below one where no window fits.
  ///
  /// - Parameter ceilMode: whether a window may reach beyond the end, if it begins before.
  func count(ceilMode: Bool) throws -> Int128 {
    if stride == 0 { throw TensorError.runtime("stride should not be zero") }
    if padding < 0 {
      throw TensorError.runtime("pad must be non-negative, but got pad: \(padding)")
    }
    let extent = Int128(dilation) * (Int128(length) - 1)
    if extent != Int128(Int64(truncatingIfNeeded: extent)) {
      throw TensorError.runtime(
        "effective kernel size overflows, but got kernel_size=\(length) and dilation=\(dilation)")
    }
    if Int128(padding) > (extent + 1) / 2 {
      throw TensorError.runtime(
        "pad should be at most half of effective kernel size, but got pad=\(padding), "
          + "kernel_size=\(length) and dilation=\(dilation)")
    }
    let step = Int128(stride)
    var space = Int128(size) + 2 * Int128(padding) - extent - 1
    if ceilMode { space += step - 1 }
    var (quotient, rest) = space.quotientAndRemainder(dividingBy: step)
    if rest != 0 && (rest < 0) != (step < 0) { quotient -= 1 }
    rest = quotient * step
    return ceilMode && rest >= Int128(size) + Int128(padding) ? quotient : quotient + 1
  }
}

extension Tensor {
  /// Checks that no dimension from one on is empty.
  func checkFilled(_ function: String, from first: Int) throws {
    for i in shape.indices where i >= first && shape[i] == 0 {
      throw TensorError.runtime(
        "\(function): Expected input to have non-zero size for non-batch dimensions, but input has "
          + "sizes \(shape) with dimension \(i) being empty")
    }
  }
}
