"""Losses."""

import warnings

from .. import _operators as ops
from .._tensor import Tensor
from .._types import int64

__all__ = (
    "binary_cross_entropy binary_cross_entropy_with_logits cosine_embedding_loss cross_entropy "
    "ctc_loss gaussian_nll_loss hinge_embedding_loss huber_loss kl_div l1_loss "
    "margin_ranking_loss mse_loss multi_margin_loss multilabel_margin_loss "
    "multilabel_soft_margin_loss nll_loss poisson_nll_loss smooth_l1_loss soft_margin_loss "
    "triplet_margin_loss triplet_margin_with_distance_loss"
).split()


def _reduction(reduction, size_average, reduce):
    """The word for a reduction, from the two arguments that said it before."""
    if size_average is None and reduce is None:
        return reduction
    size_average = True if size_average is None else size_average
    reduce = True if reduce is None else reduce
    word = "none" if not reduce else "mean" if size_average else "sum"
    warnings.warn(
        "size_average and reduce args will be deprecated, please use reduction='%s' instead."
        % word,
        stacklevel=3,
    )
    return word


def _checked(reduction):
    if reduction not in ("none", "mean", "sum"):
        raise ValueError("%s is not a valid value for reduction" % reduction)
    return reduction


def _warn_of_sizes(input, target):
    if target.shape != input.shape:
        warnings.warn(
            "Using a target size (%s) that is different to the input size (%s). This will likely "
            "lead to incorrect results due to broadcasting. Please ensure they have the same size."
            % (target.size(), input.size()),
            stacklevel=3,
        )


def _check_weight(weight, input):
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")


def _reduced(losses, reduction):
    return losses if reduction == "none" else losses.sum() if reduction == "sum" else losses.mean()


def _mean_of_weighted(losses, weight, reduction):
    """Weighted losses, of which the mean is that by weight."""
    losses = losses * weight
    if reduction == "mean":
        return losses.sum() / weight.sum()
    return _reduced(losses, reduction)


def cross_entropy(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None,
    reduction="mean", label_smoothing=0.0,
):
    """-log softmax(input) at the target class, or weighted by the target's probabilities."""
    reduction = _reduction(reduction, size_average, reduce)
    return ops.cross_entropy(input, target, weight, reduction, ignore_index, label_smoothing)


def nll_loss(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None,
    reduction="mean",
):
    """-input at the target class."""
    reduction = _reduction(reduction, size_average, reduce)
    return ops.nll_loss(input, target, weight, reduction, ignore_index)


def mse_loss(
    input, target, size_average=None, reduce=None, reduction="mean", weight=None
):
    """(input - target)²."""
    _warn_of_sizes(input, target)
    reduction = _reduction(reduction, size_average, reduce)
    if weight is None:
        return ops.mse_loss(input, target, reduction)
    _check_weight(weight, input)
    return _mean_of_weighted((input - target) ** 2, weight, _checked(reduction))


def l1_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """|input - target|."""
    _warn_of_sizes(input, target)
    reduction = _reduction(reduction, size_average, reduce)
    if weight is None:
        return ops.l1_loss(input, target, reduction)
    _check_weight(weight, input)
    return _mean_of_weighted((input - target).abs(), weight, _checked(reduction))


def smooth_l1_loss(
    input, target, size_average=None, reduce=None, reduction="mean", beta=1.0
):
    """|input - target|, and where it is below beta its square."""
    _warn_of_sizes(input, target)
    reduction = _reduction(reduction, size_average, reduce)
    if beta == 0:
        return ops.l1_loss(input, target, reduction)
    return ops.smooth_l1_loss(input, target, reduction, beta)


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """(input - target)² / 2, and beyond delta a straight line."""
    _warn_of_sizes(input, target)
    if weight is None:
        return ops.huber_loss(input, target, reduction, delta)
    _check_weight(weight, input)
    losses = ops.huber_loss(input, target, "none", delta) * weight
    return _reduced(losses, _checked(reduction))


def binary_cross_entropy(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean"
):
    """Cross entropy of probabilities."""
    reduction = _reduction(reduction, size_average, reduce)
    return ops.binary_cross_entropy(input, target, weight, reduction)


def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean",
    pos_weight=None,
):
    """Cross entropy of scores of two classes."""
    reduction = _reduction(reduction, size_average, reduce)
    return ops.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction)


def kl_div(
    input, target, size_average=None, reduce=None, reduction="mean", log_target=False
):
    """target * (log(target) - input)."""
    if size_average is None and reduce is None and reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math "
            "definition.'mean' will be changed to behave the same as 'batchmean' in the next major "
            "release.",
            stacklevel=2,
        )
    reduction = _reduction(reduction, size_average, reduce)
    return ops.kl_div(input, target, reduction, log_target)


def poisson_nll_loss(
    input, target, log_input=True, full=False, size_average=None, eps=1e-8, reduce=None,
    reduction="mean",
):
    """-log of the probability of counts under a Poisson distribution."""
    reduction = _reduction(reduction, size_average, reduce)
    return ops.poisson_nll_loss(input, target, log_input, full, eps, reduction)


def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    """-log of the density of a normal distribution."""
    if not isinstance(var, Tensor):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = ops.full_like(input, var)
    return ops.gaussian_nll_loss(input, target, var, full, eps, reduction)


def soft_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """log(1 + exp(-target * input))."""
    reduction = _reduction(reduction, size_average, reduce)
    return ops.soft_margin_loss(input, target, reduction)


def hinge_embedding_loss(
    input, target, margin=1.0, size_average=None, reduce=None, reduction="mean"
):
    """input where target is 1, max(0, margin - input) where it is -1."""
    reduction = _reduction(reduction, size_average, reduce)
    return ops.hinge_embedding_loss(input, target, margin, reduction)


def margin_ranking_loss(
    input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"
):
    """max(0, -target * (input1 - input2) + margin)."""
    reduction = _reduction(reduction, size_average, reduce)
    return ops.margin_ranking_loss(input1, input2, target, margin, reduction)


def cosine_embedding_loss(
    input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"
):
    """1 - cos where target is 1, max(0, cos - margin) where it is -1."""
    reduction = _reduction(reduction, size_average, reduce)
    return ops.cosine_embedding_loss(input1, input2, target, margin, reduction)


def triplet_margin_loss(
    anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, size_average=None,
    reduce=None, reduction="mean",
):
    """max(0, |anchor - positive| - |anchor - negative| + margin)."""
    reduction = _reduction(reduction, size_average, reduce)
    if margin <= 0:
        raise ValueError("margin must be greater than 0, got %s" % margin)
    return ops.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, reduction)


def triplet_margin_with_distance_loss(
    anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False,
    reduction="mean",
):
    """The same for any distance."""
    _checked(reduction)
    if margin <= 0:
        raise ValueError("margin must be greater than 0, got %s" % margin)
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of "
            "dimensions, but got: anchor %sD, positive %sD, and negative %sD inputs"
            % (anchor.dim(), positive.dim(), negative.dim())
        )
    if distance_function is None:
        return ops.triplet_margin_loss(
            anchor, positive, negative, margin, 2.0, 1e-6, swap, reduction)
    near = distance_function(anchor, positive)
    far = distance_function(anchor, negative)
    if swap:
        far = ops.minimum(far, distance_function(positive, negative))
    return _reduced(ops.clamp(near - far + margin, min=0), reduction)


def multi_margin_loss(
    input, target, p=1, margin=1.0, weight=None, size_average=None, reduce=None,
    reduction="mean",
):
    """sum(max(0, margin - input[target] + input)^p) / C over the other classes."""
    reduction = _reduction(reduction, size_average, reduce)
    return ops.multi_margin_loss(input, target, weight, p, margin, reduction)


def multilabel_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """sum(max(0, 1 - (input[target] - input))) / C over targets and other classes."""
    reduction = _reduction(reduction, size_average, reduce)
    return ops.multilabel_margin_loss(input, target, reduction)


def multilabel_soft_margin_loss(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean"
):
    """Cross entropy of the scores of classes that are there or not, averaged over them."""
    reduction = _reduction(reduction, size_average, reduce)
    return ops.multilabel_soft_margin_loss(input, target, weight, reduction)


def ctc_loss(
    log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean",
    zero_infinity=False,
):
    """-log of the probability of sequences whose alignment is not known."""
    return ops.ctc_loss(
        log_probs, targets, _lengths(input_lengths), _lengths(target_lengths), blank, reduction,
        zero_infinity)


def _lengths(lengths):
    """A tensor of lengths, which may be numbers."""
    if isinstance(lengths, Tensor):
        return lengths if lengths.dim() else lengths.reshape(1)
    from .._data import tensor

    return tensor(list(lengths), dtype=int64)
