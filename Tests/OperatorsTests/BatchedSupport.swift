import Apus
import Arrays
import Elements
import Testing

@testable import Autograd
@testable import Operators

/// Three examples of a shape whose numbers lie apart from each other, along the first dimension.
func examples(_ shape: Dims, _ seed: Int = 0) throws -> Tensor {
  try direction(like: Tensor.zeros(shape.following(3), dtype: .float64), seed) * 2
}

/// Integers in a shape.
func integers(_ values: [Scalar], _ shape: Dims) throws -> Tensor { try .of(values, .int64, shape) }

/// A call for all examples compared with calls for one at a time: results, gradients, and tangents,
/// which are compared with differences.
struct BatchedCall {
  /// With a first dimension that counts the examples.
  let inputs: [Tensor]
  let mapped: Set<Int>
  let function: ([Tensor]) throws -> [Tensor]
  private static let count = 3

  private var place: Comment { "mapped: \(mapped.sorted())" }
  private var arguments: [Tensor] {
    get throws {
      try inputs.enumerated().map { i, x in
        mapped.contains(i) ? x : try x.select(dim: 0, index: 0).clone()
      }
    }
  }
  private var dims: [Int?] { inputs.indices.map { mapped.contains($0) ? 0 : nil } }
  private var wanted: [Int] { inputs.indices.filter { inputs[$0].dtype.isFloatingPoint } }

  private func example(_ k: Int, of arguments: [Tensor]) throws -> [Tensor] {
    try arguments.enumerated().map { i, x in
      mapped.contains(i) ? try x.select(dim: 0, index: k).clone() : x
    }
  }

  private func expect(_ found: Tensor, _ expected: Tensor, _ what: String, isRough: Bool = false) {
    #expect(found.shape == expected.shape && found.dtype == expected.dtype, "\(what), \(place)")
    #expect(
      near(
        found.doubles, expected.doubles, relative: isRough ? 1e-5 : 1e-10,
        absolute: isRough ? 1e-6 : 1e-10), "\(what), \(place)")
  }

  func check() throws {
    ThreadContext.current.warnings = []
    let arguments = try arguments
    let singles = try (0..<Self.count).map { try function(example($0, of: arguments)) }
    let found = try Func.vmap(arguments, inDims: dims, function)
    #expect(found.count == singles[0].count)
    for (o, result) in found.enumerated() {
      expect(result, try .stack(singles.map { $0[o] }), "result \(o)")
    }
    if !wanted.isEmpty {
      try checkGradients(arguments, found)
      try checkTangents(arguments)
    }
    #expect(ThreadContext.current.warnings == [], "\(place)")
  }

  /// The function of the inputs to differentiate.
  private func partial(
    _ arguments: [Tensor], _ function: @escaping ([Tensor]) throws -> [Tensor]
  ) -> TensorFunction {
    { variables in
      var arguments = arguments
      for (variable, i) in zip(variables, wanted) { arguments[i] = variable }
      return try function(arguments)
    }
  }

  private func checkGradients(_ arguments: [Tensor], _ results: [Tensor]) throws {
    let seeds = try results.enumerated().map { try direction(like: $1, $0) }
    let singles = try (0..<Self.count).map { k in
      let inputs = try example(k, of: arguments)
      return try Func.vjp(wanted.map { inputs[$0] }, partial(inputs, function))
        .pullback(seeds.map { try $0.select(dim: 0, index: k) })
    }
    let through = try Func.vjp(
      wanted.map { arguments[$0] },
      partial(arguments) { try Func.vmap($0, inDims: dims, function) }
    ).pullback(seeds)
    let within = try Func.vmap(arguments + seeds, inDims: dims + seeds.map { _ in 0 }) { all in
      let inputs = Array(all[..<arguments.count])
      return try Func.vjp(wanted.map { inputs[$0] }, partial(inputs, function))
        .pullback(Array(all[arguments.count...]))
    }
    for (n, i) in wanted.enumerated() {
      let stacked = try Tensor.stack(singles.map { $0[n] })
      expect(within[n], stacked, "gradient of \(i) by example")
      expect(
        through[n], mapped.contains(i) ? stacked : try stacked.sum(dim: [0]), "gradient of \(i)")
    }
  }

  private func checkTangents(_ arguments: [Tensor]) throws {
    let step = 1e-6
    let directions = try wanted.map { try direction(like: arguments[$0], $0) }
    func slopes(_ sign: Double) throws -> [Tensor] {
      var moved = arguments
      for (n, i) in wanted.enumerated() {
        moved[i] = try moved[i] + directions[n] * .double(sign * step)
      }
      let singles = try (0..<Self.count).map { try function(example($0, of: moved)) }
      return try singles[0].indices.map { o in try .stack(singles.map { $0[o] }) }
    }
    let expected = try zip(slopes(1), slopes(-1)).map { try ($0 - $1) * .double(0.5 / step) }
    let through = try Func.jvp(
      wanted.map { arguments[$0] }, directions,
      partial(arguments) { try Func.vmap($0, inDims: dims, function) }
    ).tangents
    let within = try Func.vmap(
      arguments + directions, inDims: dims + wanted.map { mapped.contains($0) ? 0 : nil }
    ) { all in
      let inputs = Array(all[..<arguments.count])
      return try Func.jvp(
        wanted.map { inputs[$0] }, Array(all[arguments.count...]), partial(inputs, function)
      ).tangents
    }
    for o in expected.indices {
      expect(through[o], expected[o], "tangent \(o)", isRough: true)
      expect(within[o], expected[o], "tangent \(o) by example", isRough: true)
    }
  }
}

/// Checks a call with each choice of inputs that differ between the examples.
///
/// - Parameter always: inputs that differ in any case.
func checkBatched(
  _ inputs: [Tensor], always: Set<Int> = [], _ function: @escaping ([Tensor]) throws -> [Tensor]
) throws {
  for choice in 1..<(1 << inputs.count) {
    let mapped = Set(inputs.indices.filter { choice >> $0 & 1 == 1 })
    if !always.isSubset(of: mapped) { continue }
    try BatchedCall(inputs: inputs, mapped: mapped, function: function).check()
  }
}

/// What a call for three examples says when it fails.
func batchedFailure(
  _ inputs: [Tensor], _ dims: [Int?]? = nil, _ function: ([Tensor]) throws -> Tensor
) -> String? {
  failure { try Func.vmap(inputs, inDims: dims) { [try function($0)] }[0] }?.message
}
