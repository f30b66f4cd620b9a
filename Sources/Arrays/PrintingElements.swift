/// The texts of the elements that are shown, and the width to which they are padded.
///
/// All texts lie in one buffer: a full print of a large array allocates no string per element.
struct PrintingElements {
  /// Every shorter text is padded on the left to this. A longer one sticks out, as PyTorch's
  /// does: only finite values other than zero count, so `[nan, 1.]` has width 2.
  private(set) var width = 1
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  init(_ values: [Int64], isBool: Bool) {
    ends.reserveCapacity(values.count)
    for value in values {
      let text = isBool ? (value == 0 ? "False" : "True") : String(value)
      bytes.append(contentsOf: text.utf8)
      width = max(width, text.utf8.count)
      ends.append(bytes.count)
    }
  }

  init(_ values: [Double], options: PrintOptions) {
    let style = Style(values, options: options)
    let digits = style == .whole ? 0 : min(max(options.precision, 0), 1100)
    ends.reserveCapacity(values.count)
    withCLocale {
      var format = FloatFormat(isScientific: style == .scientific, digits: digits)
      for value in values {
        let start = bytes.count
        format.append(value, to: &bytes)
        if style == .whole, value.isFinite { bytes.append(UInt8(ascii: ".")) }
        if value.isFinite, value != 0 { width = max(width, bytes.count - start) }
        ends.append(bytes.count)
      }
    }
  }

  /// Complex numbers, `1.0000+2.0000j`: each part has a notation of its own.
  init(_ reals: [Double], _ imaginaries: [Double], options: PrintOptions) {
    let first = PrintingElements(reals, options: options)
    let second = PrintingElements(imaginaries, options: options)
    width = 0
    for i in reals.indices {
      first.append(i, to: &bytes)
      let text = second.text(i)
      if text.first != UInt8(ascii: "-") { bytes.append(UInt8(ascii: "+")) }
      bytes.append(contentsOf: text)
      bytes.append(UInt8(ascii: "j"))
      ends.append(bytes.count)
    }
  }

  /// The text of one element without padding.
  private func text(_ index: Int) -> ArraySlice<UInt8> {
    bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  /// Appends the padded text of one element.
  func append(_ index: Int, to output: inout [UInt8]) {
    let text = text(index)
    for _ in 0..<max(0, width - text.count) { output.append(UInt8(ascii: " ")) }
    output.append(contentsOf: text)
  }

  /// One notation for all elements, chosen from those that are finite and not zero.
  private enum Style {
    /// `3.`, where all values are whole numbers.
    case whole
    /// `3.0000`.
    case fixed
    /// `3.0000e+00`.
    case scientific

    init(_ values: [Double], options: PrintOptions) {
      var smallest = Double.infinity
      var largest = 0.0
      var areWhole = true
      for value in values where value.isFinite && value != 0 {
        smallest = min(smallest, value.magnitude)
        largest = max(largest, value.magnitude)
        if value != value.rounded(.up) { areWhole = false }
      }
      guard largest > 0 else {
        self = .whole
        return
      }
      // The comparisons are strict: [1, 1000] is plain, [1, 1001] is not.
      let isWide = largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4
      self = options.scientific ?? isWide ? .scientific : areWhole ? .whole : .fixed
    }
  }
}
