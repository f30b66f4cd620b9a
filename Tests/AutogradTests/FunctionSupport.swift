import Apus

@testable import Arrays
@testable import Autograd
@testable import Operators

/// The third power, which saves its input in `forward`.
enum Cube: Function {
  static func forward(_ context: FunctionContext, _ inputs: [Tensor]) throws -> [Tensor] {
    context.saveForBackward([inputs[0]])
    return [try inputs[0] * inputs[0] * inputs[0]]
  }

  static func backward(
    _ context: FunctionContext, _ gradients: [Tensor?]
  ) throws -> [Tensor?] {
    guard let x = try context.savedTensors[0], let gradient = gradients[0] else { return [nil] }
    return [try gradient * (x * x * 3)]
  }
}

/// The exponential, which saves its output in `setupContext`, with a rule for tangents.
enum MyExp: Function {
  static func forward(_ context: FunctionContext, _ inputs: [Tensor]) throws -> [Tensor] {
    [try inputs[0].exp()]
  }

  static var setupContext: CustomFunction.SetupContext? {
    { context, _, outputs in
      context.saveForBackward([outputs[0]])
      context.saveForForward([outputs[0]])
    }
  }

  static func backward(
    _ context: FunctionContext, _ gradients: [Tensor?]
  ) throws -> [Tensor?] {
    guard let y = try context.savedTensors[0], let gradient = gradients[0] else { return [nil] }
    return [try gradient * y]
  }

  static var jvp: CustomFunction.Derivative? { { try backward($0, $1) } }

  static var generateVmapRule: Bool { true }
}

/// x²y, with everything that transforms want.
enum SquareTimes: Function {
  static func forward(_ context: FunctionContext, _ inputs: [Tensor]) throws -> [Tensor] {
    [try inputs[0] * inputs[0] * inputs[1]]
  }

  static var setupContext: CustomFunction.SetupContext? {
    { context, inputs, _ in
      context.saveForBackward(inputs)
      context.saveForForward(inputs)
    }
  }

  static func backward(
    _ context: FunctionContext, _ gradients: [Tensor?]
  ) throws -> [Tensor?] {
    let saved = try context.savedTensors
    guard let x = saved[0], let y = saved[1], let gradient = gradients[0] else {
      return [nil, nil]
    }
    return [try gradient * (x * y * 2), try gradient * (x * x)]
  }

  static var jvp: CustomFunction.Derivative? {
    { context, tangents in
      let saved = try context.savedTensors
      guard let x = saved[0], let y = saved[1], let s = tangents[0], let t = tangents[1] else {
        return [nil]
      }
      return [try s * (x * y * 2) + t * (x * x)]
    }
  }

  static var generateVmapRule: Bool { true }
}

/// A function called `A`.
func function(
  forward: @escaping CustomFunction.Forward, backward: @escaping CustomFunction.Derivative
) -> CustomFunction {
  var function = CustomFunction(name: "A")
  function.forward = forward
  function.backward = backward
  return function
}

/// One result of one input.
func call(_ function: CustomFunction, _ x: Tensor) throws -> Tensor { try function.apply([x])[0] }

/// Remembers what callbacks saw.
final class Notes<Value> {
  var values: [Value] = []
}
