/// What is done with a row by the size of its elements. See `Kernels+Order.swift`.
public enum OrderOperation: Int, CaseIterable, Sendable {
  case sort, sortDescending
  case largest, smallest, largestUnsorted, smallestUnsorted
  case kth, median, nanMedian, mode
  case runningMax, runningMin
}

/// Orders rows, or chooses from them. For each of `rows` dense rows of `count` elements, as many
/// values and their indices as the operation gives; `k` is how many are wanted, or which.
public typealias OrderLoop =
  @Sendable (
    _ values: UnsafeMutableRawPointer, _ indices: UnsafeMutablePointer<Int64>,
    _ x: UnsafeRawPointer, _ rows: Int, _ count: Int, _ k: Int
  ) -> Void

/// Finds where `count` dense elements belong in a sorted row of `length`, which `sorter`, where it
/// is given, puts into order.
public typealias SearchLoop =
  @Sendable (
    _ out: UnsafeMutablePointer<Int64>, _ row: UnsafeRawPointer, _ length: Int,
    _ sorter: UnsafePointer<Int64>?, _ x: UnsafeRawPointer, _ count: Int, _ isRight: Bool
  ) -> Void

/// Compares two dense rows.
public typealias CompareLoop =
  @Sendable (_ x: UnsafeRawPointer, _ y: UnsafeRawPointer, _ count: Int) -> Int

/// A sum of a function of each element. See `Kernels+Power.swift`.
public enum PowerSum: Int, CaseIterable, Sendable {
  /// Magnitudes; floats only.
  case magnitudes
  /// Squares; floats only.
  case squares
  /// The elements that are not nan; floats only.
  case numbers
  /// One for each element that is not zero, in int64.
  case nonZeros
}
