import Arrays
import Autograd
import Elements
import Operators

/// Derivatives of functions at a point, by backward passes through what the function recorded:
/// PyTorch's `torch.autograd.functional`.
///
/// Options that all of them take: with `createGraph` the results can be differentiated; with `strict`
/// an independence that would give zeros is an error.
public enum Functional {
  /// What the functions have in common.
  struct Call {
    let createGraph: Bool
    let strict: Bool

    /// Tensors of their own for the function, so that what it captures is told from its arguments.
    func variables(_ inputs: [Tensor]) throws -> [Tensor] {
      try inputs.map { input in
        if createGraph && input.requiresGrad { return try input.view(input.shape) }
        let variable = input.detach()
        if variable.dtype.isDifferentiable { try variable.setRequiresGrad(true) }
        return variable
      }
    }

    /// The vector of a product; history only where it is asked for.
    func vector(_ v: [Tensor]) -> [Tensor] { createGraph ? v : v.map { $0.detach() } }

    /// Results as the caller gets them.
    func finished(_ results: [Tensor]) -> [Tensor] {
      createGraph ? results : results.map { $0.detach() }
    }

    /// Gradients of those outputs that have a history.
    func gradients(
      _ outputs: [Tensor?], _ inputs: [Tensor], _ seeds: [Tensor]?, createGraph: Bool,
      retainGraph: Bool? = nil
    ) throws -> [Tensor?] {
      var roots: [Tensor] = []
      var weights: [Tensor?] = []
      for (i, output) in outputs.enumerated() {
        guard let output, output.requiresGrad else { continue }
        roots.append(output)
        weights.append(seeds?[i])
      }
      if roots.isEmpty { return inputs.map { _ in nil } }
      return try grad(
        roots, inputs, gradients: weights, retainGraph: retainGraph, createGraph: createGraph,
        allowUnused: true)
    }

    func checkOutputs(_ outputs: [Tensor]) throws {
      for (i, output) in outputs.enumerated() where strict && !output.requiresGrad {
        throw TensorError.runtime(
          "Output \(i) of the user-provided function does not require gradients. The outputs must be "
            + "computed in a differentiable manner from the input when running in strict mode.")
      }
    }

    /// Zeros in place of missing gradients, or an error.
    func filled(
      _ gradients: [Tensor?], like references: [Tensor], _ words: IndependenceWords
    ) throws -> [Tensor] {
      try gradients.enumerated().map { i, gradient in
        guard let gradient else {
          if strict { throw TensorError.runtime(words.missing(i)) }
          return try Tensor.zeros(references[i].shape, dtype: references[i].dtype)
        }
        if strict && createGraph && !gradient.requiresGrad {
          throw TensorError.runtime(words.constant(i))
        }
        return gradient
      }
    }
  }

  /// What strict mode says about independence, by what was being computed.
  enum IndependenceWords {
    case output, outputGradients, jacobian, jacobianGradients

    func missing(_ i: Int) -> String {
      switch self {
      case .output:
        "The output of the user-provided function is independent of input \(i). This is not allowed "
          + "in strict mode."
      case .outputGradients:
        "The gradient with respect to the input is independent of entry \(i) in the grad_outputs when "
          + "using the double backward trick to compute forward mode gradients. This is not allowed "
          + "in strict mode."
      case .jacobian:
        "The jacobian of the user-provided function is independent of input \(i). This is not allowed "
          + "in strict mode."
      case .jacobianGradients:
        "The hessian of the user-provided function is independent of entry \(i) in the "
          + "grad_jacobian. This is not allowed in strict mode as it prevents from using the double "
          + "backward trick to replace forward mode AD."
      }
    }

    func constant(_ i: Int) -> String {
      let what =
        switch self {
        case .output, .outputGradients: "jacobian"
        case .jacobian, .jacobianGradients: "hessian"
        }
      return "The \(what) of the user-provided function is independent of input \(i). This is not "
        + "allowed in strict mode when create_graph=True."
    }
  }

  /// - Throws: `TensorError.runtime` unless `v` has the sizes of `references`.
  static func check(_ v: [Tensor], like references: [Tensor]) throws {
    if v.count != references.count {
      throw TensorError.runtime(
        references.count == 1
          ? "The given v should contain a single Tensor."
          : "v is a tuple of invalid length: should be \(references.count) but got \(v.count).")
    }
    for (i, (vector, reference)) in zip(v, references).enumerated()
    where vector.shape != reference.shape {
      let entry = references.count == 1 ? "" : "Entry \(i) in "
      throw TensorError.runtime(
        "\(entry)v has invalid size: should be torch.Size(\(reference.shape)) but got "
          + "torch.Size(\(vector.shape)).")
    }
  }
}
