import Arrays
import Autograd

// What operators share that cut a part out of an array: the adjoint puts the part back.

/// Which part of an array of certain sizes is meant.
struct Placement: Sendable {
  /// The sizes of the whole.
  let sizes: Dims
  /// The part, as a view of the whole.
  let cut: @Sendable (NDArray) throws -> NDArray
  /// The same part of each of so many examples.
  let following: @Sendable (_ size: Int) throws -> Placement

  /// What a call with certain attributes cuts out.
  ///
  /// - Parameter moved: the attributes of a call for all examples; see `Batching.moved`.
  init<A: Sendable>(
    _ sizes: Dims, _ a: A, cut: @escaping @Sendable (NDArray, A) throws -> NDArray,
    moved: @escaping @Sendable (A, Int) throws -> A
  ) {
    self.sizes = sizes
    self.cut = { try cut($0, a) }
    following = { size in
      try Placement(sizes.following(size), moved(a, sizes.count), cut: cut, moved: moved)
    }
  }
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
    derivative: .of(.linear { g, _, placement in try cutOut(g, placement) }), tangent: .linear,
    batching: .rule { batch, placement in
      [try place(batch.input(0), placement.following(batch.size))]
    }, samples: [])

  /// The part of an array, as a view.
  static let cutOut: Operator<Placement> = Operator(
    "_cut_out(Tensor(a) self) -> Tensor(a)", "Part of an array.",
    forward: .view { x, placement in try placement.cut(x) },
    derivative: .of(.linear { g, _, placement in try place(g, placement) }),
    batching: .rule { batch, placement in
      [try cutOut(batch.input(0), placement.following(batch.size))]
    }, samples: [])

  /// An operator that returns part of its argument as a view, no element twice.
  ///
  /// - Parameter moved: see `Batching.moved`.
  static func part<A>(
    _ schema: String, _ documentation: String, gradName: String? = nil,
    cut: @escaping @Sendable (NDArray, A) throws -> NDArray,
    moved: @escaping @Sendable (A, _ rank: Int) throws -> A,
    samples: @autoclosure @escaping @Sendable () -> [Sample<A>]
  ) -> Operator<A> {
    Operator(
      schema, documentation, gradName: gradName, forward: .view(cut),
      derivative: .of(
        .linear { g, c, a in
          try place(g, Placement(c.sizes(), a, cut: cut, moved: moved))
        }), batching: .moved(moved), samples: samples())
  }
}
