import Autograd

/// Every operator, each as one value; the families are in files of their own.
package enum Ops {
  /// Operators that belong together, in reading order.
  package struct Family: Sendable {
    package let title: String
    package let operators: [OperatorDefinition]
  }

  /// All families.
  package static let families = [
    Family(title: "Arithmetic", operators: arithmetic),
    Family(title: "Functions of one tensor", operators: unary),
    Family(title: "Reductions", operators: reduction),
    Family(title: "Extrema", operators: extrema),
    Family(title: "Softmax", operators: softmaxes),
    Family(title: "Views", operators: strided),
  ]

  /// All operators; `all` is one of them.
  package static let definitions = families.flatMap(\.operators)
}
