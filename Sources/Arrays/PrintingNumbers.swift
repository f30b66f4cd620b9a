import Glibc

/// The "C" locale, made once and never freed; nil only when memory ran out.
nonisolated(unsafe) private let cLocale = newlocale(1 << LC_NUMERIC, "C", nil)

/// Runs `body` with the decimal point of the "C" locale on this thread, whatever a program chose
/// with `setlocale`: German programs print `tensor(3.5000)` too.
func withCLocale<Result>(_ body: () -> Result) -> Result {
  let previous = uselocale(cLocale)
  defer { _ = uselocale(previous) }
  return body()
}

/// C's `%.4f` and `%.4e`, which round the exact binary value correctly. Used inside `withCLocale`.
struct FloatFormat {
  private let specification: String
  private let digits: Int32
  private var scratch = [CChar](repeating: 0, count: 64)

  init(isScientific: Bool, digits: Int) {
    specification = isScientific ? "%.*e" : "%.*f"
    self.digits = Int32(clamping: digits)
  }

  /// Appends the text of a value. nan has no sign, as in Python and unlike in C.
  mutating func append(_ value: Double, to output: inout [UInt8]) {
    guard value.isFinite else {
      output.append(contentsOf: (value.isNaN ? "nan" : value < 0 ? "-inf" : "inf").utf8)
      return
    }
    var length = write(value)
    if length >= scratch.count {
      // 1e308 in fixed notation, or many digits: once, since the buffer stays.
      scratch = [CChar](repeating: 0, count: length + 1)
      length = write(value)
    }
    for character in scratch.prefix(max(length, 0)) {
      output.append(UInt8(bitPattern: character))
    }
  }

  private mutating func write(_ value: Double) -> Int {
    withVaList([digits, value]) { Int(vsnprintf(&scratch, scratch.count, specification, $0)) }
  }
}
