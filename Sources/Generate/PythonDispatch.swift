import Autograd

/// The public function of a name with several overloads: it looks at which arguments are there,
/// and of what type, and calls the overload's own function.
struct PythonDispatch {
  private let overloads: [PythonFunction]

  /// The overload that asks for most comes first; the last one takes what is left.
  init(_ overloads: [PythonFunction]) {
    let counts = Set(overloads.map { Self.positional($0).count }).sorted(by: >)
    self.overloads = counts.flatMap { count in
      overloads.filter { Self.positional($0).count == count }
    }
  }

  /// The function's source.
  var text: String {
    let parameters = merged
    let aliases = PythonSignature.aliases(parameters.map { ($0.name, $0.value) })
    var words = parameters.filter { !$0.isNamed }.map { PythonSignature.text($0.name, $0.value) }
    let named = parameters.filter(\.isNamed).map { PythonSignature.text($0.name, $0.value) }
    let others = named + aliases.names.map { $0 + "=None" } + overloads[0].extraParameters
    let canRequireGrad = overloads[0].isFactory
    if !others.isEmpty { words += ["*"] + others }
    var lines =
      ["", ""]
      + PythonFunction.broken(
        "def \(overloads[0].publicName)(", words, tail: "):", indent: 0)
    lines.append("    \"\"\"\(summary)\"\"\"")
    lines += aliases.lines
    lines += overloads[0].extraLines(
      parameters.map { $0.isNamed ? "\($0.name)=\($0.name)" : $0.name })
    for (i, overload) in overloads.enumerated() {
      let call = "\(overload.privateName)(\(overload.parameters.joined(separator: ", ")))"
      let isLast = i == overloads.count - 1
      let indent = isLast ? "    " : "        "
      if !isLast { lines.append("    if \(condition(i)):") }
      if canRequireGrad {
        lines.append("\(indent)result = \(call)")
        lines.append("\(indent)return requiring(result) if requires_grad else result")
      } else {
        lines.append("\(indent)return \(call)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The shortest overload has the plainest words.
  private var summary: String { overloads.last?.summary ?? "" }

  private struct Parameter {
    let name: String
    var value: String?
    let isNamed: Bool
  }

  /// All parameters of all overloads. One that an overload lacks can be left out.
  private var merged: [Parameter] {
    var order: [String] = []
    for overload in overloads {
      for argument in overload.schema.arguments where !order.contains(argument.pythonName) {
        order.append(argument.pythonName)
      }
    }
    let parameters = order.map { name in
      let all = overloads.map { $0.argument(name) }
      let present = all.compactMap { $0 }
      let value = present.lazy.compactMap(\.pythonDefault).first
      return Parameter(
        name: name, value: value ?? (present.count < all.count ? "None" : nil),
        isNamed: present.contains(where: \.isKeywordOnly))
    }
    return parameters
  }

  /// What distinguishes a call of an overload from calls of those behind it.
  private func condition(_ index: Int) -> String {
    let others = overloads[(index + 1)...]
    var given: [String] = []
    var tests: [String] = []
    for argument in Self.positional(overloads[index]) {
      let name = argument.pythonName
      if others.contains(where: { $0.argument(name) == nil }) {
        given.append(argument.defaultValue == "False" ? name : "\(name) is not None")
      }
      let kinds = others.compactMap { $0.argument(name)?.kind }
      if let test = Self.test(argument.kind, against: kinds, name) { tests.append(test) }
    }
    if given.isEmpty, tests.count == 1, tests[0].hasPrefix("isinstance("),
      let name = tests[0].dropFirst(11).split(separator: ",").first
    {
      // A comparison of classes takes a third of the time of `isinstance`.
      return "\(name).__class__ is Tensor or \(tests[0])"
    }
    let presence = given.joined(separator: " or ")
    if tests.isEmpty { return presence }
    let all = given.count > 1 ? ["(\(presence))"] : given
    return (all + tests).joined(separator: " and ")
  }

  private static func test(
    _ kind: Schema.Kind, against others: [Schema.Kind], _ name: String
  ) -> String? {
    if others.contains(where: { $0.base != kind.base }) {
      if kind.base == "Tensor" { return "isinstance(\(name), Tensor)" }
      if others.contains(where: { $0.base == "Tensor" }) {
        return "not isinstance(\(name), Tensor)"
      }
    }
    if kind.base == "str", others.contains(where: { $0.base != "str" }) {
      return "isinstance(\(name), str)"
    }
    if kind.base == "int", others.contains(where: { $0.base == "str" }) {
      return "not isinstance(\(name), str)"
    }
    if kind.base == "int", others.contains(where: { $0.isList != kind.isList }) {
      return "\(kind.isList ? "" : "not ")isinstance(\(name), (tuple, list))"
    }
    return nil
  }

  private static func positional(_ function: PythonFunction) -> [Schema.Argument] {
    function.schema.arguments.filter { !$0.isKeywordOnly }
  }
}

extension PythonFunction {
  /// The names of the private function's parameters, in its order.
  var parameters: [String] {
    PythonSignature.orderly(schema.arguments).map(\.pythonName)
  }

  /// The argument of a name.
  func argument(_ name: String) -> Schema.Argument? {
    schema.arguments.first { $0.pythonName == name }
  }
}
