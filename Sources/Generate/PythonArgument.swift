import Autograd

// How an argument of the notation appears in Python, and how it is given to C.

extension Schema.Argument {
  /// PyTorch's name in Python: functions call the first tensor input.
  var pythonName: String {
    switch name {
    case "self": "input"
    case "from": "from_"  // a word of the language
    default: name
    }
  }

  /// The default as Python has it.
  var pythonDefault: String? { defaultValue == "[]" ? "()" : defaultValue }

  /// True for a single tensor, whose type is checked.
  var isNamedTensor: Bool { kind.base == "Tensor" && !kind.isList }

  /// The ctypes argument types.
  var prototype: [String] {
    if kind.isList { return ["P", "N"] }
    switch kind.base {
    case "Scalar": return ["S"]
    case "ScalarType": return ["D"]
    case "bool": return ["B"]
    case "float" where !kind.isOptional: return ["F"]
    case "int" where !kind.isOptional: return ["I"]
    case "str": return ["T"]
    default: return ["P"]
    }
  }

  /// What a converted list is called. Tensors have to live through the call, so the list of their
  /// handles does not take the place of theirs.
  var convertedList: String { kind.base == "Tensor" ? pythonName + "_handles" : pythonName }

  /// The expressions that go to C.
  var pythonArguments: [String] {
    kind.isList ? [convertedList, "count(\(convertedList))"] : [pythonConversion]
  }

  /// The expression that converts the Python value.
  var pythonConversion: String {
    let value = pythonName
    switch (kind.base, kind.isList, kind.isOptional) {
    case ("Tensor", true, _): return "handles(\(value))"
    case ("Tensor", _, true): return "handle(\(value))"
    case ("Tensor", _, _): return value + "._handle"
    case ("Generator", _, _): return "handle(\(value))"
    case ("Scalar", _, true): return "optional_scalar(\(value))"
    case ("Scalar", _, _): return "scalar(\(value))"
    case ("ScalarType", _, _): return "code(\(value))"
    case ("str", _, _): return "text(\(value))"
    case ("float", true, true): return "optional_floats(\(value))"
    case ("float", true, _): return "floats(\(value))"
    case ("float", _, true): return "optional_float(\(value))"
    case ("float", _, _): return "float(\(value))"
    // An empty list is what None stands for, too.
    case ("int", true, _) where kind.isOptional || defaultValue == "[]":
      return "optional_integers(\(value))"
    case ("int", true, _): return "integers(\(value))"
    case ("int", _, true): return "optional_integer(\(value))"
    case ("int", _, _): return "integer(\(value))"
    default: return value
    }
  }

  /// Whether an option has its default value and needs no options struct.
  var pythonIsDefault: String {
    switch defaultValue {
    case "None": "\(pythonName) is None"
    case "False": "not \(pythonName)"
    case "True": pythonName
    case let value?: "\(pythonName).__class__ is int and \(pythonName) == \(value)"
    case nil: preconditionFailure("\(name) is not an option")
    }
  }

  /// The field's format for `struct.pack`, aligned as C aligns it.
  var packFormat: String {
    switch kind.base {
    case "Scalar": "0q16s"
    case "ScalarType": "i"
    case "bool": "?"
    case "float" where !kind.isOptional: "d"
    case "int" where !kind.isOptional: "q"
    default: "P"
    }
  }

  /// The bytes of an option whose field points to them.
  var pythonStored: String? {
    switch kind.base {
    case "str": "text(\(pythonName))"
    case "int" where kind.isOptional, "float" where kind.isOptional: pythonConversion
    default: nil
    }
  }

  /// The value for `struct.pack`.
  var packValue: String {
    switch kind.base {
    case "Scalar": "bytes(\(pythonConversion))"
    case _ where pythonStored != nil: "address(\(pythonName))"
    case "Tensor", "Generator": pythonConversion + " or 0"
    default: pythonConversion
    }
  }
}
