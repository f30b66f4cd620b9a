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

  /// The loop of a function of one element and numbers; floats only.
  @inlinable public static func activation(
    _ op: ActivationOperation, _ dtype: DType
  ) -> ActivationLoop? {
    KernelSet.chosen.pointee.activation[op.index, dtype].loop
  }

  /// The loop of its gradient, or nil where it has none; floats only.
  @inlinable public static func activationGradient(
    _ op: ActivationOperation, _ dtype: DType
  ) -> ActivationGradientLoop? {
    KernelSet.chosen.pointee.activationGradient[op.index, dtype].loop
  }

  /// The loop that converts elements; between equal dtypes it copies.
  @inlinable public static func cast(from source: DType, to target: DType) -> UnaryLoop {
    KernelSet.chosen.pointee.cast[source.index, target].loop
  }

  /// The loop that chooses between two elements by a bool.
  @inlinable public static func choose(_ dtype: DType) -> TernaryLoop {
    KernelSet.chosen.pointee.choose[0, dtype].loop
  }

  /// The loop of a function of three elements, or nil where the dtype has no such function.
  @inlinable public static func ternary(_ op: TernaryOperation, _ dtype: DType) -> ScaledLoop? {
    KernelSet.chosen.pointee.ternary[op.index, dtype].loop
  }

  /// The loop of distances between rows; float32 and float64 only.
  @inlinable public static func distance(_ dtype: DType) -> DistanceLoop? {
    KernelSet.chosen.pointee.distance[0, dtype].loop
  }

  /// The loop of the gradient of such distances; float32 and float64 only.
  @inlinable public static func distanceGradient(_ dtype: DType) -> DistanceGradientLoop? {
    KernelSet.chosen.pointee.distanceGradient[0, dtype].loop
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

  /// The loop of running products over rows; none for bool.
  @inlinable public static func cumprod(_ dtype: DType) -> RowLoop? {
    KernelSet.chosen.pointee.cumprod[0, dtype].loop
  }

  /// The loop of logarithms of running sums of exponentials over rows; floats only.
  @inlinable public static func logCumSumExp(_ dtype: DType) -> RowLoop? {
    KernelSet.chosen.pointee.logCumSumExp[0, dtype].loop
  }

  /// The loop of a sum of powers, or nil where the dtype has none.
  @inlinable public static func power(_ op: PowerSum, _ dtype: DType) -> ReductionLoop? {
    KernelSet.chosen.pointee.power[op.rawValue, dtype].loop
  }

  /// The loop that orders rows or chooses from them; none for complex numbers.
  @inlinable public static func order(_ op: OrderOperation, _ dtype: DType) -> OrderLoop? {
    KernelSet.chosen.pointee.order[op.rawValue, dtype].loop
  }

  /// The loop that finds places in sorted rows; none for complex numbers.
  @inlinable public static func search(_ dtype: DType) -> SearchLoop? {
    KernelSet.chosen.pointee.search[0, dtype].loop
  }

  /// The loop that compares rows; none for complex numbers.
  @inlinable public static func compareRows(_ dtype: DType) -> CompareLoop? {
    KernelSet.chosen.pointee.compareRows[0, dtype].loop
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

  /// The loop of the largest elements under windows; none for bool.
  @inlinable public static func maxPool(_ dtype: DType) -> MaxPoolLoop? {
    KernelSet.chosen.pointee.maxPool[0, dtype].loop
  }

  /// The loop of means under windows; floats and int64 only.
  @inlinable public static func meanPool(_ dtype: DType) -> MeanPoolLoop? {
    KernelSet.chosen.pointee.meanPool[0, dtype].loop
  }

  /// The loop of the gradient of means under windows; floats and int64 only.
  @inlinable public static func meanPoolGradient(_ dtype: DType) -> MeanPoolLoop? {
    KernelSet.chosen.pointee.meanPoolGradient[0, dtype].loop
  }

  /// The loop of convolutions of planes by one window each; float32 and float64 only.
  @inlinable public static func planeConvolution(_ dtype: DType) -> PlaneConvolutionLoop? {
    KernelSet.chosen.pointee.planeConvolution[0, dtype].loop
  }

  /// The loop that folds into rows chosen by indices, or nil where the dtype has no such fold.
  @inlinable
  public static func scatterFold(_ fold: IndexedFold, _ dtype: DType) -> IndexLoop? {
    KernelSet.chosen.pointee.scatterFold[fold.rawValue, dtype].loop
  }

  /// The loop of the matrix product; none for bool.
  @inlinable public static func matmul(_ dtype: DType) -> MatmulLoop? {
    KernelSet.chosen.pointee.matmul[0, dtype].loop
  }

  /// The loop of a pass over channels; float32 and float64 only.
  @inlinable public static func channels(_ op: ChannelOperation, _ dtype: DType) -> ChannelLoop? {
    KernelSet.chosen.pointee.channels[op.rawValue, dtype].loop
  }

  /// The loop of a step of attention over blocks; float32 and float64 only.
  public static func attention(_ op: AttentionOperation, _ dtype: DType) -> AttentionLoop? {
    KernelSet.chosen.pointee.attention[op.rawValue, dtype].loop
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
