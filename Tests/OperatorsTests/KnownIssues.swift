import Autograd
import Testing

/// Runs a check of an operator; where the operator is among those that are known to fail it, the
/// failure is reported as known.
func check(
  _ tested: DefinedOperator, except known: Set<String>, _ body: () throws -> Void
) throws {
  let schema = tested.definition.schema
  let name = schema.overload.isEmpty ? schema.name : schema.name + "." + schema.overload
  guard known.contains(name) else { return try body() }
  withKnownIssue("\(name) is known to fail", isIntermittent: true) { try body() }
}

/// What is known to fail, by check.
enum Known {
  /// `vmap`: offsets, repeats and places of examples that differ, and a rule that is missing.
  static let batching: Set<String> = [
    "histc", "embedding", "embedding_bag", "repeat_interleave.each", "argwhere",
  ]
  /// Results that are computed in another way when somebody watches, and round differently.
  static let watched: Set<String> = ["linalg_householder_product", "linalg_svdvals"]
  /// Complex numbers: singular vectors and eigenvectors whose phase is free, and matrices of samples
  /// that are not Hermitian.
  static let complex: Set<String> = [
    "linalg_cholesky", "linalg_cholesky_ex", "cholesky_inverse", "linalg_eigh", "linalg_svd", "svd",
  ]
}
