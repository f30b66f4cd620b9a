"""Functions of shapes and indices that take more than their operator's schema says: several tensors
one by one, a number or a tensor, one number or several."""

from operator import index as as_index

from . import _operators as ops
from ._tensor import Tensor
from ._types import dtype as dtype_class, int64

__all__ = (
    "atleast_1d atleast_2d atleast_3d block_diag broadcast_tensors cartesian_prod concat "
    "concatenate dsplit hsplit index_fill masked_fill meshgrid moveaxis narrow nonzero "
    "repeat_interleave row_stack scatter swapdims tensor_split unravel_index vsplit"
).split()

#: The methods of Tensor among them.
METHODS = (
    "dsplit hsplit index_fill index_fill_ masked_fill masked_fill_ moveaxis narrow nonzero "
    "repeat_interleave scatter scatter_ swapdims swapdims_ tensor_split view vsplit"
).split()


def _listed(tensors):
    """Tensors that are given one by one or as a list."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        return tensors[0]
    return tensors


# Several tensors


def concat(tensors, dim=0, *, axis=None):
    """Tensors joined one after the other along a dimension; see cat()."""
    return ops.cat(tensors, dim if axis is None else axis)


concatenate = concat


def row_stack(tensors):
    """Tensors joined along the first dimension; see vstack()."""
    return ops.vstack(tensors)


def block_diag(*tensors):
    """Matrices along the diagonal of a large one that is zero elsewhere."""
    return ops._block_diag(_listed(tensors))


def broadcast_tensors(*tensors):
    """All tensors stretched to the shape to which they broadcast."""
    return _same(ops._broadcast_tensors(_listed(tensors)), _listed(tensors))


def cartesian_prod(*tensors):
    """All combinations of one element of each vector, one row for each."""
    return ops._cartesian_prod(_listed(tensors))


def meshgrid(*tensors, indexing=None):
    """Vectors as the coordinates of a grid."""
    return ops._meshgrid(_listed(tensors), "ij" if indexing is None else indexing)


def _same(results, tensors):
    """The objects themselves where the library returned what it got."""
    return tuple(
        tensor if result.shape == tensor.shape else result
        for result, tensor in zip(results, tensors)
    )


def _raised(call, tensors):
    tensors = _listed(tensors) if len(tensors) == 1 else tensors
    if isinstance(tensors, tuple) and len(tensors) == 1 and isinstance(tensors[0], Tensor):
        return call(tensors[0])
    return tuple(call(tensor) for tensor in tensors)


def atleast_1d(*tensors):
    """Each number as a vector of one element."""
    return _raised(ops._atleast_1d, tensors)


def atleast_2d(*tensors):
    """Each number or vector as a matrix of one row."""
    return _raised(ops._atleast_2d, tensors)


def atleast_3d(*tensors):
    """Each tensor with at least three dimensions."""
    return _raised(ops._atleast_3d, tensors)


# Parts


def tensor_split(
    input, indices_or_sections=None, dim=0, *, indices=None, sections=None,
    tensor_indices_or_sections=None,
):
    """Views of parts of a dimension: so many, or cut before the given indices."""
    for given in (indices, sections, tensor_indices_or_sections):
        if given is not None:
            indices_or_sections = given
    where = indices_or_sections
    if isinstance(where, Tensor):
        if where.dtype is not int64:
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to have dtype of long, but got "
                + where.dtype.type_name[:-6]
            )
        if where.dim() > 1:
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or "
                "one-dimensional tensor, but got a tensor with %d dims" % where.dim()
            )
        where = where.tolist()
    if isinstance(where, (tuple, list)):
        return ops._tensor_split_indices(input, where, dim)
    return ops._tensor_split_sections(input, where, dim)


def _direction(even, before):
    def split(input, indices_or_sections=None, *, indices=None, sections=None):
        where = indices_or_sections if indices is None else indices
        where = where if sections is None else sections
        return (before if isinstance(where, (tuple, list)) else even)(input, where)

    return split


hsplit = _direction(ops._hsplit_int, ops._hsplit_array)
vsplit = _direction(ops._vsplit_int, ops._vsplit_array)
dsplit = _direction(ops._dsplit_int, ops._dsplit_array)


# Views


def view(self, *shape, size=None, dtype=None):
    """The same elements under another shape, or the same bytes as elements of another dtype."""
    if dtype is None and len(shape) == 1 and isinstance(shape[0], (dtype_class, type)):
        dtype = shape[0]
    if dtype is not None:
        return ops._view_dtype(self, dtype)
    if size is not None:
        shape = size
    elif len(shape) == 1 and isinstance(shape[0], (tuple, list)):
        shape = shape[0]
    elif not shape:
        raise TypeError(
            "view() received an invalid combination of arguments - got (), but expected one of:\n"
            " * (torch.dtype dtype)\n * (tuple of ints size)\n"
        )
    return ops._view(self, shape)


def swapdims(input, dim0, dim1):
    """Two dimensions exchanged; see transpose()."""
    return ops.transpose(input, dim0, dim1)


def swapdims_(self, dim0, dim1):
    """Two dimensions exchanged, in place."""
    return ops.transpose_(self, dim0, dim1)


def moveaxis(input, source, destination):
    """Dimensions moved to other places; see movedim()."""
    return ops.movedim(input, source, destination)


def narrow(input, dim, start, length):
    """The length indices of a dimension from start on; start may be a 0-d tensor."""
    if isinstance(start, Tensor):
        if start.dim() or start.dtype.code < 2 or start.dtype.code > 6:
            raise RuntimeError("start must be an 0-dim integral Tensor.")
        start = start.item()
    return ops._narrow(input, dim, start, length)


# Elements


def nonzero(input, *, as_tuple=False):
    """The indices of the elements that are not zero: one row for each, or one tensor for each
    dimension."""
    if not as_tuple:
        return ops._nonzero(input)
    return ops._nonzero(input if input.dim() else input.reshape((1,))).unbind(1)


def repeat_interleave(input, repeats=None, dim=None, *, output_size=None):
    """Each slice of a dimension repeated in a row, as often as repeats says."""
    if repeats is None:
        return ops._repeat_interleave_index(input, output_size)
    if isinstance(repeats, Tensor):
        return ops._repeat_interleave_each(input, repeats, dim, output_size)
    return ops._repeat_interleave_int(input, repeats, dim, output_size)


def unravel_index(indices, shape):
    """Positions in row-major order as one coordinate for each dimension of a shape."""
    dtype = indices.dtype
    if dtype.is_floating_point or dtype.is_complex or dtype.code == 1:
        raise TypeError("expected 'indices' to be integer dtype, but got %r" % (dtype,))
    shape = (shape,) if hasattr(shape, "__index__") else tuple(map(as_index, shape))
    if any(size < 0 for size in shape):
        raise ValueError("'shape' cannot have negative values, but got %r" % (shape,))
    parts, step = [], 1
    for size in reversed(shape):
        parts.append(indices.floor_divide(step).remainder(size) if size else indices)
        step *= size
    return tuple(reversed(parts))


def _scatter(input, dim, index, src, value, reduce, suffix):
    if value is not None:
        src = value
    kind = "src" if isinstance(src, Tensor) else "value"
    name = "_scatter_" + kind + ("" if reduce is None else "_reduce") + suffix
    arguments = (input, dim, index, src) if reduce is None else (input, dim, index, src, reduce)
    return getattr(ops, name)(*arguments)


def scatter(input, dim, index, src=None, *, value=None, reduce=None):
    """A copy in which elements of src, or a number, take the place of those that index names."""
    return _scatter(input, dim, index, src, value, reduce, "")


def scatter_(self, dim, index, src=None, *, value=None, reduce=None):
    """scatter(), in place."""
    return _scatter(self, dim, index, src, value, reduce, "_")


def index_fill(input, dim, index, value):
    """A copy in which the elements of slices are one number."""
    call = ops._index_fill_int_tensor if isinstance(value, Tensor) else ops._index_fill_int_scalar
    return call(input, dim, index, value)


def index_fill_(self, dim, index, value):
    """index_fill(), in place."""
    call = ops._index_fill_int_tensor_ if isinstance(value, Tensor) else ops._index_fill_int_scalar_
    return call(self, dim, index, value)


def masked_fill(input, mask, value):
    """A copy in which the elements where the mask is true are one number."""
    call = ops._masked_fill_value if isinstance(value, Tensor) else ops._masked_fill
    return call(input, mask, value)


def masked_fill_(self, mask, value):
    """masked_fill(), in place."""
    call = ops._masked_fill_value_ if isinstance(value, Tensor) else ops._masked_fill_
    return call(self, mask, value)


# Attributes of Tensor


def _checked(name, tensor, least, words):
    if tensor.dim() < least and tensor.dim():
        raise RuntimeError(
            "tensor.%s is only supported on %s. Got %d-D tensor." % (name, words, tensor.dim())
        )


_MATRICES = "matrices or batches of matrices"


def mT(self):
    """The last two dimensions exchanged."""
    _checked("mT", self, 2, _MATRICES)
    return ops.transpose(self, -2, -1) if self.dim() else self


def mH(self):
    """The last two dimensions exchanged, and complex numbers conjugated."""
    _checked("mH", self, 2, _MATRICES)
    return ops.adjoint(self) if self.dim() else ops.conj(self)


def H(self):
    """The conjugate transpose of a matrix."""
    if self.dim() not in (0, 2):
        raise RuntimeError(
            "tensor.H is only supported on matrices (2-D tensors). Got %d-D tensor.%s"
            % (
                self.dim(),
                " For batches of matrices, consider using tensor.mH" if self.dim() > 2 else "",
            )
        )
    return ops.adjoint(self) if self.dim() else ops.conj(self)


def T(self):
    """All dimensions in reverse order."""
    return ops.permute(self, tuple(reversed(range(self.dim()))))
