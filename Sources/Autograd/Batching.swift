import Arrays
import Elements

/// How an operator is carried out for all examples of a `vmap` at once.
///
/// The tensors of a rule are those of the levels below: where one differs between the examples, its
/// first dimension counts them. So are its results, all of them.
package enum Batching<A>: Sendable {
  /// One example after the other; the thread is warned.
  case loop
  /// Each element of the result depends on one element of each tensor, which broadcast: the call is
  /// the same, once dimensions are inserted so that the tensors' own line up.
  case elementwise
  /// One tensor, and a call with other attributes, given those of the example and its rank.
  case moved(@Sendable (A, _ rank: Int) throws -> A)
  /// Whatever else gives the results for all examples.
  case rule(@Sendable (Batch, A) throws -> [Tensor])
  /// What the result looks like depends on the elements.
  case dynamic
}

/// How `vmap` carries an operator out, for its page in the reference.
package enum BatchingSource: String, Sendable {
  case composed = "of its parts"
  case stated = "yes"
  case loop = "one example after the other"
  case dynamic = "no: the shape of the result depends on the elements"
}

extension Batching {
  func source(_ forward: Forward<A>) -> BatchingSource {
    if forward.isComposed { return .composed }
    // No tensor of a call differs between the examples.
    if case .none = forward { return .stated }
    switch self {
    case .loop: return .loop
    case .dynamic: return .dynamic
    default: return .stated
    }
  }
}

/// The tensors of a call for all examples.
package struct Batch {
  /// How many examples there are.
  package let size: Int
  /// As the levels below see them.
  package let inputs: [Tensor?]
  /// Which of them differ between the examples: their first dimension counts the examples.
  package let isBatched: [Bool]
  let algebra: Algebra
  private let level: Level
  /// The call with other tensors.
  private let call: ([Tensor?]) throws -> [Tensor]

  init(
    _ level: Level, _ size: Int, _ inputs: [Tensor?],
    _ call: @escaping ([Tensor?]) throws -> [Tensor]
  ) {
    self.size = size
    self.level = level
    self.call = call
    self.inputs = inputs.map { $0.map(level.unwrap) }
    isBatched = inputs.map { $0.map(level.owns) ?? false }
    algebra = level.algebra
  }

  /// The number of dimensions that one example has.
  package func rank(_ index: Int) -> Int {
    guard let tensor = inputs[index] else { return 0 }
    return tensor.rank - (isBatched[index] ? 1 : 0)
  }

  /// The sizes of one example.
  package func sizes(_ index: Int) -> Dims {
    guard let tensor = inputs[index] else { return [] }
    return isBatched[index] ? Dims(tensor.shape.dropFirst()) : tensor.shape
  }

  /// A tensor as it is, which must have been given.
  package func input(_ index: Int) -> Tensor {
    guard index < inputs.count, let tensor = inputs[index] else {
      preconditionFailure("a batching rule uses tensor \(index), which is missing")
    }
    return tensor
  }

  /// A tensor whose first dimension counts the examples, as a view that repeats it if need be.
  package func batched(_ index: Int) throws -> Tensor {
    let tensor = input(index)
    if isBatched[index] { return tensor }
    return try algebra.expand(tensor, tensor.shape.following(size))
  }

  /// A tensor whose dimensions behind those of the examples number `rank`: ones are inserted in
  /// front of them. One that does not differ between examples stays as it is.
  package func aligned(_ index: Int, rank: Int) throws -> Tensor {
    let tensor = input(index)
    guard isBatched[index], tensor.rank - 1 < rank else { return tensor }
    var sizes = Dims([tensor.shape[0]])
    for _ in tensor.rank - 1..<rank { sizes.append(1) }
    for size in tensor.shape.dropFirst() { sizes.append(size) }
    return try algebra.reshape(tensor, sizes)
  }

  /// All of them so aligned that they broadcast as the examples do, and promote as they do: a 0-d
  /// example does not change the dtype of tensors that have dimensions, so it takes theirs.
  package func aligned() throws -> [Tensor?] {
    let rank = inputs.indices.map(rank).max() ?? 0
    let sized = inputs.indices.filter { self.rank($0) > 0 }.compactMap { inputs[$0]?.dtype }
    return try inputs.indices.map { i -> Tensor? in
      guard let input = inputs[i] else { return nil }
      let tensor = try aligned(i, rank: rank)
      guard isBatched[i], self.rank(i) == 0, let first = sized.first, input.dtype != .bool
      else { return tensor }
      let dtype = sized.dropFirst().reduce(first, DType.promote)
      let isOfOneKind = dtype != .bool && dtype.isFloatingPoint == input.dtype.isFloatingPoint
      return isOfOneKind && dtype != input.dtype ? try algebra.cast(tensor, dtype) : tensor
    }
  }

  /// A tensor among the attributes as the levels below see it, and whether it differs between the
  /// examples: then its first dimension counts them.
  package func attribute(_ tensor: Tensor) -> (tensor: Tensor, isBatched: Bool) {
    let tensor = tensor.withoutHistory
    return (level.unwrap(tensor), level.owns(tensor))
  }

  /// The results of one example: for arguments that no example allows, so that the operator says
  /// what is wrong with them.
  package func refusing() throws -> [Tensor] { try call(example(0)) }

  /// The tensors of one example.
  package func example(_ position: Int) throws -> [Tensor?] {
    try inputs.indices.map { i in
      guard let tensor = inputs[i], isBatched[i] else { return inputs[i] }
      return try algebra.select(tensor, position)
    }
  }
}

extension Dims {
  /// These sizes behind that of a new first dimension.
  package func following(_ first: Int) -> Dims {
    var sizes = Dims([first])
    for size in self { sizes.append(size) }
    return sizes
  }

  /// `dim` of an example, counted in the batch: behind the dimension of the examples.
  ///
  /// - Throws: `TensorError.dimOutOfRange`.
  package static func behindExamples(_ dim: Int, rank: Int) throws -> Int {
    try Dims.wrap(dim, rank: rank) + 1
  }

  /// The same for several.
  package func behindExamples(rank: Int) throws -> Dims {
    Dims(try map { try Dims.behindExamples($0, rank: rank) })
  }
}

extension OperatorBody {
  /// The results for all examples, in the levels below `level`.
  func batch(_ level: Level, _ inputs: [Tensor?], _ a: Attributes) throws -> [Tensor] {
    guard case .batching(let size, let randomness) = level.kind else { return [] }
    let batch = Batch(level, size, inputs) { try self.apply($0, a) }
    if isRandom {
      switch randomness {
      case .error:
        throw TensorError.runtime(
          "vmap: called random operation while in randomness error mode. Please either use the "
            + "'same' or 'different' randomness flags on vmap or perform the randomness operation "
            + "out of vmap")
      case .same where size > 0:
        return try apply(batch.example(0), a).map {
          try batch.algebra.clone(batch.algebra.expand($0, $0.shape.following(size)))
        }
      case .same, .different: break
      }
    }
    switch batching {
    case .elementwise: return try apply(batch.aligned(), a)
    case .moved(let moved): return try apply(batch.inputs, moved(a, batch.rank(0)))
    case .rule(let rule): return try rule(batch, a)
    case .dynamic:
      throw TensorError.runtime(
        "vmap: We do not support batching operators that can output dynamic shape. Attempted to "
          + "vmap over aten::\(schema.name). Please file an issue at "
          + "https://github.com/pytorch/pytorch/issues if you need this feature.")
    case .loop: return try loop(batch, a)
    }
  }

  private func loop(_ batch: Batch, _ a: Attributes) throws -> [Tensor] {
    if !isRandom { ThreadContext.current.warnOfLoop(over: schema.name) }
    if batch.size == 0 { throw Self.noExamples }
    var columns: [[Tensor]] = []
    for i in 0..<batch.size {
      for (k, result) in try apply(batch.example(i), a).enumerated() {
        if i == 0 { columns.append([]) }
        columns[k].append(result)
      }
    }
    return try columns.map { try batch.algebra.stack($0) }
  }

  /// Writes into the first tensor, for all examples.
  func batchInPlace(_ level: Level, _ inputs: [Tensor?], _ a: Attributes) throws {
    guard case .batching(let size, _) = level.kind else { return }
    let batch = Batch(level, size, inputs) { try self.apply($0, a) }
    guard batch.isBatched[0] else {
      throw TensorError.runtime(
        "vmap: aten::\(schema.name)_(self, *extra_args) is not possible because there exists a "
          + "Tensor `other` in extra_args that has more elements than `self`. This happened due to "
          + "`other` being vmapped over but `self` not being vmapped over in a vmap. Please try to "
          + "use out-of-place operators instead of aten::\(schema.name)_. If said operator is being "
          + "called inside the PyTorch framework, please file a bug report instead.")
    }
    if case .elementwise = batching {
      var aligned = try batch.aligned()
      aligned[0] = batch.inputs[0]
      _ = try applyInPlace(aligned, a)
      return
    }
    switch batching {
    case .moved(let moved):
      _ = try applyInPlace(batch.inputs, moved(a, batch.rank(0)))
    case .rule(let rule):
      guard let x = batch.inputs[0], let result = try rule(batch, a).first else { mismatch() }
      _ = try batch.algebra.copyInto(x, result)
    default:
      ThreadContext.current.warnOfLoop(over: schema.name)
      for i in 0..<size { _ = try applyInPlace(batch.example(i), a) }
    }
  }

  private static var noExamples: TensorError {
    .runtime(
      "The fallback path does not support vmap over dims of size 0. Please file us an issue on "
        + "GitHub so that we can prioritize its implementation.")
  }
}
