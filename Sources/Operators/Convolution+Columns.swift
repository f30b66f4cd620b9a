import Arrays
import Autograd
import Elements

// The elements under each window as a column, and back.

extension Ops {
  package typealias ColumnAttributes = (
    kernelSize: Dims, dilation: Dims, padding: Dims, stride: Dims
  )

  package typealias ImageAttributes = (
    outputSize: Dims, kernelSize: Dims, dilation: Dims, padding: Dims, stride: Dims
  )

  package static let im2col: Operator<ColumnAttributes> = Operator(
    """
    im2col(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> \
    Tensor
    """,
    """
    The elements under each place of a window as a column: (n, channels * window, places) of (n,
    channels, height, width), or both without n. PyTorch's nn.functional.unfold.

    Each of the four is one number or two. Errors: other ranks, empty sides, numbers out of range, a
    window that fits nowhere, and integers.
    Derivative: `col2im` of g.
    """,
    gradName: "Im2ColBackward0",
    forward: .one { x, a, _ in
      let windows = try SlidingWindows(a)
      let places = try windows.places(windows.checkImages(x))
      if x.dtype.isInteger {
        throw TensorError.notImplemented(kernel: "im2col_out_cpu", x.dtype)
      }
      let images = try x.viewed(batched: 4)
      let columns = try images.unfolded(windows.geometry, window: windows.window, places: places)
      let count = columns.sizes
      let flat = Dims([count[0], count[1] * count[2] * count[3], count[4] * count[5]])
      return try columns.viewed(as: x.rank == 3 ? Dims(flat.dropFirst()) : flat)
    },
    derivative: .of(
      .linear { g, c, a in
        let sizes = Dims(c.sizes().suffix(2))
        return try col2im(g, (sizes, a.kernelSize, a.dilation, a.padding, a.stride))
      }),
    tangent: .linear,
    batching: .rule { batch, a in
      if batch.rank(0) == 3 { return [try im2col(batch.batched(0), a)] }
      guard batch.rank(0) == 4 else { return try batch.refusing() }
      let all = try im2col(batch.batched(0).flatten(startDim: 0, endDim: 1), a)
      return [try all.reshape(Dims([batch.size, batch.sizes(0)[0]] + all.shape.dropFirst()))]
    },
    samples: [
      Sample(SampleInput([2, 2, 3, 3]), attributes: ([2], [1], [0], [1])),
      Sample(SampleInput([2, 3, 3], transposed: true), attributes: ([2, 1], [1, 2], [1], [2])),
      Sample(SampleInput([0, 1, 2, 2]), attributes: ([1], [1], [0], [1])),
    ])

  package static let col2im: Operator<ImageAttributes> = Operator(
    """
    col2im(Tensor self, int[2] output_size, int[2] kernel_size, int[2] dilation, int[2] padding, \
    int[2] stride) -> Tensor
    """,
    """
    Columns put back under their windows, where those that overlap are added: (n, channels, height,
    width) of (n, channels * window, places), or both without n. PyTorch's nn.functional.fold.

    output_size is height and width. Errors: as `im2col`, and sizes that do not fit each other.
    Derivative: `im2col` of g.
    """,
    gradName: "Col2ImBackward0",
    forward: .one { x, a, _ in
      let windows = try SlidingWindows(
        (a.kernelSize, a.dilation, a.padding, a.stride), outputSize: a.outputSize)
      let size = windows.outputSize
      let places = try windows.checkColumns(x)
      if x.dtype.isInteger {
        throw TensorError.notImplemented(kernel: "col2im_out_cpu", x.dtype)
      }
      let columns = try x.viewed(batched: 3)
      let window = windows.window
      let channels = columns.sizes[1] / (window[0] * window[1])
      let images = Dims([columns.sizes[0], channels] + size)
      let split = Dims([images[0], channels] + window + places)
      let result = try columns.contiguous().viewed(as: split)
        .folded(windows.geometry, window: window, places: places, into: images)
      return x.rank == 2 ? try result.viewed(as: Dims(images.dropFirst())) : result
    },
    derivative: .of(
      .linear { g, _, a in try im2col(g, (a.kernelSize, a.dilation, a.padding, a.stride)) }),
    tangent: .linear,
    batching: .rule { batch, a in
      if batch.rank(0) == 2 { return [try col2im(batch.batched(0), a)] }
      guard batch.rank(0) == 3 else { return try batch.refusing() }
      let all = try col2im(batch.batched(0).flatten(startDim: 0, endDim: 1), a)
      return [try all.reshape(Dims([batch.size, batch.sizes(0)[0]] + all.shape.dropFirst()))]
    },
    samples: [
      Sample(SampleInput([2, 4, 4]), attributes: ([3], [2], [1], [0], [1])),
      Sample(
        SampleInput([4, 4], transposed: true), attributes: ([3, 3], [2, 2], [1, 1], [0], [1])),
    ])
}

/// Windows that slide over images, as `im2col` takes them.
private struct SlidingWindows {
  let window: Dims
  let geometry: ConvolutionGeometry
  private(set) var outputSize: Dims = []

  init(_ a: Ops.ColumnAttributes, outputSize: Dims? = nil) throws {
    func pair(_ list: Dims, _ name: String) throws -> Dims {
      if list.count == 2 { return list }

      if list.count == 1 { return [list[0], list[0]] }
      throw TensorError.runtime("It is expected \(name) equals to 2, but got size \(list.count)")
    }
    if let outputSize { self.outputSize = try pair(outputSize, "output_size") }
    window = try pair(a.kernelSize, "kernel_size")
    let dilation = try pair(a.dilation, "dilation")
    let padding = try pair(a.padding, "padding")
    let stride = try pair(a.stride, "stride")
    for (name, word, list) in [
      ("kernel", "kernel size", window), ("dilation", "dilation", dilation),
    ] where list.contains(where: { $0 <= 0 }) {
      throw TensorError.runtime(
        "\(word) should be greater than zero, but got \(name)_height: \(list[0]) \(name)_width: "
          + "\(list[1])")
    }
    if padding.contains(where: { $0 < 0 }) {
      throw TensorError.runtime(
        "padding should be non-negative, but got pad_height: \(padding[0]) pad_width: "
          + "\(padding[1])")
    }
    if stride.contains(where: { $0 <= 0 }) {
      throw TensorError.runtime(
        "stride should be greater than zero, but got stride_height: \(stride[0]) stride_width: "
          + "\(stride[1])")
    }
    geometry = ConvolutionGeometry(
      stride: stride, padding: padding, dilation: dilation, groups: 1)
  }

  /// In how many places the window lies on sides of these sizes, which may be below one.
  private func counts(_ sizes: Dims) -> [Int128] {
    (0..<2).map { i in
      let space =
        Int128(sizes[i]) + 2 * Int128(geometry.padding[i])
        - Int128(geometry.dilation[i]) * Int128(window[i] - 1) - 1
      let stride = Int128(geometry.stride[i])
      return (space >= 0 ? space / stride : -((-space + stride - 1) / stride)) + 1
    }
  }

  /// The same as sizes.
  func places(_ sizes: Dims) throws -> Dims {
    let counts = counts(sizes)
    if counts.contains(where: { $0 < 1 }) {
      throw TensorError.runtime(
        "Given input with spatial size \(sizes.inParentheses), kernel_size="
          + "\(window.inParentheses), dilation=\(geometry.dilation.inParentheses), padding="
          + "\(geometry.padding.inParentheses), calculated shape of the array of sliding blocks as "
          + "(\(counts[0]), \(counts[1])), but its components must be at least one.")
    }
    return Dims(try counts.map { try $0.narrowed() })
  }

  /// The sides of images.
  func checkImages(_ x: NDArray) throws -> Dims {
    if x.rank < 2 {
      // PyTorch looks at a dimension before it looks at how many there are.
      throw x.rank == 0
        ? TensorError.index("Dimension specified as 1 but tensor has no dimensions")
        : TensorError.dimOutOfRange(1, rank: x.rank)
    }
    if x.rank == 2 { throw TensorError.dimOutOfRange(2, rank: 2) }
    let isFilled = x.rank <= 4 && !x.sizes.suffix(3).contains(0)
    if !isFilled {
      throw TensorError.runtime(
        "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero "
          + "dimensions for input, but got: \(x.sizes)")
    }
    return Dims(x.sizes.suffix(2))
  }

  /// The places that columns are of.
  func checkColumns(_ x: NDArray) throws -> Dims {
    guard x.rank == 2 || x.rank == 3, !x.sizes.suffix(2).contains(0) else {
      throw TensorError.runtime(
        "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero "
          + "dimensions for input, but got: \(x.sizes)")
    }
    let (rows, columns) = (x.sizes[x.rank - 2], x.sizes[x.rank - 1])
    let (area, overflow) = window[0].multipliedReportingOverflow(by: window[1])
    if overflow || rows % area != 0 {
      throw TensorError.runtime(
        "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but "
          + "got input.size(1)=\(rows) and kernel_size=\(window.inParentheses).")
    }
    let counts = counts(outputSize)
    let words =
      "Given output_size=\(outputSize.inParentheses), kernel_size=\(window.inParentheses), dilation="
      + "\(geometry.dilation.inParentheses), padding=\(geometry.padding.inParentheses), stride="
      + "\(geometry.stride.inParentheses), "
    let (product, isTooLarge) = counts[0].multipliedReportingOverflow(by: counts[1])
    if isTooLarge || product != Int128(columns) {
      throw TensorError.runtime(
        words + "expected size of input's dimension 2 to match the calculated number of sliding "
          + "blocks \(counts[0]) * \(counts[1]) = \(product), but got input.size(2)="
          + "\(columns).")
    }
    if counts[0] < 1 || counts[1] < 1 {
      throw TensorError.runtime(
        words + "calculated shape of the array of sliding blocks as (\(counts[0]), \(counts[1])), "
          + "which is too small (non-positive)")
    }
    if outputSize.contains(where: { $0 < 1 }) {
      throw TensorError.runtime(
        "Expected output spatial size to be positive, but got: output_size[0]=\(outputSize[0]) and "
          + "output_size[1]=\(outputSize[1]).")
    }
    return Dims(try counts.map { try $0.narrowed() })
  }
}

extension Dims {
  /// "(2, 3)".
  fileprivate var inParentheses: String {
    "(" + map(String.init).joined(separator: ", ") + ")"
  }
}

extension NDArray {
  /// This array with a dimension of images in front if it has not so many dimensions.
  fileprivate func viewed(batched rank: Int) throws -> NDArray {
    self.rank == rank ? self : try unsqueezed(0)
  }
}
