/// How tensors are turned into text: the options of `torch.set_printoptions`, with its defaults.
///
/// Any value is accepted. What PyTorch would refuse (a negative precision) counts as zero, and a
/// precision beyond 1,100 as 1,100: the longest exact double has 1,074 digits after the point.
public struct PrintOptions: Sendable, Equatable {
  /// Digits after the point, for floating-point tensors that hold more than whole numbers.
  public var precision = 4
  /// A tensor of more elements than this is summarised.
  public var threshold = 1000
  /// Elements that a summary keeps at each end of every dimension longer than twice this.
  public var edgeItems = 3
  /// Columns after which a row of elements, or the list of suffixes, is broken.
  public var lineWidth = 80
  /// True for `1.0000e+00`, false for `1.0000`; nil lets the elements decide.
  public var scientific: Bool? = nil

  /// The defaults: 4 digits, at most 1,000 elements, 3 edge items, 80 columns.
  public init() {}

  /// The profile `default`.
  public static let `default` = PrintOptions()

  /// The profile `short`: 2 digits and 2 edge items.
  public static let short: PrintOptions = {
    var options = PrintOptions()
    options.precision = 2
    options.edgeItems = 2
    return options
  }()

  /// The profile `full`: no tensor is summarised.
  public static let full: PrintOptions = {
    var options = PrintOptions()
    options.threshold = Int.max
    return options
  }()
}
