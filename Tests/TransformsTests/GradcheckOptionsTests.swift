import Apus
import Testing

@testable import Arrays
@testable import Autograd
@testable import Operators
@testable import Transforms

@Suite("gradcheck's options")
struct GradcheckOptionsTests {
  /// The square with other derivatives than its own.
  private static func square(
    derivative: Derivative<Void>, tangent: TangentRule<Void> = .derived,
    batching: Batching<Void> = .elementwise
  ) -> Operator<Void> {
    Operator(
      "odd_square(Tensor self) -> Tensor", "The square.",
      forward: .one { x, _, _ in try x.binary(.mul, x) }, derivative: derivative, tangent: tangent,
      batching: batching, samples: [])
  }

  private static let right = Derivative<Void>.of(.saving(.x) { g, c in try g * (2 * c.x) })

  private func variable(_ numbers: [Double]) throws -> Tensor {
    let x = try tensor(numbers)
    try x.setRequiresGrad(true)
    return x
  }

  private func options(_ change: (inout GradcheckOptions) -> Void) -> GradcheckOptions {
    var options = GradcheckOptions()
    change(&options)
    return options
  }

  @Test("All at once on a right derivative")
  func all() throws {
    let every = options {
      $0.checksForwardMode = true
      $0.checksBatchedGradients = true
      $0.checksBatchedForwardGradients = true
      $0.checksDTypes = true
    }
    let op = Self.square(derivative: Self.right)
    try gradcheck([variable([1, 2, -3])], every) { [try op($0[0], ()), try $0[0].sin()] }
    try gradgradcheck([variable([1, 2, -3])], every) { [try op($0[0], ()), try $0[0].sin()] }
    var fast = every
    fast.isFast = true
    try gradcheck([variable([1, 2, -3])], fast) { [try op($0[0], ())] }
    try gradgradcheck([variable([1, 2, -3])], fast) { [try op($0[0], ())] }
  }

  @Test("A wrong tangent is found, and named")
  func wrongTangent() throws {
    let op = Self.square(
      derivative: Self.right, tangent: .formula { c, _ in [try 3 * c.filledTangent(0)] })
    let x = try variable([1, 1])
    try gradcheck([x]) { [try op($0[0], ())] }
    #expect(
      words { try gradcheck([x], options { $0.checksForwardMode = true }) { [try op($0[0], ())] } }
        == """
        Jacobian computed with forward mode mismatch for output 0 with respect to input 0,
        numerical:tensor([[2.0000, 0.0000],
                [0.0000, 2.0000]], dtype=torch.float64)
        analytical:tensor([[3., 0.],
                [0., 3.]], dtype=torch.float64)

        """)
  }

  @Test("Fast mode finds a wrong derivative and shows what slow mode sees")
  func fast() throws {
    let op = Self.square(derivative: .of(.linear { g, _ in try g * 3 }))
    let message = words {
      try gradcheck([variable([1])], options { $0.isFast = true }) { [try op($0[0], ())] }
    }
    let expected = [
      "Jacobian mismatch for output 0 with respect to input 0,",
      "numerical:tensor(2.0000, dtype=torch.float64)",
      "analytical:tensor(3., dtype=torch.float64)",
      "",
      "The above quantities relating the numerical and analytical jacobians are computed ",
      "in fast mode. See: https://github.com/pytorch/pytorch/issues/53876 for more background ",
      "about fast mode. Below, we recompute numerical and analytical jacobians in slow mode:",
      "",
      "Numerical:", " tensor([[2.0000]], dtype=torch.float64)",
      "Analytical:", "tensor([[3.]], dtype=torch.float64)",
      "",
      "The max per-element difference (slow mode) is: ",
    ]
    #expect(message.hasPrefix(expected.joined(separator: "\n")))
  }

  @Test("A backward pass that is not proportional, and one that minds missing gradients")
  func proportionality() throws {
    let affine = Self.square(
      derivative: .of(.saving(.x) { g, c in try g * 2 * c.x + .double(0.25) * (1 - g) }))
    #expect(
      words { try gradcheck([variable([2])]) { [try affine($0[0], ())] } }
        == "backward not multiplied by grad_output")
  }

  @Test("A backward pass that does not work for several at once")
  func batched() throws {
    let op = Self.square(
      derivative: .of(
        .saving(.x) { g, c in
          // Looks at numbers of one example.
          try g * 2 * c.x * (g.item().double > -100 ? 1 : 0)
        }))
    let x = try variable([2])
    try gradcheck([x]) { [try op($0[0], ())] }
    let message = words {
      try gradcheck([x], options { $0.checksBatchedGradients = true }) { [try op($0[0], ())] }
    }
    #expect(message.hasPrefix("While computing batched gradients, got: vmap: It looks like you're"))
    #expect(message.hasSuffix(GradcheckAdvice.batched))
  }

  @Test("Contradictory options")
  func contradictions() throws {
    let x = try variable([1])
    #expect(
      words {
        try gradcheck([x], options { $0.checksBatchedForwardGradients = true }) {
          [try $0[0].sin()]
        }
      } == "Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    #expect(
      words { try gradcheck([x], options { $0.checksBackwardMode = false }) { [try $0[0].sin()] } }
        == "Expected at least one of check_forward_ad or check_backward_ad to be True")
  }

  @Test("Outputs that can't be differentiated must be constant")
  func constant() throws {
    let x = try variable([1.5])
    try gradcheck([x]) { [try $0[0].detach() * 0] }
    #expect(
      words { try gradcheck([x]) { [$0[0].detach()] } }
        == "Numerical gradient for function expected to be zero")
  }
}
