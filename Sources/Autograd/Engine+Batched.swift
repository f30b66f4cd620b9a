import Arrays

extension Engine {
  /// Runs a pass for all elements of a batch at once: PyTorch's `is_grads_batched`.
  ///
  /// - Throws: `TensorError.runtime` where the gradients' dimensions but the first are not the
  ///   output's.
  static func batched(
    _ outputs: [GraphValue], _ gradients: [Tensor?], _ algebra: Algebra,
    _ run: ([Pass.Root]) throws -> [Tensor?]
  ) throws -> [Tensor?] {
    try checkCount(outputs, gradients)
    for (i, output) in outputs.enumerated() {
      if !gradients.isEmpty, let gradient = gradients[i] {
        try checkBatch(gradient, output, i)
      } else {
        try checkSize(output, nil, i)
      }
    }
    let sizes = gradients.compactMap { $0?.shape[0] }
    guard let size = sizes.first else {
      throw TensorError.value(
        "vmap(vjp, in_dims=0, ...)(<inputs>): Got in_dim=0 for some input, but that input is a "
          + "Tensor of dimensionality 0 so expected in_dim to satisfy 0 <= in_dim < 0.")
    }
    guard sizes.allSatisfy({ $0 == size }) else {
      throw TensorError.value(
        "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
          + "\(sizes) for the mapped dimension")
    }
    return try Level.with(.batching(size: size, randomness: .error), algebra) { level in
      let roots = try outputs.indices.map { i in
        let gradient = gradients[i].map { level.wrap($0) }
        return try root(outputs[i], gradient, i, algebra)
      }
      return try run(roots).map { result in
        guard let result else { return nil }
        return try ThreadContext.current.below(level) {
          if level.owns(result) { return level.unwrap(result) }
          // The same for all.
          return try algebra.expand(result, Dims([size] + Array(result.shape)))
        }
      }
    }
  }

  private static func checkBatch(
    _ gradient: Tensor, _ output: GraphValue, _ position: Int
  ) throws {
    guard let size = gradient.shape.first else { throw TensorError.indexOfScalar }
    if size == 0 { throw TensorError.indexOutOfRange(0, dim: 0, size: 0) }
    let example = Dims(gradient.shape.dropFirst())
    if example == output.shape { return }
    // PyTorch takes the first element of the batch, and shows its sizes but the first.
    throw TensorError.runtime(
      "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the "
        + "batch dimension. The sizes of the remaining dimensions are expected to match the shape "
        + "of corresponding output, but a mismatch was detected: grad_output[\(position)] has a "
        + "shape of torch.Size(\(Dims(example.dropFirst()))) and output[\(position)] has a shape "
        + "of torch.Size(\(output.shape)). If you only want some tensors in `grad_output` to be "
        + "considered batched, consider using vmap.")
  }
}
