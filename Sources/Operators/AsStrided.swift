import Arrays
import Autograd

extension Ops {
  package static let strided: [any AnyOperator] = [asStrided]

  package static let asStrided = Operator<(size: Dims, stride: Dims, storageOffset: Int?)>(
    "as_strided(Tensor(a) self, int[] size, int[] stride, int? storage_offset=None) -> Tensor(a)",
    """
    View of the same storage with any sizes, strides and offset, counted in elements.

    Errors: a negative size or stride, and a view that reaches beyond the storage.
    Derivative: g is added up where elements of the view share memory; elements of self that share
    memory share what arrives there.
    """,
    forward: .composed { x, a in
      let part = try x.array.asStrided(a.size, a.stride, offset: a.storageOffset)
      return try window(x, Window(part, of: x.array))
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 3]), attributes: ([2, 2], [3, 1], nil)),
      Sample(SampleInput([5]), attributes: ([3, 3], [1, 1], 0)),
      Sample(SampleInput([3, 2], transposed: true), attributes: ([4], [1], 1)),
    ])
}

// Linear maps between an array and part of it, each the transpose of another. They are not exported;
// the engine needs them for views that were changed in place, and `as_strided` is made of them.

extension Ops {
  /// The part, as a view.
  static let window: Operator<Window> = Operator(
    "_window(Tensor(a) self) -> Tensor(a)", "Part of the storage, as a view.",
    gradName: "AsStridedBackward0",
    forward: .view { x, w in x.with(w.part, offset: x.offset &+ w.offset) },
    derivative: .of(.linear { g, _, w in try scatterWindow(g, w) }),
    batching: .rule { batch, w in
      let x = batch.input(0)
      try w.checkWithinExample(batch.sizes(0), x)
      return [try window(x, w.following(batch.size, stride: x.strides[0]))]
    }, samples: [])

  /// The part, as a copy, of a tensor that has the whole's sizes but perhaps other strides.
  static let readWindow: Operator<Window> = Operator(
    "_read_window(Tensor self) -> Tensor", "Part of an array, copied.",
    forward: .one { x, w, _ in try w.read(x) },
    derivative: .of(.linear { g, _, w in try scatterWindow(g, w) }), tangent: .linear,
    batching: .rule { batch, w in [try readWindow(batch.input(0), w.following(batch.size))] },
    samples: [])

  /// Zeros, with the part put where it belongs.
  static let scatterWindow: Operator<Window> = Operator(
    "_scatter_window(Tensor self) -> Tensor", "Zeros with part of them filled.",
    forward: .one { x, w, _ in try w.scatter(x) },
    derivative: .of(.linear { g, _, w in try readWindow(g, w) }), tangent: .linear,
    batching: .rule { batch, w in [try scatterWindow(batch.input(0), w.following(batch.size))] },
    samples: [])

  /// A copy of the whole with zeros in the part.
  static let clearWindow: Operator<Window> = Operator(
    "_clear_window(Tensor self) -> Tensor", "An array with part of it zeroed.",
    forward: .one { x, w, _ in try w.clear(x) },
    derivative: .of(.linear { g, _, w in try clearWindow(g, w) }), tangent: .linear,
    batching: .rule { batch, w in [try clearWindow(batch.input(0), w.following(batch.size))] },
    samples: [])
}

extension Window {
  /// Checks that the part of one example reaches no other example.
  ///
  /// - Parameters:
  ///   - sizes: those of an example.
  ///   - all: the tensor of all examples.
  /// - Throws: `TensorError.runtime`.
  fileprivate func checkWithinExample(_ sizes: Dims, _ all: Tensor) throws {
    if part.count == 0 { return }
    let example = Layout.strided(sizes, Dims(all.strides.dropFirst()))
    let start = all.storageOffset
    let first = start &+ offset
    let call = "result = tensor.as_strided(\(part.sizes),\(part.strides),\(first))"
    let advice = "rewrite the `as_strided` call as a sequence of PyTorch view operations"
    if example.count == 0 {
      throw TensorError.runtime(
        call + "can access memory outside of `tensor`. `tensor` has no storage but the "
          + "passed-in (size, stride, storage_offset) imply a result with some storage. This is not "
          + "supported inside of vmap, please try to " + advice)
    }
    let (last, bound) = (first &+ part.extent &- 1, start &+ example.extent &- 1)
    if last <= bound && start <= first { return }
    throw TensorError.runtime(
      call + "can access memory outside of `tensor`. `result` can access somememory in range "
        + "[\(first), \(last)], but `tensor` can only access some memory in range [\(start), "
        + "\(bound)]. This is not supported inside of vmap, please try to" + advice)
  }
}
