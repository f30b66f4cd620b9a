import Arrays
import Autograd
import Elements

/// The linear map of `ClassSelection` made of operators, for targets or weights whose elements can't
/// be read because they differ between the examples of a `vmap`.
struct ClassPlaces {
  /// Sizes of the log-probabilities: [N, C, …] or [C].
  private let sizes: Dims
  /// The class of each place, along a dimension of size 1; 0 where it is ignored.
  private let index: Tensor
  /// Minus the weight of each place, 0 where it is ignored.
  private let factors: Tensor
  /// True where a place does not count.
  private let isIgnored: Tensor
  private let reduction: LossReduction

  private var dim: Int { sizes.count > 1 ? 1 : 0 }

  /// - Throws: `TensorError.runtime` for a target or weight of another dtype, `.index` for a class
  ///   that there is not.
  init(
    of x: Tensor, _ target: Tensor, _ weight: Tensor?, _ a: Ops.Selection
  ) throws {
    try ClassSelection.checkDTypes(x.dtype, target: target.dtype, weight: weight?.dtype)
    sizes = x.shape
    reduction = a.reduction
    let places = sizes.count > 1 ? sizes.reducing([1], keepdim: false) : []
    let target = try target.to(dtype: .int64).reshape(places)
    isIgnored = try target.eq(.int(Int64(a.ignoreIndex)))
    let chosen = try target.maskedFill(isIgnored, 0)
    index = try chosen.unsqueeze(dim: sizes.count > 1 ? 1 : 0)
    let weights =
      try weight?.gather(dim: 0, chosen.reshape([places.reduce(1, *)])).reshape(places)
      ?? Tensor.ones(places, dtype: x.dtype)
    factors = try -weights.maskedFill(isIgnored, 0)
  }

  /// See `ClassSelection.losses`.
  func losses(_ x: Tensor) throws -> Tensor {
    let picked = try x.gather(dim: dim, index).reshape(factors.shape)
    // Minus infinity times zero would be nan.
    let losses = try picked.maskedFill(isIgnored, 0) * factors
    switch reduction {
    case .none: return losses
    case .sum: return try losses.sum()
    case .mean: return try losses.sum() / -factors.sum()
    }
  }

  /// See `ClassSelection.gradient`.
  func gradient(_ g: Tensor) throws -> Tensor {
    var values = try g * factors
    if reduction == .mean { values = try values / -factors.sum() }
    values = try values.maskedFill(isIgnored, 0)
    return try Tensor.zeros(sizes, dtype: g.dtype)
      .scatterAdd(dim: dim, index, values.reshape(index.shape).to(dtype: g.dtype))
  }
}

extension ClassPlaces {
  /// What a selection says, of which only the gradients are one example of several.
  init(_ selection: ClassSelection) throws {
    let x = Tensor(try .empty(selection.sizes, selection.dtype))
    try self.init(
      of: x, Tensor(selection.target), selection.weight.map { Tensor($0) },
      (selection.reduction, Int(selection.ignored)))
  }
}
