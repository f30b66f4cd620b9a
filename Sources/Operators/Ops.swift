import Autograd

/// Every operator, each as one value; the families are in files of their own.
package enum Ops {
  /// All operators, family by family.
  package static let all: [OperatorDefinition] =
    arithmetic + unary + creation + creationLike + random
}
