import Arrays
import Autograd
import Elements

// Images brought to other sizes.

extension Ops {
  package static let interpolation: [any AnyOperator] = [
    upsampleNearest1d, upsampleNearest2d, upsampleNearest3d, upsampleNearestExact1d,
    upsampleNearestExact2d, upsampleNearestExact3d, upsampleLinear1d, upsampleBilinear2d,
    upsampleTrilinear3d, upsampleBicubic2d, upsampleBilinear2dAa, upsampleBicubic2dAa,
    upsampleLanczos2dAa,
  ]

  package static let upsampleNearest1d = nearest1d(
    "upsample_nearest1d", .nearest, "the one that the left edge of the new pixel falls into")
  package static let upsampleNearest2d = nearest2d(
    "upsample_nearest2d", .nearest, "the one that the upper left corner of the new pixel falls into"
  )
  package static let upsampleNearest3d = nearest3d(
    "upsample_nearest3d", .nearest, "the one that the first corner of the new pixel falls into")
  package static let upsampleNearestExact1d = nearest1d(
    "upsample_nearest_exact1d", .nearestExact, "the one that the new pixel's centre falls into")
  package static let upsampleNearestExact2d = nearest2d(
    "upsample_nearest_exact2d", .nearestExact, "the one that the new pixel's centre falls into")
  package static let upsampleNearestExact3d = nearest3d(
    "upsample_nearest_exact3d", .nearestExact, "the one that the new pixel's centre falls into")

  package static let upsampleLinear1d = Operator<
    (outputSize: Dims, alignCorners: Bool, scales: Double?)
  >(
    "upsample_linear1d(Tensor self, int[1] output_size, bool align_corners, float? scales=None) "
      + "-> Tensor",
    documentation("each pixel a mean of the two next to it", "[N, C, W]"),
    forward: .composed { x, a in
      try x.resampled(.linear, a.outputSize, [a.scales], a.alignCorners)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([2, 2, 3]), attributes: ([5], false, nil)),
      Sample(SampleInput([1, 3, 4], transposed: true), attributes: ([2], true, nil)),
      Sample(SampleInput([1, 1, 4]), attributes: ([6], false, 1.7)),
    ])

  package static let upsampleBilinear2d = planar(
    "upsample_bilinear2d", .linear, "each pixel a mean of the four next to it")
  package static let upsampleBicubic2d = planar(
    "upsample_bicubic2d", .cubic,
    "each pixel a sum of the sixteen next to it, by cubic convolution",
    source: "Keys, \"Cubic convolution interpolation for digital image processing\", 1981")
  package static let upsampleBilinear2dAa = planar(
    "upsample_bilinear2d_aa", .smoothLinear,
    "each pixel a mean, with weights that fall off linearly, over an area that grows as images "
      + "shrink")
  package static let upsampleBicubic2dAa = planar(
    "upsample_bicubic2d_aa", .smoothCubic,
    "each pixel a sum, with cubic weights, over an area that grows as images shrink",
    source: "Keys, \"Cubic convolution interpolation for digital image processing\", 1981")
  package static let upsampleLanczos2dAa = planar(
    "upsample_lanczos2d_aa", .smoothLanczos,
    "each pixel a sum, weighted by a sinc with three lobes, over an area that grows as images "
      + "shrink",
    source: "Duchon, \"Lanczos filtering in one and two dimensions\", 1979")

  package static let upsampleTrilinear3d = Operator<
    (outputSize: Dims, alignCorners: Bool, scalesD: Double?, scalesH: Double?, scalesW: Double?)
  >(
    "upsample_trilinear3d(Tensor self, int[3] output_size, bool align_corners, "
      + "float? scales_d=None, float? scales_h=None, float? scales_w=None) -> Tensor",
    documentation("each pixel a mean of the eight next to it", "[N, C, D, H, W]"),
    forward: .composed { x, a in
      try x.resampled(
        .linear, a.outputSize, [a.scalesD, a.scalesH, a.scalesW], a.alignCorners)
    },
    derivative: .composed,
    samples: [
      Sample(SampleInput([1, 2, 2, 3, 2]), attributes: ([3, 2, 4], false, nil, nil, nil)),
      Sample(SampleInput([1, 1, 2, 2, 3]), attributes: ([1, 3, 2], true, nil, nil, nil)),
    ])

  private typealias Scales1 = (outputSize: Dims, scales: Double?)
  private typealias Scales2 = (outputSize: Dims, scalesH: Double?, scalesW: Double?)
  private typealias Scales3 = (
    outputSize: Dims, scalesD: Double?, scalesH: Double?, scalesW: Double?
  )

  private static func nearest1d(
    _ name: String, _ mode: Resampling.Mode, _ which: String
  ) -> Operator<(outputSize: Dims, scales: Double?)> {
    Operator(
      "\(name)(Tensor self, int[1] output_size, float? scales=None) -> Tensor",
      documentation("each pixel a copy of \(which)", "[N, C, W]"),
      forward: .composed { x, a in try x.resampled(mode, a.outputSize, [a.scales]) },
      derivative: .composed,
      samples: [
        Sample(SampleInput([2, 2, 3]), attributes: ([5], nil)),
        Sample(SampleInput([1, 3, 4], transposed: true), attributes: ([2], nil)),
        Sample(SampleInput([0, 1, 4]), attributes: ([6], 1.7)),
      ])
  }

  private static func nearest2d(
    _ name: String, _ mode: Resampling.Mode, _ which: String
  ) -> Operator<(outputSize: Dims, scalesH: Double?, scalesW: Double?)> {
    Operator(
      "\(name)(Tensor self, int[2] output_size, float? scales_h=None, float? scales_w=None) "
        + "-> Tensor",
      documentation("each pixel a copy of \(which)", "[N, C, H, W]"),
      forward: .composed { x, a in
        try x.resampled(mode, a.outputSize, [a.scalesH, a.scalesW])
      },
      derivative: .composed,
      samples: [
        Sample(SampleInput([1, 2, 2, 3]), attributes: ([3, 2], nil, nil)),
        Sample(SampleInput([2, 1, 3, 2], transposed: true), attributes: ([2, 5], nil, nil)),
      ])
  }

  private static func nearest3d(
    _ name: String, _ mode: Resampling.Mode, _ which: String
  ) -> Operator<(outputSize: Dims, scalesD: Double?, scalesH: Double?, scalesW: Double?)> {
    Operator(
      "\(name)(Tensor self, int[3] output_size, float? scales_d=None, float? scales_h=None, "
        + "float? scales_w=None) -> Tensor",
      documentation("each pixel a copy of \(which)", "[N, C, D, H, W]"),
      forward: .composed { x, a in
        try x.resampled(mode, a.outputSize, [a.scalesD, a.scalesH, a.scalesW])
      },
      derivative: .composed,
      samples: [
        Sample(SampleInput([1, 2, 2, 3, 2]), attributes: ([3, 2, 4], nil, nil, nil))
      ])
  }

  private static func planar(
    _ name: String, _ mode: Resampling.Mode, _ how: String, source: String? = nil
  ) -> Operator<(outputSize: Dims, alignCorners: Bool, scalesH: Double?, scalesW: Double?)> {
    Operator(
      "\(name)(Tensor self, int[2] output_size, bool align_corners, float? scales_h=None, "
        + "float? scales_w=None) -> Tensor",
      documentation(how, "[N, C, H, W]") + (source.map { "\nSource: \($0)." } ?? ""),
      forward: .composed { x, a in
        try x.resampled(mode, a.outputSize, [a.scalesH, a.scalesW], a.alignCorners)
      },
      derivative: .composed,
      samples: [
        Sample(SampleInput([1, 2, 2, 3]), attributes: ([3, 5], false, nil, nil)),
        Sample(
          SampleInput([2, 1, 4, 3], transposed: true), attributes: ([3, 2], true, nil, nil)),
        Sample(SampleInput([1, 1, 3, 4]), attributes: ([5, 2], false, 1.7, 0.6)),
      ])
  }

  private static func documentation(_ how: String, _ shape: String) -> String {
    """
    Images in other sizes, \(how).

    self is \(shape). The scales, where they are given, are the factors by which places are counted;
    they follow from the sizes else.
    Errors: a self or an output_size of another number of dimensions, and sizes that are not
    positive.
    Derivative: the transposed map, which is linear.
    """
  }

  /// The map itself, of the last dimensions; not exported.
  static let resample: Operator<Resampling> = Operator(
    "_resample(Tensor self) -> Tensor", "Images in other sizes.",
    gradNameOf: { $0.nodeName },
    forward: .one { x, a, _ in try x.resampled(a) },
    derivative: .of(.linear { g, _, a in try resampleBackward(g, a) }),
    tangent: .linear,
    batching: .rule { batch, a in [try resample(batch.batched(0), a)] },
    samples: [])

  /// The transposed map; not exported.
  static let resampleBackward: Operator<Resampling> = Operator(
    "_resample_backward(Tensor grad_output) -> Tensor", "The gradient of other sizes.",
    gradNameOf: { String($0.nodeName.dropLast()) + "Backward0" },
    forward: .one { g, a, _ in try g.resampled(a, transposed: true) },
    derivative: .of(.linear { g, _, a in try resample(g, a) }),
    tangent: .linear,
    batching: .rule { batch, a in [try resampleBackward(batch.batched(0), a)] },
    samples: [])
}

extension Resampling {
  /// PyTorch's name for the node.
  fileprivate var nodeName: String {
    let axes = inputSizes.count
    let name =
      switch mode {
      case .nearest: "Nearest\(axes)D"
      case .nearestExact: "NearestExact\(axes)D"
      case .linear: ["Linear1D", "Bilinear2D", "Trilinear3D"][axes - 1]
      case .cubic: "Bicubic2D"
      case .smoothLinear: "Bilinear2DAa"
      case .smoothCubic: "Bicubic2DAa"
      case .smoothLanczos: "Lanczos2DAa"
      }
    return "Upsample\(name)Backward0"
  }

  /// PyTorch's name for the kernel, in messages about dtypes.
  fileprivate func kernelName(_ dtype: DType) -> String {
    switch mode {
    case .nearest, .nearestExact:
      inputSizes.count == 2 ? "upsample_nearest2d_channels_last" : "compute_indices_weights_nearest"
    case .linear:
      inputSizes.count == 2 ? "upsample_bilinear2d_channels_last" : "compute_indices_weights_linear"
    case .cubic: "compute_indices_weights_cubic"
    case .smoothLinear, .smoothCubic, .smoothLanczos: "compute_index_ranges_weights"
    }
  }

  fileprivate func allows(_ dtype: DType) -> Bool {
    switch mode {
    case .nearest, .nearestExact: dtype.isFloatingPoint || dtype == .uint8
    case .linear, .cubic: dtype.isFloatingPoint || (dtype == .uint8 && inputSizes.count == 2)
    default: dtype == .float32 || dtype == .float64 || dtype == .uint8
    }
  }
}

extension Tensor {
  /// Images in other sizes, once everything has been checked.
  fileprivate func resampled(
    _ mode: Resampling.Mode, _ output: Dims, _ scales: [Double?], _ alignsCorners: Bool = false
  ) throws -> Tensor {
    let axes = scales.count
    if output.count != axes {
      throw TensorError.runtime(
        "It is expected output_size equals to \(axes), but got size \(output.count)")
    }
    if rank != axes + 2 {
      throw TensorError.runtime(
        "It is expected input_size equals to \(axes + 2), but got size \(rank)")
    }
    let input = Dims(shape.dropFirst(2))
    if input.contains(where: { $0 <= 0 }) || output.contains(where: { $0 <= 0 }) {
      let names = ["D", "H", "W"].suffix(axes)
      func text(_ sizes: Dims) -> String {
        "(" + zip(names, sizes).map { "\($0): \($1)" }.joined(separator: ", ") + ")"
      }
      throw TensorError.runtime(
        "Input and output sizes should be greater than 0, but got input \(text(input)) "
          + (axes == 1 ? "and " : "") + "output \(text(output))")
    }
    if shape[1] == 0 {
      throw TensorError.runtime(
        "Non-empty \(rank)D data tensor expected but got a tensor with sizes \(shape)")
    }
    let resampling = Resampling(
      mode, from: input, to: output, scales: scales, alignsCorners: alignsCorners)
    if !resampling.allows(dtype) {
      throw TensorError.notImplemented(kernel: resampling.kernelName(dtype), dtype)
    }
    return try Ops.resample(self, resampling)
  }
}
