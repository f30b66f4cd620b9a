"""Indexing, read and write.

Integers, slices, None and ... make views one dimension at a time; what is left, tensors of integers
or of truth values, goes to the index operator as one list.
"""

import warnings

from . import _operators as ops
from ._data import tensor
from ._runtime import number_tensor
from ._library import failure
from ._runtime import number
from ._tensor import Tensor, c_size, wrap

_LIMIT = (1 << 63) - 1
_NESTED = (list, tuple, slice, Tensor, type(None), type(...))
_DEPRECATED = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in "
    "pytorch 2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as "
    "tensor index, x[torch.tensor(seq)], which will result either in an error or a different result"
)


def getitem(self, key):
    if key.__class__ is int:
        handle = ops.c_select(self._handle, 0, key)
        if handle:
            return wrap(handle)
        failure()
        return _select(self, 0, key)
    if key.__class__ is slice and self.dim():
        view = _slice(self, 0, key)
        return view if view is not self else ops._slice(self)
    view, indices = _resolve(self, key)
    if indices:
        return ops._index(view, indices)
    return view if view is not self else ops.alias(self)


def setitem(self, key, value):
    view, indices = _resolve(self, key)
    if not isinstance(value, Tensor):
        if isinstance(value, (list, tuple, str, dict)) or _type_name(value) == "numpy.ndarray":
            raise TypeError(
                "can't assign a %s to a torch.%s" % (_type_name(value), self.dtype.type_name)
            )
        value = number(value)
        if not indices:
            view.fill_(value)
            return
        if _fill(view, indices, value):
            return
        value = number_tensor(value, dtype=self.dtype)
    if indices:
        ops.index_put_(view, indices, value)
        return
    while value.dim() > view.dim() and value.size(0) == 1:
        value = ops.select(value, 0, 0)
    view.copy_(value if value.shape == view.shape else value.expand(view.shape))


def _fill(view, indices, value):
    """Whether a single index was enough to write a number everywhere that it picks."""
    given = [position for position, index in enumerate(indices) if index is not None]
    if len(given) != 1:
        return False
    dim = given[0]
    index = indices[dim]
    code = index.dtype.code
    if code == 6:
        ops._index_fill_int_scalar_(view, dim, index.reshape((-1,)), value)
        return True
    if code > 2 or index.shape != view.shape[dim : dim + index.dim()]:
        return False
    for _ in range(view.dim() - dim - index.dim()):
        index = ops.unsqueeze(index, -1)
    ops._masked_fill_(view, index, value)
    return True


def _select(view, dim, position):
    if not view.dim():
        raise IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` "
            "in C++ to convert a 0-dim tensor to a number"
        )
    size = c_size(view._handle, dim)
    if not -size <= position < size:
        raise IndexError(
            "index %d is out of bounds for dimension %d with size %d" % (position, dim, size)
        )
    return ops.select(view, dim, position)


def _slice(view, dim, key):
    step = 1 if key.step is None else key.step.__index__()
    if step <= 0:
        raise ValueError("step must be greater than zero" if step else "slice step cannot be zero")
    start = None if key.start is None else _clamped(key.start)
    stop = None if key.stop is None else _clamped(key.stop)
    if start in (None, 0) and stop is None and step == 1:
        return view
    return ops._slice(view, dim, start, stop, _clamped(step))


def _clamped(value):
    return min(max(value.__index__(), -_LIMIT), _LIMIT)


def _resolve(self, key):
    """The view that the simple parts of a key make, and the list of tensors that index it."""
    items = [_item(item) for item in _tuple(key)]
    wanted = 0
    for item in items:
        if isinstance(item, Tensor) and item.dtype.code <= 2 and item.dim():
            wanted += item.dim()
        elif not (item is None or item is ... or item is True or item is False):
            wanted += 1
    rank = self.dim()
    if wanted > rank:
        if not rank:
            _select(self, 0, 0)
        raise IndexError("too many indices for tensor of dimension %d" % rank)
    view, dim, indices, is_advanced = self, 0, [], False
    for item in items:
        if item is ...:
            indices += [None] * (rank - wanted)
            dim += rank - wanted
        elif item is None:
            view = ops.unsqueeze(view, dim)
            indices.append(None)
            dim += 1
        elif item.__class__ is slice:
            view = _slice(view, dim, item)
            indices.append(None)
            dim += 1
        elif item.__class__ is bool:
            view = ops.unsqueeze(view, dim)
            indices.append(tensor([item]))
            is_advanced = True
            dim += 1
        elif isinstance(item, Tensor):
            indices.append(item)
            is_advanced = True
            dim += item.dim() if item.dtype.code <= 2 else 1
        else:
            view = _select(view, dim, item)
    return view, indices if is_advanced else None


def _tuple(key):
    if isinstance(key, tuple):
        return key
    if isinstance(key, list) and len(key) < 32 and any(isinstance(i, _NESTED) for i in key):
        warnings.warn(_DEPRECATED, stacklevel=4)
        return tuple(key)
    return (key,)


def _item(item):
    """A part of a key as int, bool, slice, None, ... or tensor of at least one dimension."""
    if item is None or item is ... or item.__class__ in (int, bool, slice):
        return item
    if isinstance(item, Tensor):
        if item.is_floating_point():
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        return item.item() if not item.dim() else item
    if isinstance(item, (list, tuple, range)) or getattr(item, "ndim", 0):
        found = tensor(item)
        return found if found.numel() else found.long()
    if isinstance(item, str):
        raise TypeError("new(): invalid data type 'str'")
    if hasattr(item, "__index__"):
        return item.__index__()
    raise IndexError(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
        "indices (got %s)" % _type_name(item)
    )


def _type_name(value):
    """A type's name, with NumPy's in front of NumPy's."""
    kind = type(value)
    return ("numpy." if kind.__module__ == "numpy" else "") + kind.__name__
