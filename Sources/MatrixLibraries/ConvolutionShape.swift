/// A convolution as libraries see it: which of the three products is wanted, and how large all is.
///
/// With x of (n, channels, x…), w of (filters, channels / groups, w…) and y of (n, filters, y…), the
/// sum of y[o] w[k] x[o stride + k dilation - padding] over everything is linear in each of the
/// three. Its derivative for one of them, given the other two, is a convolution or one of its
/// gradients.
public struct ConvolutionShape: Hashable, Sendable {
  /// Which of the three is computed.
  public enum Product: Sendable {
    /// y of x and w: the convolution.
    case output
    /// x of y and w: its gradient for the input, which is also the transposed convolution.
    case input
    /// w of x and y: its gradient for the weight.
    case weight
  }

  /// Which one this is.
  public var product: Product
  /// Images.
  public var images: Int
  /// Channels of x.
  public var channels: Int
  /// Channels of y.
  public var filters: Int
  /// Into how many parts channels and filters are divided, each of which meets its own only.
  public var groups: Int
  /// Sizes of x behind the channels: one, two or three.
  public var x: [Int]
  /// Sizes of w.
  public var w: [Int]
  /// Sizes of y.
  public var y: [Int]
  /// How far one step in y is in x.
  public var stride: [Int]
  /// How far one step in w is in x.
  public var dilation: [Int]
  /// How far the first window starts before x.
  public var padding: [Int]
  /// True where a number is added to each filter's results.
  public var hasBias = false
  /// From one image to the next, in elements, where an image's channels are a part of all.
  public var xStride: Int
  /// The same for y.
  public var yStride: Int
  /// From one filter to the next in w, in elements, where channels are a part of all.
  public var wStride: Int

  /// A shape whose arrays are whole and dense.
  public init(
    _ product: Product, images: Int, channels: Int, filters: Int, groups: Int, x: [Int], w: [Int],
    y: [Int], stride: [Int], dilation: [Int], padding: [Int]
  ) {
    self.product = product
    (self.images, self.channels, self.filters, self.groups) = (images, channels, filters, groups)
    (self.x, self.w, self.y) = (x, w, y)
    (self.stride, self.dilation, self.padding) = (stride, dilation, padding)
    xStride = channels * x.reduce(1, *)
    yStride = filters * y.reduce(1, *)
    wStride = channels / groups * w.reduce(1, *)
  }

  /// Places of one channel of x, w, y.
  public var places: (x: Int, w: Int, y: Int) {
    (x.reduce(1, *), w.reduce(1, *), y.reduce(1, *))
  }

  /// Multiplications.
  public var work: Double {
    let places = places
    return Double(images) * Double(filters) * Double(channels / groups) * Double(places.w)
      * Double(places.y)
  }
}
