import Autograd

extension Schema.Argument {
  /// The C parameters for this argument.
  var cParameters: [String] {
    if kind.isList {
      let element =
        switch kind.base {
        case "Tensor": "apus_tensor *const *"
        case "float": "const double *"
        default: "const int64_t *"
        }
      return [element + name, "size_t \(name)_count"]
    }
    return [cDeclaration]
  }

  /// The C declaration of a single value.
  var cDeclaration: String {
    switch kind.base {
    case "Tensor": "apus_tensor *" + name
    case "Generator": "apus_generator *" + name
    case "Scalar": "apus_scalar " + name
    case "ScalarType": "apus_dtype " + name
    case "str": "const char *" + name
    case "bool": "bool " + name
    case "float": kind.isOptional ? "const double *" + name : "double " + name
    case "int": kind.isOptional ? "const int64_t *" + name : "int64_t " + name
    default: preconditionFailure("no C type for \(kind.base)")
    }
  }

  /// The Swift types of the C parameters, as the importer has them.
  var exportParameters: [(name: String, type: String)] {
    let own = name + "_"
    if kind.isList {
      let element =
        switch kind.base {
        case "Tensor": "OpaquePointer?"
        case "float": "Double"
        default: "Int64"
        }
      return [(own, "UnsafePointer<\(element)>!"), (name + "_count_", "Int")]
    }
    switch kind.base {
    case "Tensor", "Generator": return [(own, "OpaquePointer!")]
    case "Scalar": return [(own, "apus_scalar")]
    case "ScalarType": return [(own, "apus_dtype")]
    case "str": return [(own, "UnsafePointer<CChar>!")]
    case "bool": return [(own, "Bool")]
    case "float": return [(own, kind.isOptional ? "UnsafePointer<Double>!" : "Double")]
    default: return [(own, kind.isOptional ? "UnsafePointer<Int64>!" : "Int64")]
    }
  }

  /// The expression that converts the C parameters.
  var exportConversion: String { conversion(of: name + "_") }

  /// The expression that converts a field of the options struct, with the default in its place
  /// when it is zero.
  var optionConversion: String {
    let field = conversion(of: "given." + name)
    guard !kind.isOptional, kind.base == "Scalar", let defaultValue else { return field }
    return "try optionalScalar(given.\(name), \"\(name)\") ?? \(defaultValue)"
  }

  private func conversion(of value: String) -> String {
    let label = "\"\(name)\""
    if kind.isList {
      let count = value.hasPrefix("given.") ? value + "_count" : name + "_count_"
      let function =
        switch (kind.base, kind.hasOptionalElements, kind.isOptional) {
        case ("Tensor", false, _): "tensors"
        case ("Tensor", true, _): "optionalTensors"
        case ("float", _, true): "optionalDoubles"
        case ("float", _, false): "doubles"
        case (_, _, true): "optionalDims"
        default: "dims"
        }
      return "try \(function)(\(value), \(count), \(label))"
    }
    switch (kind.base, kind.isOptional) {
    case ("Tensor", false): return "try tensor(\(value), \(label))"
    case ("Tensor", true): return "try optionalTensor(\(value), \(label))"
    case ("Generator", _): return "try generator(\(value), \(label))"
    case ("Scalar", false): return "try scalar(\(value), \(label))"
    case ("Scalar", true): return "try optionalScalar(\(value), \(label))"
    case ("ScalarType", false): return "try dtype(\(value), \(label))"
    case ("ScalarType", true): return "try optionalDType(\(value))"
    case ("str", false): return "try text(\(value), \(label))"
    case ("str", true): return "optionalText(\(value))"
    case ("int", true): return "optionalInt(\(value))"
    case ("float", true): return "optionalDouble(\(value))"
    case ("int", false): return "Int(\(value))"
    default: return value
    }
  }

  /// The default as a Swift expression.
  var swiftDefault: String {
    switch defaultValue {
    case "None": "nil"
    case "True": "true"
    case "False": "false"
    case let value? where kind.isList && !value.hasPrefix("["): "[\(value)]"
    case let value?: value
    case nil: preconditionFailure("\(name) has no default")
    }
  }
}

extension Schema {
  /// True when results are written through pointers.
  var returnsStatus: Bool { results.count > 1 || results[0].isList }

  /// The names of several results, from the notation.
  var resultNames: [String] {
    guard let arrow = text.lastIndex(of: ">") else { return [] }
    return text[text.index(after: arrow)...].split(whereSeparator: { "(), ".contains($0) })
      .map(String.init).filter { $0 != "Tensor" }
  }
}
