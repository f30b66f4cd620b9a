import Autograd

/// The parameters of a Python function, and the lines that sort them out.
struct PythonSignature {
  /// As written between the parentheses.
  let parameters: [String]
  /// Lines before the first conversion.
  let preparation: [String]
  /// True when the function takes `requires_grad`.
  let canRequireGrad: Bool

  /// A private function takes everything by position, as the schema has it.
  init(_ function: PythonFunction, asPublic: Bool) {
    let arguments = function.schema.arguments
    canRequireGrad = asPublic && function.isFactory
    guard asPublic else {
      parameters = Self.orderly(arguments).map { Self.text($0.pythonName, $0.pythonDefault) }
      preparation = []
      return
    }
    var parameters: [String] = []
    var lines: [String] = []
    var isNamed = false
    let sizes = Self.variadic(function)
    for argument in arguments {
      let name = argument.pythonName
      if name == sizes {
        parameters += ["*sizes", name + "=None"]
        lines.append("    \(name) = variadic(sizes, \(name), \"\(function.publicName)\")")
        isNamed = true
        continue
      }
      if argument.isKeywordOnly && !isNamed {
        parameters.append("*")
        isNamed = true
      }
      let isAliased = name == Self.aliasedDim(arguments)
      parameters.append(Self.text(name, isAliased ? "None" : argument.pythonDefault))
    }
    let aliased = Self.aliasedDim(arguments)
    let aliases = Self.aliases(
      arguments.map { ($0.pythonName, $0.pythonName == aliased ? "None" : $0.pythonDefault) })
    let extras = aliases.names.map { $0 + "=None" } + function.extraParameters
    if !extras.isEmpty {
      if !isNamed { parameters.append("*") }
      parameters += extras
    }
    self.parameters = parameters
    let own = arguments.map { argument -> String in
      let name = argument.pythonName
      return argument.isKeywordOnly ? "\(name)=\(name)" : name
    }
    preparation = lines + aliases.lines + function.extraLines(own)
  }

  /// Required parameters before those with a default.
  static func orderly(_ arguments: [Schema.Argument]) -> [Schema.Argument] {
    arguments.filter { $0.defaultValue == nil } + arguments.filter { $0.defaultValue != nil }
  }

  /// `dim` where it has to be given, but may come by NumPy's name: nothing that has to be given
  /// follows it.
  private static func aliasedDim(_ arguments: [Schema.Argument]) -> String? {
    guard let place = arguments.firstIndex(where: { $0.name == "dim" && $0.defaultValue == nil }),
      place > 0,
      arguments[(place + 1)...].allSatisfy({ $0.isKeywordOnly || $0.defaultValue != nil })
    else { return nil }
    return "dim"
  }

  /// `dim=None`.
  static func text(_ name: String, _ value: String?) -> String {
    value.map { "\(name)=\($0)" } ?? name
  }

  /// The list that may be given as several arguments: the last positional one, if it is the first
  /// or follows the tensor.
  private static func variadic(_ function: PythonFunction) -> String? {
    let positional = function.schema.arguments.filter { !$0.isKeywordOnly }
    guard let last = positional.last, last.kind.base == "int", last.kind.isList,
      !last.kind.allowsSingle, !last.kind.isOptional,
      positional.count == (function.takesSelf ? 2 : 1)
    else { return nil }
    return last.pythonName
  }

  /// NumPy's names for `dim` and `keepdim`, which PyTorch takes too.
  static func aliases(
    _ parameters: [(name: String, value: String?)]
  ) -> (names: [String], lines: [String]) {
    var names: [String] = []
    var lines: [String] = []
    for (name, alias) in [("dim", "axis"), ("keepdim", "keepdims")] {
      guard parameters.contains(where: { $0.name == name && $0.value != nil }) else { continue }
      names.append(alias)
      lines += ["    if \(alias) is not None:", "        \(name) = \(alias)"]
    }
    return (names, lines)
  }
}
