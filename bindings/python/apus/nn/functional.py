"""Functions of neural networks."""

import warnings

from .. import _operators as ops
from .._operators import layer_norm, linear, one_hot, relu, sigmoid, tanh
from ._activation import *
from ._image import *
from ._rows_and_borders import *


def softmax(input, dim=None, _stacklevel=3, dtype=None):
    """exp(x) over its sum along a dimension."""
    return ops.softmax(input, _dim("softmax", input, dim), dtype=dtype)


def log_softmax(input, dim=None, _stacklevel=3, dtype=None):
    """The logarithm of softmax."""
    return ops.log_softmax(input, _dim("log_softmax", input, dim), dtype=dtype)


def _dim(name, input, dim):
    if dim is not None:
        return dim
    warnings.warn(
        "Implicit dimension choice for %s has been deprecated. Change the call to include dim=X as "
        "an argument." % name,
        stacklevel=3,
    )
    return 0 if input.dim() in (0, 1, 3) else 1


def cross_entropy(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None,
    reduction="mean", label_smoothing=0.0,
):
    """-log softmax(input) at the target class, or weighted by the target's probabilities."""
    return ops.cross_entropy(input, target, weight, reduction, ignore_index, label_smoothing)


def nll_loss(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None,
    reduction="mean",
):
    """-input at the target class."""
    return ops.nll_loss(input, target, weight, reduction, ignore_index)


def mse_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """(input - target)²."""
    return ops.mse_loss(input, target, reduction)
