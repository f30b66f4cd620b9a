import Arrays
import Autograd
import Elements

// The largest element, or the mean, under a window that slides over images.

extension Ops {
  package static let pooling: [any AnyOperator] = [
    maxPool1d, maxPool2d, maxPool3d, maxPool1dWithIndices, maxPool2dWithIndices,
    maxPool3dWithIndices, avgPool1d, avgPool2d, avgPool3d, adaptiveMaxPool1d, adaptiveMaxPool2d,
    adaptiveMaxPool3d, adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d,
  ]

  package typealias MaxPoolAttributes = (
    kernelSize: Dims, stride: Dims, padding: Dims, dilation: Dims, ceilMode: Bool
  )

  package static let maxPool1d = maxPool(1)
  package static let maxPool2d = maxPool(2)
  package static let maxPool3d = maxPool(3)
  package static let maxPool1dWithIndices = maxPoolWithIndices(1)
  package static let maxPool2dWithIndices = maxPoolWithIndices(2)
  package static let maxPool3dWithIndices = maxPoolWithIndices(3)

  private static func maxPool(_ rank: Int) -> Operator<MaxPoolAttributes> {
    let list = "int[\(rank)]"
    return Operator(
      """
      max_pool\(rank)d(Tensor self, \(list) kernel_size, \(list) stride=[], \(list) padding=0, \
      \(list) dilation=1, bool ceil_mode=False) -> Tensor
      """,
      """
      The largest element under each place of a window that slides over the last \
      \(rank == 1 ? "dimension" : "\(rank) dimensions"); nan if there is one.

      self is (n, channels, …), or without n. The window moves by stride, by its own size if that is \
      empty; its elements are dilation apart; and it may begin padding before the first element, half \
      of its size at most. With ceil_mode the last one may reach beyond the end, too. Each is one \
      number or one for each dimension.
      Errors: other ranks, empty dimensions, numbers out of range, a window that fits nowhere, and \
      bool.
      Derivative: g goes to the element that was the largest, of equal ones to the first.
      """,
      forward: .composed { x, a in
        if rank == 1 { return try x.largestInRows(a) }
        return try maxPlanes.several(x, pooling(rank, x, a))[0]
      },
      derivative: .composed, samples: maxPoolSamples(rank))
  }

  private static func maxPoolWithIndices(_ rank: Int) -> Operator<MaxPoolAttributes> {
    let list = "int[\(rank)]"
    return Operator(
      """
      max_pool\(rank)d_with_indices(Tensor self, \(list) kernel_size, \(list) stride=[], \
      \(list) padding=0, \(list) dilation=1, bool ceil_mode=False) -> (Tensor values, Tensor indices)
      """,
      """
      As `max_pool\(rank)d`, and where each element was: its place among all elements of its \
      channel, int64.
      """,
      forward: .composedSeveral { x, a in
        if rank > 1 { return try maxPlanes.several(x, pooling(rank, x, a)) }
        let name = "max_pool1d"
        try x.checkRows(name)
        let kernel = try a.kernelSize.single(name, "kernel_size")
        let stride = a.stride.isEmpty ? nil : try a.stride.single(name, "stride")
        let padding = try a.padding.single(name, "padding")
        let dilation = try a.dilation.single(name, "dilation")
        let images = try x.unsqueeze(dim: -2)
        return try maxPlanes.several(
          images,
          pooling(
            2, images,
            ([1, kernel], stride.map { [1, $0] } ?? [], [0, padding], [1, dilation], a.ceilMode))
        ).map { try $0.squeeze(dim: -2) }
      },
      derivative: .composed, samples: maxPoolSamples(rank))
  }

  fileprivate static func pooling(
    _ rank: Int, _ x: Tensor, _ a: MaxPoolAttributes
  ) throws -> Pooling {
    try WindowPooling(
      name: "max_pool\(rank)d", isMax: true, rank: rank, kernelSize: a.kernelSize,
      stride: a.stride, padding: a.padding, dilation: a.dilation, ceilMode: a.ceilMode
    ).pooling(of: x)
  }

  private static func maxPoolSamples(_ rank: Int) -> [Sample<MaxPoolAttributes>] {
    func filled(_ first: [Int], _ size: Int) -> Dims {
      Dims(first + Array(repeating: size, count: rank))
    }
    return [
      Sample(SampleInput(filled([2, 2], 4)), attributes: ([2], [], [0], [1], false)),
      Sample(
        SampleInput(filled([2], 3), transposed: true), attributes: ([2], [1], [1], [1], true)),
      Sample(SampleInput(filled([1, 1], 4)), attributes: ([2], [1], [0], [2], false)),
      Sample(SampleInput(filled([0, 1], 2)), attributes: ([2], [], [0], [1], false)),
    ]
  }

  package static let avgPool1d = Operator<
    (kernelSize: Dims, stride: Dims, padding: Dims, ceilMode: Bool, countIncludePad: Bool)
  >(
    """
    avg_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, \
    bool ceil_mode=False, bool count_include_pad=True) -> Tensor
    """,
    """
    The mean of the elements under each place of a window that slides over the last dimension.

    self is (n, channels, width), or without n; see `avg_pool2d`.
    """,
    forward: .composed { x, a in
      let name = "avg_pool1d"
      try x.checkRows(name)
      let kernel = try a.kernelSize.single(name, "kernel_size")
      let stride = a.stride.isEmpty ? nil : try a.stride.single(name, "stride")
      let padding = try a.padding.single(name, "padding")
      return try avgPool2d(
        x.unsqueeze(dim: -2),
        (
          [1, kernel], stride.map { [1, $0] } ?? [], [0, padding], a.ceilMode,
          a.countIncludePad, nil
        )
      ).squeeze(dim: -2)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 2, 4]), attributes: ([2], [], [0], false, true)),
      Sample(SampleInput([2, 5], transposed: true), attributes: ([3], [2], [1], true, false)),
    ])

  package static let avgPool2d = avgPool(2)
  package static let avgPool3d = avgPool(3)

  package typealias AvgPoolAttributes = (
    kernelSize: Dims, stride: Dims, padding: Dims, ceilMode: Bool, countIncludePad: Bool,
    divisorOverride: Int?
  )

  private static func avgPool(_ rank: Int) -> Operator<AvgPoolAttributes> {
    let list = "int[\(rank)]"
    return Operator(
      """
      avg_pool\(rank)d(Tensor self, \(list) kernel_size, \(list) stride=[], \(list) padding=0, \
      bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None) -> Tensor
      """,
      """
      The mean of the elements under each place of a window that slides over the last \(rank) \
      dimensions.

      self is (n, channels, …), or without n. The window moves by stride, by its own size if that is \
      empty, and may begin padding before the first element, half of its size at most; with \
      ceil_mode the last one may reach beyond the end, too. The sum is divided by the number of \
      elements, in which padding is counted unless count_include_pad is false, or by \
      divisor_override.
      Errors: other ranks, empty dimensions, numbers out of range, a window that fits nowhere, and \
      dtypes that are not floating-point or int64.
      Derivative: g divided in the same way among the elements.
      """,
      forward: .composed { x, a in
        var pooling = WindowPooling(
          name: "avg_pool\(rank)d", isMax: false, rank: rank, kernelSize: a.kernelSize,
          stride: a.stride, padding: a.padding, ceilMode: a.ceilMode)
        pooling.countsPadding = a.countIncludePad
        pooling.divisor = a.divisorOverride
        let checked = try pooling.pooling(of: x)
        if rank == 3 && x.dtype.isFloatingPoint && x.dtype.size == 2 {
          throw TensorError.notImplemented(kernel: checked.kernel, x.dtype)
        }
        return try meanPlanes(x, checked)
      },
      derivative: .composed,
      samples: [
        Sample(
          SampleInput(Dims([2, 2] + Array(repeating: 4, count: rank))),
          attributes: ([2], [], [0], false, true, nil)),
        Sample(
          SampleInput(Dims([1] + Array(repeating: 4, count: rank)), transposed: true),
          attributes: ([3], [2], [1], true, false, nil)),
        Sample(
          SampleInput(Dims([1, 1] + Array(repeating: 3, count: rank))),
          attributes: ([2], [1], [1], false, true, 3)),
      ])
  }
}

extension Tensor {
  /// `max_pool1d`, whose checks are its own.
  fileprivate func largestInRows(_ a: Ops.MaxPoolAttributes) throws -> Tensor {
    let isFilled = rank == 2 || rank == 3 ? !shape.suffix(2).contains(0) : false
    if !isFilled {
      throw TensorError.runtime(
        "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, "
          + "but got:\(shape)")
    }
    func single(_ list: Dims, _ words: String) throws -> Int {
      if list.count == 1 { return list[0] }
      throw TensorError.runtime(
        "max_pool1d() \(words) of size 1 but got size \(list.count)")
    }
    let kernel = try single(
      a.kernelSize, "kernel_size must be an int, list of ints or tuple of ints")
    let stride =
      a.stride.isEmpty
      ? kernel : try single(a.stride, "stride must be None, an int, list of ints, or tuple of ints")
    let padding = try single(a.padding, "padding must be an int, list of ints, or tuple of ints")
    let dilation = try single(a.dilation, "dilation must be an int, list of ints or tuple of ints")
    for (name, number) in [("kernel_size", kernel), ("stride", stride)] where number <= 0 {
      throw TensorError.runtime("max_pool1d() \(name) must be greater than zero, but got \(number)")
    }
    if padding < 0 {
      throw TensorError.runtime("max_pool1d() padding must be non-negative, but got \(padding)")
    }
    if padding > kernel / 2 {
      throw TensorError.runtime(
        "max_pool1d() padding should be at most half of kernel size, but got padding=\(padding) and "
          + "kernel_size=\(kernel)")
    }
    if dilation <= 0 {
      throw TensorError.runtime(
        "max_pool1d() dilation must be greater than zero, but got \(dilation)")
    }
    let count = try PoolCount(
      size: shape[rank - 1], length: kernel, stride: stride, padding: padding, dilation: dilation
    ).count(ceilMode: a.ceilMode)
    if count <= 0 {
      throw TensorError.runtime("max_pool1d() Invalid computed output size: \(count)")
    }
    if requiresGrad && GradMode.isEnabled || !isPlain {
      return try Ops.maxPool1dWithIndices.several(self, a)[0]
    }
    if !dtype.isFloatingPoint {
      throw TensorError.notImplemented(kernel: "max_pool1d_impl", dtype)
    }
    let pooling = Pooling(
      sides: [.window(length: kernel, stride: stride, padding: padding, dilation: dilation)],
      places: [try count.narrowed()], node: "MaxPool1D", kernel: "max_pool1d_impl")
    return try Ops.maxPlanes.several(self, pooling)[0]
  }

  /// Checks that these are rows of channels, with or without a dimension of images.
  func checkRows(_ name: String) throws {
    if rank == 2 || rank == 3 { return }
    throw TensorError.runtime(
      "Expected 2 to 3 dimensions, but got \(rank)-dimensional tensor for argument #1 'self' (while "
        + "checking arguments for \(name))")
  }
}

extension Dims {
  /// The only number.
  func single(_ function: String, _ argument: String) throws -> Int {
    if count == 1 { return self[0] }
    throw TensorError.runtime(
      "\(function)() argument '\(argument)' should contain one int (got \(count))")
  }
}
