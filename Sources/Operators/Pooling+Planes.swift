import Arrays
import Autograd
import Elements

// What all poolings and their derivatives are made of: operators on the last dimensions of a tensor
// with any dimensions in front. None of them is exported.

/// A pooling whose numbers are checked.
struct Pooling: Sendable {
  /// Windows along one dimension.
  enum Side: Sendable {
    case window(length: Int, stride: Int, padding: Int, dilation: Int)
    /// As equal as can be.
    case adaptive
  }

  var sides: [Side]
  /// How many windows there are along each dimension.
  var places: Dims
  var countsPadding = true
  var divisor: Int?
  /// The node's name up to "Backward0".
  var node: String
  /// What an error calls the loop.
  var kernel: String

  /// The windows on planes of a tensor of these sizes.
  func geometry(on sizes: Dims) throws -> PoolGeometry {
    let planes = sizes.suffix(sides.count)
    let sides = try zip(sides, zip(planes, places)).map { side, numbers in
      switch side {
      case .window(let length, let stride, let padding, let dilation):
        try PoolSide(
          size: numbers.0, count: numbers.1, length: length, stride: stride, padding: padding,
          dilation: dilation, countsPadding: countsPadding)
      case .adaptive: try PoolSide(size: numbers.0, adaptive: numbers.1)
      }
    }
    return PoolGeometry(sides, divisor: divisor)
  }

  /// The sizes of the result for a tensor of these sizes.
  func sizes(on sizes: Dims) -> Dims { Dims(sizes.dropLast(sides.count) + places) }
}

/// A gradient of a pooling of planes of such sizes.
struct PoolingGradient: Sendable {
  let pooling: Pooling
  /// Sizes of the planes.
  let planes: Dims

  var node: String { pooling.node + "BackwardBackward0" }
}

extension Ops {
  /// The largest elements and their places.
  static let maxPlanes: Operator<Pooling> = Operator(
    "_max_planes(Tensor self) -> (Tensor values, Tensor indices)",
    "The largest elements under windows.", gradNameOf: { $0.node + "Backward0" },
    forward: .several { x, a in
      try x.sizes.checkPooled(a, x.dtype)
      return try x.maxPool(a.geometry(on: x.sizes), kernel: a.kernel)
    },
    derivative: .of(
      .saving(.result2) { g, c, a in
        let planes = Dims(c.sizes(of: 0).suffix(a.sides.count))
        return try addedToPlaces(g, c.result2, PoolingGradient(pooling: a, planes: planes))
      }),
    tangent: .formula { c, a in
      [try c.tangent(0)?.takenFromPlaces(c.results[1], a.sides.count), nil]
    },
    batching: .rule { batch, a in try maxPlanes.several(batch.batched(0), a) },
    samples: [])

  /// The gradient of the largest elements.
  static let addedToPlaces: Operator<PoolingGradient> = Operator(
    "_added_to_places(Tensor self, Tensor indices) -> Tensor",
    "Numbers added to the places of planes that indices say.", gradNameOf: \.node,
    forward: .two { g, indices, a, _ in try g.addedToPlaces(indices, a.planes) },
    derivative: .of(
      .saving(.y) { g, c, a in try g.takenFromPlaces(c.y, a.planes.count) }, .notDifferentiable),
    tangent: .formula { c, a in [try c.tangent(0).map { try addedToPlaces($0, c.y, a) }] },
    batching: .rule { batch, a in
      [try addedToPlaces(batch.batched(0), batch.batched(1), a)]
    },
    samples: [])

  /// The means.
  static let meanPlanes: Operator<Pooling> = Operator(
    "_mean_planes(Tensor self) -> Tensor", "Means of the elements under windows.",
    gradNameOf: { $0.node + "Backward0" },
    forward: .one { x, a, _ in
      try x.sizes.checkPooled(a, x.dtype)
      return try x.meanPool(a.geometry(on: x.sizes), kernel: a.kernel)
    },
    derivative: .of(
      .linear { g, c, a in
        let planes = Dims(c.sizes(of: 0).suffix(a.sides.count))
        return try meanPlanesGradient(g, PoolingGradient(pooling: a, planes: planes))
      }),
    tangent: .linear,
    batching: .rule { batch, a in [try meanPlanes(batch.batched(0), a)] },
    samples: [])

  /// The gradient of the means.
  static let meanPlanesGradient: Operator<PoolingGradient> = Operator(
    "_mean_planes_gradient(Tensor self) -> Tensor",
    "Numbers divided among the elements under windows.", gradNameOf: \.node,
    forward: .one { g, a, _ in
      let sizes = Dims(g.sizes.dropLast(a.planes.count) + a.planes)
      return try g.meanPoolGradient(a.pooling.geometry(on: sizes), of: sizes)
    },
    derivative: .of(.linear { g, _, a in try meanPlanes(g, a.pooling) }),
    tangent: .linear,
    batching: .rule { batch, a in [try meanPlanesGradient(batch.batched(0), a)] },
    samples: [])
}

extension Tensor {
  /// The elements of planes that `indices` say.
  func takenFromPlaces(_ indices: Tensor, _ rank: Int) throws -> Tensor {
    let planes = try flatten(startDim: self.rank - rank)
    let places = try indices.flatten(startDim: self.rank - rank)
    return try planes.gather(dim: -1, places).reshape(indices.shape)
  }
}

extension Dims {
  /// Checks that the result of a pooling can be held, before windows are laid out.
  ///
  /// - Throws: `TensorError.countOverflow`, `.negativeSize`, `.storageOverflow`.
  fileprivate func checkPooled(_ pooling: Pooling, _ dtype: DType) throws {
    let sizes = pooling.sizes(on: self)
    if let negative = sizes.first(where: { $0 < 0 }) {
      throw TensorError.negativeSize(negative, sizes: sizes)
    }
    if sizes.reduce(Double(1), { $0 * Double($1) }) >= 0x1p63 { throw TensorError.countOverflow }
    try sizes.checkStorage(dtype)
  }
}
