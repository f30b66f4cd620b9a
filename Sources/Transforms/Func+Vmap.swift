import Arrays
import Autograd
import Elements
import Operators

/// What `Func.vmap` does where random numbers are asked for.
public enum VmapRandomness: Sendable {
  /// Refuses.
  case error
  /// Every example gets the same numbers.
  case same
  /// Every example gets numbers of its own.
  case different

  fileprivate var level: Randomness {
    switch self {
    case .error: .error
    case .same: .same
    case .different: .different
    }
  }
}

extension Func {
  /// Calls a function of single examples once, for all of them: PyTorch's `torch.vmap`.
  ///
  /// - Parameters:
  ///   - inDims: for each input the dimension that counts the examples; nil for one that all
  ///     examples share. Dimension 0 of each where it is left out.
  ///   - outDims: where the dimension goes in each output; 0 where it is left out. Nil for an output
  ///     that is the same for all examples.
  ///   - chunkSize: how many examples at once.
  /// - Throws: `TensorError.value` for dimensions that don't exist or differ in size.
  public static func vmap(
    _ inputs: [Tensor], inDims: [Int?]? = nil, outDims: [Int?]? = nil,
    randomness: VmapRandomness = .error, chunkSize: Int? = nil, _ function: TensorFunction
  ) throws -> [Tensor] {
    let inDims = inDims ?? inputs.map { _ in 0 }
    guard inDims.count == inputs.count else {
      throw TensorError.value(
        "vmap(f, in_dims=\(text(inDims)), ...)(<inputs>): in_dims is not compatible with the "
          + "structure of inputs.")
    }
    let dims = try zip(inDims, inputs).map { dim, input in
      try dim.map { try exampleDim($0, input) }
    }
    let size = try exampleCount(inputs, dims)
    let moved = try zip(inputs, dims).map { input, dim in
      try dim.map { try input.movingDim($0, to: 0) } ?? input
    }
    guard let chunkSize else {
      return try batched(moved, dims.map { $0 != nil }, size, outDims, randomness, function)
    }
    if chunkSize <= 0 {
      throw TensorError.value(
        "vmap: `chunk_size` should be None or greater than 0. (got \(chunkSize))")
    }
    var parts: [[Tensor]] = []
    for start in stride(from: 0, to: size, by: chunkSize) {
      let length = min(chunkSize, size - start)
      let chunk = try zip(moved, dims).map { input, dim in
        dim == nil ? input : try input.narrow(dim: 0, start: start, length: length)
      }
      parts.append(
        try batched(chunk, dims.map { $0 != nil }, length, outDims, randomness, function))
    }
    return try (parts.first ?? []).indices.map { k in
      let dim = dimOfOutput(k, outDims)
      guard let dim else { return parts[0][k] }
      return try Tensor.cat(parts.map { $0[k] }, dim: dim)
    }
  }

  private static func batched(
    _ inputs: [Tensor], _ isMapped: [Bool], _ size: Int, _ outDims: [Int?]?,
    _ randomness: VmapRandomness, _ function: TensorFunction
  ) throws -> [Tensor] {
    try Level.with(.batching(size: size, randomness: randomness.level), .operators) { level in
      let arguments = zip(inputs, isMapped).map { $1 ? level.wrap($0) : $0 }
      let outputs = try function(arguments)
      if let outDims, outDims.count != outputs.count {
        throw TensorError.value(
          "vmap(f, ..., out_dims=\(text(outDims))): out_dims is not compatible with the structure of "
            + "outputs.")
      }
      let context = ThreadContext.current
      return try context.below(level) {
        try outputs.enumerated().map { k, output in
          try level.result(output, size, dimOfOutput(k, outDims))
        }
      }
    }
  }

  private static func dimOfOutput(_ k: Int, _ outDims: [Int?]?) -> Int? {
    guard let outDims else { return 0 }
    return outDims[k]
  }

  private static func exampleDim(_ dim: Int, _ input: Tensor) throws -> Int {
    guard dim >= -input.rank, dim < input.rank else {
      throw TensorError.value(
        "vmap(f, in_dims=\(dim), ...)(<inputs>): Got in_dim=\(dim) for some input, but that input is "
          + "a Tensor of dimensionality \(input.rank) so expected in_dim to satisfy "
          + "-\(input.rank) <= in_dim < \(input.rank).")
    }
    return dim < 0 ? dim + input.rank : dim
  }

  private static func exampleCount(_ inputs: [Tensor], _ dims: [Int?]) throws -> Int {
    let sizes = zip(inputs, dims).compactMap { input, dim in dim.map { input.shape[$0] } }
    guard let size = sizes.first else {
      throw TensorError.value(
        "vmap(f, in_dims=\(text(dims)), ...)(<inputs>): Expected at least one Tensor to vmap over")
    }
    guard sizes.allSatisfy({ $0 == size }) else {
      throw TensorError.value(
        "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
          + "\(sizes) for the mapped dimension")
    }
    return size
  }

  private static func text(_ dims: [Int?]) -> String {
    "(" + dims.map { $0.map(String.init) ?? "None" }.joined(separator: ", ") + ")"
  }
}

extension Level {
  /// What a function under `vmap` returned, as the levels below see it, with the examples along
  /// `dim`.
  ///
  /// - Throws: `TensorError.value` when the examples differ although `dim` is nil.
  package func result(_ output: Tensor, _ size: Int, _ dim: Int?) throws -> Tensor {
    let value = unwrap(output)
    guard let dim else {
      if !owns(output) { return value }
      throw TensorError.value(
        "vmap(f, ...): `f` can not return a BatchedTensor when out_dim is None")
    }
    let rank = owns(output) ? value.rank : value.rank + 1
    guard dim >= -rank, dim < rank else {
      throw TensorError.dimOutOfRange(dim, rank: rank)
    }
    let whole =
      owns(output) ? value : try value.unsqueeze(dim: 0).expand(value.shape.following(size))
    return try whole.movingDim(0, to: dim < 0 ? dim + rank : dim)
  }
}

extension Tensor {
  /// A view with one dimension in another place.
  package func movingDim(_ from: Int, to target: Int) throws -> Tensor {
    if from == target { return self }
    var order = Array(0..<rank)
    order.remove(at: from)
    order.insert(from, at: target)
    return try permute(Dims(order))
  }
}
