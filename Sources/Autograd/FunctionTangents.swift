import Arrays

// Forward mode through a custom function, by its rule.

extension FunctionCall {
  /// Gives the outputs the tangents that the function's `jvp` works out.
  ///
  /// - Parameters:
  ///   - raw: what the forward returned.
  ///   - outputs: the same with their history.
  /// - Throws: `TensorError.unsupported` without a rule; `.runtime` when it breaks what views and
  ///   changes in place promise.
  func carryTangents(_ raw: [Tensor], _ outputs: [Tensor]) throws {
    let thread = ThreadContext.current
    guard thread.carriesTangents else { return }
    var dual: DualLevel?
    let present = inputs.map { input -> Tensor? in
      guard input.level === level, let tangent = input.extras?.tangent, let value = tangent.value
      else { return nil }
      dual = tangent.level
      return value
    }
    guard let dual else { return }
    guard let jvp = function.jvp else {
      throw TensorError.unsupported(
        "You must implement the jvp function for custom autograd.Function to use it with forward mode "
          + "AD.")
    }
    context.outputCount = raw.count
    let versions = present.map { $0?.array.storage.version }
    let given = try zip(inputs, present).map { input, tangent in
      if tangent != nil || !context.materializesGrads { return tangent }
      return try dual.algebra.zeros(input.shape, input.dtype)
    }
    let found = try thread.withoutTangents { try jvp(context, given) }
    guard found.count == raw.count else {
      throw TensorError.runtime(
        "Function's jvp returned an invalid number of forward gradients (expected \(raw.count) but "
          + "got \(found.count))")
    }
    for (i, tangent) in found.enumerated() {
      guard isDifferentiable(raw[i]) else {
        if tangent == nil { continue }
        throw TensorError.runtime(
          "Function's jvp returned a gradient at position \(i), but  the corresponding forward output "
            + "is not a differentiable Tensor.You should return None at that position instead.")
      }
      if isDirty(raw[i]), let k = position(raw[i]), let old = present[k] {
        try Self.checkChanged(old, versions[k] ?? 0, tangent)
        continue
      }
      if outputs[i].isView { try checkView(outputs[i], tangent, present) }
      try Self.set(tangent, of: outputs[i], in: dual)
    }
  }

  private static func set(_ tangent: Tensor?, of output: Tensor, in dual: DualLevel) throws {
    if let tangent, tangent.shape != output.shape {
      throw TensorError.runtime(
        "Trying to set a forward gradient that has a different size than that of the original "
          + "Tensor, this is not supported. Tensor is of size \(output.shape) while the given "
          + "forward gradient is of size \(tangent.shape).")
    }
    output.setTangent(tangent.map { Tangent($0, in: dual) })
  }

  /// The tangent of an input that was changed has to be changed as well.
  private static func checkChanged(_ old: Tensor, _ version: Int32, _ new: Tensor?) throws {
    if old.array.storage.version == version {
      throw TensorError.runtime(
        "An inplace custom Function is not modifying the forward mode gradients inplace. If the "
          + "forward is modifying an input inplace, then the jvp function must modify the "
          + "corresponding gradient inplace.")
    }
    if new !== old {
      throw TensorError.runtime(
        "An inplace custom Function is not returning the forward mode gradients as-is. If the forward "
          + "is modifying an input inplace, then the jvp function must modify the gradient inplace "
          + "and return it as-is.")
    }
  }

  /// The tangent of a view of an input has to be a view of the input's tangent.
  private func checkView(_ output: Tensor, _ tangent: Tensor?, _ present: [Tensor?]) throws {
    let source = inputs.indices.first { inputs[$0].base ?? inputs[$0] === output.base }
    guard let source, let whole = present[source] else { return }
    guard let tangent, let base = tangent.base else {
      throw TensorError.runtime(
        "A custom Function's forward is returning a view (or an input as-is) but the jvp is not "
          + "returning a view.")
    }
    if let wholeBase = whole.base {
      if wholeBase !== base {
        throw TensorError.runtime(
          "A custom Function is returning a view but the jvp is not returning a view of the same base "
            + "as the given grad input.")
      }
    } else if whole !== base {
      throw TensorError.runtime(
        "A custom Function is returning a view but the jvp is not returning a view of the given grad "
          + "input.")
    }
  }
}
