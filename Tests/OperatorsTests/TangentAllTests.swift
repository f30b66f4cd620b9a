import Apus
import Testing

@testable import Autograd
@testable import Operators

@Suite("The tangents of every operator")
struct TangentAllTests {
  /// Numbers that are drawn anew have no differences.
  private static let tested = DefinedOperator.all { $0 == .differentiable || $0 == .zero }
    .filter { !$0.definition.isRandom || $0.definition.isDifferentiated }
  private static let differentiable = DefinedOperator.all { $0 == .differentiable }
  private static let refused = DefinedOperator.all { $0 == .refused }
  private static let step = 1e-6

  /// The results a step of the size `step` away.
  private func moved(
    _ example: OperatorCase, _ inputs: [Tensor], _ directions: [Int: Tensor], _ step: Double
  ) throws -> [Tensor] {
    try example.run(
      inputs.enumerated().map { i, x in
        try directions[i].map { try x + $0 * .double(step) } ?? x
      })
  }

  /// Central differences.
  private func slopes(_ up: Tensor, _ down: Tensor) -> [Double] {
    zip(up.doubles, down.doubles).map { ($0 - $1) / (2 * Self.step) }
  }

  /// Rows of the Jacobian, from one backward pass each, times the directions.
  private func productsOfRows(
    _ example: OperatorCase, _ directions: [Int: Tensor]
  ) throws -> [[Double]] {
    let leaves = try example.leaves()
    return try example.run(leaves).map { output in
      guard output.requiresGrad else { return Array(repeating: 0, count: output.count) }
      return try (0..<output.count).map { k in
        let seed = Tensor(try .full(output.shape, 0, output.dtype))
        Scalar.double(1).store(to: seed.data + k * seed.dtype.size, as: seed.dtype)
        let order = Array(directions.keys)
        let rows = try grad(
          [output], order.map { leaves[$0] }, gradients: [seed], retainGraph: true,
          materialize: true)
        return zip(order, rows).reduce(0.0) { sum, pair in
          let numbers = zip(pair.1?.doubles ?? [], directions[pair.0]?.doubles ?? [])
          return sum + numbers.reduce(0.0) { $0 + $1.0 * $1.1 }
        }
      }
    }
  }

  @Test("They are the slopes in their direction, by differences and by rows", arguments: tested)
  func tangents(_ tested: DefinedOperator) throws {
    for (number, example) in try tested.definition.cases().enumerated() {
      let inputs = example.inputs.map { $0.detach() }
      for chosen in example.wanted.singlesAndAll.map({ $0.map { example.wanted[$0] } }) {
        let directions = Dictionary(
          uniqueKeysWithValues: try chosen.map { ($0, try direction(like: inputs[$0], $0)) })
        let tangents = try withDualLevel {
          let duals = try inputs.enumerated().map { i, x in
            try directions[i].map { try ForwardMode.makeDual(x, $0) } ?? x
          }
          return try example.run(duals).map { output in
            if let tangent = output.tangent { #expect(tangent.shape == output.shape) }
            return output.tangent?.doubles ?? Array(repeating: 0, count: output.count)
          }
        }
        let up = try moved(example, inputs, directions, Self.step)
        let down = try moved(example, inputs, directions, -Self.step)
        let products = try productsOfRows(example, directions)
        for (o, output) in up.enumerated() where output.dtype.isFloatingPoint {
          let place = "sample \(number), tangents of \(chosen.sorted()), result \(o)"
          let expected = slopes(output, down[o])
          #expect(
            near(tangents[o], expected, relative: 1e-4, absolute: 1e-5),
            "\(place): \(tangents[o]) instead of \(expected)")
          // The mean of nothing has no rows, but is nan all the same.
          if expected.contains(where: \.isNaN) { continue }
          #expect(near(tangents[o], products[o]), "\(place): not \(products[o])")
        }
      }
    }
  }

  @Test("Those of gradients are second derivatives", arguments: differentiable)
  func forwardOverReverse(_ tested: DefinedOperator) throws {
    for (number, example) in try tested.definition.cases().enumerated() {
      let directions = try example.inputs.enumerated().map { i, x in
        x.requiresGrad ? try direction(like: x, i) : nil
      }
      func gradients(_ step: Double) throws -> [Tensor]? {
        let leaves = try example.inputs.enumerated().map { i, x in
          try directions[i].map { try (x.detach() + $0 * .double(step)).leaf() } ?? x.detach()
        }
        return try example.gradients(leaves, leaves)
      }
      guard let up = try gradients(Self.step), let down = try gradients(-Self.step) else {
        continue
      }
      let found = try withDualLevel { () -> [[Double]] in
        let leaves = try example.leaves()
        let duals = try leaves.enumerated().map { i, x in
          try directions[i].map { try ForwardMode.makeDual(x, $0) } ?? x
        }
        return try (example.gradients(duals, leaves) ?? []).map {
          $0.tangent?.doubles ?? Array(repeating: 0, count: $0.count)
        }
      }
      for (k, expected) in zip(up, down).map({ slopes($0, $1) }).enumerated() {
        #expect(
          near(found[k], expected, relative: 1e-4, absolute: 1e-5),
          "sample \(number), gradient \(k): \(found[k]) instead of \(expected)")
      }
    }
  }

  @Test("A tensor changed in place has that of the result", arguments: tested)
  func inPlace(_ tested: DefinedOperator) throws {
    for (number, example) in try tested.definition.cases().enumerated() {
      guard let runInPlace = example.runInPlace else { continue }
      try withDualLevel {
        let duals = try example.inputs.enumerated().map { i, x in
          x.requiresGrad ? try ForwardMode.makeDual(x.detach(), direction(like: x, i)) : x
        }
        let result = try example.run(duals)[0]
        guard result.shape == duals[0].shape, let expected = result.tangent else { return }
        let before = duals.map { $0.tangent?.doubles ?? [] }
        let changed = try runInPlace(duals)
        #expect(changed.doubles == result.doubles, "sample \(number)")
        #expect(changed.tangent?.doubles == expected.doubles, "sample \(number)")
        // Written over, it leaves those of the arguments as they were.
        _ = try changed.mul_(3)
        #expect(duals.map { $0.tangent?.doubles ?? [] } == before, "sample \(number)")
      }
    }
  }

  @Test(
    "Writing over a result's tangent leaves those of the arguments as they were", arguments: tested)
  func separate(_ tested: DefinedOperator) throws {
    for (number, example) in try tested.definition.cases().enumerated() {
      try withDualLevel {
        let duals = try example.inputs.enumerated().map { i, x in
          x.requiresGrad ? try ForwardMode.makeDual(x.detach(), direction(like: x, i)) : x
        }
        let before = duals.map { $0.tangent?.doubles ?? [] }
        for result in try example.run(duals)
        where result.dtype.isFloatingPoint && !result.isView
          && !duals.contains(where: { $0 === result || $0.data == result.data })
        {
          _ = try result.mul_(3)
        }
        #expect(duals.map { $0.tangent?.doubles ?? [] } == before, "sample \(number)")
      }
    }
  }

  @Test("What has no derivative refuses tangents", arguments: refused)
  func refuses(_ tested: DefinedOperator) throws {
    try check(tested, except: ["unique", "unique_dim", "unique_consecutive"]) {
      for example in try tested.definition.cases() {
        try withDualLevel {
          let x = example.inputs[0].detach()
          let dual = try ForwardMode.makeDual(x, direction(like: x))
          let name = tested.definition.schema.name
          #expect(
            failure { try example.run([dual] + example.inputs.dropFirst())[0] }?.message
              == "Trying to use forward AD with \(name) that does not support it because it has not "
              + "been implemented yet.\nPlease file an issue to PyTorch at "
              + "https://github.com/pytorch/pytorch/issues/new?template=feature-request.yml so that "
              + "we can prioritize its implementation.\nNote that forward AD support for some "
              + "operators require PyTorch to be built with TorchScript and for JIT to be enabled. If "
              + "the environment var PYTORCH_JIT=0 is set or if the library is not built with "
              + "TorchScript, some operators may no longer be used with forward AD.")
        }
      }
    }
  }

  /// Operators without a rule of their own; none may come to it.
  private static let derived: Set<String> = [
    "linalg_lu_solve(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False) "
      + "-> Tensor"
  ]

  @Test("No operator falls back on two backward passes")
  func stated() {
    let found = Ops.definitions.filter { $0.tangentSource == .derived }.map(\.schema.text)
    #expect(Set(found).subtracting(Self.derived) == [])
  }
}
