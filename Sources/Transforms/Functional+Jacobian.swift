import Arrays
import Autograd
import Elements
import Operators

/// How `Functional` computes Jacobians.
public enum JacobianStrategy: Sendable {
  /// A backward pass for each element of the outputs.
  case reverse
  /// A call with a tangent for each element of the inputs.
  case forward
}

extension Functional {
  /// The Jacobian of each output for each input, `result[o][i]`, with the sizes of the output
  /// followed by those of the input.
  ///
  /// - Parameter vectorize: all rows, or columns, at once by `vmap`.
  public static func jacobian(
    _ inputs: [Tensor], createGraph: Bool = false, strict: Bool = false, vectorize: Bool = false,
    strategy: JacobianStrategy = .reverse, _ function: TensorFunction
  ) throws -> [[Tensor]] {
    let call = Call(createGraph: createGraph, strict: strict)
    if strategy == .forward {
      try checkForward(call, vectorize)
      return try Func.jacfwd(inputs.map { $0.detach() }, function).map(call.finished)
    }
    return try enableGrad {
      let variables = try call.variables(inputs)
      let outputs = try function(variables)
      try call.checkOutputs(outputs)
      if vectorize && strict {
        throw TensorError.runtime(
          "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported "
            + "together. Please either set `strict=False` or `vectorize=False`.")
      }
      return try outputs.enumerated().map { o, output in
        let rows =
          vectorize
          ? try rowsAtOnce(output, variables, call) : try rows(output, o, variables, call)
        return call.finished(
          try zip(rows, inputs).map { try $0.reshape(output.shape.followed(by: $1.shape)) })
      }
    }
  }

  private static func checkForward(_ call: Call, _ vectorize: Bool) throws {
    if call.createGraph {
      throw TensorError.unsupported(
        "torch.autograd.functional.jacobian: `create_graph=True` and `strategy=\"forward-mode\"` are "
          + "not supported together (yet). Please either set `create_graph=False` or "
          + "`strategy=\"reverse-mode\"`.")
    }
    if call.strict {
      throw TensorError.runtime(
        "torch.autograd.functional.jacobian: `strict=True` and `strategy=\"forward-mode\"` are not "
          + "supported together (yet). Please either set `strict=False` or "
          + "`strategy=\"reverse-mode\"`.")
    }
    if !vectorize {
      throw TensorError.unsupported(
        "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for "
          + "`vectorize=True`.")
    }
  }

  /// For each input the rows of a Jacobian, one backward pass after the other.
  private static func rows(
    _ output: Tensor, _ o: Int, _ variables: [Tensor], _ call: Call
  ) throws -> [Tensor] {
    var rows: [[Tensor]] = variables.map { _ in [] }
    let flat = try output.reshape([-1])
    for position in 0..<output.count {
      let gradients = try call.gradients(
        [flat.select(dim: 0, index: position)], variables, nil, createGraph: call.createGraph,
        retainGraph: true)
      for (i, gradient) in gradients.enumerated() {
        guard let gradient else {
          if call.strict {
            throw TensorError.runtime(
              "Output \(o) of the user-provided function is independent of input \(i). This is not "
                + "allowed in strict mode.")
          }
          rows[i].append(try Tensor.zeros(variables[i].shape, dtype: variables[i].dtype))
          continue
        }
        if call.strict && call.createGraph && !gradient.requiresGrad {
          throw TensorError.runtime(IndependenceWords.output.constant(i))
        }
        rows[i].append(gradient)
      }
    }
    return try zip(rows, variables).map { rows, variable in
      rows.isEmpty
        ? try Tensor.zeros(variable.shape.following(0), dtype: variable.dtype)
        : try Tensor.stack(rows)
    }
  }

  private static func rowsAtOnce(
    _ output: Tensor, _ variables: [Tensor], _ call: Call
  ) throws -> [Tensor] {
    guard output.requiresGrad, output.count > 0 else {
      return try variables.map {
        try Tensor.zeros($0.shape.following(output.count), dtype: $0.dtype)
      }
    }
    let basis = try Tensor.eye(n: output.count, dtype: output.dtype)
      .reshape(output.shape.following(output.count))
    return try Func.vmap([basis]) { seed in
      let found = try grad(
        [output], variables, gradients: [seed[0]], retainGraph: true,
        createGraph: call.createGraph, allowUnused: true)
      return try zip(found, variables).map { try $0 ?? Tensor.zeros($1.shape, dtype: $1.dtype) }
    }
  }

  /// The second derivatives of a function with one result of one element, `result[i][j]`, with the
  /// sizes of input i followed by those of input j.
  public static func hessian(
    _ inputs: [Tensor], createGraph: Bool = false, strict: Bool = false, vectorize: Bool = false,
    outerStrategy: JacobianStrategy = .reverse, _ function: TensorFunction
  ) throws -> [[Tensor]] {
    func single(_ arguments: [Tensor]) throws -> [Tensor] {
      let outputs = try function(arguments)
      try Call(createGraph: true, strict: strict).checkOutputs(outputs)
      guard outputs.count == 1 else {
        throw TensorError.runtime("The function given to hessian should return a single Tensor")
      }
      guard outputs[0].count == 1 else {
        throw TensorError.runtime(
          "The Tensor returned by the function given to hessian should contain a single element")
      }
      return [try outputs[0].reshape([])]
    }
    if outerStrategy == .forward {
      try checkForward(Call(createGraph: createGraph, strict: strict), vectorize)
      return try Func.jacfwd(inputs.map { $0.detach() }) { try Func.jacrev($0, single)[0] }
    }
    return try jacobian(
      inputs, createGraph: createGraph, strict: strict, vectorize: vectorize
    ) { arguments in
      let rows = try jacobian(arguments, createGraph: true, single)[0]
      for (i, row) in rows.enumerated() where strict && !row.requiresGrad {
        throw TensorError.runtime(linear(i))
      }
      return rows
    }
  }
}
