import Apus
import Synchronization
import Testing

@testable import Arrays
@testable import Autograd
@testable import Operators

@Suite("gradcheck")
struct GradcheckTests {
  /// The square, with a derivative that is three times what came in whatever the argument.
  private static let wrongSquare = Operator<Void>(
    "wrong_square(Tensor self) -> Tensor", "The square.",
    forward: .one { x, _, _ in try x.binary(.mul, x) },
    derivative: .of(.linear { gradient, _ in try gradient * 3 }), samples: [])

  @Test("It finds a wrong derivative and shows both Jacobians")
  func wrong() throws {
    let x = try leaf([1, 1], nil, .float64)
    #expect(
      words { try gradcheck([x]) { [try Self.wrongSquare($0[0], ())] } }
        == """
        Jacobian mismatch for output 0 with respect to input 0,
        numerical:tensor([[2.0000, 0.0000],
                [0.0000, 2.0000]], dtype=torch.float64)
        analytical:tensor([[3., 0.],
                [0., 3.]], dtype=torch.float64)

        """)
    #expect(x.numbers == [1, 1])
    #expect(x.grad == nil)
  }

  @Test("It names the output and the input")
  func position() throws {
    let x = try leaf([1], nil, .float64)
    let plain = try tensor([1], nil, .float64)
    let other = try leaf([2], nil, .float64)
    let message = words {
      try gradcheck([x, plain, other]) { [try $0[0] * $0[2], try Self.wrongSquare($0[2], ())] }
    }
    #expect(message.hasPrefix("Jacobian mismatch for output 1 with respect to input 2,\n"))
  }

  @Test("A derivative that is right only to first order")
  func secondOrder() throws {
    // The derivative is computed on numbers, so that its own derivative is lost.
    let detached = Operator<Void>(
      "detached_square(Tensor self) -> Tensor", "The square.",
      forward: .one { x, _, _ in try x.binary(.mul, x) },
      derivative: .of(.saving(.x) { gradient, c in try gradient * (c.x.detach() * 2) }),
      samples: [])
    let x = try leaf([1, 2], nil, .float64)
    try gradcheck([x]) { [try detached($0[0], ())] }
    #expect(
      words { try gradgradcheck([x]) { [try detached($0[0], ())] } }
        .hasPrefix("Jacobian mismatch for output 0 with respect to input 0,"))
  }

  @Test("A derivative that is missing")
  func missing() throws {
    let x = try leaf([1, 2], nil, .float64)
    #expect(
      words { try gradcheck([x]) { [try $0[0].detach() * 2] } }
        == "Numerical gradient for function expected to be zero")
  }

  @Test("Right derivatives pass, integers among the outputs included")
  func right() throws {
    let x = try leaf([0.3, -1.2, 0.7, 2], [2, 2], .float64)
    let function: ([Tensor]) throws -> [Tensor] = { inputs in
      let x = inputs[0]
      return [try x.sin() * x, try x.sum(), try x.to(dtype: .int64), try x.t().exp()]
    }
    try gradcheck([x], GradcheckOptions(), function)
    try gradgradcheck([x], GradcheckOptions(), function)
    let empty = try leaf([], [0, 2], .float64)
    try gradcheck([empty]) { [try $0[0] * 2] }
    try gradgradcheck([empty]) { [try $0[0] * $0[0]] }
  }

  @Test("Inputs it has no use for")
  func inputs() throws {
    #expect(
      words { try gradcheck([tensor([1], nil, .float64)]) { $0 } }
        == "gradcheck expects at least one input tensor to require gradient, but none of them "
        + "have requires_grad=True.")
    let expanded = try tensor([1], nil, .float64).expand([3]).detach()
    try expanded.setRequiresGrad(true)
    #expect(
      words { try gradcheck([leaf([1], nil, .float64), expanded]) { [try $0[0] * $0[1]] } }
        == "The 1th input has a dimension with stride 0. gradcheck only supports inputs that are "
        + "non-overlapping to be able to compute the numerical gradients correctly. You should "
        + "call .contiguous on the input before passing it to gradcheck.")
  }

  @Test("A pass that gives other numbers each time")
  func nondeterminism() throws {
    let runs = Mutex(0)
    let noisy = Operator<Void>(
      "noisy(Tensor self) -> Tensor", "The identity.",
      forward: .one { x, _, _ in try x.copied() },
      derivative: .of(
        .linear { gradient, _ in
          let noise = runs.withLock { runs in
            runs += 1
            return 1e-9 * Double(runs)
          }
          return try gradient * .double(1 + noise)
        }), samples: [])
    let x = try leaf([1, 2], nil, .float64)
    #expect(
      words { try gradcheck([x]) { [try noisy($0[0], ())] } }
        .hasPrefix(
          "Backward is not reentrant, i.e., running backward with same input and grad_output "
            + "multiple times gives different values, although analytical gradient matches "
            + "numerical gradient.The tolerance for nondeterminism was 0.0."))
    var options = GradcheckOptions()
    options.nondeterminism = 1e-6
    try gradcheck([x], options) { [try noisy($0[0], ())] }
  }

  @Test("The tolerances are the caller's")
  func tolerances() throws {
    let x = try leaf([1, 1], nil, .float64)
    var options = GradcheckOptions()
    options.absolute = 1.5
    try gradcheck([x], options) { [try Self.wrongSquare($0[0], ())] }
  }

  @Test("Views, transposed inputs and inputs that were computed")
  func layouts() throws {
    let base = try leaf([1, 2, 3, 4, 5, 6], [2, 3], .float64)
    for x in [try base.t(), try base.slice(dim: 1, step: 2), try base * 2] {
      try gradcheck([x]) { [try $0[0] * $0[0]] }
    }
    #expect(base.numbers == [1, 2, 3, 4, 5, 6])
  }
}
