"""First values for parameters."""

import math
import warnings

from .. import _operators as ops
from .._functions import where
from .._indexing import setitem
from .._random import uniform_ as _draw_uniform
from ..autograd import no_grad

_NONLINEARITIES = {
    "linear": 1, "conv1d": 1, "conv2d": 1, "conv3d": 1, "conv_transpose1d": 1,
    "conv_transpose2d": 1, "conv_transpose3d": 1, "sigmoid": 1, "tanh": 5 / 3,
    "relu": math.sqrt(2), "selu": 3 / 4,
}


def calculate_gain(nonlinearity, param=None):
    """The factor by which a nonlinearity wants the standard deviation of its inputs' weights."""
    if nonlinearity == "leaky_relu":
        if param is None:
            slope = 0.01
        elif isinstance(param, (int, float)) and not isinstance(param, bool):
            slope = param
        else:
            raise ValueError("negative_slope %s not a valid number" % (param,))
        return math.sqrt(2 / (1 + slope**2))
    if nonlinearity not in _NONLINEARITIES:
        raise ValueError("Unsupported nonlinearity %s" % nonlinearity)
    return _NONLINEARITIES[nonlinearity]


def uniform_(tensor, a=0.0, b=1.0, generator=None):
    """Uniform numbers from [a, b)."""
    with no_grad():
        return _draw_uniform(tensor, a, b, generator=generator)


def normal_(tensor, mean=0.0, std=1.0, generator=None):
    """Normal numbers."""
    with no_grad():
        return ops.normal_(tensor, mean, std, generator=generator)


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    """Normal numbers between a and b; those that are not are drawn again."""
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of "
            "values may be incorrect.",
            stacklevel=2,
        )

    def below(x):
        return (1 + math.erf((x - mean) / std / math.sqrt(2))) / 2

    with no_grad():
        if below(b) - below(a) > 0.3:
            _redraw_normal(tensor, mean, std, a, b, generator)
        else:
            _redraw_uniform(tensor, mean, std, a, b, generator)
    return tensor


def _redraw_normal(tensor, mean, std, low, high, generator):
    """Normal numbers, of which those out of bounds are drawn anew."""
    # The bounds as the tensor's elements have them.
    low, high = tensor.new_tensor(low).item(), tensor.new_tensor(high).item()
    tensor.normal_(mean, std, generator=generator)
    while True:
        outside = (tensor < low) | (tensor > high)
        if not outside.any():
            return
        fresh = ops.empty_like(tensor).normal_(mean, std, generator=generator)
        tensor.copy_(where(outside, fresh, tensor))


def _redraw_uniform(tensor, mean, std, low, high, generator):
    """Evenly distributed numbers, kept with the probability that their density is of the largest."""
    peak = -0.5 * ((max(low, min(mean, high)) - mean) / std) ** 2
    chance = ops.empty_like(tensor)

    def refused(candidates):
        density = ((candidates - mean) / std).pow_(2).mul_(-0.5).sub_(peak)
        return chance.uniform_(generator=generator).log_() > density

    pending = refused(tensor.uniform_(low, high, generator=generator))
    while pending.any():
        fresh = ops.empty_like(tensor).uniform_(low, high, generator=generator)
        tensor.copy_(where(pending, fresh, tensor))
        pending = pending & refused(fresh)


def constant_(tensor, val):
    """One number everywhere."""
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor):
    """Ones."""
    return constant_(tensor, 1.0)


def zeros_(tensor):
    """Zeros."""
    with no_grad():
        return tensor.zero_()


def eye_(tensor):
    """The identity matrix."""
    if tensor.dim() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    with no_grad():
        return tensor.copy_(ops.eye(*tensor.shape, dtype=tensor.dtype))


def dirac_(tensor, groups=1):
    """Weights of a convolution that gives the channels as they are, as many as there are."""
    rank = tensor.dim()
    if rank not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if tensor.shape[0] % groups:
        raise ValueError("dim 0 must be divisible by groups")
    per_group = tensor.shape[0] // groups
    middle = tuple(size // 2 for size in tensor.shape[2:])
    with no_grad():
        tensor.zero_()
        for group in range(groups):
            for channel in range(min(per_group, tensor.shape[1])):
                setitem(tensor, (group * per_group + channel, channel) + middle, 1)
    return tensor


def _fans(tensor):
    """How many numbers each result is made of, and how many each argument goes into."""
    if tensor.dim() < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"
        )
    field = 1
    for size in tensor.shape[2:]:
        field *= size
    return tensor.shape[1] * field, tensor.shape[0] * field


_calculate_fan_in_and_fan_out = _fans


def xavier_uniform_(tensor, gain=1.0, generator=None):
    """Uniform numbers that keep the variance of values and gradients.

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural
    networks, 2010.
    """
    std = gain * math.sqrt(2.0 / float(sum(_fans(tensor))))
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """Normal numbers that keep the variance of values and gradients."""
    std = gain * math.sqrt(2.0 / float(sum(_fans(tensor))))
    return normal_(tensor, 0.0, std, generator)


def _kaiming(tensor, a, mode, nonlinearity):
    """The standard deviation; None where there is nothing to fill."""
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return None
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(
            "Mode %s not supported, please use one of ['fan_in', 'fan_out']" % mode
        )
    fan = _fans(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Uniform numbers that keep the variance of values, or of gradients, through rectifiers.

    Source: He, Zhang, Ren, Sun, Delving deep into rectifiers, 2015.
    """
    std = _kaiming(tensor, a, mode, nonlinearity)
    if std is None:
        return tensor
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Normal numbers that keep the variance of values, or of gradients, through rectifiers."""
    std = _kaiming(tensor, a, mode, nonlinearity)
    return tensor if std is None else normal_(tensor, 0, std, generator)


def orthogonal_(tensor, gain=1, generator=None):
    """A matrix with orthogonal rows or columns, from the QR decomposition of a random one.

    Source: Saxe, McClelland, Ganguli, Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks, 2013.
    """
    if tensor.dim() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.shape[0]
    columns = tensor.numel() // rows
    with no_grad():
        from ..linalg import qr

        drawn = ops.empty((rows, columns), dtype=tensor.dtype)
        ops.normal_(drawn, 0, 1, generator=generator)
        if rows < columns:
            drawn = drawn.t()
        q, r = qr(drawn)
        q = q * r.diagonal(0).sign()
        if rows < columns:
            q = q.t()
        tensor.copy_(q.reshape(tensor.shape))
        return tensor.mul_(gain)


def sparse_(tensor, sparsity, std=0.01, generator=None):
    """Normal numbers in a matrix, with a share of zeros in each column.

    Source: Martens, Deep learning via Hessian-free optimization, 2010.
    """
    if tensor.dim() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    with no_grad():
        ops.normal_(tensor, 0, std, generator=generator)
        for column in range(columns):
            order = ops.randperm(rows)
            setitem(tensor, (order[:zeros], column), 0)
    return tensor


def _deprecated(function):
    name = function.__name__

    def call(*args, **kwargs):
        warnings.warn(
            "`nn.init.%s` is now deprecated in favor of `nn.init.%s`." % (name[:-1], name),
            FutureWarning,
            stacklevel=2,
        )
        return function(*args, **kwargs)

    call.__name__ = name[:-1]
    return call


uniform, normal, constant, eye, dirac = map(
    _deprecated, (uniform_, normal_, constant_, eye_, dirac_)
)
xavier_uniform, xavier_normal, kaiming_uniform, kaiming_normal, orthogonal, sparse = map(
    _deprecated,
    (xavier_uniform_, xavier_normal_, kaiming_uniform_, kaiming_normal_, orthogonal_, sparse_),
)
