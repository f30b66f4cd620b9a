"""Functions that take more than their operator's schema says."""

from . import _operators as ops
from ._library import B, D, P, S, failure, function
from ._runtime import requiring, scalar
from ._tensor import Tensor, wrap
from ._types import code, complex64, complex128, device, dtype as dtype_class, float32, int64

__all__ = (
    "allclose arange equal get_default_dtype is_floating_point is_tensor isclose max min numel "
    "scalar_tensor split std var where"
).split()

c_scalar_tensor = function("apus_scalar_tensor", S, D)
c_equal = function("apus_equal", P, P, result=B)


def scalar_tensor(value, *, dtype=None, requires_grad=False):
    """A tensor of no dimension."""
    result = wrap(c_scalar_tensor(scalar(value), code(dtype)))
    return requiring(result) if requires_grad else result


def like(value, tensor):
    """A 0-d tensor for a number that meets a tensor, in the dtype that the number would have."""
    dtype = tensor.dtype
    if isinstance(value, bool):
        return scalar_tensor(value)
    if isinstance(value, complex):
        is_wide = dtype.itemsize == 8 and dtype.is_floating_point or dtype.itemsize == 16
        return scalar_tensor(value, dtype=complex128 if is_wide else complex64)
    if isinstance(value, float):
        is_inexact = dtype.is_floating_point or dtype.is_complex
        return scalar_tensor(value, dtype=dtype if is_inexact else float32)
    return scalar_tensor(value, dtype=dtype if dtype.code > 1 else int64)


# Creation


def arange(*bounds, start=0, end=None, step=1, dtype=None, requires_grad=False):
    """Numbers from start, up to but without end, a step apart."""
    if len(bounds) == 1:
        end = bounds[0]
    elif bounds:
        start, end = bounds[:2]
        step = bounds[2] if len(bounds) > 2 else step
    if end is None or len(bounds) > 3:
        raise TypeError("arange() takes end, or start and end, or start, end and step")
    result = ops._arange(start, end, step, dtype)
    return requiring(result) if requires_grad else result


# Reduction


def max(input, dim=None, keepdim=False, *, other=None, axis=None, keepdims=None):
    """The largest element; with a dim, the largest along it and where it is; with another tensor,
    the larger of two elements."""
    return _extremum(ops._max, ops._max_dim, ops.maximum, input, dim, keepdim, other, axis, keepdims)


def min(input, dim=None, keepdim=False, *, other=None, axis=None, keepdims=None):
    """The smallest element; with a dim, the smallest along it and where it is; with another tensor,
    the smaller of two elements."""
    return _extremum(ops._min, ops._min_dim, ops.minimum, input, dim, keepdim, other, axis, keepdims)


def _extremum(whole, along, between, input, dim, keepdim, other, axis, keepdims):
    dim = dim if axis is None else axis
    other = dim if isinstance(dim, Tensor) else other
    if other is not None:
        return between(input, other)
    if dim is None:
        return whole(input)
    return along(input, dim, keepdim if keepdims is None else keepdims)


def var(input, dim=None, unbiased=None, keepdim=False, *, correction=None, axis=None, keepdims=None):
    """The variance, over all elements or along dimensions."""
    return _spread(ops._var, input, dim, unbiased, keepdim, correction, axis, keepdims)


def std(input, dim=None, unbiased=None, keepdim=False, *, correction=None, axis=None, keepdims=None):
    """The standard deviation, over all elements or along dimensions."""
    return _spread(ops._std, input, dim, unbiased, keepdim, correction, axis, keepdims)


def _spread(call, input, dim, unbiased, keepdim, correction, axis, keepdims):
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None:
        correction = 1 if unbiased else 0
    if axis is not None:
        dim = axis
    return call(input, dim, correction, keepdim if keepdims is None else keepdims)


# Selection and shape


def where(condition, input=None, other=None):
    """Elements of input where the condition holds, else of other; given the condition alone, the
    indices of its true elements, one tensor for each dimension."""
    if input is None and other is None:
        return ops.nonzero(condition).unbind(1)
    if not isinstance(input, Tensor) and not isinstance(other, Tensor):
        input = scalar_tensor(input)
        other = scalar_tensor(other)
    elif not isinstance(input, Tensor):
        input = like(input, other)
    elif not isinstance(other, Tensor):
        other = like(other, input)
    return ops._where(condition, input, other)


def split(tensor, split_size_or_sections=None, dim=0, *, split_size=None):
    """Views of parts of a tensor: of one size, the last one smaller, or of the given sizes."""
    size = split_size_or_sections if split_size is None else split_size
    if isinstance(size, (tuple, list)):
        return ops.split_with_sizes(tensor, size, dim)
    return ops._split(tensor, size, dim)


def to(input, *target, dtype=None, device=None, non_blocking=False, copy=False):
    """The tensor in a dtype, or in another tensor's; itself where it already is."""
    for value in target:
        if isinstance(value, Tensor):
            dtype = value.dtype
        elif isinstance(value, dtype_class) or isinstance(value, type):
            dtype = value
        elif not isinstance(value, bool):
            device = value
    if device is not None:
        _check(device)
    dtype = input.dtype if dtype is None else dtype
    if not copy and code(dtype) == input.dtype.code:
        return input
    return ops._to(input, dtype, copy)


def _check(name):
    device(name)


# Comparison


def equal(input, other):
    """Whether both have the same shape and the same elements."""
    for position, value in enumerate((input, other)):
        if not isinstance(value, Tensor):
            raise TypeError(
                "equal(): argument '%s' (position %d) must be Tensor, not %s"
                % (("input", "other")[position], position + 1, type(value).__name__)
            )
    return c_equal(input._handle, other._handle)


def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Where |input - other| <= atol + rtol * |other|."""
    if input.dtype != other.dtype:
        raise RuntimeError(
            "%s did not match %s" % (input.dtype.type_name[:-6], other.dtype.type_name[:-6])
        )
    input, other = input.detach(), other.detach()
    close = input == other
    if equal_nan and input.is_floating_point():
        close = close | (input != input) & (other != other)
    if not input.is_floating_point():
        input, other = input.to(float), other.to(float)
    return close | ops.isfinite(input - other) & ((input - other).abs() <= atol + rtol * other.abs())


def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether |input - other| <= atol + rtol * |other| everywhere."""
    return bool(isclose(input, other, rtol, atol, equal_nan).all())


def is_tensor(obj):
    """Whether it is a Tensor."""
    return isinstance(obj, Tensor)


def numel(input):
    """The number of elements."""
    return input.numel()


def is_floating_point(input):
    """Whether the elements are floating-point numbers."""
    return input.is_floating_point()


def get_default_dtype():
    """float32."""
    return float32
