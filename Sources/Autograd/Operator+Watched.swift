import Arrays

// The long way of a call: under a transform, with tangents, in one of the thread's modes.

extension OperatorBody {
  /// A call whose results somebody looks at more closely than at their numbers and history.
  @inline(never)
  func watched(_ inputs: [Tensor?], _ a: Attributes) throws -> [Tensor] {
    let context = ThreadContext.current
    guard Modes.current.contains(.profiling), let profiler = context.profiler else {
      return try interpret(inputs, a, context)
    }
    return try profiler.measure(schema.name, inputs) { try interpret(inputs, a, context) }
  }

  /// Has the innermost of the levels that see the call carry it out.
  private func interpret(
    _ inputs: [Tensor?], _ a: Attributes, _ context: ThreadContext
  ) throws -> [Tensor] {
    if forward.isComposed { return try compute(inputs, a) }
    let inputs = inputs.map { $0?.surviving }
    guard let level = context.innermost else { return try carryOut(inputs, a, nil, context) }
    if level.isDifferentiating { return try carryOut(inputs, a, level, context) }
    return try context.below(level) {
      if !differs(inputs, a, level), !isRandom || level.sharesRandomNumbers {
        return try interpret(inputs, a, context)
      }
      return try batch(level, inputs, a).map { level.wrap($0, viewOf: viewBase(inputs)) }
    }
  }

  /// True when an argument belongs to a level, be it among the attributes of a call that is batched.
  private func differs(_ inputs: [Tensor?], _ a: Attributes, _ level: Level) -> Bool {
    if inputs.contains(where: { $0.map(level.owns) ?? false }) { return true }
    guard level.batchSize != nil, let attributeTensors else { return false }
    return attributeTensors(a).contains { $0.map { level.owns($0.withoutHistory) } ?? false }
  }

  private func viewBase(_ inputs: [Tensor?]) -> Tensor? {
    forward.isView ? inputs.first ?? nil : nil
  }

  /// Computes, records, and carries tangents along, at a level that does so or outside of all.
  private func carryOut(
    _ inputs: [Tensor?], _ a: Attributes, _ level: Level?, _ context: ThreadContext
  ) throws -> [Tensor] {
    let results: [Tensor]
    if let level {
      let values = try context.below(level) {
        try interpret(inputs.map { $0.map(level.unwrap) }, a, context)
      }
      let base = viewBase(inputs).flatMap { level.owns($0) ? $0 : nil }
      results = values.map { level.wrap($0, viewOf: base) }
    } else {
      try inputs.forEach { try $0?.checkNotInner() }
      results = try compute(inputs, a)
    }
    let isDual = inputs.contains { $0 != nil && $0?.level === level && $0?.tangent != nil }
    if isDual {
      // A node that saves a result is to see the tangent that the result is about to get.
      for result in results where result.isPlain { result.extras = TensorExtras() }
    }
    try recordWatched(results, inputs, a, level)
    if isDual { try carryTangents(inputs, results, a, level) }
    if Modes.current.contains(.inference) { results.forEach { $0.becomeInference(viewOf: inputs) } }
    return results
  }

  private func carryTangents(
    _ inputs: [Tensor?], _ results: [Tensor], _ a: Attributes, _ level: Level?
  ) throws {
    guard ThreadContext.current.carriesTangents else { return }
    var dual: DualLevel?
    let tangents = inputs.map { input -> Tensor? in
      guard let input, input.level === level, let tangent = input.extras?.tangent,
        let value = tangent.value
      else { return nil }
      dual = tangent.level
      return value
    }
    guard let dual, results.contains(where: \.dtype.isDifferentiable) else { return }
    let found = try self.tangents(
      inputs.map { $0?.primal }, tangents, results.map(\.primal), a, dual.algebra)
    for (result, tangent) in zip(results, found) where result.dtype.isDifferentiable {
      guard let tangent else { continue }
      let own =
        forward.isView ? tangent : try tangent.separate(tangents, like: result, dual.algebra)
      result.setTangent(Tangent(own, in: dual))
    }
  }

  // In place.

  /// Writes into the first tensor.
  @inline(never)
  func watchedInPlace(_ inputs: [Tensor?], _ a: Attributes) throws -> Tensor {
    guard let x = inputs.first ?? nil else { mismatch() }
    let context = ThreadContext.current
    guard Modes.current.contains(.profiling), let profiler = context.profiler else {
      try interpretInPlace(inputs, a, context)
      return x
    }
    _ = try profiler.measure(schema.name + "_", inputs) {
      try interpretInPlace(inputs, a, context)
      return [x]
    }
    return x
  }

  private func interpretInPlace(
    _ inputs: [Tensor?], _ a: Attributes, _ context: ThreadContext
  ) throws {
    let inputs = inputs.map { $0?.surviving }
    guard let x = inputs.first ?? nil else { mismatch() }
    guard let level = context.innermost else { return try change(x, inputs, a, nil, context) }
    guard differs(inputs, a, level) else {
      if level.isDifferentiating, !isInPlaceOnly || x.level == nil { try checkOwned(x, level) }
      return try context.below(level) { try interpretInPlace(inputs, a, context) }
    }
    if level.isDifferentiating {
      try checkOwned(x, level)
      return try change(x, inputs, a, level, context)
    }
    try context.below(level) { try batchInPlace(level, inputs, a) }
  }

  private func checkOwned(_ x: Tensor, _ level: Level) throws {
    if level.owns(x) { return }
    throw TensorError.runtime(
      "During a grad (vjp, jvp, grad, etc) transform, the function provided attempted to call "
        + "in-place operation (aten::\(schema.inPlaceName)) that would mutate a captured Tensor. "
        + "This is not supported; please rewrite the function being transformed to explicitly "
        + "accept the mutated Tensor(s) as inputs.")
  }

  private func change(
    _ x: Tensor, _ inputs: [Tensor?], _ a: Attributes, _ level: Level?, _ context: ThreadContext
  ) throws {
    try x.checkInferenceUpdate()
    if context.carriesTangents,
      inputs.contains(where: { $0 != nil && $0?.level === level && $0?.tangent != nil })
    {
      return try changeWithTangents(x, inputs, a, level, context)
    }
    let node = try nodeInPlace(inputs, a, level)
    if let level {
      try context.below(level) {
        try interpretInPlace(inputs.map { $0.map(level.unwrap) }, a, context)
      }
      try changed(x, node, countsVersion: false)
    } else {
      try context.savedTensorsGuard?.willWrite(to: x.array)
      try computeInPlace(inputs, a)
      try changed(x, node, countsVersion: !x.isInference)
    }
  }

  /// By way of the call that is not in place, which knows what to do with tangents.
  private func changeWithTangents(
    _ x: Tensor, _ inputs: [Tensor?], _ a: Attributes, _ level: Level?, _ context: ThreadContext
  ) throws {
    if GradMode.records, inputs.contains(where: { $0?.requiresGrad ?? false }) {
      try x.checkInPlace()
    }
    let tangents = inputs.lazy.compactMap { $0?.level === level ? $0?.extras?.tangent : nil }
    guard let dual = tangents.first(where: { $0.value != nil })?.level else { return }
    let result: Tensor
    if isInPlaceOnly {
      result = try functional(inputs, a, level, dual)
    } else {
      var arguments = inputs
      arguments[0] = try snapshot(of: x, level, dual, context)
      result = try carryOut(arguments, a, level, context)[0]
    }
    if let level {
      let (target, source) = (level.unwrap(x), level.unwrap(result))
      try context.below(level) { _ = try dual.algebra.copyInto(target, source) }
    } else {
      try ThreadContext.current.savedTensorsGuard?.willWrite(to: x.array)
      x.array.assign(result.array)
      x.array.storage.version &+= 1
    }
    if let node = result.node, x.dtype.isDifferentiable { try x.rebaseHistory(node) }
    try x.writeTangent(result.tangent, dual)
  }

  /// A copy of a tensor with its place in the graph and a copy of its tangent, for a node to save:
  /// the tensor itself is about to be written over.
  private func snapshot(
    of x: Tensor, _ level: Level?, _ dual: DualLevel, _ context: ThreadContext
  ) throws -> Tensor {
    let copy: Tensor
    if let level {
      let value = level.unwrap(x)
      copy = level.wrap(try context.below(level) { try dual.algebra.clone(value) })
    } else {
      copy = Tensor(try x.array.copied())
    }
    let snapshot = x.alias(copy.extras, copy.array)
    if let tangent = x.tangent {
      snapshot.setTangent(Tangent(try dual.algebra.clone(tangent), in: dual))
    }
    return snapshot
  }

  /// What an operator that is only in place writes, as a new tensor: a copy on which it works.
  private func functional(
    _ inputs: [Tensor?], _ a: Attributes, _ level: Level?, _ dual: DualLevel
  ) throws -> Tensor {
    guard let x = inputs[0] else { mismatch() }
    let copy = try dual.algebra.clone(x.primal)
    var primals = inputs.map { $0?.primal }
    primals[0] = copy
    _ = try applyInPlace(primals, a)
    let tangents = inputs.map { $0?.level === level ? $0?.tangent : nil }
    let found = try self.tangents(
      inputs.map { $0?.primal }, tangents, [copy], a, dual.algebra)
    copy.setTangent((found.first ?? nil).map { Tangent($0, in: dual) })
    return copy
  }
}

extension Level {
  /// True when every example gets the same random numbers.
  fileprivate var sharesRandomNumbers: Bool {
    if case .batching(_, .same) = kind { true } else { false }
  }
}

extension ThreadContext {
  /// The innermost of the levels that see a call.
  package var innermost: Level? { depth > 0 && depth <= levels.count ? levels[depth - 1] : nil }

  /// Runs `body` as the levels below `level` see it.
  package func below<Result>(_ level: Level, _ body: () throws -> Result) rethrows -> Result {
    let before = (depth: depth, records: GradMode.isEnabled)
    depth = level.number - 1
    if level.isDifferentiating { GradMode.isEnabled = level.recordsBelow }
    defer {
      depth = before.depth
      GradMode.isEnabled = before.records
    }
    return try body()
  }

  /// A tensor with the numbers of another that asks for a gradient, at the present level.
  func leaf(_ tensor: Tensor) throws -> Tensor {
    let leaf: Tensor
    if let level = innermost, level.isDifferentiating {
      leaf = level.wrap(level.unwrap(tensor))
    } else {
      leaf =
        tensor.layer.map { Tensor(tensor.array, TensorExtras(layer: $0)) } ?? Tensor(tensor.array)
    }
    try leaf.askForGradient()
    return leaf
  }
}

extension Tensor {
  /// This tangent of a new tensor in memory of its own, since it is written over when the tensor is
  /// changed in place, and in the order of the tensor's, since views are cut from both alike.
  fileprivate func separate(
    _ others: [Tensor?], like result: Tensor, _ algebra: Algebra
  ) throws -> Tensor {
    if layer == nil && result.layer == nil && strides != result.strides {
      return try algebra.copy(self, result.array.layout.preservingOrder)
    }
    let isShared = others.contains { $0?.array.storage === array.storage }
    return isShared || array.layout.repeatsElements ? try algebra.clone(self) : self
  }

  /// Makes a tangent part of this tensor, which was changed in place: written over the one that it
  /// has, which views of it share.
  func writeTangent(_ new: Tensor?, _ dual: DualLevel) throws {
    let algebra = dual.algebra
    guard let new else {
      if let tangent { _ = try algebra.copyInto(tangent, algebra.zerosLike(self)) }
      return
    }
    if let tangent, try tangent.widened(like: new, algebra) === tangent {
      _ = try algebra.copyInto(tangent, new)
      return
    }
    if let base {
      // The base has one from now on, of which this view's is a part.
      let whole = try (base.tangent ?? algebra.zerosLike(base.primal)).widened(like: new, algebra)
      base.setTangent(Tangent(whole, in: dual))
      if let part = try algebra.part(whole, Window(array, of: base.array)) {
        _ = try algebra.copyInto(part, new)
        setTangent(Tangent(part, in: dual))
        return
      }
    }
    setTangent(Tangent(try algebra.clone(new), in: dual))
  }

  /// The same numbers with room for those of `new`: a copy for each example where `new` differs
  /// between examples and this tensor doesn't.
  private func widened(like new: Tensor, _ algebra: Algebra) throws -> Tensor {
    guard let layer = new.layer, layer.level.isAlive else { return self }
    let level = layer.level
    return try ThreadContext.current.below(level) {
      if level.owns(self) {
        let value = level.unwrap(self)
        let wide = try value.widened(like: layer.value, algebra)
        return wide === value ? self : level.wrap(wide)
      }
      if level.isDifferentiating {
        let wide = try widened(like: layer.value, algebra)
        return wide === self ? self : level.wrap(wide)
      }
      let copies = try algebra.clone(level.expanded(self))
      return level.wrap(try copies.widened(like: layer.value, algebra))
    }
  }
}
