/// What a pass over channels computes. For each channel, with `m` its mean and sums over all of its
/// elements:
///
/// - sum: `out = sum(x)`
/// - deviations: `out = sum((x - m)²)`
/// - products: `out = sum(g)`, `other = sum(g (x - m))`
/// - scale: `out = (x - m) b + d`, element by element
/// - gradient: `out = g a + (x - m) b + d`, element by element
public enum ChannelOperation: Int, CaseIterable, Sendable {
  case sum, deviations, products, scale, gradient
}

/// A pass over an array of `rows` by `channels` by `inner` dense elements of a float dtype.
///
/// What there is one of for each channel is dense, too, and of the same dtype. Pointers that an
/// operation doesn't read or write may be anything.
public struct ChannelPass: @unchecked Sendable {
  /// The result: elements, or one number for each channel.
  public var out: UnsafeMutableRawPointer
  /// The second number of each channel.
  public var other: UnsafeMutableRawPointer
  /// The elements.
  public var x: UnsafeRawPointer
  /// The gradients of as many elements.
  public var g: UnsafeRawPointer
  /// The mean of each channel.
  public var mean: UnsafeRawPointer
  /// Factors of the gradients, factors of the differences from the mean, and addends.
  public var a: UnsafeRawPointer
  public var b: UnsafeRawPointer
  public var d: UnsafeRawPointer
  /// Sizes.
  public var rows: Int
  public var channels: Int
  public var inner: Int

  /// A pass that reads `x` and writes `out`; the other pointers are set where they are needed.
  public init(
    out: UnsafeMutableRawPointer, x: UnsafeRawPointer, rows: Int, channels: Int, inner: Int
  ) {
    (self.out, self.x) = (out, x)
    (self.rows, self.channels, self.inner) = (rows, channels, inner)
    other = out
    (g, mean, a, b, d) = (x, x, x, x, x)
  }
}

/// Does a pass for some of the channels.
public typealias ChannelLoop = @Sendable (_ pass: ChannelPass, _ channels: Range<Int>) -> Void
