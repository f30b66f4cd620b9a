import Arrays

/// An operator: schema, documentation, forward, derivative and samples in one value.
///
/// `Attributes` is what it takes besides tensors: `Void`, one value, or a tuple in the order of
/// the schema.
package struct Operator<Attributes: Sendable>: AnyOperator {
  /// Operators last as long as the process, so nobody counts the references to one: every call
  /// would write to a word that all threads share.
  let body: Unmanaged<OperatorBody<Attributes>>

  /// - Parameters:
  ///   - gradName: the node's name where it is not the operator's in camel case, "Backward0".
  ///   - gradNameOf: the name for a call with these attributes, where it depends on them.
  ///   - inPlace: whether there is a variant that writes into the first argument.
  ///   - tangent: how forward mode goes through it.
  ///   - batching: how `vmap` has it carried out for all examples.
  ///   - attributeTensors: the tensors among the attributes, which `vmap` could not see else.
  ///   - samples: calls to check; made when somebody asks for them.
  package init(
    _ schema: String, _ documentation: String, gradName: String? = nil,
    gradNameOf: (@Sendable (Attributes) -> String)? = nil,
    inPlace: InPlace = .unavailable, forward: Forward<Attributes>,
    derivative: Derivative<Attributes>, tangent: TangentRule<Attributes> = .derived,
    batching: Batching<Attributes> = .loop,
    attributeTensors: (@Sendable (Attributes) -> [Tensor?])? = nil,
    samples: @autoclosure @escaping @Sendable () -> [Sample<Attributes>]
  ) {
    body = .passRetained(
      OperatorBody(
        schema, documentation, gradName: gradName, gradNameOf: gradNameOf, inPlace: inPlace,
        forward: forward, derivative: derivative, tangent: tangent, batching: batching,
        attributeTensors: attributeTensors, samples: samples))
  }

  package var definition: OperatorDefinition { body.takeUnretainedValue() }
}

/// An operator whatever its attributes are.
package protocol AnyOperator: Sendable {
  /// What it says of itself.
  var definition: OperatorDefinition { get }
}

/// What an operator consists of.
final class OperatorBody<Attributes: Sendable>: OperatorDefinition, @unchecked Sendable {
  let forward: Forward<Attributes>
  let derivative: Derivative<Attributes>
  let tangent: TangentRule<Attributes>
  let batching: Batching<Attributes>
  let attributeTensors: (@Sendable (Attributes) -> [Tensor?])?
  let samples: @Sendable () -> [Sample<Attributes>]
  private let gradNameOf: (@Sendable (Attributes) -> String)?
  /// The class of the nodes, `Call<Attributes>`. It is looked up once: that takes longer than to
  /// make an object of it.
  let nodeType: OperatorNode.Type = Call<Attributes>.self
  /// The formulas of `derivative`, where they are one for each argument: read in every backward
  /// pass, and an array of generic structs is slow to read.
  private let formulas: InlineFormulas
  private typealias Formula = Partial<Attributes>.IndexedFormula
  private typealias InlineFormulas = (Formula?, Formula?, Formula?)

  init(
    _ schema: String, _ documentation: String, gradName: String?,
    gradNameOf: (@Sendable (Attributes) -> String)?, inPlace: InPlace,
    forward: Forward<Attributes>, derivative: Derivative<Attributes>,
    tangent: TangentRule<Attributes>, batching: Batching<Attributes>,
    attributeTensors: (@Sendable (Attributes) -> [Tensor?])?,
    samples: @escaping @Sendable () -> [Sample<Attributes>]
  ) {
    self.forward = forward
    self.gradNameOf = gradNameOf
    self.derivative = derivative
    self.tangent = tangent
    self.batching = batching
    self.attributeTensors = attributeTensors
    self.samples = samples
    formulas =
      if case .of(let partials) = derivative {
        (
          partials.first?.formula, partials.dropFirst().first?.formula,
          partials.dropFirst(2).first?.formula
        )
      } else {
        (nil, nil, nil)
      }
    super.init(
      schema, documentation, gradName: gradName, inPlace: inPlace, record: RecordPlan(derivative))
  }

  /// The name of the node of a call.
  func gradName(of attributes: Attributes) -> String { gradNameOf?(attributes) ?? gradName }

  override var differentiability: Differentiability { derivative.differentiability }

  override var takesList: Bool { forward.takesList }

  override var tangentSource: TangentSource { tangent.source(forward, derivative) }

  override var batchingSource: BatchingSource { batching.source(forward) }

  /// The gradients of all tensor arguments that somebody wants.
  func gradients(_ context: Context, _ attributes: Attributes) throws -> Gradients {
    var result = Gradients()
    let count = context.argumentCount
    if let first = formulas.0 {
      let gradient = try context.gradient
      result.append(context.needs(0) ? try first(gradient, context, attributes, 0) : nil)
      if count > 1, let second = formulas.1 {
        result.append(context.needs(1) ? try second(gradient, context, attributes, 1) : nil)
      }
      if count > 2, let third = formulas.2 {
        result.append(context.needs(2) ? try third(gradient, context, attributes, 2) : nil)
      }
      return result
    }
    switch derivative {
    case .joint(_, let formula):
      return try formula(context, attributes)
    case .zero:
      for i in 0..<count {
        result.append(context.needs(i) ? try context.zeros(like: i) : nil)
      }
      return result
    case .refused:
      throw TensorError.runtime("derivative for aten::\(schema.name) is not implemented")
    case .of, .none, .composed:
      preconditionFailure("\(gradName) has no derivative")
    }
  }

  override func cases() throws -> [OperatorCase] {
    var seed: UInt64 = 0
    return try samples().map { sample in
      let inputs = try sample.inputs.map { try $0.tensor(seed: &seed) }
      var example = OperatorCase(inputs: inputs) { try self.call($0, sample.attributes) }
      if hasInPlaceVariant {
        example.runInPlace = { try self.callInPlace($0, sample.attributes) }
      }
      return example
    }
  }
}

/// How an operator computes, by the number of its tensors.
///
/// The first group works on arrays. `out`, when it is given, is the first argument's memory: the
/// result is written into it and returned. `many` is for any number of tensors and results. The second returns views of its argument's storage. The
/// third is made of other operators, and needs no derivative of its own.
package enum Forward<A>: Sendable {
  case none(@Sendable (A) throws -> NDArray)
  case one(@Sendable (NDArray, A, _ out: NDArray?) throws -> NDArray)
  case two(@Sendable (NDArray, NDArray, A, _ out: NDArray?) throws -> NDArray)
  case three(@Sendable (NDArray, NDArray, NDArray?, A, _ out: NDArray?) throws -> NDArray)
  case list(@Sendable ([NDArray], A) throws -> NDArray)
  case several(@Sendable (NDArray, A) throws -> [NDArray])
  case many(@Sendable ([NDArray?], A) throws -> [NDArray])

  case view(@Sendable (NDArray, A) throws -> NDArray)
  case views(@Sendable (NDArray, A) throws -> [NDArray])

  case composedNone(@Sendable (A) throws -> Tensor)
  case composed(@Sendable (Tensor, A) throws -> Tensor)
  case composedTwo(@Sendable (Tensor, Tensor, A) throws -> Tensor)
  case composedThree(@Sendable (Tensor, Tensor, Tensor?, A) throws -> Tensor)
  case composedOptional(@Sendable (Tensor, Tensor?, Tensor?, A) throws -> Tensor)
  case composedList(@Sendable ([Tensor], A) throws -> Tensor)
  case composedSeveral(@Sendable (Tensor, A) throws -> [Tensor])
  case composedMany(@Sendable ([Tensor?], A) throws -> [Tensor])

  /// True when it is made of other operators.
  var isComposed: Bool {
    switch self {
    case .composedNone, .composed, .composedTwo, .composedThree, .composedOptional, .composedList,
      .composedSeveral, .composedMany:
      true
    default: false
    }
  }

  /// True when the tensors come as a list with an entry for each argument, nil where it is not given.
  var takesList: Bool {
    switch self {
    case .many, .composedMany: true
    default: false
    }
  }

  /// True when results share the argument's storage.
  var isView: Bool {
    switch self {
    case .view, .views: true
    default: false
    }
  }
}

/// How an operator is differentiated. There is no default: a derivative is never forgotten.
package enum Derivative<A>: Sendable {
  /// A formula for each tensor argument.
  case of([Partial<A>])
  /// One formula for all tensor arguments; results are in their order.
  case joint(saving: Slots, @Sendable (Context, A) throws -> Gradients)
  /// Zero wherever it exists: `floor`, `sign`.
  case zero
  /// There is none, because of something that a user understands.
  case none(because: String)
  /// PyTorch has none, and says so when a backward pass comes by, not before.
  case refused
  /// The operator is made of others.
  case composed

  /// A formula for each tensor argument.
  package static func of(_ partials: Partial<A>...) -> Derivative { .of(partials) }

  var differentiability: Differentiability {
    switch self {
    case .of, .joint, .composed: .differentiable
    case .zero: .zero
    case .none(let reason): .no(because: reason)
    case .refused: .refused
    }
  }
}

/// The derivative with respect to one tensor argument, multiplied by the gradient of the result:
/// the vector-Jacobian product.
package struct Partial<A>: Sendable {
  package typealias Formula = @Sendable (_ gradient: Tensor, Context, A) throws -> Tensor

  let slots: Slots
  /// A formula that also takes which argument it is for.
  typealias IndexedFormula =
    @Sendable (_ gradient: Tensor, Context, A, _ index: Int) throws -> Tensor

  let formula: IndexedFormula
  let isDifferentiable: Bool

  private init(_ slots: Slots, isDifferentiable: Bool = true, _ formula: @escaping Formula) {
    self.slots = slots
    self.formula = { gradient, context, attributes, _ in
      try formula(gradient, context, attributes)
    }
    self.isDifferentiable = isDifferentiable
  }

  private init(ofIndex formula: @escaping @Sendable (Context, Int) throws -> Tensor) {
    slots = []
    self.formula = { _, context, _, index in try formula(context, index) }
    isDifferentiable = true
  }

  /// A formula that uses saved tensors.
  package static func saving(_ slots: Slots, _ formula: @escaping Formula) -> Partial {
    Partial(slots, formula)
  }

  /// A formula that uses nothing but the gradient, sizes and attributes.
  package static func linear(_ formula: @escaping Formula) -> Partial { Partial([], formula) }

  /// The gradient as it is; broadcasting and promotion are undone by the engine.
  package static var identity: Partial { Partial([]) { gradient, _, _ in gradient } }

  /// Zero.
  package static var zero: Partial { Partial(ofIndex: { try $0.zeros(like: $1) }) }

  /// An argument that is not differentiable, such as an index or a mask.
  package static var notDifferentiable: Partial {
    Partial([], isDifferentiable: false) { gradient, _, _ in gradient }
  }
}

extension Partial where A == Void {
  /// A formula that uses saved tensors.
  package static func saving(
    _ slots: Slots, _ formula: @escaping @Sendable (Tensor, Context) throws -> Tensor
  ) -> Partial {
    saving(slots) { gradient, context, _ in try formula(gradient, context) }
  }

  /// A formula that uses nothing but the gradient and sizes.
  package static func linear(
    _ formula: @escaping @Sendable (Tensor, Context) throws -> Tensor
  ) -> Partial {
    linear { gradient, context, _ in try formula(gradient, context) }
  }
}
