/// The kernels as compiled for one instruction set.
///
/// A new kind of kernel is a requirement here, a table in `KernelSet` and a line in its lookup.
public protocol KernelFamily {
  /// See `Kernels+Unary.swift`.
  static func unary(_ op: UnaryOperation, _ dtype: DType) -> UnaryLoop?
  /// See `Kernels+Binary.swift`.
  static func binary(_ op: BinaryOperation, _ dtype: DType) -> BinaryLoop?
  /// See `Kernels+Cast.swift`.
  static func cast(from source: DType, to target: DType) -> UnaryLoop
  /// See `Kernels+Choose.swift`.
  static func choose(_ dtype: DType) -> TernaryLoop
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
  /// See `Kernels+Index.swift`.
  static func copy(_ dtype: DType) -> CopyLoop
  static func gather(_ dtype: DType) -> IndexLoop
  /// See `Kernels+Index.swift`.
  static func scatter(_ dtype: DType) -> IndexLoop
  /// See `Kernels+Index.swift`.
  static func scatterAdd(_ dtype: DType) -> IndexLoop
  /// See `Kernels+Matmul.swift`.
  static func matmul(_ dtype: DType) -> MatmulLoop?
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
