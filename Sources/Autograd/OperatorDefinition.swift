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
  /// True when it draws random numbers: from a generator that it takes, or from the default one.
  package let isRandom: Bool
  /// What a call has to record.
  let record: RecordPlan

  init(
    _ schema: String, _ documentation: String, gradName: String?, inPlace: InPlace,
    record: RecordPlan
  ) {
    self.record = record
    self.schema = Schema(schema)
    self.documentation = documentation
    self.gradName = gradName ?? Self.camelCase(self.schema.name) + "Backward0"
    isRandom =
      self.schema.arguments.contains { $0.kind.base == "Generator" }
      || ["rand_like", "randn_like"].contains(self.schema.name)
    hasInPlaceVariant = inPlace != .unavailable
    isInPlaceOnly = inPlace == .only
  }

  private static func camelCase(_ name: String) -> String {
    name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  /// Whether results can be differentiated, and if not, why.
  package var differentiability: Differentiability { .differentiable }

  /// True when it is called by `many`, with its tensors in a list.
  package var takesList: Bool { false }

  /// How forward mode goes through it.
  package var tangentSource: TangentSource { .composed }

  /// How `vmap` carries it out.
  package var batchingSource: BatchingSource { .composed }

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
  /// There is none; results require a gradient, and a backward pass is refused.
  case refused
}

/// A call of an operator to try, with its tensors.
package struct OperatorCase {
  /// The tensor arguments; those to differentiate require a gradient.
  package let inputs: [Tensor]
  /// The call.
  package let run: ([Tensor]) throws -> [Tensor]
  /// The call that writes into a copy of the first tensor, where there is one.
  package var runInPlace: (([Tensor]) throws -> Tensor)?
}

/// Which tensor arguments an operator is differentiable in, and what each one's derivative needs;
/// worked out once, so that a call does not have to look into the formulas.
struct RecordPlan {
  /// The slots of argument 0, 1, 2; of any argument when `isJoint`.
  private var slots = InlineArray<3, Slots>(repeating: [])
  private var mask: UInt8 = 0
  private var isJoint = false
  /// True when all gradients are zero.
  let isZero: Bool

  init<A>(_ derivative: Derivative<A>) {
    isZero = if case .zero = derivative { true } else { false }
    switch derivative {
    case .of(let partials):
      for (i, partial) in partials.enumerated() where partial.isDifferentiable {
        mask |= 1 << UInt8(i)
        slots[i] = partial.slots
      }
    case .joint(let saved, _):
      isJoint = true
      slots[0] = saved
    case .zero, .refused: isJoint = true
    case .none, .composed: break
    }
  }

  /// What the gradients of all arguments together need.
  var allSlots: Slots { isJoint ? slots[0] : slots[0].union(slots[1]).union(slots[2]) }

  /// True when no call has to be recorded.
  var isEmpty: Bool { mask == 0 && !isJoint }

  /// True when the gradient of tensor argument `index` can be asked for.
  func covers(_ index: Int) -> Bool { isJoint || index < 3 && mask >> UInt8(index) & 1 == 1 }

  /// What the gradient of tensor argument `index` needs.
  func slots(for index: Int) -> Slots { isJoint ? slots[0] : slots[index] }
}
