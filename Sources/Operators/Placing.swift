import Arrays
import Autograd

// What operators share that cut a part out of an array: the adjoint puts the part back.

/// Which part of an array of certain sizes is meant.
struct Placement: Sendable {
  /// The sizes of the whole.
  let sizes: Dims
  /// The part, as a view of the whole.
  let cut: @Sendable (NDArray) throws -> NDArray
}

extension Ops {
  /// Zeros, with the part put where it belongs.
  static let place: Operator<Placement> = Operator(
    "_place(Tensor self) -> Tensor", "Zeros with part of them filled.",
    forward: .one { part, placement, _ in
      let whole = try NDArray.full(placement.sizes, 0, part.dtype)
      try placement.cut(whole).assign(part)
      return whole
    },
    derivative: .of(.linear { g, _, placement in try cutOut(g, placement) }), samples: [])

  /// The part of an array, as a view.
  private static let cutOut: Operator<Placement> = Operator(
    "_cut_out(Tensor(a) self) -> Tensor(a)", "Part of an array.",
    forward: .view { x, placement in try placement.cut(x) },
    derivative: .of(.linear { g, _, placement in try place(g, placement) }), samples: [])

  /// An operator that returns part of its argument as a view, no element twice.
  static func part<A>(
    _ schema: String, _ documentation: String, gradName: String? = nil,
    cut: @escaping @Sendable (NDArray, A) throws -> NDArray,
    samples: @autoclosure @escaping @Sendable () -> [Sample<A>]
  ) -> Operator<A> {
    Operator(
      schema, documentation, gradName: gradName, forward: .view(cut),
      derivative: .of(
        .linear { g, c, a in
          try place(g, Placement(sizes: c.sizes()) { try cut($0, a) })
        }), samples: samples())
  }
}
