import Apus
import Testing

@testable import Autograd
@testable import Operators

/// Every operator with the samples' tensors made complex, where it takes them.
@Suite("The derivatives of every operator in complex numbers")
struct ComplexAllTests {
  private static let tested = DefinedOperator.all { $0 == .differentiable }

  /// The sample with an imaginary part for every tensor that is differentiated; nil where the
  /// operator refuses complex numbers.
  private static func complex(_ example: OperatorCase) throws -> OperatorCase? {
    let inputs = try example.inputs.map { input in
      guard input.requiresGrad else { return input }
      let real = input.detach()
      return try real.complex(0.37 * real + 0.21).leaf()
    }
    guard (try? example.run(inputs)) != nil else { return nil }
    return OperatorCase(inputs: inputs, run: example.run)
  }

  @Test("Reverse and forward mode give the slopes of both parts", arguments: tested)
  func first(_ tested: DefinedOperator) throws {
    try check(tested, except: Known.complex) {
      var options = GradcheckOptions()
      options.checksForwardMode = true
      for example in try tested.definition.cases() {
        guard example.inputs.contains(where: \.requiresGrad),
          let example = try Self.complex(example)
        else { continue }
        try gradcheck(example.inputs, options, example.run)
      }
    }
  }

  @Test("So do the gradients of gradients", arguments: tested)
  func second(_ tested: DefinedOperator) throws {
    try check(tested, except: Known.complex) {
      for example in try tested.definition.cases() {
        guard example.inputs.contains(where: \.requiresGrad),
          let example = try Self.complex(example)
        else { continue }
        try gradgradcheck(example.inputs, GradcheckOptions(), example.run)
      }
    }
  }
}
