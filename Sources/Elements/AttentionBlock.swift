/// What is done with a block of attention's scores, in place. For each row of `columns` scores `s`,
/// with what the mask says added and those that the causal bound hides at minus infinity:
///
/// - exponentials: `largest` becomes the largest score so far, `s` becomes `exp(s - largest)`; `sums`,
///   the sum of these so far, and the row of `values` are brought down to the new largest one.
/// - finish: the row of `values` is divided by its sum into `out`, and `sums` becomes the logarithm of
///   the sum of all exponentials; of none, the row is zeros and the logarithm counts as infinite.
/// - weights: `s` becomes `exp(s - sums)`.
/// - slopes: `out` becomes `s (out - sums)`, without mask and bound.
public enum AttentionOperation: Int, CaseIterable, Sendable {
  case exponentials, finish, weights, slopes
}

/// A block of scores with what belongs to its rows. Rows of scores are dense, one after the other.
public struct AttentionBlock: @unchecked Sendable {
  /// `rows` by `columns` scores.
  public var scores: UnsafeMutableRawPointer
  public var rows: Int
  public var columns: Int
  /// What is added to scores, or nil; strides are in bytes.
  public var mask: UnsafeRawPointer?
  public var maskRowStride = 0
  public var maskColumnStride = 0
  /// How many columns the first row sees; each next row sees one more.
  public var visible = Int.max
  /// One number for each row.
  public var largest: UnsafeMutableRawPointer
  public var sums: UnsafeMutableRawPointer
  /// `rows` by `width` weighted values, dense.
  public var values: UnsafeMutableRawPointer
  public var width: Int
  /// Where results go; rows are `outStride` bytes apart, and dense.
  public var out: UnsafeMutableRawPointer
  public var outStride: Int

  /// A block whose rows have a number each in `sums`.
  public init(
    scores: UnsafeMutableRawPointer, rows: Int, columns: Int, sums: UnsafeMutableRawPointer
  ) {
    (self.scores, self.rows, self.columns, self.sums) = (scores, rows, columns, sums)
    (largest, values, out, width, outStride) = (sums, scores, scores, 0, 0)
  }
}

/// Does one of the operations on a block.
public typealias AttentionLoop = @Sendable (_ block: AttentionBlock) -> Void
