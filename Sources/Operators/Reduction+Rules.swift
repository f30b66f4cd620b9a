import Arrays
import Autograd

// How reductions and their like are batched, and carry tangents along.

extension Batching {
  /// A call along some dimensions of the only tensor, given the dimensions of an example: all of
  /// them where none is given.
  ///
  /// A 0-d example counts as one of one dimension, which it gets for the call.
  ///
  /// - Parameter call: the call for all examples, whose dimensions are wrapped.
  static func along(
    _ dims: @escaping @Sendable (A) -> Dims?,
    _ call: @escaping @Sendable (Tensor, Dims, A) throws -> [Tensor]
  ) -> Batching {
    .rule { batch, a in
      let x = batch.input(0)
      let found = try Dims.reduced(dims(a), rank: batch.rank(0))
      if batch.rank(0) > 0 { return try call(x, Dims(found.map { $0 + 1 }), a) }
      return try call(x.unsqueeze(dim: 1), [1], a).map { try $0.reshape([batch.size]) }
    }
  }

  /// The same for a call that takes all examples' elements in a single dimension.
  static func flattened(
    _ call: @escaping @Sendable (Tensor, A) throws -> Tensor
  ) -> Batching {
    .rule { batch, a in
      let count = batch.sizes(0).reduce(1, *)
      return [try call(batch.input(0).reshape([batch.size, count]), a)]
    }
  }
}

extension TangentRule {
  /// For a reduction whose results each depend on one row of the first tensor: what the derivative
  /// does to a gradient of ones is the slope in each element.
  ///
  /// - Parameters:
  ///   - rows: what the reduction is over.
  ///   - gradient: the formula of the derivative.
  static func rows(
    _ rows: @escaping @Sendable (A) -> (dim: Dims?, keepdim: Bool),
    _ gradient: @escaping @Sendable (Tensor, TangentContext, A) throws -> Tensor
  ) -> TangentRule {
    .formula { c, a in
      guard let tangent = c.tangent(0) else { return [nil] }
      let (dim, keepdim) = rows(a)
      let slope = try gradient(Tensor.ones(c.result.shape, dtype: c.result.dtype), c, a)
      let sum = try (tangent * slope.conj()).sum(dim: dim, keepdim: keepdim)
      // A real result of complex numbers moves along the real axis.
      let isReal = sum.dtype.isComplex && !c.result.dtype.isComplex
      return [try (isReal ? sum.real() : sum).to(dtype: c.result.dtype)]
    }
  }
}

extension TangentContext {
  /// The sum of what each tangent adds to that of the result, in the result's sizes.
  func sum(_ terms: [Tensor?]) throws -> Tensor? {
    let terms = terms.compactMap(\.self)
    guard let first = terms.first else { return nil }
    let sum = try terms.dropFirst().reduce(first) { try $0 + $1 }
    return sum.shape == result.shape ? sum : try sum.expand(result.shape)
  }
}
