import Arrays

/// A transform that is being evaluated: `grad`, `vjp` and `jvp`, which differentiate, or `vmap`.
///
/// A function under a transform computes with tensors of the transform's level. Each stands for a
/// tensor of the levels below, its value: the same numbers with another history, or, under `vmap`,
/// the numbers of all examples.
package final class Level: @unchecked Sendable {
  /// What a level does with a call.
  package enum Kind: Sendable {
    /// Records it, and carries tangents along.
    case differentiating
    /// Has it carried out for all examples.
    case batching(size: Int, randomness: Randomness)
  }

  package let kind: Kind
  /// One for the outermost.
  package let number: Int
  /// Whether the calls that values come from are recorded: as outside of the transform.
  let recordsBelow: Bool
  let algebra: Algebra
  /// False once the transform has returned; its tensors are their values then.
  package private(set) var isAlive = true
  /// The scope of the tangents of this level.
  private var tangents: DualLevel?

  init(_ kind: Kind, number: Int, recordsBelow: Bool, _ algebra: Algebra) {
    self.kind = kind
    self.number = number
    self.recordsBelow = recordsBelow
    self.algebra = algebra
  }

  /// True for `grad`, `vjp` and `jvp`.
  package var isDifferentiating: Bool {
    if case .differentiating = kind { true } else { false }
  }

  /// The number of examples.
  package var batchSize: Int? {
    if case .batching(let size, _) = kind { size } else { nil }
  }

  /// Starts a transform on this thread. It ends with `pop`.
  package static func push(_ kind: Kind, _ algebra: Algebra) -> Level {
    let context = ThreadContext.current
    let level = Level(
      kind, number: context.levels.count + 1, recordsBelow: GradMode.isEnabled, algebra)
    context.levels.append(level)
    context.depth = context.levels.count
    Modes.current.insert(.transforms)
    if level.isDifferentiating { GradMode.isEnabled = true }
    return level
  }

  /// Ends the innermost transform, which is this one.
  package func pop() {
    let context = ThreadContext.current
    isAlive = false
    tangents?.end()
    GradMode.isEnabled = recordsBelow
    if let last = context.levels.lastIndex(where: { $0 === self }) {
      context.levels.removeSubrange(last...)
    }
    context.depth = context.levels.count
    if context.levels.isEmpty { Modes.current.remove(.transforms) }
  }

  /// Runs `body` under a transform.
  package static func with<Result>(
    _ kind: Kind, _ algebra: Algebra, _ body: (Level) throws -> Result
  ) rethrows -> Result {
    let level = push(kind, algebra)
    defer { level.pop() }
    return try body(level)
  }
}

/// What `vmap` does where random numbers are asked for.
public enum Randomness: Sendable {
  /// Refuses.
  case error
  /// Every example gets the same numbers.
  case same
  /// Every example gets numbers of its own.
  case different
}

/// A tensor's place in a transform.
final class Layer: @unchecked Sendable {
  let level: Level
  /// What the tensor stands for in the levels below. Under `vmap` its first dimension counts the
  /// examples.
  let value: Tensor

  init(_ level: Level, _ value: Tensor) {
    self.level = level
    self.value = value
  }
}

extension Level {
  /// The tensor of this level that stands for a value of the levels below.
  ///
  /// - Parameter base: of what it is a view in this level.
  package func wrap(_ value: Tensor, viewOf base: Tensor? = nil) -> Tensor {
    let extras = TensorExtras(layer: Layer(self, value))
    let array = batchSize == nil ? value.array : value.array.example
    guard let base else { return Tensor(array, extras) }
    let usual: ViewCreation = value.creation == .oneOfSeveral ? .oneOfSeveral : .ordinary
    return Tensor(array, viewOf: base, creation: base.creationOfView(usual), extras)
  }

  /// What a tensor is in the levels below this one: its value where it is of this level.
  package func unwrap(_ tensor: Tensor) -> Tensor {
    if let layer = tensor.layer, layer.level === self { return layer.value }
    return tensor
  }

  /// A tensor of this level that asks for a gradient, for a value of the levels below.
  ///
  /// - Throws: `TensorError.runtime` for integers.
  package func variable(_ value: Tensor) throws -> Tensor {
    let variable = wrap(unwrap(value))
    try variable.askForGradient()
    return variable
  }

  /// A tensor of this level with a tangent, for a value of the levels below.
  ///
  /// - Throws: `TensorError.runtime` when the tangent has another shape.
  package func dual(_ value: Tensor, _ tangent: Tensor) throws -> Tensor {
    let scope = tangents ?? DualLevel(algebra)
    tangents = scope
    return try ForwardMode.dual(wrap(unwrap(value)), tangent, in: scope)
  }

  /// The tangent of a tensor of this level, as the levels below see it; nil stands for zero.
  package func tangent(_ tensor: Tensor) -> Tensor? {
    owns(tensor) ? tensor.tangent.map(unwrap) : nil
  }

  /// The gradients of tensors of this level for `inputs`, which are variables of it, as tensors of
  /// the levels below: zeros where there is no dependence.
  package func gradients(
    _ outputs: [Tensor], _ inputs: [Tensor], cotangents: [Tensor?], retainGraph: Bool
  ) throws -> [Tensor] {
    let dependent = outputs.indices.filter { owns(outputs[$0]) && outputs[$0].requiresGrad }
    if dependent.isEmpty { return try inputs.map { try algebra.zeros($0.shape, $0.dtype) } }
    return try Engine.grad(
      dependent.map { outputs[$0] }, inputs,
      gradients: cotangents.isEmpty ? [] : dependent.map { cotangents[$0] },
      retainGraph: retainGraph, createGraph: false, allowUnused: true, materialize: true, algebra
    ).compactMap(\.self)
  }

  /// A tensor for all examples, as the levels below see it, as a view that repeats it if need be.
  package func expanded(_ tensor: Tensor) throws -> Tensor {
    guard let batchSize, !owns(tensor) else { return unwrap(tensor) }
    return try algebra.expand(tensor, tensor.shape.following(batchSize))
  }

  /// A tensor for a node of this level to save. One of the levels below has a history there, which
  /// a node's edges don't lead to: it is saved as the value of a tensor of this level.
  func lifted(_ tensor: Tensor) -> Tensor {
    owns(tensor) || tensor.isPlain && !tensor.requiresGrad ? tensor : wrap(tensor)
  }

  /// True when a tensor is of this level.
  package func owns(_ tensor: Tensor) -> Bool { tensor.level === self }
}

extension NDArray {
  /// The sizes and strides of one example of several, which need not exist.
  fileprivate var example: NDArray {
    with(.strided(Dims(sizes.dropFirst()), Dims(strides.dropFirst())))
  }
}

extension Tensor {
  /// Without the layers of transforms that have returned.
  package var surviving: Tensor {
    var tensor = self
    while let layer = tensor.layer, !layer.level.isAlive { tensor = layer.value }
    return tensor
  }

  /// Without the layers of transforms that differentiate, as far as one that batches: what an index
  /// is to whoever reads it, since integers have no derivative.
  package var withoutHistory: Tensor {
    var tensor = surviving
    while let layer = tensor.layer, layer.level.batchSize == nil { tensor = layer.value.surviving }
    return tensor
  }

  /// - Throws: `TensorError.runtime` for a tensor of a transform that goes on inside of the levels that
  ///   see the call.
  func checkNotInner() throws {
    guard let level, level.isAlive else { return }
    throw TensorError.runtime(
      "a tensor of transform level \(level.number) is used where only the levels below it compute")
  }

  /// True for one example of several, at any level: there are no elements of it by itself.
  package var hidesElements: Bool {
    var tensor = self
    while let layer = tensor.layer {
      if layer.level.batchSize != nil { return true }
      tensor = layer.value
    }
    return false
  }

  /// - Throws: `TensorError.runtime` where the elements of a single example are asked for by
  ///   themselves.
  package func checkReadable(_ words: @autoclosure () -> String) throws {
    if hidesElements { throw TensorError.runtime(words()) }
  }

  /// The same with the words for `item()`.
  package func checkReadable() throws {
    if hidesElements { throw TensorError.itemOfExample }
  }
}

extension TensorError {
  /// What `item()` says of one example of several.
  package static var itemOfExample: TensorError {
    .runtime(
      "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling "
        + ".item() on a Tensor, please try to rewrite what you're doing with other operations. If "
        + "error is occurring somewhere inside PyTorch internals, please file a bug report.")
  }
}
