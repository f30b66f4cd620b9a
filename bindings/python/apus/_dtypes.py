"""What dtypes hold, and which one holds the values of two."""

from . import _operators as ops
from ._data import as_tensor
from ._runtime import wrong_types
from ._tensor import Tensor
from ._types import (
    bfloat16, boolean, casts, complex64, complex128, dtype, float16, float32, float64, int64, uint8,
)

__all__ = ["can_cast", "finfo", "iinfo", "promote_types", "result_type"]

_NUMBERS = {float: float64, int: int64, bool: boolean, complex: complex128}

#: Bits of the fraction, largest exponent, and the decimal fraction that is told apart for sure.
_FORMATS = {
    float16: (10, 15, 1e-3), bfloat16: (7, 127, 1e-2), float32: (23, 127, 1e-6),
    float64: (52, 1023, 1e-15),
}


def _dtype(function, name, position, value):
    """A dtype, or that of one of Python's types of numbers."""
    if isinstance(value, dtype):
        return value
    try:
        return _NUMBERS[value]
    except (KeyError, TypeError):
        raise TypeError(
            "%s(): argument '%s' (position %d) must be torch.dtype, not %s"
            % (function, name, position, type(value).__name__)
        ) from None


class _Limits:
    """Numbers that describe a dtype. They can't be changed, and are compared by dtype and class."""

    def __init__(self, **values):
        self.__dict__.update(values)

    def __setattr__(self, name, value):
        raise AttributeError(
            "attribute '%s' of 'torch.%s' objects is not writable" % (name, type(self).__name__)
        )

    def __eq__(self, other):
        return type(other) is type(self) and other.dtype == self.dtype

    def __hash__(self):
        return hash((type(self), self.dtype))

    def __repr__(self):
        values = ["%s=%g" % (name, getattr(self, name)) for name in self._shown]
        return "%s(%s, dtype=%s)" % (type(self).__name__, ", ".join(values), self.dtype)


class finfo(_Limits):
    """What a floating-point dtype holds, or the parts of a complex one: bits, max and min, eps, the
    distance from 1 to the next number, smallest_normal, which is tiny too, and resolution."""

    _shown = "resolution min max eps smallest_normal tiny".split()

    def __init__(self, type=float32):
        real = {complex64: float32, complex128: float64}.get(type)
        real = real or _dtype("finfo", "type", 1, type)
        if real not in _FORMATS:
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle "
                "'torch.finfo'"
            )
        digits, exponent, resolution = _FORMATS[real]
        eps, tiny = 2.0**-digits, 2.0 ** (1 - exponent)
        largest = (2 - eps) * 2.0**exponent
        super().__init__(
            bits=8 * real.itemsize, eps=eps, max=largest, min=-largest, tiny=tiny,
            smallest_normal=tiny, resolution=resolution, dtype=real.name,
        )


class iinfo(_Limits):
    """What an integer dtype holds: bits, max and min."""

    _shown = ["min", "max"]

    def __init__(self, type):
        own = _dtype("iinfo", "type", 1, type)
        if own.is_floating_point or own.is_complex:
            raise TypeError(
                "torch.iinfo() requires an integer input type. Use torch.finfo to handle "
                "'torch.iinfo'"
            )
        if own is boolean:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        bits = 8 * own.itemsize
        low, high = (0, 2**bits) if own is uint8 else (-(2 ** (bits - 1)), 2 ** (bits - 1))
        super().__init__(bits=bits, max=high - 1, min=low, dtype=own.name)


def can_cast(from_, to):
    """Whether promotion lets a result become an element of another dtype."""
    return casts(_dtype("can_cast", "from_", 1, from_), _dtype("can_cast", "to", 2, to))


def promote_types(type1, type2):
    """The smallest dtype that holds the values of both."""
    a, b = _dtype("promote_types", "type1", 1, type1), _dtype("promote_types", "type2", 2, type2)
    return ops.add(ops.empty([0], dtype=a), ops.empty([0], dtype=b)).dtype


def result_type(tensor, other):
    """The dtype of an operation on two tensors or numbers: tensors with dimensions decide before
    those without, and those before numbers, unless these are of a higher kind."""
    for value in (tensor, other):
        if not isinstance(value, (Tensor, bool, int, float, complex)):
            raise wrong_types("result_type", tensor, other)
    tensor, other = _stand_in(tensor), _stand_in(other)
    if not isinstance(tensor, Tensor):
        tensor, other = other, tensor
    if not isinstance(tensor, Tensor):
        tensor, other = as_tensor(tensor), as_tensor(other)
    return (tensor + other).dtype


def _stand_in(value):
    """What promotes in the same way: an empty tensor, one of no dimensions, or the number 1."""
    if isinstance(value, Tensor):
        return ops.empty([0] if value.dim() else [], dtype=value.dtype)
    return type(value)(1)
