import MatrixLibraries

/// How the windows of a convolution lie on what they slide over.
package struct ConvolutionGeometry: Sendable {
  /// How far two neighbouring windows are apart.
  package var stride: Dims
  /// How far the first window starts before the first element.
  package var padding: Dims
  /// How far two neighbouring elements of a window are apart.
  package var dilation: Dims
  /// Into how many parts the channels are divided.
  package var groups: Int

  package init(stride: Dims, padding: Dims, dilation: Dims, groups: Int) {
    (self.stride, self.padding, self.dilation) = (stride, padding, dilation)
    self.groups = groups
  }
}

// The three products of a convolution. The sum of y[o] w[k] x[o stride + k dilation - padding] over
// all places and channels is linear in x, w and y; each product is the derivative for one of the
// three. So the derivative of each for either of its operands is one of the others.

extension NDArray {
  /// The convolution of this array, of (n, channels, x…), with a weight of (filters,
  /// channels / groups, w…), in so many places; (n, filters, places…). Where a window reaches
  /// beyond this array, there are zeros.
  ///
  /// The operands fit together; nothing but the weight's places may be empty.
  /// - Throws: `TensorError.notImplemented` for bool, `.outOfMemory`, `.sizeOverflow`.
  package func convolved(
    with weight: NDArray, bias: NDArray?, _ geometry: ConvolutionGeometry, places: Dims
  ) throws -> NDArray {
    let sizes = Dims([self.sizes[0], weight.sizes[0]] + places)
    if dtype.isNarrowFloat {
      return try cast(to: .float32).convolved(
        with: weight.cast(to: .float32), bias: bias?.cast(to: .float32), geometry, places: places
      ).cast(to: dtype)
    }
    let result = try NDArray.empty(sizes, dtype)
    if result.count == 0 { return result }
    let x = try contiguous()
    let w = try weight.contiguous()
    let shape = ConvolutionShape(
      .output, images: sizes[0], x: x.sizes, w: w.sizes, y: sizes, geometry)
    let b = try bias?.contiguous()
    if shape.runByPlanes(x, w, bias: b, into: result) { return result }
    if try x.dtype == .float32 && shape.runByLibrary(x, w, bias: b, into: result) { return result }
    try ConvolutionColumns(geometry, x.sizes, w.sizes, sizes).output(x, w, into: result)
    if let b { try result.addToChannels(b) }
    return result
  }

  /// Adds a number for each channel.
  private func addToChannels(_ numbers: NDArray) throws {
    let column = try numbers.contiguous().viewed(
      as: Dims([numbers.count] + sizes.dropFirst(2).map { _ in 1 }))
    _ = try binary(.add, column, into: self)
  }

  /// The gradient of a convolution for what it was of, of sizes `places` behind the channels, where
  /// this is that of its result: each number is spread over its window. Also the transposed
  /// convolution.
  package func spread(
    by weight: NDArray, bias: NDArray? = nil, _ geometry: ConvolutionGeometry, places: Dims
  ) throws -> NDArray {
    let channels = weight.sizes[1] * geometry.groups
    let sizes = Dims([self.sizes[0], channels] + places)
    if dtype.isNarrowFloat {
      return try cast(to: .float32)
        .spread(
          by: weight.cast(to: .float32), bias: bias?.cast(to: .float32), geometry, places: places
        ).cast(to: dtype)
    }
    let result = try NDArray.empty(sizes, dtype)
    if result.count == 0 { return result }
    let y = try contiguous()
    let w = try weight.contiguous()
    let shape = ConvolutionShape(
      .input, images: sizes[0], x: sizes, w: w.sizes, y: y.sizes, geometry)
    let b = try bias?.contiguous()
    if shape.runByPlanes(y, w, bias: b, into: result) { return result }
    if try !(dtype == .float32 && shape.runByLibrary(y, w, bias: nil, into: result)) {
      try ConvolutionColumns(geometry, sizes, w.sizes, y.sizes).input(y, w, into: result)
    }
    if let b { try result.addToChannels(b) }
    return result
  }

  /// The gradient of a convolution of this array for the weight, of sizes `window` behind the
  /// channels, where `gradient` is that of its result.
  package func windowGradient(
    _ gradient: NDArray, _ geometry: ConvolutionGeometry, window: Dims
  ) throws -> NDArray {
    let sizes = Dims([gradient.sizes[1], self.sizes[1] / geometry.groups] + window)
    if dtype.isNarrowFloat {
      return try cast(to: .float32)
        .windowGradient(gradient.cast(to: .float32), geometry, window: window).cast(to: dtype)
    }
    let result = try NDArray.empty(sizes, dtype)
    if result.count == 0 { return result }
    if count == 0 || gradient.count == 0 {
      result.fill(0)
      return result
    }
    let x = try contiguous()
    let y = try gradient.contiguous()
    let shape = ConvolutionShape(
      .weight, images: x.sizes[0], x: x.sizes, w: sizes, y: y.sizes, geometry)
    if try dtype == .float32 && shape.runByLibrary(x, y, bias: nil, into: result) { return result }
    try ConvolutionColumns(geometry, x.sizes, sizes, y.sizes).weight(x, y, into: result)
    return result
  }
}

extension ConvolutionShape {
  /// The shape of arrays of such sizes.
  fileprivate init(
    _ product: Product, images: Int, x: Dims, w: Dims, y: Dims, _ geometry: ConvolutionGeometry
  ) {
    self.init(
      product, images: images, channels: x[1], filters: y[1], groups: geometry.groups,
      x: Array(x.dropFirst(2)), w: Array(w.dropFirst(2)), y: Array(y.dropFirst(2)),
      stride: Array(geometry.stride), dilation: Array(geometry.dilation),
      padding: Array(geometry.padding))
  }
}
