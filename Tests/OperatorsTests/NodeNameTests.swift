import Arrays
import Testing

@testable import Autograd
@testable import Operators

/// Names of nodes, recorded from PyTorch; a line is an operator's name with its overload, and the
/// name of the node that it leaves.
@Suite("Names of nodes")
struct NodeNameTests {
  private static let recorded = """
    fft_fft FftR2CBackward0
    fft_ifft ConjBackward0
    fft_rfft FftR2CBackward0
    fft_irfft FftC2RBackward0
    fft_hfft FftC2RBackward0
    fft_ihfft ConjBackward0
    fft_fft2 FftC2CBackward0
    fft_ifft2 FftC2CBackward0
    fft_rfft2 FftR2CBackward0
    fft_irfft2 FftC2RBackward0
    fft_hfft2 FftC2RBackward0
    fft_ihfft2 FftC2CBackward0
    fft_fftn FftC2CBackward0
    fft_ifftn FftC2CBackward0
    fft_rfftn FftR2CBackward0
    fft_irfftn FftC2RBackward0
    fft_hfftn FftC2RBackward0
    fft_ihfftn FftC2CBackward0
    upsample_nearest1d UpsampleNearest1DBackward0
    upsample_nearest2d UpsampleNearest2DBackward0
    upsample_nearest3d UpsampleNearest3DBackward0
    upsample_nearest_exact1d UpsampleNearestExact1DBackward0
    upsample_nearest_exact2d UpsampleNearestExact2DBackward0
    upsample_nearest_exact3d UpsampleNearestExact3DBackward0
    upsample_linear1d UpsampleLinear1DBackward0
    upsample_bilinear2d UpsampleBilinear2DBackward0
    upsample_trilinear3d UpsampleTrilinear3DBackward0
    upsample_bicubic2d UpsampleBicubic2DBackward0
    upsample_bilinear2d_aa UpsampleBilinear2DAaBackward0
    upsample_bicubic2d_aa UpsampleBicubic2DAaBackward0
    upsample_lanczos2d_aa UpsampleLanczos2DAaBackward0
    grid_sampler GridSampler2DBackward0
    grid_sampler_2d GridSampler2DBackward0
    grid_sampler_3d GridSampler3DBackward0
    affine_grid_generator AffineGridGeneratorBackward0
    add AddBackward0
    add.Scalar AddBackward0
    sub SubBackward0
    sub.Scalar SubBackward0
    rsub.Tensor RsubBackward0
    rsub.Scalar RsubBackward1
    mul MulBackward0
    mul.Scalar MulBackward0
    div DivBackward0
    div.Scalar DivBackward0
    remainder RemainderBackward1
    remainder.Scalar RemainderBackward0
    pow PowBackward1
    pow.Scalar PowBackward0
    pow.Base PowBackward2
    fmod FmodBackward1
    fmod.Scalar FmodBackward0
    float_power.Tensor_Tensor PowBackward1
    float_power.Tensor_Scalar PowBackward0
    float_power.Scalar PowBackward2
    lerp.Scalar LerpBackward0
    lerp.Tensor LerpBackward1
    addcmul AddcmulBackward0
    addcdiv AddcdivBackward0
    fmax FmaxBackward0
    fmin FminBackward0
    atan2 Atan2Backward0
    hypot HypotBackward0
    copysign CopysignBackward0
    copysign.Scalar CopysignBackward1
    nextafter NextafterBackward0
    xlogy XlogyBackward0
    xlogy.Scalar_Self XlogyBackward1
    xlogy.Scalar_Other XlogyBackward2
    logaddexp LogaddexpBackward0
    logaddexp2 Logaddexp2Backward0
    ldexp LdexpBackward0
    cdist CdistBackward0
    dist DistBackward0
    linalg_cross LinalgCrossBackward0
    cross LinalgCrossBackward0
    where.ScalarSelf WhereBackward0
    where.ScalarOther WhereBackward0
    fill.Value FillBackward3
    fill.Scalar FillBackward0
    neg NegBackward0
    abs AbsBackward0
    sign SignBackward0
    exp ExpBackward0
    log LogBackward0
    log1p Log1PBackward0
    expm1 Expm1Backward0
    sqrt SqrtBackward0
    rsqrt RsqrtBackward0
    sin SinBackward0
    cos CosBackward0
    tan TanBackward0
    tanh TanhBackward0
    sigmoid SigmoidBackward0
    relu ReluBackward0
    square PowBackward0
    reciprocal ReciprocalBackward0
    erf ErfBackward0
    floor FloorBackward0
    ceil CeilBackward0
    round RoundBackward0
    trunc TruncBackward0
    clamp ClampBackward1
    maximum MaximumBackward0
    minimum MinimumBackward0
    where WhereBackward0
    masked_fill MaskedFillBackward0
    fill FillBackward2
    zero ZeroBackward0
    copy torch::autograd::CopyBackwards
    sum SumBackward0
    sum.dim SumBackward1
    mean MeanBackward0
    mean.dim MeanBackward1
    prod ProdBackward0
    prod.dim ProdBackward1
    max MaxBackward1
    min MinBackward1
    max.dim MaxBackward0
    min.dim MinBackward0
    amax AmaxBackward0
    amin AminBackward0
    var VarBackward0
    std StdBackward0
    cumsum CumsumBackward0
    logsumexp LogsumexpBackward0
    softmax SoftmaxBackward0
    log_softmax LogSoftmaxBackward0
    layer_norm NativeLayerNormBackward0
    nll_loss NllLossBackward0
    cross_entropy NllLossBackward0
    mse_loss MseLossBackward0
    select SelectBackward0
    slice SliceBackward0
    narrow SliceBackward0
    transpose TransposeBackward0
    t TBackward0
    permute PermuteBackward0
    expand ExpandBackward0
    expand_as ExpandBackward0
    view ViewBackward0
    view_as ViewBackward0
    reshape ViewBackward0
    flatten ViewBackward0
    squeeze SqueezeBackward0
    squeeze.dim SqueezeBackward1
    squeeze.dims SqueezeBackward2
    unsqueeze UnsqueezeBackward0
    as_strided AsStridedBackward0
    diagonal DiagonalBackward0
    unbind UnbindBackward0
    split SplitBackward0
    split_with_sizes SplitWithSizesBackward0
    chunk SplitBackward0
    cat CatBackward0
    stack StackBackward0
    clone CloneBackward0
    contiguous CloneBackward0
    to ToCopyBackward0
    tril TrilBackward0
    triu TriuBackward0
    flip FlipBackward0
    repeat RepeatBackward0
    dot DotBackward0
    mv MvBackward0
    mm MmBackward0
    bmm BmmBackward0
    matmul MmBackward0
    addmm AddmmBackward0
    outer MulBackward0
    linear MmBackward0
    index IndexBackward0
    index_put IndexPutBackward0
    index_select IndexSelectBackward0
    index_add IndexAddBackward0
    gather GatherBackward0
    scatter_add ScatterAddBackward0
    masked_select MaskedSelectBackward0
    """

  private static let table = recorded.split(separator: "\n").map { line in
    line.split(separator: " ").map(String.init)
  }

  @Test("They are PyTorch's")
  func names() throws {
    var definitions: [String: OperatorDefinition] = [:]
    for definition in Ops.definitions {
      let schema = definition.schema
      definitions[schema.name + (schema.overload.isEmpty ? "" : "." + schema.overload)] = definition
    }
    for line in Self.table {
      let (operation, name) = (line[0], line[1])
      let definition = try #require(definitions[operation], "\(operation)")
      let examples = try definition.cases().filter { $0.inputs.contains(where: \.requiresGrad) }
      // Some leave other nodes for other shapes.
      let names = try examples.map { try $0.run($0.inputs)[0].gradFunction?.name }
      #expect(names.contains(name), "\(operation): \(names)")
    }
  }

  /// Operators whose nodes are compared with PyTorch's in Python, by the recorded samples, or that are
  /// made of others.
  private static let elsewhere = Set(
    """
    acos acosh adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d
    adaptive_max_pool2d adaptive_max_pool3d addbmm addmv addr adjoint alias alpha_dropout
    aminmax angle argwhere as_strided_scatter asin asinh atan atanh atleast_1d atleast_2d
    atleast_3d avg_pool1d avg_pool2d avg_pool3d baddbmm batch_norm bilinear
    binary_cross_entropy binary_cross_entropy_with_logits block_diag broadcast_tensors
    broadcast_to cartesian_prod celu chain_matmul channel_shuffle cholesky_inverse
    cholesky_solve clamp.Tensors clamp_max clamp_max.Scalar clamp_min clamp_min.Scalar col2im
    column_stack combinations complex conj conj_physical constant_pad_nd conv1d conv1d.padding
    conv2d conv2d.padding conv3d conv3d.padding conv_transpose1d conv_transpose2d
    conv_transpose3d convolution cosh cosine_embedding_loss cosine_similarity ctc_loss cummax
    cummin cumprod cumulative_trapezoid cumulative_trapezoid.x deg2rad det diag diag_embed
    diagflat diagonal_scatter diff digamma dropout dsplit.array dsplit.int dstack einsum elu
    embedding embedding_bag erfc erfinv exp2 feature_alpha_dropout feature_dropout fliplr
    flipud frac gaussian_nll_loss gelu ger glu group_norm hardshrink hardsigmoid hardswish
    hardtanh hinge_embedding_loss hsplit.array hsplit.int hstack huber_loss im2col imag
    index_copy index_fill.int_Scalar index_fill.int_Tensor index_reduce inner instance_norm
    inverse kl_div kron kthvalue l1_loss leaky_relu lgamma linalg_cholesky linalg_cholesky_ex
    linalg_cond linalg_det linalg_eig linalg_eigh linalg_eigvals linalg_eigvalsh
    linalg_householder_product linalg_inv linalg_inv_ex linalg_ldl_factor linalg_lstsq
    linalg_lu linalg_lu_factor linalg_lu_factor_ex linalg_lu_solve linalg_matrix_exp
    linalg_matrix_norm linalg_matrix_norm.str_ord linalg_matrix_power linalg_multi_dot
    linalg_norm linalg_norm.ord_str linalg_pinv linalg_qr linalg_slogdet linalg_solve
    linalg_solve_ex linalg_solve_triangular linalg_svd linalg_svdvals linalg_tensorinv
    linalg_tensorsolve linalg_vander linalg_vecdot linalg_vector_norm local_response_norm log10
    log2 log_sigmoid logcumsumexp logdet logit lu_unpack margin_ranking_loss masked_fill.value
    masked_scatter matrix_exp matrix_power max_pool1d max_pool1d_with_indices max_pool2d
    max_pool2d_with_indices max_pool3d max_pool3d_with_indices max_unpool2d max_unpool3d median
    median.dim meshgrid mish mode movedim.int movedim.intlist msort multi_margin_loss
    multilabel_margin_loss multilabel_soft_margin_loss nan_to_num nanmean nanmedian
    nanmedian.dim nanquantile nanquantile.scalar nansum norm norm.dim normalize pad_circular
    pairwise_distance pdist pinverse pixel_shuffle pixel_unshuffle poisson_nll_loss polar
    polygamma positive prelu put quantile quantile.scalar rad2deg ravel real reflection_pad1d
    reflection_pad2d reflection_pad3d relu6 repeat_interleave.each repeat_interleave.int
    replication_pad1d replication_pad2d replication_pad3d reshape_as resolve_conj resolve_neg
    rms_norm roll rot90 scaled_dot_product_attention scatter.src scatter.value scatter_reduce
    select_scatter selu sgn silu sinh slice_scatter slogdet smooth_l1_loss soft_margin_loss
    softplus softshrink softsign sort sort.stable std_mean svd swapaxes take take_along_dim
    tanhshrink tensor_split.indices tensor_split.sections tensordot threshold tile topk trace
    trapezoid trapezoid.x triangular_solve triplet_margin_loss unflatten.int unfold vander
    var_mean vdot view_as_complex view_as_real vsplit.array vsplit.int vstack
    """.split { $0 == " " || $0 == "\n" }.map(String.init))

  @Test("Every differentiable operator is in the table")
  func complete() {
    let known = Set(Self.table.map { $0[0] }).union(Self.elsewhere)
    for definition in Ops.definitions
    where definition.takesTensors && definition.isDifferentiated {
      let schema = definition.schema
      let name = schema.name + (schema.overload.isEmpty ? "" : "." + schema.overload)
      #expect(known.contains(name), "\(name)")
    }
  }

  /// What the samples of PyTorch's own operator tests leave, where that is always one node: the
  /// name of the operator and of the node. Left out are those that PyTorch makes of others.
  private static let samples = """
    abs AbsBackward0
    add AddBackward0
    addmm AddmmBackward0
    as_strided AsStridedBackward0
    bmm BmmBackward0
    cat CatBackward0
    ceil CeilBackward0
    chunk SplitBackward0
    clone CloneBackward0
    cos CosBackward0
    cumsum CumsumBackward0
    diagonal DiagonalBackward0
    dot DotBackward0
    erf ErfBackward0
    exp ExpBackward0
    expand ExpandBackward0
    expand_as ExpandBackward0
    expm1 Expm1Backward0
    flip FlipBackward0
    floor FloorBackward0
    gather GatherBackward0
    index_add IndexAddBackward0
    index_put IndexPutBackward0
    index_select IndexSelectBackward0
    log LogBackward0
    log1p Log1PBackward0
    log_softmax LogSoftmaxBackward0
    logsumexp LogsumexpBackward0
    masked_select MaskedSelectBackward0
    maximum MaximumBackward0
    minimum MinimumBackward0
    mm MmBackward0
    mul MulBackward0
    mv MvBackward0
    neg NegBackward0
    relu ReluBackward0
    permute PermuteBackward0
    pow PowBackward1
    reciprocal ReciprocalBackward0
    remainder RemainderBackward1
    repeat RepeatBackward0
    round RoundBackward0
    rsqrt RsqrtBackward0
    scatter_add ScatterAddBackward0
    select SelectBackward0
    sigmoid SigmoidBackward0
    sign SignBackward0
    sin SinBackward0
    slice SliceBackward0
    softmax SoftmaxBackward0
    split SplitBackward0
    split_with_sizes SplitWithSizesBackward0
    sqrt SqrtBackward0
    square PowBackward0
    sub SubBackward0
    t TBackward0
    tan TanBackward0
    tanh TanhBackward0
    to ToCopyBackward0
    transpose TransposeBackward0
    tril TrilBackward0
    triu TriuBackward0
    trunc TruncBackward0
    unbind UnbindBackward0
    unsqueeze UnsqueezeBackward0
    view ViewBackward0
    view_as ViewBackward0
    where WhereBackward0
    """

  @Test("Every sample of an operator that is one node leaves PyTorch's")
  func everySample() throws {
    let names = Dictionary(
      uniqueKeysWithValues: Self.samples.split(separator: "\n").map { line in
        let words = line.split(separator: " ").map(String.init)
        return (words[0], words[1])
      })
    for definition in Ops.definitions where definition.isDifferentiated {
      // Overloads that take a number, or dimensions, are other nodes in PyTorch.
      guard definition.schema.overload.isEmpty, let name = names[definition.schema.name] else {
        continue
      }
      for example in try definition.cases() where example.inputs.contains(where: \.requiresGrad) {
        guard let node = try example.run(example.inputs)[0].gradFunction else { continue }
        // The parts of nothing have to be counted, in PyTorch as well.
        let isCounted = definition.schema.name == "chunk" && example.inputs[0].count == 0
        let expected = isCounted ? "SplitWithSizesBackward0" : name
        #expect(node.name == expected, "\(definition.schema.text)")
      }
    }
  }
}
