import Elements
import KernelChoice

extension ActivationOperation {
  /// PyTorch's name of the loop that does not exist for a dtype.
  var kernelName: String {
    switch self {
    case .gelu, .geluTanh: "GeluKernelImpl"
    case .leakyRelu: "leaky_relu_cpu"
    case .logSigmoid: "log_sigmoid_cpu"
    case .softshrink: "softshrink_check"
    case .polygamma: "polygamma"
    case .roundToMultiple: "round_cpu"
    default: "\(self)_cpu"
    }
  }
}

extension NDArray {
  /// `f(x)` for each element, where `f` is a function with numbers; see `ActivationOperation`.
  ///
  /// - Throws: `TensorError.notImplemented` for dtypes that are not floating-point, and what
  ///   `checkWritable` throws.
  package func activation(
    _ op: ActivationOperation, _ numbers: ActivationNumbers = .init(), into out: NDArray? = nil
  ) throws -> NDArray {
    guard let loop = Kernels.activation(op, dtype) else {
      throw TensorError.notImplemented(kernel: op.kernelName, dtype)
    }
    let layout = layout.preservingOrder
    return try Self.write(layout, dtype, into: out, operands: (self, nil)) { out in
      Walk.rows(sizes, out, self) { row in
        loop(row.starts[0], row.strides[0], row.starts[1], row.strides[1], row.count, numbers)
      }
    }
  }

  /// This gradient of `f(x)` times the derivative of `f` at each element of `x`, which is of the
  /// same shape. It has the dtype of `x`.
  ///
  /// - Throws: `TensorError.notImplemented`.
  package func activationGradient(
    _ op: ActivationOperation, _ x: NDArray, _ numbers: ActivationNumbers = .init()
  ) throws -> NDArray {
    guard let loop = Kernels.activationGradient(op, x.dtype) else {
      throw TensorError.notImplemented(kernel: op.kernelName, x.dtype)
    }
    let g = try cast(to: x.dtype)
    let out = try NDArray(uninitialized: x.layout.preservingOrder, x.dtype)
    Walk.rows(x.sizes, out, g, x) { row in
      loop(
        row.starts[0], row.strides[0], row.starts[1], row.strides[1], row.starts[2],
        row.strides[2], row.count, numbers)
    }
    return out
  }
}
