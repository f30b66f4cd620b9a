import Elements

/// The kernels for this processor. What each is for is said where it is written, in Sources/Kernels.
///
/// A lookup is a few loads and no call. The set is chosen at the first one, and stays.
public enum Kernels {
  /// The instruction set of the kernels in use.
  public static var isa: InstructionSet { KernelSet.chosen.pointee.isa }

  /// The loop of a function of one element, or nil where the dtype has no such function.
  @inlinable public static func unary(_ op: UnaryOperation, _ dtype: DType) -> UnaryLoop? {
    KernelSet.chosen.pointee.unary[op.index, dtype].loop
  }

  /// The loop of a function of two elements, or nil where the dtype has no such function.
  @inlinable public static func binary(_ op: BinaryOperation, _ dtype: DType) -> BinaryLoop? {
    KernelSet.chosen.pointee.binary[op.index, dtype].loop
  }

  /// The loop that converts elements; between equal dtypes it copies.
  @inlinable public static func cast(from source: DType, to target: DType) -> UnaryLoop {
    KernelSet.chosen.pointee.cast[source.index, target].loop
  }

  /// The loop that chooses between two elements by a bool.
  @inlinable public static func choose(_ dtype: DType) -> TernaryLoop {
    KernelSet.chosen.pointee.choose[0, dtype].loop
  }

  /// The loop of a fold, or nil where the dtype has no such fold.
  @inlinable public static func reduce(_ op: ReductionOperation, _ dtype: DType) -> ReductionLoop? {
    KernelSet.chosen.pointee.reduce[op.index, dtype].loop
  }

  /// The loop of a mean; floats only.
  @inlinable public static func mean(_ dtype: DType) -> ReductionLoop? {
    KernelSet.chosen.pointee.mean[0, dtype].loop
  }

  /// The loop of a sum in int64; integers and bool only.
  @inlinable public static func wideSum(_ dtype: DType) -> ReductionLoop? {
    KernelSet.chosen.pointee.wideSum[0, dtype].loop
  }

  /// The loop that sums squared differences from the mean; floats only.
  @inlinable public static func squaredDeviations(_ dtype: DType) -> ReductionLoop? {
    KernelSet.chosen.pointee.squaredDeviations[0, dtype].loop
  }

  /// The loop of softmax over rows; floats only.
  @inlinable public static func softmax(_ dtype: DType) -> RowLoop? {
    KernelSet.chosen.pointee.softmax[0, dtype].loop
  }

  /// The loop of the logarithm of softmax over rows; floats only.
  @inlinable public static func logSoftmax(_ dtype: DType) -> RowLoop? {
    KernelSet.chosen.pointee.logSoftmax[0, dtype].loop
  }

  /// The loop of the gradient of softmax; floats only.
  @inlinable public static func softmaxGradient(_ dtype: DType) -> PairLoop? {
    KernelSet.chosen.pointee.softmaxGradient[0, dtype].loop
  }

  /// The loop of the gradient of softmax's logarithm; floats only.
  @inlinable public static func logSoftmaxGradient(_ dtype: DType) -> PairLoop? {
    KernelSet.chosen.pointee.logSoftmaxGradient[0, dtype].loop
  }

  /// The loop of layer normalisation; floats only.
  @inlinable public static func layerNorm(_ dtype: DType) -> NormLoop? {
    KernelSet.chosen.pointee.layerNorm[0, dtype].loop
  }

  /// The loop of the gradient of layer normalisation; floats only.
  @inlinable public static func layerNormGradient(_ dtype: DType) -> NormGradientLoop? {
    KernelSet.chosen.pointee.layerNormGradient[0, dtype].loop
  }

  /// The loop of running sums over rows; none for bool.
  @inlinable public static func cumsum(_ dtype: DType) -> RowLoop? {
    KernelSet.chosen.pointee.cumsum[0, dtype].loop
  }

  /// The loop that copies strided rows.
  @inlinable public static func copy(_ dtype: DType) -> CopyLoop {
    KernelSet.chosen.pointee.copy[0, dtype].loop
  }

  /// The loop that reads rows chosen by indices.
  @inlinable public static func gather(_ dtype: DType) -> IndexLoop {
    KernelSet.chosen.pointee.gather[0, dtype].loop
  }

  /// The loop that writes rows chosen by indices.
  @inlinable public static func scatter(_ dtype: DType) -> IndexLoop {
    KernelSet.chosen.pointee.scatter[0, dtype].loop
  }

  /// The loop that adds to rows chosen by indices.
  @inlinable public static func scatterAdd(_ dtype: DType) -> IndexLoop {
    KernelSet.chosen.pointee.scatterAdd[0, dtype].loop
  }

  /// The loop of the matrix product; none for bool.
  @inlinable public static func matmul(_ dtype: DType) -> MatmulLoop? {
    KernelSet.chosen.pointee.matmul[0, dtype].loop
  }

  /// The loop of evenly spaced numbers; none for bool.
  @inlinable public static func ramp(_ dtype: DType) -> RampLoop? {
    KernelSet.chosen.pointee.ramp[0, dtype].loop
  }

  /// The loop of a sparse matrix times dense ones; float32 and float64 only.
  @inlinable public static func resample(_ dtype: DType) -> ResampleLoop? {
    KernelSet.chosen.pointee.resample[0, dtype].loop
  }

  /// The loop that looks up images at points; float32 and float64 only.
  @inlinable public static func gridSample(_ dtype: DType) -> GridLoop? {
    KernelSet.chosen.pointee.gridSample[0, dtype].loop
  }

  /// The loop that spreads numbers at points over images; float32 and float64 only.
  @inlinable public static func gridSpread(_ dtype: DType) -> GridLoop? {
    KernelSet.chosen.pointee.gridSpread[0, dtype].loop
  }

  /// The loop that makes uniform numbers normal.
  @inlinable public static var normal: NormalLoop { KernelSet.chosen.pointee.normal }
}
