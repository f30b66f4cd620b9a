/// An operator's signature, in the notation that PyTorch publishes for its own:
/// `sum.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor`.
package struct Schema: Sendable {
  /// A type of the notation.
  package struct Kind: Sendable, Equatable {
    /// `Tensor`, `Scalar`, `int`, `bool`, `float`, `str`, `ScalarType` or `Generator`.
    package let base: String
    /// True for `int[]`, and for `int[1]`, which also takes a single number.
    package let isList: Bool
    /// True when a list may be given as a single number.
    package let allowsSingle: Bool
    /// True for `int?` and `int[]?`.
    package let isOptional: Bool
    /// True for `Tensor?[]`.
    package let hasOptionalElements: Bool
    /// True for `Tensor(a!)`: the operator writes into the argument.
    package let isMutated: Bool
    /// True for `Tensor(a)`: the result shares the argument's storage.
    package let isAliased: Bool
  }

  /// One argument.
  package struct Argument: Sendable {
    package let name: String
    package let kind: Kind
    /// The default as Python writes it, if there is one.
    package let defaultValue: String?
    /// True behind the `*`.
    package let isKeywordOnly: Bool
  }

  /// The name without overload: `sum`.
  package let name: String
  /// What distinguishes operators of one name: `dim`; empty where there is nothing.
  package let overload: String
  package let arguments: [Argument]
  package let results: [Kind]
  /// The results' names: `values`; or `result`, with a number where there are several.
  package let resultNames: [String]
  /// The notation itself.
  package let text: String

  /// How PyTorch's messages name the variant that works in place.
  package var inPlaceName: String {
    let base = name.hasSuffix("_") ? name : name + "_"
    if !overload.isEmpty { return "\(base).\(overload)" }
    let takesEither = ["add", "sub", "mul", "div", "remainder", "eq", "ne", "lt", "le", "gt", "ge"]
    return takesEither.contains(name) ? base + ".Tensor" : base
  }

  /// Reads the notation. The text is the program's own: a mistake in it is a bug.
  package init(_ text: String) {
    self.text = text
    guard let open = text.firstIndex(of: "("), let arrow = text.range(of: ") -> ") else {
      preconditionFailure("not a schema: \(text)")
    }
    let full = text[..<open].split(separator: ".", maxSplits: 1)
    name = String(full[0])
    overload = full.count > 1 ? String(full[1]) : ""
    var isKeywordOnly = false
    var arguments: [Argument] = []
    for part in Self.split(text[text.index(after: open)..<arrow.lowerBound]) {
      if part == "*" {
        isKeywordOnly = true
      } else {
        arguments.append(Argument(part, isKeywordOnly))
      }
    }
    self.arguments = arguments
    var results = text[arrow.upperBound...]
    if results.first == "(" { results = results.dropFirst().dropLast() }
    let parts = Self.split(results).map { $0.split(separator: " ") }
    self.results = parts.map { Kind($0[0]) }
    resultNames = parts.enumerated().map { i, words in
      words.count > 1 ? String(words[1]) : parts.count > 1 ? "result\(i)" : "result"
    }
  }

  /// Parts between commas that are not inside brackets, trimmed.
  private static func split(_ text: Substring) -> [Substring] {
    var parts: [Substring] = []
    var depth = 0
    var start = text.startIndex
    for i in text.indices {
      switch text[i] {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case "," where depth == 0:
        parts.append(text[start..<i])
        start = text.index(after: i)
      default: break
      }
    }
    parts.append(text[start...])
    return parts.map { $0.trimmed }.filter { !$0.isEmpty }
  }
}

extension Schema.Argument {
  fileprivate init(_ text: Substring, _ isKeywordOnly: Bool) {
    let equals = text.split(separator: "=", maxSplits: 1)
    let words = equals[0].split(separator: " ")
    kind = Schema.Kind(words[0])
    name = words.count > 1 ? String(words[1]) : "argument"
    defaultValue = equals.count > 1 ? String(equals[1]) : nil
    self.isKeywordOnly = isKeywordOnly
  }
}

extension Schema.Kind {
  fileprivate init(_ text: Substring) {
    var text = text
    var optional = false
    if text.last == "?" {
      optional = true
      text = text.dropLast()
    }
    isOptional = optional
    isList = text.last == "]"
    var single = false
    if let bracket = text.lastIndex(of: "["), isList {
      single = text[text.index(after: bracket)...] != "]"
      text = text[..<bracket]
    }
    allowsSingle = single
    hasOptionalElements = isList && text.last == "?"
    if hasOptionalElements { text = text.dropLast() }
    var mutated = false
    var aliased = false
    if let parenthesis = text.firstIndex(of: "(") {
      mutated = text.contains("!")
      aliased = true
      text = text[..<parenthesis]
    }
    isMutated = mutated
    isAliased = aliased
    base = String(text)
  }
}

extension StringProtocol {
  /// Without blanks at both ends.
  fileprivate var trimmed: SubSequence {
    guard let first = firstIndex(where: { $0 != " " }),
      let last = lastIndex(where: { $0 != " " })
    else { return self[startIndex..<startIndex] }
    return self[first...last]
  }

  /// The first place where `part` occurs last.
  fileprivate func range(of part: String) -> Range<Index>? {
    var found: Range<Index>?
    for i in indices where self[i...].hasPrefix(part) {
      found = i..<index(i, offsetBy: part.count)
    }
    return found
  }
}
