import Arrays
import Autograd
import Elements

extension Operator {
  /// A function of each element that has a loop of its own, and another for its gradient.
  ///
  /// - Parameters:
  ///   - numbers: those that the loops take, for a dtype.
  ///   - formula: the same gradient made of tensor operations, where somebody watches: for the
  ///     derivative of the derivative, for tangents and transforms.
  init(
    activation schema: String, _ function: ActivationOperation, _ documentation: String,
    gradName: String? = nil, inPlace: InPlace = .available,
    numbers: @escaping @Sendable (Attributes, DType) throws -> ActivationNumbers,
    formula: @escaping @Sendable (_ g: Tensor, _ x: Tensor, Attributes) throws -> Tensor,
    samples: @autoclosure @escaping @Sendable () -> [Sample<Attributes>]
  ) {
    self.init(
      schema, documentation, gradName: gradName, inPlace: inPlace,
      forward: .one { x, a, out in
        try x.activation(function, numbers(a, x.dtype), into: out)
      },
      derivative: .of(
        .saving(.x) { g, c, a in
          let x = try c.x
          guard isUnwatched(g, x) else { return try formula(g, x, a) }
          let gradient = try g.array.activationGradient(function, x.array, numbers(a, x.dtype))
          return Tensor(gradient)
        }),
      tangent: .elementwise, batching: .elementwise,
      samples: samples())
  }
}

extension Tensor {
  /// This gradient where the mask is true, else zero, whatever the gradient is there.
  func kept(where mask: Tensor?) throws -> Tensor {
    guard let mask else { return self }
    return try Ops.where(mask, self, .zero(like: self), ())
  }

  /// A 0-d zero that leaves a gradient's dtype as it is.
  static func zero(like gradient: Tensor) throws -> Tensor {
    Tensor(try .number(0, gradient.dtype))
  }
}
