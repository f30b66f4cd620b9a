/// The kernels as compiled for one instruction set.
///
/// A new kind of kernel is a requirement here, a table in `KernelSet` and a line in its lookup.
public protocol KernelFamily {
  /// See `Kernels+Unary.swift`.
  static func unary(_ op: UnaryOperation, _ dtype: DType) -> UnaryLoop?
  /// See `Kernels+Activation.swift`.
  static func activation(_ op: ActivationOperation, _ dtype: DType) -> ActivationLoop?
  static func activationGradient(
    _ op: ActivationOperation, _ dtype: DType
  ) -> ActivationGradientLoop?
  /// See `Kernels+Binary.swift`.
  static func binary(_ op: BinaryOperation, _ dtype: DType) -> BinaryLoop?
  /// See `Kernels+Cast.swift`.
  static func cast(from source: DType, to target: DType) -> UnaryLoop
  /// See `Kernels+Choose.swift`.
  static func choose(_ dtype: DType) -> TernaryLoop
  /// See `Kernels+Ternary.swift`.
  static func ternary(_ op: TernaryOperation, _ dtype: DType) -> ScaledLoop?
  /// See `Kernels+Distance.swift`.
  static func distance(_ dtype: DType) -> DistanceLoop?
  static func distanceGradient(_ dtype: DType) -> DistanceGradientLoop?
  /// See `Kernels+Reduce.swift`.
  static func reduce(_ op: ReductionOperation, _ dtype: DType) -> ReductionLoop?
  /// See `Kernels+Deviations.swift`.
  static func mean(_ dtype: DType) -> ReductionLoop?
  static func wideSum(_ dtype: DType) -> ReductionLoop?
  static func squaredDeviations(_ dtype: DType) -> ReductionLoop?
  /// See `Kernels+Softmax.swift`.
  static func softmax(_ dtype: DType) -> RowLoop?
  /// See `Kernels+Softmax.swift`.
  static func logSoftmax(_ dtype: DType) -> RowLoop?
  /// See `Kernels+Cumsum.swift`.
  static func softmaxGradient(_ dtype: DType) -> PairLoop?
  static func logSoftmaxGradient(_ dtype: DType) -> PairLoop?
  static func layerNorm(_ dtype: DType) -> NormLoop?
  static func layerNormGradient(_ dtype: DType) -> NormGradientLoop?
  static func cumsum(_ dtype: DType) -> RowLoop?
  static func cumprod(_ dtype: DType) -> RowLoop?
  static func logCumSumExp(_ dtype: DType) -> RowLoop?
  /// See `Kernels+Power.swift`.
  static func power(_ op: PowerSum, _ dtype: DType) -> ReductionLoop?
  /// See `Kernels+Order.swift`.
  static func order(_ op: OrderOperation, _ dtype: DType) -> OrderLoop?
  /// See `Kernels+Search.swift`.
  static func search(_ dtype: DType) -> SearchLoop?
  static func compareRows(_ dtype: DType) -> CompareLoop?
  /// See `Kernels+Index.swift`.
  static func copy(_ dtype: DType) -> CopyLoop
  static func gather(_ dtype: DType) -> IndexLoop
  /// See `Kernels+Index.swift`.
  static func scatter(_ dtype: DType) -> IndexLoop
  /// See `Kernels+Index.swift`.
  static func scatterAdd(_ dtype: DType) -> IndexLoop
  /// See `Kernels+Index.swift`.
  static func scatterFold(_ fold: IndexedFold, _ dtype: DType) -> IndexLoop?
  /// See `Kernels+MaxPool.swift`.
  static func maxPool(_ dtype: DType) -> MaxPoolLoop?
  /// See `Kernels+MeanPool.swift`.
  static func meanPool(_ dtype: DType) -> MeanPoolLoop?
  static func meanPoolGradient(_ dtype: DType) -> MeanPoolLoop?
  /// See `Kernels+PlaneConvolution.swift`.
  static func planeConvolution(_ dtype: DType) -> PlaneConvolutionLoop?
  /// See `Kernels+Matmul.swift`.
  static func matmul(_ dtype: DType) -> MatmulLoop?
  /// See `Kernels+Channels.swift`.
  static func channels(_ op: ChannelOperation, _ dtype: DType) -> ChannelLoop?
  /// See `Kernels+Attention.swift`.
  static func attention(_ op: AttentionOperation, _ dtype: DType) -> AttentionLoop?
  /// See `Kernels+Ramp.swift`.
  static func ramp(_ dtype: DType) -> RampLoop?
  /// See `Kernels+Resample.swift`.
  static func resample(_ dtype: DType) -> ResampleLoop?
  /// See `Kernels+Grid.swift`.
  static func gridSample(_ dtype: DType) -> GridLoop?
  static func gridSpread(_ dtype: DType) -> GridLoop?
  /// See `Kernels+Normal.swift`.
  static var normal: NormalLoop { get }
}
