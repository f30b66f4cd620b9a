import Elements

extension ArrayPrinter {
  /// The bare number of an array of one element, as Python's `f"{tensor}"` gives it for a tensor
  /// without dimensions: `3.5`, `5`, `True`. The closures are those of `text`, called with 0.
  package func scalarText(
    double: (Int) -> Double, int64: (Int) -> Int64, imaginary: (Int) -> Double = { _ in 0 }
  ) -> String {
    if dtype.isComplex { return Self.scalar(double(0), imaginary(0)) }
    if dtype.isFloatingPoint { return Self.scalar(double(0)) }
    return dtype == .bool ? Self.scalar(int64(0) != 0) : Self.scalar(int64(0))
  }

  /// `True` or `False`.
  package static func scalar(_ value: Bool) -> String { value ? "True" : "False" }

  /// Python's `repr` of a complex number.
  package static func scalar(_ real: Double, _ imaginary: Double) -> String {
    func short(_ value: Double) -> String {
      let text = scalar(value)
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
    let second = short(imaginary)
    if real == 0 && real.sign == .plus { return second + "j" }
    return "(" + short(real) + (second.hasPrefix("-") ? "" : "+") + second + "j)"
  }

  /// The decimal digits.
  package static func scalar(_ value: Int64) -> String { String(value) }

  /// Python's `repr` of a float: the shortest digits that read back as the same double, in plain
  /// notation from 1e-04 up to, and without, 1e+16.
  ///
  /// A float32 is widened first: 0.1 becomes `0.10000000149011612`.
  package static func scalar(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    let sign = value.sign == .minus ? "-" : ""
    guard value != 0 else { return sign + "0.0" }
    // Swift finds the same shortest digits, but turns to exponents at 2^53.
    let (digits, point) = decimal(value.magnitude.description)
    let zeros = { (count: Int) in String(repeating: "0", count: count) }
    switch point {
    case ...(-4), 17...:
      let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
      let exponent = point - 1
      let padding = exponent.magnitude < 10 ? "0" : ""
      return sign + digits.prefix(1) + fraction + (exponent < 0 ? "e-" : "e+") + padding
        + String(exponent.magnitude)
    case ...0:
      return sign + "0." + zeros(-point) + digits
    case ..<digits.count:
      return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    default:
      return sign + digits + zeros(point - digits.count) + ".0"
    }
  }

  /// Significant digits of a positive number, and the place of the point counted from the first
  /// of them: "0.012" and "1.2e-02" are ("12", -1).
  private static func decimal(_ text: String) -> (digits: String, point: Int) {
    let parts = text.split(separator: "e")
    let number = (parts.first ?? "").split(separator: ".", omittingEmptySubsequences: false)
    let whole = number.first ?? ""
    let all = whole + (number.count > 1 ? number[1] : "")
    let significant = all.drop { $0 == "0" }
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let trailing = significant.reversed().prefix { $0 == "0" }.count
    let point = whole.count - (all.count - significant.count) + exponent
    return (String(significant.dropLast(trailing)), point)
  }
}
