"""Random tensors whose functions take more forms than an operator's schema says."""

from . import _operators as ops
from ._callbacks import warn_of_pending
from ._runtime import requiring
from ._tensor import Tensor

__all__ = ("bernoulli", "normal", "randint", "randint_like")

#: Functions that are methods of Tensor.
METHODS = ("bernoulli", "bernoulli_", "random_", "uniform_")


def _invalid(name, *arguments):
    kinds = ", ".join(type(value).__name__ for value in arguments if value is not None)
    return TypeError(
        "%s() received an invalid combination of arguments - got (%s)" % (name, kinds)
    )


# Functions


def bernoulli(input, p=None, *, generator=None, out=None):
    """Ones and zeros; each is 1 with the probability that input has there, or p."""
    if isinstance(p, Tensor):
        raise _invalid("bernoulli", input, p)
    if out is not None:
        return bernoulli_(out, input if p is None else p, generator=generator)
    if p is None:
        return ops._bernoulli(input, generator)
    return ops._bernoulli_p(input, p, generator)


def normal(mean=0.0, std=1.0, size=None, *, generator=None, out=None, dtype=None,
           layout=None, device=None, requires_grad=False):
    """Random numbers of normal distributions: of one, in a size, or with a mean or a standard
    deviation for each element."""
    if out is not None:
        return out.copy_(normal(mean, std, size, generator=generator))
    if size is not None:
        if isinstance(mean, Tensor) or isinstance(std, Tensor):
            raise _invalid("normal", mean, std, size)
        result = ops._normal_float_float(mean, std, size, generator, dtype)
        return requiring(result) if requires_grad else result
    if isinstance(mean, Tensor):
        if isinstance(std, Tensor):
            return ops._normal_tensor_tensor(mean, std, generator)
        return ops._normal_tensor_float(mean, std, generator)
    if isinstance(std, Tensor):
        return ops._normal_float_tensor(mean, std, generator)
    raise _invalid("normal", mean, std)


def _bounds(name, bounds, low, high):
    """Both bounds, from (high), (low, high), or their names."""
    if len(bounds) == 2 and high is None:
        low, high = bounds
    elif len(bounds) == 1 and high is None:
        high = bounds[0]
    elif len(bounds) == 1:
        low = bounds[0]
    elif bounds or high is None:
        raise _invalid(name, *bounds, low, high)
    for position, value in enumerate((low, high)):
        if isinstance(value, float):
            raise TypeError(
                "%s(): argument '%s' (position %d) must be int, not float"
                % (name, ("low", "high")[position], 1 if len(bounds) == 1 else position + 1)
            )
    return low, high


def randint(*bounds, low=0, high=None, size=None, generator=None, out=None, dtype=None,
            layout=None, device=None, pin_memory=False, requires_grad=False):
    """Random integers from low (0), up to but without high."""
    bounds = list(bounds)
    if size is None and bounds and isinstance(bounds[-1], (tuple, list)):
        size = bounds.pop()
    if size is None:
        raise _invalid("randint", *bounds)
    low, high = _bounds("randint", bounds, low, high)
    if out is not None:
        return random_(out, low, high, generator=generator)
    result = ops._randint(low, high, size, generator, dtype)
    return requiring(result) if requires_grad else result


def randint_like(input, *bounds, low=0, high=None, generator=None, dtype=None, layout=None,
                 device=None, memory_format=None, requires_grad=False):
    """Random integers from low (0), up to but without high, in the sizes of a tensor."""
    low, high = _bounds("randint_like", bounds, low, high)
    result = ops._randint_like(input, low, high, generator, dtype)
    return requiring(result) if requires_grad else result


# Methods


def bernoulli_(input, p=0.5, *, generator=None):
    """Sets every element to 1 with probability p, which may be a tensor, else to 0."""
    if isinstance(p, Tensor):
        return ops._bernoulli_from_(input, p, generator)
    return ops._bernoulli_float_(input, p, generator)


def uniform_(input, *bounds, generator=None, **named):
    """Sets every element to a uniform random number from [from, to), which are 0 and 1."""
    low, high = (list(bounds) + [named.pop("from", 0), named.pop("to", 1)][len(bounds):])[:2]
    if len(bounds) > 2 or named:
        raise _invalid("uniform_", *bounds, *named)
    return ops._uniform_(input, low, high, generator)


def random_(input, *bounds, generator=None, **named):
    """Sets every element to a random whole number: from [0, to), [from, to), or [from, the largest
    of the dtype] where to is None."""
    low, high = named.pop("from", None), named.pop("to", None)
    if len(bounds) > 2 or named:
        raise _invalid("random_", *bounds, *named)
    if len(bounds) == 2:
        low, high = bounds
    elif len(bounds) == 1 and high is None:
        high = bounds[0]
    elif bounds:
        low = bounds[0]
    if low is not None:
        ops._random_from_(input, low, high, generator)
    elif high is not None:
        ops._random_to_(input, high, generator)
    else:
        return ops._random_(input, generator)
    # Bounds beyond which a floating-point dtype has gaps.
    warn_of_pending()
    return input
