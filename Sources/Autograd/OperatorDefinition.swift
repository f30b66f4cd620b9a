/// What every operator says of itself, whatever its arguments are.
///
/// The C declaration, the export, the Swift method, the Python function, the reference page and the
/// gradient checks all follow from it.
package class OperatorDefinition: @unchecked Sendable {
  /// The signature.
  package let schema: Schema
  /// What it computes: the first sentence stands alone; then shapes, dtypes, errors, source.
  package let documentation: String
  /// The name of the node that a call leaves in the graph, such as `MulBackward0`.
  package let gradName: String
  /// True when there is a variant that writes the result into the first argument.
  package let hasInPlaceVariant: Bool
  /// True when there is such a variant only: `copy_`, `zero_`.
  package let isInPlaceOnly: Bool

  init(
    _ schema: String, _ documentation: String, gradName: String?, inPlace: InPlace
  ) {
    self.schema = Schema(schema)
    self.documentation = documentation
    self.gradName = gradName ?? Self.camelCase(self.schema.name) + "Backward0"
    hasInPlaceVariant = inPlace != .unavailable
    isInPlaceOnly = inPlace == .only
  }

  private static func camelCase(_ name: String) -> String {
    name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  /// Whether results can be differentiated, and if not, why.
  package var differentiability: Differentiability { .differentiable }

  /// Calls to try, with inputs.
  package func cases() throws -> [OperatorCase] { [] }
}

/// Whether an operator writes into its first argument.
package enum InPlace: Sendable {
  /// It doesn't.
  case unavailable
  /// There is a variant with a trailing underscore that does.
  case available
  /// It always does.
  case only
}

/// Whether an operator's results can be differentiated.
package enum Differentiability: Sendable, Equatable {
  /// By a formula of its own, or because it is made of operators that can.
  case differentiable
  /// The derivative is zero wherever it exists.
  case zero
  /// There is none.
  case no(because: String)
}

/// A call of an operator to try, with its tensors.
package struct OperatorCase {
  /// The tensor arguments; those to differentiate require a gradient.
  package let inputs: [Tensor]
  /// The call.
  package let run: ([Tensor]) throws -> [Tensor]
}
