import Arrays

extension KeyAverages {
  /// A table as PyTorch lays it out.
  ///
  /// - Parameters:
  ///   - sortBy: `cpu_time`, `cpu_time_total`, `self_cpu_time_total`, `cpu_memory_usage`,
  ///     `self_cpu_memory_usage` or `count`, the largest first; nil leaves the order.
  ///   - rowLimit: how many rows there are at most; negative for all.
  /// - Throws: `TensorError.value` for another key.
  public func table(sortBy: String? = nil, rowLimit: Int = 100) throws -> String {
    if rows.isEmpty { return "" }
    let sorted = try sorted(by: sortBy)
    let whole = total
    var columns = [column("Name", sorted.map(\.name), atMost: 55)]
    func add(_ header: String, _ cell: (Row) -> String) {
      columns.append(Column(header: header, cells: sorted.map(cell), width: 12))
    }
    add("Self CPU %") { Self.share($0.own, whole) }
    add("Self CPU") { Self.time($0.own) }
    add("CPU total %") { Self.share($0.total, whole) }
    add("CPU total") { Self.time($0.total) }
    add("CPU time avg") { Self.time($0.total / UInt64($0.calls)) }
    if showsMemory {
      add("CPU Mem") { Self.memory($0.bytes) }
      add("Self CPU Mem") { Self.memory($0.ownBytes) }
    }
    add("# of Calls") { "\($0.calls)" }
    if showsShapes {
      columns.append(column("Input Shapes", sorted.map { "\($0.shapes)" }, atMost: 80))
    }
    let rule = columns.map { String(repeating: "-", count: $0.width) + "  " }.joined()
    var lines = [rule, columns.map { $0.padded($0.header) }.joined(), rule]
    for i in sorted.indices where rowLimit < 0 || i < rowLimit {
      lines.append(columns.map { $0.padded($0.cells[i]) }.joined())
    }
    lines += [rule, "Self CPU time total: \(Self.time(whole))", ""]
    return lines.joined(separator: "\n")
  }

  private struct Column {
    let header: String
    let cells: [String]
    let width: Int

    func padded(_ text: String) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text + "  "
    }
  }

  /// A column as wide as its longest text and four, at most so wide; what is longer is cut off.
  private func column(_ header: String, _ cells: [String], atMost limit: Int) -> Column {
    let longest = cells.map(\.count).max() ?? 0
    let cut = cells.map { $0.count < limit - 3 ? $0 : $0.prefix(limit - 3) + "..." }
    return Column(header: header, cells: cut, width: min(longest + 4, limit))
  }

  private func sorted(by key: String?) throws -> [Row] {
    guard let key else { return rows }
    let value: (Row) -> Double
    switch key {
    case "cpu_time": value = { Double($0.total) / Double($0.calls) }
    case "cpu_time_total": value = { Double($0.total) }
    case "self_cpu_time_total": value = { Double($0.own) }
    case "cpu_memory_usage": value = { Double($0.bytes) }
    case "self_cpu_memory_usage": value = { Double($0.ownBytes) }
    case "count": value = { Double($0.calls) }
    default: throw TensorError.value("'FunctionEventAvg' object has no attribute '\(key)'")
    }
    let order = rows.indices.sorted { a, b in
      let (x, y) = (value(rows[a]), value(rows[b]))
      return x == y ? a < b : x > y
    }
    return order.map { rows[$0] }
  }

  /// Microseconds, milliseconds or seconds, with three digits behind the point.
  static func time(_ nanoseconds: UInt64) -> String {
    if nanoseconds >= 1_000_000_000 { return decimal((nanoseconds + 500_000) / 1_000_000, 3) + "s" }
    if nanoseconds >= 1_000_000 { return decimal((nanoseconds + 500) / 1000, 3) + "ms" }
    return decimal(nanoseconds, 3) + "us"
  }

  /// Per cent with two digits behind the point.
  static func share(_ part: UInt64, _ whole: UInt64) -> String {
    if whole == 0 { return "NaN" }
    return decimal(UInt64((Double(part) / Double(whole) * 10_000).rounded()), 2) + "%"
  }

  /// Bytes in the largest unit of 1024 that fits.
  static func memory(_ bytes: Int) -> String {
    let units = [(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")]
    for (size, unit) in units where bytes.magnitude >= size {
      let hundredths = (Double(bytes.magnitude) * 100 / Double(size)).rounded()
      return (bytes < 0 ? "-" : "") + decimal(UInt64(hundredths), 2) + " " + unit
    }
    return "\(bytes) B"
  }

  /// A count of the last digit's units as a decimal number.
  static func decimal(_ units: UInt64, _ digits: Int) -> String {
    let text = "\(units)"
    let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
    return padded.dropLast(digits) + "." + padded.suffix(digits)
  }
}
