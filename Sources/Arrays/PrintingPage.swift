/// The text under construction, and how much of its last line is used.
struct PrintingPage {
  /// Columns of the prefix, under which continued lines begin.
  let indent: Int
  private var bytes: [UInt8]
  private var lineStart = 0

  init(prefix: StaticString) {
    indent = prefix.utf8CodeUnitCount
    bytes = []
    append(prefix)
  }

  /// The text so far.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// Appends one element, padded.
  mutating func append(_ elements: PrintingElements, _ index: Int) {
    elements.append(index, to: &bytes)
  }

  /// Begins a line, after `count - 1` empty ones, with some spaces.
  mutating func newLines(_ count: Int, spaces: Int) {
    for _ in 0..<count { bytes.append(UInt8(ascii: "\n")) }
    lineStart = bytes.count
    for _ in 0..<spaces { bytes.append(UInt8(ascii: " ")) }
  }

  /// Appends `, suffix` for each, on a new line where it would not fit.
  ///
  /// PyTorch counts the last line of the elements two columns longer than it is, and a line of
  /// suffixes as long as it is.
  mutating func append(suffixes: [String], lineWidth: Int) {
    var used = bytes.count - lineStart + 2
    for suffix in suffixes {
      // Columns, not bytes: the name of a user's own function may hold any letter.
      let length = suffix.unicodeScalars.count
      append(",")
      if used + length + 2 > lineWidth {
        newLines(1, spaces: indent)
        used = indent + length
      } else {
        append(" ")
        used += length + 2
      }
      bytes.append(contentsOf: suffix.utf8)
    }
  }
}
