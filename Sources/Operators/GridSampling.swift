import Arrays
import Autograd
import Elements

// Images looked up at points.

extension Ops {
  package static let gridSampling: [any AnyOperator] = [
    gridSampler, gridSampler2d, gridSampler3d, affineGridGenerator,
  ]

  private typealias SamplerArguments = (
    interpolationMode: Int, paddingMode: Int, alignCorners: Bool
  )

  package static let gridSampler = sampler(
    "grid_sampler", axes: nil,
    "Values of images at the points of a grid, in two or three dimensions.")
  package static let gridSampler2d = sampler(
    "grid_sampler_2d", axes: 2, "Values of images at the points of a grid.")
  package static let gridSampler3d = sampler(
    "grid_sampler_3d", axes: 3, "Values of volumes at the points of a grid.")

  package static let affineGridGenerator: Operator<(size: Dims, alignCorners: Bool)> = Operator(
    "affine_grid_generator(Tensor theta, int[] size, bool align_corners) -> Tensor",
    """
    The points at which an affine map finds the pixels of images, for grid_sampler.

    theta is [N, 2, 3], size [N, C, H, W], the result [N, H, W, 2]; or [N, 3, 4], [N, C, D, H, W] and
    [N, D, H, W, 3]. The last number of a row of theta is added. Coordinates go from -1 to 1: the
    centres of the outermost pixels with align_corners, else their outer edges.
    Derivative: the sum over all pixels of g times the pixel's own coordinates.
    """,
    forward: .one { theta, a, _ in
      let base = try NDArray.pixelCoordinates(a.size, a.alignCorners, theta.dtype)
      let points = try base.bmm(theta.transposed(-2, -1))
      return try points.viewed(as: Dims([a.size[0]] + a.size.dropFirst(2) + [a.size.count - 2]))
    },
    derivative: .of(
      .linear { g, _, a in
        let base = Tensor(try NDArray.pixelCoordinates(a.size, a.alignCorners, g.dtype))
        let axes = a.size.count - 2
        let rows = try g.reshape([a.size[0], base.shape[1], axes])
        return try base.transpose(dim0: 1, dim1: 2).matmul(rows).transpose(dim0: 1, dim1: 2)
      }),
    tangent: .linear,
    batching: .rule { batch, a in
      guard batch.rank(0) == 3, let count = a.size.first else { return try batch.refusing() }
      let theta = try batch.batched(0)
      let sizes = batch.sizes(0)
      guard sizes[0] == count else { return try batch.refusing() }
      var all = a.size
      all[0] = batch.size * count
      let points = try affineGridGenerator(
        theta.reshape([batch.size * count, sizes[1], sizes[2]]), (all, a.alignCorners))
      return [try points.reshape(Dims([batch.size, count] + points.shape.dropFirst()))]
    },
    samples: [
      Sample(SampleInput([2, 2, 3]), attributes: ([2, 1, 2, 3], false)),
      Sample(SampleInput([1, 2, 3], transposed: true), attributes: ([1, 1, 3, 2], true)),
      Sample(SampleInput([1, 3, 4]), attributes: ([1, 1, 2, 1, 3], true)),
    ])

  private static func sampler(
    _ name: String, axes: Int?, _ summary: String
  ) -> Operator<(interpolationMode: Int, paddingMode: Int, alignCorners: Bool)> {
    Operator(
      "\(name)(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, "
        + "bool align_corners) -> Tensor",
      """
      \(summary)

      input is [N, C, H, W] and grid [N, P, Q, 2], which gives [N, C, P, Q]; or [N, C, D, H, W] and
      [N, P, Q, R, 3]. The first coordinate is for the last dimension; -1 and 1 are the centres of
      the outermost pixels with align_corners, else their outer edges. interpolation_mode: 0 linear,
      1 the nearest, 2 cubic. padding_mode, for points outside: 0 zeros, 1 the border's pixels, 2 the
      reflected image.
      Errors: sizes that do not fit, dtypes that differ or are not floating-point.
      Derivative: g spread over the pixels with the same weights; for grid, g times the slope of the
      interpolation.
      """,
      forward: .composedTwo { input, grid, a in
        try input.checkLookup(grid, axes)
        return try lookUp(input, grid, input.lookup(a))
      },
      derivative: .composed,
      samples: samplerSamples.filter { axes == nil || $0.axes == axes }.map(\.sample))
  }

  private static var samplerSamples:
    [(axes: Int, sample: Sample<(interpolationMode: Int, paddingMode: Int, alignCorners: Bool)>)]
  {
    let image = SampleInput([2, 2, 3, 4])
    let points = SampleInput([2, 2, 2, 2], .range(-0.9, 0.9))
    let volume = SampleInput([1, 1, 3, 2, 3])
    let places = SampleInput([1, 1, 2, 1, 3], .range(-0.9, 0.9))
    return [
      (2, Sample(image, points, attributes: (0, 0, false))),
      (2, Sample(image, points, attributes: (0, 1, true))),
      (2, Sample(image, points, attributes: (1, 0, false))),
      (2, Sample(image, points, attributes: (2, 0, false))),
      (2, Sample(image, points, attributes: (2, 2, true))),
      (3, Sample(volume, places, attributes: (0, 0, false))),
      (3, Sample(volume, places, attributes: (0, 2, true))),
      (3, Sample(volume, places, attributes: (2, 1, false))),
    ]
  }

  /// The lookup itself, with weights differentiated as often as it says; not exported.
  static let lookUp: Operator<GridLookup> = Operator(
    "_look_up(Tensor input, Tensor grid) -> Tensor", "Values of images at points.",
    gradNameOf: { "GridSampler\($0.axes)DBackward0" },
    forward: .two { x, grid, a, _ in try x.lookedUp(grid, a) },
    derivative: .of(
      .saving(.y) { g, c, a in try spreadPoints(g, c.y, (a, c.sizes(of: 0))) },
      .saving([.x, .y]) { g, c, a in try slopes(g, c.x, c.y, a) }),
    tangent: .formula { c, a in
      var sum = try c.tangent(0).map { try lookUp($0, c.y, a) }
      if let direction = c.tangent(1) {
        for axis in 0..<a.axes {
          let factor = try direction.select(dim: -1, index: axis).unsqueeze(dim: 1)
          let term = try lookUp(c.x, c.y, a.differentiated(axis)) * factor
          sum = try sum.map { try $0 + term } ?? term
        }
      }
      return [sum]
    },
    batching: .rule { batch, a in
      let (images, points) = (try batch.folded(0), try batch.folded(1))
      return [try batch.unfolded(lookUp(images, points, a))]
    },
    samples: [])

  /// Numbers at points spread over images of the given sizes; not exported.
  static let spreadPoints: Operator<(lookup: GridLookup, sizes: Dims)> = Operator(
    "_spread(Tensor grad_output, Tensor grid) -> Tensor", "Numbers spread over images.",
    gradNameOf: { "GridSampler\($0.lookup.axes)DBackwardBackward0" },
    forward: .two { g, grid, a, _ in try g.lookedUp(grid, a.lookup, spreadOver: a.sizes) },
    derivative: .of(
      .saving(.y) { g, c, a in try lookUp(g, c.y, a.lookup) },
      .saving([.x, .y]) { g, c, a in try slopes(c.x, g, c.y, a.lookup) }),
    tangent: .formula { c, a in
      var sum = try c.tangent(0).map { try spreadPoints($0, c.y, a) }
      if let direction = c.tangent(1) {
        for axis in 0..<a.lookup.axes {
          let factor = try direction.select(dim: -1, index: axis).unsqueeze(dim: 1)
          let term = try spreadPoints(c.x * factor, c.y, (a.lookup.differentiated(axis), a.sizes))
          sum = try sum.map { try $0 + term } ?? term
        }
      }
      return [sum]
    },
    batching: .rule { batch, a in
      let (numbers, points) = (try batch.folded(0), try batch.folded(1))
      var sizes = a.sizes
      sizes[0] *= batch.size
      return [try batch.unfolded(spreadPoints(numbers, points, (a.lookup, sizes)))]
    },
    samples: [])

  /// The gradient for the coordinates, where `g` is that of the values.
  private static func slopes(
    _ g: Tensor, _ images: Tensor, _ grid: Tensor, _ lookup: GridLookup
  ) throws -> Tensor {
    if lookup.interpolation == .nearest { return try grid.detach().zerosLike() }
    let parts = try (0..<lookup.axes).map { axis in
      try (g * lookUp(images, grid, lookup.differentiated(axis))).sum(dim: [1])
    }
    return try Tensor.stack(parts, dim: -1)
  }
}

extension GridLookup {
  /// The same with weights differentiated once more in a coordinate.
  fileprivate func differentiated(_ axis: Int) -> GridLookup {
    var result = self
    switch axis {
    case 0: result.orders.0 += 1
    case 1: result.orders.1 += 1
    default: result.orders.2 += 1
    }
    return result
  }
}

extension Batch {
  /// A tensor whose first dimension counts the images of all examples.
  fileprivate func folded(_ index: Int) throws -> Tensor {
    let tensor = try batched(index)
    return try tensor.reshape(Dims([tensor.shape[0] * tensor.shape[1]] + tensor.shape.dropFirst(2)))
  }

  /// A result with one dimension for the examples and one for their images.
  fileprivate func unfolded(_ tensor: Tensor) throws -> Tensor {
    let images = size == 0 ? 0 : tensor.shape[0] / size
    return try tensor.reshape(Dims([size, images] + tensor.shape.dropFirst()))
  }
}

extension Tensor {
  /// Checks that these images and points belong together.
  ///
  /// - Throws: `TensorError.runtime`, `.notImplemented`.
  fileprivate func checkLookup(_ grid: Tensor, _ axes: Int?) throws {
    func fail(_ words: String) -> TensorError { .runtime("grid_sampler(): expected " + words) }
    let both = "but got input with sizes \(shape) and grid with sizes \(grid.shape)"
    if rank < 2 || grid.rank < 1 || shape[0] != grid.shape[0] {
      throw fail("grid and input to have same batch size, \(both)")
    }
    if grid.shape[grid.rank - 1] != rank - 2 {
      throw fail(
        "grid to have size \(rank - 2) in last dimension, but got grid with sizes \(grid.shape)")
    }
    for dim in shape.indices where dim >= 2 && shape[dim] == 0 {
      throw fail(
        "input to have non-empty spatial dimensions, but input has sizes \(shape) with dimension "
          + "\(dim) being empty")
    }
    let allowed = axes.map { $0...$0 } ?? 2...3
    if !(allowed ~= rank - 2) || grid.rank != rank {
      let ranks = axes.map { "\($0 + 2)D" } ?? "4D or 5D"
      throw fail("\(ranks) input and grid with same number of dimensions, \(both)")
    }
    if !dtype.isFloatingPoint {
      throw TensorError.notImplemented(
        kernel: "grid_sampler_\(rank - 2)d_cpu_kernel_impl", dtype)
    }
    if dtype != grid.dtype {
      throw TensorError.runtime(
        "expected scalar type \(dtype.scalarTypeName) but found \(grid.dtype.scalarTypeName)")
    }
  }

  /// How these images are looked up.
  fileprivate func lookup(
    _ a: (interpolationMode: Int, paddingMode: Int, alignCorners: Bool)
  ) -> GridLookup {
    let interpolation: GridLookup.Interpolation =
      a.interpolationMode == 1 ? .nearest : a.interpolationMode == 2 ? .cubic : .linear
    let padding: GridLookup.Padding =
      a.paddingMode == 1 ? .border : a.paddingMode == 2 ? .reflection : .zeros
    return GridLookup(
      interpolation, padding, alignsCorners: a.alignCorners,
      sizes: (shape[rank - 1], shape[rank - 2], rank == 5 ? shape[2] : 1), axes: rank - 2,
      orders: (0, 0, 0), channels: 0, points: 0)
  }
}

extension NDArray {
  /// The coordinates of all pixels, and a one behind each: [N, pixels, axes + 1].
  fileprivate static func pixelCoordinates(
    _ size: Dims, _ alignsCorners: Bool, _ dtype: DType
  ) throws -> NDArray {
    if !(4...5 ~= size.count) {
      throw TensorError.runtime(
        "AffineGridGenerator needs 4d (spatial) or 5d (volumetric) inputs.")
    }
    let extent = Dims(size.dropFirst(2))
    let (pixels, axes) = (extent.reduce(1, *), extent.count)
    let base = try NDArray.empty([pixels, axes + 1], .float64)
    let numbers = base.base.assumingMemoryBound(to: Double.self)
    for pixel in 0..<pixels {
      var rest = pixel
      let row = numbers + pixel * (axes + 1)
      row[axes] = 1
      // The first coordinate is for the last dimension.
      for axis in 0..<axes {
        let length = extent[axes - 1 - axis]
        let place = Double(rest % length)
        rest /= length
        let steps = Double(alignsCorners ? length - 1 : length)
        let start = alignsCorners ? -1 : 1 / steps - 1
        row[axis] = length == 1 ? 0 : start + 2 * place / steps
      }
    }
    return try base.cast(to: dtype).unsqueezed(0).expanded(to: [size[0], pixels, axes + 1])
  }
}
