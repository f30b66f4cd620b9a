import Elements
import KernelChoice
import Parallel

extension NDArray {
  /// The gradients of a layer normalisation; nil where none was wanted.
  package struct NormGradients {
    /// For the array that was normalised.
    package let input: NDArray?
    /// For the factor of each element of a row, in the sizes of a row.
    package let weight: NDArray?
    /// For what was added to each.
    package let bias: NDArray?
  }

  /// Rows of the last `trailing` dimensions less their mean, divided by the root of their variance
  /// plus epsilon, times `weight`, plus `bias`, which have the sizes of a row. Where it is not
  /// `isCentered`, the mean counts as zero.
  ///
  /// - Throws: `TensorError.notImplemented` for dtypes that are not floating-point.
  package func layerNorm(
    trailing: Int, _ weight: NDArray?, _ bias: NDArray?, epsilon: Double, isCentered: Bool = true
  ) throws -> NDArray {
    guard let loop = Kernels.layerNorm(dtype) else {
      throw TensorError.notImplemented(
        kernel: isCentered ? "LayerNormKernelImpl" : "rms_norm", dtype)
    }
    let out = try NDArray(uninitialized: sizes, dtype)
    if count == 0 { return out }
    let (rows, length) = rowsAndLength(trailing)
    let x = try contiguous()
    let weight = try weight?.cast(to: dtype.computing).contiguous()
    let bias = try bias?.cast(to: dtype.computing).contiguous()
    let (o, p, w, b) = (out.base, x.base, weight?.base, bias?.base)
    let step = length * dtype.size
    Parallel.forEach(rows, grain: max(1, Self.normBlock / length)) { range in
      let offset = range.lowerBound * step
      loop(o + offset, p + offset, w, b, range.count, length, epsilon, isCentered)
    }
    withExtendedLifetime((weight, bias, x)) {}
    return out
  }

  /// The gradients of `layerNorm` of `x`, where this is the gradient of its result.
  ///
  /// The sums over rows are taken in blocks whose length depends on sizes alone.
  package func layerNormGradients(
    of x: NDArray, trailing: Int, _ weight: NDArray?, epsilon: Double, isCentered: Bool = true,
    needs: (input: Bool, weight: Bool, bias: Bool)
  ) throws -> NormGradients {
    guard let loop = Kernels.layerNormGradient(dtype) else {
      throw TensorError.notImplemented(kernel: "LayerNormBackwardKernelImpl", dtype)
    }
    let (rows, length) = rowsAndLength(trailing)
    let row = Dims(sizes.suffix(trailing))
    let input = needs.input ? try NDArray(uninitialized: sizes, dtype) : nil
    let block = max(16, 4 * Self.normBlock / max(length, 1))
    let blocks = (rows + block - 1) / block
    func sums(_ isNeeded: Bool) throws -> NDArray? {
      isNeeded ? try NDArray(uninitialized: [blocks, length], dtype.computing) : nil
    }
    let (weightSums, biasSums) = (try sums(needs.weight), try sums(needs.bias))
    if count > 0 {
      let (g, x) = (try contiguous(), try x.contiguous())
      let weight = try weight?.cast(to: dtype.computing).contiguous()
      let (o, gs, xs, w) = (input?.base, g.base, x.base, weight?.base)
      let (ws, bs) = (weightSums?.base, biasSums?.base)
      let (step, sumStep) = (length * dtype.size, length * dtype.computing.size)
      Parallel.forEach(blocks, grain: 1) { range in
        for i in range {
          let offset = i * block * step
          loop(
            o.map { $0 + offset }, ws.map { $0 + i * sumStep }, bs.map { $0 + i * sumStep },
            gs + offset, xs + offset, w, min(block, rows - i * block), length, epsilon,
            isCentered)
        }
      }
      withExtendedLifetime((weight, g, x)) {}
    }
    func total(_ sums: NDArray?) throws -> NDArray? {
      try sums?.reduced(.sum, [0], keepdim: false).viewed(as: row)
    }
    return NormGradients(input: input, weight: try total(weightSums), bias: try total(biasSums))
  }

  private func rowsAndLength(_ trailing: Int) -> (Int, Int) {
    let length = sizes.suffix(trailing).reduce(1, &*)
    return (length == 0 ? 0 : count / length, length)
  }

  /// Elements of a block of rows.
  private static var normBlock: Int { 1 << 14 }
}
