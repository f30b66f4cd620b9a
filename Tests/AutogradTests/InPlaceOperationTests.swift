import Apus
import Testing

@testable import Autograd
@testable import Operators

/// PyTorch saves a copy where an operation in place needs what it overwrites.
@Suite("Operations in place on a tensor within a graph")
struct InPlaceOperationTests {
  static let changes: [(name: String, change: @Sendable (Tensor) throws -> Void)] = [
    ("exp_", { try $0.exp_() }), ("sigmoid_", { try $0.sigmoid_() }),
    ("tanh_", { try $0.tanh_() }), ("relu_", { try $0.relu_() }), ("sqrt_", { try $0.sqrt_() }),
    ("mul_", { try $0.mul_(3) }), ("add_", { try $0.add_(3) }),
    ("pow_", { try $0.pow_(2) }), ("sin_", { try $0.sin_() }), ("log_", { try $0.log_() }),
    ("abs_", { try $0.abs_() }), ("clamp_", { try $0.clamp_(min: 0.6) }),
    ("neg_", { try $0.neg_() }), ("zero_", { try $0.zero_() }), ("fill_", { try $0.fill_(2) }),
    ("div_", { try $0.div_(tensor([2, 4], nil, .float64)) }),
    ("copy_", { try $0.copy_(tensor([2, 4], nil, .float64)) }),
    ("square_", { try $0.square_() }), ("reciprocal_", { try $0.reciprocal_() }),
    ("floor_", { try $0.floor_() }),
  ]

  @Test("They work, and the gradient is that of the differences", arguments: changes.indices)
  func works(_ index: Int) throws {
    let change = Self.changes[index].change
    try gradcheck([leaf([0.5, 1.7], nil, .float64)]) { inputs in
      let y = try inputs[0] * 1
      try change(y)
      return [try y * 1]
    }
  }

  @Test("On a view of it too", arguments: changes.indices)
  func views(_ index: Int) throws {
    let change = Self.changes[index].change
    try gradcheck([leaf([0.5, 1.7, 0.8], nil, .float64)]) { inputs in
      let y = try inputs[0] * 1
      try change(y.slice(end: 2))
      return [try y * 1]
    }
  }

  @Test("A product with itself does not")
  func itself() throws {
    let y = try leaf([1, 2]) * 2
    try y.mul_(y)
    #expect(
      words { try y.sum().backward() } == Words.changed("torch.FloatTensor [2]", by: "0 of Mul"))
  }

  @Test("An operand that overlaps itself without a stride of zero is not noticed")
  func overlappingStrides() throws {
    let x = try tensor([1, 2, 3])
    try x.asStrided([2, 2], stride: [1, 1]).fill_(5)
    #expect(x.numbers == [5, 5, 5])
  }
}
