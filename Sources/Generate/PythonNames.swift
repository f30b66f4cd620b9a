/// Where PyTorch has the operators' names in Python.
enum PythonNames {
  /// Names whose public function is written by hand, because PyTorch's takes more than its schema
  /// says, or has none.
  static let byHand = words(
    """
    chain_matmul einsum tensordot
    arange argsort atleast_1d atleast_2d atleast_3d bernoulli bernoulli_ block_diag
    broadcast_tensors cartesian_prod cdist clamp clamp_ dsplit hsplit index index_fill
    index_fill_ isin linalg_matrix_norm linalg_norm linspace logspace masked_fill masked_fill_
    max meshgrid min narrow new_empty new_full new_ones new_zeros nonzero norm normal polygamma
    randint randint_like random_ repeat_interleave round round_ scatter scatter_ slice sort
    split std std_mean tensor_split to uniform_ unique unique_consecutive var var_mean view
    vsplit where
    """)

  /// Names that PyTorch has in `torch.nn.functional` only.
  static let neuralOnly = words(
    """
    alias batch_norm bilinear binary_cross_entropy binary_cross_entropy_with_logits
    cosine_embedding_loss cross_entropy ctc_loss elu elu_ gaussian_nll_loss gelu gelu_ glu
    group_norm hardsigmoid hardsigmoid_ hardswish hardswish_ hardtanh hardtanh_
    hinge_embedding_loss huber_loss instance_norm kl_div l1_loss leaky_relu leaky_relu_ linear
    local_response_norm log_sigmoid margin_ranking_loss mish mish_ mse_loss multi_margin_loss
    multilabel_margin_loss multilabel_soft_margin_loss nll_loss normalize one_hot pad_circular
    poisson_nll_loss reflection_pad1d reflection_pad2d reflection_pad3d relu6 relu6_
    replication_pad1d replication_pad2d replication_pad3d rms_norm scaled_dot_product_attention
    silu silu_ smooth_l1_loss soft_margin_loss softplus softshrink softsign tanhshrink
    triplet_margin_loss upsample_bicubic2d upsample_bicubic2d_aa upsample_bilinear2d
    upsample_bilinear2d_aa upsample_lanczos2d_aa upsample_linear1d upsample_nearest1d
    upsample_nearest2d upsample_nearest3d upsample_nearest_exact1d upsample_nearest_exact2d
    upsample_nearest_exact3d upsample_trilinear3d
    """)

  /// Names that PyTorch has as functions only.
  static let functionsOnly = words(
    """
    imag real
    alpha_dropout celu celu_ dropout feature_alpha_dropout feature_dropout pdist selu selu_
    threshold threshold_
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
