/// Convolutions of planes by one window each, one step at a time, where x is zero beside a plane:
///
///     out[n, i, j] = bias[n] + sum over a, b of w[n, a, b] x[n, i + a down - top, j + b right - left]
///
/// All is dense. Planes are numbered through all images; windows begin again with each image.
public struct PlaneConvolution: @unchecked Sendable {
  /// Planes of `height` by `width` elements.
  public var x: UnsafeRawPointer
  /// Windows, one for each channel.
  public var w: UnsafeRawPointer
  /// What is added to each result of a channel, or nil.
  public var bias: UnsafeRawPointer?
  /// Planes of `outHeight` by `outWidth` results.
  public var out: UnsafeMutableRawPointer
  /// Planes of an image.
  public var channels: Int
  /// Rows and columns of `x`.
  public var height: Int, width: Int
  /// Rows and columns of `out`.
  public var outHeight: Int, outWidth: Int
  /// Rows and columns of a window.
  public var windowHeight: Int, windowWidth: Int
  /// From one row of a window to the next, in rows of `x`, and the same for columns.
  public var down: Int, right: Int
  /// How far the first window lies above the plane, and to the left of it.
  public var top: Int, left: Int
  /// True where windows are turned by half a turn.
  public var isTurned = false

  /// A convolution with all of this; pairs are of rows and columns.
  public init(
    x: UnsafeRawPointer, w: UnsafeRawPointer, bias: UnsafeRawPointer?,
    out: UnsafeMutableRawPointer, channels: Int, sizes: (Int, Int), outSizes: (Int, Int),
    window: (Int, Int), dilation: (Int, Int), padding: (Int, Int), isTurned: Bool
  ) {
    (self.x, self.w, self.bias, self.out, self.channels) = (x, w, bias, out, channels)
    (height, width) = sizes
    (outHeight, outWidth) = outSizes
    (windowHeight, windowWidth) = window
    (down, right) = dilation
    (top, left) = padding
    self.isTurned = isTurned
  }
}

/// Computes some of the planes.
public typealias PlaneConvolutionLoop =
  @Sendable (_ convolution: PlaneConvolution, _ planes: Range<Int>) -> Void
