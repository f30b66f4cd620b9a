import Autograd

/// One form of one operator as a Python function: `add`, or `add_` which works in place.
struct PythonFunction {
  /// Columns of the generated file.
  static let width = 100

  let schema: Schema
  let documentation: String
  let inPlace: Bool
  /// True where there are others of its name, and PyTorch has several signatures for it.
  var isOneOfSeveral = false

  init(_ definition: OperatorDefinition, inPlace: Bool) {
    schema = definition.schema
    documentation = definition.documentation
    self.inPlace = inPlace
  }

  /// PyTorch's name: `sum`, `add_`.
  var publicName: String { schema.name + (inPlace ? "_" : "") }

  /// True where PyTorch's first argument may be called self.
  var takesSelf: Bool { schema.arguments.first?.pythonName == "input" && !isNumberFirst }

  /// True for what makes a new leaf: its result may be asked to require a gradient.
  var isFactory: Bool { schema.isFactory || schema.name.hasSuffix("_like") }

  private var isNumberFirst: Bool { schema.arguments.first?.kind.base != "Tensor" }

  /// A name for this overload alone: `_sum_dim`.
  var privateName: String { "_" + cName }

  /// The C function without its prefix: `sum_dim`.
  private var cName: String { String(schema.cName(inPlace: inPlace).dropFirst(5)) }

  private var optionsName: String { String(schema.cOptionsName(inPlace: inPlace).dropFirst(5)) }

  // MARK: Prototypes

  /// The lines that declare the C functions.
  var prototypes: String {
    let types = schema.cArguments.flatMap(\.prototype)
    let outputs = resultPrototype
    var text = declaration(cName, types + outputs)
    if !schema.cOptions.isEmpty { text += declaration(optionsName, types + ["P"] + outputs) }
    return text
  }

  private func declaration(_ name: String, _ types: [String]) -> String {
    let result = returnsStatus ? "status" : "function"
    return "c_\(name) = \(result)(\((["\"apus_\(name)\""] + types).joined(separator: ", ")))\n"
  }

  private var returnsStatus: Bool { schema.returnsStatus && !inPlace }

  private var resultPrototype: [String] {
    guard returnsStatus else { return [] }
    return schema.results[0].isList ? ["P", "P"] : schema.results.map { _ in "P" }
  }

  /// The type of several named results.
  var resultType: String {
    guard returnsStatus, !schema.results[0].isList else { return "" }
    let names = schema.resultNames.map { "\"\($0)\"" }.joined(separator: ", ")
    return "\n\(schema.name)_result = return_type(\"\(schema.name)\", \(names))\n"
  }

  // MARK: The function

  /// The function's source. A public one has PyTorch's signature and a docstring.
  func text(asPublic: Bool) -> String {
    let signature = PythonSignature(self, asPublic: asPublic)
    let name = asPublic ? publicName : privateName
    var lines = ["", ""] + Self.broken("def \(name)(", signature.parameters, tail: "):", indent: 0)
    if asPublic { lines.append("    \"\"\"\(summary)\"\"\"") }
    lines += signature.preparation
    lines.append("    try:")
    for argument in schema.cArguments where argument.kind.isList {
      lines.append("        \(argument.convertedList) = \(argument.pythonConversion)")
    }
    lines += calls(canRequireGrad: signature.canRequireGrad)
    lines += wrongArguments
    if takesNumberFirst { lines += numberFirst }
    if isOneOfSeveral {
      // PyTorch's parser tries each signature, and then says what it was given.
      if !takesNumberFirst { lines.append("    except (AttributeError, NotANumber):") }
      let given = schema.arguments.filter { $0.defaultValue == nil }.map(\.pythonName)
      lines += Self.broken(
        "        raise wrong_types(", ["\"\(publicName)\""] + given, tail: ") from None", indent: 8)
      return lines.joined(separator: "\n") + "\n"
    }
    if !takesNumberFirst { lines.append("    except AttributeError:") }
    let tensors = schema.arguments.enumerated().filter { $1.isNamedTensor }.map {
      // PyTorch counts a method's arguments without the tensor that it belongs to.
      "(\($0 + (inPlace ? 0 : 1)), \"\($1.pythonName)\", \($1.pythonName))"
    }
    lines += Self.broken(
      "        raise wrong_type(", ["\"\(publicName)\""] + tensors, tail: ") from None", indent: 8)
    return lines.joined(separator: "\n") + "\n"
  }

  /// The lines that name the argument which is no integer, or holds something else.
  private var wrongArguments: [String] {
    let integers = schema.cArguments.enumerated().filter { $1.kind.base == "int" }.map {
      "(\($0 + (inPlace ? 0 : 1)), \"\($1.pythonName)\", \($1.pythonName))"
    }
    if integers.isEmpty { return [] }
    return ["    except WrongArgument as problem:"]
      + Self.broken(
        "        raise problem.named(", ["\"\(publicName)\""] + integers, tail: ") from None",
        indent: 8)
  }

  /// The first sentence of the documentation.
  var summary: String {
    let lines = documentation.split(separator: "\n", omittingEmptySubsequences: false)
    let text = lines.prefix { !$0.isEmpty }.joined(separator: " ")
    let escaped = text.split(separator: "\\", omittingEmptySubsequences: false)
      .joined(separator: "\\\\")
    return Self.wrapped(escaped)
  }

  /// The call of C, and the call with options where an option is given.
  private func calls(canRequireGrad: Bool) -> [String] {
    let arguments = schema.cArguments.flatMap(\.pythonArguments)
    let options = schema.cOptions
    if options.isEmpty {
      return result(cName, arguments, indent: 8, canRequireGrad: canRequireGrad)
    }
    let isDefault = options.map(\.pythonIsDefault).joined(separator: " and ")
    var lines = ["        if \(isDefault):"]
    lines += result(cName, arguments, indent: 12, canRequireGrad: canRequireGrad)
    var format = "N"
    var fields: [String] = []
    for option in options {
      format += option.packFormat
      fields.append(option.packValue)
      if let stored = option.pythonStored {
        lines.append("        \(option.pythonName) = buffer(\(stored))")
      }
    }
    lines += Self.broken(
      "        options = pack(", ["\"\(format)0q\""] + fields, tail: ")", indent: 8)
    lines += result(
      optionsName, arguments + ["options"], indent: 8, canRequireGrad: canRequireGrad)
    return lines
  }

  /// The lines that call a C function and return what it makes.
  private func result(
    _ function: String, _ arguments: [String], indent: Int, canRequireGrad: Bool
  ) -> [String] {
    let blank = String(repeating: " ", count: indent)
    if inPlace {
      let first = schema.arguments[0].pythonName
      return Self.broken("\(blank)if c_\(function)(", arguments, tail: "):", indent: indent)
        + ["\(blank)    return \(first)", "\(blank)raise failure()"]
    }
    if returnsStatus {
      let collect =
        schema.results[0].isList
        ? ["many(c_\(function)"] : ["several(\(schema.name)_result", "c_\(function)"]
      return Self.broken(
        "\(blank)return ", ([collect.joined(separator: ", ")] + arguments), tail: ")",
        indent: indent)
    }
    if canRequireGrad {
      return Self.broken(
        "\(blank)result = wrap(c_\(function)(", arguments, tail: "))", indent: indent)
        + ["\(blank)return requiring(result) if requires_grad else result"]
    }
    return Self.broken("\(blank)return wrap(c_\(function)(", arguments, tail: "))", indent: indent)
  }

  // MARK: Layout

  /// A call on one line, or its arguments on lines of their own, four columns further in.
  static func broken(_ head: String, _ parts: [String], tail: String, indent: Int) -> [String] {
    let whole = head + parts.joined(separator: ", ") + tail
    if whole.count <= width || parts.isEmpty { return [whole] }
    let blank = String(repeating: " ", count: indent + 4)
    var lines = [head.last == " " ? head + parts[0] + "," : head]
    var line = ""
    for part in head.last == " " ? parts.dropFirst() : parts[...] {
      if !line.isEmpty && blank.count + line.count + part.count + 2 > width {
        lines.append(blank + line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + part + ","
    }
    lines.append(blank + line.dropLast() + tail)
    return lines
  }

  /// Text of a docstring behind four columns.
  private static func wrapped(_ text: String) -> String {
    var lines: [String] = []
    var line = "    \"\"\""
    for word in text.split(separator: " ") {
      if line.count + word.count + 4 > width {
        lines.append(line)
        line = "   "
      }
      line += (line.last == "\"" && lines.isEmpty && line.count == 7 ? "" : " ") + word
    }
    lines.append(line)
    return String(lines.joined(separator: "\n").dropFirst(7))
  }
}
