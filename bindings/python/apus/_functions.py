"""Functions that take more than their operator's schema says."""

from . import _operators as ops
from ._library import B, P, function
from ._out import into, into_exactly
from ._runtime import wrong_type
from ._shapes import nonzero
from ._tensor import Tensor
from ._types import float32

__all__ = (
    "allclose equal get_default_dtype is_complex is_floating_point is_tensor max min numel split "
    "std var where"
).split()

c_equal = function("apus_equal", P, P, result=B)


# Reduction


def max(input, dim=None, keepdim=False, *, other=None, axis=None, keepdims=None, out=None):
    """The largest element; with a dim, the largest along it and where it is; with another tensor,
    the larger of two elements."""
    if out is not None:
        return into_exactly(
            out, max, input, dim, keepdim, other=other, axis=axis, keepdims=keepdims
        )
    return _extremum(ops._max, ops._max_dim, ops.maximum, input, dim, keepdim, other, axis, keepdims)


def min(input, dim=None, keepdim=False, *, other=None, axis=None, keepdims=None, out=None):
    """The smallest element; with a dim, the smallest along it and where it is; with another tensor,
    the smaller of two elements."""
    if out is not None:
        return into_exactly(
            out, min, input, dim, keepdim, other=other, axis=axis, keepdims=keepdims
        )
    return _extremum(ops._min, ops._min_dim, ops.minimum, input, dim, keepdim, other, axis, keepdims)


def _extremum(whole, along, between, input, dim, keepdim, other, axis, keepdims):
    if not isinstance(input, Tensor):
        raise _no_extremum(between.__name__[:3], input, dim if other is None else other)
    dim = dim if axis is None else axis
    other = dim if isinstance(dim, Tensor) else other
    if other is not None:
        return between(input, other)
    if dim is None:
        return whole(input)
    return along(input, dim, keepdim if keepdims is None else keepdims)


def _no_extremum(name, *arguments):
    given = ", ".join(type(value).__name__ for value in arguments if value is not None)
    return TypeError(
        "%s() received an invalid combination of arguments - got (%s), but expected one of:\n"
        " * (Tensor input, *, Tensor out = None)\n"
        " * (Tensor input, Tensor other, *, Tensor out = None)\n"
        " * (Tensor input, int dim, bool keepdim = False, *, tuple of Tensors out = None)\n"
        % (name, given)
    )


def var(
    input, dim=None, unbiased=None, keepdim=False, *, correction=None, axis=None, keepdims=None,
    out=None,
):
    """The variance, over all elements or along dimensions."""
    if out is not None:
        return into_exactly(
            out, var, input, dim, unbiased, keepdim, correction=correction, axis=axis,
            keepdims=keepdims,
        )
    return spread(ops._var, input, dim, unbiased, keepdim, correction, axis, keepdims)


def std(
    input, dim=None, unbiased=None, keepdim=False, *, correction=None, axis=None, keepdims=None,
    out=None,
):
    """The standard deviation, over all elements or along dimensions."""
    if out is not None:
        return into_exactly(
            out, std, input, dim, unbiased, keepdim, correction=correction, axis=axis,
            keepdims=keepdims,
        )
    return spread(ops._std, input, dim, unbiased, keepdim, correction, axis, keepdims)


def spread(call, input, dim, unbiased, keepdim, correction, axis, keepdims):
    """A call with the forms in which PyTorch lets dimensions and the correction be given."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None:
        correction = 1 if unbiased else 0
    if axis is not None:
        dim = axis
    return call(input, dim, correction, keepdim if keepdims is None else keepdims)


# Selection and shape


def where(condition, input=None, other=None, *, out=None):
    """Elements of input where the condition holds, else of other; given the condition alone, the
    indices of its true elements, one tensor for each dimension."""
    if out is not None:
        return into(out, where, condition, input, other)
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    if input is None or other is None:
        raise TypeError(
            "where() received an invalid combination of arguments - got (Tensor, %s)"
            % type(other if input is None else input).__name__
        )
    if isinstance(input, Tensor):
        call = ops._where if isinstance(other, Tensor) else ops._where_scalarother
    else:
        call = ops._where_scalarself if isinstance(other, Tensor) else ops._where_scalar
    return call(condition, input, other)


def split(tensor, split_size_or_sections=None, dim=0, *, split_size=None):
    """Views of parts of a tensor: of one size, the last one smaller, or of the given sizes."""
    size = split_size_or_sections if split_size is None else split_size
    if isinstance(size, (tuple, list)):
        return ops.split_with_sizes(tensor, size, dim)
    return ops._split(tensor, size, dim)


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


def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether |input - other| <= atol + rtol * |other| everywhere."""
    if not isinstance(input, Tensor) or not isinstance(other, Tensor):
        raise wrong_type("allclose", (1, "input", input), (2, "other", other))
    return bool(ops.isclose(input, other, rtol, atol, equal_nan).all())


def is_tensor(obj):
    """Whether it is a Tensor."""
    return isinstance(obj, Tensor)


def numel(input):
    """The number of elements."""
    return input.numel()


def is_floating_point(input):
    """Whether the elements are floating-point numbers."""
    if not isinstance(input, Tensor):
        raise wrong_type("is_floating_point", (1, "input", input))
    return input.is_floating_point()


def is_complex(input):
    """Whether the elements are complex numbers."""
    if not isinstance(input, Tensor):
        raise wrong_type("is_complex", (1, "input", input))
    return input.is_complex()


def get_default_dtype():
    """float32."""
    return float32
