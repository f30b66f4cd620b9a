import Apus
import Testing

@testable import Autograd
@testable import Operators

@Suite("Every operator for all examples at once")
struct BatchingAllTests {
  private static let all = Ops.definitions.filter {
    $0.takesTensors && $0.batchingSource != .dynamic
  }
  .map { DefinedOperator(definition: $0) }
  private static let differentiable = all.filter { $0.definition.isDifferentiated }
  private static let refused = Ops.definitions.filter { $0.batchingSource == .dynamic }
    .map { DefinedOperator(definition: $0) }
  private static let size = Examples.size

  /// Operators that are carried out one example after the other; no more may come to it.
  private static let looped: Set<String> = ["histc", "linalg_ldl_factor_ex", "linalg_ldl_solve"]

  /// The calls to try, with complex results as pairs of their parts, since gradients are asked for of
  /// real ones. How many classes `one_hot` has by itself can't be told by example.
  private func cases(_ tested: DefinedOperator) throws -> [OperatorCase] {
    let cases = try tested.definition.cases().map { example in
      var real = OperatorCase(inputs: example.inputs) { inputs in
        try example.run(inputs).map { $0.dtype.isComplex ? try $0.viewAsReal() : $0 }
      }
      real.runInPlace = example.runInPlace
      return real
    }
    return tested.definition.schema.name == "one_hot" ? Array(cases.dropFirst()) : cases
  }

  private func forEach(
    _ tested: DefinedOperator, _ body: (Examples, _ place: String) throws -> Void
  ) throws {
    // What these make of an example depends on where its elements lie in memory.
    let byMemory: Set = ["as_strided", "as_strided_scatter", "view_as_complex"]
    let orders = byMemory.contains(tested.definition.schema.name) ? [false] : [false, true]
    for (number, example) in try cases(tested).enumerated() {
      for mapped in example.inputs.singlesAndAll
      where !tested.definition.isInPlaceOnly || mapped.contains(0) {
        for isLast in orders {
          ThreadContext.current.warnings = []
          try body(
            try Examples(example, mapped, isLast: isLast),
            "sample \(number), mapped \(mapped.sorted())\(isLast ? " along the last" : "")")
          expectRules()
        }
      }
    }
  }

  /// Nothing that was called went by one example after the other.
  private func expectRules() {
    let warnings = ThreadContext.current.warnings.filter { words in
      !Self.looped.contains { words.contains("aten::\($0).") }
    }
    #expect(warnings == [])
  }

  private func expect(_ found: Tensor, _ expected: [Tensor], _ place: String) throws {
    let expected = try Tensor.stack(expected.map { $0.detach() })
    #expect(found.shape == expected.shape && found.dtype == expected.dtype, "\(place)")
    #expect(
      near(found.doubles, expected.doubles),
      "\(place): \(found.doubles) instead of \(expected.doubles)")
  }

  @Test("The results are those of single calls", arguments: all)
  func results(_ tested: DefinedOperator) throws {
    try check(tested, except: Known.batching) {
      // Memory that nobody has written, or numbers drawn anew.
      let isArbitrary =
        tested.definition.isRandom
        || ["empty_like", "new_empty"].contains(tested.definition.schema.name)
      try forEach(tested) { examples, place in
        let singles = try examples.inputs.map { try examples.example.run($0) }
        let found = try examples.vmap(examples.stacked()) { inputs, _ in
          try examples.example.run(inputs)
        }
        #expect(found.count == singles[0].count, "\(place)")
        for (o, result) in found.enumerated() {
          if isArbitrary {
            #expect(result.shape == singles[0][o].shape.following(Self.size), "\(place)")
          } else {
            try expect(result, singles.map { $0[o] }, "\(place), result \(o)")
          }
        }
      }
    }
  }

  @Test("So are those of examples of examples", arguments: all)
  func nested(_ tested: DefinedOperator) throws {
    try check(tested, except: Known.batching) {
      if tested.definition.isRandom
        || ["empty_like", "new_empty"].contains(tested.definition.schema.name)
      {
        return
      }
      for (number, example) in try cases(tested).enumerated() {
        let (rows, columns) = (2, 3)
        // Rows differ in the first input, columns in all.
        let inputs = try (0..<rows).map { r in
          try (0..<columns).map { c in
            try example.inputs.enumerated().map { i, x in try x.version(i == 0 ? r + c : c) }
          }
        }
        let stacked = try example.inputs.indices.map { i in
          let found = try inputs.map { row in try Tensor.stack(row.map { $0[i] }) }
          return i == 0 ? try Tensor.stack(found) : found[0]
        }
        let dims: [Int?] = stacked.indices.map { $0 == 0 ? 0 : nil }
        let found = try Func.vmap(stacked, inDims: dims) {
          try Func.vmap($0) { try example.run($0) }
        }
        for (o, result) in found.enumerated() {
          let singles = try inputs.map { row in
            try Tensor.stack(row.map { try example.run($0)[o].detach() })
          }
          try expect(result, singles, "sample \(number), result \(o)")
        }
      }
    }
  }

  @Test("So is what is written in place", arguments: all)
  func inPlace(_ tested: DefinedOperator) throws {
    try check(tested, except: Known.batching) {
      if tested.definition.isRandom { return }
      let name = tested.definition.schema.name
      for example in try tested.definition.cases() {
        guard let runInPlace = example.runInPlace else { continue }
        for mapped in example.inputs.singlesAndAll {
          try inPlace(name, Examples(example, mapped), runInPlace)
        }
      }
    }
  }

  private func inPlace(
    _ name: String, _ examples: Examples, _ runInPlace: ([Tensor]) throws -> Tensor
  ) throws {
    // Results of other sizes or dtypes than the first tensor's can't be written into it.
    guard let singles = try? examples.inputs.map({ try runInPlace($0) }) else { return }
    func run() throws -> Tensor {
      try examples.vmap(examples.stacked()) { inputs, _ in [try runInPlace(inputs)] }[0]
    }
    let place = "mapped \(examples.mapped.sorted())"
    if examples.mapped.contains(0) { return try expect(run(), singles, place) }
    #expect(
      failure(run)?.message
        == "vmap: aten::\(name)_(self, *extra_args) is not possible because there exists a Tensor "
        + "`other` in extra_args that has more elements than `self`. This happened due to `other` "
        + "being vmapped over but `self` not being vmapped over in a vmap. Please try to use "
        + "out-of-place operators instead of aten::\(name)_. If said operator is being called "
        + "inside the PyTorch framework, please file a bug report instead.", "\(place)")
  }

  @Test("Gradients flow back through all examples", arguments: differentiable)
  func reverseOverBatch(_ tested: DefinedOperator) throws {
    try check(tested, except: Known.batching) {
      try forEach(tested) { examples, place in
        let (example, wanted) = (examples.example, examples.example.wanted)
        let leaves = try examples.stacked().enumerated().map { i, x in
          try x.leaf(wanted.contains(i))
        }
        let outputs = try examples.vmap(leaves) { inputs, _ in try example.run(inputs) }
        let seeds = try outputs.enumerated().map { o, output in try direction(like: output, o) }
        let recorded = outputs.indices.filter { outputs[$0].requiresGrad }
        if recorded.isEmpty { return }
        let found = try grad(
          recorded.map { outputs[$0] }, wanted.map { leaves[$0] },
          gradients: recorded.map { seeds[$0] }, materialize: true)
        let expected = try gradientsOfSingles(examples, seeds)
        for (k, i) in wanted.enumerated() {
          guard let gradient = found[k] else { continue }
          let place = "\(place), input \(i)"
          if let dim = examples.dim(i) {
            let moved = try Tensor.stack(expected.map { $0[k] }, dim: dim)
            #expect(gradient.shape == moved.shape, "\(place)")
            #expect(near(gradient.doubles, moved.doubles), "\(place): \(gradient) not \(moved)")
          } else {
            let sum = try expected.dropFirst().reduce(expected[0][k]) { try $0 + $1[k] }
            #expect(near(gradient.doubles, sum.doubles), "\(place): \(gradient) not \(sum)")
          }
        }
      }
    }
  }

  private func gradientsOfSingles(_ examples: Examples, _ seeds: [Tensor]) throws -> [[Tensor]] {
    try (0..<Self.size).map { k in
      let leaves = try examples.inputs[k].enumerated().map { i, x in
        try x.leaf(examples.example.inputs[i].requiresGrad)
      }
      let seeds = try seeds.map { try $0.select(dim: 0, index: k) }
      return try examples.example.gradients(leaves, leaves, seeds: seeds) ?? []
    }
  }

  @Test("Each example has gradients and tangents of its own", arguments: differentiable)
  func perExample(_ tested: DefinedOperator) throws {
    try check(tested, except: Known.batching) {
      try forEach(tested) { examples, place in
        let (example, wanted) = (examples.example, examples.example.wanted)
        if wanted.isEmpty { return }
        /// The call as a function of what it is differentiated for.
        func function(_ inputs: [Tensor]) -> TensorFunction {
          { variables in
            var inputs = inputs
            for (variable, i) in zip(variables, wanted) { inputs[i] = variable }
            return try example.run(inputs)
          }
        }
        let shapes = try example.run(examples.inputs[0])
        let seeds = try shapes.enumerated().map { o, output in
          try direction(like: Tensor.zeros(output.shape.following(Self.size), dtype: .float64), o)
        }
        let gradients = try examples.vmap(examples.stacked(), seeds) { inputs, seeds in
          try Func.vjp(wanted.map { inputs[$0] }, function(inputs)).pullback(seeds)
        }
        let expected = try gradientsOfSingles(examples, seeds)
        for k in wanted.indices where !expected[0].isEmpty {
          try expect(gradients[k], expected.map { $0[k] }, "\(place), gradient \(k)")
        }

        let directions = try wanted.map { try direction(like: example.inputs[$0], $0) }
        func tangents(_ inputs: [Tensor]) throws -> [Tensor] {
          try Func.jvp(wanted.map { inputs[$0] }, directions, function(inputs)).tangents
        }
        let found = try examples.vmap(examples.stacked()) { inputs, _ in try tangents(inputs) }
        let singles = try examples.inputs.map(tangents)
        for o in found.indices where shapes[o].dtype.isFloatingPoint {
          try expect(found[o], singles.map { $0[o] }, "\(place), tangent \(o)")
        }

        // Forward over reverse, by example.
        func second(_ inputs: [Tensor], _ seeds: [Tensor]) throws -> [Tensor] {
          try Func.jvp(wanted.map { inputs[$0] }, directions) { variables in
            try Func.vjp(variables, function(inputs)).pullback(seeds)
          }.tangents
        }
        let curvatures = try examples.vmap(examples.stacked(), seeds, second)
        let single = try (0..<Self.size).map { k in
          try second(examples.inputs[k], seeds.map { try $0.select(dim: 0, index: k) })
        }
        for k in curvatures.indices {
          try expect(curvatures[k], single.map { $0[k] }, "\(place), curvature \(k)")
        }
      }
    }
  }

  @Test("Several gradients of one call at once, and of its derivative", arguments: differentiable)
  func batchOverReverse(_ tested: DefinedOperator) throws {
    try check(tested, except: Known.batching) {
      for (number, example) in try cases(tested).enumerated() {
        ThreadContext.current.warnings = []
        let leaves = try example.leaves()
        let outputs = try example.run(leaves)
        let recorded = outputs.indices.filter { outputs[$0].requiresGrad }
        if recorded.isEmpty { continue }
        let wanted = example.wanted.map { leaves[$0] }
        func gradients(_ seeds: [Tensor]) throws -> [Tensor] {
          try grad(
            recorded.map { outputs[$0] }, wanted, gradients: seeds, retainGraph: true,
            materialize: true
          ).compactMap(\.self)
        }
        let seeds = try recorded.map { o in
          try direction(
            like: Tensor.zeros(outputs[o].shape.following(Self.size), dtype: .float64), o)
        }
        func seed(_ k: Int) throws -> [Tensor] { try seeds.map { try $0.select(dim: 0, index: k) } }
        let found = try Func.vmap(seeds) { try gradients($0) }
        let expected = try (0..<Self.size).map { try gradients(seed($0)) }
        for k in found.indices {
          try expect(found[k], expected.map { $0[k] }, "sample \(number), gradient \(k)")
        }
        // Once more, through the graph of the gradients.
        let variables = try seed(0).map { try $0.leaf() }
        let transposed = try grad(
          recorded.map { outputs[$0] }, wanted, gradients: variables, createGraph: true,
          allowUnused: true
        ).compactMap(\.self).filter(\.requiresGrad)
        if transposed.isEmpty { continue }
        func products(_ vectors: [Tensor]) throws -> [Tensor] {
          try grad(
            transposed, variables, gradients: vectors, retainGraph: true, materialize: true
          ).compactMap(\.self)
        }
        let vectors = try transposed.enumerated().map { i, x in
          try direction(like: Tensor.zeros(x.shape.following(Self.size), dtype: .float64), i)
        }
        let twice = try Func.vmap(vectors) { try products($0) }
        let singles = try (0..<Self.size).map { k in
          try products(vectors.map { try $0.select(dim: 0, index: k) })
        }
        for k in twice.indices {
          try expect(twice[k], singles.map { $0[k] }, "sample \(number), second order \(k)")
        }
        expectRules()
      }
    }
  }

  @Test("Results whose shape depends on elements are refused", arguments: refused)
  func refuses(_ tested: DefinedOperator) throws {
    try check(tested, except: Known.batching) {
      for example in try tested.definition.cases() {
        let examples = try Examples(example, [0])
        #expect(
          failure {
            try examples.vmap(examples.stacked()) { inputs, _ in try example.run(inputs) }[0]
          }?.message
            == "vmap: We do not support batching operators that can output dynamic shape. Attempted to "
            + "vmap over aten::\(tested.definition.schema.name). Please file an issue at "
            + "https://github.com/pytorch/pytorch/issues if you need this feature.")
      }
    }
  }

  @Test("No operator falls back on one example after the other")
  func stated() {
    let found = Ops.definitions.filter { $0.batchingSource == .loop }.map(\.schema.name)
    #expect(Set(found).subtracting(Self.looped) == [])
  }

  @Test("The fallback gives the results of single calls, and says so once")
  func fallback() throws {
    let cube = Operator<Void>(
      "_cube(Tensor self) -> Tensor", "x^3", forward: .one { x, _, _ in try x.power(3) },
      derivative: .of(.saving(.x) { g, c in try g * (3 * c.x * c.x) }), samples: [])
    let x = try Tensor.leaf([1, 2, 3])
    ThreadContext.current.warnings = []
    let y = try Func.vmap([x]) { [try cube(cube($0[0], ()), ())] }
    #expect(y[0].doubles == [1, 512, 19683])
    #expect(
      ThreadContext.current.warnings == [
        "There is a performance drop because we have not yet implemented the batching rule for "
          + "aten::_cube. Please file us an issue on GitHub so that we can prioritize its "
          + "implementation."
      ])
    ThreadContext.current.warnings = []
    #expect(try grad([y[0].sum()], [x])[0]?.doubles == [9, 2304, 59049])
    // By two backward passes, in the direction 1: 9 x^8.
    let tangents = try Func.jvp([x.detach()], [Tensor.ones([3], dtype: .float64)]) {
      [try cube(cube($0[0], ()), ())]
    }.tangents
    #expect(tangents[0].doubles == [9, 2304, 59049])
  }
}
