"""Tensors from Python's numbers and NumPy's arrays, and back."""

import warnings
from ctypes import CFUNCTYPE
from itertools import chain

from ._library import D, N, P, function
from ._runtime import count, integers, number, requiring
from ._tensor import Tensor, wrap
from ._types import DTYPES, boolean, check_device, code, complex64, float32, float64, int64, named

_DELETER = CFUNCTYPE(None, P)
c_tensor_from = function("apus_tensor_from", P, P, N, D)
c_from_blob = function("apus_from_blob", P, P, P, N, D, _DELETER, P)

_COPY = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor)."
)
_SUPPORTED = (
    "The only supported types are: float64, float32, float16, complex64, complex128, int64, int32, "
    "int16, int8, uint64, uint32, uint16, uint8, and bool."
)


# Python's numbers


def tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False):
    """A new tensor of the numbers in nested lists, an array, or another tensor."""
    if device is not None:
        check_device(device)
    if isinstance(data, Tensor):
        warnings.warn(_COPY, stacklevel=2)
        result = data.detach().clone()
    elif hasattr(data, "__array_interface__"):
        result = _from_array(data).clone()
    else:
        result = _from_nested(data, dtype)
    if dtype is not None:
        result = result.to(dtype)
    return requiring(result) if requires_grad else result


def as_tensor(data, dtype=None, device=None):
    """A tensor that shares the memory of a tensor or an array where it can."""
    if device is not None:
        check_device(device)
    if isinstance(data, Tensor):
        result = data
    elif hasattr(data, "__array_interface__"):
        result = _from_array(data)
    else:
        return tensor(data, dtype=dtype)
    return result if dtype is None else result.to(dtype)


def asarray(obj, *, dtype=None, device=None, copy=None, requires_grad=False):
    """A tensor of what is like an array; it shares memory where it can, unless a copy is asked for."""
    result = as_tensor(obj, dtype, device)
    is_shared = result is obj or hasattr(obj, "__array_interface__") and (
        dtype is None or result.dtype is as_tensor(obj).dtype
    )
    if copy and is_shared:
        result = result.clone()
    elif copy is False and not is_shared:
        raise ValueError("can't alias arbitrary sequence or convert without a copy")
    if result is obj and (result.requires_grad and not requires_grad):
        return result.detach()
    return requiring(result) if requires_grad else result


def legacy(cls, data):
    """`Tensor([1, 2])` and `Tensor(2, 3)`: float32, of these numbers or of this shape."""
    from ._operators import empty

    if len(data) == 1 and not isinstance(data[0], int):
        return tensor(data[0], dtype=float32)
    return empty(data or (0,))


def restored(elements, shape, dtype, requires_grad):
    """A tensor that was pickled."""
    return _from_bytes(elements, shape, dtype.code).requires_grad_(requires_grad)


def _from_bytes(elements, shape, dtype):
    sizes = integers(shape)
    return wrap(c_tensor_from(elements, sizes, count(sizes), dtype))


def _from_nested(data, dtype):
    if isinstance(data, str):
        raise TypeError("new(): invalid data type 'str'")
    flat, shape = _flattened(data)
    kinds = set(map(type, flat))
    if not kinds <= _PLAIN:
        flat, found = _plain(flat)
    elif complex in kinds:
        found = complex64
    elif float in kinds or not kinds:
        found = float32
    else:
        found = int64 if int in kinds else boolean
    wanted = DTYPES[code(dtype)] if dtype is not None else found
    try:
        return _from_bytes(_elements(flat, wanted), shape, _carrier(wanted).code)
    except OverflowError:
        raise _overflow(flat, wanted) from None


_PLAIN = {int, float, bool, complex}


def _is_sequence(value):
    return isinstance(value, (list, tuple, range))


def _flattened(data):
    """The numbers in nested sequences, and the shape."""
    shape = []
    flat = [data]
    while flat and _is_sequence(flat[0]):
        size = len(flat[0])
        for part in flat:
            if not _is_sequence(part):
                raise TypeError("not a sequence")
            if len(part) != size:
                raise ValueError(
                    "expected sequence of length %d at dim %d (got %d)"
                    % (size, len(shape), len(part))
                )
        shape.append(size)
        flat = list(chain.from_iterable(flat))
    for value in flat:
        if _is_sequence(value):
            raise TypeError(
                "'%s' object cannot be interpreted as an integer" % type(value).__name__
                if isinstance(flat[0], int)
                else "must be real number, not %s" % type(value).__name__
            )
        if isinstance(value, str):
            raise ValueError("too many dimensions 'str'")
    return flat, shape


def _plain(flat):
    """Python numbers for what is like one, and the dtype of all: the widest of the widest kind."""
    best = boolean
    numbers = []
    for value in flat:
        if isinstance(value, Tensor):
            if value.numel() != 1:
                raise ValueError("only one element tensors can be converted to Python scalars")
            found, value = value.dtype, value.item()
        elif isinstance(value, (bool, int, float, complex)):
            found = boolean if value is True or value is False else None
            found = found or (complex64 if isinstance(value, complex) else None)
            found = found or (float32 if isinstance(value, float) else int64)
            if type(value).__module__ == "numpy":
                found = named(value.dtype.name)
        elif hasattr(value, "__float__") or hasattr(value, "__index__"):
            found = named(value.dtype.name) if hasattr(value, "dtype") else float32
            value = number(value)
        else:
            raise RuntimeError("Could not infer dtype of %s" % type(value).__name__)
        best = max(
            best, found, key=lambda d: (d.code > 1, d.code >= 7, d.is_complex, d.itemsize)
        )
        numbers.append(value)
    return numbers, best


def _carrier(dtype):
    """The dtype in which numbers of a dtype are handed over."""
    return dtype if dtype.format else float64


def _elements(flat, dtype):
    from array import array

    if dtype is boolean:
        return array("B", [bool(value) for value in flat]).tobytes()
    carrier = _carrier(dtype)
    if carrier.is_complex:
        parts = [part for value in map(complex, flat) for part in (value.real, value.imag)]
        return array(carrier.format, parts).tobytes()
    if any(value.__class__ is complex for value in flat):
        flat = [_real(value, dtype) for value in flat]
    if carrier.is_floating_point:
        return array(carrier.format, flat).tobytes()
    if any(value.__class__ is float for value in flat):
        try:
            flat = list(map(int, flat))
        except ValueError:  # nan
            raise OverflowError from None
    if dtype.code == 2:  # negative numbers wrap around
        flat = [value % 256 if -256 < value < 0 else value for value in flat]
    return array(carrier.format, flat).tobytes()


def _real(value, dtype):
    if value.__class__ is complex:
        if value.imag:
            raise TypeError(
                "must be real number, not complex"
                if dtype.is_floating_point
                else "'complex' object cannot be interpreted as an integer"
            )
        return value.real
    return value


def _overflow(flat, dtype):
    if any(abs(v) >= 1 << 63 for v in flat if isinstance(v, int)) and dtype is int64:
        return ValueError("Overflow when unpacking long long")
    return RuntimeError("value cannot be converted to type %s without overflow" % dtype.name)


# NumPy's arrays

_borrowed = {}  # what a tensor's memory belongs to, by the payload of its deleter


def _is_borrowed(address):
    """Whether an address lies in an array's memory."""
    for array in list(_borrowed.values()):
        start = array.ctypes.data
        if start <= address < start + max(array.nbytes, 1):
            return True
    return False


@_DELETER
def _let_go(payload):
    _borrowed.pop(payload, None)


def from_numpy(ndarray):
    """A tensor over an array's memory; what changes one changes the other."""
    import numpy

    if not isinstance(ndarray, numpy.ndarray):
        raise TypeError("expected np.ndarray (got %s)" % type(ndarray).__name__)
    if not ndarray.flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable "
            "tensors. This means writing to this tensor will result in undefined behavior. You may "
            "want to copy the array to protect its data or make it writable before converting it "
            "to a tensor. This type of warning will be suppressed for the rest of this program.",
            stacklevel=2,
        )
    return _from_array(ndarray)


def _from_array(data):
    import numpy

    data = numpy.asarray(data)
    if not data.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion "
            "between byte orders is currently not supported."
        )
    try:
        dtype = named(data.dtype.name)
    except StopIteration:
        raise TypeError(
            "can't convert np.ndarray of type numpy.%s. %s" % (data.dtype.type.__name__, _SUPPORTED)
        ) from None
    if any(stride < 0 for stride in data.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative "
            "strides are not currently supported. (You can probably work around this by making a "
            "copy of your array  with array.copy().) "
        )
    if any(stride % data.itemsize for stride in data.strides):
        raise ValueError(
            "given numpy array strides not a multiple of the element byte size. Copy the numpy "
            "array to reallocate the memory."
        )
    sizes = integers(data.shape)
    strides = integers([stride // data.itemsize for stride in data.strides])
    key = id(data)
    while key in _borrowed:
        key += 1
    _borrowed[key] = data
    # On failure the deleter is called as well.
    return wrap(
        c_from_blob(data.ctypes.data, sizes, strides, data.ndim, dtype.code, _let_go, key)
    )


class _Memory:
    """What NumPy asks for an array's memory, and keeps while the array lives."""

    def __init__(self, tensor):
        self.tensor = tensor
        size = tensor.dtype.itemsize
        kind = "c" if tensor.is_complex() else "f" if tensor.is_floating_point() else "i"
        kind = "b" if tensor.dtype is boolean else kind
        self.__array_interface__ = {
            "version": 3,
            "shape": tuple(tensor.shape),
            "strides": tuple(stride * size for stride in tensor.stride()),
            "typestr": "|u1" if tensor.dtype.name == "uint8" else "=%s%d" % (kind, size),
            "data": (tensor.data_ptr(), False),
        }


def numpy(self, *, force=False):
    """An array over the tensor's memory; what changes one changes the other."""
    import numpy as np

    if self.requires_grad:
        if not force:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() "
                "instead."
            )
        self = self.detach()
    if self.dtype.name == "bfloat16":
        raise TypeError("Got unsupported ScalarType BFloat16")
    if not self.numel():
        return np.empty(tuple(self.shape), self.dtype.name)
    return np.asarray(_Memory(self))


def __array__(self, dtype=None, copy=None):
    array = numpy(self)
    if dtype is not None and array.dtype != dtype:
        return array.astype(dtype)
    return array.copy() if copy else array


# Sizes


def resize_(self, sizes):
    """Tensor.resize_"""
    from ._operators import empty
    from .autograd import no_grad

    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    sizes = sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes
    with no_grad():
        new = empty(tuple(sizes), dtype=self.dtype)
        if new.numel() > self.numel() and _is_borrowed(self.data_ptr()):
            raise RuntimeError("Trying to resize storage that is not resizable")
        shared = min(new.numel(), self.numel())
        if shared:
            new.view(-1)[:shared] = self.reshape(-1)[:shared]
        self.data = new
    return self
