import Arrays
import Autograd
import Elements
import Operators

// What a backward pass must do besides being right: be proportional to what comes in, bear missing
// gradients, and work for many at once.

extension Gradcheck {
  private var wanted: [Tensor] { differentiable.map { inputs[$0] } }

  /// The gradient of zero is zero, and has the input's size and dtype.
  func checkProportionality(_ recorded: [Int]) throws {
    let outputs = try function(inputs)
    let zeros = try recorded.map { try Tensor.zeros(outputs[$0].shape, dtype: outputs[$0].dtype) }
    let gradients = try grad(
      recorded.map { outputs[$0] }, wanted, gradients: zeros, allowUnused: true)
    for (gradient, input) in zip(gradients, wanted) {
      guard let gradient else { continue }
      if !gradient.doubles.allSatisfy({ $0 == 0 }) {
        throw TensorError.runtime("backward not multiplied by grad_output")
      }
      if gradient.dtype != input.dtype { throw TensorError.runtime("grad is incorrect type") }
      if gradient.shape != input.shape { throw TensorError.runtime("grad is incorrect size") }
    }
  }

  /// Missing gradients of all outputs, or of one, count as zero.
  func checkUndefined(_ recorded: [Int]) throws {
    try checkUndefined(recorded) { _ in true }
    if recorded.count < 2 { return }
    for o in recorded { try checkUndefined(recorded) { $0 == o } }
  }

  private func checkUndefined(_ recorded: [Int], _ isMissing: (Int) -> Bool) throws {
    let all = try function(inputs)
    let outputs = try recorded.map { isMissing($0) ? try all[$0].losingGradient() : all[$0] }
    let zeros = try outputs.map { try Tensor.zeros($0.shape, dtype: $0.dtype) }
    let place =
      "Please look at \"Notes about undefined output gradients\" in "
      + "\"tools/autograd/derivatives.yaml\""
    let gradients: [Tensor?]
    do {
      gradients = try grad(outputs, wanted, gradients: zeros, allowUnused: true)
    } catch {
      throw TensorError.runtime(
        "Expected backward function to handle undefined output grads. " + place)
    }
    for gradient in gradients {
      if gradient?.doubles.allSatisfy({ $0 == 0 }) ?? true { continue }
      throw TensorError.runtime(
        "Expected all input grads to be undefined or zero when all output grads are undefined or "
          + "zero. " + place)
    }
  }

  /// Two backward passes at once give what they give one after the other.
  func checkBatchedBackward(_ o: Int, named k: Int) throws {
    let output = try function(inputs)[o]
    let pullback: TensorFunction = { seeds in
      let found = try grad(
        [output], wanted, gradients: [seeds[0]], retainGraph: true, allowUnused: true)
      return try zip(found, wanted).map { try $0 ?? Tensor.zeros($1.shape, dtype: $1.dtype) }
    }
    try compareBatched(
      pullback, Self.pair(like: output), advice: GradcheckAdvice.batched
    ) { "For output \(k) and input \($0):" }
  }

  /// The same for forward mode.
  func checkBatchedForward(_ i: Int) throws {
    let pushforward: TensorFunction = { tangents in
      try zip(self.tangents(i, tangents[0]), function(inputs)).map {
        try $0 ?? Tensor.zeros($1.shape, dtype: $1.dtype)
      }
    }
    try compareBatched(
      pushforward, Self.pair(like: inputs[i]), advice: GradcheckAdvice.batchedForward
    ) { "For output \($0) and input \($0):" }
  }

  private func compareBatched(
    _ function: TensorFunction, _ seeds: [Tensor], advice: String, _ title: (Int) -> String
  ) throws {
    let single = try seeds.map { try function([$0]) }
    let warnings = ThreadContext.current.warnings
    defer { ThreadContext.current.warnings = warnings }
    let batched: [Tensor]
    do {
      batched = try Func.vmap([Tensor.stack(seeds)], function)
    } catch {
      throw TensorError.runtime("While computing batched gradients, got: \(error)\n\n" + advice)
    }
    for (k, result) in batched.enumerated() {
      let expected = try Tensor.stack(single.map { $0[k] })
      let agrees = zip(result.doubles, expected.doubles).allSatisfy {
        $0 == $1 || abs($0 - $1) <= 1e-8 + 1e-5 * abs($1)
      }
      if agrees && result.shape == expected.shape { continue }
      throw TensorError.runtime(
        "\(title(k))\n\n\(advice)\n\nGot:\n\(result)\n\nExpected:\n\(expected)")
    }
  }

  /// Two tensors of numbers that are not alike.
  private static func pair(like tensor: Tensor) throws -> [Tensor] {
    try (0..<2).map { k in
      let array = try NDArray(uninitialized: tensor.shape, tensor.dtype)
      for i in 0..<array.count {
        let value = Double((i * 5 + k * 3) % 7) / 3 - 0.9
        Scalar.double(value).store(to: array.base + i * array.dtype.size, as: array.dtype)
      }
      return Tensor(array)
    }
  }
}
