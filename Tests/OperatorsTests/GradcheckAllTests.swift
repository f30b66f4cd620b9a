import Apus
import Testing

@testable import Autograd
@testable import Operators

/// An operator as the argument of a test.
struct DefinedOperator: Sendable, CustomTestStringConvertible {
  let definition: OperatorDefinition
  var testDescription: String { definition.schema.text }

  static func all(where condition: (Differentiability) -> Bool) -> [DefinedOperator] {
    Ops.definitions.filter { condition($0.differentiability) }.map {
      DefinedOperator(definition: $0)
    }
  }
}

extension OperatorDefinition {
  /// True when some argument is a tensor.
  var takesTensors: Bool { schema.arguments.contains { $0.kind.base == "Tensor" } }

  /// True when there is a derivative.
  var isDifferentiated: Bool { differentiability == .differentiable }
}

@Suite("The derivative of every operator")
struct GradcheckAllTests {
  private static let differentiable = DefinedOperator.all { $0 == .differentiable }
  private static let zero = DefinedOperator.all { $0 == .zero }
  private static let none = DefinedOperator.all { if case .no = $0 { true } else { false } }

  /// Operators that still lack samples here; the recorded ones in Python try most of them.
  private static let withoutSamples: Set<String> = [
    "imag", "linalg_eig", "linalg_eigvals", "linalg_ldl_factor", "linalg_ldl_factor_ex",
    "linalg_ldl_solve", "linalg_lstsq", "linalg_lu_solve", "linalg_matrix_rank", "lu_unpack",
    "scatter.src_reduce", "scatter.value_reduce", "view_as_real",
  ]
  /// The same for samples to differentiate.
  private static let withoutGradients: Set<String> = [
    "argwhere", "imag", "linalg_eig", "linalg_eigvals", "linalg_ldl_factor",
    "linalg_ldl_factor_ex", "linalg_ldl_solve", "linalg_lstsq", "linalg_lu_solve",
    "linalg_matrix_rank", "lu_unpack", "scatter.src_reduce", "scatter.value_reduce",
    "view_as_real",
  ]

  @Test("Every operator that takes tensors has samples")
  func samples() throws {
    #expect(Ops.definitions.count > 130)
    for definition in Ops.definitions where definition.takesTensors {
      let schema = definition.schema
      let name = schema.overload.isEmpty ? schema.name : schema.name + "." + schema.overload
      let cases = try definition.cases()
      #expect(!cases.isEmpty || Self.withoutSamples.contains(name), "\(schema.text)")
      guard definition.isDifferentiated, !Self.withoutGradients.contains(name) else { continue }
      #expect(
        cases.contains { $0.inputs.contains(where: \.requiresGrad) }, "\(definition.schema.text)")
    }
  }

  @Test("The gradient is that of the numbers", arguments: differentiable)
  func first(_ tested: DefinedOperator) throws {
    for example in try tested.definition.cases() where example.isDifferentiable {
      try gradcheck(example.inputs, GradcheckOptions(), example.run)
    }
  }

  @Test("So is the gradient of the gradient", arguments: differentiable)
  func second(_ tested: DefinedOperator) throws {
    for example in try tested.definition.cases() where example.isDifferentiable {
      try gradgradcheck(example.inputs, GradcheckOptions(), example.run)
    }
  }

  @Test("Zero derivatives are zeros, not missing", arguments: zero)
  func zeros(_ tested: DefinedOperator) throws {
    for example in try tested.definition.cases() where example.isDifferentiable {
      for output in try example.run(example.inputs) where output.dtype.isFloatingPoint {
        #expect(output.requiresGrad)
        let wanted = example.inputs.filter(\.requiresGrad)
        let ones = Tensor(try .full(output.shape, 1, output.dtype))
        for gradient in try grad([output], wanted, gradients: [ones], retainGraph: true) {
          #expect(gradient?.elements.allSatisfy { $0.double == 0 } == true)
        }
      }
    }
  }

  @Test("What has no derivative requires none", arguments: none)
  func noDerivative(_ tested: DefinedOperator) throws {
    try check(tested, except: ["embedding_renorm"]) {
      for example in try tested.definition.cases() {
        for input in example.inputs where input.dtype.isFloatingPoint {
          try input.setRequiresGrad(true)
        }
        for output in try example.run(example.inputs) {
          #expect(try !output.requiresGrad && output.isLeaf)
        }
      }
    }
  }

  @Test("Results that are not recorded are the same", arguments: differentiable)
  func withoutRecording(_ tested: DefinedOperator) throws {
    try check(tested, except: Known.watched) {
      for example in try tested.definition.cases() {
        let recorded = try example.run(example.inputs)
        let plain = try noGrad { try example.run(example.inputs) }
        #expect(recorded.count == plain.count)
        for (a, b) in zip(recorded, plain) {
          #expect(a.shape == b.shape && a.dtype == b.dtype)
          #expect(a.elements.map { "\($0)" } == b.elements.map { "\($0)" })
          #expect(try b.gradFunction == nil)
        }
      }
    }
  }
}

extension OperatorCase {
  /// True when there is something to differentiate.
  fileprivate var isDifferentiable: Bool { inputs.contains(where: \.requiresGrad) }
}
