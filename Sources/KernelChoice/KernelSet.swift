import CProcessor
import ComplexKernels
import Elements
import KernelsBaseline

#if APUS_VARIANTS && arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// The loops of one instruction set, by operation and dtype.
@usableFromInline struct KernelSet {
  let isa: InstructionSet
  @usableFromInline let unary: KernelTable<UnaryEntry>
  @usableFromInline let binary: KernelTable<BinaryEntry>
  @usableFromInline let activation: KernelTable<ActivationEntry>
  @usableFromInline let activationGradient: KernelTable<ActivationGradientEntry>
  @usableFromInline let cast: KernelTable<CastEntry>
  @usableFromInline let choose: KernelTable<TernaryEntry>
  @usableFromInline let ternary: KernelTable<ScaledEntry>
  @usableFromInline let distance: KernelTable<DistanceEntry>
  @usableFromInline let distanceGradient: KernelTable<DistanceGradientEntry>
  @usableFromInline let reduce: KernelTable<ReductionEntry>
  @usableFromInline let mean: KernelTable<ReductionEntry>
  @usableFromInline let wideSum: KernelTable<ReductionEntry>
  @usableFromInline let squaredDeviations: KernelTable<ReductionEntry>
  @usableFromInline let softmax: KernelTable<RowEntry>
  @usableFromInline let logSoftmax: KernelTable<RowEntry>
  @usableFromInline let softmaxGradient: KernelTable<PairEntry>
  @usableFromInline let logSoftmaxGradient: KernelTable<PairEntry>
  @usableFromInline let layerNorm: KernelTable<NormEntry>
  @usableFromInline let layerNormGradient: KernelTable<NormGradientEntry>
  @usableFromInline let cumsum: KernelTable<RowEntry>
  @usableFromInline let cumprod: KernelTable<RowEntry>
  @usableFromInline let logCumSumExp: KernelTable<RowEntry>
  @usableFromInline let power: KernelTable<ReductionEntry>
  @usableFromInline let order: KernelTable<OrderEntry>
  @usableFromInline let search: KernelTable<SearchEntry>
  @usableFromInline let compareRows: KernelTable<CompareEntry>
  @usableFromInline let copy: KernelTable<CopyEntry>
  @usableFromInline let gather: KernelTable<IndexEntry>
  @usableFromInline let scatter: KernelTable<IndexEntry>
  @usableFromInline let scatterAdd: KernelTable<IndexEntry>
  @usableFromInline let scatterFold: KernelTable<IndexFoldEntry>
  @usableFromInline let maxPool: KernelTable<MaxPoolEntry>
  @usableFromInline let meanPool: KernelTable<MeanPoolEntry>
  @usableFromInline let meanPoolGradient: KernelTable<MeanPoolEntry>
  @usableFromInline let planeConvolution: KernelTable<PlaneConvolutionEntry>
  @usableFromInline let matmul: KernelTable<MatmulEntry>
  @usableFromInline let channels: KernelTable<ChannelEntry>
  @usableFromInline let attention: KernelTable<AttentionEntry>
  @usableFromInline let ramp: KernelTable<RampEntry>
  @usableFromInline let resample: KernelTable<ResampleEntry>
  @usableFromInline let gridSample: KernelTable<GridEntry>
  @usableFromInline let gridSpread: KernelTable<GridEntry>
  @usableFromInline let normal: NormalLoop

  private init<Family: KernelFamily>(_ isa: InstructionSet, _: Family.Type) {
    self.isa = isa
    let (unaries, binaries) = (UnaryOperation.allCases, BinaryOperation.allCases)
    let (reductions, dtypes) = (ReductionOperation.allCases, DType.allCases)
    let activations = ActivationOperation.allCases
    activation = .init(rows: activations.count) {
      .init(loop: Family.activation(activations[$0], $1))
    }
    activationGradient = .init(rows: activations.count) {
      .init(loop: Family.activationGradient(activations[$0], $1))
    }
    unary = .init(rows: unaries.count) {
      .init(
        loop: $1.isComplex ? ComplexKernels.unary(unaries[$0], $1) : Family.unary(unaries[$0], $1))
    }
    binary = .init(rows: binaries.count) {
      .init(
        loop: $1.isComplex
          ? ComplexKernels.binary(binaries[$0], $1) : Family.binary(binaries[$0], $1))
    }
    cast = .init(rows: dtypes.count) {
      let (source, isSame) = (dtypes[$0], dtypes[$0] == $1)
      let isComplex = !isSame && (source.isComplex || $1.isComplex)
      return .init(
        loop: isComplex
          ? ComplexKernels.cast(from: source, to: $1) : Family.cast(from: source, to: $1))
    }
    choose = .init(rows: 1) { .init(loop: Family.choose($1)) }
    let ternaries = TernaryOperation.allCases
    ternary = .init(rows: ternaries.count) {
      .init(
        loop: $1.isComplex
          ? ComplexKernels.ternary(ternaries[$0], $1) : Family.ternary(ternaries[$0], $1))
    }
    distance = .init(rows: 1) { .init(loop: Family.distance($1)) }
    distanceGradient = .init(rows: 1) { .init(loop: Family.distanceGradient($1)) }
    reduce = .init(rows: reductions.count) {
      .init(
        loop: $1.isComplex
          ? ComplexKernels.reduce(reductions[$0], $1) : Family.reduce(reductions[$0], $1))
    }
    mean = .init(rows: 1) {
      .init(loop: $1.isComplex ? ComplexKernels.mean($1) : Family.mean($1))
    }
    wideSum = .init(rows: 1) { .init(loop: Family.wideSum($1)) }
    squaredDeviations = .init(rows: 1) { .init(loop: Family.squaredDeviations($1)) }
    softmax = .init(rows: 1) { .init(loop: Family.softmax($1)) }
    logSoftmax = .init(rows: 1) { .init(loop: Family.logSoftmax($1)) }
    softmaxGradient = .init(rows: 1) { .init(loop: Family.softmaxGradient($1)) }
    logSoftmaxGradient = .init(rows: 1) { .init(loop: Family.logSoftmaxGradient($1)) }
    layerNorm = .init(rows: 1) { .init(loop: Family.layerNorm($1)) }
    layerNormGradient = .init(rows: 1) { .init(loop: Family.layerNormGradient($1)) }
    cumprod = .init(rows: 1) {
      .init(loop: $1.isComplex ? ComplexKernels.cumprod($1) : Family.cumprod($1))
    }
    logCumSumExp = .init(rows: 1) { .init(loop: Family.logCumSumExp($1)) }
    let (powers, orders) = (PowerSum.allCases, OrderOperation.allCases)
    power = .init(rows: powers.count) { .init(loop: Family.power(powers[$0], $1)) }
    order = .init(rows: orders.count) { .init(loop: Family.order(orders[$0], $1)) }
    search = .init(rows: 1) { .init(loop: Family.search($1)) }
    compareRows = .init(rows: 1) { .init(loop: Family.compareRows($1)) }
    cumsum = .init(rows: 1) {
      .init(loop: $1.isComplex ? ComplexKernels.cumsum($1) : Family.cumsum($1))
    }
    copy = .init(rows: 1) { .init(loop: Family.copy($1)) }
    gather = .init(rows: 1) { .init(loop: Family.gather($1)) }
    scatter = .init(rows: 1) { .init(loop: Family.scatter($1)) }
    let (passes, steps) = (ChannelOperation.allCases, AttentionOperation.allCases)
    channels = .init(rows: passes.count) { .init(loop: Family.channels(passes[$0], $1)) }
    attention = .init(rows: steps.count) { .init(loop: Family.attention(steps[$0], $1)) }
    scatterAdd = .init(rows: 1) {
      .init(loop: $1.isComplex ? ComplexKernels.scatterAdd($1) : Family.scatterAdd($1))
    }
    let folds = IndexedFold.allCases
    scatterFold = .init(rows: folds.count) {
      .init(
        loop: $1.isComplex
          ? ComplexKernels.scatterFold(folds[$0], $1) : Family.scatterFold(folds[$0], $1))
    }
    matmul = .init(rows: 1) {
      .init(loop: $1.isComplex ? ComplexKernels.matmul($1) : Family.matmul($1))
    }
    maxPool = .init(rows: 1) { .init(loop: Family.maxPool($1)) }
    meanPool = .init(rows: 1) { .init(loop: Family.meanPool($1)) }
    meanPoolGradient = .init(rows: 1) { .init(loop: Family.meanPoolGradient($1)) }
    planeConvolution = .init(rows: 1) { .init(loop: Family.planeConvolution($1)) }
    ramp = .init(rows: 1) { .init(loop: Family.ramp($1)) }
    resample = .init(rows: 1) { .init(loop: Family.resample($1)) }
    gridSample = .init(rows: 1) { .init(loop: Family.gridSample($1)) }
    gridSpread = .init(rows: 1) { .init(loop: Family.gridSpread($1)) }
    normal = Family.normal
  }

  private init(_ isa: InstructionSet) {
    #if APUS_VARIANTS && arch(x86_64)
      switch isa {
      case .baseline: self.init(isa, KernelsBaseline.Kernels.self)
      case .avx2: self.init(isa, KernelsAVX2.Kernels.self)
      case .avx512: self.init(isa, KernelsAVX512.Kernels.self)
      }
    #else
      self.init(.baseline, KernelsBaseline.Kernels.self)
    #endif
  }

  /// The set of this process: a load and a comparison, once it has been chosen.
  @inlinable @inline(__always)
  static var chosen: UnsafePointer<KernelSet> {
    (apus_kernels() ?? settle()).assumingMemoryBound(to: KernelSet.self)
  }

  /// Two threads that come here first together make two sets; one of them is used.
  @usableFromInline @inline(never)
  static func settle() -> UnsafeRawPointer {
    let set = UnsafeMutablePointer<KernelSet>.allocate(capacity: 1)
    set.initialize(to: KernelSet(.preferred))
    return apus_kernels_settle(set)
  }
}
