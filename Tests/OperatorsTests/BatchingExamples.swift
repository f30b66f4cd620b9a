import Apus

@testable import Autograd
@testable import Operators

/// A call for several examples: the inputs of each, and which differ.
struct Examples {
  /// How many there are.
  static let size = 3

  let example: OperatorCase
  let mapped: Set<Int>
  /// By example, then by input.
  let inputs: [[Tensor]]
  /// Whether the last dimension counts the examples, and not the first.
  let isLast: Bool

  init(_ example: OperatorCase, _ mapped: Set<Int>, isLast: Bool = false) throws {
    self.example = example
    self.mapped = mapped
    self.isLast = isLast
    inputs = try (0..<Self.size).map { k in
      try example.inputs.enumerated().map { i, x in try x.version(mapped.contains(i) ? k : 0) }
    }
  }

  func dim(_ i: Int) -> Int? { mapped.contains(i) ? isLast ? inputs[0][i].rank : 0 : nil }
  var dims: [Int?] { inputs[0].indices.map(dim) }

  /// The inputs of all examples, stacked where they differ.
  func stacked() throws -> [Tensor] {
    try inputs[0].indices.map { i in
      try dim(i).map { d in try Tensor.stack(inputs.map { $0[i] }, dim: d) } ?? inputs[0][i]
    }
  }

  func vmap(
    _ inputs: [Tensor], _ extra: [Tensor] = [],
    _ function: ([Tensor], [Tensor]) throws -> [Tensor]
  ) throws -> [Tensor] {
    let count = inputs.count
    return try Func.vmap(
      inputs + extra, inDims: dims + extra.map { _ in 0 }, randomness: .same
    ) { try function(Array($0[..<count]), Array($0[count...])) }
  }
}
