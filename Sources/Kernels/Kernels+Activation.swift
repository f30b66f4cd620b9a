import Elements

extension Kernels {
  /// The loop of `op` over elements of `dtype`, or nil where that is not a floating-point type.
  public static func activation(_ op: ActivationOperation, _ dtype: DType) -> ActivationLoop? {
    switch op {
    case .gelu: loops(Gelu.self, dtype)
    case .geluTanh: loops(GeluTanh.self, dtype)
    case .silu: loops(Silu.self, dtype)
    case .mish: loops(Mish.self, dtype)
    case .elu: loops(Elu.self, dtype)
    case .leakyRelu: loops(LeakyRelu.self, dtype)
    case .softplus: loops(Softplus.self, dtype)
    case .logSigmoid: loops(LogSigmoid.self, dtype)
    case .hardtanh: loops(Hardtanh.self, dtype)
    case .huber: loops(Huber.self, dtype)
    case .hardsigmoid: loops(Hardsigmoid.self, dtype)
    case .hardswish: loops(Hardswish.self, dtype)
    case .softshrink: loops(Softshrink.self, dtype)
    case .hardshrink: loops(Hardshrink.self, dtype)
    case .threshold: loops(Threshold.self, dtype)
    case .logit: loops(Logit.self, dtype)
    case .replaceSpecial: loops(ReplaceSpecial.self, dtype)
    case .roundToMultiple: loops(RoundToMultiple.self, dtype)
    case .polygamma: loops(Polygamma.self, dtype)
    }
  }

  /// The loop of the gradient, or nil where there is none.
  public static func activationGradient(
    _ op: ActivationOperation, _ dtype: DType
  ) -> ActivationGradientLoop? {
    switch op {
    case .gelu: slopes(Gelu.self, dtype)
    case .geluTanh: slopes(GeluTanh.self, dtype)
    case .silu: slopes(Silu.self, dtype)
    case .mish: slopes(Mish.self, dtype)
    case .elu: slopes(Elu.self, dtype)
    case .leakyRelu: slopes(LeakyRelu.self, dtype)
    case .softplus: slopes(Softplus.self, dtype)
    case .logSigmoid: slopes(LogSigmoid.self, dtype)
    case .hardtanh: slopes(Hardtanh.self, dtype)
    case .hardsigmoid: slopes(Hardsigmoid.self, dtype)
    case .hardswish: slopes(Hardswish.self, dtype)
    case .softshrink, .hardshrink: slopes(Hardshrink.self, dtype)
    case .threshold: slopes(Threshold.self, dtype)
    case .logit: slopes(Logit.self, dtype)
    case .huber, .replaceSpecial, .roundToMultiple, .polygamma: nil
    }
  }

  private static func loops<F: NumberedFunction>(_: F.Type, _ dtype: DType) -> ActivationLoop? {
    switch dtype {
    case .float16: loop(F.self, Float16.self)
    case .bfloat16: loop(F.self, BFloat16.self)
    case .float32: loop(F.self, Float.self)
    case .float64: loop(F.self, Double.self)
    default: nil
    }
  }

  private static func slopes<F: ActivationFunction>(
    _: F.Type, _ dtype: DType
  ) -> ActivationGradientLoop? {
    switch dtype {
    case .float16: gradientLoop(F.self, Float16.self)
    case .bfloat16: gradientLoop(F.self, BFloat16.self)
    case .float32: gradientLoop(F.self, Float.self)
    case .float64: gradientLoop(F.self, Double.self)
    default: nil
    }
  }
}
