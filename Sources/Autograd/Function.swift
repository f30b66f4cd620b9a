import Arrays

/// An operation with a derivative of its own: PyTorch's `torch.autograd.Function`.
///
/// ```swift
/// enum Cube: Function {
///   static func forward(_ context: FunctionContext, _ inputs: [Tensor]) throws -> [Tensor] {
///     context.saveForBackward([inputs[0]])
///     return [try inputs[0] * inputs[0] * inputs[0]]
///   }
///   static func backward(
///     _ context: FunctionContext, _ gradients: [Tensor?]
///   ) throws -> [Tensor?] {
///     guard let x = try context.savedTensors[0], let gradient = gradients[0] else { return [nil] }
///     return [try gradient * 3 * x * x]
///   }
/// }
/// let y = try Cube.apply([x])[0]
/// ```
public protocol Function {
  /// What messages and the node are called after. The type's name where it is not stated.
  static var name: String { get }

  /// The results. Nothing that is called here is recorded.
  ///
  /// - Parameter context: keeps what `backward` needs; to be left alone where there is a
  ///   `setupContext`.
  static func forward(_ context: FunctionContext, _ inputs: [Tensor]) throws -> [Tensor]

  /// Keeps what `backward` needs, in place of `forward`. Transforms such as `vmap` need it.
  static var setupContext: CustomFunction.SetupContext? { get }

  /// The gradients of the inputs, given those of the results: of the inputs' shapes, or of shapes
  /// that these were broadcast to; nil for an input without one.
  ///
  /// Made of operations, it can be differentiated again.
  static func backward(_ context: FunctionContext, _ gradients: [Tensor?]) throws -> [Tensor?]

  /// The tangents of the results, given those of the inputs.
  static var jvp: CustomFunction.Derivative? { get }

  /// The results for all examples of a `vmap` at once.
  static var vmap: CustomFunction.Vmap? { get }

  /// Whether `vmap` may call `forward`, `setupContext`, `backward` and `jvp` with tensors of its own.
  static var generateVmapRule: Bool { get }

  /// Whether `backward` can't be differentiated, because it does something other than operations.
  static var onceDifferentiable: Bool { get }
}

extension Function {
  /// The type's name.
  public static var name: String { "\(Self.self)" }
  /// None: `forward` does it.
  public static var setupContext: CustomFunction.SetupContext? { nil }
  /// None: the function is an error in forward mode.
  public static var jvp: CustomFunction.Derivative? { nil }
  /// None.
  public static var vmap: CustomFunction.Vmap? { nil }
  /// No: without a rule the function is an error under `vmap`.
  public static var generateVmapRule: Bool { false }
  /// No.
  public static var onceDifferentiable: Bool { false }
}

/// What is called when a custom function is: the same as a `Function`, for those who put it together
/// at run time.
public struct CustomFunction {
  /// From inputs to results.
  public typealias Forward = (FunctionContext, [Tensor]) throws -> [Tensor]
  /// Keeps what derivatives need.
  public typealias SetupContext = (FunctionContext, _ inputs: [Tensor], _ outputs: [Tensor]) throws
    -> Void
  /// From gradients or tangents to gradients or tangents; nil stands for zero.
  public typealias Derivative = (FunctionContext, [Tensor?]) throws -> [Tensor?]
  /// From inputs to results for all examples at once. The dimensions are those that count the
  /// examples; nil for a tensor that is the same for all.
  public typealias Vmap = (VmapInfo, _ inDims: [Int?], _ inputs: [Tensor]) throws -> (
    outputs: [Tensor], outDims: [Int?]
  )

  /// What messages call it; the node is called `<name>Backward`.
  public var name: String
  /// See `Function.forward`; a call without one is an error.
  public var forward: Forward?
  /// See `Function.setupContext`.
  public var setupContext: SetupContext?
  /// See `Function.backward`; a backward pass without one is an error.
  public var backward: Derivative?
  /// See `Function.jvp`.
  public var jvp: Derivative?
  /// See `Function.vmap`.
  public var vmap: Vmap?
  /// See `Function.generateVmapRule`.
  public var generateVmapRule = false
  /// See `Function.onceDifferentiable`.
  public var onceDifferentiable = false
  /// What the parts refer to outside of the engine.
  package var payload: Payload?

  /// A function that has yet to get its parts.
  public init(name: String) { self.name = name }

  /// The parts of a `Function`.
  public init(_ function: any Function.Type) {
    name = function.name
    forward = { try function.forward($0, $1) }
    setupContext = function.setupContext
    backward = { try function.backward($0, $1) }
    jvp = function.jvp
    vmap = function.vmap
    generateVmapRule = function.generateVmapRule
    onceDifferentiable = function.onceDifferentiable
  }
}

/// What a rule for `vmap` is told of it.
public struct VmapInfo: Sendable {
  /// The number of examples.
  public let batchSize: Int
  /// What happens where random numbers are asked for.
  public let randomness: Randomness
}
