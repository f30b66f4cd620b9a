import Arrays
import Autograd
import Elements
import Operators

// Products of Jacobians and Hessians with vectors.

extension Functional {
  /// The outputs, and the product of a vector and the Jacobian: vᵀJ for each input.
  ///
  /// - Parameter v: one tensor for each output; may be left out for a single number.
  public static func vjp(
    _ inputs: [Tensor], _ v: [Tensor]? = nil, createGraph: Bool = false, strict: Bool = false,
    _ function: TensorFunction
  ) throws -> (outputs: [Tensor], vjp: [Tensor]) {
    let call = Call(createGraph: createGraph, strict: strict)
    let (variables, outputs, vector) = try enableGrad {
      let variables = try call.variables(inputs)
      let outputs = try function(variables)
      try call.checkOutputs(outputs)
      if let v {
        try check(v, like: outputs)
      } else if outputs.count != 1 || outputs[0].count != 1 {
        throw TensorError.runtime(
          "The vector v can only be None if the user-provided function returns a single Tensor with "
            + "a single element.")
      }
      return (variables, outputs, v.map(call.vector))
    }
    let products = try GradMode.with(createGraph || GradMode.isEnabled) {
      try call.filled(
        call.gradients(outputs, variables, vector, createGraph: createGraph), like: variables,
        .output)
    }
    return (call.finished(outputs), call.finished(products))
  }

  /// The outputs, and the product of the Jacobian and a vector: Jv for each output.
  ///
  /// It is the derivative of uᵀJ for u, so that only backward passes are needed.
  ///
  /// - Parameter v: one tensor for each input; may be left out for a single number.
  public static func jvp(
    _ inputs: [Tensor], _ v: [Tensor]? = nil, createGraph: Bool = false, strict: Bool = false,
    _ function: TensorFunction
  ) throws -> (outputs: [Tensor], jvp: [Tensor]) {
    let call = Call(createGraph: createGraph, strict: strict)
    return try enableGrad {
      let variables = try call.variables(inputs)
      let vector = try direction(v, inputs, call)
      let outputs = try function(variables)
      try call.checkOutputs(outputs)
      let seeds = try outputs.map { try zeroLeaf($0) }
      let transposed = try call.gradients(outputs, variables, seeds, createGraph: true)
      try checkTransposed(transposed, call)
      let products = try call.filled(
        call.gradients(transposed, seeds, vector, createGraph: createGraph), like: outputs,
        .outputGradients)
      return (call.finished(outputs), call.finished(products))
    }
  }

  private static func checkTransposed(_ gradients: [Tensor?], _ call: Call) throws {
    for (i, gradient) in gradients.enumerated() where call.strict {
      guard let gradient else {
        throw TensorError.runtime(
          "The output of the user-provided function is independent of input \(i). This is not "
            + "allowed in strict mode.")
      }
      if !gradient.requiresGrad {
        throw TensorError.runtime(
          "The gradient with respect to input \(i) is independent of the inputs of the user-provided "
            + "function. This is not allowed in strict mode.")
      }
    }
  }

  /// The output, and the product of a vector and the Hessian of a function with one result of one
  /// element.
  public static func vhp(
    _ inputs: [Tensor], _ v: [Tensor]? = nil, createGraph: Bool = false, strict: Bool = false,
    _ function: TensorFunction
  ) throws -> (output: Tensor, vhp: [Tensor]) {
    let call = Call(createGraph: createGraph, strict: strict)
    let (variables, output, jacobian, vector) = try slopes(inputs, v, call, "vhp", function)
    let products = try GradMode.with(createGraph || GradMode.isEnabled) {
      try call.filled(
        call.gradients(jacobian, variables, vector, createGraph: createGraph), like: variables,
        .jacobian)
    }
    return (call.finished([output])[0], call.finished(products))
  }

  /// The output, and the product of the Hessian and a vector. Slower than `vhp`, which gives the
  /// same where the function has two continuous derivatives.
  public static func hvp(
    _ inputs: [Tensor], _ v: [Tensor]? = nil, createGraph: Bool = false, strict: Bool = false,
    _ function: TensorFunction
  ) throws -> (output: Tensor, hvp: [Tensor]) {
    let call = Call(createGraph: createGraph, strict: strict)
    let (variables, output, jacobian, vector) = try slopes(inputs, v, call, "hvp", function)
    let products = try enableGrad {
      let seeds = try variables.map { try zeroLeaf($0) }
      let twice = try call.gradients(jacobian, variables, seeds, createGraph: true)
      return try call.filled(
        call.gradients(twice, seeds, vector, createGraph: createGraph), like: variables,
        .jacobianGradients)
    }
    return (call.finished([output])[0], call.finished(products))
  }

  /// The gradient of a function with one result of one element, with its graph.
  private static func slopes(
    _ inputs: [Tensor], _ v: [Tensor]?, _ call: Call, _ name: String, _ function: TensorFunction
  ) throws -> (variables: [Tensor], output: Tensor, jacobian: [Tensor?], vector: [Tensor]?) {
    try enableGrad {
      let variables = try call.variables(inputs)
      let vector = try direction(v, inputs, call)
      let outputs = try function(variables)
      try call.checkOutputs(outputs)
      guard outputs.count == 1 else {
        throw TensorError.runtime("The function given to \(name) should return a single Tensor")
      }
      guard outputs[0].count == 1 else {
        throw TensorError.runtime(
          "The Tensor returned by the function given to \(name) should contain a single element")
      }
      let jacobian = try call.gradients(outputs, variables, nil, createGraph: true)
      for (i, row) in jacobian.enumerated() where call.strict && !(row?.requiresGrad ?? false) {
        throw TensorError.runtime(row == nil ? IndependenceWords.output.missing(i) : linear(i))
      }
      return (variables, outputs[0], jacobian, vector)
    }
  }

  static func linear(_ i: Int) -> String {
    "While computing the hessian, found that the jacobian of the user-provided function with respect "
      + "to input \(i) is independent of the input. This is not allowed in strict mode. You should "
      + "ensure that your function is twice differentiable and that the jacobian depends on the "
      + "inputs (this would be violated by a linear function for example)."
  }

  private static func direction(
    _ v: [Tensor]?, _ inputs: [Tensor], _ call: Call
  ) throws -> [Tensor]? {
    if let v {
      try check(v, like: inputs)
      return call.vector(v)
    }
    if inputs.count != 1 || inputs[0].count != 1 {
      throw TensorError.runtime(
        "The vector v can only be None if the input to the user-provided function is a single Tensor "
          + "with a single element.")
    }
    return nil
  }

  /// Zeros that ask for a gradient. A linear function of them has its derivative everywhere.
  private static func zeroLeaf(_ tensor: Tensor) throws -> Tensor {
    let zeros = try Tensor.zeros(tensor.shape, dtype: tensor.dtype)
    try zeros.setRequiresGrad(true)
    return zeros
  }
}
