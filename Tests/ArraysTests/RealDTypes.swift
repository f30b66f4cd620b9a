import Elements

extension DType {
  /// Those of real numbers; what is tried with complex ones has tests of its own in Python.
  static let realCases = allCases.filter { !$0.isComplex }
}
