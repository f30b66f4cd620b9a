import Arrays

/// How an operator carries tangents along: the product of its Jacobian and a vector.
package enum TangentRule<A>: Sendable {
  /// By the derivative, transposed: its formulas are linear in the gradient, and the derivative of
  /// that is what is wanted. Right for every operator that can be differentiated twice, at the cost
  /// of two backward passes. A view is linear without saying so.
  case derived
  /// The operator does to tangents what it does to its tensors; a missing tangent is zeros.
  case linear
  /// The operator is linear in each of its two tensors: the product rule.
  case bilinear
  /// Each element of the result depends on one element of each tensor: the derivative's formulas do
  /// to tangents what they do to gradients. Those of complex numbers, which are multiplied by the
  /// conjugate of the derivative, do so to conjugates; the function has to be holomorphic.
  case elementwise
  /// A formula, that gives the tangent of each result; nil stands for zero.
  case formula(@Sendable (TangentContext, A) throws -> [Tensor?])
}

/// Where the forward-mode derivative of an operator comes from, for its page in the reference.
package enum TangentSource: String, Sendable {
  case composed = "of its parts"
  case stated = "stated"
  case linear = "linear"
  case elementwise = "the derivative, element by element"
  case derived = "the derivative, transposed"
  case zero = "zero"
  case none = "none"
}

extension TangentRule {
  func source(_ forward: Forward<A>, _ derivative: Derivative<A>) -> TangentSource {
    if forward.isComposed { return .composed }
    switch derivative {
    case .none, .refused: return .none
    case .zero: return .zero
    default: break
    }
    switch self {
    case .derived: return forward.isView ? .linear : .derived
    case .linear, .bilinear: return .linear
    case .elementwise: return .elementwise
    case .formula: return .stated
    }
  }
}

/// What a rule for tangents sees: the tensors of the call without their tangents, and the tangents.
package final class TangentContext {
  /// The tensor arguments.
  package let inputs: [Tensor?]
  /// Their tangents; nil stands for zero.
  package let tangents: [Tensor?]
  /// The results.
  package let results: [Tensor]
  let algebra: Algebra

  init(_ inputs: [Tensor?], _ tangents: [Tensor?], _ results: [Tensor], _ algebra: Algebra) {
    self.inputs = inputs
    self.tangents = tangents
    self.results = results
    self.algebra = algebra
  }

  /// A tensor argument, which must have been given.
  package func input(_ index: Int) -> Tensor {
    guard index < inputs.count, let input = inputs[index] else {
      preconditionFailure("a rule for tangents uses tensor \(index), which is missing")
    }
    return input
  }

  /// The first tensor argument.
  package var x: Tensor { input(0) }
  /// The second tensor argument.
  package var y: Tensor { input(1) }
  /// The third tensor argument.
  package var z: Tensor { input(2) }
  /// The first result.
  package var result: Tensor { results[0] }

  /// The tangent of a tensor argument; nil stands for zero.
  package func tangent(_ index: Int) -> Tensor? {
    index < tangents.count ? tangents[index] : nil
  }

  /// The tangent of a tensor argument.
  package func filledTangent(_ index: Int) throws -> Tensor {
    if let tangent = tangent(index) { return tangent }
    return try algebra.zerosLike(input(index))
  }
}

extension OperatorBody {
  /// The tangents of the results of a call at the present level.
  func tangents(
    _ inputs: [Tensor?], _ tangents: [Tensor?], _ results: [Tensor], _ a: Attributes,
    _ algebra: Algebra
  ) throws -> [Tensor?] {
    let context = TangentContext(inputs, tangents, results, algebra)
    switch derivative {
    case .none: return []
    case .zero: return try results.map(algebra.zerosLike)
    case .refused:
      throw TensorError.unsupported(
        "Trying to use forward AD with \(schema.name) that does not support it because it has not "
          + "been implemented yet.\nPlease file an issue to PyTorch at "
          + "https://github.com/pytorch/pytorch/issues/new?template=feature-request.yml so that we "
          + "can prioritize its implementation.\nNote that forward AD support for some operators "
          + "require PyTorch to be built with TorchScript and for JIT to be enabled. If the "
          + "environment var PYTORCH_JIT=0 is set or if the library is not built with TorchScript, "
          + "some operators may no longer be used with forward AD.")
    default: break
    }
    switch forward.isView ? .linear : tangent {
    case .derived: return try transposedTwice(context, a)
    case .linear:
      return try apply(
        inputs.indices.map { record.covers($0) ? try filled(context, $0) : inputs[$0] }, a)
    case .bilinear:
      var sum: Tensor?
      for i in 0..<2 {
        guard let tangent = tangents[i] else { continue }
        var factors = inputs
        factors[i] = tangent
        let term = try apply(factors, a)[0]
        sum = try sum.map { try algebra.add($0, term) } ?? term
      }
      return [sum]
    case .elementwise: return [try elementwise(context, a)]
    case .formula(let formula): return try formula(context, a)
    }
  }

  private func filled(_ context: TangentContext, _ index: Int) throws -> Tensor? {
    context.inputs[index] == nil ? nil : try context.filledTangent(index)
  }

  private func elementwise(_ context: TangentContext, _ a: Attributes) throws -> Tensor? {
    guard case .of(let partials) = derivative else {
      preconditionFailure("\(schema.text) is not elementwise")
    }
    var sum: Tensor?
    for (i, tangent) in context.tangents.enumerated() {
      guard let tangent, i < partials.count, partials[i].isDifferentiable else { continue }
      let isComplex = tangent.dtype.isComplex || context.result.dtype.isComplex
      let direction = isComplex ? try context.algebra.conj(tangent) : tangent
      var term = try withExtendedLifetime(context) {
        try partials[i].formula(direction, Context(context), a, i)
      }
      if isComplex { term = try context.algebra.conj(term) }
      sum = try sum.map { try context.algebra.add($0, term) } ?? term
    }
    guard let sum, sum.shape != context.result.shape else { return sum }
    return try context.algebra.expand(sum, context.result.shape)
  }

  /// The derivative of u ↦ Jᵀu, which is linear, in the direction of the tangents: J times them.
  private func transposedTwice(_ context: TangentContext, _ a: Attributes) throws -> [Tensor?] {
    let isRecording = GradMode.isEnabled
    let algebra = context.algebra
    return try GradMode.with(true) {
      var inputs = context.inputs
      var directions: [Int] = []
      for (i, tangent) in context.tangents.enumerated() where tangent != nil && record.covers(i) {
        guard let input = inputs[i] else { continue }
        if !input.requiresGrad { inputs[i] = try ThreadContext.current.leaf(input) }
        directions.append(i)
      }
      let results = try apply(inputs, a)
      let recorded = results.indices.filter { results[$0].requiresGrad }
      let seeds = try recorded.map {
        try ThreadContext.current.leaf(algebra.zeros(results[$0].shape, results[$0].dtype))
      }
      var tangents: [Tensor?] = results.map { _ in nil }
      if recorded.isEmpty { return tangents }
      let transposed = try Engine.grad(
        recorded.map { results[$0] }, directions.compactMap { inputs[$0] }, gradients: seeds,
        retainGraph: true, createGraph: true, allowUnused: true, materialize: false, algebra)
      var outputs: [Tensor] = []
      var vectors: [Tensor?] = []
      for (gradient, i) in zip(transposed, directions) {
        guard let gradient, gradient.requiresGrad else { continue }
        outputs.append(gradient)
        vectors.append(context.tangents[i])
      }
      if outputs.isEmpty { return tangents }
      let products = try Engine.grad(
        outputs, seeds, gradients: vectors, retainGraph: true, createGraph: isRecording,
        allowUnused: true, materialize: false, algebra)
      for (k, i) in recorded.enumerated() {
        tangents[i] = try products[k] ?? algebra.zeros(results[i].shape, results[i].dtype)
      }
      return tangents
    }
  }
}
