/// Where PyTorch has the operators' names in Python.
enum PythonNames {
  /// Names whose public function is written by hand, because PyTorch's takes more than its schema
  /// says, or has none.
  static let byHand = words(
    """
    arange bernoulli bernoulli_ normal randint_like random_ uniform_ atleast_1d atleast_2d atleast_3d block_diag broadcast_tensors cartesian_prod cdist
    clamp clamp_ dsplit hsplit index index_fill index_fill_ linspace logspace masked_fill
    masked_fill_ max meshgrid min new_empty new_full new_ones new_zeros polygamma randint
    repeat_interleave round round_ scatter scatter_ slice split std tensor_split to var view
    vsplit where
    """)

  /// Names that PyTorch has in `torch.nn.functional` only.
  static let neuralOnly = words(
    """
    upsample_bicubic2d upsample_bicubic2d_aa upsample_bilinear2d upsample_bilinear2d_aa
    upsample_lanczos2d_aa upsample_linear1d upsample_nearest1d upsample_nearest2d
    upsample_nearest3d upsample_nearest_exact1d upsample_nearest_exact2d
    upsample_nearest_exact3d upsample_trilinear3d
    cross_entropy elu elu_ gelu gelu_ glu hardsigmoid hardsigmoid_ hardswish hardswish_ hardtanh
    hardtanh_ leaky_relu leaky_relu_ linear log_sigmoid mish mish_ mse_loss nll_loss one_hot
    pad_circular reflection_pad1d reflection_pad2d reflection_pad3d relu6 relu6_
    replication_pad1d replication_pad2d replication_pad3d silu silu_ softplus softshrink
    softsign tanhshrink
    """)

  /// Names that PyTorch has as functions only.
  static let functionsOnly = words(
    """
    alpha_dropout celu celu_ dropout feature_alpha_dropout feature_dropout selu selu_ threshold
    threshold_
    """)

  /// Names that PyTorch has as methods only.
  static let methodsOnly = words(
    """
    contiguous expand expand_as repeat reshape_as unfold view view_as
    """)

  private static func words(_ text: String) -> Set<String> {
    Set(text.split { $0 == " " || $0 == "\n" }.map(String.init))
  }
}
