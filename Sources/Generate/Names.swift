import Autograd

extension Schema {
  /// The name of the operator's value in `Ops`: `sumDim`.
  var swiftIdentifier: String { Self.camelCase(overloaded) }

  /// The name of the C function: `apus_sum_dim`, with an underscore at the end when in place.
  func cName(inPlace: Bool = false) -> String { "apus_" + overloaded + (inPlace ? "_" : "") }

  /// The name of the C function that takes options: `apus_sum_dim_opt`, `apus_add_opt_`.
  func cOptionsName(inPlace: Bool = false) -> String { cName() + (inPlace ? "_opt_" : "_opt") }

  /// The name of the Swift method: `sum`.
  var methodName: String { Self.camelCase(name) }

  /// Name and overload; "Tensor", the overload that takes nothing special, adds nothing.
  private var overloaded: String {
    overload.isEmpty || overload == "Tensor" ? name : name + "_" + overload.lowercased()
  }

  /// `start_dim` as `startDim`.
  static func camelCase(_ text: String) -> String {
    let words = text.split(separator: "_")
    return words.enumerated().map {
      $0 == 0 ? String($1) : $1.prefix(1).uppercased() + $1.dropFirst()
    }
    .joined()
  }

  /// True for an operator that makes tensors from nothing.
  var isFactory: Bool { !arguments.contains { $0.kind.base == "Tensor" } }

  /// The arguments that the C function takes. Those that have a default and must be named in
  /// Python are left out, except a factory's dtype.
  var cArguments: [Argument] { arguments.filter { !isOption($0) } }

  /// The arguments that are fields of the options struct.
  var cOptions: [Argument] { arguments.filter { isOption($0) } }

  private func isOption(_ argument: Argument) -> Bool {
    argument.isKeywordOnly && argument.defaultValue != nil
      && !(isFactory && argument.kind.base == "ScalarType")
  }

  /// How many arguments have no default.
  var required: Int { arguments.filter { $0.defaultValue == nil }.count }

  /// Tensor arguments, which an operator's call takes first.
  var tensors: [Argument] { arguments.filter(\.isTensor) }

  /// The others, which it takes as a tuple.
  var attributes: [Argument] { arguments.filter { !$0.isTensor } }
}

extension OperatorDefinition {
  /// The tensors of a call as it takes them: in one list where it takes any number of them.
  func listOfTensors(_ tensors: [String]) -> [String] {
    let isList = schema.tensors.first?.kind.isList ?? false
    return takesList && !isList ? ["[" + tensors.joined(separator: ", ") + "]"] : tensors
  }
}

extension Schema.Argument {
  /// True for an argument that may be differentiated. A list with gaps holds indices.
  var isTensor: Bool { kind.base == "Tensor" && !kind.hasOptionalElements }
}

/// Breaks words into lines, each behind `prefix`, of at most `width` columns.
func wrap(_ text: String, prefix: String, width: Int) -> [String] {
  var lines: [String] = []
  for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
    var line = ""
    for word in paragraph.split(separator: " ") {
      if !line.isEmpty && prefix.count + line.count + 1 + word.count > width {
        lines.append(prefix + line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    lines.append(
      line.isEmpty ? String(prefix.reversed().drop { $0 == " " }.reversed()) : prefix + line)
  }
  return lines
}

/// A C declaration or call, broken behind commas: continued under its opening parenthesis, or, where
/// a part is too long for that, four columns in.
func breakCall(_ head: String, _ parts: [String], tail: String, width: Int = 80) -> String {
  let longest = parts.map(\.count).max() ?? 0
  let fits = head.count + longest + tail.count < width
  let indent = String(repeating: " ", count: fits ? head.count : 4)
  var lines = [head]
  if !fits { lines.append(indent) }
  for (i, part) in parts.enumerated() {
    let text = part + (i == parts.count - 1 ? tail : ",")
    let isFresh = lines[lines.count - 1].count == (fits ? head.count : 4)
    if !isFresh && lines[lines.count - 1].count + 1 + text.count > width { lines.append(indent) }
    let startsLine = lines[lines.count - 1].count == indent.count
    lines[lines.count - 1] += (startsLine ? "" : " ") + text
  }
  return lines.joined(separator: "\n") + (parts.isEmpty ? tail : "")
}
