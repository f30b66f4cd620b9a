"""Rows of tables, and what stands at the borders of images."""

from .. import _operators as ops
from .._operators import channel_shuffle, pixel_shuffle, pixel_unshuffle
from .._runtime import number
from .._tensor import Tensor
from ..autograd import no_grad

__all__ = "channel_shuffle embedding embedding_bag pad pixel_shuffle pixel_unshuffle".split()

_MODES = {"sum": 0, "mean": 1, "max": 2}
_BORDERS = {
    "reflect": (ops.reflection_pad1d, ops.reflection_pad2d, ops.reflection_pad3d),
    "replicate": (ops.replication_pad1d, ops.replication_pad2d, ops.replication_pad3d),
}


def pad(input, pad, mode="constant", value=None):
    """More elements at both ends of the last dimensions, in pairs, the last dimension first."""
    if isinstance(pad, int):
        pad = (pad,)
    if mode == "constant":
        return ops.constant_pad_nd(input, pad, 0 if value is None else number(value))
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * input.dim():
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got "
            "padding length %d and input of dimension %d" % (len(pad), input.dim())
        )
    if value:
        raise RuntimeError('Padding mode "%s" doesn\'t take in value argument' % mode)
    dims = len(pad) // 2
    if 1 <= dims <= 3 and input.dim() in (dims + 1, dims + 2):
        if mode in _BORDERS:
            return _BORDERS[mode][dims - 1](input, pad)
        if mode == "circular":
            return ops.pad_circular(input, pad)
        raise NotImplementedError("Unrecognised padding mode %s" % mode)
    raise NotImplementedError(
        "Padding size %d is not supported for %dD input tensor." % (len(pad), input.dim())
    )


def _padding_row(padding_idx, weight):
    if padding_idx is None:
        return -1
    rows = weight.size(0)
    assert -rows <= padding_idx < max(rows, 1), "Padding_idx must be within num_embeddings"
    return padding_idx + rows if padding_idx < 0 else padding_idx


def embedding(
    input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False,
    sparse=False,
):
    """The rows of weight that input names."""
    padding_idx = _padding_row(padding_idx, weight)
    if max_norm is not None:
        input = input.contiguous()
        with no_grad():
            ops.embedding_renorm_(weight.detach(), input, max_norm, norm_type)
    return ops.embedding(weight, input, padding_idx, scale_grad_by_freq, sparse)


def embedding_bag(
    input, weight, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, mode="mean",
    sparse=False, per_sample_weights=None, include_last_offset=False, padding_idx=None,
):
    """Sums, means or maxima of bags of rows of weight."""
    if per_sample_weights is not None and input.size() != per_sample_weights.size():
        raise ValueError(
            "embedding_bag: If per_sample_weights (%s) is not None, then it must have the same "
            "shape as the input (%s)" % (_shape(per_sample_weights), _shape(input))
        )
    if not weight.dim() == 2:
        raise ValueError(
            "weight has to be a 2D Tensor, but got Tensor of dimension %d" % weight.dim()
        )
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch "
                "of fixed length sequences. However, found offsets of type %s" % type(offsets)
            )
        offsets = _starts(input)
        input = input.reshape(-1)
        if per_sample_weights is not None:
            per_sample_weights = per_sample_weights.reshape(-1)
    elif input.dim() == 1:
        if offsets is None:
            raise ValueError("offsets has to be a 1D Tensor but got None")
        if offsets.dim() != 1:
            raise ValueError("offsets has to be a 1D Tensor")
    else:
        raise ValueError(
            "input has to be 1D or 2D Tensor, but got Tensor of dimension %d" % input.dim()
        )
    if mode not in _MODES:
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    if max_norm is not None:
        with no_grad():
            ops.embedding_renorm_(weight.detach(), input, max_norm, norm_type)
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported "
            "for mode='sum' (got mode='%s'). Please open a feature request on GitHub." % mode
        )
    rows = weight.size(0)
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise RuntimeError(
            "padding_idx must be within the number of embeddings, %d through %d, but got %d"
            % (-rows, rows - 1, padding_idx)
        )
    return ops.embedding_bag(
        weight, input, offsets, scale_grad_by_freq, _MODES[mode], sparse, per_sample_weights,
        include_last_offset, _padding_row(padding_idx, weight),
    )[0]


def _shape(tensor: Tensor):
    return repr(tensor.shape)


def _starts(input):
    """Where each row of a matrix begins."""
    rows, columns = input.shape
    return ops._arange(0, rows, 1, None) * columns
