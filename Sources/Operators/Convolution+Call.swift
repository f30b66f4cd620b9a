import Arrays
import Autograd
import Elements

/// A convolution that somebody asks for: what is checked of it, in PyTorch's order, and how it is
/// carried out.
struct ConvolutionCall {
  /// The operator that messages speak of.
  let name: String
  var x: Tensor
  let w: Tensor
  let bias: Tensor?
  var stride: Dims
  var padding: Dims
  var dilation: Dims
  let groups: Int
  var isTransposed = false
  var outputPadding: Dims = [0]

  init(
    name: String, _ x: Tensor, _ w: Tensor, _ bias: Tensor?, stride: Dims, padding: Dims,
    dilation: Dims, groups: Int
  ) {
    (self.name, self.x, self.w, self.bias) = (name, x, w, bias)
    (self.stride, self.padding, self.dilation) = (stride, padding, dilation)
    self.groups = groups
  }

  /// The convolution of an input that may lack the dimension of images.
  ///
  /// - Parameter isSame: whether the padding is what gives the result the input's sizes.
  func batched(rank: Int, isSame: Bool = false) throws -> Tensor {
    if let bias, !isTransposed, !isSame, bias.dtype != x.dtype {
      throw TensorError.runtime(
        "Input type (\(x.dtype.compilerName)) and bias type (\(bias.dtype.compilerName)) should be "
          + "the same")
    }
    guard x.rank == rank + 1 || x.rank == rank + 2 else {
      throw TensorError.runtime(
        "Expected \(rank + 1)D (unbatched) or \(rank + 2)D (batched) input to \(name), but got input "
          + "of size: \(x.shape)")
    }
    var call = self
    call.stride = stride.repeated(rank)
    call.padding = padding.repeated(rank)
    call.dilation = dilation.repeated(rank)
    call.outputPadding = outputPadding.repeated(rank)
    if x.rank == rank + 2 { return try isSame ? call.same() : call.result() }
    call.x = try x.unsqueeze(dim: 0)
    return try (isSame ? call.same() : call.result()).squeeze(dim: 0)
  }

  private func same() throws -> Tensor {
    let k = w.rank
    if k != x.rank {
      throw TensorError.runtime(
        "Expected \(k)-dimensional input for \(k)-dimensional weight\(w.shape), but got "
          + "\(x.rank)-dimensional input of size \(x.shape) instead")
    }
    for (name, list) in [("stride", stride), ("dilation", dilation)] where list.count != k - 2 {
      throw TensorError.runtime("\(name) cannot broadcast to \(k - 2) dimensions")
    }
    if stride.contains(where: { $0 != 1 }) {
      throw TensorError.runtime("padding='same' is not supported for strided convolutions")
    }
    var call = self
    call.padding = Dims(
      try (0..<k - 2).map { i in
        let extent = Int128(dilation[i]) * Int128(w.shape[i + 2] - 1)
        return try (extent / 2).narrowed()
      })
    return try call.result(isSame: true)
  }

  /// The convolution of an input of images.
  func result(isSame: Bool = false) throws -> Tensor {
    let rank = w.rank - 2
    if rank < 1 { throw TensorError.runtime("weight should have at least three dimensions") }
    if groups <= 0 { throw TensorError.runtime("non-positive groups is not supported") }
    let stride = try expanded(stride, "stride", rank)
    let padding = try expanded(padding, "padding", rank)
    let dilation = try expanded(dilation, "dilation", rank)
    let outputPadding = try expanded(outputPadding, "output_padding", rank)
    try checkNumbers(stride, padding, dilation, outputPadding)
    if x.rank != w.rank {
      throw TensorError.runtime(
        "Expected \(w.rank)-dimensional input for \(w.rank)-dimensional weight \(w.shape), but got "
          + "\(x.rank)-dimensional input of size \(x.shape) instead")
    }
    try checkChannels()
    if isTransposed && x.count > 0 { try checkOutputPadding(stride, dilation, outputPadding) }
    let places =
      try isTransposed
      ? spreadSizes(stride, padding, dilation, outputPadding)
      : isSame ? Dims(x.shape.dropFirst(2)) : windowPlaces(stride, padding, dilation)
    if rank > 3 { throw TensorError.runtime("unsupported ConvNd parameters") }
    try checkDTypes()
    if x.count == 0 && x.shape[0] != 0 && x.shape[1] != 0 {
      throw TensorError.runtime(
        "Only zero batch or zero channel inputs are supported, but got input shape: \(x.shape)")
    }
    try checkWindow()
    if x.count > 0 { try checkImplemented(dilation) }
    // PyTorch's own slip: without channels there are no filters.
    if x.shape[1] == 0 {
      return try .zeros(Dims([x.shape[0], 0] + places), dtype: x.dtype)
    }
    let geometry = ConvolutionGeometry(
      stride: stride, padding: padding, dilation: dilation, groups: groups)
    let call = Correlation(geometry: geometry, places: places)
    return try isTransposed
      ? Ops.spread(x, w, bias.map { try $0.to(dtype: x.dtype) }, call)
      : Ops.correlate(x, w, bias.map { try $0.to(dtype: x.dtype) }, call)
  }

  /// A list with a number for each dimension.
  private func expanded(_ list: Dims, _ name: String, _ rank: Int) throws -> Dims {
    if list.count == 1 { return Dims(repeating: list[0], count: rank) }
    if list.count != rank {
      throw TensorError.runtime(
        "expected \(name) to be a single integer value or a list of \(rank) values to match the "
          + "convolution dimensions, but got \(name)=\(list)")
    }
    return list
  }

  private func checkNumbers(
    _ stride: Dims, _ padding: Dims, _ dilation: Dims, _ outputPadding: Dims
  ) throws {
    if padding.contains(where: { $0 < 0 }) {
      throw TensorError.runtime("negative padding is not supported")
    }
    if outputPadding.contains(where: { $0 < 0 }) {
      throw TensorError.runtime("negative output_padding is not supported")
    }
    if stride.contains(where: { $0 <= 0 }) {
      throw TensorError.runtime("non-positive stride is not supported")
    }
    if dilation.contains(where: { $0 < 0 }) {
      throw TensorError.runtime("dilation should be greater than zero")
    }
    if dilation.contains(0) {
      throw TensorError.runtime("dilation should be greater than zero, but got \(dilation)")
    }
    for (i, size) in padding.enumerated() where size > Int.max / 2 {
      throw TensorError.runtime(
        "Given padding=\(size) at dimension \(i) , expected padding to be at most \(Int.max / 2)")
    }
  }

  private func checkChannels() throws {
    let (sizes, filters) = (w.shape, w.shape[0])
    if filters < groups {
      throw TensorError.runtime(
        "Given groups=\(groups), expected weight to be at least \(groups) at dimension 0, but got "
          + "weight of size \(sizes) instead")
    }
    if filters % groups != 0 {
      throw TensorError.runtime(
        "Given groups=\(groups), expected weight to be divisible by \(groups) at dimension 0, but "
          + "got weight of size [\(sizes)] instead")
    }
    let head = isTransposed ? "Given transposed=1" : "Given groups=\(groups)"
    let channels = isTransposed ? filters : try (Int128(sizes[1]) * Int128(groups)).narrowed()
    if x.shape[1] != channels {
      throw TensorError.runtime(
        "\(head), weight of size \(sizes), expected input\(x.shape) to have \(channels) channels, "
          + "but got \(x.shape[1]) channels instead")
    }
    let results = isTransposed ? try (Int128(sizes[1]) * Int128(groups)).narrowed() : filters
    if let bias, bias.rank != 1 || bias.shape[0] != results {
      throw TensorError.runtime(
        "Given \(isTransposed ? "transposed=1, " : "")weight of size \(sizes), expected bias to be "
          + "1-dimensional with \(results) elements, but got bias of size \(bias.shape) instead")
    }
  }

  /// In how many places the window fits.
  private func windowPlaces(
    _ stride: Dims, _ padding: Dims, _ dilation: Dims
  ) throws -> Dims {
    var (inputs, windows): ([Int128], [Int128]) = ([], [])
    for i in stride.indices {
      inputs.append(Int128(x.shape[i + 2]) + 2 * Int128(padding[i]))
      windows.append(Int128(dilation[i]) * Int128(w.shape[i + 2] - 1) + 1)
    }
    if zip(inputs, windows).contains(where: { $0 < $1 }) {
      throw TensorError.runtime(
        "Calculated padded input size per channel: (\(inputs.joinedByX)). Kernel size: "
          + "(\(windows.joinedByX)). Kernel size can't be greater than actual input size")
    }
    return Dims(
      try stride.indices.map {
        try ((inputs[$0] - windows[$0]) / Int128(stride[$0]) + 1).narrowed()
      })
  }

  /// The sizes of a transposed convolution.
  private func spreadSizes(
    _ stride: Dims, _ padding: Dims, _ dilation: Dims, _ outputPadding: Dims
  ) throws -> Dims {
    let results = stride.indices.map { i in
      Int128(x.shape[i + 2] - 1) * Int128(stride[i]) - 2 * Int128(padding[i])
        + Int128(dilation[i]) * Int128(w.shape[i + 2] - 1) + Int128(outputPadding[i]) + 1
    }
    if x.count > 0 && results.contains(where: { $0 < 1 }) {
      var inputs = x.shape.dropFirst(2).map { Int128($0) }
      var sizes = results
      if sizes.count == 1 { (inputs, sizes) = ([1] + inputs, [1] + sizes) }
      throw TensorError.runtime(
        "Given input size per channel: (\(inputs.joinedByX)). Calculated output size per channel: "
          + "(\(sizes.joinedByX)). Output size is too small")
    }
    return Dims(try results.map { try Swift.max($0, 0).narrowed() })
  }

  private func checkDTypes() throws {
    if x.dtype == w.dtype { return }
    if x.dtype.isFloatingPoint && x.dtype.size == 2 {
      throw TensorError.runtime(
        "Input type (\(x.dtype.tensorTypeName)) and weight type (\(w.dtype.tensorTypeName)) should "
          + "be the same or input should be a MKLDNN tensor and weight is a dense tensor")
    }
    throw TensorError.runtime(
      "expected scalar type \(x.dtype.scalarTypeName) but found \(w.dtype.scalarTypeName)")
  }

  private func checkWindow() throws {
    let window = Array(w.shape.dropFirst(2))
    if window.contains(0) {
      let words =
        window.count == 3
        ? ": \(window.map { Int128($0) }.joinedByX) (TxHxW)"
        : " kernel_height: \(window.count == 1 ? 1 : window[0]) kernel_width: "
          + "\(window[window.count - 1])"
      throw TensorError.runtime("kernel size should be greater than zero, but got" + words)
    }
    if w.count == 0 && x.shape[1] != 0 {
      throw TensorError.runtime("non-empty 2D or 4D weight tensor expected, but got: \(w.shape)")
    }
  }

  private func checkOutputPadding(
    _ stride: Dims, _ dilation: Dims, _ outputPadding: Dims
  ) throws {
    if stride.indices.allSatisfy({ outputPadding[$0] < Swift.max(stride[$0], dilation[$0]) }) {
      return
    }
    var words: [String] = []
    let names = ["depth", "height", "width"].suffix(Swift.max(stride.count, 2))
    for (name, list, missing) in [
      ("output_padding", outputPadding, 0), ("stride", stride, 1), ("dilation", dilation, 1),
    ] {
      let numbers = list.count == 1 ? [missing, list[0]] : Array(list)
      for (side, number) in zip(names, numbers) { words.append("\(name)_\(side): \(number)") }
    }
    throw TensorError.runtime(
      "output padding must be smaller than either stride or dilation, but got "
        + words.joined(separator: " "))
  }

  private func checkImplemented(_ dilation: Dims) throws {
    let isThreeDimensional = x.rank == 5
    let isDilated = dilation.contains { $0 > 1 }
    let isRefused =
      x.dtype == .bool
      || (isTransposed || isDilated) && x.dtype.isInteger && x.dtype != .int64
    if !isRefused { return }
    let kernel =
      isTransposed
      ? "slow_conv_transpose\(isThreeDimensional ? 3 : 2)d_out_cpu"
      : isDilated
        ? "slow_conv_dilated<>" : isThreeDimensional ? "compute_columns3d" : "slow_conv2d_cpu"
    throw TensorError.notImplemented(kernel: kernel, x.dtype)
  }
}

extension Int128 {
  /// The number as it is counted with.
  ///
  /// - Throws: `TensorError.sizeOverflow`.
  func narrowed() throws -> Int {
    guard let number = Int(exactly: self) else { throw TensorError.sizeOverflow }
    return number
  }
}

extension [Int128] {
  /// "3 x 4".
  var joinedByX: String { map(\.description).joined(separator: " x ") }
}

extension Dims {
  /// A single number once for each of `rank` dimensions; any other list as it is.
  func repeated(_ rank: Int) -> Dims {
    count == 1 ? Dims(repeating: self[0], count: rank) : self
  }
}
