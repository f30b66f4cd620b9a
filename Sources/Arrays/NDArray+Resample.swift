import Elements
import Glibc
import KernelChoice
import Parallel

/// The sine, for filters.
func sine(_ x: Double) -> Double { sin(x) }

extension NDArray {
  /// The images in the last dimensions brought to other sizes; transposed, the gradient of that.
  ///
  /// Sixteen-bit floats and uint8 are computed in float32 and rounded once. Where the channels are
  /// last in memory, so they are in the result.
  package func resampled(_ resampling: Resampling, transposed: Bool = false) throws -> NDArray {
    let axes = resampling.inputSizes.count
    let computing = dtype == .uint8 ? .float32 : dtype.computing
    guard let loop = Kernels.resample(computing) else {
      throw TensorError.notImplemented(kernel: "compute_indices_weights_linear", dtype)
    }
    let hasChannelsLast = rank == axes + 2 && layout.hasChannelsLast
    let first = hasChannelsLast ? 1 : rank - axes
    var x = try cast(to: computing)
    if hasChannelsLast { x = try x.permuted(Dims([0] + Array(2..<rank) + [1])) }
    x = try x.contiguous()
    // The last dimension comes first, and uint8 is rounded in between, as PyTorch does.
    for axis in (0..<axes).reversed() {
      let size = (transposed ? resampling.inputSizes : resampling.outputSizes)[axis]
      x = try x.multiplied(dim: first + axis, size, loop) {
        let weights =
          computing == .float64
          ? resampling.rows(axis, in: Double.self) : resampling.rows(axis, in: Float.self)
        return transposed ? weights.transposed : weights
      }
      if dtype == .uint8 {
        x = try x.binary(.add, .number(0.5, computing)).unary(.floor)
          .binary(.maximum, .number(0, computing)).binary(.minimum, .number(255, computing))
      }
    }
    if hasChannelsLast { x = try x.permuted(Dims([0, rank - 1] + Array(1..<rank - 1))) }
    return try x.cast(to: dtype)
  }

  /// A sparse matrix of `rows` rows times the columns of a dimension of this array, which is
  /// contiguous. It is asked for when there is memory for the product, and anything in it.
  private func multiplied(
    dim: Int, _ rows: Int, _ loop: ResampleLoop, by matrix: () -> WeightRows
  ) throws -> NDArray {
    var result = sizes
    result[dim] = rows
    let out = try NDArray.empty(result, dtype)
    if out.count == 0 { return out }
    let weights = matrix()
    let outer = sizes.prefix(dim).reduce(1, *)
    let inner = sizes.suffix(from: dim + 1).reduce(1, *)
    let length = sizes[dim]
    let (target, source, size) = (out.base, base, dtype.size)
    weights.starts.withUnsafeBufferPointer { starts in
      weights.columns.withUnsafeBufferPointer { columns in
        weights.values.withUnsafeBufferPointer { values in
          guard let starts = starts.baseAddress, let columns = columns.baseAddress,
            let values = values.baseAddress
          else { return }
          let matrix = SparseRows(starts: starts, columns: columns, values: values)
          let grain = max(1, (1 << 14) / max(rows * inner, 1))
          Parallel.forEach(outer, grain: grain) { range in
            loop(
              target + range.lowerBound * rows * inner * size,
              source + range.lowerBound * length * inner * size, matrix, range.count, rows, length,
              inner)
          }
        }
      }
    }
    return out
  }

  /// The values of images at points; see `GridLookup`. Images are [N, C, sizes], the grid is
  /// [N, points, axes], the result [N, C, points].
  ///
  /// - Parameter isSpread: this holds numbers at points, and the result is images of `sizes`, over
  ///   which they are spread.
  package func lookedUp(
    _ grid: NDArray, _ lookup: GridLookup, spreadOver sizes: Dims? = nil
  ) throws -> NDArray {
    let computing = dtype.computing
    let found =
      sizes == nil ? Kernels.gridSample(computing) : Kernels.gridSpread(computing)
    guard let loop = found else {
      throw TensorError.notImplemented(
        kernel: "grid_sampler_\(lookup.axes)d_cpu_kernel_impl", dtype)
    }
    let x = try cast(to: computing).contiguous()
    let points = try grid.cast(to: computing).contiguous()
    let shape: Dims =
      if let sizes { sizes } else {
        Dims([self.sizes[0], self.sizes[1]] + Array(grid.sizes[1..<grid.rank - 1]))
      }
    let out = try NDArray.empty(shape, computing)
    if sizes != nil { out.fill(0) }
    var lookup = lookup
    let images = shape[0]
    lookup.channels = shape[1]
    lookup.points = images == 0 ? 0 : grid.count / (images * lookup.axes)
    if out.count > 0 && x.count > 0 {
      // Images and blocks of channels are independent of one another.
      let block = max(1, min(lookup.channels, 16))
      let blocks = (lookup.channels + block - 1) / block
      let (pixels, perPoint) = (
        lookup.sizes.0 * lookup.sizes.1 * lookup.sizes.2, lookup.points
      )
      let (from, to) = sizes == nil ? (pixels, perPoint) : (perPoint, pixels)
      let (target, source, place, size) = (out.base, x.base, points.base, computing.size)
      let (channels, setting) = (lookup.channels, lookup)
      Parallel.forEach(images * blocks, grain: max(1, 2048 / max(perPoint, 1))) { range in
        for task in range {
          let (image, start) = (task / blocks, task % blocks * block)
          loop(
            target + image * channels * to * size, source + image * channels * from * size,
            place + image * perPoint * setting.axes * size, setting, 1,
            start..<min(start + block, channels))
        }
      }
    }
    withExtendedLifetime((x, points)) {}
    return try out.cast(to: dtype)
  }
}

extension Layout {
  /// True when it is dense with the second dimension last in memory, and not row-major.
  fileprivate var hasChannelsLast: Bool {
    if rank < 4 || isContiguous || count == 0 { return false }
    var expected = 1
    for dim in [1] + (2..<rank).reversed() + [0] {
      if sizes[dim] != 1 && strides[dim] != expected { return false }
      expected *= sizes[dim]
    }
    return true
  }
}
