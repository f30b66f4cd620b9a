"""Activations and dropout, by torch.nn.functional's names."""

import warnings

from .. import _operators as ops
from .._operators import (
    elu_, glu, hardshrink, hardtanh_, leaky_relu_, log_sigmoid as logsigmoid, prelu, relu_, selu_,
    softplus, softshrink, softsign, tanhshrink, threshold_, celu_, gelu,
)
from .._unary import dropout_functions

__all__ = (
    "alpha_dropout celu celu_ dropout dropout1d dropout2d dropout3d elu elu_ feature_alpha_dropout "
    "gelu glu hardshrink hardsigmoid hardswish hardtanh hardtanh_ leaky_relu leaky_relu_ logsigmoid "
    "mish prelu relu relu6 relu_ selu selu_ sigmoid silu softmin softplus softshrink softsign tanh "
    "tanhshrink threshold threshold_"
).split()

_dropout = dropout_functions()


def relu(input, inplace=False):
    """Each element where it is positive, else 0."""
    return ops.relu_(input) if inplace else ops.relu(input)


def relu6(input, inplace=False):
    """Each element, but not below 0 and not above 6."""
    return ops.relu6_(input) if inplace else ops.relu6(input)


def leaky_relu(input, negative_slope=0.01, inplace=False):
    """Each element where it is positive, negative_slope times it elsewhere."""
    function = ops.leaky_relu_ if inplace else ops.leaky_relu
    return function(input, negative_slope)


def silu(input, inplace=False):
    """Each element times its logistic function."""
    return ops.silu_(input) if inplace else ops.silu(input)


def mish(input, inplace=False):
    """Each element times the hyperbolic tangent of its softplus."""
    return ops.mish_(input) if inplace else ops.mish(input)


def elu(input, alpha=1.0, inplace=False):
    """Each element where it is positive, alpha (e^x - 1) elsewhere."""
    function = ops.elu_ if inplace else ops.elu
    return function(input, alpha)


def selu(input, inplace=False):
    """elu with the numbers that keep mean 0 and variance 1."""
    return ops.selu_(input) if inplace else ops.selu(input)


def celu(input, alpha=1.0, inplace=False):
    """Each element where it is positive, alpha (e^(x / alpha) - 1) elsewhere."""
    function = ops.celu_ if inplace else ops.celu
    return function(input, alpha)


def hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    """Each element, but not below min_val and not above max_val."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    function = ops.hardtanh_ if inplace else ops.hardtanh
    return function(input, min_val, max_val)


def hardsigmoid(input, inplace=False):
    """A sixth of each element plus one half, from 0 to 1."""
    return ops.hardsigmoid_(input) if inplace else ops.hardsigmoid(input)


def hardswish(input, inplace=False):
    """Each element times its hardsigmoid."""
    return ops.hardswish_(input) if inplace else ops.hardswish(input)


def threshold(input, threshold, value, inplace=False):
    """Each element where it is above the threshold, value elsewhere."""
    function = ops.threshold_ if inplace else ops.threshold
    return function(input, threshold, value)


def sigmoid(input):
    """1 / (1 + e^-x)."""
    return ops.sigmoid(input)


def tanh(input):
    """The hyperbolic tangent."""
    return ops.tanh(input)


def softmin(input, dim=None, _stacklevel=3, dtype=None):
    """softmax of the negative elements."""
    from .functional import _dim

    return ops.softmax(-input, _dim("softmin", input, dim), dtype=dtype)


# Dropout


def _drop(name, input, p, training, inplace):
    _check(p)
    function = _dropout[name + "_"] if inplace else getattr(ops, name)
    return function(input, p, training)


def _check(p):
    if p < 0.0 or p > 1.0:
        raise ValueError("dropout probability has to be between 0 and 1, but got %s" % p)


def dropout(input, p=0.5, training=True, inplace=False):
    """Zero for each element with probability p; the others divided by 1 - p."""
    return _drop("dropout", input, p, training, inplace)


def alpha_dropout(input, p=0.5, training=False, inplace=False):
    """Dropout that keeps mean 0 and variance 1."""
    return _drop("alpha_dropout", input, p, training, inplace)


def feature_alpha_dropout(input, p=0.5, training=False, inplace=False):
    """The same for whole channels."""
    return _drop("feature_alpha_dropout", input, p, training, inplace)


def dropout1d(input, p=0.5, training=True, inplace=False):
    """Dropout of whole channels with one dimension of space."""
    _check(p)
    rank = input.dim()
    if rank not in (2, 3):
        raise RuntimeError(
            "dropout1d: Expected 2D or 3D input, but received a %dD input. Note that dropout1d exists "
            "to provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, "
            "and an optional batch dimension (i.e. 2D or 3D inputs)." % rank
        )
    return _by_channel(input, p, training, inplace, batched=rank == 3)


def dropout2d(input, p=0.5, training=True, inplace=False):
    """Dropout of whole channels with two dimensions of space."""
    _check(p)
    rank = input.dim()
    if rank not in (3, 4):
        _warn("dropout2d", rank, "2 spatial dimensions", "3D or 4D")
    if rank == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout "
            "behavior is desired - input is interpreted as shape (N, C, L), where C is the channel "
            "dim. This behavior will change in a future release to interpret the input as one without "
            "a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise dropout "
            "behavior, please switch to using dropout1d instead.",
            stacklevel=2,
        )
    return _by_channel(input, p, training, inplace, batched=True)


def dropout3d(input, p=0.5, training=True, inplace=False):
    """Dropout of whole channels with three dimensions of space."""
    _check(p)
    rank = input.dim()
    if rank not in (4, 5):
        _warn("dropout3d", rank, "3 spatial dimensions", "4D or 5D")
    return _by_channel(input, p, training, inplace, batched=rank == 5)


def _warn(name, rank, dimensions, ranks):
    warnings.warn(
        "%s: Received a %d-D input to %s, which is deprecated and will result in an error in a future "
        "release. To retain the behavior and silence this warning, please use dropout instead. Note "
        "that %s exists to provide channel-wise dropout on inputs with %s, a channel dimension, and "
        "an optional batch dimension (i.e. %s inputs)." % (name, rank, name, name, dimensions, ranks),
        stacklevel=3,
    )


def _by_channel(input, p, training, inplace, batched):
    x = input if batched else input.unsqueeze(0)
    if inplace:
        _dropout["feature_dropout_"](x, p, training)
        return input
    result = ops.feature_dropout(x, p, training)
    return result if batched else result.squeeze(0)
