/// Where PyTorch has the operators' names in Python.
enum PythonNames {
  /// Names whose public function is written by hand, because PyTorch's takes more than its schema
  /// says, or has none.
  static let byHand = words(
    """
    aminmax arange argsort atleast_1d atleast_2d atleast_3d block_diag broadcast_tensors
    cartesian_prod cdist clamp clamp_ dsplit hsplit index index_fill index_fill_ isin
    linalg_matrix_norm linalg_norm linspace logspace masked_fill masked_fill_ max meshgrid min
    narrow new_empty new_full new_ones new_zeros nonzero norm polygamma randint
    repeat_interleave round round_ scatter scatter_ slice sort split std std_mean tensor_split
    to unique unique_consecutive var var_mean view vsplit where
    """)

  /// Names that PyTorch has in `torch.nn.functional` only.
  static let neuralOnly = words(
    """
    alias cross_entropy elu elu_ gelu gelu_ glu hardsigmoid hardsigmoid_ hardswish hardswish_
    hardtanh hardtanh_ leaky_relu leaky_relu_ linear log_sigmoid mish mish_ mse_loss nll_loss
    normalize one_hot pad_circular reflection_pad1d reflection_pad2d reflection_pad3d relu6
    relu6_ replication_pad1d replication_pad2d replication_pad3d silu silu_ softplus softshrink
    softsign tanhshrink
    """)

  /// Names that PyTorch has as functions only.
  static let functionsOnly = words(
    """
    alpha_dropout celu celu_ dropout feature_alpha_dropout feature_dropout pdist selu selu_ threshold
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
