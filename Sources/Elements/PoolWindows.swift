/// How the windows of a pooling lie along one dimension.
public struct PoolAxis {
  /// Elements of what is pooled.
  public var size: Int
  /// Windows.
  public var count: Int
  /// From one element of a window to the next.
  public var step: Int
  /// For each window: its first element, which exists even where the window is empty, the end behind
  /// its last one, and how long it counts as.
  public var bounds: UnsafePointer<Int>
  /// Windows that are equally far apart, of `length` elements each, none of which is cut off.
  public var inside: Range<Int>
  /// From one of those to the next.
  public var stride: Int
  /// Elements of each of those.
  public var length: Int

  /// Windows whose bounds are in memory that lives as long.
  public init(
    size: Int, count: Int, step: Int, bounds: UnsafePointer<Int>, inside: Range<Int>, stride: Int,
    length: Int
  ) {
    (self.size, self.count, self.step, self.bounds) = (size, count, step, bounds)
    (self.inside, self.stride, self.length) = (inside, stride, length)
  }

  /// The first element of window `i`.
  @inlinable public func start(_ i: Int) -> Int { bounds[3 &* i] }
  /// The end behind its last one.
  @inlinable public func end(_ i: Int) -> Int { bounds[3 &* i &+ 1] }
  /// How many elements it counts as.
  @inlinable public func weight(_ i: Int) -> Int { bounds[3 &* i &+ 2] }
}

/// The windows of a pooling: on planes of up to three dimensions, of which missing ones have one
/// element.
public struct PoolWindows {
  /// The first dimension.
  public var depth: PoolAxis
  /// The second.
  public var height: PoolAxis
  /// The one whose elements follow each other.
  public var width: PoolAxis
  /// What sums are divided by; zero for the product of the windows' weights.
  public var divisor = 0

  /// Windows along three dimensions.
  public init(_ depth: PoolAxis, _ height: PoolAxis, _ width: PoolAxis) {
    (self.depth, self.height, self.width) = (depth, height, width)
  }

  /// Elements of a plane.
  @inlinable public var size: Int { depth.size &* height.size &* width.size }
  /// Windows on a plane.
  @inlinable public var count: Int { depth.count &* height.count &* width.count }
}

/// The largest element under each window on `planes` dense planes, nan if there is one, and the
/// place of the first one in its plane, int64, if `indices` is given; of nans, the last.
public typealias MaxPoolLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ indices: UnsafeMutableRawPointer?, _ x: UnsafeRawPointer,
    _ planes: Int, _ windows: PoolWindows
  ) -> Void

/// The mean of the elements under each window on `planes` dense planes; or, the other way round,
/// each number of `x` divided among the elements under its window, and the sums of that.
public typealias MeanPoolLoop =
  @Sendable (
    _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ planes: Int, _ windows: PoolWindows
  ) -> Void
