"""Reductions, orders and norms that take more than their operator's schema says."""

from . import _operators as ops
from ._functions import spread
from ._tensor import Tensor

__all__ = (
    "argsort isin norm sort std_mean trapz unique unique_consecutive var_mean"
).split()

#: The methods of Tensor among them.
METHODS = "argsort norm sort unique unique_consecutive".split()


# Order


def sort(input, dim=-1, descending=False, *, stable=None, axis=None, out=None):
    """Elements along a dimension in ascending order, and where each stood."""
    dim = dim if axis is None else axis
    if stable is None:
        result = ops._sort(input, dim, descending)
    else:
        result = ops._sort_stable(input, stable, dim, descending)
    return result if out is None else _filled(out, result)


def argsort(input, dim=-1, descending=False, *, stable=None, axis=None):
    """Where the elements along a dimension stand, in ascending order of the elements."""
    dim = dim if axis is None else axis
    if stable is None:
        return ops._argsort(input, dim, descending)
    return ops._argsort_stable(input, stable, dim, descending)


def _filled(out, result):
    for target, value in zip(out, result):
        target.resize_(value.shape).copy_(value)
    return type(result)(out)


# Unique values


def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The different elements, or slices along a dimension; if asked for, where in them each element
    is, and how often each occurs."""
    if dim is None:
        found = ops._unique(input, sorted, return_inverse, return_counts)
    else:
        found = ops.unique_dim(input, dim, sorted, return_inverse, return_counts)
    return _wanted(found, return_inverse, return_counts)


def unique_consecutive(input, return_inverse=False, return_counts=False, dim=None):
    """Elements, or slices along a dimension, without those that equal the one before; if asked for,
    where each is, and how many there are of each."""
    found = ops._unique_consecutive(input, return_inverse, return_counts, dim)
    return _wanted(found, return_inverse, return_counts)


def _wanted(found, return_inverse, return_counts):
    output, inverse, counts = found
    wanted = [output]
    if return_inverse:
        wanted.append(inverse)
    if return_counts:
        wanted.append(counts)
    return tuple(wanted) if len(wanted) > 1 else output


def isin(elements, test_elements, *, assume_unique=False, invert=False, out=None):
    """Whether each of elements is among test_elements; either may be a number."""
    if not isinstance(test_elements, Tensor):
        if not isinstance(elements, Tensor):
            raise TypeError(
                "isin() received an invalid combination of arguments - got (%s, %s), but expected "
                "one of:\n * (Tensor elements, Tensor test_elements, *, bool assume_unique = False, "
                "bool invert = False, Tensor out = None)\n * (Number element, Tensor test_elements, "
                "*, bool assume_unique = False, bool invert = False, Tensor out = None)\n * (Tensor "
                "elements, Number test_element, *, bool assume_unique = False, bool invert = False, "
                "Tensor out = None)\n" % (type(elements).__name__, type(test_elements).__name__))
        call = ops._isin_tensor_scalar
    elif isinstance(elements, Tensor):
        call = ops._isin_tensor_tensor
    else:
        call = ops._isin_scalar_tensor
    result = call(elements, test_elements, assume_unique, invert)
    return result if out is None else out.resize_(result.shape).copy_(result)


# Spread


def var_mean(input, dim=None, unbiased=None, keepdim=False, *, correction=None, axis=None, keepdims=None):
    """The variance and the mean, over all elements or along dimensions."""
    return tuple(
        spread(ops._var_mean, input, dim, unbiased, keepdim, correction, axis, keepdims)
    )


def std_mean(input, dim=None, unbiased=None, keepdim=False, *, correction=None, axis=None, keepdims=None):
    """The standard deviation and the mean, over all elements or along dimensions."""
    return tuple(
        spread(ops._std_mean, input, dim, unbiased, keepdim, correction, axis, keepdims)
    )


# Norms


def norm(input, p="fro", dim=None, keepdim=False, out=None, dtype=None):
    """The norm of all elements, or of vectors or matrices along dimensions."""
    if not isinstance(p, str):
        result = vector_norm(input, 2 if p is None else p, dim, keepdim, dtype=dtype)
    elif p == "fro" and (dim is None or isinstance(dim, int) or len(dim) <= 2):
        result = vector_norm(input, 2, dim, keepdim, dtype=dtype)
    else:
        dim = tuple(range(input.dim())) if dim is None else dim
        result = matrix_norm(input, p, dim, keepdim, dtype=dtype)
    return result if out is None else out.resize_(result.shape).copy_(result)


def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None, out=None):
    """sum(|x|^ord)^(1 / ord), over all elements or along dimensions."""
    if isinstance(ord, str):
        raise TypeError(
            "linalg_vector_norm(): argument 'ord' (position 2) must be Number, not str")
    if isinstance(ord, complex):
        raise RuntimeError(
            "linalg.vector_norm: Expected a non-complex scalar as the order of norm.")
    result = ops.linalg_vector_norm(x, ord, dim, keepdim, dtype=dtype)
    return result if out is None else out.resize_(result.shape).copy_(result)


def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None, out=None):
    """The norm of the matrices that two dimensions make."""
    dim = (dim,) if isinstance(dim, int) else dim
    call = ops._linalg_matrix_norm_str_ord if isinstance(ord, str) else ops._linalg_matrix_norm
    result = call(A, ord, dim, keepdim, dtype)
    return result if out is None else out.resize_(result.shape).copy_(result)


def linalg_norm(A, ord=None, dim=None, keepdim=False, *, out=None, dtype=None):
    """The norm of vectors, or of matrices where there are two dimensions and an order."""
    call = ops._linalg_norm_ord_str if isinstance(ord, str) else ops._linalg_norm
    result = call(A, ord, dim, keepdim, dtype)
    return result if out is None else out.resize_(result.shape).copy_(result)


def trapz(y, x=None, *, dx=1, dim=-1):
    """The area under points by the trapezoidal rule."""
    if x is not None:
        return ops.trapezoid(y, x, dim=dim)
    return ops.trapezoid(y, dx=dx, dim=dim)
