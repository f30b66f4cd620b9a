import Arrays
import Autograd
import Elements
import Operators

/// A function from tensors to tensors. It may be called under transforms, so it computes with the
/// operators of tensors and never looks at single elements.
public typealias TensorFunction = ([Tensor]) throws -> [Tensor]

/// Transforms of functions, which compose and nest: PyTorch's `torch.func`.
public enum Func {
  /// The gradients of a function with one result of no dimension.
  ///
  /// - Parameters:
  ///   - argnums: the positions of the inputs to differentiate for.
  /// - Throws: `TensorError.runtime` when the result is not a single number, or an input an integer.
  public static func grad(
    _ inputs: [Tensor], argnums: [Int] = [0], _ function: ([Tensor]) throws -> Tensor
  ) throws -> [Tensor] {
    try gradAndValue(inputs, argnums: argnums, function).gradients
  }

  /// The same with the result.
  public static func gradAndValue(
    _ inputs: [Tensor], argnums: [Int] = [0], _ function: ([Tensor]) throws -> Tensor
  ) throws -> (gradients: [Tensor], value: Tensor) {
    let argnums = try argnums.map { try position($0, of: inputs.count) }
    return try Level.with(.differentiating, .operators) { level in
      let arguments = try inputs.enumerated().map { i, input in
        argnums.contains(i) ? try level.variable(input) : input
      }
      let output = try function(arguments)
      if output.rank != 0 {
        throw TensorError.runtime(
          "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
            + "\(output.rank) dims. Maybe you wanted to use the vjp or jacrev APIs instead?")
      }
      let gradients = try level.gradients(
        [output], argnums.map { arguments[$0] }, cotangents: [], retainGraph: false)
      return (gradients, level.unwrap(output))
    }
  }

  private static func position(_ argnum: Int, of count: Int) throws -> Int {
    guard argnum >= -count, argnum < count else {
      throw TensorError.runtime("Got argnum=\(argnum), but only \(count) positional inputs")
    }
    return argnum < 0 ? argnum + count : argnum
  }

  /// Results, and what takes gradients of them to gradients of the inputs: vᵀJ for any v.
  ///
  /// - Throws: `TensorError.runtime` for inputs that are integers.
  public static func vjp(
    _ inputs: [Tensor], _ function: TensorFunction
  ) throws -> (outputs: [Tensor], pullback: TensorFunction) {
    try Level.with(.differentiating, .operators) { level in
      let variables = try inputs.map { try level.variable($0) }
      let outputs = try function(variables)
      let pullback: TensorFunction = { cotangents in
        try check(cotangents, like: outputs)
        return try level.gradients(outputs, variables, cotangents: cotangents, retainGraph: true)
      }
      return (outputs.map(level.unwrap), pullback)
    }
  }

  private static func check(_ cotangents: [Tensor], like outputs: [Tensor]) throws {
    guard cotangents.count == outputs.count else {
      throw TensorError.runtime(
        "Expected pytree structure of cotangents to be the same as pytree structure of outputs to "
          + "the function: got \(cotangents.count) tensors for \(outputs.count)")
    }
    for (i, (cotangent, output)) in zip(cotangents, outputs).enumerated()
    where cotangent.shape != output.shape {
      throw TensorError.gradientShape(cotangent.shape, output: output.shape, position: i)
    }
  }

  /// Results, and their derivative in the direction of `tangents`: Jt, by forward mode.
  ///
  /// - Throws: `TensorError.runtime` when there are as many tangents as inputs, or one has another
  ///   shape.
  public static func jvp(
    _ primals: [Tensor], _ tangents: [Tensor], _ function: TensorFunction
  ) throws -> (outputs: [Tensor], tangents: [Tensor]) {
    guard primals.count == tangents.count else {
      throw TensorError.runtime(
        "jvp(f, primals, tangents): Expected primals and tangents to have the same python "
          + "structure. For example, if primals is a tuple of 3 tensors, tangents also must be.")
    }
    if primals.isEmpty {
      throw TensorError.runtime(
        "jvp(f, primals, tangents): Expected primals to be non-empty, got 0 primals")
    }
    return try Level.with(.differentiating, .operators) { level in
      let duals = try zip(primals, tangents).map { try level.dual($0, $1) }
      let outputs = try function(duals)
      return (
        outputs.map(level.unwrap),
        try outputs.map { try level.tangent($0) ?? Tensor.zeros($0.shape, dtype: $0.dtype) }
      )
    }
  }

  /// Results, and the derivative as a function of the direction, which does not evaluate `function`
  /// again.
  ///
  /// The gradient for a cotangent u is computed once, as a function of u. It is linear, and its own
  /// gradient in the direction t is Jt for every t.
  public static func linearize(
    _ inputs: [Tensor], _ function: TensorFunction
  ) throws -> (outputs: [Tensor], pushforward: TensorFunction) {
    try Level.with(.differentiating, .operators) { level in
      let (outputs, pullback) = try vjp(inputs, function)
      let seeds = try outputs.map {
        try level.variable(Tensor.zeros($0.shape, dtype: $0.dtype))
      }
      let transposed = try pullback(seeds)
      let pushforward: TensorFunction = { tangents in
        guard tangents.count == inputs.count else {
          throw TensorError.runtime(
            "linearize: Expected \(inputs.count) tangents, got \(tangents.count)")
        }
        for (tangent, input) in zip(tangents, inputs) where tangent.shape != input.shape {
          throw TensorError.runtime(
            "linearize: Expected a tangent of shape \(input.shape), got \(tangent.shape)")
        }
        return try level.gradients(transposed, seeds, cotangents: tangents, retainGraph: true)
      }
      return (outputs.map(level.unwrap), pushforward)
    }
  }
}
