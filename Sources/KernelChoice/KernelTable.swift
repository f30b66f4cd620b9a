import Elements

// A function that is a generic type's argument is stored in another form, and each look at it would
// make a new closure on the heap; as a member of a plain struct it is stored as it is.

@usableFromInline struct UnaryEntry { @usableFromInline let loop: UnaryLoop? }
@usableFromInline struct BinaryEntry { @usableFromInline let loop: BinaryLoop? }
@usableFromInline struct ActivationEntry { @usableFromInline let loop: ActivationLoop? }
@usableFromInline struct ActivationGradientEntry {
  @usableFromInline let loop: ActivationGradientLoop?
}
@usableFromInline struct CastEntry { @usableFromInline let loop: UnaryLoop }
@usableFromInline struct TernaryEntry { @usableFromInline let loop: TernaryLoop }
@usableFromInline struct ScaledEntry { @usableFromInline let loop: ScaledLoop? }
@usableFromInline struct DistanceEntry { @usableFromInline let loop: DistanceLoop? }
@usableFromInline struct DistanceGradientEntry {
  @usableFromInline let loop: DistanceGradientLoop?
}
@usableFromInline struct ReductionEntry { @usableFromInline let loop: ReductionLoop? }
@usableFromInline struct RowEntry { @usableFromInline let loop: RowLoop? }
@usableFromInline struct PairEntry { @usableFromInline let loop: PairLoop? }
@usableFromInline struct NormEntry { @usableFromInline let loop: NormLoop? }
@usableFromInline struct NormGradientEntry { @usableFromInline let loop: NormGradientLoop? }
@usableFromInline struct CopyEntry { @usableFromInline let loop: CopyLoop }
@usableFromInline struct IndexEntry { @usableFromInline let loop: IndexLoop }
@usableFromInline struct IndexFoldEntry { @usableFromInline let loop: IndexLoop? }
@usableFromInline struct MaxPoolEntry { @usableFromInline let loop: MaxPoolLoop? }
@usableFromInline struct MeanPoolEntry { @usableFromInline let loop: MeanPoolLoop? }
@usableFromInline struct PlaneConvolutionEntry {
  @usableFromInline let loop: PlaneConvolutionLoop?
}
@usableFromInline struct MatmulEntry { @usableFromInline let loop: MatmulLoop? }
@usableFromInline struct OrderEntry { @usableFromInline let loop: OrderLoop? }
@usableFromInline struct SearchEntry { @usableFromInline let loop: SearchLoop? }
@usableFromInline struct CompareEntry { @usableFromInline let loop: CompareLoop? }
@usableFromInline struct ChannelEntry { @usableFromInline let loop: ChannelLoop? }
@usableFromInline struct AttentionEntry { @usableFromInline let loop: AttentionLoop? }
@usableFromInline struct ResampleEntry { @usableFromInline let loop: ResampleLoop? }
@usableFromInline struct GridEntry { @usableFromInline let loop: GridLoop? }
@usableFromInline struct RampEntry { @usableFromInline let loop: RampLoop? }

/// Entries by row and dtype, in memory that is never given back.
@usableFromInline struct KernelTable<Entry> {
  @usableFromInline let entries: UnsafePointer<Entry>

  init(rows: Int, _ entry: (_ row: Int, _ dtype: DType) -> Entry) {
    let dtypes = DType.allCases
    let entries = UnsafeMutablePointer<Entry>.allocate(capacity: rows * dtypes.count)
    for row in 0..<rows {
      for dtype in dtypes {
        (entries + row * dtypes.count + dtype.index).initialize(to: entry(row, dtype))
      }
    }
    self.entries = UnsafePointer(entries)
  }

  @inlinable @inline(__always)
  subscript(row: Int, dtype: DType) -> Entry { entries[row * DType.count + dtype.index] }
}
